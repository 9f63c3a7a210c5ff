"""Numbers in options, read as each JDK reads them, and sizes written for people."""

from __future__ import annotations

import math
import re

UNITS = tuple("kKmMgGtT")
_MAX = 2**64 - 1
_SHIFT = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_DECIMAL = re.compile(r"([0-9]+)([kKmMgGtT]?)")
_HEX = re.compile(r"0[xX]([0-9a-fA-F]+)([kKmMgGtT]?)")
_NUMBER_8 = re.compile(r"[-kmgtKMGT0-9]{1,255}")
_NUMBER = re.compile(r"[-kmgtxKMGTX0-9a-fA-F]{1,255}")
_REAL_8 = re.compile(r"[-0-9]{1,255}\.[0-9]{1,255}")
_REAL = re.compile(r"[-0-9]{1,255}\.[0-9eE+-]{1,255}")
_LEADING = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_C_REAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_C_HEX_REAL = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?")


def size(text: str, jdk: int) -> int | None:
    """Bytes of digits and one optional suffix k, m, g, t; from JDK 11 on hexadecimal too; None where the VM refuses it.

    arguments.cpp atomull (8u272), atojulong (11.0.13). JDK 8 saturates where digits without suffix overflow.
    """
    match = _DECIMAL.fullmatch(text)
    if match is not None:
        digits = match.group(1).lstrip("0")
        number = int(digits or "0") if len(digits) < 64 else _MAX + 1
    else:
        match = _HEX.fullmatch(text) if jdk > 8 else None
        if match is None:
            return None
        number = int(match.group(1), 16)
    suffix = match.group(2)
    if number > _MAX:
        if jdk > 8:
            return None
        number = _MAX
    number <<= _SHIFT[suffix.lower()]
    return number if number <= _MAX else None


def integer(text: str, kind: str, jdk: int) -> int | None:
    """The value of a numeric flag of that kind ("int", "uint", "intx", "uintx"); None where the VM refuses the text.

    JDK 8, 11 and 17 cut what is too wide for the type; from 18 on it is refused (arguments.cpp, parseInteger.hpp).
    """
    allowed = _NUMBER_8 if jdk == 8 else _NUMBER
    if jdk <= 17 and not allowed.fullmatch(text):
        return None
    negative = text.startswith("-")
    if negative and kind in ("uint", "uintx"):
        return None
    value = size(text[1:] if negative else text, jdk)
    if value is None:
        return None
    if negative:
        value = -value
    bits = 32 if kind in ("int", "uint") else 64
    signed = kind in ("int", "intx")
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if least <= value <= most:
        return value
    if jdk > 17:
        return None
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value > most else value


def real(text: str, jdk: int) -> float | None:
    """The value of a flag of type double; None where the VM refuses the text (arguments.cpp set_fp_numeric_flag)."""
    if jdk == 8:
        match = _LEADING.match(text) if _REAL_8.fullmatch(text) else None
        return float(match.group()) if match else None
    if jdk <= 17:
        if _REAL.fullmatch(text):
            return _finite(float(text)) if _C_REAL.fullmatch(text) else None
        whole = size(text, jdk) if _NUMBER.fullmatch(text) else None
        return None if whole is None else float(whole)
    if _C_REAL.fullmatch(text):
        return _finite(float(text))
    if _C_HEX_REAL.fullmatch(text):
        return _hexadecimal(text)
    return None


def human(number: float) -> str:
    """A size in bytes as people write it in manifests: 2048Mi, 2.5Gi, 160Ki."""
    if number >= 2**40:
        return f"{_short(number / 2**40)}Ti"
    if number >= 10 * 2**30:
        return f"{_short(number / 2**30)}Gi"
    if number >= 2**20:
        return f"{number / 2**20:.0f}Mi"
    return f"{number / 2**10:.0f}Ki" if number >= 2**10 else f"{number:.0f} bytes"


def option(number: int) -> str:
    """A size in bytes as options take it, rounded down to whole units: 1536m, 2g, 512k."""
    for suffix, factor in (("g", 2**30), ("m", 2**20), ("k", 2**10)):
        if number >= factor and number % factor == 0:
            return f"{number // factor}{suffix}"
    return f"{number // 2**20}m" if number >= 2**20 else f"{max(number // 2**10, 1)}k"


def _hexadecimal(text: str) -> float | None:
    try:
        return float.fromhex(text)
    except OverflowError:
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
