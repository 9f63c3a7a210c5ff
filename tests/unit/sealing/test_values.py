"""Plaintext on its way in: newlines, sources, doubts, chance."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from hydrogitops.charts.contract import SecretKey
from hydrogitops.charts.known_charts import find
from hydrogitops.model import UserError
from hydrogitops.sealing import values
from hydrogitops.sealing.values import Given, doubt, generate, stripped
from hydrogitops.secrets.sealing import seal
from tests.sealing_keys import certificate


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (b"pw\n", b"pw"),
        (b"pw\r\n", b"pw"),
        (b"pw\n\n", b"pw\n"),
        (b"pw\r\n\r\n", b"pw\r\n"),
        (b"\n", b""),
        (b"a\nb", b"a\nb"),
        (b"pw\r", b"pw\r"),
        (b"pw \n", b"pw "),
        (b"\xff\x00\n", b"\xff\x00"),
        (b"", b""),
    ],
)
def test_one_newline_at_the_end_goes(data: bytes, left: bytes) -> None:
    assert stripped(data) == Given(left, stripped=left != data)
    assert values.from_stream(io.BytesIO(data)) == stripped(data)


def test_a_file_is_taken_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"\xefkey\r\n\n")
    assert values.from_file(tmp_path / "value") == Given(b"\xefkey\r\n\n")


def test_a_variable_is_gone_before_any_child_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_IN", "wert\u00e4\n")
    assert values.from_variable("CANARY_IN") == Given("wert\u00e4".encode(), stripped=True)
    assert "CANARY_IN" not in os.environ
    child = [sys.executable, "-c", "import os; print('CANARY_IN' in os.environ)"]
    assert subprocess.run(child, capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="what others see of a process is in /proc")
def test_a_variable_is_gone_from_where_others_see_it() -> None:
    program = (
        "from pathlib import Path; from hydrogitops.sealing.values import from_variable\n"
        "see = lambda: b'canary-value' in Path('/proc/self/environ').read_bytes()\n"
        "print(see(), len(from_variable('CANARY_IN').plaintext), see())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "CANARY_IN": "canary-value\n"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "True 12 False\n"


def test_what_was_typed_as_a_source_is_not_repeated(tmp_path: Path) -> None:
    canary = "hunter2canary"
    for call in (
        lambda: values.from_variable(canary),
        lambda: values.from_variable(f"{canary}=x"),
        lambda: values.from_variable(f"{canary}\0"),
        lambda: values.from_variable(""),
        lambda: values.from_file(tmp_path / canary),
        lambda: values.from_file(Path(f"{canary}\0")),
        lambda: values.from_file(tmp_path),
    ):
        with pytest.raises(UserError) as refused:
            call()
        assert canary not in f"{refused.value.message}{refused.value.hint}{refused.value!r}"
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_more_than_a_secret_holds_is_refused(tmp_path: Path) -> None:
    largest = b"x" * values.LARGEST
    assert values.from_stream(io.BytesIO(largest)).plaintext == largest
    with pytest.raises(UserError, match="1 MiB"):
        values.from_stream(io.BytesIO(largest + b"x"))


def test_a_value_shows_in_no_representation() -> None:
    assert "canary" not in repr(Given(b"canary"))


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n"])
def test_nothing_is_no_value(data: bytes) -> None:
    with pytest.raises(UserError, match="empty"):
        values.refuse_empty(stripped(data))


def _sealed(plaintext: bytes) -> bytes:
    return seal(certificate()[0], plaintext, namespace="a", name="b").encode()


@pytest.mark.parametrize(
    ("plaintext", "word"),
    [
        (b64encode(b"a long password"), "base64"),
        (b64encode(b'{"auths": {}}' * 9), "base64"),
        (b64encode(b"abc"), "base64"),
        # By chance base64 of a text, in letters that nobody would put into it.
        (b"acme", ""),
        (b"__UNSEALED__", "placeholder"),
        (b"CHANGEME", "placeholder"),
        (_sealed(b"x"), "sealed value already"),
        (_sealed(b""), "sealed value already"),
        (b"hunter2", ""),
        (b"password", ""),
        (b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz3Qp91xyA", ""),
        (b"\x00\xff\xfe binary", ""),
        ("pässwörd".encode(), ""),
        (b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", ""),
    ],
)
def test_doubts(plaintext: bytes, word: str) -> None:
    told = doubt(plaintext)
    assert (word in told) if word else told == ""
    assert plaintext.decode("latin-1") not in told


@pytest.mark.parametrize(("length", "word"), [(5, "6 or more"), (6, ""), (1024, ""), (1025, "1024 at most")])
def test_lengths_of_the_contract(length: int, word: str) -> None:
    contract = find("serving", "3.0.3")
    assert contract is not None
    key = next(k for s in contract.secrets for k in s.keys if k.name == "mongodb-replica-set-key")
    told = doubt(b"\xffx" * (length // 2) + b"\xff" * (length % 2), key)
    assert (word in told) if word else told == ""


def test_what_is_generated_keeps_the_contract() -> None:
    contract = find("serving", "3.0.3")
    assert contract is not None
    keys = [key for secret in contract.secrets for key in secret.keys if not key.composed]
    assert keys
    for key in keys:
        made = generate(key)
        assert len(made) == (key.length or 32)
        assert set(made.decode()) <= set(key.alphabet or values._ALPHABET)
        assert not doubt(made, key)
        assert made != generate(key)
    assert len(generate(None)) == 32
    assert generate(SecretKey("k", alphabet="x", length=3)) == b"xxx"
