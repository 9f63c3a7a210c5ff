"""A source of an Application that Argo CD renders by Helm itself: the release, its layers in order, its parameters."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import pairwise
from typing import Any

from hydrogitops.charts.kustomization import is_address, join
from hydrogitops.model import Environment, Layer, Parameter, Place, Release, Route, Unbuilt, Unseen
from hydrogitops.source.shapes import as_list, node

from . import argocd
from .addresses import plain
from .dangling import VALUES, Dangling
from .gathering import Gathered
from .home import Home
from .parameters import ParameterError, conflict, expanded, parameter, path_of
from .sources import CHART_FILE, Sources

_UNSEEN = ("kubeVersion", "apiVersions", "skipSchemaValidation")
"""Options that change what Helm makes of a chart, and are not followed."""
PRINTED_WHOLE = 10**6
"""From here on templates print a number from a file with an exponent, and one that is set without."""


def with_release(
    gathered: Gathered,
    home: Home,
    environment: Environment,
    application: argocd.Application,
    source: argocd.Source,
    folder: str | None,
) -> Environment | None:
    """The environment with one more release; None where all of it comes from elsewhere.

    Layers in Argo CD's order: valueFiles, then valuesObject, or else values, then parameters (util/helm, 3.5).
    """
    helm = source.data.get("helm")
    helm = helm if isinstance(helm, Mapping) else {}
    route: Route = (*source.route, "helm")
    at = application.document
    reading = _Reading(gathered, home, environment.name, application, source, helm, route)
    layers = [*reading.files(), *reading.inline()]
    unbuilt = environment.unbuilt or reading.unbuilt
    metadata = gathered.sources.document(posixpath.join(folder, CHART_FILE)) if folder is not None else None
    stated = metadata.data if metadata is not None and isinstance(metadata.data, Mapping) else {}
    release = Release(
        name=str(helm.get("releaseName") or application.object_name),
        namespace=str(helm.get("namespace") or application.namespace),
        chart=source.chart or str(stated.get("name", "")),
        version=str(stated.get("version") or source.revision),
        folder=folder,
        repository=source.repository if source.chart else "",
        layers=tuple(layers),
        declared=Place(at.file, at.document, source.route),
        skip_tests=helm.get("skipTests") is True,
        crds=helm.get("skipCrds") is not True,
    )
    if unbuilt is None:
        parameters = reading.parameters(release)
        unbuilt = reading.unbuilt
        if parameters:
            name = f"{at.file} (parameters)"
            layer = Layer(name, at.file, at.document, (*route, "parameters"), inline=True, parameters=parameters)
            release = release._replace(layers=(*release.layers, layer))
    files = {layer.file for layer in layers} | reading.read
    gathered.referenced.update(files)
    if folder is not None:
        gathered.included.add(folder)
    # With values written in the Application alone, all that it deploys comes from elsewhere.
    if folder is None and all(layer.inline for layer in layers) and not _is_known(release):
        return None
    for key in _UNSEEN:
        if helm.get(key):
            place = Place(at.file, at.document, (*route, key))
            what = f"helm.{key} of {environment.name}"
            gap = Unseen(what, "the chart is rendered without it", at.file, environment.name, place)
            gathered.unseen.append(gap)
    if unbuilt is not None:
        # Nothing can be said from values that don't hold, nor of what is read of which chart.
        release = release._replace(chart="", layers=())
    return environment._replace(
        folder=folder if environment.folder is None else environment.folder,
        releases=(*environment.releases, release),
        files=environment.files | files,
        unbuilt=unbuilt,
    )


def _is_known(release: Release) -> bool:
    from hydrogitops.charts.known_charts import find

    return find(release.chart, release.version) is not None


def _texts_in(value: object, path: Route = ()) -> Iterator[tuple[Route, str]]:
    """All texts in values, each with its way."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from _texts_in(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts_in(below, (*path, index))


class _Reading:
    """Reads what an Application says of a chart; `unbuilt` is the first thing that cannot be followed."""

    def __init__(
        self,
        gathered: Gathered,
        home: Home,
        environment: str,
        application: argocd.Application,
        source: argocd.Source,
        helm: Mapping[str, Any],
        route: Route,
    ) -> None:
        self.gathered = gathered
        self.sources: Sources = gathered.sources
        self.home = home
        self.environment = environment
        self.application = application
        self.source = source
        self.helm = helm
        self.route = route
        self.unbuilt: Unbuilt | None = None
        self.read: set[str] = set()
        """Files that parameters take their values from."""
        self.variables = _variables(application, source)
        if helm.get("version") not in (None, "", "v3"):
            self._stop(("version",), f"Argo CD renders with Helm 3 or newer only, not with {helm['version']}")

    def files(self) -> Iterator[Layer]:
        for index, text in enumerate(as_list(self.helm.get("valueFiles"))):
            target = self._file(str(text), ("valueFiles", index))
            if target is None:
                continue
            if self.sources.is_file(target):
                yield Layer(target, target)
            elif not self.helm.get("ignoreMissingValueFiles"):
                yield Layer(target, target)
                place = self._place(("valueFiles", index))
                dangling = Dangling(place, str(text), target, VALUES, (self.environment,))
                self.gathered.dangling.append(dangling)
                # Helm renders nothing without it.
                self._stop(("valueFiles", index), f"{target} is not there")

    def inline(self) -> Iterator[Layer]:
        """Values written in the Application: as a map, and only without that as a text."""
        key = "valuesObject" if self.helm.get("valuesObject") is not None else "values"
        if self.helm.get(key):
            at = self.application.document
            yield Layer(f"{at.file} ({key})", at.file, at.document, (*self.route, key), inline=True)
            fields = tuple(self._fields(key))
            if fields:
                name = f"{at.file} (fields of the template)"
                yield Layer(name, at.file, at.document, (*self.route, key), inline=True, parameters=fields)

    def _fields(self, key: str) -> Iterator[Parameter]:
        """The texts of inline values that a template fills in, as what is set over the values as they are written."""
        document = self.sources.document(self.application.document.file, self.application.document.document)
        written = node(document.data if document is not None else None, (*self.route, key))
        if written == self.helm[key]:
            return
        if not isinstance(written, Mapping):
            self._stop((key,), "fields of the template stand in a text of values; write it as valuesObject")
            return
        for path, text in _texts_in(written):
            value = node(self.helm[key], path)
            if value == text:
                continue
            if value is None or any(isinstance(step, int) for step in path):
                self._stop((key, *path), "a field of the template in a list or a key of values is not followed")
                continue
            yield Parameter(path, value, self._given((key, *path)))

    def _given(self, route: Route) -> Route:
        """Where a text that a template fills in is written: the generator's element, if it stands in the document."""
        own, at = (*self.route, *route), self.application.document
        declared = self.application.declared
        place = declared.given.get(own[len(declared.route) :]) if declared is not None else None
        return place.path if place is not None and (place.file, place.document) == (at.file, at.document) else own

    def _below(self, release: Release) -> Mapping[str, Any]:
        """The values that parameters are set over."""
        # What knows layers is loaded for these only: the engines wait for what is found out here.
        from hydrogitops.charts.provenance import layers_of, overlaid

        return overlaid(layers_of(release, {layer.file: self.sources.get(layer.file) for layer in release.layers}))

    def parameters(self, release: Release) -> tuple[Parameter, ...]:
        """What is set over the layers of a release: `parameters`, those that force a text, then `fileParameters`."""
        below = cache(partial(self._below, release))
        found: dict[Route, Parameter] = {}
        for group in (self._texts(string=False), self._texts(string=True), self._contents()):
            for one in group:
                self._over(one, below())
                # Of one name the last counts, and a group counts over those before it.
                found[one.path] = one
        clash = conflict(tuple(found.values()))
        if clash is not None:
            self._stop_at(clash.at, "another parameter sets a part of it, and Argo CD passes them in no order")
        return tuple(found.values())

    def _texts(self, *, string: bool) -> Iterator[Parameter]:
        for index, item in enumerate(as_list(self.helm.get("parameters"))):
            if isinstance(item, Mapping) and (item.get("forceString") is True) == string:
                yield from self._parameter(("parameters", index), item, _text(item.get("value")), string=string)

    def _contents(self) -> Iterator[Parameter]:
        for index, item in enumerate(as_list(self.helm.get("fileParameters"))):
            if not isinstance(item, Mapping):
                continue
            route: Route = ("fileParameters", index)
            target = self._file(_text(item.get("path")), (*route, "path"))
            if target is None:
                continue
            self.gathered.referenced.add(target)
            self.read.add(target)
            text = self.sources.text(target)
            if text is None:
                place = self._place((*route, "path"))
                dangling = Dangling(place, _text(item["path"]), target, "file", (self.environment,))
                self.gathered.dangling.append(dangling)
                self._stop((*route, "path"), f"{target} is not there")
                continue
            try:
                yield Parameter(path_of(_text(item.get("name"))), text, (*self.route, *route, "path"))
            except ParameterError as error:
                self._stop(route, str(error))

    def _parameter(self, route: Route, item: Mapping[str, Any], text: str, *, string: bool) -> Iterator[Parameter]:
        at = (*self.route, *route, "value" if "value" in item else "name")
        try:
            value = expanded(text, self.variables)
            yield parameter(_text(item.get("name")), value, at, string=string)
        except ParameterError as error:
            self._stop(route, str(error))

    def _over(self, one: Parameter, below: object) -> None:
        """Stop where a parameter goes into something that the layers below it write otherwise."""
        if isinstance(one.value, int) and not isinstance(one.value, bool) and abs(one.value) >= PRINTED_WHOLE:
            self._stop_at(one.at, "as a parameter a number of this size is printed otherwise than from a file")
        for step, following in pairwise((*one.path, None)):
            if isinstance(step, int) or not isinstance(below, Mapping) or step not in below:
                return
            below = below[step]
            if isinstance(following, int):
                self._stop_at(one.at, f"it changes a position of a list that values below it write ({step})")
            elif following is not None and not isinstance(below, Mapping):
                self._stop_at(one.at, f"Helm refuses it: values below it write {step}, and it is no map")

    def _is_here(self, address: str, name: str) -> bool:
        """Whether a file of the repository at an address is one of this repository."""
        if plain(address) in self.home.known or self.home.has(address, name) == "here":
            return True
        return self.sources.is_file(name) and not self.home.is_other(address)

    def _file(self, text: str, route: Route) -> str | None:
        """The path of a file in this repository, by what stands in the Application; None where it isn't one."""
        name, _, rest = text.partition("/")
        referred = next((s for s in self.application.sources if name == f"${s.data.get('ref')}"), None)
        if referred is not None:
            if not self._is_here(referred.repository, rest):
                self._stop(route, f"{text} lies in another repository")
                return None
            return posixpath.normpath(rest)
        if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) or is_address(text):
            self._stop(route, f"{text} is an address; it would be fetched from the network")
            return None
        try:
            text = expanded(text, self.variables)
        except ParameterError as error:
            self._stop(route, str(error))
            return None
        return posixpath.normpath(text.lstrip("/")) if text.startswith("/") else join(self.source.path, text)

    def _stop(self, route: Route, reason: str) -> None:
        self._stop_at((*self.route, *route), reason)

    def _stop_at(self, route: Route, reason: str) -> None:
        if self.unbuilt is None:
            at = self.application.document
            self.unbuilt = Unbuilt(Place(at.file, at.document, route), reason)

    def _place(self, route: Route) -> Place:
        at = self.application.document
        return Place(at.file, at.document, (*self.route, *route))


def _variables(application: argocd.Application, source: argocd.Source) -> dict[str, str | None]:
    """What Argo CD fills into parameters and paths of files (reposerver/repository, newEnv, 3.5)."""
    return {
        "ARGOCD_APP_NAME": application.object_name,
        "ARGOCD_APP_NAMESPACE": application.namespace,
        "ARGOCD_APP_PROJECT_NAME": application.project or "default",
        "ARGOCD_APP_REVISION": None,
        "ARGOCD_APP_REVISION_SHORT": None,
        "ARGOCD_APP_REVISION_SHORT_8": None,
        "ARGOCD_APP_SOURCE_REPO_URL": source.repository,
        "ARGOCD_APP_SOURCE_PATH": _text(source.data.get("path")),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": source.revision,
    }


def _text(value: object) -> str:
    """A text of an Application, in which Argo CD takes nothing else."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
