"""Answers the calls for `helm` that a build makes: kustomize starts our program, that asks here, Helm renders."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from .failure import RenderFailure
from .helm import EMBEDDED_VERSION, Helm, Job, Values, parse
from .helm_program import SOCKET, VERSION

PATIENCE = 20
"""Seconds that our own program may take to send its arguments or to take the answer."""

Probe = Callable[[str], Mapping[str, object]]
"""A layer of values over all others of a release, by its name; empty: nothing to try."""


class RenderedChart(NamedTuple):
    """A chart as Helm gave it to a build, before patches. `chart`: its folder, relative to the repository.

    `probed`: the same with the build's probe over the values, or why it cannot be rendered so; None: nothing was tried.
    """

    release: str
    namespace: str
    chart: str
    text: str
    probed: str | RenderFailure | None = None


class HelmCalls:
    """The socket of one build: `answer` whenever it is readable; `charts` and `failure` are what came of it.

    With a `probe` each chart is rendered once more, beside the build; with `probed` kustomize is given that render.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        helm: Helm | None,
        kubernetes: str,
        probe: Probe | None = None,
        *,
        probed: bool = False,
        trusted: str | None = None,
    ) -> None:
        """`trusted`: a chart elsewhere, without links in its path, that a link in `root` leads to."""
        self.charts: list[RenderedChart] = []
        self.failure: RenderFailure | None = None
        self._root = root
        self._folder = folder
        self._helm = helm
        self._kubernetes = kubernetes
        self._probe = probe
        self._probed = probed
        self._trusted = (Path(trusted),) if trusted is not None else ()
        # A short name: the address of a socket has room for about 100 bytes (sys/un.h).
        self._place = tempfile.TemporaryDirectory(prefix="b", dir=folder)
        self._address = f"{self._place.name}/s"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._address)
        self._listener.listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._place.cleanup()

    def fileno(self) -> int:
        return self._listener.fileno()

    @property
    def environment(self) -> dict[str, str]:
        """What our program finds its way by."""
        return {SOCKET: self._address, VERSION: self._helm.version if self._helm else EMBEDDED_VERSION}

    def answer(self) -> None:
        """Take one call and answer it."""
        connection, _ = self._listener.accept()
        rendered: Job | None = None
        with connection:
            connection.settimeout(PATIENCE)
            arguments = bytearray()
            with contextlib.suppress(OSError):
                while chunk := connection.recv(1 << 16):
                    arguments += chunk
            try:
                job = self._job(arguments.decode(errors="surrogateescape").split("\0"))
                reply = b"\0" + self._rendered(job).encode()
                if self._probe is not None and not self._probed:
                    # Read now: kustomize removes the file of merged values as soon as it has its answer.
                    rendered = job._replace(values=tuple(map(_held, job.values)))
            except RenderFailure as failure:
                self.failure = failure
                reply = b"\1" + failure.message.encode(errors="replace")
            # kustomize may be gone by now; then its own end is what is reported.
            with contextlib.suppress(OSError):
                connection.sendall(reply)
        # kustomize goes on with its patches meanwhile.
        if rendered is not None and self._probe is not None:
            self.charts[-1] = self.charts[-1]._replace(probed=self._tried(rendered, self._probe(rendered.release)))

    def _job(self, arguments: list[str]) -> Job:
        job = parse(arguments)
        job = job._replace(kubernetes=job.kubernetes or self._kubernetes)
        refuse_outside(job, self._root, self._folder, *self._trusted)
        if self._probe is not None and self._probed:
            job = job._replace(values=(*job.values, self._probe(job.release)))
        return job

    def _tried(self, job: Job, layer: Mapping[str, object]) -> str | RenderFailure | None:
        if not layer or self._helm is None:
            return None
        try:
            return self._helm.render(job._replace(values=(*job.values, layer)))
        except RenderFailure as failure:
            return failure

    def _rendered(self, job: Job) -> str:
        if self._helm is None:
            raise RenderFailure(f"chart {job.chart.name} was not foreseen", "refused")
        text = self._helm.render(job)
        real = Path(os.path.realpath(job.chart))
        # What a link of ours leads to is called as it is called here.
        place = Path(os.path.realpath(job.chart.parent), job.chart.name) if real in self._trusted else real
        chart = place.relative_to(self._root)
        self.charts.append(RenderedChart(job.release, job.namespace, chart.as_posix(), text))
        return text


def _held(layer: Values) -> Values:
    return layer.read_bytes().decode() if isinstance(layer, Path) else layer


def refuse_outside(job: Job, *allowed: Path) -> None:
    """Refuse a chart or values files that lie in none of the folders. RenderFailure."""
    for path in (job.chart, *(layer for layer in job.values if isinstance(layer, Path))):
        real = Path(os.path.realpath(path))
        if not any(real.is_relative_to(folder) for folder in allowed):
            raise RenderFailure(f"{path.name} is outside the repository", "refused")
