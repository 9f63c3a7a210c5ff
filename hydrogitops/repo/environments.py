"""Which environments a repository has: what engines deploy, kustomizations that stand alone, plain manifests."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from hydrogitops.charts.contract import find
from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Document, Environment, Layer, Place, Release, Route, Span, Unseen, UserError

from . import argocd
from .kustomizations import Flat, flatten, kustomization_file
from .sources import CHART_FILE, CONFIGURATION, ENDINGS, Sources

NEWEST_KUBERNETES = "1.37"
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Dangling:
    """A path that is written somewhere and leads nowhere. `environments` are those that need it."""

    place: Place
    text: str
    target: str
    kind: str
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovered:
    environments: tuple[Environment, ...]
    dangling: tuple[Dangling, ...]
    unseen: tuple[Unseen, ...]
    remarks: tuple[str, ...]
    values_files: frozenset[str]
    referenced: frozenset[str]
    """Files that something refers to."""


def discover(sources: Sources, configuration: Configuration) -> Discovered:
    """The environments of a repository. UserError where the configuration names one that isn't there."""
    finder = _Finder(sources)
    finder.links()
    finder.argo()
    finder.kustomizations()
    finder.plain()
    environments = _unique(finder.environments)
    _check_names(sources, configuration, environments)
    order = list(configuration.environments)
    environments = sorted(
        (_configured(environment, configuration) for environment in environments),
        key=lambda one: order.index(one.name) if one.name in order else len(order),
    )
    assumed = [e.name for e in environments if e.name not in configuration.environments]
    if assumed:
        finder.remarks.append(
            f"{', '.join(assumed)}: no entry in {CONFIGURATION}, so profile staging,"
            f" Kubernetes {NEWEST_KUBERNETES} and no node pools are assumed"
        )
    return Discovered(
        environments=tuple(environments),
        dangling=tuple(_merge(finder.dangling)),
        unseen=tuple(finder.unseen),
        remarks=tuple(finder.remarks),
        values_files=frozenset(
            layer.file for e in environments for r in e.releases for layer in r.layers if not layer.inline
        ),
        referenced=frozenset(finder.referenced),
    )


class _Finder:
    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.environments: list[Environment] = []
        self.dangling: list[Dangling] = []
        self.unseen: list[Unseen] = []
        self.remarks: list[str] = []
        self.referenced: set[str] = set()
        self.included: set[str] = set()
        """Folders that an engine or another kustomization builds."""

    def links(self) -> None:
        """Files that are links out of the repository: never opened, and said."""
        for name in self.sources.listed:
            if name.endswith(ENDINGS) and not self.sources.is_file(name) and self.sources.leads_out(name):
                self.unseen.append(Unseen(name, "it is a link that leads out of the repository", name))

    def argo(self) -> None:
        found = argocd.discover(self.sources)
        self.unseen += found.unseen
        own = {
            source.repository
            for application in found.applications
            for source in application.sources
            if source.path and self.sources.is_folder(source.path)
        }
        foreign = []
        for application in found.applications:
            environment = self._application(application, own)
            if environment is not None:
                self.environments.append(environment)
            elif all(source.repository not in own for source in application.sources):
                foreign.append(application.name)
        if foreign:
            self.remarks.append(f"deployed from outside this repository and not judged: {', '.join(foreign)}")

    def _application(self, application: argocd.Application, own: set[str]) -> Environment | None:
        environment = Environment(
            name=application.name,
            engine="argocd",
            folder=None,
            declared=application.at,
            cluster=application.cluster,
            server=application.server,
            namespace=application.namespace,
            files=frozenset({*application.files, application.at.file, *_files(application.definition)}),
        )
        self.referenced.update(application.files)
        built = False
        for source in application.sources:
            if source.chart or (source.path == "" and "helm" in source.data):
                environment = self._helm(environment, application, source, folder=None)
                release = environment.releases[-1]
                # With values written in the Application alone, all that it deploys comes from elsewhere.
                known = find(release.chart, release.version) is not None
                built = built or known or any(not layer.inline for layer in release.layers)
            elif self.sources.is_folder(source.path):
                more = self._folder(environment, application, source)
                if more is not None:
                    environment, built = more, True
            elif source.path and source.repository in own:
                place = application.path_place or Place(
                    (application.definition or application.at).file,
                    (application.definition or application.at).index,
                    (*source.route, "path"),
                )
                self.dangling.append(
                    Dangling(place, source.path, source.path, "folder of an Application", (application.name,))
                )
                environment = replace(environment, files=environment.files | {source.path})
                built = True
        return environment if built else None

    def _folder(
        self, environment: Environment, application: argocd.Application, source: argocd.Source
    ) -> Environment | None:
        """The environment with what a folder of this repository gives; None where that is only Argo CD's own."""
        if kustomization_file(self.sources, source.path) is not None:
            flat = self._flatten(source.path, environment.name)
            if flat.resources and not flat.releases and self._only_own(flat.resources):
                return None
            return _with(environment, flat)
        if self.sources.is_file(posixpath.join(source.path, CHART_FILE)):
            return self._helm(environment, application, source, folder=source.path)
        documents = self._manifests(source)
        # Files that cannot be read are referred to as well: what breaks there breaks the Application.
        self.referenced.update(name for name in self.sources.names if _in_folder(name, source))
        if documents and self._only_own(documents):
            return None
        return replace(
            environment,
            folder=source.path,
            resources=tuple(documents),
            files=environment.files | {name for name, _ in documents},
        )

    def _helm(
        self, environment: Environment, application: argocd.Application, source: argocd.Source, folder: str | None
    ) -> Environment:
        """A release that Argo CD renders by Helm itself; layers in its order: valueFiles, values, valuesObject."""
        helm = source.data.get("helm")
        helm = helm if isinstance(helm, Mapping) else {}
        at = application.definition or application.at
        layers: list[Layer] = []
        for index, text in enumerate(helm.get("valueFiles") or ()):
            target = self._value_file(source, str(text))
            place = Place(at.file, at.index, (*source.route, "helm", "valueFiles", index))
            layers.append(Layer(target, target))
            if not self.sources.is_file(target) and not helm.get("ignoreMissingValueFiles"):
                self.dangling.append(Dangling(place, str(text), target, "values file", (environment.name,)))
        for key in ("values", "valuesObject"):
            if helm.get(key):
                route: Route = (*source.route, "helm", key)
                layers.append(Layer(f"{at.file} ({key})", at.file, at.index, route, inline=True))
        if helm.get("parameters") or helm.get("fileParameters"):
            reason = "helm.parameters of an Application are not followed; write them into a values file"
            self.unseen.append(Unseen(f"parameters of {environment.name}", reason, at.file, environment.name))
        metadata = self.sources.document(posixpath.join(folder, CHART_FILE)) if folder is not None else None
        stated = metadata.data if metadata is not None and isinstance(metadata.data, Mapping) else {}
        release = Release(
            name=str(helm.get("releaseName") or application.object_name),
            namespace=application.namespace,
            chart=source.chart or str(stated.get("name", "")),
            version=str(stated.get("version") or source.revision),
            folder=folder,
            repository=source.repository if source.chart else "",
            layers=tuple(layers),
            declared=Place(at.file, at.index, source.route),
        )
        files = {layer.file for layer in layers}
        self.referenced.update(files)
        if folder is not None:
            self.included.add(folder)
        return replace(
            environment,
            folder=folder if environment.folder is None else environment.folder,
            releases=(*environment.releases, release),
            files=environment.files | files,
        )

    def _value_file(self, source: argocd.Source, text: str) -> str:
        if text.startswith("$"):
            # `$ref/path` names another source of the same Application, by its root.
            return posixpath.normpath(text.partition("/")[2])
        return posixpath.normpath(text.lstrip("/")) if text.startswith("/") else join(source.path, text)

    def kustomizations(self) -> None:
        """Kustomizations that nothing includes and no engine points to are environments named after their folder."""
        folders = {posixpath.dirname(name): name for name in self.sources.names if is_kustomization(name)}
        includes = {folder: flatten(self.sources, folder).includes for folder in folders}
        for folder, below in includes.items():
            # What includes each other in a circle stands alone: nothing else builds it, and it must not go unsaid.
            self.included |= {one for one in below if folder not in includes.get(one, set())}
        for folder, name in sorted(folders.items()):
            document = self.sources.document(name)
            component = isinstance(document and document.data, Mapping) and document.data.get("kind") == "Component"  # type: ignore[union-attr]
            if folder in self.included or component:
                continue
            title = posixpath.basename(folder) or self.sources.root.name
            flat = self._flatten(folder, title)
            if flat.resources and not flat.releases and self._only_own(flat.resources):
                continue
            self.environments.append(_with(Environment(title, "kustomize", folder, Place(name, 0)), flat))

    def plain(self) -> None:
        """Manifests that nothing refers to."""
        resources = [
            (document.file, document.index)
            for document in self.sources.documents()
            if document.file not in self.referenced
            and document.file != CONFIGURATION
            and not is_kustomization(document.file)
            and _is_object(document)
            and not argocd.is_own(document)
        ]
        if resources:
            files = frozenset(name for name, _ in resources)
            self.environments.append(Environment(PLAIN, PLAIN, None, None, resources=tuple(resources), files=files))

    def _flatten(self, folder: str, environment: str) -> Flat:
        flat = flatten(self.sources, folder)
        self.included |= {folder, *flat.includes}
        self.referenced |= flat.files
        for file, reference in flat.references:
            if (
                reference.address
                or reference.target.startswith(("..", "/"))
                or self.sources.leads_out(reference.target)
            ):
                # It is there, but not in the repository: the engines refuse it, and the report says so.
                continue
            there = self.sources.is_file(reference.target) or (
                reference.kind in ("resource", "component", "chart") and self.sources.is_folder(reference.target)
            )
            empty = reference.kind in ("resource", "component") and self.sources.is_folder(reference.target)
            if empty and kustomization_file(self.sources, reference.target) is None:
                there = False
            if not there:
                kind = "values file" if reference.kind == "values" else reference.kind
                place = Place(file, 0, reference.route)
                self.dangling.append(Dangling(place, reference.text, reference.target, kind, (environment,)))
        return flat

    def _manifests(self, source: argocd.Source) -> list[tuple[str, int]]:
        return [
            (document.file, document.index)
            for document in self.sources.documents()
            if _is_object(document) and _in_folder(document.file, source)
        ]

    def _only_own(self, resources: Iterable[tuple[str, int]]) -> bool:
        documents = [self.sources.document(name, index) for name, index in resources]
        return all(document is not None and argocd.is_own(document) for document in documents)


def _in_folder(name: str, source: argocd.Source) -> bool:
    """Whether a source that is a folder of manifests takes a file: those right in it, with `recurse` all below it."""
    directory = source.data.get("directory")
    recurse = isinstance(directory, Mapping) and directory.get("recurse") is True
    return posixpath.dirname(name) == source.path or (recurse and name.startswith(f"{source.path}/"))


def _with(environment: Environment, flat: Flat) -> Environment:
    namespace = flat.namespace or environment.namespace
    releases = [r if r.namespace else replace(r, namespace=namespace) for r in flat.releases]
    return replace(
        environment,
        folder=flat.folder,
        namespace=environment.namespace or flat.namespace,
        releases=(*environment.releases, *releases),
        patches=tuple(flat.patches),
        resources=tuple(flat.resources),
        files=environment.files | flat.files,
    )


def _is_object(document: Document) -> bool:
    data: Any = document.data
    return isinstance(data, Mapping) and isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)


def _files(place: Place | None) -> tuple[str, ...]:
    return () if place is None else (place.file,)


def _unique(environments: list[Environment]) -> list[Environment]:
    """Two of one name: each with its parent folder before it."""
    count = Counter(environment.name for environment in environments)
    named = []
    for environment in environments:
        if count[environment.name] > 1 and environment.folder:
            parent = posixpath.basename(posixpath.dirname(environment.folder))
            environment = replace(environment, name=f"{parent}/{environment.name}" if parent else environment.name)
        named.append(environment)
    return named


def _check_names(sources: Sources, configuration: Configuration, environments: list[Environment]) -> None:
    names = [environment.name for environment in environments]
    for name in configuration.environments:
        if name not in names:
            near = get_close_matches(name, names, 1)
            span: Span = sources.span(Place(CONFIGURATION, 0, ("environments", name), "key"))
            raise UserError(
                f"{CONFIGURATION} configures the environment {name}, which this repository does not have",
                f"did you mean {near[0]}?" if near else f"it has: {', '.join(names) or 'none'}",
                span,
            )


def _configured(environment: Environment, configuration: Configuration) -> Environment:
    stated = configuration.environments.get(environment.name)
    if stated is None:
        return replace(environment, kubernetes=NEWEST_KUBERNETES)
    return replace(
        environment,
        profile=stated.profile,
        kubernetes=stated.kubernetes or NEWEST_KUBERNETES,
        helm=stated.helm,
        pools=stated.pools,
    )


def _merge(dangling: list[Dangling]) -> list[Dangling]:
    """One entry a place, with all environments that need it."""
    merged: dict[Place, Dangling] = {}
    for one in dangling:
        known = merged.get(one.place)
        merged[one.place] = (
            one
            if known is None
            else replace(known, environments=tuple(dict.fromkeys(known.environments + one.environments)))
        )
    return list(merged.values())


def near(sources: Sources, dangling: Dangling) -> str:
    """A path that exists and is like the one that leads nowhere, as it would be written there; empty where none is."""
    parent = posixpath.dirname(dangling.target)
    # git lists a file that was deleted and not yet staged as well.
    names = {
        name[len(parent) + 1 if parent else 0 :].split("/")[0]
        for name in sources.listed
        if name.startswith(f"{parent}/" if parent else "") and sources.is_file(name)
    }
    found = get_close_matches(posixpath.basename(dangling.target), sorted(names - {""}), 1)
    if not found or dangling.kind == "chart":
        return found[0] if found else ""
    return posixpath.join(posixpath.dirname(dangling.text), found[0])
