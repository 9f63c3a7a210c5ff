"""From environments to views: ask the engines for what they apply, and type it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.launches import DeclaredImage, launcher
from hydrogitops.charts.origins import Origins
from hydrogitops.charts.patches import matches
from hydrogitops.charts.provenance import ChartFolders, ReleaseValues, values_of
from hydrogitops.charts.workloads import objects, sealed_secrets, workloads
from hydrogitops.config.configuration import Configuration
from hydrogitops.kube.scheduling import NodePool, pool
from hydrogitops.model import AppliedObject, Environment, Evidence, Field, Place, Route, SourceFile, Unseen
from hydrogitops.repo.kustomizations import chart_folder, kustomization_file
from hydrogitops.repo.sources import CONFIGURATION, Sources
from hydrogitops.source import reading

from .inputs import EnvironmentView, dotted
from .seals import seals

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Build

NO_RENDER = "--no-render"


@dataclass(slots=True)
class Seen:
    """What was made of the environments, what was not, and why the tool could not do its whole job."""

    views: list[EnvironmentView] = field(default_factory=list)
    origins: dict[str, Origins] = field(default_factory=dict)
    unseen: list[Unseen] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Applied:
    """What an environment applies: its objects, those before patches, and how that is known."""

    objects: tuple[AppliedObject, ...] = ()
    before: tuple[AppliedObject, ...] = ()
    evidence: Evidence = "source"
    built: bool = False


def see(
    sources: Sources,
    environments: Sequence[Environment],
    configuration: Configuration,
    *,
    render: bool,
    today: date | None = None,
) -> Seen:
    """Views of the environments. With `render` false nothing is started; what can be read is judged all the same."""
    seen = Seen()
    charts = ChartFolders()
    launch = launcher([DeclaredImage(i.match, i.jdk, i.sees_limits, i.variables) for i in configuration.images])
    builds = _render(sources, environments, seen, render=render)
    for environment in environments:
        applied = builds[environment.name]
        releases = {r.name: _values(sources, environment, r.name, charts) for r in environment.releases}
        typed = tuple(workloads(applied.objects, launch))
        view = EnvironmentView(
            environment=environment,
            releases=releases,
            objects=applied.objects,
            workloads=typed,
            sealed=tuple(sealed_secrets(applied.objects)),
            evidence=applied.evidence,
            built=applied.built,
            before=applied.before,
            pools=_pools(environment),
            seals=seals(sources, environment.name, configuration, today),
            written=partial(_as_text, sources, seen.origins, environment.name),
            answers=configuration.answers,
            read=sources.get,
            absent=partial(_absent, seen.origins, environment.name),
        )
        seen.views.append(view)
        for values in releases.values():
            if values.problem and applied.built:
                reason = f"the layers cannot be merged: {values.problem}"
                seen.unseen.append(Unseen(f"values of release {values.release.name}", reason, "", environment.name))
            if applied.evidence == "stand-in" and values.contract is not None:
                beyond = [dotted(p) for p in values.contract.beyond if any(layer.holds(p) for layer in values.layers)]
                if beyond:
                    reason = "the stand-in chart does not read it; vendor the chart into charts/"
                    seen.unseen.append(Unseen(f"what {', '.join(beyond)} changes", reason, "", environment.name))
        seen.origins[environment.name] = Origins(environment, releases, applied.objects, sources.get)
        seen.unseen += _undeclared(view, seen.origins[environment.name])
    replaced = [view.name for view in seen.views if view.evidence == "stand-in"]
    if replaced:
        seen.remarks.append(
            f"{', '.join(replaced)}: the chart is not in the repository, so the stand-in chart was judged in its place"
        )
    peers = tuple(seen.origins.values())
    for origins in peers:
        origins.peers = peers
    return seen


def _undeclared(view: EnvironmentView, origins: Origins) -> Iterator[Unseen]:
    """JVMs whose JDK nobody declared, each image once, at the file that names it."""
    told: set[str] = set()
    for workload in view.workloads:
        for container in workload.containers:
            if container.launch is None or container.launch.known or container.image in told:
                continue
            told.add(container.image)
            image = origins.locate(Field(workload.ref, (*container.path, "image"))).place
            reason = "nobody declared its JDK, so only what holds for every JDK is judged; "
            reason += f"add it to images in {CONFIGURATION}"
            yield Unseen(f"the JVM of {container.image}", reason, image.file, view.name)


def _as_text(sources: Sources, origins: Mapping[str, Origins], environment: str, field: Field) -> str | None:
    """The text of a trap, where a field comes from one."""
    place = origins[environment].locate(field).place
    document = sources.document(place.file, place.index)
    notes = document.notes if document is not None else ()
    return next((note.text for note in notes if note.kind == "trap-value" and note.path == place.path), None)


def _absent(origins: Mapping[str, Origins], environment: str, values: ReleaseValues, path: Route) -> Place:
    return origins[environment].missing_value(values, path).place


def _values(sources: Sources, environment: Environment, name: str, charts: ChartFolders) -> ReleaseValues:
    release = next(release for release in environment.releases if release.name == name)
    read: Mapping[str, SourceFile | None] = {layer.file: sources.get(layer.file) for layer in release.layers}
    return values_of(release, read, chart_folder(sources, release), charts, environment.helm)


def _render(sources: Sources, environments: Sequence[Environment], seen: Seen, *, render: bool) -> dict[str, _Applied]:
    """What each environment applies: from the engines, or as written where nothing has to be built."""
    results = {e.name: _as_written(sources, e) for e in environments if not _needs_engine(sources, e)}
    waiting = [environment for environment in environments if environment.name not in results]
    if not render:
        for environment in waiting:
            results[environment.name] = _unpatched(sources, environment)
            reason = f"it is not rendered ({NO_RENDER})"
            seen.unseen.append(Unseen(f"what {environment.name} applies", reason, environment=environment.name))
    elif waiting:
        from .rendering import outcomes

        for environment, outcome in outcomes(sources, waiting):
            if isinstance(outcome, RenderFailure):
                results[environment.name] = _unpatched(sources, environment)
                _failed(environment, outcome, seen)
            else:
                results[environment.name] = _built(sources, environment, outcome)
    return results


def _needs_engine(sources: Sources, environment: Environment) -> bool:
    """Manifests that are applied as they are written need none."""
    if environment.releases or environment.folder is None:
        return bool(environment.releases)
    return kustomization_file(sources, environment.folder) is not None


def _as_written(sources: Sources, environment: Environment) -> _Applied:
    written = tuple(_written(sources, environment))
    return _Applied(written, written, "source", built=True)


def _unpatched(sources: Sources, environment: Environment) -> _Applied:
    """What can be judged without an engine: plain resources that no patch changes."""
    written = tuple(
        applied
        for applied in _written(sources, environment)
        if not any(matches(patch, applied) for patch in environment.patches)
    )
    return _Applied(written, written, "source", built=False)


def _written(sources: Sources, environment: Environment) -> Iterator[AppliedObject]:
    wanted = set(environment.resources)
    for name in dict.fromkeys(name for name, _ in environment.resources):
        file = sources.get(name)
        if file is not None:
            yield from (
                applied
                for applied in objects(file, written=True)
                if applied.source is not None and (name, applied.source.index) in wanted
            )


def _built(sources: Sources, environment: Environment, build: Build) -> _Applied:
    """Objects of a build, each with the document or the release that it comes from."""
    charted = [
        replace(applied, release=chart.release)
        for chart in build.charts
        for applied in objects(reading.read("", chart.text))
    ]
    releases = {(applied.ref.kind, applied.ref.name): applied.release for applied in charted}
    written = list(_written(sources, environment))
    documents = {(applied.ref.kind, applied.ref.name): applied.source for applied in written}
    named = []
    for applied in objects(reading.read("", build.text)):
        key = (applied.ref.kind, applied.ref.name)
        if key in releases:
            named.append(replace(applied, release=releases[key]))
        else:
            named.append(replace(applied, source=documents.get(key) or _renamed(documents, key)))
    missing = any(r.folder is not None and not sources.is_folder(r.folder) for r in environment.releases)
    evidence: Evidence = "stand-in" if missing else "rendered"
    return _Applied(tuple(named), (*charted, *written), evidence, built=True)


def _renamed(documents: Mapping[tuple[str, str], Place | None], key: tuple[str, str]) -> Place | None:
    """The document of an object whose name a prefix or suffix has changed: the only one of its kind inside the name."""
    found = [place for (kind, name), place in documents.items() if kind == key[0] and name and name in key[1]]
    return found[0] if len(found) == 1 else None


def _failed(environment: Environment, failure: RenderFailure, seen: Seen) -> None:
    reason = failure.message + (f"; {failure.hint}" if failure.hint else "")
    seen.unseen.append(Unseen(f"what {environment.name} applies", reason, environment=environment.name))
    # An engine that is not installed, a chart or base elsewhere: a gap. One that says no: nothing comes out of this.
    if failure.kind not in ("missing", "refused"):
        seen.incomplete.append(f"{environment.name} renders to nothing: {failure.message}")


def _pools(environment: Environment) -> tuple[NodePool, ...] | None:
    if environment.pools is None:
        return None
    return tuple(pool(p.name, p.labels, p.taints, p.instance_types, p.allocatable) for p in environment.pools)
