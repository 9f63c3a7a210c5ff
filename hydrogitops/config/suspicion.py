"""What no answer may hold: secrets, template syntax, characters that cannot be printed. The text is never repeated."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]

_TEMPLATES = ("{{", "{%", "{#", "[[", "[%", "[#", "${")
_TOKENS = re.compile(
    r"-----BEGIN |\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bdckr_pat_[\w-]{10,}|\bhvs\.[\w-]{10,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.|\bsk-[A-Za-z0-9-]{20,}"
)
_ASSIGNMENT = re.compile(
    r"(?:^|[^a-z])(?:pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access)?[_-]?key)?|token|api[_-]?key|credentials?)\s*[=:]\s*[^\s=]",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_KEY = re.compile(
    r"passw(?:or)?d|passphrase|\bpwd\b|secret|token|credential|(?:private|access|api)[_-]?key", re.IGNORECASE
)
_RANDOM = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
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
    """Whether `text` looks like a password, a token, a key or an address that carries one."""
    if _TOKENS.search(text) or _ASSIGNMENT.search(text) or _USERINFO.search(text):
        return True
    if path[-1:] == ("sha256",) or text.startswith("arn:"):
        return False
    # Hosts hold what a provider drew (EKS endpoints, RDS), so of an address only what follows the host is looked at.
    rest = _AUTHORITY.sub("", text)
    return any(_is_random(found.group()) for found in _RANDOM.finditer(rest) if not _is_words(found.group()))


def is_secret_key(key: str) -> bool:
    """Whether a key asks for a secret by its name."""
    return _KEY.search(key) is not None


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


def _is_words(text: str) -> bool:
    """Whether a long word is made of short ones, as names are: `hydro-serving-data-profiler`, `Acme/prod-01`."""
    pieces = re.split(r"[-_/]", text)
    if text != text.lower():
        return all(re.fullmatch(r"[A-Z]?[a-z]*[0-9]{0,12}|[A-Z]+[0-9]{0,12}", piece) for piece in pieces)
    return max(map(len, pieces)) < 20


def _is_random(word: str) -> bool:
    """Long, mixed and hardly repeating: 24 characters of base64 have about 4.2 bits each, words about 3.5."""
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    classes = sum(any(test(c) for c in word) for test in (str.islower, str.isupper, str.isdigit))
    return (bits >= 3.7 and classes >= 2) or (bits >= 3.3 and re.fullmatch(r"[0-9a-f]{32,}", word) is not None)
