from __future__ import annotations

import base64
import subprocess
import sys
import traceback
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hydrogitops.secrets import certificates
from hydrogitops.secrets.sealing import Sealed, SealingError, inspect, seal, unseal
from tests import sealing_keys

CERTIFICATE, KEY = sealing_keys.certificate()
OTHER_CERTIFICATE, OTHER_KEY = sealing_keys.certificate(which=1)
NAMED = {"namespace": "hydrosphere", "name": "hydro-postgresql"}
AT = datetime(2026, 11, 28, tzinfo=UTC)
CANARY = b"canary-" + b"f7Jq" * 8


def coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def block(size: int, fill: bytes = b"\x01", rest: int = 16) -> bytes:
    """A text's bytes that state a block of `size`, with all of it and `rest` bytes behind."""
    return size.to_bytes(2, "big") + fill * size + b"\x80" * rest


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("__UNSEALED__", "placeholder"),
        ("CHANGEME", "placeholder"),  # base64, all the same
        ("UNSEALED", "placeholder"),
        ("TODO", "placeholder"),
        ("REPLACE", "placeholder"),
        ("xxxx", "placeholder"),
        ("<db password>", "placeholder"),
        ("${DB_PASSWORD}", "placeholder"),
        ("AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq...", "placeholder"),
        ("hunter2!", "not-base64"),
        ("AAAA AAAA", "not-base64"),
        ("AAAA\tAAAA", "not-base64"),
        (" AAAA", "not-base64"),
        ("AAAA ", "not-base64"),
        ("AAA", "not-base64"),
        ("AAAA=", "not-base64"),
        ("A===", "not-base64"),
        ("====", "not-base64"),
        ("AA==AAAA", "not-base64"),
        ("AA-_", "not-base64"),
        ("AAA\u00e9", "not-base64"),
        ("AAA\uff21", "not-base64"),
        ("AAA\ud800", "not-base64"),
        ("AAA\0", "not-base64"),
        (coded(b"hunter2"), "plain-base64"),
        (coded("pässwörd – 合言葉".encode()), "plain-base64"),
        (coded(b'{"auths": {\n\t"docker.io": {}\r\n}}\n'), "plain-base64"),
        (coded("\ufeffhunter2".encode()), "plain-base64"),
        (coded(coded(block(512)).encode()), "plain-base64"),
        (coded(b"a"), "plain-base64"),
        (coded(b"\xe4\xf6\xfc"), "bad-prefix"),
        (coded(b"hunter2\0"), "bad-prefix"),
        (coded(b"\x1b[1m"), "bad-prefix"),
        (coded("\x9b1mhunter2".encode()), "bad-prefix"),
        ("AAAA", "bad-prefix"),
        (coded(block(128)), "bad-prefix"),
        (coded(block(128, rest=15)), "bad-prefix"),
        (coded(block(255)), "bad-prefix"),
        (coded(block(257)), "bad-prefix"),
        (coded(block(2048)), "bad-prefix"),
        (coded((512).to_bytes(2, "little") + b"\x01" * 600), "bad-prefix"),
        ("", "too-short"),
        ("\n", "too-short"),
        ("Ag==", "too-short"),
        ("AgA=", "too-short"),
        (coded(b"\n"), "too-short"),
        (coded(block(256, rest=15)), "too-short"),
        (coded(block(512)[:100]), "too-short"),
        (coded(block(512, rest=0)), "too-short"),
        (coded(block(256)), None),
        (coded(block(384)), None),
        (coded(block(512)), None),
        (coded(block(1024)), None),
        (coded(block(512, rest=17)), None),
    ],
)
def test_the_first_problem_that_applies(text: str, problem: str | None) -> None:
    assert inspect(text).problem == problem
    assert inspect(text, CERTIFICATE).problem in (problem, *(["key-size-mismatch"] if problem is None else []))


@pytest.mark.parametrize(
    ("text", "bits", "length"),
    [
        ("__UNSEALED__", None, None),
        ("not base64", None, None),
        (coded(b"hunter2"), None, None),
        (coded(block(255)), None, None),
        ("", None, None),
        ("Ag==", None, None),
        ("AgA=", 4096, None),
        (coded(block(256, rest=15)), 2048, None),
        (coded(block(128)), 1024, 0),
        (coded(block(128, rest=15)), 1024, None),
        (coded(block(256)), 2048, 0),
        (coded(block(384, rest=17)), 3072, 1),
        (coded(block(512, rest=48)), 4096, 32),
        (coded(block(1024, rest=100_016)), 8192, 100_000),
    ],
)
def test_numbers_are_given_where_the_text_states_them(text: str, bits: int | None, length: int | None) -> None:
    found = inspect(text)
    assert (found.key_bits, found.plaintext_length) == (bits, length)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r"])
def test_line_ends_count_for_nothing(separator: str) -> None:
    text = seal(CERTIFICATE, b"value", **NAMED, at=AT)
    wrapped = separator.join(text[start : start + 76] for start in range(0, len(text), 76)) + separator
    assert inspect(wrapped, CERTIFICATE) == inspect(text, CERTIFICATE) == Sealed(2048, 5, None)
    assert unseal([KEY], wrapped, **NAMED) == b"value"


def test_a_block_of_another_size_than_the_certificates() -> None:
    text = seal(CERTIFICATE, b"value", **NAMED, at=AT)
    larger = sealing_keys.certificate(3072)[0]
    assert inspect(text, larger) == Sealed(2048, 5, "key-size-mismatch")


def test_a_block_at_or_above_the_modulus_was_made_with_another_key() -> None:
    modulus = certificates.read(CERTIFICATE)[0].modulus
    problems = {
        step: inspect(
            coded(b"\x01\x00" + (modulus + step).to_bytes(256, "big") + bytes(16)), certificate=CERTIFICATE
        ).problem
        for step in (-1, 0, 1)
    }
    assert problems == {-1: None, 0: "wrong-certificate", 1: "wrong-certificate"}


def test_of_several_certificates_the_first_counts() -> None:
    both = CERTIFICATE + sealing_keys.certificate(3072)[0]
    text = seal(both, b"value", **NAMED, at=AT)
    assert unseal([KEY], text, **NAMED) == b"value"
    assert inspect(text, both) == Sealed(2048, 5, None)


@pytest.mark.parametrize("pem", [b"", b"no certificate", KEY, sealing_keys.not_rsa()[0]])
def test_what_is_no_rsa_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(SealingError):
        seal(pem, b"value", **NAMED, at=AT)
    for text in ("__UNSEALED__", coded(block(256))):
        with pytest.raises(SealingError):
            inspect(text, pem)


def test_a_certificate_seals_to_its_last_moment() -> None:
    end = datetime(2026, 3, 1, 12, tzinfo=UTC)
    pem, _ = sealing_keys.certificate(not_after=end)
    assert inspect(seal(pem, b"value", **NAMED, at=end)).problem is None
    with pytest.raises(SealingError, match=r"expired on 2026-03-01"):
        seal(pem, b"value", **NAMED, at=end + timedelta(microseconds=1))
    with pytest.raises(SealingError, match="expired"):
        seal(sealing_keys.certificate(not_after=datetime(2024, 2, 1, tzinfo=UTC))[0], b"value", **NAMED)


def test_a_certificate_of_tomorrow_seals_today() -> None:
    # kubeseal asks for its last moment only, and clocks of clusters differ.
    pem, _ = sealing_keys.certificate(not_before=AT + timedelta(days=1))
    assert inspect(seal(pem, b"", **NAMED, at=AT)).problem is None


def test_what_is_judged_needs_no_valid_certificate() -> None:
    pem, _ = sealing_keys.certificate(not_after=datetime(2024, 2, 1, tzinfo=UTC))
    assert inspect(seal(pem, b"", **NAMED, at=datetime(2024, 1, 2, tzinfo=UTC)), pem).problem is None


@pytest.mark.parametrize(
    ("scope", "namespace", "name", "missing"),
    [
        ("strict", "", "", "namespace"),
        ("strict", "", "db", "namespace"),
        ("strict", "hydrosphere", "", "name"),
        ("namespace-wide", "", "db", "namespace"),
        ("namespace-wide", "hydrosphere", "", None),
        ("cluster-wide", "", "", None),
    ],
)
def test_a_scope_needs_what_its_label_is_made_of(scope: Any, namespace: str, name: str, missing: str | None) -> None:
    named = {"namespace": namespace, "name": name, "scope": scope}
    if missing is None:
        assert unseal([KEY], seal(CERTIFICATE, b"value", **named, at=AT), **named) == b"value"
        return
    with pytest.raises(SealingError, match=f"needs the {missing} of"):
        seal(CERTIFICATE, b"value", **named, at=AT)
    with pytest.raises(SealingError, match=f"needs the {missing} of"):
        unseal([KEY], seal(CERTIFICATE, b"value", scope="cluster-wide", at=AT), **named)


LABELS: list[dict[str, Any]] = [
    {"scope": "strict", "namespace": "a", "name": "b"},
    {"scope": "strict", "namespace": "a", "name": "c"},
    {"scope": "strict", "namespace": "d", "name": "b"},
    {"scope": "namespace-wide", "namespace": "a", "name": "b"},
    {"scope": "namespace-wide", "namespace": "d", "name": "b"},
    {"scope": "cluster-wide", "namespace": "a", "name": "b"},
]


@pytest.mark.parametrize("sealed_for", LABELS)
def test_a_value_opens_under_its_label_alone(sealed_for: dict[str, Any]) -> None:
    text = seal(CERTIFICATE, b"value", **sealed_for, at=AT)
    opened = []
    for label in LABELS:
        try:
            opened.append((label, unseal([KEY], text, **label)))
        except SealingError:
            continue
    assert opened == [(sealed_for, b"value")]


def test_what_the_scope_does_not_name_does_not_matter() -> None:
    text = seal(CERTIFICATE, b"value", namespace="a", name="b", scope="namespace-wide", at=AT)
    assert unseal([KEY], text, namespace="a", name="other", scope="namespace-wide") == b"value"
    text = seal(CERTIFICATE, b"value", namespace="a", name="b", scope="cluster-wide", at=AT)
    assert unseal([KEY], text, scope="cluster-wide") == b"value"


@pytest.mark.parametrize(
    ("scope", "label"),
    [("strict", b"hydrosphere/hydro-postgresql"), ("namespace-wide", b"hydrosphere"), ("cluster-wide", b"")],
)
def test_the_parts_of_a_value(scope: Any, label: bytes) -> None:
    raw = base64.b64decode(seal(CERTIFICATE, b"value", **NAMED, scope=scope, at=AT), validate=True)
    key = load_pem_private_key(KEY, None)
    assert isinstance(key, RSAPrivateKey)
    assert raw[:2] == b"\x01\x00"
    session = key.decrypt(raw[2:258], OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=label))
    assert len(session) == 32
    assert AESGCM(session).decrypt(bytes(12), raw[258:], None) == b"value"


def test_a_block_without_its_leading_zero_opens_as_it_does_in_go() -> None:
    raw = next(
        one for one in (base64.b64decode(seal(CERTIFICATE, b"value", **NAMED)) for _ in range(9999)) if not one[2]
    )
    assert unseal([KEY], coded(b"\x00\xff" + raw[3:]), **NAMED) == b"value"


def test_the_same_value_is_sealed_anew_each_time() -> None:
    assert seal(CERTIFICATE, b"value", **NAMED, at=AT) != seal(CERTIFICATE, b"value", **NAMED, at=AT)


@pytest.mark.parametrize(
    "keys",
    [
        [KEY],
        [OTHER_KEY, KEY],
        [KEY, OTHER_KEY],
        [b"no key", KEY],
        [sealing_keys.not_rsa()[1], KEY],
        [sealing_keys.pkcs1()],
        [CERTIFICATE + KEY],
        [KEY + CERTIFICATE],
        [OTHER_CERTIFICATE + OTHER_KEY + CERTIFICATE + KEY],
        [KEY.replace(b"\n", b"\r\n")],
        [b"# the key of prod\n" + KEY],
    ],
)
def test_every_key_is_tried(keys: list[bytes]) -> None:
    text = seal(CERTIFICATE, b"value", **NAMED, at=AT)
    assert unseal(keys, text, **NAMED) == b"value"
    assert unseal(iter(keys), text, **NAMED) == b"value"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([], "there is no key"),
        ([OTHER_KEY], "no key opens it"),
        ([b""], "1 could not be read"),
        ([CERTIFICATE], "1 could not be read"),
        ([sealing_keys.not_rsa()[1]], "1 could not be read"),
        ([sealing_keys.passphrase()], "1 could not be read"),
        ([OTHER_KEY, KEY[:200]], "1 could not be read"),
    ],
)
def test_where_no_key_opens(keys: list[bytes], message: str) -> None:
    with pytest.raises(SealingError, match=message):
        unseal(keys, seal(CERTIFICATE, b"value", **NAMED, at=AT), **NAMED)


@pytest.mark.parametrize("text", ["", "AgA=", "__UNSEALED__", coded(CANARY), coded(block(256)), coded(block(65535))])
def test_what_is_no_sealed_value_does_not_open(text: str) -> None:
    with pytest.raises(SealingError):
        unseal([KEY], text, **NAMED)


def test_types_and_words_that_the_signature_does_not_allow() -> None:
    text = seal(CERTIFICATE, b"", **NAMED, at=AT)
    wrong: list[Any] = [
        lambda: seal(CERTIFICATE.decode(), b"", **NAMED),  # type: ignore[arg-type]
        lambda: seal(CERTIFICATE, "value", **NAMED),  # type: ignore[arg-type]
        lambda: seal(CERTIFICATE, b"", namespace="a", name=None),  # type: ignore[arg-type]
        lambda: seal(CERTIFICATE, b"", **NAMED, at=date(2026, 1, 1)),  # type: ignore[arg-type]
        lambda: unseal(KEY, text, **NAMED),  # type: ignore[arg-type]
        lambda: unseal([KEY.decode()], text, **NAMED),  # type: ignore[list-item]
        lambda: unseal([KEY], text.encode(), **NAMED),  # type: ignore[arg-type]
        lambda: inspect(text.encode()),  # type: ignore[arg-type]
        lambda: inspect(None),  # type: ignore[arg-type]
        lambda: inspect(text, CERTIFICATE.decode()),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: seal(CERTIFICATE, b"", **NAMED, scope="Strict"),  # type: ignore[arg-type]
        lambda: unseal([KEY], text, **NAMED, scope=None),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match="scope") as caught:
            call()
        assert not isinstance(caught.value, SealingError)


REFUSALS: list[Any] = [
    lambda: seal(b"", CANARY, **NAMED),
    lambda: seal(sealing_keys.not_rsa()[0], CANARY, **NAMED),
    lambda: seal(sealing_keys.certificate(not_after=datetime(2024, 2, 1, tzinfo=UTC))[0], CANARY, **NAMED),
    lambda: seal(CERTIFICATE, CANARY, name="db"),
    lambda: seal(CERTIFICATE, CANARY, namespace="\ud800", name="db"),
    lambda: seal(CERTIFICATE, CANARY.decode(), **NAMED),  # type: ignore[arg-type]
    lambda: seal(CERTIFICATE, CANARY, **NAMED, scope="all"),  # type: ignore[arg-type]
    lambda: inspect(coded(CANARY), b""),
    lambda: unseal([KEY], coded(CANARY), **NAMED),
    lambda: unseal([KEY], CANARY.decode(), **NAMED),
    lambda: unseal([OTHER_KEY], seal(CERTIFICATE, CANARY, **NAMED), **NAMED),
    lambda: unseal([KEY], seal(CERTIFICATE, CANARY, **NAMED)[:-4] + "AAAA", **NAMED),
]


@pytest.mark.parametrize("refused", REFUSALS)
def test_no_refusal_holds_plaintext_or_a_key_in_text_or_locals(refused: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        refused()
    seen: list[BaseException] = [caught.value]
    for error in seen:
        seen += [one for one in (error.__cause__, error.__context__) if one is not None and one not in seen]
    # What was caught on the way is not printed with it.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    for error in seen:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        # Frames of this file hold the canary: what calls has it anyway.
        locals_ = [frame.locals for frame in told.stack if frame.filename != __file__]
        text = f"{error!r} {error} {vars(error)} {locals_}"
        assert CANARY.decode() not in text
        assert coded(CANARY) not in text
        assert "PRIVATE KEY" not in text


def test_judging_without_a_certificate_loads_no_cryptography() -> None:
    program = (
        "import sys; from hydrogitops.secrets.sealing import inspect; inspect('AgA='); inspect('__UNSEALED__');"
        "sys.exit(any(name.split('.')[0] == 'cryptography' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
