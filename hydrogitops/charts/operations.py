"""JSON6902 operations on the tree of an object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hydrogitops.model import Route

from .written import At, Node, Written, below, copied, grown, name_of, plain, pointer

_NUMBER = re.compile(r"-?[0-9]{1,9}")


def operated(root: Node, operations: Sequence[Any], at: At) -> None:
    """Run the operations of a JSON6902 patch on a tree; what cannot be done there is left out."""
    root.value = copied(root).value
    for index, operation in enumerate(operations):
        if not isinstance(operation, Mapping):
            continue
        route = pointer(operation.get("path"))
        if not route:
            if operation.get("path") == "" and operation.get("op") in ("add", "replace"):
                root.value = grown(operation.get("value"), at, (index, "value")).value
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
                    _place(root, route, copied(found), inserts=True)


def _positions(root: Node, route: Sequence[str]) -> Route:
    """The keys of a pointer with those into lists as numbers."""
    found: Route = ()
    here: Node | None = root
    for key in route:
        step: str | int = key
        if here is not None and isinstance(here.value, list):
            number = _number(key, len(here.value))
            step = number if number is not None else len(here.value)
        found = (*found, step)
        here = below(here, (step,))
    return found


def _number(key: str, length: int) -> int | None:
    """A position in a list of that length; those below zero count from its end."""
    if not _NUMBER.fullmatch(key):
        return None
    number = int(key)
    number += length if number < 0 else 0
    return number if number >= 0 else None


def _place(root: Node, route: Sequence[str], node: Node, *, inserts: bool) -> None:
    parent = below(root, _positions(root, route[:-1]))
    key = route[-1]
    if parent is None:
        return
    if isinstance(parent.value, dict):
        parent.value[key] = node
    elif isinstance(parent.value, list):
        number = _number(key, len(parent.value) + inserts)
        if key == "-":
            parent.value.append(node)
        elif number is not None and inserts:
            parent.value.insert(number, node)
        elif number is not None and number < len(parent.value):
            parent.value[number] = node


def _take(root: Node, route: Sequence[str], at: Written) -> None:
    parent = below(root, _positions(root, route[:-1]))
    key = route[-1]
    if parent is None:
        return
    if isinstance(parent.value, dict) and key in parent.value:
        del parent.value[key]
        parent.gone[key] = at
    elif isinstance(parent.value, list):
        number = _number(key, len(parent.value))
        if number is not None and number < len(parent.value):
            item = parent.value.pop(number)
            parent.gone[name_of(item)] = at
            parent.taken.append((plain(item), at))
