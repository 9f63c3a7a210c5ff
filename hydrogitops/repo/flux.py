"""Flux: which Kustomizations a repository declares, from which cluster each is reached, and the folders they build."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hydrogitops.charts.kustomization import FILE_NAMES
from hydrogitops.model import AppliedObject, Environment, Place, Route, Stage, Unseen
from hydrogitops.source.shapes import as_map, maps_in, node

from .dangling import NOTHING_TO_BUILD, VALUES, Dangling, likely
from .flux_folders import Folder, contents, is_buildable
from .flux_resolving import as_written
from .flux_sources import Kustomization, addresses, copied, is_made, kustomization, kustomizations, own_among, source_of
from .flux_stages import stage_of
from .kustomizations import flatten
from .sources import Sources

if TYPE_CHECKING:
    from .gathering import Gathered

GENERATOR = "source.extensions.fluxcd.io/"
CLUSTERS = "clusters"


def environments(gathered: Gathered) -> None:
    """Note the environments that Flux makes of a repository, in the order of their files."""
    declared = {(one.at.file, one.at.document): one for one in kustomizations(gathered.sources)}
    if declared:
        search = _Search(gathered.sources, gathered, declared)
        search.clusters()
        search.outermost()
        if search.foreign:
            foreign = ", ".join(search.foreign)
            gathered.remarks.append(f"deployed from outside this repository and not judged: {foreign}")


def further_stages(
    sources: Sources, environment: Environment, stages: Sequence[Stage], objects: Sequence[AppliedObject]
) -> list[Stage]:
    """The stages of Kustomizations that were built and are not what was read: new ones, or changed on their way."""
    known = {stage.name: stage for stage in stages}
    ours = {source_of(stage.spec) for stage in stages if stage.spec}
    found: list[Stage] = []
    for one in objects:
        same = known.get(f"{one.ref.namespace}/{one.ref.name}") or known.get(one.ref.name)
        declared = kustomization(one.data, environment.declared or Place("", 0))
        if declared is None or (same is not None and same.spec == declared.spec):
            continue
        path = declared.path
        there = sources.is_folder(path or ".")
        if same is None and (declared.source not in ours if ours else not there):
            continue
        written = [
            one for one in kustomizations(sources) if one.name == declared.name and one.at.file in environment.files
        ]
        if not there and any(one.path == path for one in written):
            # It is written like that, and told as a path that leads nowhere.
            continue
        at = same.declared if same is not None else written[0].at if written else declared.at
        folder = contents(sources, path, lambda inner: flatten(sources, inner))
        names = same.name if same is not None else declared.name, declared.namespace
        found.append(stage_of(sources, names, path, at, declared.spec, folder, environment.resources))
    return found


@dataclass(slots=True)
class _Search:
    sources: Sources
    noted: Gathered
    declared: Mapping[tuple[str, int], Kustomization]
    reached: set[tuple[str, int]] = field(default_factory=set)
    own: set[tuple[str, str]] | None = None
    """Sources that are this repository."""
    foreign: dict[str, None] = field(default_factory=dict)
    """What comes from elsewhere altogether, in order."""

    def clusters(self) -> None:
        """The folders below `clusters/`, each with all that it leads to."""
        for home in dict.fromkeys(home for file in self.sources.names if (home := cluster_folder(file))):
            name = posixpath.basename(home)
            own = [self.declared[at] for at in self._folder(home).documents if at in self.declared]
            if own:
                itself = next((one for one in own if one.path == home), None)
                self._environment(name, itself or Kustomization(name, "", own[0].at, {}, home), name)

    def outermost(self) -> None:
        """Kustomizations that no cluster leads to: those that no other one leads to, each with all that it leads to."""
        left = {at: one for at, one in self.declared.items() if at not in self.reached}
        inner = {below for at, one in left.items() for below in self._led_to(one) if below != at and below in left}
        # What leads to each other in a circle is begun with its first.
        for at, one in sorted(left.items(), key=lambda item: item[0] in inner):
            if at not in self.reached:
                self._environment(one.name, one, "")

    def _led_to(self, one: Kustomization) -> tuple[tuple[str, int], ...]:
        """The documents of this repository that a Kustomization applies; none where it takes its files elsewhere."""
        path = self._generated(one)
        if path is None and self._is_own(one):
            path = one.path
        return self._folder(path).documents if path is not None else ()

    def _environment(self, name: str, start: Kustomization, cluster: str) -> None:
        parts = _Parts(name, cluster)
        waiting = [start]
        # Where no Kustomization builds a cluster's folder, that is left to whoever installed Flux there.
        seen = {(start.at.file, start.at.document)} if start.spec else set()
        while waiting:
            one = waiting.pop(0)
            self.reached.add((one.at.file, one.at.document))
            parts.files.add(one.at.file)
            path = self._path(one, parts)
            if path is None:
                continue
            folder = self._read(path, name)
            parts.add(one, path, folder)
            self._nothing(one, path, folder, name)
            for at in folder.documents:
                if at in self.declared and at not in seen:
                    seen.add(at)
                    waiting.append(self.declared[at])
        self.noted.referenced |= parts.files
        if parts.folders:
            parts.files |= {one.target for one in self.noted.dangling if name in one.environments}
            environment, foreign = parts.environment(self.sources, start)
            self.noted.environments.append(environment)
            self.foreign |= dict.fromkeys(foreign)
            self._values(environment)
            self._charts(environment)

    def _path(self, one: Kustomization, parts: _Parts) -> str | None:
        """The folder of this repository that a Kustomization builds; None where that is said to be elsewhere."""
        if not one.spec:
            return one.path
        if (copied := self._generated(one)) is not None:
            return copied
        kind, name = one.source
        here = self._is_own(one)
        if here and self.sources.is_folder(one.path or "."):
            return one.path
        if "${" in one.path:
            # What it will be, the stage that makes the Kustomization says.
            return None
        if here:
            place = Place(one.at.file, one.at.document, ("spec", "path"))
            text = str(one.spec.get("path") or "")
            parts.files.add(one.path)
            self._meant(one.path)
            kind = "folder of a Kustomization"
            self.noted.dangling.append(Dangling(place, text, one.path, kind, (parts.name,)))
        elif kind == "GitRepository":
            self.foreign[one.name] = None
        else:
            reason = f"what the {kind or 'source'} {name} holds is not known"
            self.noted.unseen.append(Unseen(f"what {one.name} applies", reason, one.at.file, parts.name, one.at))
        return None

    def _meant(self, path: str) -> None:
        """What lies where a path was likely to lead is no environment by itself."""
        meant = likely(self.sources, path)
        if meant:
            flat = flatten(self.sources, meant)
            self.noted.included |= {meant, *flat.includes}
            self.noted.referenced |= flat.files

    def _nothing(self, one: Kustomization, path: str, folder: Folder, environment: str) -> None:
        """A folder that has no kustomization, and in which not all is a manifest: the engine can make none of it."""
        # Of a folder without a single manifest the engine makes nothing, and is content.
        if one.spec and folder.resources and not is_buildable(self.sources, folder):
            place = Place(one.at.file, one.at.document, ("spec", "path"))
            target, text = posixpath.join(path, FILE_NAMES[0]), str(one.spec.get("path") or "")
            self.noted.dangling.append(Dangling(place, text, target, NOTHING_TO_BUILD, (environment,)))

    def _values(self, environment: Environment) -> None:
        """What a generator lacks that would be values, by the name that such files have."""
        layers = {layer.file for release in environment.releases for layer in release.layers}
        self.noted.dangling[:] = [
            one._replace(kind=VALUES) if one.target in layers and environment.name in one.environments else one
            for one in self.noted.dangling
        ]

    def _is_own(self, one: Kustomization) -> bool:
        """Whether a Kustomization takes its files from this repository, by the name of its source or its address."""
        if self.own is None:
            self.own = own_among(self.sources, self.declared.values())
        if one.source in self.own:
            return True
        known = {found for source in self.own for found in addresses(self.sources, source)}
        its = addresses(self.sources, one.source)
        if not its and not is_made(self.sources, one.source):
            # Nothing makes it, which is told; a folder that is here says what was meant.
            return bool(one.path) and self.sources.is_folder(one.path)
        return any(url == other and (ref == at or not ref or not at) for url, ref in its for other, at in known)

    def _generated(self, one: Kustomization) -> str | None:
        """The folder that an ArtifactGenerator of this repository copies to where a Kustomization looks for it."""
        kind, name = one.source
        if kind != "ExternalArtifact":
            return None
        for document in self.sources.documents():
            data = document.data
            if isinstance(data, Mapping) and str(data.get("apiVersion", "")).startswith(GENERATOR):
                for artifact in maps_in(as_map(data.get("spec")).get("artifacts")):
                    if artifact.get("name") == name:
                        folders = (copied(copy, one.path) for copy in maps_in(artifact.get("copy")))
                        found = next((f for f in folders if f is not None and self.sources.is_folder(f or ".")), None)
                        if found is not None:
                            return found
        return None

    def _charts(self, environment: Environment) -> None:
        """Charts of this repository that are named and not there."""
        for release in environment.releases:
            route: Route = (*release.declared.path, "chart", "spec", "chart")
            if release.folder is not None and not self.sources.is_folder(release.folder):
                place = Place(release.declared.file, release.declared.document, route)
                text = str(_at(self.sources, place) or release.folder)
                self.noted.dangling.append(
                    Dangling(place, text, release.folder, "folder of a chart", (environment.name,))
                )
            elif release.folder is not None:
                self.noted.included.add(release.folder)

    def _read(self, path: str, environment: str) -> Folder:
        folder = contents(self.sources, path, lambda one: self.noted.flat(one, environment))
        self.noted.included |= folder.folders
        self.noted.referenced |= folder.files
        return folder

    def _folder(self, path: str) -> Folder:
        return contents(self.sources, path, lambda one: flatten(self.sources, one))


@dataclass(slots=True)
class _Parts:
    """What one environment is made of, while it is looked for."""

    name: str
    cluster: str
    folders: list[tuple[Kustomization, str, Folder]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def add(self, one: Kustomization, path: str, folder: Folder) -> None:
        if all(path != other or one.spec != before.spec for before, other, _ in self.folders):
            self.folders.append((one, path, folder))
            self.files |= folder.files

    def environment(self, sources: Sources, start: Kustomization) -> tuple[Environment, tuple[str, ...]]:
        """The environment, and the releases in it that come from elsewhere altogether."""
        documents = tuple(dict.fromkeys(at for _, _, folder in self.folders for at in folder.documents))
        names = Counter(one.name for one, _, _ in self.folders)
        stages = tuple(
            stage_of(
                sources,
                (one.name if names[one.name] == 1 else f"{one.namespace}/{one.name}", one.namespace),
                path,
                one.at,
                one.spec,
                folder,
                documents,
            )
            for one, path, folder in self.folders
        )
        written = as_written(sources, stages, [folder for _, _, folder in self.folders])
        release = next((one for one in written.releases if one.layers), None)
        home = written.homes.get(release.name) if release is not None else None
        environment = Environment(
            name=self.name,
            engine="flux",
            folder=home if home is not None else self.folders[-1][1],
            declared=start.at,
            cluster=self.cluster if not any("kubeConfig" in one.spec for one, _, _ in self.folders) else "",
            namespace=release.namespace if release is not None else _namespace(stages),
            releases=written.releases,
            patches=written.patches,
            resources=documents,
            files=frozenset(self.files | {layer.file for one in written.releases for layer in one.layers}),
            stages=stages,
        )
        return environment, written.foreign


def cluster_folder(file: str) -> str:
    """The folder right below a `clusters/` that a file lies in; empty where there is none."""
    steps = posixpath.dirname(file).split("/")
    if CLUSTERS not in steps[:-1]:
        return ""
    return "/".join(steps[: steps.index(CLUSTERS) + 2])


def _namespace(stages: tuple[Stage, ...]) -> str:
    return next((str(one.added["namespace"]) for one in stages if one.added.get("namespace")), "")


def _at(sources: Sources, place: Place) -> object:
    document = sources.document(place.file, place.document)
    return node(document.data, place.path) if document is not None else None
