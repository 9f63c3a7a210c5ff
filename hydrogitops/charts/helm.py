"""Helm, as a worker of ours or as a program on the PATH: a job in, the text that `helm template` prints out."""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from .children import TICK, BoundError, Bounds, Child, Children, ClosedError, Watch, ran_out_of_memory
from .failure import FailureKind, RenderFailure
from .programs import INSTALL, How, Program

RENDER = Bounds(seconds=10, memory=2**30, output=32 * 2**20)
"""A render takes 5 to 35 ms and 100 MiB; only one that never ends comes near."""
START_SECONDS = 30
"""Until the worker has Helm loaded: 0.1 s, but 85 MB from a cold and slow disk."""
TRIES = 2
"""Renders of one chart that may pass a bound before the run gives that chart up."""

EMBEDDED_VERSION = "v4.2.3"
"""Helm in helm-python-sdk 0.2.2."""


Values = Path | str | Mapping[str, object]
"""A layer of values: a file, a YAML text, or data."""


class Job(NamedTuple):
    """What `helm template` is asked for. `values` are layers in order, later ones win."""

    chart: Path
    release: str
    namespace: str = ""
    values: tuple[Values, ...] = ()
    kubernetes: str = ""
    api_versions: tuple[str, ...] = ()
    include_crds: bool = False
    skip_tests: bool = False
    no_hooks: bool = False


class Helm(Protocol):
    """A way to render. `version` as Helm prints it, "v4.2.3"."""

    version: str
    how: How

    def render(self, job: Job) -> str:
        """RenderFailure; OSError and ClosedError as `Children` has them."""


def parse(arguments: Sequence[str]) -> Job:
    """The job in the arguments that kustomize 5.8.1 gives to `helm` (api/types/helmchartargs.go). RenderFailure."""
    if not arguments or arguments[0] != "template":
        raise RenderFailure(f"helm {' '.join(arguments[:1])}: the chart would have to be fetched", "missing")
    positional: list[str] = []
    texts: dict[str, list[str]] = {}
    switches: set[str] = set()
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in _WITH_VALUE:
            texts.setdefault(argument, []).append(next(rest, ""))
        elif argument in _SWITCHES:
            switches.add(argument)
        elif argument.startswith("-"):
            raise RenderFailure(f"helm template {argument}: not understood", "failed")
        else:
            positional.append(argument)
    name = _last(texts, "--name-template")
    if "{{" in name:
        raise RenderFailure(f"nameTemplate {name!r}: a name that is computed is not evaluated", "failed", "releaseName")
    if not 1 <= len(positional) <= 2:
        raise RenderFailure("helm template: a release name and a chart are needed", "failed")
    if len(positional) == 2 and name:
        raise RenderFailure("cannot set --name-template and also specify a name", "failed")
    return Job(
        chart=Path(positional[-1]),
        # Helm 4.3.1 falls back to this name for --generate-name too (cmd/template.go sets it first).
        release=positional[0] if len(positional) == 2 else name or "release-name",
        namespace=_last(texts, "--namespace"),
        values=tuple(Path(file) for file in texts.get("-f", ())),
        kubernetes=_last(texts, "--kube-version"),
        api_versions=tuple(texts.get("--api-versions", ())),
        include_crds="--include-crds" in switches,
        skip_tests="--skip-tests" in switches,
        no_hooks="--no-hooks" in switches,
    )


_WITH_VALUE = frozenset({"-f", "--namespace", "--name-template", "--api-versions", "--kube-version"})
_SWITCHES = frozenset({"--generate-name", "--include-crds", "--skip-tests", "--no-hooks", "--debug", "--devel"})


def _last(texts: Mapping[str, Sequence[str]], flag: str) -> str:
    return texts[flag][-1] if flag in texts else ""


class EmbeddedHelm:
    """Helm in one worker process, started when the first job comes, one job at a time, started anew after a kill.

    One at a time, so that the job which kills the worker is known and no other is lost.
    """

    version = EMBEDDED_VERSION
    how: How = "embedded"

    def __init__(self, children: Children, packages: Path, bounds: Bounds = RENDER) -> None:
        self._children = children
        self._packages = packages
        self._bounds = bounds
        self._lock = threading.Lock()
        self._process: Child | None = None
        self._ready = False
        self._strikes: Counter[Path] = Counter()

    def warm(self) -> None:
        """Start the worker without waiting for it: it loads Helm while kustomize reads the repository."""
        if self._lock.acquire(blocking=False):
            try:
                self._worker()
            finally:
                self._lock.release()

    def render(self, job: Job) -> str:
        with self._lock:
            if self._strikes[job.chart] >= TRIES:
                raise RenderFailure(
                    f"the chart passed its bounds {TRIES} times in this run; it is not tried again", "timeout"
                )
            process = self._worker()
            if not self._ready:
                self._exchange(process, self._bounds._replace(seconds=START_SECONDS), "Helm itself", None)
                self._ready = True
            try:
                return self._exchange(process, self._bounds, f"chart {job.chart.name}", _encode(job))
            finally:
                # Only a failure that cost the worker leaves none behind.
                self._strikes[job.chart] += self._process is None

    def _worker(self) -> Child:
        if self._process is None:
            command = [
                sys.executable, "-I", "-S", str(Path(__file__).with_name("helm_worker.py")),
                str(self._packages), str(self._bounds.output),
            ]  # fmt: skip
            with (self._children.folder / "worker.log").open("wb") as log:
                self._process = self._children.start(command, self._bounds, log, talks=True)
        return self._process

    def _exchange(self, process: Child, bounds: Bounds, what: str, request: bytes | None) -> str:
        """Send a request, wait for the answer; without a request wait for the worker to be ready.

        RenderFailure; where no answer came, the worker is ended.
        """
        assert process.stdin is not None
        watch = Watch(process, bounds)
        answered = False
        try:
            if request is not None:
                process.stdin.write(request)
                process.stdin.flush()
            status, text = _answer(process, watch)
            answered = True
        except BoundError as error:
            raise bound_failure(error, bounds, what) from None
        except (EOFError, BrokenPipeError):
            self._end(process)
            if self._children.closed:
                raise ClosedError from None
            raise self._death(process, bounds, what) from None
        finally:
            if not answered:
                self._end(process)
        if status == "ok":
            return text
        if status == "broken":
            self._end(process)
            raise RenderFailure(f"the embedded Helm cannot be used: {text}", "missing", INSTALL)
        if status == "large":
            raise bound_failure(BoundError("output"), bounds, what)
        raise RenderFailure(text, "failed")

    def _end(self, process: Child) -> None:
        self._children.end(process)
        self._process, self._ready = None, False

    def _death(self, process: Child, bounds: Bounds, what: str) -> RenderFailure:
        """Why the worker is gone: out of memory at the second fence, or a crash in Helm."""
        with (self._children.folder / "worker.log").open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 65536))
            said = log.read().decode(errors="replace")
        if ran_out_of_memory(said):
            return bound_failure(BoundError("memory"), bounds, what)
        code = process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        reason = next((line for line in said.splitlines() if line.startswith(("fatal error:", "panic:"))), "")
        return RenderFailure(f"{what}: Helm crashed ({how}) {reason}".rstrip(), "failed")


def _answer(process: Child, watch: Watch) -> tuple[str, str]:
    """Read `STATUS LENGTH\\n` and that many bytes. BoundError, EOFError."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        received = bytearray()
        head = bytearray()
        while True:
            if not selector.select(TICK):
                watch.look()
                continue
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise EOFError
            received += chunk
            if not head and b"\n" in received:
                head, _, received = received.partition(b"\n")
            status, _, length = head.decode().partition(" ")
            if head and len(received) >= int(length):
                return status, received.decode()


def _encode(job: Job) -> bytes:
    request = job._asdict()
    layers = [_layer(layer) for layer in job.values]
    return json.dumps(request | {"chart": str(job.chart), "values": layers}).encode() + b"\n"


def _layer(layer: Values) -> dict[str, object]:
    match layer:
        case Path():
            return {"file": str(layer)}
        case str():
            return {"text": layer}
        case _:
            return {"data": layer}


class BinaryHelm:
    """A `helm` program, one process a job."""

    how: How = "binary"

    def __init__(self, children: Children, program: Program, bounds: Bounds = RENDER) -> None:
        self.version = program.version
        self._children = children
        self._program = program
        self._bounds = bounds

    def render(self, job: Job) -> str:
        with tempfile.TemporaryDirectory(prefix="values-", dir=self._children.folder) as folder:
            command = [*self._program.command, *_arguments(job, Path(folder))]
            try:
                finished = self._children.run(command, self._bounds)
            except BoundError as error:
                raise bound_failure(error, self._bounds, f"chart {job.chart.name}") from None
        if finished.code:
            raise RenderFailure(finished.errors or f"helm ended with exit code {finished.code}", "failed")
        return finished.output.decode(errors="replace")


def _arguments(job: Job, folder: Path) -> Iterator[str]:
    """The arguments of a job; values that are in no file yet are written to `folder`."""
    yield from ("template", job.release, str(job.chart))
    if job.namespace:
        yield from ("--namespace", job.namespace)
    for number, layer in enumerate(job.values):
        file = layer if isinstance(layer, Path) else folder / f"{number}.yaml"
        if not isinstance(layer, Path):
            file.write_text(
                layer if isinstance(layer, str) else json.dumps(layer, ensure_ascii=False), encoding="utf-8"
            )
        yield from ("-f", str(file))
    if job.kubernetes:
        yield from ("--kube-version", job.kubernetes)
    for version in job.api_versions:
        yield from ("--api-versions", version)
    flags = {"--include-crds": job.include_crds, "--skip-tests": job.skip_tests, "--no-hooks": job.no_hooks}
    yield from (flag for flag, wanted in flags.items() if wanted)


def bound_failure(error: BoundError, bounds: Bounds, what: str) -> RenderFailure:
    """The failure of something that was killed at one of its bounds."""
    sentence: dict[str, str] = {
        "timeout": f"{what} was not rendered within {bounds.seconds:g} s; the engine was stopped",
        "memory": f"{what} took more than {bounds.memory >> 20} MiB of memory; the engine was stopped",
        "output": f"{what} renders to more than {bounds.output >> 20} MiB",
    }
    kind: FailureKind = error.bound
    return RenderFailure(sentence[error.bound], kind)
