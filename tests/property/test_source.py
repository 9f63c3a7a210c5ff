"""Reading, positions and edits over drawn texts and trees."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hydrogitops.model import Place, Route
from hydrogitops.source import SourceError, load
from hydrogitops.source.edits import replace_scalar
from hydrogitops.source.nodes import find, roots
from hydrogitops.source.reading import read, read_bytes
from hydrogitops.source.scalar_text import pieces
from hydrogitops.source.scalars import plain
from hydrogitops.source.spans import key_span, span
from hydrogitops.source.text import Lines

WORDS = st.sampled_from([
    "a", "b: ", "yes", "0777", "1.10", "- ", "? ", ": ", "\n", "\n  ", "\n- ", "{", "}", "[", "]", ", ", "&a ", "*a", "<<: ",
    "!!str ", "!!int ", "! ", "# c\n", "|\n", ">-\n", "'", '"', "\\", "---\n", "...\n", "\t", " ", "\r\n", "\r", "@", ".inf",
    "{{", "<<<<<<< x\n", "é", "\u2028", "\ufeff", "\x00", "\ud800", "x: &a {y: 1}\n", "<<: *a\n", "%YAML 1.1\n", "80: ", '"80": ',
])  # fmt: skip
TEXTS = st.one_of(st.lists(WORDS, max_size=14).map("".join), st.text(max_size=40))


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
@example("\ufeff\ufeff")
def test_no_text_crashes(text: str) -> None:
    file = read("f", text)
    assert read("f", text) == file
    numbers = [document.number for document in file.documents] + [broken.document for broken in file.broken]
    assert sorted(numbers) == list(range(len(numbers)))
    assert all(broken.message and "\n" not in broken.message for broken in file.broken)
    for document in file.documents:
        assert span(file, Place("f", document.number)).line >= 1
        for note in document.notes:
            key_span(file, document.number, note.path, note.nth)
    try:
        data = load(text)
    except SourceError as error:
        assert error.line >= 1
        assert error.column >= 1
    else:
        assert data == (file.documents[0].data if file.documents else None)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_crash(content: bytes) -> None:
    file = read_bytes("f", content)
    assert len(file.text.encode("utf-8", "replace")) >= len(content) or not file.broken


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789+-._eExXoObByYnNaif~ :"), max_size=8))
def test_a_plain_scalar_is_read_in_its_document_as_alone(text: str) -> None:
    value = plain(text)
    try:
        data = load(f"[ {text} ]")
    except SourceError:
        return
    if isinstance(data, list) and len(data) == 1 and text and text == text.strip() and ": " not in text:
        assume(not text.startswith(("- ", "-:")) and not text.endswith(":"))
        assert data == [value]


STRINGS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.text(st.sampled_from("ab '\"\\\n:#-é,[]{}&*!|>%@`yn01.\t"), max_size=16),
)
SCALARS = st.one_of(STRINGS, st.integers(-(2**40), 2**40), st.booleans(), st.none(), st.floats(-1e6, 1e6, width=32))
KEYS = st.text(st.sampled_from("abcé"), min_size=1, max_size=3)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document in one of the styles that YAML has."""
    text: str = yaml.safe_dump(
        draw(st.dictionaries(KEYS, TREES, min_size=1, max_size=3)),
        default_flow_style=draw(st.sampled_from([True, False, None])),
        default_style=draw(st.sampled_from([None, None, "'", '"', "|", ">"])),
        width=draw(st.sampled_from([8, 20, 200])),
        indent=draw(st.sampled_from([2, 4])),
        allow_unicode=draw(st.booleans()),
    )
    head = draw(st.sampled_from(["", "\ufeff", "# é\n---\n"]))
    return (head + text).replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))


def scalars(data: object, route: Route = ()) -> Iterator[tuple[Route, object]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from scalars(value, (*route, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from scalars(value, (*route, index))
    else:
        yield route, data


@settings(max_examples=200, deadline=None)
@given(documents())
def test_spans_of_scalars_read_as_the_scalars(text: str) -> None:
    file = read("f", text)
    (document,) = file.documents
    lines = Lines(text)
    for route, value in scalars(document.data):
        node = find(roots(text)[0], route).node
        assert node.kind == "scalar"
        if isinstance(value, str):
            assert node.value == value
            parts = pieces(text, node)
            # PyYAML writes the three rarer line breaks raw; only there the pieces may be unknown.
            assert parts is not None or set(value) & set("\x85\u2028\u2029")
            for (first, last), character in zip(parts or [], value, strict=False):
                if character.isalnum() and node.style != '"':
                    assert text[first:last] == character
        # With quotes around it only a tag makes a number of a text.
        if node.start == node.end or node.style in ("|", ">") or (node.style and not isinstance(value, str)):
            continue
        found = span(file, Place("f", 0, route))
        written = text[lines.offset(found.line, found.column) : lines.offset(found.end_line, found.end_column)]
        tag = "!!str " if isinstance(value, str) and not node.style else ""
        got = load(f"- {tag}{written}")
        assert got == [value]


@settings(max_examples=200, deadline=None)
@given(documents(), SCALARS, st.randoms(use_true_random=False))
def test_an_edit_changes_one_scalar(text: str, value: Any, random: Any) -> None:
    # What a tag forces into a type takes no other one.
    assume("!!" not in text)
    (document,) = read("f", text).documents
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    route, _ = random.choice(list(scalars(document.data)) or [((), None)])
    assume(route)
    new = replace_scalar(text, Place("f", 0, route), value)
    expected = copy.deepcopy(document.data)
    inner: Any = expected
    for step in route[:-1]:
        inner = inner[step]
    inner[route[-1]] = value
    assert load(new) == expected
    assert new.count("\r\n") <= text.count("\r\n")


def test_lines_agree_with_offsets() -> None:
    text = "\ufeffa\r\nb\rc\n\nd"
    lines = Lines(text)
    for offset in (1, 2, 4, 5, 6, 7, 8, 9, 10):
        assert lines.offset(*lines.position(offset)) == offset
    with pytest.raises(ValueError, match="column"):
        lines.offset(1, 6)
