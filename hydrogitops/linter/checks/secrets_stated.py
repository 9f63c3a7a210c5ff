"""Credentials in values that a manifest hands to a chart which is not here: no environment has them among its layers.

An Application or HelmRelease of a chart from a Helm repository deploys nothing of this repository but these values.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.charts.workloads import node, objects
from hydrogitops.linter.checks.secrets import ROTATE, name_above, verdict
from hydrogitops.linter.inputs import Parameters, RepositoryView, dotted, nodes
from hydrogitops.model import AppliedObject, Fault, Place, Route, SourceFile, Suggestion
from hydrogitops.source import reading

VALUES = "values.yaml"
"""The key of a ConfigMap that helm-controller reads unless another one is named."""
ARGO, FLUX = "argoproj.io/", "helm.toolkit.fluxcd.io/"


class _Stated(NamedTuple):
    """Values and where they begin. `pairs`: names with values, one by one, and where each value stands."""

    at: Place
    data: object = None
    pairs: tuple[tuple[str, object, Place], ...] = ()


def plaintext_stated(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """As secrets/plaintext-in-values, in what no environment reads as a layer of values."""
    known = {
        (layer.file, layer.index, layer.path)
        for environment in view.environments
        for release in environment.environment.releases
        for layer in release.layers
    }
    for stated in _stated(view):
        here = (stated.at.file, stated.at.index, stated.at.path)
        if here in known:
            continue
        known.add(here)
        for path, value in nodes(stated.data):
            at = Place(stated.at.file, stated.at.index, (*stated.at.path, *path))
            yield from _told(dotted(path), name_above(stated.data, path), value, at)
        for name, value, at in stated.pairs:
            yield from _told(name, name, value, at)


def _told(path: str, key: str, value: object, at: Place) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or "encryptedData" in at.path:
        return
    why, mild = verdict(value, key)
    if why:
        yield Fault(
            rule="",
            message=f"{path} {why}; whoever reads the repository has it",
            at=at,
            mild="warning" if mild else None,
            label="in plain text",
            fix=Suggestion(f"{ROTATE} into a SealedSecret that the chart reads"),
        )


def _stated(view: RepositoryView) -> Iterator[_Stated]:
    maps: set[tuple[str, str]] = set()
    for applied in _of_kinds(view.files.values(), ("Application", "ApplicationSet", "HelmRelease")):
        at = applied.source
        assert at is not None
        spec = applied.data.get("spec")
        if applied.ref.kind == "HelmRelease" and applied.ref.api_version.startswith(FLUX):
            yield from _inline(at, ("spec", "values"), node(spec, ("values",)))
            for item in _list(node(spec, ("valuesFrom",))):
                if node(item, ("kind",)) == "ConfigMap":
                    maps.add((str(node(item, ("name",))), str(node(item, ("valuesKey",)) or VALUES)))
        elif applied.ref.api_version.startswith(ARGO):
            for route in _helm(spec, ("spec",)):
                yield from _of_application(view, at, route, node(applied.data, route))
    if maps:
        yield from _of_maps(view, maps)


def _of_kinds(files: Iterable[SourceFile], kinds: tuple[str, ...]) -> Iterator[AppliedObject]:
    for file in files:
        if any(kind in file.text for kind in kinds):
            yield from (one for one in objects(file, written=True) if one.ref.kind in kinds)


def _helm(data: object, route: Route) -> Iterator[Route]:
    """The ways to what Applications say of Helm, in the templates of generators too."""
    for path, value in nodes(data):
        if path[-1] == "helm" and isinstance(value, Mapping) and {"source", "sources"} & set(path[-3:-1]):
            yield (*route, *path)


def _of_application(view: RepositoryView, at: Place, route: Route, helm: Any) -> Iterator[_Stated]:
    for key in ("valuesObject", "values"):
        yield from _inline(at, (*route, key), helm.get(key))
    listed = _list(helm.get("parameters"))
    base = (*at.path, *route, "parameters")
    pairs = [
        (str(item["name"]), item.get("value"), Place(at.file, at.index, (*base, index, "value")))
        for index, item in enumerate(listed)
        if isinstance(item, Mapping) and item.get("name")
    ]
    if pairs:
        yield _Stated(Place(at.file, at.index, base), None, tuple(pairs))
    for text in _list(helm.get("valueFiles")):
        # `$values/path`: of the source that this repository is, where it has such a file.
        if isinstance(text, str) and text.startswith("$"):
            yield from _of_file(view, posixpath.normpath(text.partition("/")[2] or "."))


def _inline(at: Place, route: Route, value: object) -> Iterator[_Stated]:
    """Values as a map, or as a text that is YAML itself."""
    documents = reading.read(at.file, value).documents if isinstance(value, str) else ()
    data = documents[0].data if documents else value
    if isinstance(data, Mapping):
        yield _Stated(Place(at.file, at.index, (*at.path, *route)), data)


def _of_file(view: RepositoryView, name: str) -> Iterator[_Stated]:
    file = view.files.get(name)
    for document in file.documents if file is not None else ():
        yield _Stated(Place(name, document.index), document.data)


def _of_maps(view: RepositoryView, maps: set[tuple[str, str]]) -> Iterator[_Stated]:
    """The ConfigMaps that HelmReleases take values from: written out, or made of files by kustomize."""
    for applied in _of_kinds(view.files.values(), ("ConfigMap",)):
        for name, key in maps:
            text = node(applied.data, ("data", key))
            if applied.ref.name == name and applied.source is not None and isinstance(text, str):
                yield from _inline(applied.source, ("data", key), text)
    for file in view.files.values():
        data = file.documents[0].data if is_kustomization(file.path) and file.documents else None
        for item in _list(node(data, ("configMapGenerator",))):
            for text in _list(node(item, ("files",))):
                key, _, path = str(text).rpartition("=")
                if (node(item, ("name",)), key or posixpath.basename(path)) in maps:
                    yield from _of_file(view, join(posixpath.dirname(file.path), path))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
