"""A YAML document: data and remarks of the reader side by side; data never carries positions."""

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


class Document(NamedTuple):
    """One document of a file, parsed as Kubernetes' parser reads it."""

    file: str
    number: int
    """Its position among the documents of the file, from 0, broken ones included."""
    data: object
    notes: tuple[Note, ...] = ()


class Broken(NamedTuple):
    """Why a file or one of its documents could not be read, and where."""

    span: Span
    message: str
    document: int = 0
    template: bool = False
    """The text holds `{{`: it may be a template rather than a mistake."""


class SourceFile(NamedTuple):
    """A file as read: its documents in order, and what broke."""

    path: str
    text: str
    documents: tuple[Document, ...]
    broken: tuple[Broken, ...] = ()
