"""Reads the documents of a YAML file as Kubernetes' parser reads them, with remarks on what data cannot show.

The rules are those of go.yaml.in/yaml v2.4.4 behind sigs.k8s.io/yaml 1.6.0 (decode.go, resolve.go): YAML 1.1 without
sexagesimals and dates; `<<` counts where it is written, so a key above it loses to it; aliases within their ratio.

Limits: 16 MiB, 2,000,000 nodes in a document, 200 levels. Whatever exceeds them is `broken`, like a syntax error.
"""

from __future__ import annotations

from typing import Final

from yaml.events import DocumentStartEvent, StreamEndEvent

from hydrogitops.model import Broken, Document, SourceFile

from . import SourceError
from .breaks import ReadError, explain
from .building import Builder
from .events import PARSE_ERRORS, event_source, offsets
from .text import BOM, Lines

MAX_SIZE: Final = 16 * 2**20
"""Bytes; characters for a text that is read already."""


def load(text: str) -> object:
    """The data of the one document in `text`; described at `hydrogitops.source.load`."""
    if not isinstance(text, str):
        raise TypeError(f"a YAML text is a str, not {type(text).__name__}")
    file = read("", text)
    if file.broken:
        broken = file.broken[0]
        raise SourceError(broken.message, broken.span.line, broken.span.column)
    if len(file.documents) > 1:
        raise SourceError("a second document where one is expected", *_second_document(text))
    return file.documents[0].data if file.documents else None


def read(path: str, text: str, *, other_choice: bool = False) -> SourceFile:
    """All documents of a file, in order, with their place in the file as `number`; no text makes it raise.

    A text without a document (empty, only comments) has none; an empty document between two `---` has data `None`.
    After a syntax error nothing further is read; a document whose nodes don't fit together (an unknown anchor, a key
    that is a list) is left out alone. With `other_choice`, of keys that differ in type only (`80:` beside `"80":`)
    another one counts than the last, as it may in Go.
    """
    if len(text) > MAX_SIZE:
        return SourceFile(path, text, (), (_broken(path, text, 0, _too_large()),))
    shift = 1 if text.startswith(BOM) else 0
    documents: list[Document] = []
    broken: list[Broken] = []
    index = 0
    try:
        source = event_source(text[shift:])
        builder = Builder(source, text, shift, other_choice=other_choice)
        source.get_event()
        while not isinstance(event := source.get_event(), StreamEndEvent):
            try:
                data, notes = builder.document(event)
                documents.append(Document(path, index, data, notes))
            except ReadError as problem:
                broken.append(_broken(path, text, index, problem))
                if problem.fatal or not builder.skip():
                    break
            index += 1
    except PARSE_ERRORS as error:
        broken.append(_broken(path, text, index, explain(text, error, shift)))
    return SourceFile(path, text, tuple(documents), tuple(broken))


def read_bytes(path: str, data: bytes) -> SourceFile:
    """`read` for the bytes of a file. What is no UTF-8 is broken, and U+FFFD stands for the bad bytes in its text."""
    if len(data) > MAX_SIZE:
        return SourceFile(path, "", (), (_broken(path, "", 0, _too_large()),))
    try:
        return read(path, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        start = len(data[: error.start].decode("utf-8"))
        problem = ReadError("the file is not UTF-8", start, start + 1)
        return SourceFile(path, text, (), (_broken(path, text, 0, problem),))


def _broken(path: str, text: str, index: int, problem: ReadError) -> Broken:
    span = Lines(text[: problem.end]).span(path, problem.start, problem.end)
    return Broken(span, problem.message, index, template="{{" in text)


def _too_large() -> ReadError:
    return ReadError(f"the file is larger than {MAX_SIZE // 2**20} MiB", 0, 0, fatal=True)


def _second_document(text: str) -> tuple[int, int]:
    shift = 1 if text.startswith(BOM) else 0
    source = event_source(text[shift:])
    starts = 0
    while True:
        event = source.get_event()
        starts += isinstance(event, DocumentStartEvent)
        if starts == 2:
            return Lines(text).position(offsets(event)[0] + shift)
