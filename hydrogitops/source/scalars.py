"""What a YAML scalar becomes: go.yaml.in/yaml v2.4.4 (resolve.go), and the JSON that sigs.k8s.io/yaml makes of it."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from datetime import date

Scalar = str | bool | int | float | None

TAG = "tag:yaml.org,2002:"

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
HINTS = frozenset(("", *"+-.0123456789yYnNtTfFoO~"))
"""What a plain scalar begins with that may be something else than text; the empty one is null."""

_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[bB](?P<two>[01]+)|0[oO]?(?P<eight>[0-7]+)|0[xX](?P<sixteen>[0-9a-fA-F]+)|(?P<ten>0|[1-9][0-9]*))\Z"
)
_BASES = {"two": 2, "eight": 8, "ten": 10, "sixteen": 16}
_SIGNED_BINARY = r"0b([-+][01]+)\Z"
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?\Z")
_TIMESTAMP = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt ](?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?\Z"
)
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
# The digits of 2⁶⁴; reading a longer decimal costs time that grows with its square.
_MOST_DIGITS = 20


def plain(text: str) -> Scalar:
    """The value of an untagged plain scalar. Infinities and NaN are `float`; whether they may stand is the caller's."""
    if text[:1] not in HINTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _float(text) if _POINT_FLOAT.match(text) else text
    if first in "+-0123456789":
        number = _number(text.replace("_", ""))
        return text if number is None else number
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag, in its long form (`tag:yaml.org,2002:int`); quotes don't matter.

    Raises:
        ValueError: the tag and the text don't agree, or base64 is broken.
    """
    if not tag.startswith(TAG):
        return text
    kind = tag[len(TAG) :]
    if kind == "binary":
        return _binary(text)
    if kind not in ("bool", "int", "float", "null", "timestamp"):
        return text
    value = plain(text)
    if kind == "timestamp" and isinstance(value, str) and _is_timestamp(text):
        return text
    found = _kind(value)
    # go-yaml widens an int to a float, but not what only fits an unsigned one.
    if kind == "float" and isinstance(value, int) and found == "int" and value in _INT64:
        return float(value)
    if found != kind:
        raise ValueError(f"`{_short(text)}` is no {kind}, as its tag says")
    return value


def key_text(value: Scalar) -> str:
    """The key that a resolved scalar becomes (convertToJSONableObject): floats as Go prints them with 32 bits.

    Raises:
        ValueError: null, or an integer from 2⁶³ on.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise ValueError("a key may not be null")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if value not in _INT64:
            raise ValueError("a key may not be an integer from 2⁶³ on")
        return str(value)
    return _float32_text(value)


def json_number(value: float) -> int | float:
    """A YAML float as its JSON reads back: an `int` where it is whole and fits 64 bits."""
    if value.is_integer() and abs(value) < 1e21:
        # Go writes the shortest digits that read back, not the binary value's own.
        number = int(json_text(value))
        if number in _INT64 or number in _UINT64:
            return number
    return value


def json_text(value: float) -> str:
    """The digits of a number that has passed through float64, as Go's encoding/json prints them."""
    number = float(value)
    text = repr(number)
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return _without_exponent(text)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"


def float_text(value: float) -> str:
    """A float64 as Go's `%v` prints it, which is also what a template prints: `1e+06` from a million on."""
    number = float(value)
    digits = next(digits for digits in range(17) if float(f"{number:.{digits}e}") == number)
    return _general(f"{number:.{digits}e}")


def surprise(text: str, value: Scalar) -> str:
    """What a plain scalar becomes, in a few words, where that is not what its text says; else empty.

    `true`, `False`, `null`, `~` and numbers that print as they are written are no surprise.
    """
    if value is None or isinstance(value, str):
        return ""
    if isinstance(value, bool):
        return "" if text.lower() in ("true", "false") else f"the boolean {key_text(value)}"
    if not math.isfinite(value):
        return ""
    printed = json_text(value)
    if printed == text:
        return ""
    if isinstance(value, int) and str(value) == text:
        return f"{printed} in Helm, whose numbers keep 53 bits"
    return f"the number {printed}"


def _number(text: str) -> int | float | None:
    match = _INTEGER.match(text)
    if match and len(match["ten"] or "") <= _MOST_DIGITS:
        group = match.lastgroup or "ten"
        number = int(match[group], _BASES[group])
        if match["sign"] == "-":
            number = -number
        if number in _INT64 or (not match["sign"] and number in _UINT64):
            return number
    if _FLOAT.match(text):
        number_or_text = _float(text)
        return None if isinstance(number_or_text, str) else number_or_text
    # go-yaml's second try at binary reads a sign behind the prefix.
    if text.startswith("0b") and (match := re.match(_SIGNED_BINARY, text)):
        number = int(match[1], 2)
        return number if number in _INT64 else None
    return None


def _float(text: str) -> float | str:
    number = float(text)
    return text if math.isinf(number) else number


def _kind(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    return "float" if isinstance(value, float) else "str"


def _binary(text: str) -> str:
    compact = text.replace("\r", "").replace("\n", "")
    try:
        data = base64.b64decode(compact.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("the base64 behind `!!binary` is broken") from None
    # encoding/json puts U+FFFD for each byte that is no UTF-8.
    return data.decode("utf-8", "replace")


def _is_timestamp(text: str) -> bool:
    match = re.match(_TIMESTAMP, text)
    if not match:
        return False
    if ("T" in text or "t" in text) != bool(match[4]):
        return False
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        # Go has a year 0, Python has not; it is a leap year, as 2000 is.
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def _without_exponent(text: str) -> str:
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits, point = whole + fraction, len(whole) + int(exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    digits = digits.ljust(point, "0")
    return sign + (f"{digits[:point]}.{digits[point:]}" if digits[point:].strip("0") else digits[:point])


def _float32_text(value: float) -> str:
    try:
        (narrow,) = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        narrow = math.copysign(math.inf, value)
    if not math.isfinite(narrow):
        return ".nan" if math.isnan(narrow) else ".inf" if narrow > 0 else "-.inf"
    for digits in range(9):
        text = f"{narrow:.{digits}e}"
        if struct.pack("<f", float(text)) == struct.pack("<f", narrow):
            break
    return _general(text)


def _general(text: str) -> str:
    """Go's `g` format with the fewest digits, of a number in scientific writing."""
    mantissa, _, exponent = text.partition("e")
    if -4 <= int(exponent) < 6:
        return _without_exponent(text)
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].zfill(2)}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
