"""Checks on what is kept rendered in the repository: whether it is what the sources give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.charts.workloads import objects
from hydrogitops.linter.inputs import EnvironmentView, Parameters
from hydrogitops.model import AppliedObject, Environment, Fault, Part, Place, Route, Suggestion
from hydrogitops.secrets.plaintext import SECRET_FIELDS
from hydrogitops.source.shapes import node

_Key = tuple[str, str, str, str]


def not_rendered(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A folder of rendered manifests that is not what the sources give, told where the two part for the first time."""
    environment = view.environment
    if not environment.rendered or environment.application is None:
        return
    names = _kept(environment)
    if any(file.broken for name in names if (file := view.read(name)) is not None):
        return
    kept = [applied for name in names for applied in _written(view, name)]
    if not kept:
        at = _reference(environment)
        yield _fault(view, f"{environment.rendered} holds nothing", at, "nothing is there to be applied")
        return
    # The stand-in chart gives the objects of the real one, not all that is in them.
    if view.built and view.evidence != "stand-in":
        yield from _compared(view, kept)


def _compared(view: EnvironmentView, kept: list[AppliedObject]) -> Iterator[Fault]:
    given = {_key(applied, view.environment): applied for applied in view.objects}
    found: list[tuple[Place, str]] = []
    seen: set[_Key] = set()
    for applied in kept:
        key = _key(applied, view.environment)
        place = applied.source or Place(view.environment.rendered, 0)
        name = f"{applied.ref.kind} {applied.ref.name}"
        if key in seen or key not in given:
            what = f"{name} is there twice" if key in seen else f"the sources give no {name}"
            found.append((Place(place.file, place.document, (*place.path, "metadata", "name")), what))
            continue
        seen.add(key)
        parting = _parting(_shown(applied, view.environment), _shown(given[key], view.environment))
        if parting is not None:
            route, part = parting
            found.append((Place(place.file, place.document, (*place.path, *route), part), f"{name} differs"))
    absent = [applied for key, applied in given.items() if key not in seen]
    if absent and not found:
        # It belongs behind the last object that comes before it in the order of the file.
        order = [(_sorting(applied, view.environment), applied) for applied in kept]
        first = min(_sorting(applied, view.environment) for applied in absent)
        after = max((one for one in order if one[0] < first), default=min(order, key=lambda one: one[0]))[1]
        place = after.source or Place(view.environment.rendered, 0)
        missing = min(absent, key=lambda one: _sorting(one, view.environment))
        text = f"{missing.ref.kind} {missing.ref.name} is missing"
        found.append((Place(place.file, place.document, (*place.path, "metadata", "name")), text))
    if found:
        others = len(found) + len(absent) - 1
        more = f", and {others} more {'objects differ' if others > 1 else 'object differs'}" if others > 0 else ""
        yield _fault(view, f"{found[0][1]}{more}", found[0][0], "not what the sources give")


def _fault(view: EnvironmentView, what: str, at: Place, label: str) -> Fault:
    folder = view.environment.rendered
    parent = folder.rpartition("/")[0]
    mend = f"run hydrogitops render -o {parent}, and commit what it writes"
    if view.evidence == "stand-in":
        mend = f"unpack the chart into charts/, then {mend}"
    return Fault(
        rule="",
        message=f"{folder} is not what the sources of {view.name} give: {what}",
        at=at,
        # Without the chart nothing could have been rendered.
        mild="warning" if view.evidence == "stand-in" else None,
        label=label,
        fix=Suggestion(mend),
    )


def _kept(environment: Environment) -> list[str]:
    """The files that are applied, in order: those below the folder count only where the Application says so."""
    folder, deep = environment.rendered, _recurses(environment)
    return sorted(
        name
        for name in environment.files
        if name.startswith(f"{folder}/")
        and name.endswith((".yaml", ".yml", ".json"))
        and (deep or "/" not in name[len(folder) + 1 :])
    )


def _recurses(environment: Environment) -> bool:
    application = environment.application
    return application is not None and node(application.spec, ("source", "directory", "recurse")) is True


def _written(view: EnvironmentView, name: str) -> Iterator[AppliedObject]:
    file = view.read(name)
    if file is not None:
        yield from objects(file, written=True)


def _reference(environment: Environment) -> Place:
    """Where it is written that the folder is applied."""
    application = environment.application
    assert application is not None
    listed = application.spec.get("sources")
    for index, source in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(source, Mapping) and str(source.get("path", "")).strip("./") == environment.rendered:
            return application.place("sources", index, "path")
    return application.place("source", "path")


def _key(applied: AppliedObject, environment: Environment) -> _Key:
    group = applied.ref.api_version.rpartition("/")[0]
    return group, applied.ref.kind, applied.ref.namespace or environment.namespace, applied.ref.name


def _sorting(applied: AppliedObject, environment: Environment) -> tuple[str, str, str, str]:
    group, kind, namespace, name = _key(applied, environment)
    return kind, namespace, name, group


def _shown(applied: AppliedObject, environment: Environment) -> Mapping[str, Any]:
    """An object in its namespace; of a Secret what it holds is not kept."""
    metadata = applied.data.get("metadata")
    data = dict(applied.data)
    if isinstance(metadata, Mapping):
        data["metadata"] = {**metadata, "namespace": applied.ref.namespace or environment.namespace}
    if applied.ref.kind == "Secret":
        for name in SECRET_FIELDS:
            if isinstance(data.get(name), Mapping):
                data[name] = sorted(data[name])
    return data


def _parting(one: object, other: object, route: Route = ()) -> tuple[Route, Part] | None:
    """Where `one` is the first time not what `other` is, in the order of `one`; what it lacks is told at its parent."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key, value in one.items():
            if key not in other:
                return (*route, key), "key"
            below = _parting(value, other[key], (*route, key))
            if below is not None:
                return below
        return (route, "key") if len(one) != len(other) else None
    if isinstance(one, list) and isinstance(other, list):
        for index, (mine, others) in enumerate(zip(one, other, strict=False)):
            below = _parting(mine, others, (*route, index))
            if below is not None:
                return below
        if len(one) > len(other):
            return (*route, len(other)), "value"
        return (route, "key") if len(one) != len(other) else None
    return None if type(one) is type(other) and one == other else (route, "value")
