"""Checks on Helm values against what is known of their chart: its contract, the conditions of its dependencies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from hydrogitops.charts import aws
from hydrogitops.charts.contract import Contract, DeadKey, Forbidden, Shape, matches
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.charts.values import Chart
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, ValuesView, dotted
from hydrogitops.linter.stated_values import KINDS, OPEN, decides, described, fault, is_form
from hydrogitops.model import Fault, ObjectRef, Related, Replacement, Route, Subject, Suggestion
from hydrogitops.source.shapes import node

RULE = "values/contract"

Stated = TypeVar("Stated", DeadKey, Forbidden)

_PROBLEMS = {"host": aws.host_problem, "registry": aws.registry_problem, "url": aws.url_problem}


def contract(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A layer against the contract of its chart: unknown, dead and forbidden keys, forms, pairs."""
    known = view.values.contract
    if known is not None:
        yield from _keys(view, known)
        yield from _forms(view, known)
        yield from _pairs(view, known)
        yield from _wanting(view, known)


def condition_not_boolean(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A dependency's condition that is no boolean: Helm passes over it, and the subchart stays on."""
    for path, component in _conditions(view.values):
        if not view.layer.holds(path) or not decides(view, path):
            continue
        value = node(view.layer.data, path)
        if isinstance(value, bool) or value == OPEN:
            continue
        at = view.place(path)
        edits: tuple[Replacement, ...] = ()
        if isinstance(value, str) and value.lower() in ("true", "false"):
            edits = (Replacement(at, value.lower()),)
        yield fault(
            view,
            path,
            f"{dotted(path)} is {described(value)} and no boolean, so Helm passes over it and {component} stays on",
            label="neither true nor false",
            fix=Suggestion("write true or false, without quotes", edits),
        )


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
                why = forbidden.message
                about = (subjects.render(view.environment.name),) if forbidden.breaks else ()
                yield fault(view, path, f"{dotted(path)}: {why}", key=True, fix=Suggestion("drop the key"), about=about)
            continue
        unknown = known.unknown(path)
        if unknown is not None:
            told.append(path)
            # What holds anchors for other keys is named so that nothing takes it for a value.
            if not path[0].startswith("x-"):  # type: ignore[union-attr]
                yield _unknown(view, known, path, unknown.meant)
        elif value is not None and not isinstance(value, Mapping) and _is_section(known, path) and decides(view, path):
            told.append(path)
            wanted = f"where {known.chart} takes a map: all that belongs below it is lost"
            message = f"{dotted(path)} is {described(value)} {wanted}"
            about = (subjects.render(view.environment.name),)
            fix = Suggestion("write a map")
            yield fault(view, path, message, label="a map is wanted here", fix=fix, about=about)


def _by_path(stated: Sequence[Stated]) -> Callable[[Route], Stated | None]:
    """Finds what is stated of a path; few of the patterns have a `*`."""
    exact = {one.value: one for one in reversed(stated) if "*" not in one.value}
    patterns = [one for one in stated if "*" in one.value]
    return lambda path: exact.get(path) or next((one for one in patterns if matches(one.value, path)), None)


def _dead(view: ValuesView, known: Contract, path: Route, dead: DeadKey) -> Fault:
    meant = f"; {dead.meant} is meant" if dead.meant and dead.meant not in dead.message else ""
    return fault(
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
    return fault(
        view,
        path,
        f"{dotted(path)} is no key of {known.chart} {known.version}, nothing reads it"
        + (f"; did you mean {dotted(meant)}?" if meant else ""),
        key=True,
        mild=True,
        label=f"did you mean {meant[-1]}?" if meant else "nothing reads this",
        fix=Suggestion(f"rename it to {meant[-1]}" if meant else "drop it", edits),
        # What lacks under the right name lacks because of it.
        about=(subjects.value(view.values.release.name, meant),) if meant else (),
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
        if not problem or not decides(view, path):
            continue
        mended = _mended(shape, value)
        edits = (Replacement(view.place(path), mended),) if mended else ()
        reason = f"; {shape.message}" if shape.message else ""
        yield fault(
            view,
            path,
            f"{dotted(path)}: {problem}{reason}",
            label=problem,
            fix=Suggestion(f"write {mended}" if mended else "write it in the stated form", edits),
            about=(subjects.render(view.environment.name),) if shape.breaks else (),
        )
    for path, component in switches.items():
        value = node(view.layer.data, path)
        if value is None or isinstance(value, bool | str) or any(shape.value == path for shape in known.shapes):
            continue
        if decides(view, path):
            message = f"{dotted(path)} switches {component} on and off and takes true or false, not {described(value)}"
            yield fault(
                view, path, message, label="true or false is wanted here", fix=Suggestion("write true or false")
            )


def _problem(shape: Shape, value: object) -> str:
    """What is wrong with a value that is set; never its text."""
    if shape.form in ("host", "url", "registry", "bucket", "region", "string", "mode") and not isinstance(value, str):
        return f"a text is wanted here, not {described(value)}"
    if shape.form in _PROBLEMS:
        return _PROBLEMS[shape.form](str(value))
    if shape.choices and value not in shape.choices:
        return f"one of {', '.join(shape.choices)} is wanted here"
    if shape.form in KINDS and not is_form(shape.form, value):
        return f"{KINDS[shape.form]} is wanted here, not {described(value)}"
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
        if culprit is None or not view.layer.holds(culprit) or not decides(view, culprit):
            continue
        message = f"{dotted(full)} is set and {dotted(empty)} is empty: {shape.message or 'the two go together'}"
        about = (subjects.render(view.environment.name),) if shape.breaks else ()
        fix = Suggestion("set both, or leave both empty")
        yield fault(view, culprit, message, label="half of a pair", fix=fix, about=about)


def _wanting(view: ValuesView, known: Contract) -> Iterator[Fault]:
    """What has to be named outside because the chart's own is switched off, told in the layer that switches it off."""
    for shape in known.shapes:
        switches = [one.value for one in shape.needed]
        if not switches or view.values.problem or view.values.value(shape.value):
            continue
        if not all(one.holds(view.values.merged) for one in shape.needed) or not decides(view, switches[0]):
            continue
        if _stands_there(view, shape):
            continue
        path = shape.value
        winner = view.values.winner(path)
        empty = winner is not None and winner.place is not None
        told = fault(
            view,
            path,
            f"{dotted(switches[0])} leaves out the chart's own, and {dotted(path)} names none outside: {shape.wanting}",
            label="empty" if empty else f"{path[-1]} is missing here",
            fix=Suggestion(f"write the host outside into {dotted(path)}, or leave the chart's own on"),
        )
        related = (Related(view.place(switches[0]), "switched off here"),)
        yield told._replace(at=view.environment.place_of(view.values, path), related=related)


def _stands_there(view: ValuesView, shape: Shape) -> bool:
    """Whether something else makes the Service that readers call where no host is named."""
    service = shape.service.replace("{release}", view.values.release.name)
    objects = (*view.environment.objects, *view.environment.beside)
    return any(one.ref.kind == "Service" and one.ref.name == service for one in objects)


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


# Conditions ------------------------------------------------------------------------------------------------------


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
