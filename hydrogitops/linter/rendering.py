"""What the engines make of environments: kustomizations side by side, releases that are rendered by Helm alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hydrogitops.charts import stand_in
from hydrogitops.charts.engines import Build, BuildJob, Engines, RenderedChart, RenderFailure, StandIn
from hydrogitops.charts.provenance import layers_of
from hydrogitops.model import Environment
from hydrogitops.repo.kustomizations import chart_folder, kustomization_file
from hydrogitops.repo.sources import Sources

VENDOR = "vendor it below the Application's path"


def outcomes(
    sources: Sources, environments: Sequence[Environment]
) -> Iterator[tuple[Environment, Build | RenderFailure]]:
    """The build of each environment, or why there is none. One run of the engines for all of them."""
    with Engines(sources.root, lambda name: _documents(sources, name)) as engines:
        yield from _outcomes(engines, sources, environments)


def _outcomes(
    engines: Engines, sources: Sources, environments: Sequence[Environment]
) -> Iterator[tuple[Environment, Build | RenderFailure]]:
    """Kustomizations side by side in one go, then releases that the engine renders by Helm alone."""
    built = [e for e in environments if kustomization_file(sources, e.folder or "") is not None]
    jobs = [BuildJob(e.folder or "", e.kubernetes, e.helm, _stand_in(sources, e)) for e in built]
    yield from zip(built, engines.build_many(jobs), strict=True)
    for environment in environments:
        if environment not in built:
            yield environment, _rendered(engines, sources, environment)


def _rendered(engines: Engines, sources: Sources, environment: Environment) -> Build | RenderFailure:
    charts = []
    for release in environment.releases:
        chart = chart_folder(sources, release)
        if chart is None:
            return RenderFailure(f"chart {release.chart} {release.version} is not at hand", "missing", VENDOR)
        values = layers_of(release, {layer.file: sources.get(layer.file) for layer in release.layers})
        try:
            text = engines.render(
                chart,
                [layer.data if layer.layer.inline else Path(layer.layer.file) for layer in values],
                release=release.name,
                namespace=release.namespace,
                kubernetes=environment.kubernetes,
                helm=environment.helm,
            )
        except RenderFailure as failure:
            return failure
        charts.append(RenderedChart(release.name, release.namespace, release.folder or "", text))
    return Build("---\n".join(chart.text for chart in charts), tuple(charts))


def _stand_in(sources: Sources, environment: Environment) -> StandIn | None:
    """The stand-in for the first chart of a build that is not in the repository, if it can stand for it."""
    for release in environment.releases:
        if release.folder is not None and not sources.is_folder(release.folder):
            if stand_in.stands_for(release.chart, release.version):
                return StandIn(release.folder, stand_in.folder())
            return None
    return None


def _documents(sources: Sources, name: str) -> Sequence[object] | None:
    file = sources.get(name)
    if file is None or file.broken:
        return None
    return [document.data for document in file.documents]
