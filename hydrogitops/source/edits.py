"""Edits that change one scalar and keep every other byte."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from hydrogitops.model import Edit, Place, SourceFile

from .nodes import Node, find, roots
from .reading import read
from .scalar_text import pieces
from .scalars import Scalar, json_text
from .text import Lines

# Texts that other YAML 1.1 parsers take for a time, a date or a mark; Kubernetes' parser doesn't.
_MISREAD = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?|=|<<")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e"}

_ON_ONE_LINE = ("", "'", '"')
"""Styles of scalars that mostly are; one that goes on below is replaced whole like the others."""


class EditError(ValueError):
    """A scalar that cannot be changed alone: it is no scalar, is shared by an alias or `<<`, or does not exist."""


def scalar_edit(file: SourceFile, place: Place, value: Scalar) -> Edit:
    """The edit after which the scalar at `place` reads as `value`, and everything else as before.

    Quotes and folding stay as they are where `value` allows, and come where the parser would take a text for
    something else. With `place.word` only that stretch of a text is replaced, by the text `value`. An alias itself is
    replaced; what is written in its anchor is not changed for it.

    Raises:
        EditError: there is no scalar of its own at `place`.
    """
    documents = roots(file.text)
    data = {document.number: document.data for document in file.documents}
    if place.document >= len(documents) or place.document not in data:
        raise EditError("there is no such document")
    found = find(documents[place.document], place.path)
    if found.depth < len(place.path) or found.node.kind not in ("scalar", "alias"):
        raise EditError("there is no scalar at this place")
    if place.word is not None:
        old = found.node.real.value
        value = f"{old[: place.word[0]]}{value}{old[place.word[1] :]}"
    expected = _changed(data[place.document], place.path, value)
    lines = Lines(file.text)
    for start, end, text in _candidates(file.text, found.node, value):
        new = read(file.path, file.text[:start] + text + file.text[end:])
        same = len(new.documents) == len(file.documents) and not (new.broken and not file.broken)
        if same and all(
            _equal(document.data, expected if document.number == place.document else data.get(document.number))
            for document in new.documents
        ):
            span = lines.span(place.file, start, end)
            return Edit(span.file, span.line, span.column, span.end_line, span.end_column, text)
    raise EditError("this scalar cannot be changed without changing something else")


def scalar_edits(file: SourceFile, changes: Sequence[tuple[Place, str]]) -> list[Edit]:
    """The edits after which each scalar reads as its new text; as `scalar_edit`, with one look at the file for all.

    Raises:
        EditError: as `scalar_edit`, for any of them; two of them are one scalar.
    """
    documents = roots(file.text)
    lines = Lines(file.text)
    made: list[Edit] = []
    expected = {document.number: document.data for document in file.documents}
    for place, value in changes:
        found = find(documents[place.document], place.path) if place.document < len(documents) else None
        node = found.node if found is not None and found.depth == len(place.path) else None
        if node is None or node.kind != "scalar" or node.style not in _ON_ONE_LINE or place.word is not None:
            made.append(scalar_edit(file, place, value))
        else:
            text = next(_spelled(value, value, node.style)) if node.end > node.start else f" {value}"
            span = lines.span(place.file, node.start, node.end)
            made.append(Edit(span.file, span.line, span.column, span.end_line, span.end_column, text))
        if place.word is None and place.document in expected:
            expected[place.document] = _changed(expected[place.document], place.path, value)
    if len(changes) > 1 and all(place.word is None for place, _ in changes):
        new = read(file.path, apply(file.text, made))
        if not new.broken and _equal({document.number: document.data for document in new.documents}, expected):
            return made
    # One at a time, to say which of them it is.
    return [scalar_edit(file, place, value) for place, value in changes]


def replace_scalar(text: str, place: Place, value: Scalar) -> str:
    """`text` with the scalar at `place` changed to `value`; see `scalar_edit`."""
    return apply(text, [scalar_edit(read(place.file, text), place, value)])


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with the edits of its file made, in any order; an edit given twice counts once.

    Raises:
        ValueError: two edits overlap, or one lies outside the text.
    """
    lines = Lines(text)
    stretches = sorted(
        {(lines.offset(e.line, e.column), lines.offset(e.end_line, e.end_column), e.text) for e in edits}
    )
    parts: list[str] = []
    done = 0
    for start, end, new in stretches:
        if start < done or end < start:
            raise ValueError("two edits overlap")
        parts += text[done:start], new
        done = end
    return "".join([*parts, text[done:]])


def _candidates(text: str, node: Node, value: Scalar) -> Iterator[tuple[int, int, str]]:
    """Ways to write the value, the one that changes least first; reading tells which of them are right."""
    written = _plain(value)
    if node.kind == "alias":
        yield from ((node.start, node.end, each) for each in _spelled(value, written, ""))
        return
    if node.start == node.end:
        yield from ((node.start, node.end, f" {each}") for each in _spelled(value, written, ""))
        return
    if isinstance(value, str) and (node.style or not _MISREAD.fullmatch(value)) and (parts := pieces(text, node)):
        yield from _narrow(node, parts, value)
    end = node.start + len(text[node.start : node.end].rstrip()) if node.style in ("|", ">") else node.end
    yield from ((node.start, end, each) for each in _spelled(value, written, node.style))


def _narrow(node: Node, parts: list[tuple[int, int]], value: str) -> Iterator[tuple[int, int, str]]:
    """Replaces only what differs, between the common head and the common tail."""
    old = node.value
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, value, strict=False)))
    rest = zip(reversed(old[head:]), reversed(value[head:]), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    middle = value[head : len(value) - tail]
    if node.style == "'":
        middle = middle.replace("'", "''")
    elif node.style == '"':
        middle = _escaped(middle)
    if head + tail < len(old):
        yield parts[head][0], parts[len(old) - tail - 1][1], middle
        return
    # Something is only put in: behind what stands before it, or, where a line ends between them, before what follows.
    if head > 0:
        yield parts[head - 1][1], parts[head - 1][1], middle
    if head < len(old):
        yield parts[head][0], parts[head][0], middle


def _spelled(value: Scalar, written: str, style: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield written
        return
    single, double = "'" + value.replace("'", "''") + "'", f'"{_escaped(value)}"'
    if style == '"':
        yield double
    elif style == "'" or _MISREAD.fullmatch(value):
        yield from (single, double)
    else:
        yield from (written, single, double)


def _plain(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return json_text(value) if isinstance(value, float) else value


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character) or _escape(character) for character in text)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _changed(data: object, route: Sequence[str | int], value: Scalar) -> object:
    if not route:
        return value
    step, rest = route[0], route[1:]
    if isinstance(data, dict):
        return {key: _changed(old, rest, value) if key == step else old for key, old in data.items()}
    assert isinstance(data, list)
    return [_changed(old, rest, value) if index == step else old for index, old in enumerate(data)]


def _equal(one: object, other: object) -> bool:
    """Equality that tells `1` from `true`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and one == other
