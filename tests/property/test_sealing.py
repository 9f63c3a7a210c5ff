"""Sealing and judging over drawn values, labels and texts."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hydrogitops.secrets import records
from hydrogitops.secrets.plaintext import placeholder
from hydrogitops.secrets.records import SCOPES, Record
from hydrogitops.secrets.sealing import SealingError, inspect, seal, unseal
from tests import sealing_keys

PEM, KEY = sealing_keys.certificate()
OTHER_PEM, OTHER_KEY = sealing_keys.certificate(which=1)
LARGER = sealing_keys.certificate(3072)[0]

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/"), min_size=1, max_size=20)
LABELS = st.fixed_dictionaries({"namespace": NAMES, "name": NAMES, "scope": st.sampled_from(SCOPES)})
SEALED = seal(PEM, b"hunter2", namespace="a", name="b")
TEXTS = st.one_of(
    st.text(st.characters()),
    st.text("AQag09+/=-_ \r\n"),
    st.binary().map(base64.b64encode).map(bytes.decode),
    st.builds(lambda head, body: base64.b64encode(head.to_bytes(2, "big") + body).decode(),
              st.sampled_from((0, 128, 255, 256, 384, 512, 1024, 65535)), st.binary(max_size=600)),
    st.builds(lambda at, new: SEALED[:at] + new + SEALED[at:], st.integers(0, len(SEALED)), st.text(max_size=4)),
)  # fmt: skip


@settings(deadline=None)
@given(st.binary(max_size=2000), LABELS)
def test_what_is_sealed_opens_and_says_its_length(value: bytes, label: Any) -> None:
    text = seal(PEM, value, **label)
    found = inspect(text, PEM)
    assert (found.key_bits, found.plaintext_length, found.problem) == (2048, len(value), None)
    assert len(base64.b64decode(text, validate=True)) == 2 + 256 + len(value) + 16
    assert unseal([OTHER_KEY, KEY], text, **label) == value
    assert inspect(text, LARGER).problem == "key-size-mismatch"
    with pytest.raises(SealingError):
        unseal([OTHER_KEY], text, **label)


@settings(deadline=None)
@given(LABELS, LABELS)
def test_a_value_opens_under_no_other_label(one: Any, other: Any) -> None:
    labels = [
        {"strict": (each["namespace"], each["name"]), "namespace-wide": (each["namespace"],), "cluster-wide": ()}[
            each["scope"]
        ]
        for each in (one, other)
    ]
    text = seal(PEM, b"hunter2", **one)
    if labels[0] == labels[1]:
        assert unseal([KEY], text, **other) == b"hunter2"
    else:
        with pytest.raises(SealingError):
            unseal([KEY], text, **other)


@settings(deadline=None)
@given(st.binary(max_size=40), st.data())
def test_a_flipped_bit_never_opens(value: bytes, data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(seal(PEM, value, scope="cluster-wide")))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealingError):
        unseal([KEY], base64.b64encode(raw).decode(), scope="cluster-wide")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(40, len(KEY) - 40), st.sampled_from(b"AZaz09+/=\n")), min_size=1, max_size=5))
def test_a_broken_key_opens_nothing_or_the_value(changes: list[tuple[int, int]]) -> None:
    broken = bytearray(KEY)
    for at, letter in changes:
        broken[at] = letter
    try:
        # A number that only speeds up the work, or is not needed for it, may be wrong.
        assert unseal([bytes(broken)], SEALED, namespace="a", name="b") == b"hunter2"
    except SealingError:
        assert broken != KEY


@settings(deadline=None, max_examples=500)
@given(TEXTS)
def test_any_text_is_judged_and_what_has_a_problem_does_not_open(text: str) -> None:
    found = inspect(text)
    judged = inspect(text, PEM)
    assert (found.key_bits, found.plaintext_length) == (judged.key_bits, judged.plaintext_length)
    assert judged.problem == found.problem or (
        found.problem is None and judged.problem in ("key-size-mismatch", "wrong-certificate")
    )
    assert (found.problem == "placeholder") == placeholder(text)
    try:
        unseal([KEY], text, namespace="a", name="b")
    except SealingError:
        return
    assert judged.problem is None


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))).filter(str.strip))
def test_text_in_base64_is_plaintext(text: str) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    assume(not placeholder(encoded))
    assert inspect(encoded).problem == "plain-base64"


@pytest.mark.parametrize(
    "piece",
    ["A", "QUFB", "AgAA", "AQAA", "=", " ", "\n", "_", "-", "x", "é", "\ud800", "TODO ", "placeholder-", "<", "${"],
)
@pytest.mark.parametrize("ending", ["", "!", "=", "=="])
def test_time_grows_as_the_text(piece: str, ending: str) -> None:
    # Two million letters: what grows faster than the text would take minutes.
    started = time.process_time()
    inspect(piece * (2_000_000 // len(piece)) + ending, PEM)
    assert time.process_time() - started < 5


@given(
    st.dictionaries(
        NAMES,
        st.builds(
            Record,
            certificate=st.text("0123456789abcdef", min_size=64, max_size=64),
            scope=st.sampled_from(SCOPES),
            namespace=NAMES,
            name=NAMES,
            at=st.dates().map(str),
            ciphertext=TEXTS.map(records.digest),
        ),
        max_size=4,
    )
)
def test_records_are_read_as_written(written: dict[str, Record]) -> None:
    assert records.read(records.write(written)) == written
