"""Private keys in bytes: every form that people put them into, and texts that only speak of one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key as load

from hydrogitops.secrets.private_keys import find, holds
from tests.sealing_keys import certificate, passphrase, pkcs1

CERTIFICATE, PKCS8 = certificate(2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
CURVE = ec.generate_private_key(ec.SECP256R1())
KEYS = {
    "PKCS8": PKCS8,
    "PKCS1": pkcs1(),
    "PKCS8 with a passphrase": passphrase(),
    "PKCS1 with a passphrase": load(PKCS8, None).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x")
    ),
    "Ed25519": ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "Ed25519 of OpenSSH": ED25519.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
    "SEC1": CURVE.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "4096 bits": certificate(4096)[1],
}


def indented(pem: bytes) -> bytes:
    return b"a: |\n" + b"".join(b"    " + line for line in pem.splitlines(keepends=True))


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda pem: pem,
    "CRLF": lambda pem: pem.replace(b"\n", b"\r\n"),
    "in YAML": indented,
    "in JSON": lambda pem: json.dumps({"key": pem.decode()}).encode(),
    "in JSON in YAML": lambda pem: b"a: '" + json.dumps({"key": pem.decode()}).encode() + b"'\n",
    "in a comment": lambda pem: b"".join(b"# " + line for line in pem.splitlines(keepends=True)),
    "in code": lambda pem: b"".join(b'    "' + line + b'\\n" +\n' for line in pem.splitlines()),
    "without an end": lambda pem: pem.partition(b"-----END")[0],
    "in base64": lambda pem: b"tls.key: " + base64.b64encode(pem) + b"\n",
    "in base64, in quotes": lambda pem: b'{"tls.key":"' + base64.b64encode(pem) + b'"}',
    "in base64 of several lines": lambda pem: b"k: |\n  " + base64.encodebytes(pem).replace(b"\n", b"\n  "),
    "beside other bytes": lambda pem: bytes(range(256)) * 100 + pem + bytes(range(256)),
    "behind its certificate": lambda pem: CERTIFICATE + pem,
}


# A short one without its end could be any word.
FOUND = [(k, f) for k in KEYS for f in FORMS if f != "without an end" or len(KEYS[k]) > 1000]


@pytest.mark.parametrize(("kind", "form"), FOUND)
def test_a_key_is_found(kind: str, form: str) -> None:
    data = FORMS[form](KEYS[kind])
    (key,) = find(data)
    assert key.encoded == ("base64" in form)
    line = data.split(b"\n")[key.line - 1].decode("utf-8", "replace")
    assert line[key.column - 1 :].startswith("LS0tLS1CRUdJTi" if key.encoded else "-----BEGIN ")


BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        CERTIFICATE.decode(),
        base64.b64encode(CERTIFICATE).decode(),
        f"A key begins with {BEGIN} and goes on.",
        f"{BEGIN}\n...\n{END}\n",
        f"{BEGIN}\n{END}\n",
        f"{BEGIN}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n{END}\n",
        f"{BEGIN}\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 4}…\n{END}\n",
        f"{BEGIN}\n<the key of the cluster, which the team of the platform keeps in its safe>\n{END}\n",
        f"{BEGIN}\n{{{{ .Values.key }}}}\n{END}\n",
        f"{BEGIN}\n${{KEY_OF_THE_CLUSTER_WHICH_IS_A_VERY_LONG_NAME_FOR_A_VARIABLE_INDEED}}\n{END}\n",
        # Cut off by the next one, and too short for a key without its end.
        f"{BEGIN}\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' * 3}\n{BEGIN}\n",
        f"{BEGIN}\\nREDACTED\\n{END}",
        'if grep -q -- "-----BEGIN (RSA )?PRIVATE KEY-----" "$file"; then exit 1; fi\n' * 4,
        "-----BEGIN PUBLIC KEY-----\n" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 8 + "\n-----END PUBLIC KEY-----\n",
        base64.b64encode(BEGIN.encode()).decode(),
        "PRIVATE KEY-----",
        "LS0tLS1CRUdJTi",
        "",
    ],
)
def test_a_text_that_holds_none(text: str) -> None:
    assert list(find(text.encode())) == []
    assert not holds(text)


def test_all_of_several_are_found_where_they_stand() -> None:
    data = "ö".encode() + KEYS["SEC1"] + b"\n  " + KEYS["Ed25519"] + base64.b64encode(PKCS8)
    found = [(key.line, key.column, key.encoded) for key in find(data)]
    second = KEYS["SEC1"].count(b"\n") + 2
    assert found == [(1, 2, False), (second, 3, False), (second + KEYS["Ed25519"].count(b"\n"), 1, True)]


@pytest.mark.parametrize(
    "mark", [b"-----BEGIN PRIVATE KEY-----\n", b"LS0tLS1CRUdJTi", b"-----BEGIN ", b"A A PRIVATE KEY-----"]
)
def test_many_beginnings_take_no_time(mark: bytes) -> None:
    # Seconds, were each of them followed to the end of the file.
    assert list(find(mark * 50_000)) == []
