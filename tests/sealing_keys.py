"""Keys and certificates of Sealed Secrets, made on the spot: RSA keys once a process, certificates as asked."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
AFTER = datetime(2044, 1, 1, tzinfo=UTC)


@cache
def certificate(
    bits: int = 2048, *, not_before: datetime = BEFORE, not_after: datetime = AFTER, which: int = 0
) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key (PKCS8), both PEM. Another `which` is another key of that size."""
    key = _rsa(bits, which)
    return _signed(key, not_before, not_after), _pem(key)


@cache
def not_rsa(*, not_before: datetime = BEFORE, not_after: datetime = AFTER) -> tuple[bytes, bytes]:
    """As `certificate`, for an elliptic curve."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _signed(key, not_before, not_after), _pem(key)


@cache
def pkcs1(bits: int = 2048, which: int = 0) -> bytes:
    """The key of `certificate` in the older form, as the controller's own Secrets hold it."""
    return _rsa(bits, which).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@cache
def passphrase(bits: int = 2048, which: int = 0) -> bytes:
    """The key of `certificate`, which nobody opens without its passphrase."""
    return _rsa(bits, which).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))


@cache
def _rsa(bits: int, which: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, not_before: datetime, not_after: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sealed-secret")])
    unsigned = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    return unsigned.sign(key, SHA256()).public_bytes(Encoding.PEM)
