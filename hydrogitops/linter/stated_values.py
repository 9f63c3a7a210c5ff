"""What the checks on values share: whether a layer decides, the forms of values in words, faults about one."""

from __future__ import annotations

from collections.abc import Mapping

from hydrogitops.model import Fault, Route, Subject, Suggestion

from . import subjects
from .inputs import ValuesView

OPEN = "TODO"
"""What stands for a value that nobody knows yet."""
KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "list": "a list",
    "map": "a map",
}
"""Forms in words."""


def decides(view: ValuesView, path: Route) -> bool:
    """Whether it is this layer that counts: what a later one replaces never reaches the chart."""
    winner = view.values.winner(path)
    return winner is not None and winner.layer is view.layer


def fault(
    view: ValuesView,
    path: Route,
    message: str,
    *,
    key: bool = False,
    mild: bool = False,
    label: str = "",
    fix: Suggestion,
    about: tuple[Subject, ...] = (),
) -> Fault:
    """What is wrong with a value, at its place in the layer or at its key. `mild`: a warning whatever the rule says."""
    return Fault(
        rule="",
        message=message,
        at=view.place(path, key=key),
        mild="warning" if mild else None,
        label=label,
        fix=fix,
        subjects=(subjects.value(view.values.release.name, path), *about),
    )


def is_form(form: str, value: object) -> bool:
    """Whether a value is of a form: boolean, integer, number, list, map."""
    if form == "boolean":
        return isinstance(value, bool)
    if form == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if form == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, list) if form == "list" else isinstance(value, Mapping)


def kind(value: object) -> str:
    """The form of a value that is not null: boolean, number, string, list, map."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "map"


def described(value: object) -> str:
    """The type of a value in words; its text may be nobody's business."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    return {"number": "a number", "string": "a text", "list": "a list", "map": "a map"}[kind(value)]
