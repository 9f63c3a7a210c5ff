"""Objects as trees whose nodes know where they are written.

What counts is what the engine says; a tree only tells where that comes from, and whoever asks compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

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
FURTHER_KEYS: Mapping[str, tuple[str, ...]] = {
    "containerPort": ("protocol",),
    "port": ("protocol",),
    "topologyKey": ("whenUnsatisfiable",),
}
"""What else tells items of a merge key apart, where both say it."""


class Written(NamedTuple):
    """Where something is written: a route in a document, or in a text that is itself the scalar `inline` of one."""

    file: str
    document: int
    route: Route
    inline: Route | None = None
    known: Known = "proven"
    outer: int = 0
    """The document that has the scalar `inline`."""


class Node:
    """A value with the places that made it, the last one the one that counts. `chart`: its route in a chart's object.

    `gone`: keys of a map, names of the items of a list, that something took away or would take away.
    `taken`: items of a list that something took out of it, as they were.
    `awaited`: what is not there below it, and would be written over if it were.
    """

    __slots__ = ("awaited", "chart", "gone", "places", "taken", "value")

    def __init__(self, value: Any, places: tuple[Written, ...] = (), chart: Route | None = None) -> None:
        self.value = value
        self.places = places
        self.chart = chart
        self.awaited: set[Route] = set()
        self.gone: dict[str, Written] = {}
        self.taken: list[tuple[Any, Written]] = []


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
    """The tree of a document."""
    places = (at(route),)
    if isinstance(data, Mapping):
        return Node({key: grown(below, at, (*route, key)) for key, below in data.items()}, places)
    if isinstance(data, list):
        return Node([grown(below, at, (*route, index)) for index, below in enumerate(data)], places)
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
            same = [one for one in items if is_called(one, key, item)]
            return same[0] if len(same) == 1 else None
    return items[index] if len(items) == len(data) and index < len(items) else None


def is_called(node: Node, key: str, item: Mapping[str, Any]) -> bool:
    """Whether an item of a list is the one that `item` names: by a merge key and what tells two of that key apart."""
    stated = below(node, (key,))
    if stated is None or stated.value != item.get(key):
        return False
    for further in FURTHER_KEYS.get(key, ()):
        own, wanted = below(node, (further,)), item.get(further)
        if own is not None and own.value and wanted and own.value != wanted:
            return False
    return True


def name_of(node: Node) -> str:
    """What an item of a list goes by; empty where it has no name."""
    named = (below(node, (key,)) for keys in MERGE_KEYS.values() for key in keys)
    return next((str(one.value) for one in named if one is not None), "")


def _step(data: Any, key: str | int) -> Any:
    if isinstance(data, Mapping):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data) else None


def pointer(text: Any) -> tuple[str, ...]:
    """The keys of a JSON pointer, as texts; empty for none and for the root."""
    if not isinstance(text, str) or not text.startswith("/"):
        return ()
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/"))


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


def copied(node: Node) -> Node:
    """The same tree, of nodes that nothing else has."""
    if isinstance(node.value, dict):
        copy = Node({key: copied(one) for key, one in node.value.items()}, node.places, node.chart)
        copy.gone, copy.awaited = dict(node.gone), set(node.awaited)
        return copy
    if isinstance(node.value, list):
        copy = Node([copied(one) for one in node.value], node.places, node.chart)
        copy.gone, copy.taken = dict(node.gone), list(node.taken)
        return copy
    return Node(node.value, node.places, node.chart)
