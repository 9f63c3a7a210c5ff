"""What the engines make of environments: kustomizations side by side, releases that are rendered by Helm alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hydrogitops.charts import stand_in
from hydrogitops.charts.engines import Build, BuildJob, Engines, Probe, RenderedChart, RenderFailure, StandIn
from hydrogitops.model import Environment
from hydrogitops.repo.kustomizations import chart_folder, kustomization_file
from hydrogitops.repo.sources import Sources

from .engines_ahead import engines_of

if TYPE_CHECKING:
    from .stages import Staged, Stages

VENDOR = "vendor it below the Application's path"


class Rendering:
    """The builds of environments, which go on while the caller works at something else. One run of the engines.

    `outcomes` waits for what they give. With `probe`, of an environment, its charts are rendered once more beside it.
    `engines`: those that are on their way already; they end with this.
    """

    def __init__(
        self,
        sources: Sources,
        environments: Sequence[Environment],
        probe: Callable[[Environment], Probe] | None = None,
        engines: Engines | None = None,
    ) -> None:
        self._sources = sources
        self._environments = environments
        self._probe = probe
        self._engines = engines if engines is not None else engines_of(sources)
        self._under_way = threading.Event()
        self._outcomes: dict[str, Build | RenderFailure] = {}
        self._stages: Stages | None = None
        if any(one.stages for one in environments):
            from .stages import Stages

            self._stages = Stages(self._engines, sources, probe)
        self.staged: dict[str, Staged] = {}
        """What came of environments that are built in stages; after `outcomes`."""
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin; returns when as many builds run as may at once. Must be closed."""
        try:
            self._thread.start()
            # A child that is still to be started would have to wait for every line that this thread runs meanwhile.
            self._under_way.wait()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End what still runs."""
        self._engines.close()
        if self._stages is not None:
            self._stages.end()
        if self._thread.ident is not None:
            self._thread.join()
        if self._stages is not None:
            self._stages.close()
        # What was copied for a build that no longer began may lie where the folder of the run was.
        self._engines.close()

    def outcomes(self) -> Mapping[str, Build | RenderFailure]:
        """The build of each environment by its name, or why there is none."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._outcomes

    def probed(self, environments: Sequence[Environment]) -> tuple[Build | RenderFailure, ...]:
        """The same kustomizations built from charts that have the probe over their values; after `outcomes`."""
        whole = [environment for environment in environments if not environment.stages]
        built = dict(
            zip(
                (environment.name for environment in whole),
                self._engines.build_many([self._job(environment, probed=True) for environment in whole]),
                strict=True,
            )
        )
        if self._stages is not None:
            built |= self._stages.probed([one.name for one in environments if one.stages])
        return tuple(built[environment.name] for environment in environments)

    def _work(self) -> None:
        try:
            self._outcomes.update((environment.name, outcome) for environment, outcome in self._all())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._error = error
        finally:
            self._under_way.set()

    def _all(self) -> Iterator[tuple[Environment, Build | RenderFailure]]:
        """Kustomizations side by side in one go, then releases that the engine renders by Helm alone."""
        told = [e for e in self._environments if e.unbuilt is not None]
        yield from ((e, RenderFailure(e.unbuilt.reason, "missing")) for e in told if e.unbuilt is not None)
        wanted = [e for e in self._environments if e.unbuilt is None]
        staged = [e for e in wanted if e.stages]
        whole = [e for e in wanted if not e.stages]
        built = [e for e in whole if kustomization_file(self._sources, e.folder or "") is not None]
        jobs = [self._job(environment) for environment in built]
        stages = self._stage_jobs(staged)
        for major in {environment.helm for environment in staged if environment.releases}:
            self._engines.warm(major)
        outcomes = self._engines.build_many([*jobs, *stages.values()], self._under_way.set)
        yield from zip(built, outcomes, strict=False)
        if self._stages is not None:
            known = {
                key: outcome if isinstance(outcome, RenderFailure) else outcome.text
                for key, outcome in zip(stages, outcomes[len(jobs) :], strict=True)
            }
            self.staged = {one.environment.name: one for one in self._stages.staged(staged, known)}
            yield from ((one.environment, one.outcome) for one in self.staged.values())
        for environment in whole:
            if environment not in built:
                probe = self._probe(environment) if self._probe is not None else None
                yield environment, _rendered(self._engines, self._sources, environment, probe)

    def _stage_jobs(self, environments: Sequence[Environment]) -> dict[tuple[str, str], BuildJob]:
        """The builds of stages that are kustomizations as they lie there, by environment and stage."""
        if self._stages is None:
            return {}
        jobs = {(e.name, stage.name): self._stages.job(e, stage) for e in environments for stage in e.stages}
        return {key: job for key, job in jobs.items() if job is not None}

    def _job(self, environment: Environment, *, probed: bool = False) -> BuildJob:
        return BuildJob(
            environment.folder or "",
            environment.kubernetes,
            environment.helm,
            _stand_in(self._sources, environment),
            self._probe(environment) if self._probe is not None else None,
            probed,
        )


def _rendered(
    engines: Engines, sources: Sources, environment: Environment, probe: Probe | None
) -> Build | RenderFailure:
    from hydrogitops.charts.provenance import layers_of

    charts: list[RenderedChart] = []
    probed: list[str] | RenderFailure = []
    for release in environment.releases:
        chart = chart_folder(sources, release)
        if chart is None:
            return RenderFailure(f"chart {release.chart} {release.version} is not at hand", "missing", VENDOR)
        layers = layers_of(release, {layer.file: sources.get(layer.file) for layer in release.layers})
        values = [layer.data if layer.layer.inline else Path(layer.layer.file) for layer in layers]
        render = partial(
            engines.render,
            chart,
            release=release.name,
            namespace=release.namespace,
            kubernetes=environment.kubernetes,
            helm=environment.helm,
            include_crds=release.crds,
            skip_tests=release.skip_tests,
        )
        try:
            text = render(values)
        except RenderFailure as failure:
            return failure
        charts.append(RenderedChart(release.name, release.namespace, release.folder or "", text))
        layer = probe(release.name) if probe is not None else {}
        if isinstance(probed, list):
            try:
                probed.append(render([*values, layer]) if layer else text)
            except RenderFailure as failure:
                probed = failure
    return Build(
        "---\n".join(chart.text for chart in charts),
        tuple(charts),
        "---\n".join(probed) if isinstance(probed, list) else probed,
    )


def _stand_in(sources: Sources, environment: Environment) -> StandIn | None:
    """The stand-in for the first chart of a build that is not in the repository, if it can stand for it."""
    for release in environment.releases:
        if release.folder is not None and not sources.is_folder(release.folder):
            if stand_in.stands_for(release.chart, release.version):
                return StandIn(release.folder, stand_in.folder())
            return None
    return None
