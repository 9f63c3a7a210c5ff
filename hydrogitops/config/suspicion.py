"""What no answer may hold: secrets, template syntax, characters that cannot be printed. The text is never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hydrogitops.secrets.plaintext import known_secret, random_text

Path = tuple[str | int, ...]

_TEMPLATES = ("{{", "{%", "{#", "[[", "[%", "[#", "${")
_AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_OPTION = re.compile(r"-XX:[+-]?\w+|-D[\w.-]+")
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")

REFUSED = "this looks like a secret, and answers never hold one; `hydrogitops seal` takes it later"


def refusals(answers: object) -> Iterator[tuple[Path, str]]:
    """Every place whose text, or whose key, may not stand in answers, with the reason."""
    yield from _walk(answers, ())


def refusal(text: str, path: Path = ()) -> str:
    """Why `text` may not stand as the answer at `path`; empty where it may."""
    if _CONTROL.search(text):
        return "this holds a line break or a character that cannot be printed"
    if looks_secret(text, path):
        return REFUSED
    if any(mark in text for mark in _TEMPLATES):
        return "this looks like a template, and answers are never evaluated"
    return ""


def looks_secret(text: str, path: Path = ()) -> bool:
    """Whether `text` looks like a password, a token, a key or an address that carries one.

    It is judged as values are, but that no key of the answers excuses a text by chance, except a digest's.
    """
    if known_secret(text, examples=True):
        return True
    if path[-1:] == ("sha256",) or text.startswith("arn:"):
        return False
    # Hosts hold what a provider drew (EKS endpoints, RDS), so of an address only what follows the host is looked at.
    text = _AUTHORITY.sub("", text)
    if path[-1:] == ("java_options",):
        text = _OPTION.sub(" ", text)  # `-XX:MaxDirectMemorySize=1g`: names of options look drawn with their numbers
    return any(map(random_text, _LONG.findall(text)))


def _walk(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                reason = refusal(key)
                if reason:
                    # The key itself must not be repeated, so its map is named.
                    yield (*path, "?"), reason
                    continue
            yield from _walk(item, (*path, key if isinstance(key, (str, int)) else str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
    elif isinstance(value, str):
        reason = refusal(value, path)
        if reason:
            yield path, reason
