"""The check on types: values of another type than their chart's defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.charts.contract import Contract
from hydrogitops.charts.values import Chart, ChartError, coalesce
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, ValuesView, dotted
from hydrogitops.linter.stated_values import KINDS, OPEN, decides, described, fault, is_form, kind
from hydrogitops.model import Fault, Replacement, Route, Suggestion
from hydrogitops.source.shapes import node

_VERSIONED = re.compile(r"(?:.*[._-])?(?:tag|version|(?:[A-Za-z]*[pP])ort)")
_AMOUNTS = ("cpu", "memory", "ephemeral-storage")
_LISTS = ("limits", "requests")


def type_change(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A value of another type than the chart's default at its path."""
    known = view.values.contract
    defaults: Mapping[str, Any] = {}
    if known is None:
        if view.values.chart is None:
            return
        defaults = _defaults(view.values.chart)
    lost: list[Route] = []
    for path, value in view.leaves():
        if value is None or value == OPEN or any(path[: len(above)] == above for above in lost):
            continue
        wanted = _wanted(known, path) if known is not None else _default_kind(defaults, path)
        if not wanted or _fits(wanted, value, path) or not decides(view, path):
            continue
        lost.append(path)
        told = _changed(view, path, value, wanted)
        # In place of a map, or as one, a value may stop the templates.
        shaped = wanted in ("map", "list") or isinstance(value, Mapping | list)
        about = (subjects.render(view.environment.name),) if shaped else ()
        yield told._replace(subjects=(*told.subjects, *about))


def _defaults(chart: Chart) -> Mapping[str, Any]:
    """What the templates see without any layer."""
    try:
        return coalesce(chart, []).seen.get(chart.name, {})
    except ChartError:
        return {}


def _wanted(known: Contract, path: Route) -> str:
    if any(shape.value == path for shape in known.shapes):
        return ""  # stated more exactly than by a default
    form = known.form(path)
    return "" if form in (None, "any") else str(form)


def _default_kind(defaults: Mapping[str, Any], path: Route) -> str:
    value = node(defaults, path)
    # An empty text is how charts write "nothing yet", whatever is to come.
    return "" if value in (None, "") else kind(value)


def _fits(wanted: str, value: object, path: Route) -> bool:
    if wanted in ("integer", "number", "string") and _is_quantity(path, value):
        return True
    if wanted in ("integer", "number"):
        # What is no number as a whole (11.14.0, 500m, 30s, http) was never one; a number in quotes is.
        if isinstance(value, str):
            whole = re.fullmatch(r"[-+]?\d+(?:\.\d+)?", value)
            return not whole and (value[:1].isdigit() or bool(_VERSIONED.fullmatch(str(path[-1]))))
        return is_form("number", value)
    if wanted == "string":
        return isinstance(value, str)
    return is_form(wanted, value)


def _is_quantity(path: Route, value: object) -> bool:
    """Whether the place takes an amount of a resource, which is one in quotes and without them: `2`, "2", 500m."""
    if path[-1] not in _AMOUNTS and not set(path[-2:-1]).intersection(_LISTS):
        return False
    try:
        Quantity.of(value)
    except QuantityError:
        return False
    return True


def _changed(view: ValuesView, path: Route, value: object, wanted: str) -> Fault:
    default = {"string": "a text", **KINDS}[wanted]
    consequence = ""
    if wanted == "map":
        consequence = "; what the default holds below it is lost"
    elif wanted == "boolean" and isinstance(value, str) and value:
        consequence = "; a template takes any text that is not empty for true"
    at = view.place(path)
    edits: tuple[Replacement, ...] = ()
    if wanted == "string" and type(value) is int:
        edits = (Replacement(at, json.dumps(str(value))),)
    elif wanted == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        edits = (Replacement(at, value.lower()),)
    message = f"{dotted(path)} is {described(value)}, the chart's default there is {default}{consequence}"
    return fault(view, path, message, label=f"the default is {default}", fix=Suggestion(f"write {default}", edits))
