"""What drawn objects do not have, and the edit that a place of something missing promises: written there, it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from hydrogitops.charts.workloads import POD_ROUTES
from hydrogitops.charts.written import Written, pointer
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.model import ObjectRef, Route
from hydrogitops.source.shapes import node

OF_CONTAINERS: tuple[Route, ...] = (
    *(("resources", part, amount) for part in ("limits", "requests") for amount in ("memory", "cpu")),
    ("securityContext", "runAsUser"),
    ("livenessProbe", "periodSeconds"),
    ("env", "A", "value"),
    ("env", "D", "value"),
)
OF_PODS: tuple[Route, ...] = (("tolerations",), ("nodeSelector", "disk"), ("priorityClassName",))
NUMBERS = ("runAsUser", "periodSeconds", "replicas")


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
    """What stands at a path; in lists names count, too."""
    for key in path:
        if isinstance(data, list) and isinstance(key, str):
            data = next((one for one in data if isinstance(one, Mapping) and one.get("name") == key), None)
        else:
            data = node(data, (key,))
    return data


def named(data: Any, path: Route) -> Route:
    """The path with the names of containers in place of their positions."""
    found: Route = ()
    for length, key in enumerate(path, 1):
        name = node(data, (*path[:length], "name")) if isinstance(key, int) else None
        found = (*found, name if isinstance(name, str) else key)
    return found


def value_of(path: Route, number: int) -> Any:
    """A value for a field that no other has."""
    if path[-1] == "tolerations":
        return [{"key": f"m{number}x", "operator": "Exists"}]
    return number if path[-1] in NUMBERS else f"{number}Mi"


def supplied(files: Mapping[str, str], at: Written, path: Route, value: Any, *, exists: bool) -> dict[str, str]:
    """The files with a value written at the place that was named for it; `exists`: it takes the place of what is there."""
    documents = [*yaml.safe_load_all(files[at.file].removeprefix("\ufeff"))]
    if at.inline is None:
        documents[at.document] = _edited(documents[at.document], at.route, path, value, exists=exists)
    else:
        holder = node(documents[at.outer], at.inline[:-1])
        inner = [*yaml.safe_load_all(holder[at.inline[-1]])]
        inner[at.document] = _edited(inner[at.document], at.route, path, value, exists=exists)
        holder[at.inline[-1]] = yaml.dump_all(inner, sort_keys=False)
    texts = ("# nothing\n" if one is None else yaml.dump(one, sort_keys=False) for one in documents)
    return {**files, at.file: "".join(f"---\n{text}" for text in texts)}


def _edited(data: Any, route: Route, path: Route, value: Any, *, exists: bool) -> Any:
    """A document, or a list of operations, with the value below `route`; `path`: where it is to be in the object."""
    if not route:
        return _joined(data, path, value)
    if isinstance(data, list):
        number = int(route[0])
        operation = data[number]
        if route[1] == "op":
            data[number : number + 1] = _instead(operation, path, value)
            return data
        rest = path[len(pointer(operation["path"])) + len(route) - 2 :]
    elif isinstance(route[-1], str):
        rest = path[_last(path, route[-1]) + 1 :]
    else:
        rest = path[_last(path, route[-2]) + 2 :]
    holder = node(data, route[:-1])
    holder[route[-1]] = _joined(None if exists else holder[route[-1]], rest, value)
    if isinstance(holder[route[-1]], dict):
        # An item of a list that was there to be taken out.
        holder[route[-1]].pop("$patch", None)
    return data


def _instead(operation: Mapping[str, Any], path: Route, value: Any) -> list[Mapping[str, Any]]:
    """Operations that put something where one took something away."""
    taken = pointer(operation["from"] if operation["op"] == "move" else operation["path"])
    # Of a list that lost its last item the list is asked for.
    taken = taken[: len(path)]
    made = _joined(None, path[len(taken) :], value)
    if isinstance(path[len(taken) - 1], str) and taken[-1].isdigit():
        made["name"] = path[len(taken) - 1]
    put = {"op": "add", "path": "/" + "/".join(taken), "value": [made] if taken[-1] == "env" else made}
    return [put] if operation["op"] == "remove" else [operation, put]


def _last(path: Route, key: str | int) -> int:
    return max(index for index, one in enumerate(path) if one == key)


def _joined(here: Any, rest: Route, value: Any) -> Any:
    """What stands there with a value put below it; an item of a list of variables is one of its name."""
    if not rest:
        return value
    if isinstance(here, list):
        return [*here, {"name": rest[0], rest[1]: value}]
    if len(rest) == 2 and rest[1] == "value" and here is None:
        return {"name": rest[0], "value": value}
    here = here or {}
    inner = here.get(rest[0])
    if rest[0] == "env":
        inner = list(inner or ())
    return {**here, rest[0]: _joined(inner, rest[1:], value)}
