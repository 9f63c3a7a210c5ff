"""Flux Kustomizations as they are written, and which of the sources that they take their files from are here."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hydrogitops.model import Document, Place
from hydrogitops.source.shapes import as_map, maps_in

from .addresses import plain
from .flux_paths import normal
from .sources import Sources

KUSTOMIZE = "kustomize.toolkit.fluxcd.io/"
RELEASE = "HelmRelease"
INSTALLED = "flux-system"
"""What the source is called that comes with Flux itself."""


class Kustomization(NamedTuple):
    """A Flux Kustomization. `path`: the folder that it builds, relative to the root of its source."""

    name: str
    namespace: str
    at: Place
    spec: Mapping[str, Any]
    path: str

    @property
    def source(self) -> tuple[str, str]:
        """Kind and name of what it takes its files from."""
        return source_of(self.spec)


def kustomization(data: object, at: Place) -> Kustomization | None:
    """The Flux Kustomization that an object is; None where it is none."""
    if not isinstance(data, Mapping) or data.get("kind") != "Kustomization":
        return None
    if not str(data.get("apiVersion", "")).startswith(KUSTOMIZE):
        return None
    metadata, spec = as_map(data.get("metadata")), as_map(data.get("spec"))
    name, namespace = str(metadata.get("name") or ""), str(metadata.get("namespace") or "")
    return Kustomization(name, namespace, at, spec, normal(spec.get("path")))


def is_own(document: Document) -> bool:
    """Whether Flux itself reads this document, and nothing comes of it but what it names."""
    data = document.data
    if not isinstance(data, Mapping):
        return False
    group = str(data.get("apiVersion", "")).partition("/")[0]
    return group.endswith(("toolkit.fluxcd.io", "extensions.fluxcd.io", "fluxcd.controlplane.io")) and (
        data.get("kind") != RELEASE
    )


def kustomizations(sources: Sources) -> Iterator[Kustomization]:
    """All that are written in a repository, in the order of their files."""
    for document in sources.documents():
        found = kustomization(document.data, Place(document.file, document.number))
        # Without a source it is a patch of one.
        if found is not None and found.source[1]:
            yield found


def source_of(spec: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of the source that a spec refers to; empty where it does not say."""
    reference = as_map(spec.get("sourceRef"))
    return str(reference.get("kind") or ""), str(reference.get("name") or "")


def own_sources(sources: Sources) -> tuple[set[tuple[str, str]], frozenset[str]]:
    """The sources that are this repository, by kind and name, and the addresses that they have."""
    own = own_among(sources, kustomizations(sources))
    return own, frozenset(url for source in own for url, _ in addresses(sources, source))


def own_among(sources: Sources, declared: Iterable[Kustomization]) -> set[tuple[str, str]]:
    """The sources that are this repository: those by which a Kustomization builds the folder that it lies in.

    Where none does, the one that comes with Flux itself, else those in which a folder is found; the root says nothing,
    since every repository has one.
    """
    present = [one for one in declared if sources.is_folder(one.path or ".")]
    below = {one.source for one in present if one.path and _is_below(one.at.file, one.path)}
    root = {one.source for one in present if not one.path and one.source[1] == one.name}
    inside = {one.source for one in present if one.path}
    installed = {source for source in inside if source[1] == INSTALLED}
    return below or installed or root or inside or {one.source for one in present}


def addresses(sources: Sources, source: tuple[str, str]) -> set[tuple[str, str]]:
    """The addresses of a source by the documents that declare it, each with what is taken there (a branch, a tag)."""
    found = set()
    for document in sources.documents():
        data = document.data
        if isinstance(data, Mapping) and data.get("kind") == source[0]:
            spec = as_map(data.get("spec"))
            url = spec.get("url")
            if as_map(data.get("metadata")).get("name") == source[1] and isinstance(url, str):
                found.add(
                    (plain(url), json.dumps(spec.get("ref"), sort_keys=True, default=str) if spec.get("ref") else "")
                )
    return found


def is_made(sources: Sources, source: tuple[str, str]) -> bool:
    """Whether a document makes a source: itself, or as what another one takes its files from."""
    made = {"kind": source[0], "name": source[1]}
    for document in sources.documents():
        data = document.data
        if not isinstance(data, Mapping):
            continue
        if data.get("kind") == made["kind"] and as_map(data.get("metadata")).get("name") == made["name"]:
            return True
        artifacts = maps_in(as_map(data.get("spec")).get("artifacts"))
        if source[0] == "ExternalArtifact" and any(one.get("name") == source[1] for one in artifacts):
            return True
    return False


def copied(copy: Mapping[str, Any], path: str) -> str | None:
    """Where in its source lies what `copy` puts at `path` of an artifact; None where it puts nothing there."""
    origin, target = str(copy.get("from") or ""), str(copy.get("to") or "")
    if not (origin.startswith("@") and origin.endswith("/**") and target.startswith("@artifact")):
        return None
    folder = origin.partition("/")[2][:-3].strip("/")
    below = target.removeprefix("@artifact").strip("/")
    if below and path != below and not path.startswith(f"{below}/"):
        return None
    return posixpath.join(folder, path[len(below) :].strip("/")).rstrip("/")


def _is_below(file: str, folder: str) -> bool:
    return not folder or file.startswith(f"{folder}/")
