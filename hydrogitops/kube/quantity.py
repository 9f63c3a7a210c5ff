"""Resource quantities, exact: parsing, canonical form, order and arithmetic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Format = Literal["DecimalSI", "BinarySI", "DecimalExponent"]
QuantityReason = Literal["syntax", "suffix", "number", "type"]

_GIGA = 10**9
"""Nano in one."""
_LARGEST_BINARY = (2**63 - 1) * _GIGA
"""What a value with a binary suffix is capped at, in nano."""
_MAX_DIGITS = 4000
"""Decimal digits beyond which a number is refused: an exponent of a billion must cost neither time nor memory."""

# Possessive: the parts can't overlap, so going back would only cost time.
_SHAPE = re.compile(r"([+-]?+)([0-9]*+)(?:\.([0-9]*+))?+([eEinumkKMGTP]*+[+-]?+[0-9]*+)")
_NUMERAL = re.compile(r"[+-]?\.?[0-9]")
_DECIMAL_SUFFIXES = {"": 0, "m": -3, "k": 3, "M": 6, "G": 9, "n": -9, "u": -6, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIXES = {"Mi": 20, "Gi": 30, "Ki": 10, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_NAMES = {exponent: suffix for suffix, exponent in _DECIMAL_SUFFIXES.items()}
_BINARY_NAMES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_POWERS = tuple(10**exponent for exponent in range(128))
# Go's strings.TrimSpace, less what a JSON encoder escapes (tab, newline, U+2028 …): the decoder trims raw bytes.
_BLANKS = " \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

_MESSAGES: dict[QuantityReason, str] = {
    "syntax": "is no quantity: a number, then at most a suffix (n u m k M G T P E, Ki Mi Gi Ti Pi Ei) or an exponent",
    "suffix": "has no suffix that quantities know: n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3",
    "number": "has no number that can be computed with",
    "type": "is no quantity: a quantity is text or a number",
}


class QuantityError(ValueError):
    """A value that is no quantity.

    `text` is what was given. `reason`: `"syntax"` (the shape is wrong), `"suffix"` (unknown), `"number"` (no digits
    before `Pi`, `Ei` or an exponent below -9, or more than 4,000 digits), `"type"` (neither text nor a number).
    """

    def __init__(self, text: str, reason: QuantityReason) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason: QuantityReason = reason

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 60 else self.text[:59] + "…"
        return f'"{shown}" {_MESSAGES[self.reason]}'


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A number of cores, bytes or things, exact to 10⁻⁹.

    `nano` is the value times 10⁹; `format` is how it was written and how `str` gives it back. Order, equality and
    hash go by the value alone. Rules: apimachinery api/resource/quantity.go, suffix.go and amount.go, 1.37.2.
    """

    nano: int
    format: Format

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """The quantity that `text` (the text between quotes, no blanks) stands for.

        Digits below 10⁻⁹ round away from zero; a binary suffix caps at 2⁶³-1. Text without a digit is zero in most
        cases, as upstream has it (`has_digit`). `QuantityError` for everything else; beyond 4,000 digits, where
        upstream keeps an exponent that nothing can compute with, the reason is `"number"`.
        """
        match = _SHAPE.fullmatch(text)
        if match is None or not text:
            raise QuantityError(text, "syntax")
        if len(text) > _MAX_DIGITS:
            raise QuantityError(text, "number")
        sign, whole, fraction, suffix = match.groups("")
        digits = whole + fraction
        exponent = _DECIMAL_SUFFIXES.get(suffix)
        form: Format = "DecimalSI"
        if exponent is not None:
            nano = _scaled(int(digits or 0), exponent + 9 - len(fraction))
        elif suffix in _BINARY_SUFFIXES:
            shift = _BINARY_SUFFIXES[suffix]
            if not digits and shift > 40:
                raise QuantityError(text, "number")
            nano = min(_scaled(int(digits or 0) << shift, 9 - len(fraction)), _LARGEST_BINARY)
            if nano >= _GIGA or not nano:
                form = "BinarySI"
        else:
            exponent = _exponent(text, suffix)
            form = "DecimalExponent"
            if not digits and exponent < -9:
                raise QuantityError(text, "number")
            number = int(digits or 0)
            if number and exponent > _MAX_DIGITS:
                raise QuantityError(text, "number")
            nano = _scaled(number, exponent + 9 - len(fraction))
        return cls(-nano if sign == "-" else nano, form)

    @classmethod
    def of(cls, value: object) -> Quantity:
        """The quantity that a YAML value becomes on its way through JSON to the API server.

        Text without the blanks around it, numbers by their JSON digits, None is zero; `QuantityError` with reason
        `"type"` for bool, lists, maps, infinities and NaN. Line ends and tabs are no blanks: JSON escapes them and
        the decoder doesn't look behind the escape (quantity.go, UnmarshalJSON).
        """
        if isinstance(value, str):
            try:
                return cls.parse(value.strip(_BLANKS))
            except QuantityError as error:
                raise QuantityError(value, error.reason) from None
        if value is None:
            return cls(0, "DecimalSI")
        if isinstance(value, bool):
            raise QuantityError("true" if value else "false", "type")
        if isinstance(value, int):
            # Python writes no integer of more than 4,300 digits; two bits hold less than a digit.
            if value.bit_length() > 3 * _MAX_DIGITS:
                raise QuantityError("an integer of thousands of digits", "number")
            return cls.parse(str(value))
        if isinstance(value, float) and math.isfinite(value):
            quantity = cls.parse(repr(value))
            # Go's encoding/json writes an exponent only outside of this range.
            plain = value == 0 or 1e-6 <= abs(value) < 1e21
            return cls(quantity.nano, "DecimalSI" if plain else "DecimalExponent")
        raise QuantityError(_kind(value), "type")

    @property
    def stored(self) -> Quantity:
        """Rounded up to milli, away from zero, as the defaulting of an object leaves it (core/v1/defaults.go)."""
        milli = -(-abs(self.nano) // 10**6) * 10**6
        if milli == abs(self.nano):
            return self
        return Quantity(milli if self.nano > 0 else -milli, self.format)

    @property
    def capped(self) -> bool:
        """Whether it stands at the cap of binary suffixes: `8Ei` and more are silently 2⁶³-1."""
        return self.format == "BinarySI" and abs(self.nano) == _LARGEST_BINARY

    def __str__(self) -> str:
        """The canonical form: no fraction, the largest suffix that keeps the value.

        Values of 10²¹ and more in DecimalSI keep the suffix E; upstream loses theirs there (`1000E` gives `1`).
        """
        nano = self.nano
        if not nano:
            return "0"
        if self.format == "BinarySI" and abs(nano) >= 1024 * _GIGA and not nano % _GIGA:
            value, power = nano // _GIGA, 0
            while power < 6 and not value & 1023:
                value >>= 10
                power += 1
            return f"{value}{_BINARY_NAMES[power]}"
        exponent = -9
        while not nano % 1000 and (exponent < 18 or self.format == "DecimalExponent"):
            nano //= 1000
            exponent += 3
        if self.format == "DecimalExponent":
            return f"{nano}e{exponent}" if exponent else str(nano)
        return f"{nano}{_DECIMAL_NAMES[exponent]}"

    def __eq__(self, other: object) -> bool:
        return self.nano == other.nano if isinstance(other, Quantity) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.nano)

    def __lt__(self, other: Quantity) -> bool:
        return self.nano < other.nano if isinstance(other, Quantity) else NotImplemented

    def __le__(self, other: Quantity) -> bool:
        return self.nano <= other.nano if isinstance(other, Quantity) else NotImplemented

    def __gt__(self, other: Quantity) -> bool:
        return self.nano > other.nano if isinstance(other, Quantity) else NotImplemented

    def __ge__(self, other: Quantity) -> bool:
        return self.nano >= other.nano if isinstance(other, Quantity) else NotImplemented

    def __add__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity(self.nano + other.nano, self.format if self.nano else other.format)

    def __sub__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity(self.nano - other.nano, self.format if self.nano else other.format)

    def __mul__(self, other: int) -> Quantity:
        return Quantity(self.nano * other, self.format) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        return Quantity(-self.nano, self.format)

    def __abs__(self) -> Quantity:
        return Quantity(abs(self.nano), self.format)

    def __bool__(self) -> bool:
        return self.nano != 0


def has_digit(text: str) -> bool:
    """Whether the number in `text` has a digit: `Ki`, `.`, `+` and `.e3` are quantities too, all of them zero."""
    return _NUMERAL.match(text.strip(_BLANKS)) is not None


def _scaled(number: int, places: int) -> int:
    """`number` times 10^places, rounded up: every amount above nothing is at least one nano."""
    if not number:
        return 0
    if places < -_MAX_DIGITS:
        return 1
    power: int = _POWERS[abs(places)] if abs(places) < len(_POWERS) else 10 ** abs(places)
    return number * power if places >= 0 else -(-number // power)


def _exponent(text: str, suffix: str) -> int:
    """The exponent that a suffix `e…` or `E…` gives; upstream reads 64 bits and keeps the lower 32."""
    if len(suffix) < 2 or suffix[0] not in "eE":
        raise QuantityError(text, "suffix")
    try:
        exponent = int(suffix[1:])
    except ValueError:
        raise QuantityError(text, "suffix") from None
    if not -(2**63) <= exponent < 2**63:
        raise QuantityError(text, "suffix")
    return (exponent + 2**31) % 2**32 - 2**31


def _kind(value: object) -> str:
    """What a value of a wrong type is called in a message; its contents may be endless."""
    if isinstance(value, float):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return {"list": "a list", "tuple": "a list", "dict": "a map"}.get(type(value).__name__, type(value).__name__)
