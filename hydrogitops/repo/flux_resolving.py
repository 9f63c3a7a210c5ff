"""The releases and patches of a Flux environment: as they are written, and as kustomize then makes them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydrogitops.charts.lineage import matched
from hydrogitops.model import AppliedObject, Environment, Patch, Place, Release, Stage
from hydrogitops.source import reading
from hydrogitops.source.shapes import node

from .flux_folders import Folder
from .flux_releases import Declared, Read, is_release, read
from .flux_values import Held
from .flux_written import Written
from .kustomizations import chart_folder, patch_of
from .sources import Sources

BOOTSTRAPPED = "gotk-components.yaml"


@dataclass(frozen=True, slots=True)
class AsWritten:
    """`homes`: by release the folder of the stage that applies it. `foreign`: what comes from elsewhere altogether."""

    releases: tuple[Release, ...]
    patches: tuple[Patch, ...]
    homes: Mapping[str, str]
    foreign: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """`unrendered`: releases whose objects cannot be known, and why; `partly`: those that lack values, and which."""

    environment: Environment
    unrendered: tuple[tuple[Release, str], ...] = ()
    partly: tuple[tuple[Release, str], ...] = ()


def as_written(sources: Sources, stages: Sequence[Stage], folders: Sequence[Folder]) -> AsWritten:
    """What can be told without an engine."""
    patches = [
        patch._replace(release="")
        for folder in folders
        for flat in folder.flats
        for patch in flat.patches
        if not _is_to_come(sources, patch)
    ]
    patches += [patch for stage in stages for patch in _of_stage(sources, stage)]
    written = Written(sources, stages, patches)
    own = _own(sources, stages)
    found: dict[str, Read] = {}
    homes: dict[str, str] = {}
    rendered: list[Patch] = []
    foreign: list[str] = []
    for declared in written.releases():
        at = declared.at.file, declared.at.document
        home = next((i for i, folder in enumerate(folders) if at in folder.documents), 0)
        one = read(sources, declared, written.find, written.known, written.inline(declared), own)
        if one.foreign:
            foreign.append(declared.name)
        elif one.release.name not in found:
            found[one.release.name] = one
            homes[one.release.name] = folders[home].path
            rendered += written.post_rendered(declared, one.release.name)
    return AsWritten(tuple(one.release for one in found.values()), (*patches, *rendered), homes, tuple(foreign))


def resolved(sources: Sources, environment: Environment, objects: Sequence[AppliedObject]) -> Resolved:
    """The environment with the releases that built objects declare, their values and patches as they are by then."""
    patches = [patch for patch in environment.patches if patch.release == ""]
    written = Written(sources, environment.stages, patches)
    own = _own(sources, environment.stages)
    ways = dict(zip((one.ref for one in objects), matched(written.ways, objects), strict=True))
    releases: dict[str, Release] = {}
    unrendered: list[tuple[Release, str]] = []
    partly: list[tuple[Release, str]] = []
    rendered: list[Patch] = []

    def find(kind: str, name: str) -> Mapping[str, Any] | None:
        there = (one.data for one in objects if (one.ref.kind, one.ref.name) == (kind, name))
        return next(there, None) or written.find(kind, name)

    def maps(kind: str, namespace: str, name: str) -> Held | None:
        for one in objects:
            if (one.ref.kind, one.ref.name) == (kind, name) and one.ref.namespace in ("", namespace):
                return written.held(ways[one.ref], one.data)
        return None

    for applied in objects:
        if not is_release(applied.data):
            continue
        way = ways[applied.ref]
        source = way.applied.source if way is not None and way.applied is not None else None
        declared = Declared(applied.data, source or environment.declared or Place("", 0), way)
        one = read(sources, declared, find, maps, written.inline(declared), own)
        release = one.release
        if one.foreign:
            continue
        if release.name in releases:
            unrendered.append((release, f"another HelmRelease makes a release {release.name} too"))
            continue
        releases[release.name] = release
        problem = one.problem
        if not problem and chart_folder(sources, release) is None:
            problem = f"chart {release.chart} {release.version}".rstrip() + " is not at hand"
        if problem:
            unrendered.append((release, problem))
            continue
        rendered += written.post_rendered(declared, release.name)
        if one.hidden:
            names = " and ".join(dict.fromkeys(one.hidden))
            partly.append((release, f"the Secret {names} is known to the cluster alone, so they were left out"))
    known = environment._replace(releases=tuple(releases.values()), patches=(*patches, *rendered))
    return Resolved(known, tuple(unrendered), tuple(partly))


def _of_stage(sources: Sources, stage: Stage) -> Iterator[Patch]:
    """The patches that a stage adds, where they are written as texts."""
    at = stage.declared
    document = sources.document(at.file, at.document)
    listed = node(document.data if document is not None else None, (*at.path, "spec", "patches"))
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        text = item.get("patch") if isinstance(item, Mapping) else None
        if isinstance(text, str):
            target = item["target"] if isinstance(item.get("target"), Mapping) else {}
            entry = Place(at.file, at.document, (*at.path, "spec", "patches", index))
            for inner in reading.read(at.file, text).documents:
                patch = patch_of(at.file, at.document, (*entry.path, "patch"), inner, target, entry)
                yield patch._replace(release="")


def _is_to_come(sources: Sources, patch: Patch) -> bool:
    """Whether a patch is for what `flux bootstrap` writes beside its kustomization, and has not written yet."""
    file = sources.get(posixpath.join(posixpath.dirname(patch.declared.file), BOOTSTRAPPED))
    return file is not None and not file.broken and all(document.data is None for document in file.documents)


def _own(sources: Sources, stages: Sequence[Stage]) -> frozenset[str]:
    """The names of the sources that the stages take their files from, which are this repository."""
    names = set()
    for stage in stages:
        document = sources.document(stage.declared.file, stage.declared.document)
        name = node(
            document.data if document is not None else None, (*stage.declared.path, "spec", "sourceRef", "name")
        )
        if isinstance(name, str):
            names.add(name)
    return frozenset(names)
