"""Checks on the sources that Kustomizations and HelmReleases take their files from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from hydrogitops.linter.checks.flux import INSTALLED, Declared, by_installation, is_of, kustomizations, releases
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView
from hydrogitops.model import Fault, Place, Replacement, Route, Suggestion
from hydrogitops.source.shapes import as_map, maps_in, node

SOURCE = "source.toolkit.fluxcd.io"


def source_unknown(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A reference to a source that nothing in the repository makes."""
    written = [one for file in view.files.values() for document in file.documents for one in _sources(document.data)]
    for environment in view.environments:
        if not environment.environment.stages:
            continue
        known = {*written, *(one for applied in environment.objects for one in _sources(applied.data))}
        for one, route in _references(environment):
            yield from _unmade(environment, one, route, known)


_Source = tuple[str, str, str]
"""Kind, namespace and name; the namespace is empty where none is stated."""


def _sources(data: object) -> Iterator[_Source]:
    """The sources that an object makes."""
    if not isinstance(data, Mapping):
        return
    group = str(data.get("apiVersion", "")).partition("/")[0]
    metadata, spec = as_map(data.get("metadata")), as_map(data.get("spec"))
    namespace, name = str(metadata.get("namespace") or ""), str(metadata.get("name") or "")
    if group == SOURCE:
        yield str(data.get("kind")), namespace, name
    elif group == "source.extensions.fluxcd.io":
        yield from (("ExternalArtifact", namespace, str(one.get("name"))) for one in maps_in(spec.get("artifacts")))
    elif group == "fluxcd.controlplane.io":
        # An instance of Flux makes the source that it follows; a set of resources has them written out in it.
        sync = as_map(spec.get("sync"))
        if sync:
            yield str(sync.get("kind") or "GitRepository"), namespace, str(sync.get("name") or namespace or INSTALLED)
        for inner in maps_in(spec.get("resources")):
            yield from _sources(inner)


def _references(view: EnvironmentView) -> Iterator[tuple[Declared, Route]]:
    """Everything that names a source, with the way to where it does."""
    yield from ((one, ("sourceRef",)) for one in kustomizations(view))
    for one in releases(view):
        yield from ((one, route) for route in (("chart", "spec", "sourceRef"), ("chartRef",)))
    for applied in view.objects:
        if is_of(applied, SOURCE, "HelmChart"):
            spec, ref = as_map(applied.data.get("spec")), applied.ref
            place = applied.source or Place("", 0)
            yield Declared("HelmChart", ref.namespace, ref.name, spec, place, applied), ("sourceRef",)


def _unmade(view: EnvironmentView, one: Declared, route: Route, known: Iterable[_Source]) -> Iterator[Fault]:
    reference = as_map(node(one.spec, route))
    kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
    namespace = str(reference.get("namespace") or one.namespace)
    if not name or "${" in name or by_installation(view, kind, name):
        return
    # In which namespace an object is that has none of its own, only a build can tell.
    open_to_all = (
        not view.built and "namespace" not in reference and one.object is not None and not one.object.ref.namespace
    )
    alike = [source for source in known if source[0] == kind]
    if any(source[2] == name and (open_to_all or source[1] in ("", namespace)) for source in alike):
        return
    spaces = sorted({source[1] for source in alike if source[2] == name})
    near = get_close_matches(name, sorted({source[2] for source in alike}), 1)
    hint, edits = "", tuple[Replacement, ...]()
    at = one.at(*route, "name")
    if spaces:
        hint = f"; the one of that name is in the namespace {spaces[0]}"
    elif near:
        hint, edits = f"; did you mean {near[0]}?", (Replacement(at, near[0]),)
    yield Fault(
        rule="",
        message=f"{one.kind} {one.name} takes its files from the {kind} {name}, which nothing in the repository"
        f" makes{hint}",
        at=at,
        label=f"did you mean {near[0]}?" if edits else "there is none of that name" if not spaces else "not there",
        environment=view.name,
        object=one.object.ref if one.object is not None else None,
        path=("spec", *route, "name"),
        fix=Suggestion(f"write {near[0]}" if edits else "correct it, or write the source", edits),
    )
