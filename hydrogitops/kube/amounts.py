"""Amounts that are legal and hardly meant: fractions of bytes, thousands of cores, nothing at all. Pure."""

from __future__ import annotations

import re
from typing import Final

from .quantity import Quantity, QuantityError, has_digit

LEAST_MEMORY: Final = Quantity.of("4Mi")
"""Less than that, and nothing runs."""
MOST_CORES: Final = Quantity.of(1000)

_GIGA = 10**9
_CAP = (2**63 - 1) * _GIGA
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def doubt(
    name: str, value: object, least_memory: Quantity | None = LEAST_MEMORY, most_cores: Quantity | None = MOST_CORES
) -> tuple[str, str] | None:
    """Why an amount of the resource `name` is hardly meant, and what likely is (empty: nobody knows).

    None where nothing is odd, and for what is no quantity or negative, which the API server refuses by itself.
    """
    try:
        quantity = Quantity.of(value)
    except QuantityError:
        return None
    if value is None:
        return "is null, which the API server reads as zero", ""
    text = str(value)
    if isinstance(value, str) and not has_digit(value):
        return f"{value} has no digit: it counts as zero", ""
    if quantity.nano < 0:
        return None
    if quantity.nano >= _CAP:
        return f"{text} is capped at 8Ei", ""
    if name in ("memory", "ephemeral-storage") and quantity.nano % _GIGA:
        number = text.rstrip("mun")
        return f"{text} is a fraction of a byte: m is milli", f"{number}Mi" if text.endswith("m") else ""
    if name == "memory" and not quantity.nano:
        return f"{text} is zero: as a limit it is none, as a request it reserves nothing", ""
    if name == "memory" and least_memory is not None and quantity.nano < least_memory.nano:
        return f"{text} is {quantity.nano // _GIGA} bytes, in which nothing runs", f"{text}Mi" if text.isdigit() else ""
    if name == "cpu" and most_cores is not None and quantity >= most_cores:
        shape = _NUMBER.fullmatch(text)
        likely = f"{shape.group(1)}m" if shape and shape.group(2) in ("", "M") else ""
        return f"{text} is {quantity.nano // _GIGA} cores", likely
    return None
