"""The way of a document through kustomizations, and the lines on it that change names, namespaces and annotations."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hydrogitops.charts.kustomization import FILE_NAMES, references
from hydrogitops.model import Place

from .inputs import EnvironmentView, Read

KEYS = ("namespace", "namePrefix", "nameSuffix", "commonAnnotations")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of a kustomization that changes every object which passes it."""

    key: str
    value: Any
    place: Place


def lines(view: EnvironmentView, file: str, written: str, applied: str) -> list[Line]:
    """The lines that a document of `file` passes, innermost first, as kustomize applies them.

    Of several ways to it the one that makes the name `applied` of `written`; else the first. Empty where nothing builds
    it.
    """
    folder = view.environment.folder
    ways = list(_ways(view.read, folder, file, frozenset())) if folder is not None else []
    return next((way for way in ways if name_after(written, way) == applied), ways[0] if ways else [])


def renamed(name: str, line: Line) -> str:
    """A name behind a line."""
    if line.key == "namePrefix":
        return f"{line.value}{name}"
    return f"{name}{line.value}" if line.key == "nameSuffix" else name


def name_after(name: str, way: list[Line]) -> str:
    for line in way:
        name = renamed(name, line)
    return name


def _ways(read: Read, folder: str, file: str, above: frozenset[str]) -> Iterator[list[Line]]:
    found = _kustomization(read, folder)
    if found is None or folder in above:
        return
    name, data = found
    below = above | {folder}
    own = [*_of_components(read, folder, data, below), *_own(name, data)]
    for reference in references(folder, data):
        if reference.address or reference.kind not in ("resource", "component"):
            continue
        if reference.target == file:
            yield list(own)
        else:
            # What a component brings passes that component's own lines already.
            around = own if reference.kind == "resource" else _own(name, data)
            yield from ([*way, *around] for way in _ways(read, reference.target, file, below))


def _of_components(read: Read, folder: str, data: Mapping[str, Any], above: frozenset[str]) -> list[Line]:
    """Components work on all that the kustomization which lists them has gathered."""
    found: list[Line] = []
    for reference in references(folder, data):
        if reference.kind == "component" and not reference.address and reference.target not in above:
            component = _kustomization(read, reference.target)
            if component is not None:
                below = above | {reference.target}
                found += _of_components(read, reference.target, component[1], below)
                found += _own(*component)
    return found


def _own(name: str, data: Mapping[str, Any]) -> list[Line]:
    return [
        Line(key, data[key], Place(name, 0, (key,)))
        for key in KEYS
        if (isinstance(data.get(key), Mapping) if key == "commonAnnotations" else isinstance(data.get(key), str))
        and data[key]
    ]


def _kustomization(read: Read, folder: str) -> tuple[str, Mapping[str, Any]] | None:
    for name in FILE_NAMES:
        path = posixpath.join(folder, name)
        file = read(path)
        if file is not None and file.documents:
            data = file.documents[0].data
            return (path, data) if isinstance(data, Mapping) else None
    return None
