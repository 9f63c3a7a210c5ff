"""Starts every process that an engine needs: bounded in time, memory and output, cut off, killed whole."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess  # noqa: TID251 - the one place of the engines that starts processes
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeAlias

TICK = 0.05
"""Seconds between two looks at a child. A template writes about 1 GiB a second at worst."""
STATM = Path("/proc/self/statm").exists()
"""Whether the kernel tells the memory of a process in a file."""
LOOK = TICK if STATM else 1.0
"""Seconds between two looks at its memory, which elsewhere takes a process of its own."""
ERRORS = 256 * 1024
"""Bytes of standard error that are kept; the rest is read and dropped."""

LONGEST_TMPDIR = 64
"""Bytes."""
_NO_MEMORY = re.compile(
    r"^(?:fatal error: .*out of memory|runtime: .*cannot allocate memory|MemoryError)", re.MULTILINE
)
"""What the Go runtime and Python print."""


Child: TypeAlias = subprocess.Popen[bytes]


class Bounds(NamedTuple):
    """What a child may use: seconds of time, bytes resident, bytes of output."""

    seconds: float
    memory: int
    output: int


class BoundError(Exception):
    """A child passed one of its bounds and was killed."""

    def __init__(self, bound: Literal["timeout", "memory", "output"]) -> None:
        super().__init__(bound)
        self.bound: Literal["timeout", "memory", "output"] = bound


class ClosedError(Exception):
    """The children of this run were ended, by Ctrl-C or by leaving the run; none may start."""


class Finished(NamedTuple):
    code: int
    output: bytes
    errors: str


class Watch:
    """Looks after a running child: raises `BoundError` once it is late or too big. Pauses are not its time."""

    def __init__(self, process: Child, bounds: Bounds) -> None:
        self._process = process
        self._bounds = bounds
        self._began = self._looked = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        if now - self._began > self._bounds.seconds:
            raise BoundError("timeout")
        if now - self._looked >= LOOK:
            self._looked = now
            if resident(self._process.pid) > self._bounds.memory:
                raise BoundError("memory")

    def pause(self, seconds: float) -> None:
        self._began += seconds


def _short_folder() -> str | None:
    """Where the folder of a run goes: a socket in it has at most 108 bytes of path, more than some TMPDIRs leave."""
    usual = os.path.realpath(tempfile.gettempdir())
    short = "/tmp"  # noqa: S108 - mkdtemp makes the folder for this user alone
    return short if len(os.fsencode(usual)) > LONGEST_TMPDIR and os.access(short, os.W_OK | os.X_OK) else None


class Children:
    """The processes of one run and the temporary folder in which they live; `close` ends all and removes it.

    Safe to use from several threads. A child gets its own session, so Ctrl-C in the terminal reaches only us, and its
    environment is made from nothing: no credentials, no git on its PATH, proxies that lead nowhere.
    """

    def __init__(self) -> None:
        # Without links, because engines print the real path, which `clean` has to know.
        self.folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="hydrogitops-", dir=_short_folder())))
        self._running: set[Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def environment(self) -> dict[str, str]:
        """All that a child sees of the environment."""
        here = str(self.folder)
        nowhere = "http://127.0.0.1:9"
        made = {
            "PATH": f"{here}/no-programs",
            "HOME": here,
            "TMPDIR": here,
            "LC_ALL": "C.UTF-8",
            # Short-lived Go programs spend a third of their time collecting garbage that an exit frees as well.
            "GOGC": "400",
            "GOMEMLIMIT": "512MiB",
            "KUBECONFIG": f"{here}/no-kubeconfig",
            "KUSTOMIZE_PLUGIN_HOME": f"{here}/no-plugins",
            **{f"HELM_{name}_HOME": f"{here}/helm-{name.lower()}" for name in ("CACHE", "CONFIG", "DATA")},
            **{f"XDG_{name}_HOME": f"{here}/xdg-{name.lower()}" for name in ("CACHE", "CONFIG", "DATA")},
            **{f"{scheme}_proxy": nowhere for scheme in ("http", "https", "all")},
            **{f"{scheme}_PROXY": nowhere for scheme in ("HTTP", "HTTPS", "ALL")},
        }  # fmt: skip
        # A Python that was moved after it was built finds its own library by these only.
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
        return made | kept

    def start(self, command: Sequence[str], bounds: Bounds, errors: int | IO[bytes], *, talks: bool = False) -> Child:
        """Start a child that stays. Its output is a pipe, its input too where it `talks`. ClosedError, OSError."""
        stdin = subprocess.PIPE if talks else subprocess.DEVNULL
        return self._start(command, bounds, self.environment(), stdin, errors)

    def run(
        self,
        command: Sequence[str],
        bounds: Bounds,
        *,
        environment: Mapping[str, str] | None = None,
        answers: Mapping[int, Callable[[], None]] | None = None,
        begun: Callable[[], None] | None = None,
    ) -> Finished:
        """Run a child to its end. BoundError, ClosedError, OSError where it cannot start.

        `answers`: what else to watch, a descriptor and what to call when it is readable; that time isn't the child's.
        `begun` is called once it runs.
        """
        process = self._start(
            command, bounds, self.environment() | dict(environment or {}), subprocess.DEVNULL, subprocess.PIPE
        )
        if begun is not None:
            begun()
        watch = Watch(process, bounds)
        output, errors = bytearray(), bytearray()
        try:
            with selectors.DefaultSelector() as selector:
                assert process.stdout is not None
                assert process.stderr is not None
                open_pipes = {process.stdout, process.stderr}
                for pipe in open_pipes:
                    selector.register(pipe, selectors.EVENT_READ)
                for source, answer in (answers or {}).items():
                    selector.register(source, selectors.EVENT_READ, answer)
                while open_pipes:
                    for key, _ in selector.select(TICK):
                        if key.data is not None:
                            began = time.monotonic()
                            key.data()
                            watch.pause(time.monotonic() - began)
                            continue
                        chunk = os.read(key.fd, 1 << 16)
                        if not chunk:
                            selector.unregister(key.fileobj)
                            open_pipes.discard(key.fileobj)
                        elif key.fileobj is process.stdout:
                            output += chunk
                        elif len(errors) < ERRORS:
                            errors += chunk
                    if len(output) > bounds.output:
                        raise BoundError("output")
                    watch.look()
        finally:
            # Both pipes are at their end, so it is past its exit status: the kill reaches only what it left behind.
            self.end(process)
        if self._closed:
            raise ClosedError
        said = errors.decode(errors="replace")
        if process.returncode and ran_out_of_memory(said):
            raise BoundError("memory")
        return Finished(process.returncode, bytes(output), said)

    def end(self, process: Child) -> None:
        """Kill a child and all that it started, wait for it, close its pipes. Twice does no harm."""
        with self._lock:
            if process not in self._running:
                return
            # Killed before it is waited for: until then nobody else can have its number.
            _kill(process)
            process.wait()
            self._running.discard(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def kill(self) -> None:
        """Kill all children and let none start any more; who waits for one gets `ClosedError` or an end of file."""
        with self._lock:
            self._closed = True
            for process in self._running:
                _kill(process)

    def close(self) -> None:
        self.kill()
        for process in tuple(self._running):
            self.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(
        self,
        command: Sequence[str],
        bounds: Bounds,
        environment: Mapping[str, str],
        stdin: int,
        stderr: int | IO[bytes],
    ) -> Child:
        with self._lock:
            if self._closed:
                raise ClosedError
            process = subprocess.Popen(  # noqa: S603 - programs that we found ourselves, no shell
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )
            self._running.add(process)
        _limit(process.pid, bounds)
        return process


def ran_out_of_memory(said: str) -> bool:
    """Whether a child's last words are that memory is refused: it met the second fence before we looked."""
    return _NO_MEMORY.search(said) is not None


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where it is gone."""
    if STATM:
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError, ValueError):
            return 0
    answer = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False, timeout=10
    )
    return int(answer.stdout.strip() or 0) * 1024


def _kill(process: Child) -> None:
    # macOS answers EPERM for a group of which only the dead leader is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _limit(pid: int, bounds: Bounds) -> None:
    """A second fence where Linux has one: twice the memory as data, should we be too slow to look; no core files.

    Data, not address space: a Go program reserves far more than it uses, but RLIMIT_DATA counts writable pages only.
    """
    import resource

    if hasattr(resource, "prlimit"):
        with contextlib.suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (2 * bounds.memory, 2 * bounds.memory))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
