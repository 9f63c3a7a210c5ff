from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hydrogitops.secrets import certificates
from hydrogitops.secrets.certificates import CertificateError, expired, read
from tests import sealing_keys

PEM, KEY = sealing_keys.certificate()
OTHER = sealing_keys.certificate(which=1)[0]
EC = sealing_keys.not_rsa()[0]


def spki(pem: bytes) -> str:
    key = x509.load_pem_x509_certificate(pem).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


@pytest.mark.parametrize(("bits", "block"), [(2048, 256), (3072, 384), (4096, 512)])
def test_what_a_certificate_tells(bits: int, block: int) -> None:
    pem, _ = sealing_keys.certificate(bits)
    (found,) = read(pem)
    assert (found.bits, found.block, found.sha256) == (bits, block, spki(pem))
    assert found.modulus.bit_length() == bits
    assert (found.not_before, found.not_after) == (sealing_keys.BEFORE, sealing_keys.AFTER)


def test_the_digest_is_of_the_key_not_of_the_certificate() -> None:
    renewed, _ = sealing_keys.certificate(not_after=datetime(2050, 1, 1, tzinfo=UTC))
    assert renewed != PEM
    assert read(renewed)[0].sha256 == read(PEM)[0].sha256 != read(OTHER)[0].sha256


@pytest.mark.parametrize(
    ("pem", "digests"),
    [
        (PEM, [spki(PEM)]),
        (PEM + OTHER, [spki(PEM), spki(OTHER)]),
        (OTHER + PEM, [spki(OTHER), spki(PEM)]),
        (PEM + EC + OTHER, [spki(PEM), spki(OTHER)]),
        (KEY + PEM, [spki(PEM)]),
        (b"subject=CN = sealed-secret\n" + PEM + b"\n# kept until 2044\n", [spki(PEM)]),
        (PEM.replace(b"\n", b"\r\n"), [spki(PEM)]),
        (PEM.rstrip(), [spki(PEM)]),
        # kubeseal refuses these two, which editors make of a good file.
        (b"\xef\xbb\xbf" + PEM, [spki(PEM)]),
        (b"  " + PEM.replace(b"\n", b"\n  "), [spki(PEM)]),
    ],
)
def test_certificates_of_a_file_in_their_order(pem: bytes, digests: list[str]) -> None:
    assert [one.sha256 for one in read(pem)] == digests


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (KEY, "unreadable"),
        (PEM[:-40], "unreadable"),
        (PEM.replace(PEM.splitlines(keepends=True)[3], b""), "unreadable"),
        (PEM + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "unreadable"),
        (EC, "not-rsa"),
        (EC + PEM, "not-rsa"),
    ],
)
def test_what_nothing_can_be_sealed_with(pem: bytes, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(CertificateError) as caught:
            read(pem)
        assert caught.value.reason == reason


def test_a_file_is_parsed_once_for_all_values() -> None:
    assert certificates.parsed(PEM) is certificates.parsed(bytes(bytearray(PEM)))


@pytest.mark.parametrize(
    ("after", "gone"), [(timedelta(), False), (timedelta(microseconds=1), True), (timedelta(days=-1), False)]
)
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-9))])
def test_a_certificate_is_good_to_its_last_moment(after: timedelta, gone: bool, zone: timezone) -> None:
    (found,) = read(PEM)
    assert expired(found, (sealing_keys.AFTER + after).astimezone(zone)) is gone
