"""Reading a file with answers; what stands in it is never repeated, it might be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hydrogitops.model import Span, UserError
from hydrogitops.source import SourceError, load
from hydrogitops.source.reading import read
from hydrogitops.source.spans import key_span

_MOST_BYTES = 2**20


def answers_from(path: Path) -> Mapping[str, object]:
    """The map of answers in a YAML file. UserError with the place where it is not readable."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > _MOST_BYTES:
        raise UserError(f"{path} is too large for answers")
    try:
        text = data.decode("utf-8-sig")
        answers = load(text)
    except UnicodeDecodeError:
        raise UserError(f"{path} is no UTF-8 text") from None
    except SourceError as error:
        raise UserError(
            f"{path} is not readable as YAML",
            "one map of answers is wanted; see `hydrogitops schema answers`",
            _place(path, error.line, error.column),
        ) from None
    _refuse_odd_keys(path, text)
    if answers is None:
        return {}
    if not isinstance(answers, Mapping):
        raise UserError(f"{path} holds no map of answers", hint="see `hydrogitops schema answers`")
    return answers


def _refuse_odd_keys(path: Path, text: str) -> None:
    """A key that is written twice in one map: the first answer would go unheard. One that YAML reads as another."""
    file = read(str(path), text)
    notes = [(document.number, note) for document in file.documents for note in document.notes]
    twice = [key_span(file, index, note.path, note.nth) for index, note in notes if note.kind == "duplicate-key"]
    if twice:
        first, *more = twice
        lines = "".join(f"; so is one in line {one.line}" for one in more)
        raise UserError(
            f"a key is written twice in one map of {path}{lines}",
            "drop one of the two: the last would count, and the other be passed over",
            _place(path, first.line, first.column),
        )
    for index, note in notes:
        if note.kind == "trap-key":
            span = key_span(file, index, note.path, note.nth)
            raise UserError(
                f"a key of {path} is read as {note.meaning.removeprefix('the key ')}",
                "put it in quotes: unquoted it is a boolean, a number or null to YAML",
                _place(path, span.line, span.column),
            )


def _place(path: Path, line: int, column: int) -> Span:
    """Without width, so that the line itself is not shown."""
    return Span(str(path), line, column, line, column)
