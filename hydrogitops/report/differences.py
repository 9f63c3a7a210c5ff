"""Rendered differences for people: as lines of a terminal, as Markdown for a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from hydrogitops.linter.comparing import Comparison, EnvironmentDifference
from hydrogitops.linter.differences import FieldChange, How, ObjectChange

from .excerpt import clean
from .text import Segments
from .wording import count

MARKS: Mapping[How, tuple[str, str]] = {
    "added": ("+", "good"),
    "removed": ("-", "error"),
    "changed": ("~", "warning"),
}
FOLDED = 12
"""Lines of an environment from which on its part of a pull request's comment is folded."""
MOST = 40
"""Fields of one object that a comment lists: it may not grow without end."""
_NOTHING = "nothing differs"


def lines(comparison: Comparison) -> list[Segments]:
    """The differences by environment, object and field, and a last line with their number."""
    found: list[Segments] = []
    for one in comparison.environments:
        found += environment_lines(one)
    found += [[("hint", "note"), ("", f": {clean(remark)}")] for remark in comparison.remarks]
    found.append([("message", f"{_closing(comparison)}"), ("", f" ({comparison.before} → {comparison.after})")])
    return found


def environment_lines(one: EnvironmentDifference) -> Iterator[Segments]:
    """One environment; a line without anything under it where nothing differs."""
    yield [("message", one.name), ("", f": {_summary(one)}")]
    if one.trouble:
        yield [("error", "  error"), ("", f": {clean(one.trouble)}")]
    for fact in one.facts:
        yield [("", f"    {_field(fact)}")]
    for changed in one.objects:
        mark, style = MARKS[changed.how]
        yield [(style, f"  {mark} {_title(changed)}")]
        for field in changed.fields:
            yield [("", f"      {_field(field)}")]


def markdown(comparison: Comparison) -> str:
    """A comment for a pull request: a table of numbers, then the objects of each environment, folded where long."""
    head = ["### What this change applies", "", f"{_code(comparison.before)} → {_code(comparison.after)}", ""]
    differing = [one for one in comparison.environments if one.how != "same" or one.trouble]
    if not differing:
        names = ", ".join(_code(one.name) for one in comparison.environments)
        return "\n".join([*head, f"Nothing differs{f' in {names}' if names else ''}.", *_remarks(comparison)]) + "\n"
    table = ["| environment | added | removed | changed |", "|---|---|---|---|"]
    table += [_row(one) for one in comparison.environments]
    parts = [line for one in differing for line in _part(one)]
    return "\n".join([*head, *table, *parts, *_remarks(comparison)]) + "\n"


def _remarks(comparison: Comparison) -> list[str]:
    return [line for remark in comparison.remarks for line in ("", f"Note: {_escaped(clean(remark))}.")]


def _row(one: EnvironmentDifference) -> str:
    if one.trouble and not one.objects:
        return f"| {_code(one.name)} | ? | ? | ? |"
    counts = Counter(changed.how for changed in one.objects)
    return f"| {_code(one.name)} | {counts['added']} | {counts['removed']} | {counts['changed']} |"


def _part(one: EnvironmentDifference) -> Iterator[str]:
    inner = list(_inner(one))
    yield ""
    if len(inner) <= FOLDED:
        yield f"#### {_code(one.name)}: {_summary(one)}"
        yield from inner
        return
    yield f"<details><summary><b>{_escaped(one.name)}</b>: {_summary(one)}</summary>"
    yield from inner
    yield ""
    yield "</details>"


def _inner(one: EnvironmentDifference) -> Iterator[str]:
    if one.trouble:
        yield from ("", f"**Not compared whole**: {_escaped(clean(one.trouble))}")
    if one.facts:
        yield ""
        yield from (f"* {field.path}: {_value(field.old)} → {_value(field.new)}" for field in one.facts)
    alone = [changed for changed in one.objects if not changed.fields]
    if alone:
        yield ""
        yield from (f"* {changed.how}: {_code(_title(changed))}" for changed in alone)
    for changed in one.objects:
        if changed.fields:
            yield from ("", f"{_code(_title(changed))}", "", "| field | before | after |", "|---|---|---|")
            for field in changed.fields[:MOST]:
                yield f"| {_code(field.path)} | {_value(field.old)} | {_value(field.new)} |"
            if len(changed.fields) > MOST:
                yield f"| and {count(len(changed.fields) - MOST, 'more field')} | | |"


def _summary(one: EnvironmentDifference) -> str:
    if one.how == "same":
        return _NOTHING if not one.trouble else "not compared whole"
    words = {"added": "a new environment", "removed": "no longer there", "changed": ""}[one.how]
    counts = Counter(changed.how for changed in one.objects)
    numbers = ", ".join(f"{count(counts[how], 'object')} {how}" for how in MARKS if counts[how])
    return ", ".join(part for part in (words, numbers) if part) or "it goes somewhere else"


def _closing(comparison: Comparison) -> str:
    objects = sum(len(one.objects) for one in comparison.environments)
    places = sum(one.how != "same" for one in comparison.environments)
    if not places:
        return _NOTHING
    verb = "differs" if objects == 1 else "differ"
    return f"{count(objects, 'object')} {verb} in {places} of {count(len(comparison.environments), 'environment')}"


def _title(changed: ObjectChange) -> str:
    return clean(f"{changed.kind} {f'{changed.namespace}/' if changed.namespace else ''}{changed.name}")


def _field(field: FieldChange) -> str:
    path = clean(field.path)
    if field.old is None:
        return f"{path}: {clean(field.new or '')} (new)"
    if field.new is None:
        return f"{path}: {clean(field.old)} (gone)"
    return f"{path}: {clean(field.old)} → {clean(field.new)}"


def _value(text: str | None) -> str:
    return _code(text) if text is not None else ""


def _code(text: str) -> str:
    """A code span in a table: the fence longer than any in it."""
    text = clean(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _runs(text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _runs(text: str) -> Sequence[str]:
    runs: list[str] = []
    for character in text:
        if character != "`":
            runs.append("")
        elif runs:
            runs[-1] += "`"
        else:
            runs.append("`")
    return runs


def _escaped(text: str) -> str:
    for character in "&<>":
        text = text.replace(character, f"&{ {'&': 'amp', '<': 'lt', '>': 'gt'}[character] };")
    return text
