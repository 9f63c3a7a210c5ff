"""Reading answers: defaults filled in, everything checked, all that is missing or wrong reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from hydrogitops.model import UserError

from . import defaults, suspicion
from .answer_models import Answers
from .answer_rules import violations
from .messages import explain, shown
from .required import missing, open_up, question

if TYPE_CHECKING:
    from .suspicion import Path

_M = TypeVar("_M", bound=BaseModel)

__all__ = ["Answers", "as_data", "facts", "open_answers", "problems", "read_answers", "refuse_wrong"]


def read_answers(given: Mapping[str, object], *, allow_open: bool = False) -> Answers:
    """Complete, checked answers. UserError lists every missing and wrong one, a line each, as `path: message`.

    With `allow_open` what nobody has answered becomes `TODO`. Texts that look like secrets or templates are refused
    and never repeated.
    """
    answers, found = _read(given, allow_open=allow_open)
    if answers is None or found:
        hint = "give them by --answers FILE or --set KEY=VALUE; --allow-open writes TODO for what is missing"
        raise _refusal(found, "missing or wrong", hint)
    return answers


def refuse_wrong(given: Mapping[str, object]) -> None:
    """UserError that lists what is wrong with what is given, whatever is still missing."""
    found = problems(given, allow_open=True)
    wrong = [(path, said) for path, said in found if _stands(given, path) or path[-1:] == ("?",)]
    if wrong:
        raise _refusal(wrong, "wrong", "correct them in the file or after --set")


def _refusal(found: list[tuple[Path, str]], what: str, hint: str) -> UserError:
    count = len(found)
    lines = "\n".join(f"  {shown(path)}: {message}" for path, message in found)
    return UserError(f"{count} answer{'s are' if count > 1 else ' is'} {what}:\n{lines}", hint=hint)


def problems(given: Mapping[str, object], *, allow_open: bool = False) -> list[tuple[Path, str]]:
    """All that is missing or wrong, by path."""
    return _read(given, allow_open=allow_open)[1]


def facts(answers: Answers, environment: str) -> Answers:
    """The answers as they hold for one environment, its overrides in place."""
    overrides = answers.environments[environment].overrides
    if overrides is None:
        return answers
    return answers.model_copy(
        update={
            name: _overridden(getattr(answers, name), getattr(overrides, name))
            for name in type(overrides).model_fields
            if getattr(overrides, name) is not None
        }
    )


def as_data(answers: Answers) -> dict[str, Any]:
    """The answers as they are written down: reading them again gives the same ones."""
    data = answers.model_dump(by_alias=True, exclude_none=True)
    data["tolerations"] = [{key: value for key, value in item.items() if value != ""} for item in data["tolerations"]]
    return data


def open_answers(answers: Answers) -> list[tuple[Path, str]]:
    """Paths that are still `TODO`, and what is wanted there."""
    data = as_data(answers)
    return [(path, question(path)) for path in _todo(data, ())]


def _read(given: Mapping[str, object], *, allow_open: bool) -> tuple[Answers | None, list[tuple[Path, str]]]:
    refused = list(suspicion.refusals(given))
    complete = defaults.complete(given)
    if allow_open:
        open_up(complete)
        complete = defaults.complete(complete)
    found = refused + [(path, f"missing: {what}") for path, what in missing(complete)]
    covered = {path for path, _ in found}
    try:
        answers = Answers.model_validate(complete, context={"allow_open": allow_open})
    except ValidationError as error:
        wrong = [item for item in explain(error, Answers) if not _under(item[0], covered)]
        # What is wrong without having been given follows from something given, which is told.
        found += [(path, said) for path, said in wrong if said == "missing" or _stands(given, path)] or wrong
        return None, _in_order(found + list(_violations(_mended(given, found), {path for path, _ in found})))
    return answers, _in_order(found + list(_violations(answers, covered)))


def _violations(answers: Answers | None, covered: set[Path]) -> Iterator[tuple[Path, str]]:
    """What the answers must not say together, but for places of which something worse is said already."""
    if answers is not None:
        effective = {name: facts(answers, name) for name in answers.environments}
        yield from (item for item in violations(answers, effective) if not _under(item[0], covered))


def _mended(given: Mapping[str, object], found: list[tuple[Path, str]]) -> Answers | None:
    """The answers without what is wrong with single ones, so that the rest can be held against each other."""
    rest = deepcopy(dict(given))
    for path, _ in found:
        _drop(rest, path)
    complete = defaults.complete(rest)
    complete.setdefault("name", "repository")
    environments = complete["environments"]
    for environment in environments.values() if isinstance(environments, dict) else ():
        if isinstance(environment, dict):
            environment.setdefault("profile", "staging")
    open_up(complete)
    try:
        return Answers.model_validate(defaults.complete(complete), context={"allow_open": True})
    except ValidationError:
        return None


def _stands(data: object, path: Path) -> bool:
    """Whether something stands at a path, or in its place."""
    for step in path:
        if isinstance(data, Mapping):
            if step not in data:
                return False
            data = data[step]
        elif isinstance(data, list):
            if not isinstance(step, int) or step >= len(data):
                return False
            data = data[step]
        else:
            return True
    return True


def _drop(data: Any, path: Path) -> None:
    """Take away what stands at a path; of a list the whole, because the positions of the rest would change."""
    for step in path[:-1]:
        if not isinstance(data, dict) or step not in data:
            return
        if isinstance(data[step], list):
            del data[step]
            return
        data = data[step]
    if isinstance(data, dict):
        data.pop(path[-1], None)


def _in_order(found: list[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """In the order of the model's keys, the first word on a place alone."""
    order = {info.alias or name: index for index, (name, info) in enumerate(Answers.model_fields.items())}
    first: dict[Path, str] = {}
    for path, message in found:
        first.setdefault(path, message)
    return sorted(first.items(), key=lambda item: order.get(str(item[0][0]) if item[0] else "", -1))


def _under(path: Path, covered: set[Path]) -> bool:
    return any(
        path[: len(prefix)] == prefix or (prefix[-1:] == ("?",) and path[: len(prefix) - 1] == prefix[:-1])
        for prefix in covered
    )


def _overridden(section: _M, override: BaseModel) -> _M:
    update = {}
    for name in type(override).model_fields:
        value = getattr(override, name)
        if value is not None:
            current = getattr(section, name)
            update[name] = _overridden(current, value) if isinstance(value, BaseModel) else value
    return section.model_copy(update=update)


def _todo(data: object, path: Path) -> Iterator[Path]:
    if isinstance(data, Mapping):
        for key, item in data.items():
            yield from _todo(item, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _todo(item, (*path, index))
    elif data == defaults.TODO:
        yield path
