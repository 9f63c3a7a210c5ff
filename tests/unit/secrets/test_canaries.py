"""Canaries are found in whatever a template makes of them, and nowhere else."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.secrets import canaries

CANARY = canaries.make("hydro", "global", "registry", "password")
OTHER = canaries.make("hydro", "global", "mongodb", "password")

Encoding = Callable[[bytes], bytes]
ENCODINGS: dict[str, Encoding] = {
    "base64": base64.b64encode,
    "base64 for URLs": base64.urlsafe_b64encode,
    "base64 without its end": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 in lines": base64.encodebytes,
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal in capitals": lambda data: data.hex().upper().encode(),
    "URL-escaped": lambda data: "".join(f"%{byte:02X}" for byte in data).encode(),
}


def docker_config(password: str) -> str:
    auth = base64.b64encode(f"acme:{password}".encode()).decode()
    return json.dumps({"auths": {"docker.io": {"auth": auth}}})


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (CANARY, "plain"),
        (f"smtp_auth_password: '{CANARY}'\n", "plain"),
        (f"mongodb://user:{CANARY}@host/base", "plain"),
        (CANARY.upper(), "plain"),
        (CANARY.title(), "plain"),
        (base64.b64encode(CANARY.encode()).decode(), "base64"),
        (f"Basic {base64.b64encode(f'user:{CANARY}'.encode()).decode()}", "base64"),
        (f"token/{base64.b64encode(CANARY.encode()).decode()}", "base64"),
        (docker_config(CANARY), "base64"),
        (base64.b64encode(docker_config(CANARY).encode()).decode(), "base64 in base64"),
        (CANARY.encode().hex(), "hexadecimal"),
        ("".join(f"%{byte:02x}" for byte in CANARY.encode()), "URL-escaped"),
        (quote(base64.b64encode(CANARY.encode()).decode(), safe=""), "base64"),
    ],
)
def test_it_is_found_and_the_form_is_told(text: str, how: str) -> None:
    assert canaries.found(text, (OTHER, CANARY)) == {CANARY: how}


@given(
    st.binary(max_size=40), st.binary(max_size=40),
    st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=canaries.DEPTH),
)  # fmt: skip
def test_it_is_found_in_encodings_inside_each_other(before: bytes, after: bytes, layers: list[str]) -> None:
    data = before + CANARY.encode() + after
    for name in layers:
        data = ENCODINGS[name](data)
    assert CANARY in canaries.found(data.decode("utf-8", "surrogateescape" if not layers else "strict"), (CANARY,))


@given(st.text(max_size=400), st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=canaries.DEPTH))
def test_nothing_is_found_where_nothing_is(text: str, layers: list[str]) -> None:
    data = text.encode()
    for name in layers:
        data = ENCODINGS[name](data)
    assert canaries.found(data.decode(), (CANARY, OTHER)) == {}


@given(st.integers(1, len(CANARY) - 1), st.booleans())
def test_a_part_is_not_the_whole(length: int, encoded: bool) -> None:
    part = CANARY[:length].encode()
    assert canaries.found((base64.b64encode(part) if encoded else part).decode(), (CANARY,)) == {}


def test_several_are_told_apart() -> None:
    text = json.dumps({"password": CANARY, "auth": base64.b64encode(OTHER.encode()).decode()})
    assert canaries.found(text, (CANARY, OTHER)) == {CANARY: "plain", OTHER: "base64"}


def test_no_words_are_found_nowhere() -> None:
    assert canaries.found("anything", ()) == {}


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_a_canary_is_a_plain_word_and_always_the_same(about: list[str]) -> None:
    canary = canaries.make(*about)
    assert canary == canaries.make(*about)
    assert len(canary) == 24
    assert canary.isascii()
    assert canary.isalnum()
    assert canary == canary.lower()
    assert canary[0].isalpha()
    assert not set(canary) & set("aeiou")


def test_canaries_of_different_things_differ() -> None:
    about = [("a", "b"), ("a.b",), ("ab",), ("a", "b", ""), ("b", "a"), ("",), ()]
    assert len({canaries.make(*one) for one in about}) == len(about)


def test_a_long_text_takes_no_long_time() -> None:
    """Rows of base64 as certificates and binaryData have them: the search visits what it decodes once."""
    noise = "\n".join(textwrap.wrap(base64.b64encode(bytes(range(256)) * 1500).decode(), 76))
    assert canaries.found(f"{noise}\n{CANARY}", (CANARY, OTHER)) == {CANARY: "plain"}
