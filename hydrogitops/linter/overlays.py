"""The way of a document through kustomizations, and the lines on it that change names, namespaces and annotations."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Any, NamedTuple

from hydrogitops.charts.kustomization import FILE_NAMES, Reference, included
from hydrogitops.model import Place

from .inputs import EnvironmentView, Read

MOST = 100
"""Ways to a file that are looked at, and lines of one: a repository may lay out more of them than there is time for."""
OPEN = ("transformers", "replacements")
"""Lists that may change anything; what they do is only seen by what comes out."""
KEYS: Mapping[str, type] = {
    **dict.fromkeys(("namespace", "namePrefix", "nameSuffix"), str),
    "commonAnnotations": Mapping,
    **dict.fromkeys(OPEN, list),
}
"""By key what its value has to be."""


class Line(NamedTuple):
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
    if folder is None:
        return []
    ways = list(islice(_Tree(view.read, file).ways(folder, frozenset()), MOST))
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


class _Tree:
    """Kustomizations, as far as they lead to one file; what is known of a folder is found out once."""

    def __init__(self, read: Read, file: str) -> None:
        self._kustomization = _kustomizations(read)
        self._file = file
        self._leads: dict[str, bool] = {}
        self._components: dict[str, list[Line]] = {}

    def ways(self, folder: str, above: frozenset[str]) -> Iterator[list[Line]]:
        """The lines of each way from a folder to the file."""
        found = self._kustomization(folder)
        if found is None or folder in above or not self._leads_there(folder):
            return
        below = above | {folder}
        own = [*self._of_components(found), *found.own]
        for reference in found.followed:
            if reference.target == self._file:
                yield own[:MOST]
            else:
                # What a component brings passes that component's own lines already.
                around = own if reference.kind == "resource" else found.own
                yield from ([*way, *around][:MOST] for way in self.ways(reference.target, below))

    def _leads_there(self, folder: str) -> bool:
        """Whether there is a way at all: dead ends are not walked once for each way to them."""
        if folder not in self._leads:
            # In a circle the answer is somewhere else.
            self._leads[folder] = False
            found = self._kustomization(folder)
            self._leads[folder] = found is not None and any(
                reference.target == self._file or self._leads_there(reference.target) for reference in found.followed
            )
        return self._leads[folder]

    def _of_components(self, kustomization: _Kustomization) -> list[Line]:
        """Components work on all that the kustomization which lists them has gathered."""
        found: list[Line] = []
        for reference in kustomization.followed:
            if reference.kind != "component":
                continue
            if reference.target not in self._components:
                self._components[reference.target] = []
                component = self._kustomization(reference.target)
                if component is not None:
                    self._components[reference.target] = [*self._of_components(component), *component.own]
            found = [*found, *self._components[reference.target]][:MOST]
        return found


class _Kustomization(NamedTuple):
    """What a kustomization changes by itself, and what it gathers from paths."""

    own: tuple[Line, ...]
    followed: tuple[Reference, ...]


@lru_cache(maxsize=2)
def _kustomizations(read: Read) -> Callable[[str], _Kustomization | None]:
    """Those of a repository by their folders: every sealed value asks for those that it passes.

    A reader holds all that it has read, so they are kept for one run only, and for the revision that it compares with.
    """
    return cache(partial(_kustomization, read))


def _kustomization(read: Read, folder: str) -> _Kustomization | None:
    for name in FILE_NAMES:
        path = posixpath.join(folder, name)
        file = read(path)
        if file is None or not file.documents:
            continue
        data = file.documents[0].data
        if not isinstance(data, Mapping):
            return None
        followed = tuple(reference for reference in included(folder, data) if not reference.address)
        return _Kustomization(tuple(_own(path, data)), followed)
    return None


def _own(name: str, data: Mapping[str, Any]) -> Iterator[Line]:
    for key, kind in KEYS.items():
        if isinstance(data.get(key), kind) and data[key]:
            yield Line(key, data[key], Place(name, 0, (key,)))
