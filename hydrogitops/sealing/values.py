"""Plaintext on its way in: from where it comes, the newline at its end, what makes it doubtful, values by chance."""

from __future__ import annotations

import binascii
import os
import re
import secrets
import string
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from hydrogitops.charts.contract import SecretKey
from hydrogitops.model import UserError
from hydrogitops.secrets.sealing import inspect

LARGEST: Final = 2**20
"""Bytes that a Secret can hold in all."""
NEWLINE: Final = "one newline at its end was left out"

_LENGTH: Final = 32
_ALPHABET: Final = string.ascii_letters + string.digits
_PADDED = re.compile(rb"(?:[A-Za-z0-9+/_-]{4}){3,}[A-Za-z0-9+/_-]{2}(?:[A-Za-z0-9+/_-]=|==)")
"""Base64 of what is no text: its padding gives it away."""
_LIKELY: Final = 12
"""Characters from which chance makes a text of one value in a thousand; of four, of one in ten."""
_LINE_END = re.compile(rb"\r?\n\Z")


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it will be sealed. `stripped`: a newline at its end was left out."""

    plaintext: bytes = field(repr=False)
    stripped: bool = False


def stripped(data: bytes) -> Given:
    """A value without the one line end that a shell, an editor or a person has put behind it."""
    found = _LINE_END.search(data)
    return Given(data[: found.start()], stripped=True) if found else Given(data)


def from_variable(name: str) -> Given:
    """The value of an environment variable, which is gone from the environment afterwards: children get no copy.

    The name is not repeated in the error: it may be the value, typed in the wrong place.
    """
    value: bytes | None = None
    if name and "\0" not in name and "=" not in name:
        _wipe(os.fsencode(name))
        value = os.environb.pop(os.fsencode(name), None)
    if value is None:
        raise UserError("--from-env: no variable of that name is set", "--from-env takes the name of a variable")
    return stripped(value)


def from_file(path: Path) -> Given:
    """All bytes of a file; a pipe will do. The path is not repeated in the error, as a variable's name isn't."""
    try:
        with path.open("rb") as file:
            return Given(_read(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "there is no such path"
        raise UserError(f"--from-file: it cannot be read: {reason}", "--from-file takes the path of a file") from None


def from_stream(stream: IO[bytes]) -> Given:
    """All that comes through a pipe."""
    return stripped(_read(stream))


def generate(known: SecretKey | None) -> bytes:
    """A value by chance, of the length and alphabet that the contract states; without one 32 letters and digits."""
    alphabet = known.alphabet if known is not None and known.alphabet else _ALPHABET
    length = known.length if known is not None and known.length else _LENGTH
    return "".join(secrets.choice(alphabet) for _ in range(length)).encode()


def refuse_empty(given: Given) -> None:
    """UserError for an empty value: sealed it looks like any other, and everything that reads it fails."""
    if not given.plaintext.strip():
        only = "" if not given.plaintext and not given.stripped else ", and blanks or a newline alone are none"
        raise UserError(f"the value is empty{only}", "nothing was sealed; give the value")


def doubt(plaintext: bytes, known: SecretKey | None = None) -> str:
    """What is likely wrong with a value, in words that don't show it; empty where nothing is."""
    if plaintext.isascii():
        problem = inspect(plaintext.decode("ascii")).problem
        if problem is None:
            return "it is a sealed value already; what is wanted is the value before sealing"
        if (problem == "plain-base64" and _is_meant(plaintext)) or _PADDED.fullmatch(plaintext.strip()):
            return "it looks base64-encoded; what is wanted is the value itself, sealing encodes it"
        if problem == "placeholder":
            return "it is a placeholder, not a value"
    if known is not None and known.minimum and len(plaintext) < known.minimum:
        return f"it has {len(plaintext)} bytes; what reads it wants {known.minimum} or more"
    if known is not None and known.maximum and len(plaintext) > known.maximum:
        return f"it has {len(plaintext)} bytes; what reads it takes {known.maximum} at most"
    return ""


def _is_meant(encoded: bytes) -> bool:
    """Whether a value that could be base64 of a text is likely meant so: `acme` could, of a text in odd letters."""
    return len(encoded.strip()) >= _LIKELY or binascii.a2b_base64(encoded).isascii()


def _wipe(name: bytes) -> None:
    """Overwrite a variable where the system put it at the start: others see it there, and children until they exec."""
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        library = ctypes.CDLL(None)
        library.getenv.restype = ctypes.c_void_p
        address = library.getenv(name)
        if address:
            ctypes.memset(address, 0, len(ctypes.string_at(address)))


def _read(stream: IO[bytes]) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UserError("the value is larger than 1 MiB, more than a Secret can hold", "nothing was sealed")
    return data
