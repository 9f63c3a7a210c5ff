"""Reading a file with answers; what stands in it is never repeated, it might be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hydrogitops.model import Span, UserError
from hydrogitops.source import SourceError, load

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
        answers = load(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(f"{path} is no UTF-8 text") from None
    except SourceError as error:
        # Without width, so that the line itself is not shown.
        place = Span(str(path), error.line, error.column, error.line, error.column)
        raise UserError(
            f"{path} is not readable as YAML", "one map of answers is wanted; see `hydrogitops schema answers`", place
        ) from None
    if answers is None:
        return {}
    if not isinstance(answers, Mapping):
        raise UserError(f"{path} holds no map of answers", hint="see `hydrogitops schema answers`")
    return answers
