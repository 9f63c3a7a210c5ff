"""Places of what is written in documents, and in texts that are themselves scalars of a document."""

from __future__ import annotations

from hydrogitops.model import Part, Place, Route
from hydrogitops.source import reading, spans
from hydrogitops.source.shapes import node

from .trail import Read
from .written import Written


def place_of(read: Read, written: Written, part: Part, word: tuple[int, int] | None = None) -> Place:
    """Where something is written, as a place of the file that has it."""
    place = Place(written.file, written.document, written.route, part, word)
    return place if written.inline is None else nested(read, written.file, written.inline, place, written.outer)


def text_at(read: Read, written: Written) -> object:
    """The scalar that is written at a place."""
    file = read(written.file)
    if file is not None and written.inline is not None:
        around = next((node(one.data, written.inline) for one in file.documents if one.number == written.outer), "")
        file = reading.read(written.file, str(around))
    documents = file.documents if file is not None else ()
    return next((node(one.data, written.route) for one in documents if one.number == written.document), None)


def nested(read: Read, file: str, inline: Route, inner: Place, outer: int = 0) -> Place:
    """A place inside a YAML text that is itself a scalar of document `outer` of `file`, as a word of that scalar."""
    around = read(file)
    documents = around.documents if around is not None else ()
    text = next((node(one.data, inline) for one in documents if one.number == outer), None)
    if not isinstance(text, str):
        return Place(file, outer, inline)
    span = spans.span(reading.read(file, text), inner)
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return min(starts[min(line - 1, len(starts) - 1)] + column - 1, len(text))

    return Place(file, outer, inline, "value", (offset(span.line, span.column), offset(span.end_line, span.end_column)))
