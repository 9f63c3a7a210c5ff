"""From Argo CD's Applications to environments: what their sources in this repository make."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from hydrogitops.model import Environment, Place, Route, Unbuilt, Unseen
from hydrogitops.source.shapes import node

from . import argocd, rendered
from .addresses import plain
from .dangling import NOTHING_TO_BUILD, Dangling, first_missing
from .empty_generators import Empty
from .gathering import Gathered, with_flat
from .home import Home
from .kustomizations import flatten, kustomization_file
from .manifests import manifests
from .sources import CHART_FILE, Sources

Kind = Literal["kustomize", "helm", "directory", "plugin"]
KINDS: tuple[Kind, ...] = ("kustomize", "helm", "directory", "plugin")

KUSTOMIZE_OPTIONS = (
    *("namePrefix", "nameSuffix", "namespace", "images", "replicas", "patches", "components"),
    *("commonLabels", "commonAnnotations"),
)
"""What an Application may say of a kustomization that changes what comes of it."""
OVERRIDES = (".argocd-source.yaml", ".argocd-source-{name}.yaml")
"""Files beside a source that are merged over what the Application says of it."""


def environments(gathered: Gathered, addresses: Iterable[str], remotes: Callable[[], Iterable[str]]) -> None:
    """Add to `gathered` the environments of all Applications.

    `addresses`: under which this repository is known besides; `remotes`: those that git has, asked only if need be.
    """
    found = argocd.discover(gathered.sources)
    gathered.unseen += found.unseen
    sources = [source for application in found.applications for source in application.sources]
    known = {source.repository for source in sources if source.path and gathered.sources.is_folder(source.path)}
    home = Home(gathered.sources, frozenset(map(plain, {*known, *found.addresses, *addresses})), remotes)
    gathered.home, gathered.applications = home, found.applications
    _empties(gathered, home, found.empty)
    maker = _Maker(gathered, home, found.applications)
    foreign = []
    for application in found.applications:
        environment = maker.environment(application)
        if environment is not None:
            gathered.environments.append(environment)
        elif all(plain(source.repository) not in home.known for source in application.sources):
            foreign.append(application.name)
    foreign = [name for name in foreign if name not in maker.unknown]
    if foreign:
        gathered.remarks.append(f"deployed from outside this repository and not judged: {', '.join(foreign)}")


def _empties(gathered: Gathered, home: Home, found: Iterable[Empty]) -> None:
    """Note the generators that give nothing; those that read another repository are not ours to judge."""
    for one in found:
        here = "here" if not one.address or one.generator.mend is not None else home.has(one.address, one.path)
        if here == "here":
            gathered.empty_generators.append(one.generator)
        elif here == "unknown":
            what = f"what a generator looks for: {one.generator.what}"
            reason = "there is none here, and whether it reads this repository nobody says; add the git remote"
            gathered.unseen.append(Unseen(what, reason, one.generator.place.file, at=one.generator.place))


class _Maker:
    def __init__(self, gathered: Gathered, home: Home, applications: Sequence[argocd.Application]) -> None:
        self.gathered = gathered
        self.sources: Sources = gathered.sources
        self.home = home
        self.unknown: set[str] = set()
        """Applications of which nobody can tell whether they deploy from here."""
        self.pointed = {source.path for application in applications for source in application.sources}
        self.built_by = {
            application.definition
            for application in applications
            for source in application.sources
            if source.path and application.definition is not None and _detected(self.sources, source.path) is not None
        }
        """ApplicationSets that make Applications of kustomizations or charts."""

    def environment(self, application: argocd.Application) -> Environment | None:
        """What an Application makes of this repository; None where that is nothing."""
        at = application.document
        declaring = frozenset({*application.files, *application.settings, application.at.file, at.file})
        environment = Environment(
            name=application.name,
            engine="argocd",
            folder=None,
            declared=application.at,
            cluster=application.cluster,
            server=application.server,
            namespace=application.namespace,
            fills_namespace=True,
            declaring=declaring,
            files=declaring,
            application=application.declared,
        )
        self.gathered.referenced.update(application.files)
        made: Kind | None = None
        for source in application.sources:
            if (not source.written and not source.chart and "helm" not in source.data) or "{{" in source.path:
                # Others take values from it, or what it is was not found out, and said.
                continue
            kind, more = self._source(environment, application, source, made)
            if more is not None:
                environment, made = more, kind
        return environment if made is not None else None

    def _source(
        self, environment: Environment, application: argocd.Application, source: argocd.Source, made: Kind | None
    ) -> tuple[Kind, Environment | None]:
        """The environment with what one more source gives; None where that is nothing. `made`: what others gave."""
        stated = [kind for kind in KINDS if _says(source.data.get(kind))]
        if source.chart or not source.written:
            return "helm", self._chart(environment, application, source, made, None)
        sources = rendered.rendered_from(self.sources, source.path) if not set(stated) - {"directory"} else None
        if sources is not None and made is None:
            return "kustomize", self._rendered(environment, source, sources)
        if not self.sources.is_folder(source.path):
            return "directory", self._absent(environment, application, source)
        if len(stated) > 1:
            reason = f"Argo CD refuses a source with {' and '.join(stated)} at once"
            return stated[0], self._unseen(environment, application, source, stated[1], reason)
        override = next(
            (
                name
                for pattern in OVERRIDES
                if self.sources.is_file(
                    name := posixpath.join(source.path, pattern.format(name=application.object_name))
                )
            ),
            None,
        )
        kind = stated[0] if stated else _detected(self.sources, source.path) or "directory"
        if kind == "plugin":
            reason = "a plugin makes the manifests, and it is not run here"
            return kind, self._unseen(environment, application, source, "plugin", reason)
        if override is not None:
            unbuilt = Unbuilt(Place(override, 0), f"{override} is merged over the source, which is not followed")
            environment = environment._replace(unbuilt=unbuilt, files=environment.files | {override})
        if kind == "helm":
            return kind, self._chart(environment, application, source, made, source.path)
        if kind == "kustomize":
            return kind, self._kustomization(environment, application, source, made)
        return kind, self._manifests(environment, application, source, made, stated=bool(stated))

    def _chart(
        self,
        environment: Environment,
        application: argocd.Application,
        source: argocd.Source,
        made: Kind | None,
        folder: str | None,
    ) -> Environment | None:
        if made not in (None, "helm"):
            return self._apart(environment, application, source)
        if folder is not None and not self.sources.is_file(posixpath.join(folder, CHART_FILE)):
            return self._nothing(environment, application, source, posixpath.join(folder, CHART_FILE))
        # What knows values in layers is not loaded before it is needed.
        from . import charted

        return charted.with_release(self.gathered, self.home, environment, application, source, folder)

    def _kustomization(
        self, environment: Environment, application: argocd.Application, source: argocd.Source, made: Kind | None
    ) -> Environment | None:
        """The environment with a kustomization; None where that only gives what is Argo CD's own."""
        if kustomization_file(self.sources, source.path) is None:
            return self._nothing(environment, application, source)
        flat = flatten(self.sources, source.path)
        if flat.resources and not flat.releases and self.gathered.only_own(flat.resources):
            self.gathered.flat(source.path, environment.name)
            return None
        if made is not None:
            return self._apart(environment, application, source)
        environment = with_flat(environment, self.gathered.flat(source.path, environment.name))
        options = source.data.get("kustomize")
        options = options if isinstance(options, Mapping) else {}
        changing = [key for key in KUSTOMIZE_OPTIONS if options.get(key)]
        for key in ("kubeVersion", "apiVersions"):
            if options.get(key) and environment.releases:
                self._gap(environment, application, source, ("kustomize", key), "charts are rendered without it")
        if changing and environment.unbuilt is None:
            names = ", ".join(f"kustomize.{key}" for key in changing)
            reason = f"the Application sets {names}, which is not built; write it into the kustomization"
            at = _place(application, (*source.route, "kustomize", changing[0]))
            environment = environment._replace(unbuilt=Unbuilt(at, reason))
        if environment.unbuilt is not None:
            environment = environment._replace(releases=(), patches=(), resources=())
        return environment

    def _rendered(self, environment: Environment, source: argocd.Source, folder: str) -> Environment:
        """The environment as its sources make it, where what they give is kept in the repository and applied."""
        flat = self.gathered.flat(folder, environment.name)
        files = {source.path, *self._claim(source.path)}
        environment = environment._replace(rendered=source.path, files=environment.files | files)
        return with_flat(environment, flat)

    def _manifests(
        self,
        environment: Environment,
        application: argocd.Application,
        source: argocd.Source,
        made: Kind | None,
        *,
        stated: bool,
    ) -> Environment | None:
        """The environment with the manifests of a folder; None where they are all Argo CD's own."""
        directory = source.data.get("directory")
        directory = directory if isinstance(directory, Mapping) else {}
        found = manifests(self.sources, source.path, directory)
        # Files that cannot be read are referred to as well: what breaks there breaks the Application.
        self.gathered.referenced.update(found.files)
        if found.objects and self.gathered.only_own(found.objects):
            return None
        if not stated and self._has_lost(application, source, found.objects, found.programs):
            return self._nothing(environment, application, source)
        if made not in (None, "directory"):
            return self._apart(environment, application, source)
        if found.programs:
            reason = "Jsonnet is not evaluated; what it makes is not judged"
            gap = Unseen(f"{found.programs[0]} of {environment.name}", reason, found.programs[0], environment.name)
            self.gathered.unseen.append(gap)
        if environment.unbuilt is not None:
            place = environment.unbuilt.at
            gap = Unseen(
                f"what {environment.name} applies", environment.unbuilt.reason, place.file, environment.name, place
            )
            self.gathered.unseen.append(gap)
            return environment._replace(unbuilt=None)
        return environment._replace(
            folder=source.path,
            resources=(*environment.resources, *found.objects),
            # The folder too: a manifest that is gone from it was a part of it.
            files=environment.files | set(found.files) | ({source.path} - {""}),
        )

    def _has_lost(
        self,
        application: argocd.Application,
        source: argocd.Source,
        objects: Sequence[tuple[str, int]],
        programs: Sequence[str],
    ) -> bool:
        """Whether a folder without kustomization and chart is one that has lost them, not one of plain manifests."""
        if not objects and not programs:
            return True
        if application.definition in self.built_by:
            return True
        held = {name for name, _ in objects}
        inside = [name for name in self.sources.names if posixpath.dirname(name) == source.path]
        below = {posixpath.dirname(name) for name in self.sources.names if name.startswith(f"{source.path}/")}
        apart = below - {source.path, *self.pointed}
        # Values or patches beside manifests, and parts that nothing else builds.
        return any(name not in held for name in inside) and any(
            kustomization_file(self.sources, folder) is not None for folder in apart
        )

    def _absent(
        self, environment: Environment, application: argocd.Application, source: argocd.Source
    ) -> Environment | None:
        """A source whose path is not there: it leads nowhere, unless it is another repository's."""
        here = self.home.has(source.repository, source.path)
        place, text = self._path(application, source)
        if here == "elsewhere":
            return None
        if here == "unknown":
            reason = "its path is not here, and whether it is one of this repository nobody says; add the git remote"
            what = f"what Application {application.name} deploys"
            self.gathered.unseen.append(Unseen(what, reason, place.file, at=place))
            self.unknown.add(application.name)
            return None
        parent = posixpath.dirname(source.path)
        if posixpath.basename(parent) == rendered.FOLDER and self.sources.is_folder(parent):
            # What is rendered there stands for environments, and for none of its own.
            self._claim(parent)
        dangling = Dangling(place, text, source.path, "folder of an Application", (application.name,))
        self.gathered.dangling.append(dangling)
        return environment._replace(files=environment.files | {source.path})

    def _nothing(
        self, environment: Environment, application: argocd.Application, source: argocd.Source, target: str = ""
    ) -> Environment:
        """A folder in which there is nothing to build any more."""
        place, text = self._path(application, source)
        target = target or posixpath.join(source.path, "kustomization.yaml")
        self.gathered.dangling.append(Dangling(place, text, target, NOTHING_TO_BUILD, (application.name,)))
        return environment._replace(files=environment.files | {target, *self._claim(source.path)})

    def _claim(self, folder: str) -> list[str]:
        """The files of a folder; what lies there is a part of this environment, not one of its own."""
        below = [name for name in self.sources.listed if not folder or name.startswith(f"{folder}/")]
        self.gathered.included |= {posixpath.dirname(name) for name in below}
        self.gathered.referenced.update(set(below).intersection(self.sources.names))
        return below

    def _path(self, application: argocd.Application, source: argocd.Source) -> tuple[Place, str]:
        """Where the part of a source's path is written that leads nowhere, and what stands there."""
        names = source.path.split("/")
        wrong = first_missing(self.sources, source.path)
        start = len("/".join(names[:wrong])) + 1 if wrong else 0
        end = len(source.path) if wrong is None else start + len(names[wrong])
        for piece in source.pieces:
            if piece.start < end and start < piece.end:
                document = self.sources.document(piece.place.file, piece.place.document)
                value = node(document.data if document is not None else None, piece.place.path)
                return piece.place, str(value)
        return _place(application, (*source.route, "path")), source.written

    def _apart(
        self, environment: Environment, application: argocd.Application, source: argocd.Source
    ) -> Environment | None:
        reason = "of an Application's sources only those of the first one's kind are judged; give it one of its own"
        self._gap(environment, application, source, (), reason)
        return None

    def _unseen(
        self, environment: Environment, application: argocd.Application, source: argocd.Source, key: str, reason: str
    ) -> Environment:
        self._gap(environment, application, source, (key,), reason)
        self._claim(source.path)
        return environment

    def _gap(
        self,
        environment: Environment,
        application: argocd.Application,
        source: argocd.Source,
        route: Route,
        reason: str,
    ) -> None:
        place = _place(application, (*source.route, *route))
        what = f"what {environment.name} applies of {source.path or source.chart}"
        self.gathered.unseen.append(Unseen(what, reason, place.file, environment.name, place))


def _detected(sources: Sources, folder: str) -> Kind | None:
    """What Argo CD takes a folder for where nobody says: of both files the kustomization is found last, and counts."""
    if kustomization_file(sources, folder) is not None:
        return "kustomize"
    return "helm" if sources.is_file(posixpath.join(folder, CHART_FILE)) else None


def _says(options: Any) -> bool:
    """Whether options of a kind are there; empty ones are dropped before the kind is chosen."""
    if isinstance(options, Mapping):
        return any(map(_says, options.values()))
    return bool(options)


def _place(application: argocd.Application, route: Route) -> Place:
    at = application.document
    return Place(at.file, at.document, route)
