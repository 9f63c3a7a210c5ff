"""What is collected on the way from files to environments: references, those that lead nowhere, what is not seen."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any

from hydrogitops.model import Document, EmptyGenerator, Environment, Place, Unseen

from . import argocd
from .dangling import VALUES, Dangling
from .home import Home
from .kustomizations import Flat, flatten, kustomization_file
from .sources import Sources


class Gathered:
    """Notes on a repository, shared by all that look for environments in it."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.environments: list[Environment] = []
        self.dangling: list[Dangling] = []
        self.unseen: list[Unseen] = []
        self.remarks: list[str] = []
        self.referenced: set[str] = set()
        self.contents: set[str] = set()
        """Files that generators put into ConfigMaps as they are, whatever they hold."""
        self.parsed: set[str] = set()
        """Files that something takes for YAML."""
        self.included: set[str] = set()
        """Folders that an engine or another kustomization builds."""
        self.closed: set[str] = set()
        """Folders of which nobody can tell what in them belongs to whom: the kustomization that says so cannot be
        read."""
        self.empty_generators: list[EmptyGenerator] = []
        self.applications: tuple[argocd.Application, ...] = ()
        self.home: Home | None = None
        """What names this repository, once it is known."""

    def flat(self, folder: str, environment: str) -> Flat:
        """A kustomization laid flat, and noted what it refers to, there or not; `environment` empty: of none."""
        flat = flatten(self.sources, folder)
        self.included |= {folder, *flat.includes}
        self.referenced |= flat.files
        for _, reference in flat.references:
            (self.contents if reference.kind == "data" else self.parsed).add(reference.target)
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
                kind = VALUES if reference.kind == "values" else reference.kind
                place = Place(file, 0, reference.route)
                needed = (environment,) if environment else ()
                self.dangling.append(Dangling(place, reference.text, reference.target, kind, needed))
        return flat

    def in_closed(self, folder: str | None) -> bool:
        """Whether a folder is a closed one, or lies in one. What is there is no environment of its own."""
        while folder is not None:
            if folder in self.closed:
                return True
            folder = posixpath.dirname(folder) if folder else None
        return False

    def only_own(self, resources: Iterable[tuple[str, int]]) -> bool:
        """Whether documents are all such that an engine itself reads."""
        documents = [self.sources.document(name, index) for name, index in resources]
        return all(document is not None and argocd.is_own(document) for document in documents)


def is_object(document: Document) -> bool:
    data: Any = document.data
    return isinstance(data, dict) and isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str)


def with_flat(environment: Environment, flat: Flat) -> Environment:
    """An environment that builds a kustomization."""
    namespace = flat.namespace or environment.namespace
    releases = [r if r.namespace else r._replace(namespace=namespace) for r in flat.releases]
    return environment._replace(
        folder=flat.folder,
        namespace=environment.namespace or flat.namespace,
        releases=(*environment.releases, *releases),
        patches=tuple(flat.patches),
        resources=tuple(flat.resources),
        files=environment.files | flat.files,
    )
