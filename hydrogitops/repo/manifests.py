"""Folders of plain manifests, as Argo CD takes them (reposerver/repository, findManifests, 3.5)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hydrogitops.source.globs import matches

from .gathering import is_object
from .sources import Sources

SKIPPED = "+argocd:skip-file-rendering"
"""A file that holds this text is passed over."""


class Manifests(NamedTuple):
    """What lies in a folder of manifests: files that are taken, their objects, and those that are programs."""

    files: tuple[str, ...]
    objects: tuple[tuple[str, int], ...]
    """File and index of the document."""
    programs: tuple[str, ...]
    """Jsonnet, which is not evaluated here."""


def manifests(sources: Sources, folder: str, directory: Mapping[str, Any]) -> Manifests:
    """The manifests of a folder. `directory`: what an Application says of it, `recurse`, `include` and `exclude`."""
    taken = tuple(name for name in _files(sources, folder, directory) if SKIPPED not in (sources.text(name) or ""))
    read = [name for name in taken if not name.endswith(".jsonnet")]
    objects = [
        (name, document.number)
        for name in read
        if (file := sources.get(name)) is not None
        for document in file.documents
        if is_object(document)
    ]
    return Manifests(tuple(read), tuple(objects), tuple(name for name in taken if name.endswith(".jsonnet")))


def _files(sources: Sources, folder: str, directory: Mapping[str, Any]) -> Iterator[str]:
    recurse = directory.get("recurse") is True
    include, exclude = directory.get("include"), directory.get("exclude")
    judged = set(sources.names)
    for name in sources.listed:
        if not name.endswith((".yaml", ".yml", ".json", ".jsonnet")):
            continue
        inside = posixpath.dirname(name) == folder or (recurse and _below(name, folder))
        # Of YAML only what is judged at all; charts and hidden files are no manifests.
        if not inside or (name.endswith((".yaml", ".yml")) and name not in judged) or not sources.is_file(name):
            continue
        relative = name[len(folder) + 1 :] if folder else name
        if isinstance(exclude, str) and exclude and matches(exclude, relative):
            continue
        if isinstance(include, str) and include and not matches(include, relative):
            continue
        yield name


def _below(name: str, folder: str) -> bool:
    return not folder or name.startswith(f"{folder}/")
