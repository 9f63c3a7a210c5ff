"""Everything that renders goes through here: charts by Helm, kustomizations by kustomize with our Helm program.

    with Engines(root, read) as engines:
        engines.build("apps/hydrosphere/envs/prod", kubernetes="1.33").text

Nothing is started before it is asked for, one Helm worker serves a run, and nothing outlives the `with`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self, TypeVar

from . import helm_program
from .chart_files import look_through
from .children import BoundError, Bounds, Children, ClosedError
from .containment import Reader, Survey, survey
from .copies import StandIn, lay_out
from .failure import FailureKind, RenderFailure
from .helm import EMBEDDED_VERSION, RENDER, BinaryHelm, EmbeddedHelm, Helm, Job, Values, bound_failure
from .helm_calls import HelmCalls, Probe, RenderedChart, refuse_outside
from .programs import How, Program, binary_helm, embedded_helm, kustomize, kustomize_version

__all__ = [
    "Build", "BuildJob", "EngineVersions", "Engines", "Probe", "RenderFailure", "RenderedChart", "StandIn", "versions",
]  # fmt: skip

BUILD = Bounds(seconds=20, memory=2**30, output=32 * 2**20)
"""A build takes 0.1 to 0.3 s and 70 MiB; the time of its charts is counted with them."""
LACKS_DEPENDENCIES = "found in Chart.yaml, but missing in charts/ directory"
"""What Helm says of a chart whose dependencies were not fetched."""
SIDE_BY_SIDE = min(8, 2 * (os.cpu_count() or 1))
"""Builds at once; they take turns with the worker, so more than there are processors."""

Result = TypeVar("Result")


class EngineVersions(NamedTuple):
    """What would render and where it comes from; None where an engine is not at hand, `missing` says what to do."""

    helm: str | None
    helm_how: How | None
    kustomize: str | None
    kustomize_how: How | None
    missing: tuple[str, ...] = ()


class Build(NamedTuple):
    """A built kustomization. `text`: a YAML stream in kustomize's order. `charts`: in the order of inflation.

    `probed`: what the probe makes of all of it, where that needs no further build.
    """

    text: str
    charts: tuple[RenderedChart, ...] = ()
    probed: str | RenderFailure | None = None


class BuildJob(NamedTuple):
    """A kustomization to build: its folder, relative to the repository. `kubernetes`: "1.33", empty for Helm's own.

    `probe`: charts are rendered a second time with it, while kustomize goes on; with `probed` only that is built.
    """

    folder: str
    kubernetes: str = ""
    helm: Literal[3, 4] = 4
    stand_in: StandIn | None = None
    probe: Probe | None = None
    probed: bool = False


def versions() -> EngineVersions:
    """Which engines would be used. Asks kustomize, and a `helm` on the PATH where ours is not installed."""
    helm: Program | None = None
    program: Program | None = None
    version: str | None = None
    missing: list[str] = []
    children = Children()
    with contextlib.closing(children):
        try:
            helm = Program((), EMBEDDED_VERSION, "embedded") if embedded_helm() else binary_helm(children, 4)
        except RenderFailure as failure:
            missing.append(f"{failure.message}: {failure.hint}")
        try:
            program = kustomize(children)
            version = kustomize_version(children, program)
        except RenderFailure as failure:
            missing.append(f"{failure.message}: {failure.hint}")
    return EngineVersions(
        helm=helm.version if helm else None,
        helm_how=helm.how if helm else None,
        kustomize=version,
        kustomize_how=program.how if program else None,
        missing=tuple(missing),
    )


class Engines:
    """Helm and kustomize for one repository. `read` gives the documents of its files, for the look before a build.

    `root`: the repository, without links. Every method raises RenderFailure and nothing else of its own. Ctrl-C ends
    every child, and so does leaving the `with`; after that it is not to be used.
    """

    def __init__(self, root: Path, read: Reader, *, render: Bounds = RENDER, build: Bounds = BUILD) -> None:
        self.root = Path(os.path.realpath(root))
        self._read = read
        self._render_bounds = render
        self._build_bounds = build
        self._lock = threading.Lock()
        self._ended = False
        self._started: Children | None = None
        self._helms: dict[int, Helm] = {}
        self._found: Program | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all children and remove what they left."""
        with self._lock:
            self._ended = True
        if self._started is not None:
            self._started.close()

    def warm(self, major: Literal[3, 4] = 4) -> None:
        """Have Helm ready for what will be rendered later. Does not wait; what fails now will say so then."""
        if major == 3 or embedded_helm() is None:
            # A program has nothing to load, and its version is only known by waiting for it.
            return
        with contextlib.suppress(RenderFailure, ClosedError, OSError):
            helm = self._helm(major)
            if isinstance(helm, EmbeddedHelm):
                helm.warm()

    def render(
        self,
        chart: Path,
        values: Sequence[Values] = (),
        *,
        release: str,
        namespace: str,
        kubernetes: str = "",
        helm: Literal[3, 4] = 4,
        include_crds: bool = False,
        skip_tests: bool = False,
    ) -> str:
        """The YAML stream that `helm template` prints. `chart`: a folder or archive; relative to the repository.

        A chart elsewhere is one that the caller trusts; links in it must stay in it. `values`: layers in order, later
        ones win, each a file of the repository, a YAML text or data.
        """
        root, path = self.root, self.root / chart
        if not path.exists():
            raise RenderFailure(f"there is no chart at {chart}", "missing")
        home = root if path.is_relative_to(root) else path
        for _, message in look_through(home, path):
            raise RenderFailure(f"{chart}: {message}", "refused")
        job = Job(
            chart=path,
            release=release,
            namespace=namespace,
            values=tuple(root / layer if isinstance(layer, Path) else layer for layer in values),
            kubernetes=kubernetes,
            include_crds=include_crds,
            skip_tests=skip_tests,
        )
        refuse_outside(job, root, home)
        try:
            return self._one(lambda: self._helm(helm).render(job))
        except RenderFailure as failure:
            if LACKS_DEPENDENCIES in failure.message:
                # Not Helm itself, but whoever renders a chart alone fetches them and tries again (Argo CD, util/helm:
                # IsMissingDependencyErr; Flux, source-controller): it is we who have not got them.
                where = path.relative_to(root) if path.is_relative_to(root) else path.name
                hint = f"`helm dependency build {where}` puts them there"
                failure = RenderFailure(failure.message, "missing", hint)
            raise self._named(failure, root) from None

    def build(
        self, folder: str, *, kubernetes: str = "", helm: Literal[3, 4] = 4, stand_in: StandIn | None = None
    ) -> Build:
        """What kustomize makes of a folder of the repository. `kubernetes`, `helm`, `stand_in` as in `BuildJob`."""
        (outcome,) = self.build_many([BuildJob(folder, kubernetes, helm, stand_in)])
        if isinstance(outcome, RenderFailure):
            raise outcome
        return outcome

    def build_many(
        self, jobs: Sequence[BuildJob], under_way: Callable[[], None] = lambda: None
    ) -> tuple[Build | RenderFailure, ...]:
        """Several builds side by side with one Helm worker, in the order of `jobs`; a failure stands in its place.

        `under_way` is called, maybe more than once, when as many run as may at once.
        """
        at_once = min(len(jobs), SIDE_BY_SIDE)
        begun: set[int] = set()

        def begin(number: int) -> None:
            begun.add(number)
            if len(begun) >= at_once:
                under_way()

        def build(number: int, job: BuildJob, seen: Survey) -> Build:
            try:
                return self._build(job, seen, partial(begin, number))
            finally:
                begin(number)

        surveys = [survey(self.root, job.folder, self._read) for job in jobs]
        numbered = enumerate(zip(jobs, surveys, strict=True))
        return self._side_by_side([partial(build, number, job, seen) for number, (job, seen) in numbered])

    def _build(self, job: BuildJob, seen: Survey, begun: Callable[[], None]) -> Build:
        for problem in seen.problems:
            kind: FailureKind = "failed" if problem.kind in ("missing", "cycle", "lost-chart") else "refused"
            if problem.kind not in ("no-chart", "lost-chart"):
                raise RenderFailure(f"{problem.file}: {problem.message}", kind)
            if job.stand_in is None:
                reason = f"{problem.file}: {problem.message}"
                raise RenderFailure(reason, "missing" if problem.kind == "no-chart" else kind)
        program = self._kustomize()
        helm = self._helm(job.helm) if seen.charts or job.stand_in else None
        if isinstance(helm, EmbeddedHelm):
            helm.warm()
        if job.stand_in is None:
            return self._built(job, self.root, program, helm, begun)
        with tempfile.TemporaryDirectory(prefix="copy-", dir=self._children().folder) as copy:
            lay_out(self.root, seen, job.stand_in, Path(copy))
            return self._built(job, Path(copy), program, helm, begun)

    def _built(
        self, job: BuildJob, root: Path, program: Program, helm: Helm | None, begun: Callable[[], None]
    ) -> Build:
        children = self._children()
        trusted = os.path.realpath(job.stand_in.chart) if job.stand_in is not None else None
        with HelmCalls(
            root, children.folder, helm, job.kubernetes, job.probe, probed=job.probed, trusted=trusted
        ) as calls:
            command = [*program.command, "--load-restrictor", "LoadRestrictionsNone"]
            command += ["--enable-helm", "--helm-command", str(self._launcher()), str(root / job.folder)]
            try:
                finished = children.run(
                    command,
                    self._build_bounds,
                    environment=calls.environment,
                    answers={calls.fileno(): calls.answer},
                    begun=begun,
                )
            except BoundError as error:
                raise bound_failure(error, self._build_bounds, f"kustomization {job.folder}") from None
        if calls.failure is not None:
            raise self._named(calls.failure, root)
        if finished.code:
            said = finished.errors or f"kustomize ended with exit code {finished.code}"
            failure = RenderFailure(said, "failed", charts={chart.release: chart.text for chart in calls.charts})
            raise self._named(failure, root)
        return Build(finished.output.decode(errors="replace"), tuple(calls.charts))

    def _named(self, failure: RenderFailure, root: Path) -> RenderFailure:
        """The failure with names of the repository in place of the folders of this run."""
        # Most runs have nothing to say.
        from .printed import clean

        names = {str(root): "", str(self._children().folder): "…"}
        return RenderFailure(clean(failure.message, names), failure.kind, failure.hint, failure.charts)

    def _children(self) -> Children:
        with self._lock:
            if self._ended:
                raise ClosedError
            if self._started is None:
                self._started = Children()
            return self._started

    def _helm(self, major: Literal[3, 4]) -> Helm:
        children = self._children()
        with self._lock:
            if major not in self._helms:
                packages = embedded_helm() if major == 4 else None
                self._helms[major] = (
                    BinaryHelm(children, binary_helm(children, major), self._render_bounds)
                    if packages is None
                    else EmbeddedHelm(children, packages, self._render_bounds)
                )
            return self._helms[major]

    def _kustomize(self) -> Program:
        children = self._children()
        with self._lock:
            if self._found is None:
                self._found = kustomize(children)
            return self._found

    def _launcher(self) -> Path:
        """The file that kustomize starts as `helm`."""
        program = self._children().folder / "helm"
        with self._lock:
            if not program.exists():
                program.write_text(helm_program.launcher(sys.executable), encoding="utf-8")
                program.chmod(0o700)
        if not os.access(program, os.X_OK):
            raise PermissionError(f"programs cannot be started from {program.parent.parent}")
        return program

    def _one(self, call: Callable[[], Result]) -> Result:
        (result,) = self._side_by_side([call])
        if isinstance(result, RenderFailure):
            raise result
        return result

    def _side_by_side(self, calls: Sequence[Callable[[], Result]]) -> tuple[Result | RenderFailure, ...]:
        """Do the calls in threads. Ctrl-C reaches the main thread only, which just waits: no child is half started."""
        children = self._children()
        results: dict[int, Result | RenderFailure] = {}
        errors: list[Exception] = []
        waiting = iter(enumerate(calls))

        def work() -> None:
            for index, call in waiting:
                try:
                    results[index] = call()
                except RenderFailure as failure:
                    results[index] = failure
                except ClosedError:
                    return
                except OSError as error:
                    hint = _ROOM_HINT if error.errno == errno.ENOSPC else _START_HINT
                    results[index] = RenderFailure(
                        f"an engine cannot be run: {error.strerror or error}", "failed", hint
                    )
                except Exception as error:  # noqa: BLE001 - a bug of ours, raised where the caller sees it
                    errors.append(error)
                    return

        threads = [threading.Thread(target=work, daemon=True) for _ in calls[:SIDE_BY_SIDE]]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            children.kill()
            for thread in threads:
                if thread.is_alive():
                    thread.join()
            raise
        if errors:
            raise errors[0]
        ended = RenderFailure("the run was ended", "failed")
        return tuple(results.get(index, ended) for index in range(len(calls)))


_START_HINT = "set TMPDIR to a folder with a short path from which programs may be started"
_ROOM_HINT = "make room in the folder for temporary files, or set TMPDIR to another"
