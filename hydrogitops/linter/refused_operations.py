"""JSON6902 operations on what an object does not have: kustomize refuses the build, and says which path it was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hydrogitops.charts.patches import matches
from hydrogitops.charts.written_places import nested
from hydrogitops.model import AppliedObject, Environment, Patch, Place

from .inputs import Read


class RefusedOperation(NamedTuple):
    """An operation that does not apply. `at`: its path, as written; `objects`: those that have nothing there."""

    patch: Patch
    at: Place
    operation: str
    pointer: str
    objects: tuple[AppliedObject, ...]


def refused_operations(
    environment: Environment, read: Read, message: str, objects: Sequence[AppliedObject]
) -> Iterator[RefusedOperation]:
    """The operations that `message`, what kustomize said, is about. `objects`: those before any patch."""
    for patch in environment.patches:
        for index, operation in enumerate(patch.data if patch.json6902 and isinstance(patch.data, list) else ()):
            pointer = operation.get("path") if isinstance(operation, Mapping) else None
            if not isinstance(pointer, str) or not _is_named(pointer, message):
                continue
            word = str(operation.get("op"))
            without = tuple(one for one in objects if matches(patch, one) and not _applies(operation, one.data))
            if without:
                yield RefusedOperation(patch, _path_of(patch, index, read), word, pointer, without)


def _is_named(pointer: str, message: str) -> bool:
    """Whether a path stands in a message, whole: between quotes, blanks or before a colon."""
    return re.search(rf"(?<![^\s'\"]){re.escape(pointer)}(?![^\s'\":\\])", message) is not None


def _path_of(patch: Patch, index: int, read: Read) -> Place:
    if patch.inline is None:
        return Place(patch.file, patch.document, (index, "path"))
    return nested(read, patch.file, patch.inline, Place(patch.file, patch.document, (index, "path")), patch.outer)


def _applies(operation: Mapping[str, object], data: object) -> bool:
    """Whether an operation finds what it needs: `add` the parent, any other the place itself (RFC 6902)."""
    add = operation.get("op") == "add"
    keys = [part.replace("~1", "/").replace("~0", "~") for part in str(operation["path"]).split("/")[1:]]
    for position, key in enumerate(keys):
        last = position == len(keys) - 1
        if isinstance(data, list):
            if last and add and (key == "-" or key == str(len(data))):
                return True
            if not key.isdecimal() or int(key) >= len(data):
                return False
            data = data[int(key)]
        elif isinstance(data, Mapping):
            if last and add:
                return True
            if key not in data:
                return False
            data = data[key]
        else:
            return False
    return operation.get("op") != "test" or data == operation.get("value")
