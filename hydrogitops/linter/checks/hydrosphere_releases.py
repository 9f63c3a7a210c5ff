"""Checks on the names that a release takes in its cluster."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView
from hydrogitops.model import Environment, Fault, Place, Related, Suggestion
from hydrogitops.source.shapes import node

from .hydrosphere import serving

_CLASHING = "minio"


def release_name(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A release whose name holds `minio`: MinIO's Service is then named otherwise than its readers call it."""
    for values, _ in serving(view):
        name = values.release.name
        if _CLASHING in name:
            yield Fault(
                rule="",
                message=f"{name}: with {_CLASHING} in the release's name MinIO's Service is called {name},"
                f" and its readers call {name}-{_CLASHING}",
                at=_name_place(view, values),
                label=f"contains {_CLASHING}",
                fix=Suggestion(f"choose a name without {_CLASHING}"),
            )


def one_release(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """Two releases in one namespace of one cluster: the chart names some objects without the release."""
    homes: dict[tuple[str, str], tuple[EnvironmentView, ReleaseValues]] = {}
    for environment in view.environments:
        for values, _ in serving(environment):
            namespace = values.release.namespace or environment.environment.namespace or "default"
            before, other = homes.setdefault((_cluster(environment.environment), namespace), (environment, values))
            if other is values:
                continue
            where = "this environment" if before is environment else f"{before.name} in the same cluster"
            yield Fault(
                rule="",
                message=f"{values.release.name} goes to namespace {namespace}, where {other.release.name} of {where}"
                " is already: names without the release in them collide",
                at=_namespace_place(environment, values),
                label="taken already",
                related=(Related(_namespace_place(before, other), "the first release in this namespace"),),
                environment=environment.name,
                fix=Suggestion("give each release a namespace of its own"),
            )


def _cluster(environment: Environment) -> str:
    """What two environments of one cluster have in common; where nobody states it, an environment stands alone."""
    stated = environment.server or environment.cluster
    return f"environment {environment.name}" if stated in ("", "TODO") else stated


def _name_place(view: EnvironmentView, values: ReleaseValues) -> Place:
    """Where a release is named: in a `helmCharts` item, in an Application, else by what declares the environment."""
    declared, own = values.release.declared, view.environment.declared
    document = Place(declared.file, declared.document)
    candidates = _written(
        view,
        (declared, ("releaseName",)),
        (declared, ("helm", "releaseName")),
        (declared, ("name",)),
        (own, ("name",)),
        (document, ("spec", "template", "metadata", "name")),
        (document, ("metadata", "name")),
    )
    # A name may be put together from several: the one with the word in it is to blame.
    return next((place for place, text in candidates if _CLASHING in text), declared)


def _namespace_place(view: EnvironmentView, values: ReleaseValues) -> Place:
    """Where a release's namespace is written: its own, its kustomization's, its Application's, or the generator's."""
    declared, own = values.release.declared, view.environment.declared
    document = Place(declared.file, declared.document)
    candidates = _written(
        view,
        (declared, ("namespace",)),
        (declared, ("targetNamespace",)),
        (document, ("namespace",)),
        (own, ("namespace",)),
        (own, ("spec", "destination", "namespace")),
        (document, ("spec", "destination", "namespace")),
        (document, ("spec", "template", "spec", "destination", "namespace")),
        # Of an Application it is where Argo CD itself runs.
        (document, ("metadata", "namespace")),
    )
    return next((place for place, _ in candidates), declared)


def _written(view: EnvironmentView, *candidates: tuple[Place | None, tuple[str, ...]]) -> Iterator[tuple[Place, str]]:
    """Those places at which something is written, with its text."""
    for place, route in candidates:
        file = view.read(place.file) if place is not None else None
        for document in file.documents if file is not None else ():
            if place is not None and document.number == place.document:
                path = (*place.path, *route)
                value = node(document.data, path)
                if value is not None:
                    yield Place(place.file, place.document, path), str(value)
