"""The format of Sealed Secrets: sealing a value, opening it with a recovery key, judging it without any key."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hydrogitops.secrets import certificates
from hydrogitops.secrets.certificates import Certificate, CertificateError
from hydrogitops.secrets.plaintext import placeholder
from hydrogitops.secrets.records import SCOPES, Scope

if TYPE_CHECKING:
    from types import UnionType

    from cryptography.hazmat.primitives.asymmetric.padding import OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

__all__ = ["Scope", "Sealed", "SealingError", "inspect", "problems", "seal", "unseal"]

# What this module can do for a plaintext: keep no cache, global or attribute of it, put it into no message, and drop
# its own names for it before an exception leaves, since a traceback holds the frames with their locals. What Python
# cannot do: wipe `bytes`. They are immutable, copied by slices and encoders, and their memory is only handed back, so
# whoever calls should let go of them soon, and turn core dumps off.

_HEAD: Final = 2
_TAG: Final = 16
_NONCE: Final = bytes(12)
"""Constant, as in the controller: every value has a session key of its own."""
_SESSION_BITS: Final = 256
_BLOCKS: Final = frozenset((256, 384, 512, 1024))
_SMALL_BLOCK: Final = 128
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_CONTROL = re.compile("[\0-\b\x0e-\x1f\x7f-\x9f]")
_PRIVATE_KEY = rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----"


class SealingError(ValueError):
    """A value that cannot be sealed or opened. It never holds plaintext."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a text under `encryptedData` tells without a key.

    `key_bits`: of the RSA key, rounded up to bytes, where the text states a size that keys have. `plaintext_length`: in
    bytes, where all parts of a value are there. `problem`: why it cannot open, the first that applies, as rule id
    without `secrets/`; None: it may open. `bad-prefix` with both numbers is a whole value for an RSA key of 1024 bits:
    it opens with such a key, but no controller of today makes one.
    """

    key_bits: int | None
    plaintext_length: int | None
    problem: str | None


def seal(
    certificate: bytes,
    plaintext: bytes,
    *,
    namespace: str = "",
    name: str = "",
    scope: Scope = "strict",
    at: datetime | None = None,
) -> str:
    """One line of base64 that only the holder of the certificate's key opens, and only under this label.

    `certificate`: PEM, the first counts. `at`: when it must not have expired; absent: now. A naive time is local.

    Raises:
        SealingError: no certificate, not for RSA, expired at `at`, or a name that the scope needs is missing.
    """
    try:
        _typed(certificate, bytes, "certificate")
        _typed(plaintext, bytes, "plaintext")
        _typed(at, datetime | None, "at")
        label = _label(namespace, name, scope)
        return _sealed(certificate, plaintext, label, at or datetime.now(UTC))
    finally:
        del plaintext


def unseal(keys: Iterable[bytes], text: str, *, namespace: str = "", name: str = "", scope: Scope = "strict") -> bytes:
    """The plaintext of a sealed value, as the controller opens it: every key is tried.

    `keys`: PEM, PKCS8 or PKCS1; certificates beside the keys are passed over, several keys in one are all tried.

    Raises:
        SealingError: nothing opens it, or a name that the scope needs is missing.
    """
    try:
        _typed(text, str, "text")
        label = _label(namespace, name, scope)
        given = list(keys)
        for one in given:
            _typed(one, bytes, "each of keys")
        raw = _decoded(text)
        if raw is None:
            raise SealingError("it is no standard base64, so no key opens it")
        opened, unread = _tried(given, raw, label)
        if opened is None:
            raise SealingError(_nothing_opens(len(given), unread))
        return opened
    finally:
        # A traceback would hold the keys, and a text that may be what should have been sealed.
        keys, given, one, text, raw = (), [], b"", "", None


def inspect(text: str, certificate: bytes | None = None) -> Sealed:
    """What a text tells without a key; with a certificate (PEM, the first counts) also whether it is another's.

    Any text gets an answer, in time that grows as its length. Pure.

    Raises:
        SealingError: the certificate cannot be read or is not for RSA.
    """
    try:
        _typed(text, str, "text")
        _typed(certificate, bytes | None, "certificate")
        # Read first, so that a certificate which cannot be read is refused whatever the text is.
        known = None if certificate is None else _first(certificate)[0]
        return _judged(text, known)
    finally:
        # It may be what should have been sealed.
        del text


def problems(text: str) -> tuple[str, ...]:
    """All that is wrong with a text by itself, as rule ids without `secrets/`; the first is that of `inspect`."""
    try:
        return tuple(_problems(text, _decoded(text)))
    finally:
        del text


def _problems(text: str, raw: bytes | None) -> Iterator[str]:
    if placeholder(text):
        yield "placeholder"
    if raw is None:
        yield "not-base64"
        return
    if _is_text(raw):
        yield "plain-base64"
    # Below two bytes no size is stated that could be wrong.
    block = int.from_bytes(raw[:_HEAD], "big") if len(raw) >= _HEAD else None
    if block is not None and block not in _BLOCKS:
        yield "bad-prefix"
    elif block is None or len(raw) < _HEAD + block + _TAG:
        yield "too-short"


def _judged(text: str, known: Certificate | None) -> Sealed:
    raw = _decoded(text)
    problem = next(_problems(text, raw), None)
    if raw is None or problem in ("placeholder", "plain-base64") or len(raw) < _HEAD:
        return Sealed(None, None, problem)
    block = int.from_bytes(raw[:_HEAD], "big")
    if block not in _BLOCKS and block != _SMALL_BLOCK:
        return Sealed(None, None, problem)
    rest = len(raw) - _HEAD - block - _TAG
    if problem is None and known is not None:
        if block != known.block:
            problem = "key-size-mismatch"
        # RSA works on numbers below the modulus, so a larger one was made with another. A smaller one proves nothing.
        elif int.from_bytes(raw[_HEAD : _HEAD + block], "big") >= known.modulus:
            problem = "wrong-certificate"
    return Sealed(block * 8, rest if rest >= 0 else None, problem)


def _typed(value: object, wanted: type | UnionType, what: str) -> None:
    given, right = type(value).__name__, isinstance(value, wanted)
    del value
    if not right:
        raise TypeError(f"{what} has to be {getattr(wanted, '__name__', wanted)}, not {given}")


def _label(namespace: str, name: str, scope: str) -> bytes:
    if scope not in SCOPES:
        raise ValueError(f"scope: one of {', '.join(SCOPES)}, not {scope!r}")
    _typed(namespace, str, "namespace")
    _typed(name, str, "name")
    needed = {"strict": (namespace, name), "namespace-wide": (namespace,)}.get(scope, ())
    for part, what in zip(needed, ("namespace", "name"), strict=False):
        if not part:
            raise SealingError(f"a value of scope {scope} needs the {what} of its object")
    try:
        return "/".join(needed).encode()
    except UnicodeEncodeError:
        raise SealingError("the name or namespace of the object is no text that UTF-8 can carry") from None


def _first(pem: bytes) -> tuple[Certificate, RSAPublicKey]:
    try:
        return certificates.parsed(pem)[0]
    except CertificateError as error:
        raise SealingError(f"the certificate cannot be used: {error}") from None


def _sealed(certificate: bytes, plaintext: bytes, label: bytes, at: datetime) -> str:
    try:
        known, key = _first(certificate)
        if certificates.expired(known, at):
            raise SealingError(f"the certificate has expired on {known.not_after:%Y-%m-%d}: fetch the current one")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        session = AESGCM.generate_key(_SESSION_BITS)
        try:
            block: bytes = key.encrypt(session, _padding(label))
        except ValueError:
            raise SealingError(f"a key of {known.bits} bits is too small to seal with") from None
        sealed = AESGCM(session).encrypt(_NONCE, plaintext, None)
        return binascii.b2a_base64(len(block).to_bytes(_HEAD, "big") + block + sealed, newline=False).decode()
    finally:
        del plaintext


def _padding(label: bytes) -> OAEP:
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA256

    return OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=label)


def _tried(keys: Iterable[bytes], raw: bytes, label: bytes) -> tuple[bytes | None, int]:
    """What the first key that opens a value gives, and how many before it could not be read."""
    unread = 0
    for pem in keys:
        for one in [found.group() for found in re.finditer(_PRIVATE_KEY, pem)] or [pem]:
            key = _private(one)
            if key is None:
                unread += 1
            elif (opened := _opened(key, raw, label)) is not None:
                return opened, unread
    return None, unread


def _private(pem: bytes) -> RSAPrivateKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        # To prove that a key is one takes 0.2 s at 4096 bits, and a backup holds one for every month, all to be tried
        # on every value. A broken one opens nothing, since what is opened carries a tag.
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    # TypeError: it is protected by a passphrase.
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def _opened(key: RSAPrivateKey, raw: bytes, label: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    end = _HEAD + int.from_bytes(raw[:_HEAD], "big")
    # Go reads a block as a number, so one without its leading zeros opens there.
    block = raw[_HEAD:end].rjust((key.key_size + 7) // 8, b"\0")
    try:
        session = key.decrypt(block, _padding(label))
        return AESGCM(session).decrypt(_NONCE, raw[end:], None)
    except (ValueError, InvalidTag):
        return None


def _nothing_opens(given: int, unread: int) -> str:
    if not given:
        return "there is no key to open it with"
    also = f"; {unread} could not be read as an RSA key without passphrase" if unread else ""
    return f"no key opens it: made for another key, name, namespace or scope, or damaged{also}"


def _decoded(text: str) -> bytes | None:
    """The bytes of a text as Go's decoder reads it: line ends count for nothing, and neither do the last spare bits."""
    if not text.isascii():
        return None
    joined = text.replace("\r", "").replace("\n", "").encode("ascii")
    if len(joined) % 4 or not _BASE64.fullmatch(joined):
        return None
    return binascii.a2b_base64(joined)


def _is_text(raw: bytes) -> bool:
    # No sealed value gets past here: its first two bytes, the size of a block, hold a control character.
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(decoded.strip()) and not _CONTROL.search(decoded)
