"""What drawn objects do not have, and the edit that a place of something missing promises: written there, it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from hydrogitops.charts.workloads import POD_ROUTES, node
from hydrogitops.charts.written import Written, pointer
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.model import ObjectRef, Route

AMOUNTS = (("limits", "memory"), ("limits", "cpu"), ("requests", "memory"), ("requests", "cpu"))
OF_CONTAINERS: tuple[Route, ...] = (
    *(("resources", *amount) for amount in AMOUNTS),
    ("securityContext", "runAsUser"),
    ("livenessProbe", "periodSeconds"),
    ("env", "A", "value"),
    ("env", "D", "value"),
)
OF_PODS: tuple[Route, ...] = (("tolerations",), ("nodeSelector", "disk"), ("priorityClassName",))


def absent(view: EnvironmentView) -> Iterator[tuple[ObjectRef, Route]]:
    """Fields that workloads might have and do not have; a variable goes by its name."""
    for applied in view.objects:
        pod = POD_ROUTES.get(applied.ref.kind)
        if pod is None:
            continue
        spec = node(applied.data, pod)
        asked = [(*pod, *route) for route in OF_PODS]
        for key in ("containers", "initContainers"):
            for index, _ in enumerate(spec.get(key) or ()):
                asked += [(*pod, key, index, *route) for route in OF_CONTAINERS]
        if applied.ref.kind in ("Deployment", "StatefulSet"):
            asked.append(("spec", "replicas"))
        yield from ((applied.ref, path) for path in asked if not read(applied.data, path))


def read(data: Any, path: Route) -> Any:
    """What stands at a path; variables and containers go by their names."""
    for key in path:
        if isinstance(data, list) and isinstance(key, str):
            data = next((one for one in data if isinstance(one, Mapping) and one.get("name") == key), None)
        else:
            data = node(data, (key,))
    return data


def named(data: Any, path: Route) -> Route:
    """The path with the names of containers in place of their positions."""
    found: Route = ()
    for key in path:
        name = node(data, (*path[: len(found) + 1], "name")) if isinstance(key, int) else None
        found = (*found, name if isinstance(name, str) else key)
    return found


def value_of(path: Route, number: int) -> Any:
    """A value for a field that no other has."""
    if path[-1] == "tolerations":
        return [{"key": f"m{number}x", "operator": "Exists"}]
    if path[-1] == "memory":
        return f"{70000 + number}Mi"
    return 70000 + number if path[-1] in ("runAsUser", "periodSeconds", "replicas") else f"m{number}x"


def supplied(files: Mapping[str, str], at: Written, path: Route, value: Any, *, exists: bool) -> dict[str, str]:
    """The files with a value written at the place that was named for it."""
    # The anchors that PyYAML takes for duplicates are none: the later one counts from there on.
    documents = [*yaml.safe_load_all(files[at.file].removeprefix("\ufeff"))]
    if at.inline is None:
        documents[at.index] = _written(documents[at.index], at.route, path, value, exists=exists)
    else:
        holder = node(documents[0], at.inline[:-1])
        inner = [*yaml.safe_load_all(holder[at.inline[-1]])]
        inner[at.index] = _written(inner[at.index], at.route, path, value, exists=exists)
        holder[at.inline[-1]] = yaml.dump_all(inner, sort_keys=False)
    return {**files, at.file: yaml.dump_all(documents, sort_keys=False)}


def _written(data: Any, route: Route, path: Route, value: Any, *, exists: bool) -> Any:
    if len(route) >= 2 and route[1] in ("op", "value") and isinstance(data, list):
        operation = data[route[0]]
        target = pointer(operation["path"])
        if route[1] == "op":
            taken = pointer(operation["from"] if operation["op"] == "move" else operation["path"])
            made = _joined(None, path[len(taken) :], value)
            if isinstance(path[len(taken) - 1], str) and taken[-1].isdigit():
                made["name"] = path[len(taken) - 1]
            put = {"op": "add", "path": "/" + "/".join(taken), "value": made}
            data[route[0] : route[0] + 1] = [put] if operation["op"] == "remove" else [operation, put]
            return data
        holder = node(data, route[:-1])
        rest = path[len(target) + len(route) - 2 :]
        holder[route[-1]] = _joined(None if exists else holder[route[-1]], rest, value)
        return data
    holder = node(data, route[:-1])
    if not route:
        return _joined(data, path, value)
    if exists:
        rest = path[_last(path, route[-1]) + 1 :]
        holder[route[-1]] = _joined(None, rest, value)
        return data
    rest = path[_last(path, route[-1]) + 1 :] if isinstance(route[-1], str) else path[_last(path, route[-2]) + 2 :]
    holder[route[-1]] = _joined(holder[route[-1]], rest, value)
    if isinstance(holder[route[-1]], dict):
        # An item of a list that is there to be taken out.
        holder[route[-1]].pop("$patch", None)
    return data


def _last(path: Route, key: str | int) -> int:
    return max(index for index, one in enumerate(path) if one == key)


def _joined(here: Any, rest: Route, value: Any) -> Any:
    """What stands there with a value put below it; an item of a list of variables is one of its name."""
    if not rest:
        return value
    if rest[0] == "env":
        variables = [*((here or {}).get("env") or ())]
        return {**(here or {}), "env": _joined(variables, rest[1:], value)}
    if isinstance(here, list):
        return [*here, {"name": rest[0], rest[1]: value}]
    if isinstance(rest[0], str) and len(rest) == 2 and rest[1] == "value" and here is None:
        return {"name": rest[0], "value": value}
    return {**(here or {}), rest[0]: _joined((here or {}).get(rest[0]), rest[1:], value)}
