"""Where a patch touches an object: its target, and the place in it that sets a field. Nothing is applied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hydrogitops.model import AppliedObject, Patch, Route
from hydrogitops.source.shapes import node

LONGEST_PATTERN = 1000
_NESTED = re.compile(r"[+*}]\??[^()]*\)[+*{]|\([^()]*\|[^()]*\)[+*{]|(?:[+*}][^+*}()]*){6}")
"""A repetition of what repeats or branches, or many in a row: Python goes back over these again and again."""
_OWN = re.compile(r"\[\[|\(\?(?!:)|\\[^.\\+*?()|\[\]{}^$\-_/wdsWDS]")
"""What Go's expressions and Python's do not have in common."""
_REQUIREMENT = r"^\s*([^\s!=,()]+)\s*(?:(==|=|!=)\s*([^\s,()]*)|\s(in|notin)\s*\(([^)]*)\))?\s*$"


def matches(patch: Patch, applied: AppliedObject) -> bool:
    """Whether kustomize applies the patch to the object (api/resmap, Select: anchored expressions, selectors)."""
    group, _, version = applied.ref.api_version.rpartition("/")
    facts = {
        "kind": applied.ref.kind,
        "name": applied.ref.name,
        "namespace": applied.ref.namespace,
        "group": group,
        "version": version,
    }
    for key, pattern in patch.target.items():
        if key in facts:
            # An object without namespace is in the one that the build gives it; the pattern can't be held against it.
            if key == "namespace" and not facts[key]:
                continue
            if not fits(pattern, facts[key]):
                return False
    metadata = applied.data.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    return selects(patch.target.get("labelSelector", ""), metadata.get("labels")) and selects(
        patch.target.get("annotationSelector", ""), metadata.get("annotations")
    )


def fits(pattern: str, text: str) -> bool:
    """Whether an anchored expression fits. One that could take for ever here, as in kustomize it can't, is said to."""
    if not readable(pattern):
        return True
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def readable(pattern: str) -> bool:
    """Whether an expression means here what it means in kustomize, and is safe to run."""
    return len(pattern) <= LONGEST_PATTERN and _NESTED.search(pattern) is None and _OWN.search(pattern) is None


def selects(selector: str, labels: object) -> bool:
    """A label selector in text form: equality, `in`, `notin`, existence (apimachinery labels/selector.go, 1.37)."""
    have = labels if isinstance(labels, Mapping) else {}
    for part in re.split(r",(?![^()]*\))", selector) if selector.strip() else ():
        text = part.strip()
        if text.startswith("!"):
            if text[1:].strip() in have:
                return False
            continue
        found = re.match(_REQUIREMENT, text)
        if found is None:
            return False
        key, operator, value, among, listed = found.groups()
        present = have.get(key)
        options = {option.strip() for option in listed.split(",")} if listed is not None else set()
        fine = {
            None: key in have if among is None else (present in options) == (among == "in"),
            "=": present == value,
            "==": present == value,
            "!=": present != value,
        }[operator]
        if not fine:
            return False
    return True


def field_path(text: str) -> tuple[str, ...]:
    """The keys of a replacement's field path: `spec.containers.[name=a].env.0`, `\\.` for a dot in a key."""
    steps = re.findall(r"\[[^\]]*\]|(?:\\.|[^.\[])+", text)
    return tuple(step.replace("\\.", ".") for step in steps)


def setting(patch: Patch, applied: AppliedObject, path: Route) -> Route | None:
    """Where the patch sets the field at `path` of the object, as a route in the patch; None: it doesn't."""
    route, rest = deepest(patch, applied, path)
    return route if route is not None and not rest else None


def deepest(patch: Patch, applied: AppliedObject, path: Route) -> tuple[Route | None, Route]:
    """The route in the patch that comes nearest to the field, and the rest of `path` that the patch does not have."""
    if patch.json6902:
        return _in_operations(patch.data, applied, path)
    return _in_merge(patch.data, applied.data, path)


def _in_merge(data: Any, applied: Any, path: Route) -> tuple[Route | None, Route]:
    """Walk patch and object side by side; list items are the same if their merge key is (name, else position)."""
    route: list[str | int] = []
    for depth, key in enumerate(path):
        below = applied[key] if _has(applied, key) else None
        if isinstance(key, int):
            position = _same_item(data, applied, key) if isinstance(data, list) else None
            if position is None:
                return tuple(route) or None, path[depth:]
            route.append(position)
            data = data[position]
        else:
            if not isinstance(data, Mapping) or key not in data:
                return tuple(route) or None, path[depth:]
            route.append(key)
            data = data[key]
        applied = below
    return tuple(route) or None, ()


def _same_item(items: list[Any], applied: Any, index: int) -> int | None:
    item = applied[index] if isinstance(applied, list) and 0 <= index < len(applied) else None
    name = item.get("name") if isinstance(item, Mapping) else None
    if name is not None:
        return next(
            (i for i, other in enumerate(items) if isinstance(other, Mapping) and other.get("name") == name), None
        )
    if item is not None:
        return next((i for i, other in enumerate(items) if other == item), None)
    return None


def _in_operations(data: Any, applied: AppliedObject, path: Route) -> tuple[Route | None, Route]:
    """The last JSON6902 operation that writes the field or something around it."""
    best: tuple[Route | None, Route] = (None, path)
    for index, operation in enumerate(data if isinstance(data, list) else ()):
        if not isinstance(operation, Mapping) or operation.get("op") not in ("add", "replace"):
            continue
        target = _pointer(operation, applied)
        if target is None or target != path[: len(target)]:
            continue
        value, rest = operation.get("value"), path[len(target) :]
        route: list[str | int] = [index, "value"]
        while rest and _has(value, rest[0]):
            value = value[rest[0]]  # type: ignore[index]
            route.append(rest[0])
            rest = rest[1:]
        if len(rest) <= len(best[1]):
            best = tuple(route), rest
    return best


def _pointer(operation: Mapping[str, Any], applied: AppliedObject) -> Route | None:
    """The path of an operation as a route in the applied object; `-` is the item that equals the operation's value."""
    text = operation.get("path")
    if not isinstance(text, str) or not text.startswith("/"):
        return None
    route: Route = ()
    for token in text[1:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        here = node(applied.data, route)
        if isinstance(here, list):
            if key == "-":
                position = next((i for i in reversed(range(len(here))) if here[i] == operation.get("value")), None)
            else:
                position = int(key) if key.isdecimal() else None
            if position is None:
                return None
            route = (*route, position)
        else:
            route = (*route, key)
    return route


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, Mapping):
        return key in data
    return isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data)
