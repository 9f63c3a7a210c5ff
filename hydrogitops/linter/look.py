"""One look at environments: the engines begin before what makes the views is loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Environment
from hydrogitops.repo.kustomizations import kustomization_file
from hydrogitops.repo.sources import Sources

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Engines, Probe

    from .rendering import Rendering
    from .views import Seen, Views


def see(
    sources: Sources,
    environments: Sequence[Environment],
    configuration: Configuration,
    *,
    render: bool,
    today: date | None = None,
) -> Seen:
    """Views of the environments. With `render` false nothing is started; what can be read is judged all the same."""
    with Look(sources, environments, configuration, render=render, today=today) as look:
        return look.seen()


class Look:
    """One look at environments: entered, the engines work on what has to be built; left, nothing runs any more.

    `proof`: whether charts are to be rendered with canaries too; asked while the engines work, None: they are not.
    `engines`: those of the repository, where they are on their way already.
    """

    def __init__(
        self,
        sources: Sources,
        environments: Sequence[Environment],
        configuration: Configuration,
        *,
        render: bool,
        proof: Callable[[], bool] | None = None,
        today: date | None = None,
        engines: Engines | None = None,
    ) -> None:
        self._sources = sources
        self._environments = environments
        self._configuration = configuration
        self._today = today
        waiting = [e for e in environments if needs_engine(sources, e)]
        self._waiting = frozenset(e.name for e in waiting)
        self._proof = proof
        probe = self._canaries if proof is not None else None
        self._rendering = _rendering(sources, waiting, probe, engines) if render and waiting else None
        self._views: Views | None = None
        # A build may ask for canaries before the caller asks for anything.
        self._loading = threading.Lock()

    def __enter__(self) -> Self:
        if self._rendering is not None:
            self._rendering.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rendering is not None:
            self._rendering.close()

    @property
    def renders(self) -> bool:
        """Whether engines have something to build."""
        return self._rendering is not None

    def as_written(self) -> Seen:
        """Views of what can be read without an engine."""
        return self._loaded().as_written()

    def seen(self) -> Seen:
        """Views of the environments as they are applied. Waits for the engines."""
        return self._loaded().seen()

    def _canaries(self, environment: Environment) -> Probe:
        return lambda release: self._loaded().canaries(environment, release)

    def _loaded(self) -> Views:
        with self._loading:
            if self._views is None:
                from .views import Views

                self._views = Views(
                    self._sources,
                    self._environments,
                    self._configuration,
                    waiting=self._waiting,
                    rendering=self._rendering,
                    proof=self._proof,
                    today=self._today,
                )
            return self._views


def needs_engine(sources: Sources, environment: Environment) -> bool:
    """Manifests that are applied as they are written need none."""
    if environment.stages:
        return True
    if environment.releases or environment.folder is None:
        return bool(environment.releases)
    return kustomization_file(sources, environment.folder) is not None


def _rendering(
    sources: Sources,
    environments: Sequence[Environment],
    probe: Callable[[Environment], Probe] | None,
    engines: Engines | None,
) -> Rendering:
    # Engines are not loaded by a run without them.
    from .rendering import Rendering

    return Rendering(sources, environments, probe, engines)
