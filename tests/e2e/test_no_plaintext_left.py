"""Canaries as values, sealed in every way and through forced errors: none may lie about anywhere afterwards, or be
seen by or in any other process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from tests.unit.sealing.generated import generate

PROC = Path("/proc")
CANARY = "c4n4ry-0f-th3-t3st"
VARIABLE = "CANARY_VALUE"
FORMS = [
    CANARY.encode(),
    # In base64 a text has three faces, by where it begins.
    *(b64encode(b"x" * shift + CANARY.encode())[4 if shift else 0 : -4] for shift in range(3)),
    CANARY.encode().hex().encode(),
    CANARY.encode("utf-16-le"),
]
pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed: no children")


@dataclass(slots=True)
class Watcher:
    """Reads command lines and environments of a process' descendants, again and again while it runs."""

    process: int
    seen: dict[int, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._end.wait(0.001):
            for process in self._family():
                self._read(process)

    def stop(self) -> None:
        self._end.set()

    def _family(self) -> Iterator[int]:
        parents: dict[int, int] = {}
        for one in PROC.iterdir():
            if one.name.isdigit():
                try:
                    parents[int(one.name)] = int((one / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, ValueError, IndexError):
                    continue
        for process in parents:
            above = process
            while above in parents and above != self.process:
                above = parents[above]
            if above == self.process:
                yield process

    def _read(self, process: int) -> None:
        try:
            command = (PROC / str(process) / "cmdline").read_bytes()
            # What the user has put into the environment of `seal` itself was there before it began.
            variables = b"" if process == self.process else (PROC / str(process) / "environ").read_bytes()
        except OSError:
            return
        if process != self.process and command:
            self.seen[process] = command.decode(errors="replace")
        if holds(command + variables):
            self.found.append(command.decode(errors="replace"))


def holds(data: bytes) -> bool:
    return any(form in data for form in FORMS)


@dataclass(frozen=True, slots=True)
class Place:
    """A generated repository with a HOME and a folder for temporary files of its own."""

    root: Path
    home: Path
    temporary: Path

    def seal(
        self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None, code: str = ""
    ) -> tuple[int, bytes, Watcher]:
        """Run `seal`, watched; `code` is run in its process first."""
        command = [sys.executable, "-m", "hydrogitops", "seal", *arguments]
        if code:
            program = f"import sys\n{code}\nfrom hydrogitops.cli.root import run\nsys.exit(run(sys.argv[1:]))"
            command = [sys.executable, "-c", program, "seal", *arguments]
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "PYTEST_", VARIABLE))}
        process = subprocess.Popen(
            command, cwd=self.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**kept, "HOME": str(self.home), "TMPDIR": str(self.temporary), **(variables or {})},
        )  # fmt: skip
        watcher = Watcher(process.pid)
        thread = threading.Thread(target=watcher.watch)
        thread.start()
        try:
            out = process.communicate(stdin, timeout=120)[0]
        finally:
            watcher.stop()
            thread.join()
        return process.returncode, out, watcher

    def left(self) -> list[str]:
        """Files in which a canary lies."""
        folders = (self.root, self.home, self.temporary)
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        assert files
        return [str(path) for path in files if holds(path.read_bytes()) or CANARY in path.name]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("canaries")
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    (folder / "value").write_text(CANARY)
    return Place(generate(folder / "x"), folder / "home", folder / "tmp")


@pytest.mark.skipif(not PROC.is_dir(), reason="nothing of other processes can be seen without /proc")
@pytest.mark.parametrize(
    ("arguments", "stdin", "variables"),
    [
        (["hydro-postgresql", "postgresql-password"], CANARY.encode(), {}),
        (["hydro-postgresql", "postgresql-postgres-password", "--from-env", VARIABLE], b"", {VARIABLE: CANARY}),
        (["hydro-mongodb", "mongodb-password", "--from-file", "../value"], b"", {}),
        (["hydro-minio", "access-key"], CANARY.encode() + b"\n", {}),
    ],
    ids=["standard input", "variable", "file", "newline"],
)
def test_no_source_leaves_its_value(
    place: Place, arguments: Sequence[str], stdin: bytes, variables: Mapping[str, str]
) -> None:
    code, out, watcher = place.seal("--env", "lab", *arguments, stdin=stdin, variables=variables)
    assert code == 0, out
    assert not holds(out)
    assert watcher.found == []
    # The engines ran, so there were children to look at.
    assert watcher.seen
    assert place.left() == []


RAISED = {
    "in the middle of sealing": "p.seal = lambda pem, plaintext, **label: boom(plaintext)",
    "in a value that is checked": "o.doubt = lambda plaintext, known=None: boom(plaintext)",
    "while it is read": "v.stripped = boom",
}


@pytest.mark.parametrize("kind", ["ValueError", "OSError"])
@pytest.mark.parametrize("where", RAISED)
def test_no_error_keeps_a_value(place: Place, where: str, kind: str) -> None:
    code = (
        "import hydrogitops.sealing.place as p, hydrogitops.sealing.orders as o, hydrogitops.sealing.values as v\n"
        f"def boom(plaintext, *more):\n    raise {kind}(plaintext.decode())\n{RAISED[where]}"
    )
    number, out, watcher = place.seal(
        "--env", "lab", "hydro-mongodb", "mongodb-root-password", stdin=CANARY.encode(), code=code
    )
    assert number == 2
    assert b"internal error" in out
    assert not holds(out) and watcher.found == []
    assert list(place.home.rglob("internal-error.log"))
    assert place.left() == []


def test_refusals_of_a_value_do_not_show_it(place: Place) -> None:
    value = b64encode(f"{CANARY} in base64".encode())
    for stdin in (value, CANARY.encode() * 70_000):
        code, out, watcher = place.seal("--env", "lab", "hydro-mongodb", "mongodb-root-password", stdin=stdin)
        assert code == 2
        assert not holds(out) and value not in out and watcher.found == []
    assert place.left() == []


@pytest.mark.skipif(sys.platform != "linux", reason="how a process dumps is looked up in /proc")
def test_a_crash_leaves_no_memory_on_disk(place: Place) -> None:
    """Where it waits for the value it cannot dump any more, whatever the shell has allowed."""
    before = {path for folder in (place.root, place.home) for path in folder.rglob("*")}
    program = (
        "import resource, os\n"
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        "import hydrogitops.sealing.values as v, ctypes, signal\n"
        "def crash(*value):\n"
        "    print('limit', resource.getrlimit(resource.RLIMIT_CORE)[0], 'dumpable', ctypes.CDLL(None).prctl(3),"
        " flush=True)\n"
        f"    os.kill(os.getpid(), {signal.SIGABRT.value})\n"
        "v.stripped = crash"
    )
    code, out, _ = place.seal(
        "--env", "lab", "hydro-mongodb", "mongodb-root-password", stdin=CANARY.encode(), code=program
    )
    assert code == -signal.SIGABRT
    assert out == b"limit 0 dumpable 0\n"
    after = {path for folder in (place.root, place.home) for path in folder.rglob("*") if "core" in path.name}
    assert after <= before


def test_the_forms_are_found() -> None:
    """The search itself: a canary is seen in each of its forms, also inside base64."""
    for form in FORMS:
        assert holds(b"before" + form + b"behind")
    for shift in range(3):
        text = b64encode(b"y" * shift + CANARY.encode() + b"behind")
        assert holds(text) and CANARY.encode() in b64decode(text)
