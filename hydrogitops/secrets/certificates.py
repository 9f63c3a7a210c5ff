"""Certificates of Sealed Secrets: what a PEM file tells about the keys that it seals for."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class CertificateError(ValueError):
    """A file that nothing can be sealed with; `.reason` says why: no certificate in it, or none for RSA."""

    def __init__(self, message: str, reason: Literal["unreadable", "not-rsa"]) -> None:
        super().__init__(message)
        self.reason = reason


class Certificate(NamedTuple):
    """A certificate with an RSA key. `sha256`: of its SubjectPublicKeyInfo (DER), hexadecimal; times are UTC."""

    bits: int
    modulus: int
    not_before: datetime
    not_after: datetime
    sha256: str

    @property
    def block(self) -> int:
        """Length in bytes of what the key encrypts."""
        return (self.bits + 7) // 8


def read(pem: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM file in their order; sealing uses the first.

    Raises:
        CertificateError: there is none, one cannot be read, or the first is not for RSA. Later ones that are not for
            RSA are left out.
    """
    return tuple(certificate for certificate, _ in parsed(pem))


@lru_cache(maxsize=64)
def parsed(pem: bytes) -> tuple[tuple[Certificate, RSAPublicKey], ...]:
    """As `read`, each with its key. Kept, since all values of an environment are sealed or judged with one file."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        loaded = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise CertificateError("there is no certificate in it that can be read", "unreadable") from None
    found = []
    for position, one in enumerate(loaded):
        try:
            key = one.public_key()
            before, after = one.not_valid_before_utc, one.not_valid_after_utc
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, RSAPublicKey):
            if position == 0:
                raise CertificateError("its certificate is not for an RSA key", "not-rsa")
            continue
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.sha256(spki).hexdigest()
        found.append((Certificate(key.key_size, key.public_numbers().n, before, after, digest), key))
    return tuple(found)


def count(pem: bytes) -> int:
    """Certificates in a file, whatever they are for."""
    return pem.count(b"-----BEGIN CERTIFICATE-----")


def expired(certificate: Certificate, at: datetime) -> bool:
    """Whether `at` lies behind its last moment, as kubeseal tests it."""
    return at.astimezone(UTC) > certificate.not_after
