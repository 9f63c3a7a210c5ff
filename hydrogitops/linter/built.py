"""The objects of an environment, by a build or as they are written, each with the document or release that made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from hydrogitops.charts import stand_in
from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.workloads import objects
from hydrogitops.model import AppliedObject, Environment, Evidence
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.sources import Sources
from hydrogitops.source import reading

from .inputs import Failed
from .originals import apart, attributed, originals, untouched

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Build


class Applied(NamedTuple):
    """What an environment applies: its objects, those before patches, and how that is known."""

    objects: tuple[AppliedObject, ...] = ()
    before: tuple[AppliedObject, ...] = ()
    evidence: Evidence = "source"
    built: bool = False
    failed: Failed | None = None


def as_written(sources: Sources, environment: Environment) -> Applied:
    """Manifests that no engine changes."""
    written = tuple(apart(resources_of(sources, environment)))
    return Applied(written, written, "source", built=True)


def unpatched(sources: Sources, environment: Environment) -> Applied:
    """What can be judged without an engine: plain resources that no patch changes."""
    written = tuple(untouched(environment, sources.get, resources_of(sources, environment)))
    return Applied(written, written, "source", built=False)


def resources_of(sources: Sources, environment: Environment) -> Iterator[AppliedObject]:
    """The objects of an environment's own documents, as they are written."""
    wanted = set(environment.resources)
    for name in dict.fromkeys(name for name, _ in environment.resources):
        file = sources.get(name)
        if file is not None:
            yield from (
                applied
                for applied in objects(file, written=True)
                if applied.source is not None and (name, applied.source.document) in wanted
            )


def built_objects(sources: Sources, environment: Environment, build: Build) -> Applied:
    """Objects of a build, each with the document or the release that it comes from."""
    charted = [
        applied._replace(release=chart.release)
        for chart in build.charts
        for applied in objects(reading.read("", chart.text))
    ]
    releases = {(applied.ref.kind, applied.ref.name): applied.release for applied in charted}
    spaces = {chart.release: chart.namespace for chart in build.charts}
    homes = {(one.ref.kind, one.ref.namespace or spaces[one.release], one.ref.name): one.release for one in charted}
    written = list(resources_of(sources, environment))
    built = list(objects(reading.read("", build.text)))
    exact = {(one.ref.kind, one.ref.namespace, one.ref.name) for one in written}
    own = [
        index
        for index, one in enumerate(built)
        if (one.ref.kind, one.ref.name) not in releases or (one.ref.kind, one.ref.namespace, one.ref.name) in exact
    ]
    places = dict(zip(own, originals([built[index].ref for index in own], written), strict=True))
    named = [
        one._replace(source=places[index])
        if index in places
        else one._replace(
            release=homes.get((one.ref.kind, one.ref.namespace, one.ref.name), releases[one.ref.kind, one.ref.name]),
        )
        for index, one in enumerate(built)
    ]
    missing = any(chart_folder(sources, release) == stand_in.folder() for release in environment.releases)
    evidence: Evidence = "stand-in" if missing else "rendered"
    return Applied(attributed(environment, sources.get, charted, named), (*charted, *written), evidence, built=True)


def failure_of(sources: Sources, environment: Environment, failure: RenderFailure) -> Failed:
    charts = [
        o._replace(release=name) for name, text in failure.charts.items() for o in objects(reading.read("", text))
    ]
    whole = all(release.name in failure.charts for release in environment.releases)
    written = tuple(resources_of(sources, environment))
    return Failed(failure.message, written, tuple(charts) if whole else ())
