"""What to write in the place of a word that the JVM refuses; "" where the intention is not certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydrogitops.jvm import numbers
from hydrogitops.jvm.words import Word

_SIZE = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,15}))?\s?([kmgtKMGT]?)[iI]?[bB]?(?:ytes)?")
_PERCENT = re.compile(r"\+?([0-9]*)(?:[.,]([0-9]*))?[%fFdD]?")
_QUOTES = re.compile(r"""['"`\\\u2018\u2019\u201c\u201d]""")
_PROPERTY = re.compile(r"-D[^\s=]*=")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"))
_BLANKS = str.maketrans({**dict.fromkeys("\u00a0\u2007\u202f\u3000;", " "), "\u200b": "", "\ufeff": ""})
_OLD_SPELLING = re.compile(r"--?(?:X|x)(mx|ms|mn|ss)([0-9].*)", re.IGNORECASE)
_FACTOR = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def plain(*words: Word) -> str:
    """The words without quotes, commas, semicolons and backslashes, with plain dashes and blanks.

    "" where they hold the value of a system property: it may be a secret, and what is suggested gets printed.
    """
    text = _QUOTES.sub("", " ".join(word.text for word in words)).translate(_DASHES).translate(_BLANKS)
    parts = text.replace(",-", " -").split()
    text = " ".join(part.removesuffix(",").removeprefix("#") for part in parts)
    return "" if _PROPERTY.search(text) else text


def join(words: Sequence[Word]) -> str:
    """Words that were one option, with a size as the JVM takes it."""
    text = separator("".join(word.text for word in words))
    return size(text, text[4:]) or text if text.startswith(("-Xmx", "-Xms", "-Xmn", "-Xss")) else text


def separator(text: str) -> str:
    """The option with the sign between name and value that it takes."""
    match = re.fullmatch(r"(-X(?:mx|ms|mn|ss))[=:\s]*(.*)", text, re.DOTALL)
    if match is not None:
        return match.group(1) + match.group(2).rstrip()
    match = re.fullmatch(r"(-XX:[A-Za-z0-9_]+)[=:\s]+(.*)", text, re.DOTALL)
    if match is not None:
        return f"{match.group(1)}={match.group(2).rstrip()}"
    return re.sub(r"(-XX:[A-Za-z_]+?)([0-9].*)", r"\1=\2", text.strip())


def size(text: str, value: str) -> str:
    """`-Xmx1Gi` to `-Xmx1g`, `-Xmx1.5g` to `-Xmx1536m`; "" for what is no size."""
    match = _SIZE.fullmatch(value)
    if match is None or not value:
        return ""
    whole, part, unit = match.groups()
    factor = _FACTOR[unit.lower()]
    if part is None:
        return f"{text.removesuffix(value)}{int(whole)}{unit.lower()}"
    number = round(float(f"{whole}.{part}") * factor)
    return f"{text.removesuffix(value)}{numbers.option(number)}" if unit else ""


def percentage(text: str, value: str) -> str:
    """`75`, `75%` and `75,0` to `75.0`; `.75` and `0,75` were fractions."""
    match = _PERCENT.fullmatch(value)
    if match is None or not (match.group(1) or match.group(2)):
        return ""
    number = float(f"{match.group(1)[:9] or 0}.{(match.group(2) or '')[:9] or 0}")
    if 0 < number < 1:
        number *= 100
    return f"{text.removesuffix(value)}{number:g}" + ("" if number % 1 else ".0") if number <= 100 else ""


def option(text: str) -> str:
    """`--Xmx512m`, `-xmx512m` to `-Xmx512m`."""
    match = _OLD_SPELLING.fullmatch(text)
    return f"-X{match.group(1).lower()}{match.group(2)}" if match is not None else ""


def successor(text: str, replacement: str | None) -> str:
    """The word with which a flag that is gone is written today."""
    if not replacement or text.startswith("-XX:-"):
        return ""
    if replacement.endswith("="):
        value = text.partition("=")[2]
        if "RAM" in replacement:
            return (
                f"{replacement}{100 / int(value):.1f}"
                if value.isdecimal() and len(value) < 4 and int(value) > 1
                else ""
            )
        return replacement + value if value else ""
    return replacement
