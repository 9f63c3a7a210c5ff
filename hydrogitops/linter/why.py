"""Why a value or a field is what it is: the layers behind it, winner first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from hydrogitops.charts.provenance import ReleaseValues, Winner
from hydrogitops.model import AppliedObject, Field, Place, Route, Span, UserError
from hydrogitops.repo.environments import discover
from hydrogitops.secrets.plaintext import NOT_SHOWN, is_secret_key
from hydrogitops.source.shapes import node

from .inputs import EnvironmentView, walk
from .look import see
from .options import check_names, open_sources
from .resolve import text_of
from .run import read_configuration
from .views import Seen

_OBJECT = re.compile(r"(?P<kind>[A-Z]\w*)/(?P<name>[^:\s]+):(?P<path>.*)")
_WHOLE = re.compile(r"[A-Z]\w*/[^:\s]+")
_STEP = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_POSITION = re.compile(r"[0-9]{1,9}")
_Span = Callable[[Place], Span]


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that sets, or would have set, a value. `span` is None for a chart's own default.

    Of a map each that decides a part of it wins.
    """

    source: str
    value: object
    span: Span | None
    wins: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is what counts in the environment; `causes` the winner first, those that lost behind it."""

    path: str
    value: object
    causes: tuple[Cause, ...]
    remarks: tuple[str, ...] = ()


def why(start: Path, environment: str, path: str) -> Answer:
    """The layers behind `path` in an environment: a value (`manager.resources.limits.memory`), or a field of an object
    (`Deployment/hydro-manager:spec.template.spec.containers[0].image`). UserError where there is no such thing."""
    sources = open_sources([start])
    configuration = read_configuration(sources)
    discovered = discover(sources, configuration)
    wanted = [one for one in discovered.environments if one.name == environment]
    check_names((environment,), [one.name for one in discovered.environments])
    of_object = _OBJECT.fullmatch(path)
    if of_object is None and _WHOLE.fullmatch(path):
        raise UserError(f"{path} is an object, and a field of it is wanted", f"such as {path}:spec.replicas")
    seen = see(sources, wanted, configuration, render=of_object is not None)
    view = seen.views[0]

    def span(place: Place) -> Span:
        return sources.span(place)

    if of_object is not None:
        return _field(seen, view, of_object["kind"], of_object["name"], route_of(of_object["path"]), span)
    return _value(view, route_of(path), span)


def route_of(text: str) -> Route:
    """`a.b[0].c` as a route; `[a.b/c]` is one key, and so is a name in brackets for a list of named items."""
    steps = [bracketed or plain for bracketed, plain in _STEP.findall(text)]
    return tuple(int(step) if _POSITION.fullmatch(step) else step for step in steps)


def _value(view: EnvironmentView, path: Route, span: _Span) -> Answer:
    if not view.releases:
        raise UserError(f"{view.name} has no Helm values", "name a field of an object: Deployment/NAME:spec.replicas")
    keys = tuple(str(key) if not isinstance(key, int) else key for key in path)
    for values in view.releases.values():
        winner = values.winner(keys)
        if winner is not None:
            whole = isinstance(values.value(keys), Mapping)
            causes = tuple(_parts(winner, values, keys, span) if whole else _causes(winner, values, span))
            return _masked(Answer(text_of(keys), values.value(keys), causes, _remarks(values)), keys)
    known = [text_of(route) for values in view.releases.values() for route, _ in walk(values.merged)]
    near = get_close_matches(text_of(keys), known, 1)
    raise UserError(
        f"nothing sets {text_of(keys)} in {view.name}", f"did you mean {near[0]}?" if near else "check the path"
    )


def _field(seen: Seen, view: EnvironmentView, kind: str, name: str, path: Route, span: _Span) -> Answer:
    if not view.built:
        reasons = "; ".join(gap.reason for gap in seen.unseen)
        raise UserError(f"{view.name} cannot be rendered: {reasons}", "a values path needs no render")
    found = [applied for applied in view.objects if applied.ref.kind == kind and applied.ref.name == name]
    if not found:
        names = [f"{applied.ref.kind}/{applied.ref.name}" for applied in view.objects]
        near = get_close_matches(f"{kind}/{name}", names, 1)
        raise UserError(f"{view.name} has no {kind}/{name}", f"did you mean {near[0]}?" if near else "")
    applied = found[0]
    route = _by_names(applied, path)
    if route is None:
        raise UserError(f"{kind}/{name} has no field {text_of(path)}", "hydrogitops render shows the object")
    origins = seen.origins[view.name]
    located = origins.locate(Field(applied.ref, route))
    value = node(applied.data, route)
    causes = []
    if located.exists:
        causes = [Cause(located.layer or located.place.file, value, span(located.place), wins=True)]
    driven = origins.values_path(applied, route)
    if driven is not None:
        values, keys = driven
        winner = values.winner(keys)
        if winner is not None:
            below = list(_causes(winner, values, span))
            causes = below if located.values and located.exists else [*causes, *below]
    remarks = [] if causes else ["the chart's templates make this; no value that is known decides it"]
    if len(found) > 1:
        where = ", ".join(dict.fromkeys(_whereabouts(one) for one in found))
        remarks.append(f"there are {len(found)} of that name ({where}); this is the first")
    answer = Answer(f"{kind}/{name}:{text_of(route)}", value, tuple(causes), tuple(remarks))
    return _masked(answer, ("password",) if kind == "Secret" else route)


def _whereabouts(applied: AppliedObject) -> str:
    """What tells an object from others of its name: its namespace, else the file that it is written in."""
    return applied.ref.namespace or (applied.source.file if applied.source is not None else applied.ref.api_version)


def _masked(answer: Answer, path: Route) -> Answer:
    """The answer without texts that a name on their path calls a credential, in maps below it too."""

    def shown(value: object, key: str) -> object:
        if isinstance(value, Mapping):
            return {k: shown(below, str(k)) for k, below in value.items()}
        if isinstance(value, list):
            return [shown(below, key) for below in value]
        return NOT_SHOWN if isinstance(value, (str, int)) and not isinstance(value, bool) and secret(key) else value

    def secret(key: str) -> bool:
        return any(is_secret_key(str(one)) for one in (*path, key) if isinstance(one, str))

    last = next((str(key) for key in reversed(path) if isinstance(key, str)), "")
    causes = tuple(replace(cause, value=shown(cause.value, last)) for cause in answer.causes)
    return replace(answer, value=shown(answer.value, last), causes=causes)


def _by_names(applied: AppliedObject, path: Route) -> Route | None:
    """The route with names of list items turned into positions; None where it does not exist."""
    route: Route = ()
    for key in path:
        here = node(applied.data, route)
        if isinstance(here, list) and not isinstance(key, int):
            position = next(
                (i for i, item in enumerate(here) if isinstance(item, dict) and item.get("name") == key), None
            )
            if position is None:
                return None
            key = position
        elif (
            (isinstance(here, dict) and key not in here)
            or (isinstance(here, list) and isinstance(key, int) and key >= len(here))
            or not isinstance(here, (dict, list))
        ):
            return None
        route = (*route, key)
    return route


def _causes(winner: Winner, values: ReleaseValues, span: _Span) -> Iterator[Cause]:
    flat = [winner, *_lost(winner)]
    for position, one in enumerate(flat):
        name = (
            one.layer.layer.name if one.layer is not None else f"default of chart {one.chart or values.release.chart}"
        )
        place = span(one.place) if one.place is not None else None
        yield Cause(name, one.value, place, wins=position == 0)


def _parts(winner: Winner, values: ReleaseValues, path: Route, span: _Span) -> Iterator[Cause]:
    """What a map is merged from: the layers that hold it, those that decide a part of it, and the chart's defaults."""
    leaves = [
        (*path, *below)
        for below, value in walk(values.value(path))
        # Helm hands `global` down to every subchart.
        if below[0] != "global" and (not isinstance(value, Mapping) or not value)
    ]
    decided = [(leaf, found) for leaf in leaves if (found := values.winner(leaf)) is not None]
    deciding = [found.layer for _, found in decided if found.layer is not None]
    for cause, one in zip(_causes(winner, values, span), (winner, *_lost(winner)), strict=True):
        if one.layer is not None:
            yield replace(cause, wins=any(layer is one.layer for layer in deciding))
    charts = dict.fromkeys(found.chart or values.release.chart for _, found in decided if found.layer is None)
    for chart in charts:
        own: dict[str, object] = {}
        for leaf, found in decided:
            if found.layer is None and (found.chart or values.release.chart) == chart:
                below = own
                for key in leaf[len(path) : -1]:
                    below = below.setdefault(str(key), {})  # type: ignore[assignment]
                below[str(leaf[-1])] = found.value
        yield Cause(f"default of chart {chart}", own, None, wins=True)


def _lost(winner: Winner) -> Iterator[Winner]:
    for one in winner.lost:
        yield one
        yield from _lost(one)


def _remarks(values: ReleaseValues) -> tuple[str, ...]:
    if values.problem:
        return (f"the layers cannot be merged: {values.problem}",)
    if values.chart is None:
        return (f"chart {values.release.chart} is not at hand: its own defaults are not shown",)
    return ()
