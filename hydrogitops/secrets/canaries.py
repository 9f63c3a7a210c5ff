"""Canaries: texts that stand in for credentials in a render, and the search for them in whatever they became."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

DEPTH = 4
"""Encodings inside each other that are undone: dockerconfigjson has two."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{6,}")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{8,}")
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n"


def make(*about: str) -> str:
    """The canary for what `about` names: 24 small letters and digits, the same in every run, a letter first.

    It passes wherever a password does: nothing to quote or escape, no number, no word, no blank.
    """
    digest = hashlib.sha256("\0".join(("hydrogitops canary", *about)).encode()).digest()
    # Without vowels no word comes out; a letter first keeps YAML from reading a number.
    letters = "bcdfghjkmnpqrstvwxz"
    digits = letters + "23456789"
    return letters[digest[0] % len(letters)] + "".join(digits[byte % len(digits)] for byte in digest[1:24])


def found(text: str, words: Iterable[str]) -> dict[str, str]:
    """Which of the words a text holds, and how: "plain", "base64", "base64 in base64", "URL-escaped" …

    In letters of any case; at any offset of an encoded text, in either alphabet of base64, broken into lines or not.
    The form with the fewest encodings is told.
    """
    wanted = {word: word.lower().encode() for word in words}
    result: dict[str, str] = {}
    level: dict[bytes, tuple[str, ...]] = {text.encode("utf-8", "surrogatepass"): ()}
    seen: set[bytes] = set()
    for depth in range(DEPTH + 1):
        for here, steps in level.items():
            lower = here.lower()
            for word, needle in wanted.items():
                if word not in result and needle in lower:
                    result[word] = " in ".join(steps) or "plain"
        if len(result) == len(wanted) or depth == DEPTH:
            break
        seen.update(level)
        shortest = min(map(len, wanted.values()))
        below: dict[bytes, tuple[str, ...]] = {}
        for here, steps in level.items():
            for step, inner in _undone(here, shortest):
                if inner not in seen:
                    below.setdefault(inner, (step, *steps))
        level = below
    return result


def _undone(text: bytes, shortest: int) -> Iterable[tuple[str, bytes]]:
    """All that a text may be an encoding of, as far as `shortest` bytes have room in it.

    A wrong guess gives noise, in which no canary is.
    """
    if _ESCAPE.search(text):
        yield "URL-escaped", unquote_to_bytes(text)
    yield from _decoded(text, shortest)
    joined = text.translate(None, _BLANKS)
    if joined != text:
        yield from _decoded(joined, shortest)


def _decoded(text: bytes, shortest: int) -> Iterable[tuple[str, bytes]]:
    for match in _BASE64.finditer(text):
        if len(match.group()) <= shortest:
            continue
        run = match.group().translate(_URL_ALPHABET)
        # What stands before the encoded text may be of the same alphabet, so that it begins anywhere.
        for start in range(4):
            part = run[start:]
            part = part[:-1] if len(part) % 4 == 1 else part
            yield "base64", base64.b64decode(part + b"=" * (-len(part) % 4))
    for match in _HEXADECIMAL.finditer(text):
        if len(match.group()) < 2 * shortest:
            continue
        for start in range(2):
            part = match.group()[start:]
            yield "hexadecimal", binascii.unhexlify(part[: len(part) // 2 * 2])
