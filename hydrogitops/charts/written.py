"""Objects as trees whose nodes know where they are written, and how patches change such a tree.

What counts is what the engine says; a tree only tells where that comes from, and whoever asks compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hydrogitops.model import Route

Known = Literal["proven", "candidate"]

MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port"),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
    "webhooks": ("name",),
}
"""Lists that a strategic merge joins by a key of their items; every other list is replaced (schema in kyaml 0.21)."""
_MERGED_KINDS = re.compile(r"|v1|(?:apps|batch|autoscaling|policy|extensions)/.*|[^/]*\.k8s\.io/.*")
"""API versions that kustomize has a schema of."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where something is written: a route in a document, or in a text that is itself the scalar `inline` of one."""

    file: str
    index: int
    route: Route
    inline: Route | None = None
    known: Known = "proven"
    outer: int = 0
    """The document that has the scalar `inline`."""


class Node:
    """A value with the places that made it, the last one the one that counts. `chart`: its route in a chart's object.

    `gone`: keys of a map that something took away.
    """

    __slots__ = ("chart", "gone", "places", "value")

    def __init__(self, value: Any, places: tuple[Written, ...] = (), chart: Route | None = None) -> None:
        self.value = value
        self.places = places
        self.chart = chart
        self.gone: dict[str, Written] = {}


At = Callable[[Route], Written]
"""The place of a route in the document that is being read."""


def charted(data: Any, route: Route = ()) -> Node:
    """The tree of an object that a chart made: nothing of it is written in the repository."""
    if isinstance(data, Mapping):
        return Node({key: charted(below, (*route, key)) for key, below in data.items()}, (), route)
    if isinstance(data, list):
        return Node([charted(below, (*route, index)) for index, below in enumerate(data)], (), route)
    return Node(data, (), route)


def grown(data: Any, at: At, route: Route = ()) -> Node:
    """The tree of a document, directives of patches left out."""
    places = (at(route),)
    if isinstance(data, Mapping):
        return Node(
            {key: grown(below, at, (*route, key)) for key, below in data.items() if not _is_directive(key)}, places
        )
    if isinstance(data, list):
        kept = [(index, below) for index, below in enumerate(data) if _directive(below) is None]
        return Node([grown(below, at, (*route, index)) for index, below in kept], places)
    return Node(data, places)


def plain(node: Node | None) -> Any:
    """The data of a tree."""
    if node is None:
        return None
    if isinstance(node.value, dict):
        return {key: plain(below) for key, below in node.value.items()}
    if isinstance(node.value, list):
        return [plain(below) for below in node.value]
    return node.value


def below(node: Node | None, route: Sequence[str | int]) -> Node | None:
    """The node at a route; None where there is none."""
    for key in route:
        if node is None:
            return None
        value = node.value
        if isinstance(value, dict):
            node = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            node = value[key]
        else:
            return None
    return node


def aligned(tree: Node | None, data: Any, path: Route) -> Node | None:
    """The node of a tree that became the field at `path` of `data`; items of lists are found by what names them."""
    for depth, key in enumerate(path):
        if tree is None:
            return None
        if isinstance(key, int):
            tree = _item(tree, data, key, path[:depth])
        else:
            tree = tree.value.get(key) if isinstance(tree.value, dict) else None
        data = _step(data, key)
    return tree


def _item(tree: Node, data: Any, index: int, path: Route) -> Node | None:
    items = tree.value if isinstance(tree.value, list) else []
    item = _step(data, index)
    for key in MERGE_KEYS.get(str(path[-1]) if path else "", ()):
        wanted = item.get(key) if isinstance(item, Mapping) else None
        if wanted is not None:
            same = [one for one in items if (named := below(one, (key,))) is not None and named.value == wanted]
            return same[0] if len(same) == 1 else None
    return items[index] if len(items) == len(data) and index < len(items) else None


def _step(data: Any, key: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data) else None


def put(root: Node, route: Route, node: Node, *, create: bool) -> None:
    """Set what stands at a route of maps; with `create` maps on the way are made."""
    here = root
    for key in route[:-1]:
        if not isinstance(here.value, dict):
            return
        if key not in here.value:
            if not create:
                return
            here.value[key] = Node({}, node.places)
        here = here.value[key]
    if isinstance(here.value, dict):
        here.value[route[-1]] = overwritten(here.value.get(route[-1]), node)


def overwritten(old: Node | None, new: Node) -> Node:
    """What stands where `old` stood. kustomize writes into a scalar that is there, and one that a label or annotation
    made stands in several fields of an object: all of them follow, until a JSON6902 patch writes the object anew.
    """
    if old is None or isinstance(old.value, (dict, list)):
        return new
    old.value, old.places, old.chart = new.value, new.places, None
    return old


# Strategic merge -------------------------------------------------------------------------------------------------


def merged(root: Node, patch: Mapping[str, Any], at: At, api_version: str, keep: frozenset[Route]) -> Node | None:
    """An object with a strategic merge patch; None where the patch deletes it. `keep`: routes that it cannot change."""
    by_key = _MERGED_KINDS.fullmatch(api_version) is not None
    return _merge(root, patch, at, (), by_key, keep)


def _merge(here: Node | None, data: Any, at: At, route: Route, by_key: bool, keep: frozenset[Route]) -> Node | None:
    if isinstance(data, Mapping):
        directive = _directive(data)
        if directive == "delete":
            return None
        if here is None or not isinstance(here.value, dict) or directive == "replace":
            return _without_nulls(grown(data, at, route), keep)
        for key, value in data.items():
            if _is_directive(key) or (*route, key) in keep:
                continue
            joined = None if value is None else _merge(here.value.get(key), value, at, (*route, key), by_key, keep)
            if joined is None:
                here.value.pop(key, None)
                here.gone[key] = at((*route, key))
            else:
                here.value[key] = joined
        here.places = (*here.places, at(route))
        return here
    if isinstance(data, list):
        keys = MERGE_KEYS.get(str(route[-1]), ()) if by_key and route else ()
        key = next((k for k in keys if any(isinstance(item, Mapping) and k in item for item in data)), "")
        replaces = any(_directive(item) == "replace" for item in data)
        if here is None or not isinstance(here.value, list) or not key or replaces:
            if key and not replaces:
                fresh = grown([], at, route)
                return _merge_items(fresh, data, key, at, route, by_key, keep)
            return grown(data, at, route)
        return _merge_items(here, data, key, at, route, by_key, keep)
    return overwritten(here, Node(data, (at(route),)))


def _merge_items(
    here: Node, data: Sequence[Any], key: str, at: At, route: Route, by_key: bool, keep: frozenset[Route]
) -> Node:
    """What the patch has comes first, in its order; what it says nothing of follows."""
    rest: list[Node] = list(here.value)
    first: list[Node] = []
    for index, item in enumerate(data):
        wanted = item.get(key) if isinstance(item, Mapping) else None
        same = next((node for node in rest if _scalar(below(node, (key,))) == wanted), None)
        if same is not None:
            rest.remove(same)
        joined = _merge(same, item, at, (*route, index), by_key, keep)
        if joined is not None:
            first.append(joined)
    here.value = [*first, *rest]
    here.places = (*here.places, at(route))
    return here


def _without_nulls(node: Node, keep: frozenset[Route]) -> Node:
    if isinstance(node.value, dict):
        for key, value in list(node.value.items()):
            if value.value is None:
                node.gone[key] = value.places[-1]
                del node.value[key]
            else:
                _without_nulls(value, keep)
    return node


def _directive(data: Any) -> str | None:
    return data.get("$patch") if isinstance(data, Mapping) else None


def _is_directive(key: Any) -> bool:
    return str(key).startswith("$")


def _scalar(node: Node | None) -> Any:
    return node.value if node is not None else None


# JSON6902 --------------------------------------------------------------------------------------------------------


def operated(root: Node, operations: Sequence[Any], at: At) -> None:
    """Run the operations of a JSON6902 patch on a tree; what cannot be done there is left out."""
    root.value = _copied(root).value
    for index, operation in enumerate(operations):
        if not isinstance(operation, Mapping):
            continue
        route = pointer(operation.get("path"))
        if not route:
            continue
        match operation.get("op"):
            case "add" | "replace":
                node = grown(operation.get("value"), at, (index, "value"))
                _place(root, route, node, inserts=operation["op"] == "add")
            case "remove":
                _take(root, route, at((index, "op")))
            case "copy" | "move":
                source = pointer(operation.get("from"))
                found = below(root, _positions(root, source))
                if found is not None and operation["op"] == "move":
                    _take(root, source, at((index, "op")))
                if found is not None:
                    _place(root, route, _copied(found), inserts=True)


def pointer(text: Any) -> tuple[str, ...]:
    """The keys of a JSON pointer, as texts; empty for none and for the root."""
    if not isinstance(text, str) or not text.startswith("/"):
        return ()
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/"))


def _positions(root: Node, route: Sequence[str]) -> Route:
    """The keys of a pointer with those into lists as numbers."""
    found: Route = ()
    here: Node | None = root
    for key in route:
        step: str | int = key
        if here is not None and isinstance(here.value, list):
            step = int(key) if key.isdigit() else -1
        found = (*found, step)
        here = below(here, (step,))
    return found


def _place(root: Node, route: Sequence[str], node: Node, *, inserts: bool) -> None:
    parent = below(root, _positions(root, route[:-1]))
    key = route[-1]
    if parent is None:
        return
    if isinstance(parent.value, dict):
        parent.value[key] = node
        parent.gone.pop(key, None)
    elif isinstance(parent.value, list):
        if key == "-":
            parent.value.append(node)
        elif key.isdigit() and inserts:
            parent.value.insert(int(key), node)
        elif key.isdigit() and int(key) < len(parent.value):
            parent.value[int(key)] = node


def _take(root: Node, route: Sequence[str], at: Written) -> None:
    parent = below(root, _positions(root, route[:-1]))
    key = route[-1]
    if parent is None:
        return
    if isinstance(parent.value, dict) and key in parent.value:
        del parent.value[key]
        parent.gone[key] = at
    elif isinstance(parent.value, list) and key.isdigit() and int(key) < len(parent.value):
        del parent.value[int(key)]


def _copied(node: Node) -> Node:
    if isinstance(node.value, dict):
        copy = Node({key: _copied(one) for key, one in node.value.items()}, node.places, node.chart)
        copy.gone = dict(node.gone)
        return copy
    if isinstance(node.value, list):
        return Node([_copied(one) for one in node.value], node.places, node.chart)
    return Node(node.value, node.places, node.chart)
