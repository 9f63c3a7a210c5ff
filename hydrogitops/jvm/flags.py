"""What one JDK knows of a -XX flag: type, lock, range, other names, what took its place."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from hydrogitops.jvm.flags_table import SINCE, SUCCESSOR, TABLE

JDKS = (8, 11, 17, 21, 25)

Kind = Literal[
    "bool", "int", "uint", "intx", "uintx", "double", "string", "strings", "obsolete", "logging", "debug-build", "alias"
]

_LETTERS = dict(zip("abcde", JDKS, strict=True))
_KINDS: dict[str, Kind] = {
    "b": "bool",
    "i": "int",
    "u": "uint",
    "I": "intx",
    "U": "uintx",
    "d": "double",
    "s": "string",
    "l": "strings",
    "o": "obsolete",
    "g": "logging",
    "x": "debug-build",
}
_LOCKS = {"p": "", "e": "UnlockExperimentalVMOptions", "d": "UnlockDiagnosticVMOptions"}
_ENDS: dict[str, tuple[int, int]] = {
    "int": (-(2**31), 2**31 - 1),
    "uint": (0, 2**32 - 1),
    "intx": (-(2**63), 2**63 - 1),
    "uintx": (0, 2**64 - 1),
}
_CODE = re.compile(r"(?:=(\w+)|(\w)(\w))([+^]?)(?:\[([^,]*),([^]]*)])?")


class Flag(NamedTuple):
    """A flag of one JDK; `least` and `most` in the flag's own unit, None for a type without numbers."""

    name: str
    kind: Kind
    lock: str
    """The flag that must be on before this one, or nothing."""
    least: float | None = None
    most: float | None = None
    real: str = ""
    """The flag that an alias stands for."""
    deprecated: Literal["", "always", "on"] = ""


@lru_cache(4096)
def find(name: str, jdk: int) -> Flag | None:
    """The flag of that exact name (case counts) which this JDK accepts in any way, or None."""
    code = _codes(jdk).get(name)
    return None if code is None else _flag(name, code)


def ignored_by_prefix(text: str, jdk: int) -> bool:
    """Whether `text` begins with a name that JDK 8 ignores: it matches that list by prefix (arguments.cpp, 8u272)."""
    return jdk == 8 and text.startswith(_ignored_by_8())


def since(name: str) -> int | None:
    """The JDK in which the flag was deprecated, where HotSpot says so."""
    return SINCE.get(name)


def successor(name: str) -> str | None:
    """What takes the place of a flag: a word, a word's beginning up to "=", "" for nothing, None where not known."""
    return SUCCESSOR.get(name)


def next_jdk(jdk: int) -> int | None:
    """The next JDK with long support, among those known here."""
    later = [known for known in JDKS if known > jdk]
    return later[0] if later else None


@lru_cache(256)
def nearest(name: str, jdk: int) -> str | None:
    """The flag of this JDK whose name is nearest to one that it doesn't know, or None where none is near."""
    from difflib import get_close_matches  # only a misspelt flag pays for it

    folded = {known.casefold(): known for known in _codes(jdk)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.84)
    return folded[close[0]] if close else None


@cache
def _codes(jdk: int) -> dict[str, str]:
    letter = next(letter for letter, known in _LETTERS.items() if known == jdk)
    found = {}
    for line in TABLE.splitlines():
        name, *groups = line.split(" ")
        for group in groups:
            letters, _, code = group.partition(":")
            if letter in letters:
                found[name] = code
                break
    return found


@cache
def _ignored_by_8() -> tuple[str, ...]:
    return tuple(name for name, code in _codes(8).items() if code.startswith("o"))


def _flag(name: str, code: str) -> Flag:
    match = _CODE.fullmatch(code)
    assert match is not None, code
    real, kind, lock, mark, least, most = match.groups()
    deprecated: Literal["", "always", "on"] = "always" if mark == "^" else "on" if mark == "+" else ""
    if real:
        return Flag(name, "alias", "", real=real, deprecated=deprecated)
    ends = _ENDS.get(_KINDS[kind], (None, None))
    number = float if kind == "d" else int
    return Flag(
        name,
        _KINDS[kind],
        _LOCKS[lock],
        number(least) if least else ends[0],
        number(most) if most else ends[1],
        deprecated=deprecated,
    )
