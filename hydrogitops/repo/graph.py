"""The repository as a graph: what the engine reads, the environments, what they are built from. Knows no engine."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hydrogitops.charts.kustomization import Reference, join, references
from hydrogitops.model import Environment, Release, Stage

from .kustomizations import flatten, kustomization_file
from .sources import Sources

NodeKind = Literal["engine", "environment", "kustomization", "values", "chart", "manifests", "rendered"]
_NOUNS = {
    "sealed": ("sealed secret", "sealed secrets"),
    "resource": ("manifest", "manifests"),
    "patch": ("patch", "patches"),
    "data": ("file", "files"),
    "configuration": ("setting", "settings"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder, or an environment. `holds`: what it is made of that has no node of its own: `4 patches`.

    `environments`: those that it is part of.
    """

    name: str
    kind: NodeKind
    holds: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """From what refers to what is referred to, by name of the nodes. `label`: a few words, mostly none."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges in the order in which one comes by them, from the engine's files on."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(sources: Sources, environments: Sequence[Environment]) -> Graph:
    """The graph of some environments of a repository."""
    drawing = _Drawing(sources)
    for environment in environments:
        drawing.environment(environment)
    return Graph(
        nodes=tuple(
            Node(name, kind, drawing.holds.get(name, ""), tuple(drawing.readers[name]))
            for name, kind in drawing.kinds.items()
        ),
        edges=tuple(Edge(start, end, ", ".join(labels)) for (start, end), labels in drawing.edges.items()),
    )


@dataclass(slots=True)
class _Drawing:
    sources: Sources
    kinds: dict[str, NodeKind] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    readers: dict[str, dict[str, None]] = field(default_factory=dict)
    edges: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def environment(self, environment: Environment) -> None:
        walk = _Walk(self, environment)
        title = f"environment {environment.name}"
        declared = environment.declared.file if environment.declared is not None else ""
        roots = {stage.declared.file: stage for stage in environment.stages if stage.declared.file != declared}
        engine = _engine_files(self.sources, environment)
        for name in engine:
            if name != declared and name not in roots:
                walk.node(name, "engine")
        if declared in engine:
            walk.node(declared, "engine")
            for name in engine:
                if name != declared and name not in roots:
                    walk.edge(name, declared)
        walk.node(title, "environment")
        if declared in engine:
            walk.edge(declared, title)
        for name, stage in roots.items():
            walk.node(name, "engine")
            walk.edge(title, name)
            walk.stage(stage, name)
        if not environment.stages:
            walk.built(title)
        walk.releases(title)


@dataclass(slots=True)
class _Walk:
    """One environment on its way into the drawing."""

    drawing: _Drawing
    of: Environment
    _done: set[str] = field(default_factory=set)

    def node(self, name: str, kind: NodeKind, holds: str = "") -> None:
        self.drawing.kinds.setdefault(name, kind)
        self.drawing.readers.setdefault(name, {})[self.of.name] = None
        if holds:
            self.drawing.holds[name] = holds

    def edge(self, start: str, end: str, label: str = "") -> None:
        labels = self.drawing.edges.setdefault((start, end), [])
        if label and label not in labels:
            labels.append(label)

    def kustomization(self, folder: str) -> None:
        if folder in self._done:
            return
        self._done.add(folder)
        layers = [layer.file for release in self.of.releases for layer in release.layers if not layer.inline]
        charts = {release.folder for release in self.of.releases}
        leaves: Counter[str] = Counter()
        below: list[tuple[str, str]] = []
        values: list[str] = []
        for reference in _of(self.drawing.sources, folder):
            target = reference.target
            if reference.address:
                below.append((reference.text, "manifests"))
            elif reference.kind in ("resource", "component") and self.drawing.sources.is_folder(target):
                below.append((target, "kustomization"))
            elif target in layers:
                values.append(target)
            elif reference.kind == "chart" or target in charts:
                # Drawn with its release, which knows where a chart lies that is not in the repository.
                continue
            else:
                leaves[self._leaf(reference)] += 1
        self.node(folder, "kustomization", _listed(leaves))
        for target, kind in below:
            if kind == "kustomization":
                self.kustomization(target)
            else:
                self.node(target, "manifests")
            self.edge(folder, target)
        for target in values:
            self.node(target, "values")
            self.edge(folder, target, f"values {layers.index(target) + 1}")

    def stage(self, stage: Stage, start: str) -> None:
        """What an engine's own object has it build."""
        if stage.resources is None or kustomization_file(self.drawing.sources, stage.folder) is not None:
            self.kustomization(stage.folder)
            self.edge(start, stage.folder)
            return
        for name in stage.resources:
            target = join(stage.folder, name)
            if kustomization_file(self.drawing.sources, target) is not None:
                self.kustomization(target)
            else:
                self.node(target, "manifests")
            self.edge(start, target)

    def built(self, title: str) -> None:
        """The one folder of an environment, or its documents; and where what comes of it is kept."""
        folder = self.of.folder or ""
        if kustomization_file(self.drawing.sources, folder) is None:
            self.manifests(title)
            return
        self.kustomization(folder)
        rendered = self.of.rendered
        if rendered:
            self.node(rendered, "rendered")
            self.edge(title, rendered)
            self.edge(rendered, folder, "rendered from")
        else:
            self.edge(title, folder)

    def manifests(self, title: str) -> None:
        """Documents that are applied as they are written."""
        names = sorted({name for name, _ in self.of.resources})
        folders = Counter(posixpath.dirname(name) or "." for name in names)
        for folder, count in folders.items():
            self.node(folder, "manifests", _counted(count, "resource"))
            self.edge(title, folder)

    def releases(self, title: str) -> None:
        """Charts, and values that no kustomization lists."""
        drawn = {end for _, end in self.drawing.edges}
        for release in self.of.releases:
            start = self._home(release, title)
            chart = release.folder or _elsewhere(release)
            self.node(chart, "chart")
            self.edge(start, chart)
            for number, layer in enumerate(release.layers, 1):
                if not layer.inline and layer.file not in drawn:
                    self.node(layer.file, "values")
                    self.edge(start, layer.file, f"values {number}")

    def _home(self, release: Release, title: str) -> str:
        """What the release is declared in, as far as it is in the drawing."""
        for name in (posixpath.dirname(release.declared.file), release.declared.file):
            if name in self._done or name in self.drawing.kinds:
                return name
        return title

    def _leaf(self, reference: Reference) -> str:
        if any(patch.file == reference.target for patch in self.of.patches):
            return "patch"
        if reference.kind == "resource":
            file = self.drawing.sources.get(reference.target)
            documents: list[Any] = [document.data for document in file.documents] if file is not None else []
            if any(isinstance(data, Mapping) and data.get("kind") == "SealedSecret" for data in documents):
                return "sealed"
        return reference.kind if reference.kind in _NOUNS else "data"


def _engine_files(sources: Sources, environment: Environment) -> list[str]:
    """Files that say where the environment is: the engine's own. What it is built from is none of them."""
    values = {layer.file for release in environment.releases for layer in release.layers}
    manifests = {name for name, _ in environment.resources} | {patch.file for patch in environment.patches}
    declared = {stage.declared.file for stage in environment.stages}
    folders = [stage.folder for stage in environment.stages] or [environment.folder or ""]
    folders += [join(stage.folder, name) for stage in environment.stages for name in stage.resources or ()]
    built = {file for folder in folders for file in flatten(sources, folder).files}
    kept = {name for name in environment.files if _lies_in(name, environment.rendered)}
    return sorted((environment.files - values - manifests - built - kept) | (declared & environment.files))


def _lies_in(name: str, folder: str) -> bool:
    return bool(folder) and (name == folder or name.startswith(f"{folder}/"))


def _of(sources: Sources, folder: str) -> Iterator[Reference]:
    name = kustomization_file(sources, folder)
    document = sources.document(name) if name is not None else None
    yield from references(folder, document.data if document is not None else None)


def _elsewhere(release: Release) -> str:
    where = f" from {release.repository}" if release.repository else ""
    return f"{release.chart} {release.version}".strip() + where


def _listed(leaves: Counter[str]) -> str:
    return ", ".join(_counted(leaves[kind], kind) for kind in _NOUNS if leaves[kind])


def _counted(number: int, kind: str) -> str:
    one, more = _NOUNS[kind]
    return f"{number} {one if number == 1 else more}"
