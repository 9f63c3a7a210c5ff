"""Generators of an ApplicationSet that give nothing, and what they were likely meant to look for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from hydrogitops.model import Document, EmptyGenerator, Place, Route
from hydrogitops.source.shapes import as_map

from .generators import folders, generate, matches
from .sources import Sources

_ALIKE = 0.65


class Empty(NamedTuple):
    """A generator that gives nothing of this repository. `address`: the repository that it reads; empty for none."""

    generator: EmptyGenerator
    address: str = ""
    path: str = ""


def empty(sources: Sources, document: Document, route: Route, generator: Mapping[str, Any]) -> Empty | None:
    """Why a generator gives nothing; None where it gives something, or nobody here can tell.

    A matrix is empty with either of its generators, a merge with its first one.
    """
    for kind, counted in (("matrix", None), ("merge", 1)):
        inner = generator.get(kind)
        if isinstance(inner, Mapping) and isinstance(inner.get("generators"), list):
            for index, one in enumerate(inner["generators"][:counted]):
                below = empty(sources, document, (*route, kind, "generators", index), as_map(one))
                if below is not None:
                    return below
            return None
    if "{{" in str(generator):
        # Another generator of a matrix fills it in.
        return None
    git, elements = generator.get("git"), generator.get("list")
    produced = generate(sources, document, route, generator)
    if isinstance(elements, Mapping) and produced is None and not elements.get("elementsYaml"):
        produced = []
    if produced is None or produced:
        return None
    place = Place(document.file, document.number, route)
    if not isinstance(git, Mapping):
        return Empty(EmptyGenerator(place, "an element of its list"))
    key = "files" if isinstance(git.get("files"), list) else "directories"
    wanted = [
        (index, str(item["path"]))
        for index, item in enumerate(git[key])
        if isinstance(item, Mapping) and item.get("path") and not item.get("exclude")
    ]
    what = ", ".join(path for _, path in wanted) or "a path"
    mend = next(_mended(sources, place, key, wanted), None)
    address = git.get("repoURL")
    found = EmptyGenerator(place, f"{'a file' if key == 'files' else 'a folder'} like {what}", mend)
    return Empty(found, address if isinstance(address, str) else "", wanted[0][1] if wanted else "")


def _mended(sources: Sources, place: Place, key: str, wanted: list[tuple[int, str]]) -> Iterator[tuple[Place, str]]:
    names = sources.listed if key == "files" else sorted(folders(sources))
    for index, pattern in wanted:
        meant = _near(pattern, names)
        if meant:
            path = (*place.path, "git", key, index, "path")
            yield Place(place.file, place.document, path), meant


def _near(pattern: str, names: Sequence[str]) -> str:
    """The pattern with one name in it put right, so that it matches something; empty where none is like it."""
    if any(matches(pattern, name) for name in names):
        # It finds something, and another one takes that away.
        return ""
    steps = pattern.split("/")
    for position, step in enumerate(steps):
        if "*" in step and step.strip("*?") == "":
            continue
        there = sorted({parts[position] for name in names if len(parts := name.split("/")) > position})
        for other in get_close_matches(step, there, 3, _ALIKE):
            meant = "/".join((*steps[:position], other, *steps[position + 1 :]))
            if any(matches(meant, name) for name in names):
                return meant
    return ""
