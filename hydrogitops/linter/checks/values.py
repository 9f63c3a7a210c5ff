"""Checks on Helm values against what is known of their chart: contract, conditions, types of its defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from hydrogitops.charts import aws
from hydrogitops.charts.contract import Contract, DeadKey, Forbidden, Shape, matches
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.charts.values import Chart, ChartError, coalesce
from hydrogitops.charts.workloads import node
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, ValuesView, dotted
from hydrogitops.model import Fault, ObjectRef, Replacement, Route, Subject, Suggestion

OPEN = "TODO"
RULE = "values/contract"

Stated = TypeVar("Stated", DeadKey, Forbidden)

_PROBLEMS = {"host": aws.host_problem, "registry": aws.registry_problem, "url": aws.url_problem}
_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "list": "a list",
    "map": "a map",
}
_VERSIONED = re.compile(r"(?:.*[._-])?(?:tag|version|(?:[A-Za-z]*[pP])ort)")


def contract(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A layer against the contract of its chart: unknown, dead and forbidden keys, forms, pairs."""
    known = view.values.contract
    if known is not None:
        yield from _keys(view, known)
        yield from _forms(view, known)
        yield from _pairs(view, known)


def condition_not_boolean(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A dependency's condition that is no boolean: Helm passes over it, and the subchart stays on."""
    for path, component in _conditions(view.values):
        if not view.layer.holds(path) or not _decides(view, path):
            continue
        value = node(view.layer.data, path)
        if isinstance(value, bool) or value == OPEN:
            continue
        at = view.place(path)
        edits: tuple[Replacement, ...] = ()
        if isinstance(value, str) and value.lower() in ("true", "false"):
            edits = (Replacement(at, value.lower()),)
        yield _fault(
            view,
            path,
            f"{dotted(path)} is {_described(value)} and no boolean, so Helm passes over it and {component} stays on",
            label="neither true nor false",
            fix=Suggestion("write true or false, without quotes", edits),
        )


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
        if not wanted or _fits(wanted, value, path) or not _decides(view, path):
            continue
        lost.append(path)
        yield _changed(view, path, value, wanted)


# The contract ----------------------------------------------------------------------------------------------------


def _keys(view: ValuesView, known: Contract) -> Iterator[Fault]:
    """Keys that must not be there, those that nothing reads, and sections that are something else."""
    told: list[Route] = []
    dead_at, forbidden_at = _by_path(known.dead), _by_path(known.forbidden)
    for path, value in view.leaves():
        if any(path[: len(above)] == above for above in told):
            continue
        dead, forbidden = dead_at(path), forbidden_at(path)
        if dead is not None or forbidden is not None:
            told.append(path)
            if value in (None, "", {}, []):
                continue
            if dead is not None and dead.rule == RULE:
                yield _dead(view, known, path, dead)
            elif forbidden is not None and forbidden.rule == RULE:
                yield _fault(
                    view, path, f"{dotted(path)}: {forbidden.message}", key=True, fix=Suggestion("drop the key")
                )
            continue
        unknown = known.unknown(path)
        if unknown is not None:
            told.append(path)
            # What holds anchors for other keys is named so that nothing takes it for a value.
            if not path[0].startswith("x-"):  # type: ignore[union-attr]
                yield _unknown(view, known, path, unknown.meant)
        elif value is not None and not isinstance(value, Mapping) and _is_section(known, path) and _decides(view, path):
            told.append(path)
            wanted = f"where {known.chart} takes a map: all that belongs below it is lost"
            message = f"{dotted(path)} is {_described(value)} {wanted}"
            yield _fault(view, path, message, label="a map is wanted here", fix=Suggestion("write a map"))


def _by_path(stated: Sequence[Stated]) -> Callable[[Route], Stated | None]:
    """Finds what is stated of a path; few of the patterns have a `*`."""
    exact = {one.value: one for one in reversed(stated) if "*" not in one.value}
    patterns = [one for one in stated if "*" in one.value]
    return lambda path: exact.get(path) or next((one for one in patterns if matches(one.value, path)), None)


def _dead(view: ValuesView, known: Contract, path: Route, dead: DeadKey) -> Fault:
    meant = f"; {dead.meant} is meant" if dead.meant and dead.meant not in dead.message else ""
    return _fault(
        view,
        path,
        f"{dotted(path)} is not read by {known.chart} {known.version}: {dead.message}{meant}",
        key=True,
        mild=True,
        label=f"{dead.meant} is meant" if dead.meant else "nothing reads this",
        fix=Suggestion(f"set {dead.meant} instead" if dead.meant else "drop it, and patch what it was meant for"),
        about=tuple(_meant_for(view, dead)),
    )


def _unknown(view: ValuesView, known: Contract, path: Route, meant: Route) -> Fault:
    edits = (Replacement(view.place(path, key=True), str(meant[-1])),) if meant else ()
    return _fault(
        view,
        path,
        f"{dotted(path)} is no key of {known.chart} {known.version}, nothing reads it"
        + (f"; did you mean {dotted(meant)}?" if meant else ""),
        key=True,
        mild=True,
        label=f"did you mean {meant[-1]}?" if meant else "nothing reads this",
        fix=Suggestion(f"rename it to {meant[-1]}" if meant else "drop it", edits),
    )


def _forms(view: ValuesView, known: Contract) -> Iterator[Fault]:
    switches = dict(_conditions(view.values))
    for shape in known.shapes:
        path = shape.value
        value = node(view.layer.data, path)
        # A text is a condition that Helm passes over: a rule of its own.
        if value is None or value in ("", OPEN) or (path in switches and isinstance(value, bool | str)):
            continue
        problem = _problem(shape, value)
        if not problem or not _decides(view, path):
            continue
        mended = _mended(shape, value)
        edits = (Replacement(view.place(path), mended),) if mended else ()
        reason = f"; {shape.message}" if shape.message else ""
        yield _fault(
            view,
            path,
            f"{dotted(path)}: {problem}{reason}",
            label=problem,
            fix=Suggestion(f"write {mended}" if mended else "write it in the stated form", edits),
        )
    for path, component in switches.items():
        value = node(view.layer.data, path)
        if value is None or isinstance(value, bool | str) or any(shape.value == path for shape in known.shapes):
            continue
        if _decides(view, path):
            message = f"{dotted(path)} switches {component} on and off and takes true or false, not {_described(value)}"
            yield _fault(
                view, path, message, label="true or false is wanted here", fix=Suggestion("write true or false")
            )


def _problem(shape: Shape, value: object) -> str:
    """What is wrong with a value that is set; never its text."""
    if shape.form in ("host", "url", "registry", "bucket", "region", "string", "mode") and not isinstance(value, str):
        return f"a text is wanted here, not {_described(value)}"
    if shape.form in _PROBLEMS:
        return _PROBLEMS[shape.form](str(value))
    if shape.choices and value not in shape.choices:
        return f"one of {', '.join(shape.choices)} is wanted here"
    if shape.form in _KINDS and not _is(shape.form, value):
        return f"{_KINDS[shape.form]} is wanted here, not {_described(value)}"
    return ""


def _mended(shape: Shape, value: object) -> str:
    """The value in the stated form, where it is certain what was meant; empty where it is not."""
    if shape.form == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower()
    if shape.form in ("string", "mode") and isinstance(value, bool):
        return json.dumps(str(value).lower())
    if not isinstance(value, str) or "@" in value:
        return ""
    rest = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", value)
    mended = ""
    if shape.form == "host":
        mended = re.split(r"[:/?#]", rest)[0]
    elif shape.form == "registry":
        mended = rest.rstrip("/")
    elif shape.form == "url" and rest == value:
        mended = f"https://{value}"
    return mended if mended and mended != value and not _problem(shape, mended) else ""


def _pairs(view: ValuesView, known: Contract) -> Iterator[Fault]:
    """Two values of which one is set and the other one is empty, told at the empty one where a layer writes it."""
    done: set[frozenset[Route]] = set()
    for shape in known.shapes:
        pair = frozenset((shape.value, shape.pair))
        if not shape.pair or pair in done:
            continue
        done.add(pair)
        full, empty = shape.value, shape.pair
        if bool(view.values.value(full)) == bool(view.values.value(empty)):
            continue
        if not view.values.value(full):
            full, empty = empty, full
        winners = ((path, view.values.winner(path)) for path in (empty, full))
        culprit = next((path for path, winner in winners if winner is not None and winner.layer is not None), None)
        if culprit is None or not view.layer.holds(culprit) or not _decides(view, culprit):
            continue
        message = f"{dotted(full)} is set and {dotted(empty)} is empty: {shape.message or 'the two go together'}"
        yield _fault(view, culprit, message, label="half of a pair", fix=Suggestion("set both, or leave both empty"))


def _meant_for(view: ValuesView, dead: DeadKey) -> Iterator[Subject]:
    for target in dead.objects:
        if "*" in target.name:
            continue
        reference = ObjectRef(target.kind, "", target.name.replace("{release}", view.values.release.name))
        yield subjects.container(reference, target.container) if target.container else subjects.workload(reference)


def _is_section(known: Contract, path: Route) -> bool:
    level: Any = known.keys
    for key in path:
        level = level.get(key) if isinstance(level, Mapping) else None
    return isinstance(level, Mapping)


# Conditions and types --------------------------------------------------------------------------------------------


def _conditions(values: ReleaseValues) -> Iterator[tuple[Route, str]]:
    """The conditions of a release's dependencies, as paths in its values, with what they switch."""
    if values.chart is not None:
        yield from dict(_chart_conditions(values.chart, ())).items()
    elif values.contract is not None:
        yield from ((switch.off, switch.component) for switch in values.contract.switches if switch.off)


def _chart_conditions(chart: Chart, above: Route) -> Iterator[tuple[Route, str]]:
    for dependency in chart.dependencies:
        name = dependency.alias or dependency.chart.name
        for text in dependency.condition.split(","):
            if text.strip():
                yield (*above, *text.strip().split(".")), name
        yield from _chart_conditions(dependency.chart, (*above, name))


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
    return "" if value in (None, "") else _kind(value)


def _fits(wanted: str, value: object, path: Route) -> bool:
    if wanted in ("integer", "number"):
        # What is no number as a whole (11.14.0, 500m, 30s, http) was never one; a number in quotes is.
        if isinstance(value, str):
            whole = re.fullmatch(r"[-+]?\d+(?:\.\d+)?", value)
            return not whole and (value[:1].isdigit() or bool(_VERSIONED.fullmatch(str(path[-1]))))
        return _is("number", value)
    if wanted == "string":
        return isinstance(value, str)
    return _is(wanted, value)


def _is(form: str, value: object) -> bool:
    if form == "boolean":
        return isinstance(value, bool)
    if form == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if form == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, list) if form == "list" else isinstance(value, Mapping)


def _changed(view: ValuesView, path: Route, value: object, wanted: str) -> Fault:
    default = {"string": "a text", **_KINDS}[wanted]
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
    message = f"{dotted(path)} is {_described(value)}, the chart's default there is {default}{consequence}"
    return _fault(view, path, message, label=f"the default is {default}", fix=Suggestion(f"write {default}", edits))


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "map"


def _described(value: object) -> str:
    """The type of a value in words; its text may be nobody's business."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    return {"number": "a number", "string": "a text", "list": "a list", "map": "a map"}[_kind(value)]


def _decides(view: ValuesView, path: Route) -> bool:
    """Whether it is this layer that counts: what a later one replaces never reaches the chart."""
    winner = view.values.winner(path)
    return winner is not None and winner.layer is view.layer


def _fault(
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
    return Fault(
        rule="",
        message=message,
        at=view.place(path, key=key),
        mild="warning" if mild else None,
        label=label,
        fix=fix,
        subjects=(subjects.value(view.values.release.name, path), *about),
    )
