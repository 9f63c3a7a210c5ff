"""From environments to views: ask the engines for what they apply, and type it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.origins import Origins
from hydrogitops.charts.provenance import ChartFolders, ReleaseValues, values_of
from hydrogitops.charts.workloads import sealed_secrets, workloads
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import (
    Environment,
    Field,
    JvmLaunch,
    Place,
    Release,
    Route,
    SourceFile,
    Unseen,
)
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.sources import Sources

from . import model_pods
from .built import Applied, as_written, built_objects, failure_of, unpatched
from .inputs import EnvironmentView, Leak, dotted
from .seals import seals

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Build
    from hydrogitops.charts.variables import Variables
    from hydrogitops.charts.workloads import Launcher
    from hydrogitops.kube.scheduling import NodePool

    from .rendering import Rendering

NO_RENDER = "--no-render"


class Seen:
    """What was made of the environments, what was not, and why the tool could not do its whole job."""

    def __init__(self) -> None:
        self.views: list[EnvironmentView] = []
        self.origins: dict[str, Origins] = {}
        self.unseen: list[Unseen] = []
        self.incomplete: list[str] = []
        self.remarks: list[str] = []


class Views:
    """Makes views of environments.

    `waiting`: those that an engine builds, by name; `rendering`: the builds, None where nothing is rendered. `proof`:
    whether charts were rendered with canaries too; None: they were not.
    """

    def __init__(
        self,
        sources: Sources,
        environments: Sequence[Environment],
        configuration: Configuration,
        *,
        waiting: frozenset[str],
        rendering: Rendering | None,
        proof: Callable[[], bool] | None,
        today: date | None,
    ) -> None:
        self._sources = sources
        self._environments = environments
        self._configuration = configuration
        self._waiting = waiting
        self._rendering = rendering
        self._proof = proof
        self._today = today
        self._charts = ChartFolders()
        self._releases: dict[str, list[tuple[tuple[Release, ...], dict[str, ReleaseValues]]]] = {}
        # The builds ask for canaries while the values are merged here.
        self._merging = threading.RLock()

    def as_written(self) -> Seen:
        """Views of what can be read without an engine."""
        seen = Seen()
        for environment in self._environments:
            self._add(environment, self._read(environment), seen)
        return seen

    def seen(self) -> Seen:
        """Views of the environments as they are applied. Waits for the engines."""
        seen = Seen()
        for environment in self._environments:
            self._merged(environment)
        if self._rendering is not None:
            # Loaded while the engines work.
            _ = self._launcher
        outcomes = self._rendering.outcomes() if self._rendering is not None else {}
        staged = self._rendering.staged if self._rendering is not None else {}
        self._environments = [staged[e.name].environment if e.name in staged else e for e in self._environments]
        seen.unseen += [gap for one in staged.values() for gap in one.unseen]
        applied = {e.name: self._applied(e, outcomes.get(e.name), seen) for e in self._environments}
        leaks = self._leaks(outcomes, applied, seen)
        for environment in self._environments:
            self._add(environment, applied[environment.name], seen, leaks.get(environment.name))
        replaced = [view.name for view in seen.views if view.evidence == "stand-in"]
        if replaced:
            names = ", ".join(replaced)
            seen.remarks.append(
                f"{names}: the chart is not in the repository, so the stand-in chart was judged in its place"
            )
        peers = tuple(seen.origins.values())
        for origins in peers:
            origins.peers = peers
        return seen

    def canaries(self, environment: Environment, release: str) -> Mapping[str, Any]:
        """The layer that puts canaries over the values of a release; empty where nothing is to be proved."""
        if not self._proves():
            return {}
        from . import leaks

        return leaks.layer(self._merged(environment).get(release))

    def _proves(self) -> bool:
        return self._proof is not None and self._proof()

    def _leaks(
        self, outcomes: Mapping[str, Build | RenderFailure], applied: Mapping[str, Applied], seen: Seen
    ) -> dict[str, tuple[Leak, ...]]:
        """What the canaries show in each environment that was built."""
        if self._rendering is None or not self._proves():
            return {}
        from . import leaks

        trials = []
        for environment in self._environments:
            outcome, own = outcomes.get(environment.name), applied[environment.name]
            if outcome is not None and not isinstance(outcome, RenderFailure):
                releases = self._merged(environment)
                trials.append(leaks.Trial(environment, releases, outcome, own.before, own.objects))
        found = {}
        for name, shown in leaks.leaks(trials, self._sources.get, self._rendering.probed).items():
            if isinstance(shown, RenderFailure):
                what = f"whether credentials show in what {name} applies"
                seen.unseen.append(Unseen(what, f"with canaries in their place {shown.message}", environment=name))
            else:
                found[name] = shown
        return found

    def _add(
        self, environment: Environment, applied: Applied, seen: Seen, leaks: tuple[Leak, ...] | None = None
    ) -> None:
        view = self._view(environment, applied, seen)._replace(leaks=leaks)
        seen.views.append(view)
        origins = Origins(environment, view.releases, view.objects, self._sources.get, view.before)
        seen.origins[environment.name] = origins
        seen.unseen += _beyond(view)
        if view.workloads:
            # What knows JVMs is loaded where there may be some.
            from .machines import gaps

            seen.unseen += gaps(view, lambda field: origins.locate(field).place)

    def _applied(self, environment: Environment, outcome: Build | RenderFailure | None, seen: Seen) -> Applied:
        if isinstance(outcome, RenderFailure):
            failed = self._rendering.staged.get(environment.name) if self._rendering is not None else None
            _failed(environment, outcome, seen, failed.at if failed is not None else None)
            return self._read(environment)._replace(failed=failure_of(self._sources, environment, outcome))
        if outcome is not None:
            built = built_objects(self._sources, environment, outcome)
            staged = self._rendering.staged.get(environment.name) if self._rendering is not None else None
            return built if staged is None or staged.whole else built._replace(built=False)
        if environment.name in self._waiting:
            reason = f"it is not rendered ({NO_RENDER})"
            seen.unseen.append(Unseen(f"what {environment.name} applies", reason, environment=environment.name))
        return self._read(environment)

    def _merged(self, environment: Environment) -> dict[str, ReleaseValues]:
        with self._merging:
            # Of some environments the releases are only known for certain behind the engines.
            known = self._releases.setdefault(environment.name, [])
            found = next((merged for releases, merged in known if releases == environment.releases), None)
            if found is None:
                found = {
                    release.name: _values(self._sources, release, environment.helm, self._charts)
                    for release in environment.releases
                }
                known.append((environment.releases, found))
            return found

    def _read(self, environment: Environment) -> Applied:
        unbuilt = environment.name in self._waiting
        return unpatched(self._sources, environment) if unbuilt else as_written(self._sources, environment)

    def _view(self, environment: Environment, applied: Applied, seen: Seen) -> EnvironmentView:
        return EnvironmentView(
            environment=environment,
            releases=self._merged(environment),
            objects=applied.objects,
            workloads=tuple(workloads(applied.objects, self._launch, environment.namespace)),
            sealed=tuple(sealed_secrets(applied.objects)),
            evidence=applied.evidence,
            built=applied.built,
            before=applied.before,
            node_pools=cache(partial(_pools, environment)),
            seals=seals(self._sources, environment.name, self._configuration, self._today),
            written=partial(_as_text, self._sources, seen.origins, environment.name),
            answers=self._configuration.answers,
            read=self._sources.get,
            absent=partial(_absent, seen.origins, environment.name),
            taken=lambda field: seen.origins[environment.name].taken(field),
            failed=applied.failed,
        )

    def _launch(
        self, image: str, variables: Variables, command: tuple[str, ...], args: tuple[str, ...], path: Route
    ) -> JvmLaunch | None:
        return self._launcher(image, variables, command, args, path)

    @cached_property
    def _launcher(self) -> Launcher:
        # Not loaded where nothing runs containers.
        from hydrogitops.charts.launches import DeclaredImage, launcher

        images = self._configuration.images
        return launcher([DeclaredImage(i.match, i.jdk, i.sees_limits, i.variables) for i in images])


def _beyond(view: EnvironmentView) -> Iterator[Unseen]:
    """Values that could not be merged, those that the stand-in chart does not read, and what it cannot be held to."""
    folder = view.environment.rendered
    if view.evidence == "stand-in" and any(name.startswith(f"{folder}/") for name in view.environment.files if folder):
        reason = "the stand-in chart renders in the place of the real one; vendor the chart into charts/"
        yield Unseen(f"whether {folder} is what the sources give", reason, "", view.name)
    for values in view.releases.values():
        if values.problem and view.built:
            reason = f"the layers cannot be merged: {values.problem}"
            yield Unseen(f"values of release {values.release.name}", reason, "", view.name)
        if view.environment.pools and model_pods.is_unclear(view, values):
            at = view.place_of(values, model_pods.VALUE)
            reason = f"{dotted(model_pods.VALUE)} is not JSON in a text of HOCON, or says it in another way"
            yield Unseen("where the pods of deployed models may land", reason, at.file, view.name, at)
        if view.evidence == "stand-in" and values.contract is not None:
            beyond = [dotted(p) for p in values.contract.beyond if any(layer.holds(p) for layer in values.layers)]
            if beyond:
                reason = "the stand-in chart does not read it; vendor the chart into charts/"
                yield Unseen(f"what {', '.join(beyond)} changes", reason, "", view.name)


def _as_text(sources: Sources, origins: Mapping[str, Origins], environment: str, field: Field) -> str | None:
    """The text of a trap, where a field comes from one."""
    place = origins[environment].locate(field).place
    document = sources.document(place.file, place.document)
    notes = document.notes if document is not None else ()
    return next((note.text for note in notes if note.kind == "trap-value" and note.path == place.path), None)


def _absent(origins: Mapping[str, Origins], environment: str, values: ReleaseValues, path: Route) -> Place:
    return origins[environment].missing_value(values, path).place


def _values(sources: Sources, release: Release, helm: int, charts: ChartFolders) -> ReleaseValues:
    read: Mapping[str, SourceFile | None] = {layer.file: sources.get(layer.file) for layer in release.layers}
    return values_of(release, read, chart_folder(sources, release), charts, helm)


def _failed(environment: Environment, failure: RenderFailure, seen: Seen, at: Place | None) -> None:
    reason = failure.message + (f"; {failure.hint}" if failure.hint else "")
    gap = Unseen(f"what {environment.name} applies", reason, environment=environment.name, at=at)
    seen.unseen.append(replace(gap, failed=failure.kind == "failed"))
    # An engine that is not installed, a chart or base elsewhere: a gap. One that says no: nothing comes out of this.
    if failure.kind not in ("missing", "refused"):
        seen.incomplete.append(f"{environment.name} renders to nothing: {failure.message}")


def _pools(environment: Environment) -> tuple[NodePool, ...] | None:
    if environment.pools is None:
        return None
    # Asked for workloads only.
    from hydrogitops.kube.scheduling import pool

    return tuple(pool(p.name, p.labels, p.taints, p.instance_types, p.allocatable) for p in environment.pools)
