"""What makes a text look like a credential: the name above it, the marks of known tokens, chance. Nothing is kept."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

NOT_SHOWN = "(not shown)"
"""Stands where people would read a secret."""
SECRET_FIELDS = ("data", "stringData")
"""The fields of a Secret that hold what it keeps."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEYS = frozenset(
    ("secret", "access", "private", "api", "auth", "encryption", "signing", "master", "account", "shared")
)
_COUNTS = frozenset(("max", "min", "num", "total"))
_SECRETS = frozenset(("client", "app", "consumer", "oauth", "webhook", "cookie", "session", "signing", "jwt", "hmac"))
_CREDENTIAL_WORDS = r"(?i)passw(?:or)?d|passphrase|secret|token|credential"
_NO_SECRET = re.compile(
    r"none|null|true|false|yes|no|on|off|disabled|enabled|required|optional|default|bearer|basic", re.IGNORECASE
)

_PLACEHOLDER = re.compile(
    r"__[\w.-]*__|<[^<>]*>|\[[A-Z_ -]+\]|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|%[A-Za-z_]+%|@[A-Z_]+@"
    r"|(?:please[-_ ])?(?:change|replace|fill|insert|set|seal|enter)[-_ ]?(?:me|it|this|in|here|with|by)(?:[-_ ].*)?"
    r"|(?:TODO|FIXME|TBD)\b.*|(?:.*[-_ ])?placeholder(?:[-_ ].*)?|(?:not[-_ ])?(?:un)?sealed(?:[-_ ]yet)?"
    r"|your[-_ ].*|replace|redacted|x{3,}|\*{3,}|\.{3,}|-+|\?+|.*(?:\.\.\.|\u2026).*",
    re.IGNORECASE | re.DOTALL,
)
_STAND_IN = re.compile(
    r"(?:[a-z]+ )*(?:sealed|unsealed|placeholder|unused|elsewhere|nowhere|no secret)(?: [a-z]+)*"
    r"|not (?:needed|used|required)|unneeded|no ?auth",
    re.I,
)
_REFERENCE = (
    r"(?s)\$.*|\{\{.*|ENC\[.*|(?:vault|ref\+[a-z0-9]+|op|ssm|awssm|gcpsm|akv|secretsmanager|secretref\+?[a-z]*|env|file):.*"
    r"|arn:aws[a-z-]*:(?:secretsmanager|ssm|kms):.*|projects/[^/]+/secrets/.*"
    r"|\.{0,2}/(?:run|var|etc|mnt|vault|secrets?|opt|tmp|home|data|config|certs?)(?:/[\w.-]+)+"
)
_CREDENTIAL_NAME = r"(?:[a-z0-9]+[._-])*(?:password|passwd|secret|token|key|pass)(?:[._-][a-z0-9]+)*"

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_TOUCHED = re.compile(r"\w\$\{|\}\w")
_DURATION = r"(?:\d+(?:\.\d+)?(?:ns|us|ms|[smhdwy]))+"
_KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,80}")
"""A key of a Secret, as far as the API server lets it be one (pkg/apis/core/validation, ConfigMapKey)."""
_NAMES_KEYS = re.compile(r".*secret_?keys|.*secret_?(?:key_?)?ref", re.IGNORECASE)
"""Above what is a map of keys of a Secret: `existingSecretKeys`, `secretKeyRef`, and `secretRef` with its `keys`."""
_NAMES_SECRET = re.compile(r".*existing.*secret|.*secret_?name", re.IGNORECASE)

_DOCUMENT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_SECRET = re.compile(r"""(?:^|[\s{,"'])kind["']?[ \t]*:[ \t]*["']?Secret(?![\w.-])""")
_DATA = re.compile(
    r"""(?:^|[{,])[ \t]*(["']?(?:data|stringData)["']?)[ \t]*:"""
    r"""(?=[ \t]*[^\s#{]|[ \t]*\{[^}\n]|[ \t]*(?:#.*)?\r?\n[ \t]+\S)""",
    re.MULTILINE,
)

_TOKEN = re.compile(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{35}\b"
    r"|\bdckr_pat_[\w-]{10,}|\bhvs\.[\w-]{10,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|hooks\.slack\.com/services/T\w+/B\w+/\w+"
)
_EXAMPLE = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{9}EXAMPLE\b")
"""The ids of keys that AWS prints in its manual."""
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?:^|[\s;&?,{(\"'-])(?!NOPASSWD\b)[\w.-]*?(?:passw(?:or)?d|passphrase|secret[_-]?(?:access[_-]?)?key|api[_-]?key|(?<![a-z])token)"
    r"[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"',;&})]+)",
    re.IGNORECASE | re.MULTILINE,
)

_PUBLIC = re.compile(
    r".*(?:ca|cabundle|cert|certificate|crt|pem|public.?key|finger.?print|hash|digest|checksum|sha\d*|md5|revision|commit"
    r"|tag|uuid|guid|id|image|version|name|arn|host|url|uri|path|bucket|region|nonce|known.?hosts)s?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,512}")
_PLAIN = r"[a-z]*[0-9]{0,4}|[A-Z][a-z]*[0-9]{0,4}|[A-Z]+|[0-9]+"
_WORDY = re.compile(r"[a-z]{8}|(?:[A-Z]?[a-z]{3,}){4}")
_LONGEST = 20_000
"""Characters of a text that is searched for passwords among options."""
_MIXED_BITS, _HEX_BITS = 3.9, 3.3
"""Bits of a character from which a word is taken for chance: base64 of 24 characters has about 4.2, names about 3.5."""


def names_credential(key: str) -> bool:
    """Whether a key says that its value is a credential; `existingSecret`, `passwordFile`, `tokenTtl` say otherwise."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if not words:
        return False
    last = words[-1].removesuffix("s") if words[-1] not in ("pass", "access") else words[-1]
    before = words[-2] if len(words) > 1 else ""
    if last == "token" and before in _COUNTS:
        return False
    if last in ("pass", "pwd", "pw", "passphrase", "token") or re.search(
        r"passw(?:or)?d$|(?:root|admin|user|db)pw$|apikey$|secretkey$|accesskey$", last
    ):
        return True
    if last == "key":
        return before in _KEYS
    if last == "id":
        return words[-3:] in (["access", "key", "id"], ["secret", "key", "id"])
    return last == "secret" and before in _SECRETS


def is_secret_key(key: str) -> bool:
    """Whether a key names a secret, or where one is: what stands below is never shown."""
    return names_credential(key) or re.search(_CREDENTIAL_WORDS, key) is not None


def is_password(key: str) -> bool:
    """Whether the value is one even where it is a number: a token's or a key's digits may count something."""
    return re.search(r"passw(?:or)?d$|passphrase$|(?<![a-z])pwd$", key, re.IGNORECASE) is not None


def secret_documents(text: str) -> Iterator[tuple[int, int]]:
    """Where the documents of a text begin and end that are Secrets, as far as letters tell: it need not be YAML."""
    marks = [0, *(match.start() for match in _DOCUMENT.finditer(text) if match.start()), len(text) + 1]
    yield from ((start, end) for start, end in pairwise(marks) if _SECRET.search(text, start, end))


def data_of_secret(text: str, start: int, end: int) -> int | None:
    """The offset of the data of a Secret that is written there, its key; None where it seems to have none."""
    found = _DATA.search(text, start, end)
    return None if found is None else found.start(1)


def names_key_of_secret(text: str, steps: Sequence[object], beside: object) -> bool:
    """Whether a text says where in a Secret a chart looks: below `secretKeys`, or `secretKey` beside `existingSecret`.

    `steps`: the names that lead to it; `beside`: the map that it stands in.
    """
    if not _KEY_NAME.fullmatch(text):
        return False
    if any(isinstance(step, str) and _NAMES_KEYS.fullmatch(step) for step in steps[:-1]):
        return True
    own = steps[-1] if steps else ""
    if not isinstance(own, str) or not own.lower().endswith("key") or not isinstance(beside, Mapping):
        return False
    return any(
        isinstance(key, str) and isinstance(value, str) and value and key != own and _NAMES_SECRET.fullmatch(key)
        for key, value in beside.items()
    )


def placeholder(text: str) -> bool:
    """Whether a text only says that something is still to come."""
    return len(text) < 200 and _PLACEHOLDER.fullmatch(text.strip()) is not None


def stand_in(text: str) -> bool:
    """Whether a text only says, in words, that the credential is somewhere else: `in-a-sealed-secret`."""
    return len(text) < 80 and _STAND_IN.fullmatch(re.sub(r"[-_. ]+", " ", text).strip()) is not None


def literal(text: str, key: str = "") -> bool:
    """Whether a text below a credential's name is one: no placeholder, no reference to where it is kept."""
    stripped = text.strip()
    if not stripped or _NO_SECRET.fullmatch(stripped) or elsewhere(stripped):
        return False
    if re.fullmatch(_DURATION, stripped) and not is_password(key):
        # How long tokens or keys last: `idTokens: 24h`.
        return False
    # `secretKey: postgresql-password` is the key of a Secret.
    return not (key.lower().endswith("key") and len(stripped) < 80 and re.fullmatch(_CREDENTIAL_NAME, stripped))


def elsewhere(text: str) -> bool:
    """Whether a text is no secret itself: still to come, kept somewhere else, or encrypted by other means (SOPS)."""
    return placeholder(text) or stand_in(text) or re.fullmatch(_REFERENCE, text.strip()) is not None


def filled_in(text: str) -> bool:
    """Whether a text gets what is secret in it from elsewhere: `s3:${ENDPOINT}/backup`, not `hunter2${SALT}`."""
    if elsewhere(text):
        return True
    rest = _VARIABLE.sub(" ", text)
    if rest == text or known_secret(_VARIABLE.sub("${x}", text)):
        return False
    # Of an address or a path the parts have signs between them; a word that touches a variable may be a half of it.
    return not any(random_text(word) for word in rest.split()) and not _TOUCHED.search(text)


def known_secret(text: str, *, examples: bool = False) -> bool:
    """Whether a text carries what can be nothing else: a token, a private key, an address or option with a password.

    `examples`: also the ids of a vendor's manual, which are secrets of nobody, and belong nowhere where facts do.
    """
    if _TOKEN.search(text if examples else _EXAMPLE.sub(" ", text)):
        return True
    if len(text) > _LONGEST:
        return False
    assigned = [found.group(1) for found in _ASSIGNED.finditer(text) if len(found.group(1)) > 2]
    return any(literal(found.group(1)) for found in _USERINFO.finditer(text)) or any(
        literal(value, "key") for value in assigned
    )


def random_text(text: str, key: str = "") -> bool:
    """Whether a text looks like made by chance, below a key that does not say it is public."""
    if not _WORD.fullmatch(text) or _PUBLIC.fullmatch(key):
        return False
    if _WORDY.search(text):
        return False
    if all(len(piece) < 8 or re.fullmatch(_PLAIN, piece) for piece in re.split(r"[-_/=+]+", text)):
        return False
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    classes = sum(any(test(c) for c in text) for test in (str.islower, str.isupper, str.isdigit))
    return (bits >= _MIXED_BITS and classes == 3) or (bits >= _HEX_BITS and bool(re.fullmatch(r"[0-9a-f]{32,}", text)))
