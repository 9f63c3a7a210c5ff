"""A strategic merge patch on the tree of an object, as kyaml 0.21 merges (yaml/merge2, yaml/walk)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hydrogitops.model import Route

from .written import MERGE_KEYS, At, Node, grown, is_called, overwritten, plain

DIRECTIVE = "$patch"
_MERGED_KINDS = r"|v1|(?:apps|batch|autoscaling|policy|extensions)/.*|[^/]*\.k8s\.io/.*"
"""API versions that kustomize has a schema of."""


def merged(root: Node, patch: Mapping[str, Any], at: At, api_version: str, keep: frozenset[Route]) -> Node | None:
    """An object with a strategic merge patch; None where the patch deletes it. `keep`: routes that it cannot change."""
    return _merge(root, patch, at, (), merges_by_key(api_version), keep)


def merges_by_key(api_version: str) -> bool:
    """Whether kustomize merges lists of such an object by key; else a list in a patch takes the whole one's place."""
    return re.fullmatch(_MERGED_KINDS, api_version) is not None


def _merge(here: Node | None, data: Any, at: At, route: Route, by_key: bool, keep: frozenset[Route]) -> Node | None:
    if isinstance(data, Mapping):
        return _merge_map(here, data, at, route, by_key, keep)
    if isinstance(data, list):
        return _merge_list(here, data, at, route, by_key, keep)
    return overwritten(here, Node(data, (at(route),)))


def _merge_map(
    here: Node | None, data: Mapping[str, Any], at: At, route: Route, by_key: bool, keep: frozenset[Route]
) -> Node | None:
    directive = data.get(DIRECTIVE)
    if directive == "delete":
        return None
    if here is None or not isinstance(here.value, dict) or directive == "replace":
        # What is new is walked like what is there: nulls and directives in it do the same.
        here, keep = Node({}), frozenset()
    for key, value in data.items():
        if key == DIRECTIVE or (*route, key) in keep:
            continue
        joined = None if value is None else _merge(here.value.get(key), value, at, (*route, key), by_key, keep)
        if joined is None:
            here.value.pop(key, None)
            here.gone[key] = at((*route, key))
        else:
            here.value[key] = joined
    here.places = (*here.places, at(route))
    return here


def _merge_list(
    here: Node | None, data: Sequence[Any], at: At, route: Route, by_key: bool, keep: frozenset[Route]
) -> Node | None:
    there = here if here is not None and isinstance(here.value, list) else None
    key = _key(there, data, route) if by_key else ""
    if not key:
        return grown(data, at, route)
    directive = next((item[DIRECTIVE] for item in data if _is_directive(item)), None)
    if there is None and directive is not None:
        # kustomize does not look at it there, and what becomes of the item is another thing each time.
        return _merge_items(
            Node([]), data, key, lambda inner: at(inner)._replace(known="candidate"), route, by_key, keep
        )
    if directive == "delete":
        return None
    here = Node([]) if there is None or directive == "replace" else there
    return _merge_items(here, data, key, at, route, by_key, keep)


def _key(here: Node | None, data: Sequence[Any], route: Route) -> str:
    """The merge key of a list, where its items have one."""
    keys = MERGE_KEYS.get(str(route[-1]), ()) if route else ()
    items = [*data, *(node.value for node in (here.value if here is not None else ()))]
    return next((key for key in keys if any(isinstance(item, Mapping) and key in item for item in items)), "")


def _merge_items(
    here: Node, data: Sequence[Any], key: str, at: At, route: Route, by_key: bool, keep: frozenset[Route]
) -> Node:
    """What the patch has comes first, in its order; what it says nothing of follows."""
    rest: list[Node] = list(here.value)
    first: list[Node] = []
    for index, item in enumerate(data):
        if _is_directive(item):
            continue
        same = next((node for node in rest if isinstance(item, Mapping) and is_called(node, key, item)), None)
        if same is not None:
            rest.remove(same)
        joined = _merge(same, item, at, (*route, index), by_key, keep)
        if joined is not None:
            first.append(joined)
        else:
            here.gone[str(item.get(key))] = at((*route, index))
            here.taken += [] if same is None else [(plain(same), at((*route, index)))]
    here.value = [*first, *rest]
    here.places = (*here.places, at(route))
    return here


def _is_directive(item: Any) -> bool:
    """Whether an item of a list is no item, but says what is to be done with the list."""
    return isinstance(item, Mapping) and set(item) == {DIRECTIVE}
