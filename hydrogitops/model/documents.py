"""A YAML document: data and remarks of the reader side by side; data never carries positions."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from .places import Route, Span

NoteKind = Literal["duplicate-key", "trap-value", "trap-key"]


class Note(NamedTuple):
    """Something that the reader saw and data cannot show.

    `duplicate-key`: `path` is written a second time (occurrence `nth`, from 1 for the second); equal after reading,
    so `80:` beside `"80":` too. `trap-value`, `trap-key`: a plain scalar that Kubernetes' parser reads as something
    other than the text says; `text` as written, `meaning` a few words for what it becomes.
    """

    kind: NoteKind
    path: Route
    text: str
    meaning: str = ""
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, parsed as Kubernetes' parser reads it."""

    file: str
    index: int
    data: object
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a file or one of its documents could not be read, and where."""

    span: Span
    message: str
    index: int = 0
    template: bool = False
    """The text holds `{{`: it may be a template rather than a mistake."""


class SourceFile(NamedTuple):
    """A file as read: its documents in order, and what broke."""

    path: str
    text: str
    documents: tuple[Document, ...]
    broken: tuple[Broken, ...] = ()
