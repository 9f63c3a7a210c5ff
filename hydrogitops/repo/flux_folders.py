"""What lies in a folder that Flux builds: its kustomization laid flat, or the manifests that one is made for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from hydrogitops.charts.workloads import ref

from .kustomizations import Flat, kustomization_file
from .sources import Sources


@dataclass(frozen=True, slots=True)
class Folder:
    """`documents`: plain documents by file and index. `folders`: kustomizations that are built with it.

    `resources`: what the kustomization lists that the engine makes; None where there is one.
    """

    path: str
    flats: tuple[Flat, ...]
    documents: tuple[tuple[str, int], ...]
    files: frozenset[str]
    folders: frozenset[str]
    resources: tuple[str, ...] | None


def contents(sources: Sources, path: str, flatten: Callable[[str], Flat]) -> Folder:
    """What building a folder reads. Without kustomization all manifests below it, in the order of their names."""
    if kustomization_file(sources, path) is not None:
        return _folder(path, [flatten(path)], [], [], None)
    flats: list[Flat] = []
    documents: list[tuple[str, int]] = []
    files: list[str] = []
    resources: list[str] = []
    ends: set[str] = set()
    for name in sorted(_below(sources, path), key=lambda one: one.split("/")):
        end = _kustomized(sources, path, posixpath.dirname(name))
        if end is not None:
            if end not in ends:
                ends.add(end)
                flats.append(flatten(end))
                resources.append(posixpath.relpath(end, path or "."))
            continue
        read = sources.get(name)
        files.append(name)
        resources.append(posixpath.relpath(name, path or "."))
        documents += (
            [(name, document.number) for document in read.documents if document.data is not None] if read else []
        )
    return _folder(path, flats, documents, files, tuple(resources))


def _folder(
    path: str,
    flats: list[Flat],
    documents: list[tuple[str, int]],
    files: list[str],
    resources: tuple[str, ...] | None,
) -> Folder:
    return Folder(
        path,
        tuple(flats),
        (*documents, *(at for flat in flats for at in flat.resources)),
        frozenset(files).union(*(flat.files for flat in flats)),
        frozenset(one for flat in flats for one in (flat.folder, *flat.includes)),
        resources,
    )


def _below(sources: Sources, path: str) -> list[str]:
    """The YAML below a folder, as far as it is judged: without charts and hidden files."""
    prefix = f"{path}/" if path else ""
    return [name for name in sources.names if name.startswith(prefix) and not name.startswith(".")]


def _kustomized(sources: Sources, path: str, folder: str) -> str | None:
    """The outermost folder between `path` and `folder` that has a kustomization; the engine goes no deeper."""
    inside = posixpath.relpath(folder or ".", path or ".")
    steps = [] if inside == "." else inside.split("/")
    for count in range(1, len(steps) + 1):
        between = posixpath.join(path, *steps[:count])
        if kustomization_file(sources, between) is not None:
            return between
    return None


def is_buildable(sources: Sources, folder: Folder) -> bool:
    """Whether the engine can make a kustomization for a folder: there is something, and all of it are manifests."""
    documents = [sources.document(name, index) for name, index in folder.documents]
    return bool(documents or folder.flats) and all(
        document is not None and ref(document.data) is not None for document in documents
    )
