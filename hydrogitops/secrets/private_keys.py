"""Private keys in the bytes of any file: PEM as written, escaped into one line, or base64-encoded as in a Secret."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple

LEAST = 60
"""Characters of base64 in the shortest key: Ed25519 in PKCS8 has 64."""
LONGEST = 16_384
"""Bytes behind the first line of a key that are looked at: RSA with 16384 bits has 12 KiB."""

_PLAIN = b"PRIVATE KEY-----"
_ENCODED = b"LS0tLS1CRUdJTi"
"""`-----BEGIN ` in base64, as it begins a value."""
_BEGIN = rb"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY-----"
_WORD = rb"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}"
_HEADER = rb"(?:Proc-Type|DEK-Info|Comment):[^\n\\]{0,200}"
# What people put into the line of a key between its letters: escapes, quotes, plus signs, marks of comments and quotes.
_BETWEEN = rb"""\\[nrt]|[\s"'+\\,#>|*]|//"""
_NONE = rb"\.\.|\xe2\x80\xa6|[<{$\[]"


class PrivateKey(NamedTuple):
    """Where one begins: line and column from 1, in code points; `end`: the column behind its first mark."""

    line: int
    column: int
    end: int
    encoded: bool


def find(data: bytes) -> Iterator[PrivateKey]:
    """The private keys in a file. A text that only speaks of one, or leaves its letters out, is none."""
    if _PLAIN in data:
        for found in re.finditer(_BEGIN, data):
            # Up to the next mark of any kind, so that no byte is looked at twice.
            stop = data.find(b"-----", found.end(), found.end() + LONGEST)
            whole = stop >= 0 and data.startswith(b"-----END ", stop)
            if _has_body(data[found.end() : stop if stop >= 0 else found.end() + LONGEST], whole=whole):
                yield _at(data, found.start(), found.end(), encoded=False)
    if _ENCODED in data:
        for found in re.finditer(_WORD, data):
            letters = found.group()[: len(found.group()) // 4 * 4]
            opening = re.match(_BEGIN, base64.b64decode(letters[:120]))
            if opening is not None and (len(letters) > LEAST + 40 or _wrapped(data[found.end() : found.end() + 400])):
                yield _at(data, found.start(), found.end(), encoded=True)


def holds(text: str) -> bool:
    """Whether a text holds a private key."""
    return any(find(text.encode("utf-8", "surrogatepass")))


def _has_body(body: bytes, *, whole: bool) -> bool:
    """Whether what follows a key's first line is a key's letters; `whole`: up to its last line."""
    body = re.sub(_BETWEEN, b"", re.sub(_HEADER, b"", body))
    if whole:
        return (
            len(body) >= LEAST
            and re.search(_NONE, body) is None
            and re.fullmatch(rb"[A-Za-z0-9+/=]+", body) is not None
        )
    # A key that is cut off, or whose end the bound leaves out, has its letters all the same.
    letters = re.match(rb"[A-Za-z0-9/=]*", body)
    return letters is not None and len(letters.group()) >= 4 * LEAST


def _wrapped(rest: bytes) -> bool:
    """Whether an encoded key goes on in further lines."""
    return len(re.findall(rb"[A-Za-z0-9+/=]", rest.partition(b":")[0])) >= LEAST


def _at(data: bytes, start: int, end: int, *, encoded: bool) -> PrivateKey:
    line = data.count(b"\n", 0, start) + 1
    begin = data.rfind(b"\n", 0, start) + 1
    column = len(data[begin:start].decode("utf-8", "replace")) + 1
    return PrivateKey(line, column, column + end - start, encoded)
