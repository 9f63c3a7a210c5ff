"""A kustomization with all that it includes, laid flat: files, patches in order of application, releases, resources."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from hydrogitops.charts import stand_in
from hydrogitops.charts.kustomization import FILE_NAMES, ChartEntry, Reference, charts, is_inline, join, references
from hydrogitops.model import Document, Layer, Patch, Place, Release, Route
from hydrogitops.source import reading

from .sources import CHART_FILE, Sources


class Flat:
    """What a build of `folder` reads; `namespace` is the outermost one that is stated."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.namespace = ""
        self.files: set[str] = set()
        self.references: list[tuple[str, Reference]] = []
        self.patches: list[Patch] = []
        self.releases: list[Release] = []
        self.resources: list[tuple[str, int]] = []
        self.includes: set[str] = set()
        """Folders of the kustomizations that are included, this one apart."""


def kustomization_file(sources: Sources, folder: str) -> str | None:
    """The kustomization file of a folder, relative to the repository."""
    for name in FILE_NAMES:
        path = posixpath.join(folder, name)
        if sources.is_file(path):
            return path
    return None


def flatten(sources: Sources, folder: str) -> Flat:
    """Everything that building `folder` reads. Absent files are among `files`: a change to them matters."""
    flat = Flat(folder)
    _gather(sources, folder, flat, ())
    # What a link leads to is read as well as the link.
    flat.files |= {sources.real(name) for name in flat.files}
    flat.includes |= {sources.real(name) for name in flat.includes}
    return flat


class _Kustomization(NamedTuple):
    """What one kustomization says, without what it includes."""

    file: str
    namespace: str = ""
    references: tuple[Reference, ...] = ()
    releases: tuple[Release, ...] = ()
    patches: tuple[Patch, ...] = ()


@lru_cache(maxsize=2)
def _kustomizations(sources: Sources) -> Callable[[str], _Kustomization | None]:
    """Those of a repository by their folders: what many include is taken apart once.

    Sources hold all that they have read, so they are kept for one run only, and for the revision that it compares with.
    """
    return cache(partial(_kustomization, sources))


def _kustomization(sources: Sources, folder: str) -> _Kustomization | None:
    name = kustomization_file(sources, folder)
    if name is None:
        return None
    document = sources.document(name)
    data = document.data if document is not None else None
    if not isinstance(data, Mapping):
        return _Kustomization(name)
    found = tuple(references(folder, data))
    releases = [release(name, entry, found) for entry in charts(folder, data)]
    return _Kustomization(
        name,
        data["namespace"] if isinstance(data.get("namespace"), str) else "",
        found,
        tuple(one._replace(version=one.version or chart_version(sources, one.folder or "")) for one in releases),
        tuple(_patches(sources, name, folder, data)),
    )


def _gather(sources: Sources, folder: str, flat: Flat, above: tuple[str, ...]) -> None:
    own = _kustomizations(sources)(folder)
    if own is None or folder in above:
        return
    flat.files.add(own.file)
    flat.namespace = flat.namespace or own.namespace
    below = (*above, folder)
    # kustomize accumulates resources, then components, and runs the patches of a file on what it has by then.
    for reference in own.references:
        flat.references.append((own.file, reference))
        if reference.address:
            continue
        if reference.kind in ("resource", "component") and sources.is_folder(reference.target):
            flat.includes.add(reference.target)
            if kustomization_file(sources, reference.target) is None:
                # It was built until its kustomization went.
                flat.files.add(reference.target)
            _gather(sources, reference.target, flat, below)
        elif reference.kind == "resource":
            flat.files.add(reference.target)
            flat.resources += _documents(sources, reference.target)
        elif reference.kind != "chart":
            flat.files.add(reference.target)
    flat.releases += (one if one.namespace else one._replace(namespace=flat.namespace) for one in own.releases)
    flat.patches += own.patches


def chart_folder(sources: Sources, release: Release) -> Path | None:
    """Where the chart of a release lies, or its stand-in; None where neither is at hand."""
    if release.folder is not None and sources.is_folder(release.folder):
        return sources.root / release.folder
    return stand_in.folder() if stand_in.stands_for(release.chart, release.version) else None


def chart_version(sources: Sources, folder: str) -> str:
    """What the Chart.yaml of a folder says; empty where there is none."""
    document = sources.document(posixpath.join(folder, CHART_FILE))
    data = document.data if document is not None else None
    return str(data.get("version") or "") if isinstance(data, Mapping) else ""


def release(file: str, entry: ChartEntry, all_references: Iterable[Reference]) -> Release:
    """A `helmCharts` item as a release with its layers in Helm's order: valuesFile, inline values, additional files."""
    layers: list[Layer] = []
    values = [r for r in all_references if r.kind == "values" and r.route[:2] == entry.route and not r.address]
    layers += [Layer(r.target, r.target) for r in values if r.route[2] == "valuesFile"]
    inline = entry.data.get("valuesInline")
    if isinstance(inline, Mapping) and inline:
        layer = Layer(f"{file} (valuesInline)", file, 0, (*entry.route, "valuesInline"), inline=True)
        # valuesMerge says who wins of the two; files that are added come after both.
        layers.insert(0 if entry.data.get("valuesMerge") == "merge" else len(layers), layer)
    layers += [Layer(r.target, r.target) for r in values if r.route[2] != "valuesFile"]
    return Release(
        name=entry.release,
        namespace=entry.namespace,
        chart=entry.name,
        version=entry.version,
        folder=entry.folder,
        repository=entry.repository,
        layers=tuple(layers),
        declared=Place(file, 0, entry.route),
    )


def _patches(sources: Sources, file: str, folder: str, data: Mapping[str, Any]) -> list[Patch]:
    found: list[Patch] = []
    for key in ("patchesStrategicMerge", "patches", "patchesJson6902"):
        for index, item in enumerate(data.get(key) or () if isinstance(data.get(key), list) else ()):
            route: Route = (key, index)
            target: Mapping[str, Any] = {}
            if isinstance(item, str):
                text, path = (item, None) if is_inline(item) else (None, item)
                inline = route
            elif isinstance(item, Mapping):
                text, path = item.get("patch"), item.get("path")
                inline = (*route, "patch")
                target = item["target"] if isinstance(item.get("target"), Mapping) else {}
            else:
                continue
            declared = Place(file, 0, route)
            if isinstance(text, str):
                documents = reading.read(file, text).documents
                found += [patch_of(file, 0, inline, document, target, declared) for document in documents]
            elif isinstance(path, str):
                name = join(folder, path)
                read = sources.get(name)
                documents = read.documents if read is not None else ()
                found += [patch_of(name, document.number, None, document, target, declared) for document in documents]
    return [patch for patch in found if patch.data is not None]


def patch_of(
    file: str,
    index: int,
    inline: Route | None,
    document: Document,
    target: Mapping[str, Any],
    declared: Place,
) -> Patch:
    """A patch as `declared` lists it; `inline` is the way to its text, where that stands as a scalar in `file`, in
    document `index`."""
    data = document.data
    json6902 = isinstance(data, list)
    if not target and isinstance(data, Mapping):
        metadata = data.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        # Without a target a strategic merge patch names its own, to the letter.
        target = {"kind": data.get("kind"), "name": metadata.get("name"), "namespace": metadata.get("namespace")}
        target = {key: re.escape(value) for key, value in target.items() if isinstance(value, str) and value}
    stated = {str(key): str(value) for key, value in target.items() if isinstance(value, str)}
    outer, index = (0, index) if inline is None else (index, document.number)
    return Patch(file, index, inline, json6902, data, stated, declared, outer=outer)


def _documents(sources: Sources, name: str) -> list[tuple[str, int]]:
    file = sources.get(name)
    if file is None:
        return []
    return [(name, document.number) for document in file.documents if isinstance(document.data, Mapping)]
