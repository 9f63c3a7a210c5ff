"""Children are bounded, cut off from the machine, and killed with all that they started."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterator

import pytest

from hydrogitops.charts.children import BoundError, Bounds, Children, ClosedError

MIB = 2**20
ROOM = Bounds(seconds=60, memory=512 * MIB, output=MIB)


@pytest.fixture
def children() -> Iterator[Children]:
    opened = Children()
    yield opened
    opened.close()


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


def gone(pid: int) -> bool:
    """Whether a process ends; waits for it, a minute at most."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 60)[0])
    finally:
        os.close(descriptor)


def test_gives_back_what_a_child_printed_and_how_it_ended(children: Children) -> None:
    finished = children.run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), ROOM)

    assert (finished.code, finished.output, finished.errors) == (3, b"out\n", "err\n")


@pytest.mark.parametrize(
    ("program", "bounds", "bound"),
    [
        ("while True: pass", Bounds(0.2, 512 * MIB, MIB), "timeout"),
        ("kept = []\nwhile True: kept.append(bytearray(2**20))", Bounds(60, 64 * MIB, MIB), "memory"),
        # More at once than the second fence leaves: refused before anybody has looked.
        ("bytearray(2**29)", Bounds(60, 64 * MIB, MIB), "memory"),
        ("while True: print('x' * 4096)", Bounds(60, 512 * MIB, MIB), "output"),
        ("import os, time\nos.close(1)\nwhile True: pass", Bounds(0.2, 512 * MIB, MIB), "timeout"),
    ],
    ids=["time", "memory", "memory at once", "output", "silent"],
)
def test_a_child_that_passes_a_bound_is_killed(children: Children, program: str, bounds: Bounds, bound: str) -> None:
    with pytest.raises(BoundError) as raised:
        children.run(python(program), bounds)

    assert raised.value.bound == bound


def test_errors_without_end_neither_block_nor_fill_the_memory(children: Children) -> None:
    finished = children.run(python("import sys\nfor _ in range(4096): sys.stderr.write('x' * 1024)"), ROOM)

    assert finished.code == 0
    assert 0 < len(finished.errors) < MIB


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux lets us wait for a process of others")
def test_kills_what_a_child_started_too(children: Children) -> None:
    program = """
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "while True: pass"])
print(grandchild.pid, file=open("pid", "w"), flush=True)
while True: pass
"""
    with pytest.raises(BoundError):
        children.run(python(program), Bounds(2, 512 * MIB, MIB))

    assert gone(int((children.folder / "pid").read_text()))


def test_inherits_neither_credentials_nor_programs(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("NO_PROXY", "*")
    program = "import os, shutil; print(dict(os.environ), shutil.which('git'), os.getcwd())"

    output = children.run([sys.executable, "-I", "-c", program], ROOM).output.decode()

    assert "canary" not in output
    assert "NO_PROXY" not in output
    assert "'HTTPS_PROXY': 'http://127.0.0.1:9'" in output
    assert f"'HOME': '{children.folder}'" in output
    assert output.endswith(f" None {children.folder}\n")


UNTIL_TOLD = python("import os\nwhile not os.path.exists('go'): pass\nprint('told')")


def test_answers_for_a_child_while_it_runs(children: Children) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")

    def answer() -> None:
        os.read(reading, 1)
        (children.folder / "go").touch()

    finished = children.run(UNTIL_TOLD, ROOM, answers={reading: answer})

    os.close(reading)
    os.close(writing)
    assert finished.output == b"told\n"


def test_kill_ends_a_child_that_another_thread_waits_for(children: Children) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")
    runs = threading.Event()
    outcome: list[BaseException] = []

    def answer() -> None:
        os.read(reading, 1)
        runs.set()

    def wait() -> None:
        try:
            children.run(UNTIL_TOLD, ROOM, answers={reading: answer})
        except ClosedError as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    runs.wait(60)
    children.kill()
    thread.join(60)

    os.close(reading)
    os.close(writing)
    assert [type(error) for error in outcome] == [ClosedError]


def test_close_removes_the_folder_and_lets_nothing_start(children: Children) -> None:
    children.close()

    assert not children.folder.exists()
    with pytest.raises(ClosedError):
        children.run(python("pass"), ROOM)
