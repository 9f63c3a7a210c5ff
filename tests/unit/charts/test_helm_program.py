"""What kustomize calls as `helm`: its arguments understood, handed over, answered."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrogitops.charts import helm_program
from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.helm import Job, parse

CHART = Path("/repository/charts/app")


@pytest.mark.parametrize(
    ("arguments", "job"),
    [
        (["rel", str(CHART), "--namespace", "shop"], Job(CHART, "rel", "shop")),
        (
            ["rel", str(CHART), "-f", "/tmp/merged.yaml", "-f", "/repository/b.yaml"],
            Job(CHART, "rel", values=(Path("/tmp/merged.yaml"), Path("/repository/b.yaml"))),
        ),
        (["--generate-name", str(CHART)], Job(CHART, "release-name")),
        (["--generate-name", str(CHART), "--name-template", "fixed"], Job(CHART, "fixed")),
        (
            ["rel", str(CHART), "--api-versions", "a/v1", "--api-versions", "b/v1", "--kube-version", "1.31.2"],
            Job(CHART, "rel", kubernetes="1.31.2", api_versions=("a/v1", "b/v1")),
        ),
        (
            ["rel", str(CHART), "--include-crds", "--skip-tests", "--no-hooks", "--debug", "--devel"],
            Job(CHART, "rel", include_crds=True, skip_tests=True, no_hooks=True),
        ),
    ],
)
def test_understands_what_kustomize_passes(arguments: list[str], job: Job) -> None:
    assert parse(["template", *arguments]) == job


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["pull", "--untar", "--untardir", "charts/app-1.0.0", "app"], "missing", "would have to be fetched"),
        (["template", "rel", "c", "--post-renderer", "sh"], "failed", "--post-renderer: not understood"),
        (["template", "rel", "c", "--name-template", "x"], "failed", "cannot set --name-template"),
        (["template", "--generate-name", "c", "--name-template", "{{ now }}"], "failed", "is computed"),
        (["template", "a", "b", "c"], "failed", "a release name and a chart are needed"),
        (["template"], "failed", "a release name and a chart are needed"),
        ([], "missing", "would have to be fetched"),
    ],
)
def test_refuses_what_it_does_not_understand(arguments: list[str], kind: str, words: str) -> None:
    with pytest.raises(RenderFailure) as raised:
        parse(arguments)

    assert raised.value.kind == kind
    assert words in raised.value.message


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    file = tmp_path / "a folder" / "helm"
    file.parent.mkdir()
    file.write_text(helm_program.launcher(sys.executable))
    file.chmod(0o700)
    return file


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(tmp_path / "s"))
        opened.listen()
        yield opened


def call(launcher: Path, listener: socket.socket, arguments: list[str], reply: bytes) -> tuple[bytes, object]:
    """Run our program against a listener that answers `reply`; gives what was asked and what came of it."""
    asked = bytearray()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while chunk := connection.recv(4096):
                asked.extend(chunk)
            connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    environment = {helm_program.SOCKET: listener.getsockname()}
    result = subprocess.run([launcher, *arguments], env=environment, capture_output=True, check=False)
    thread.join(60)
    return bytes(asked), (result.returncode, result.stdout, result.stderr)


def test_answers_its_version_without_asking(launcher: Path) -> None:
    result = subprocess.run(
        [launcher, "version", "--short"], env={helm_program.VERSION: "v4.2.3"}, capture_output=True, check=False
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, b"v4.2.3\n", b"")


def test_hands_over_its_arguments_and_prints_the_answer(launcher: Path, listener: socket.socket) -> None:
    text = "kind: ä\n".encode() * 100_000

    asked, result = call(launcher, listener, ["template", "rel", "a b'c", "-f", ""], b"\0" + text)

    assert asked == b"template\0rel\0a b'c\0-f\0"
    assert result == (0, text, b"")


@pytest.mark.parametrize(
    ("reply", "said"),
    [(b"\1no such chart", b"no such chart"), (b"", b"the build was ended\n")],
    ids=["refused", "gone"],
)
def test_fails_when_told_so(launcher: Path, listener: socket.socket, reply: bytes, said: bytes) -> None:
    _, result = call(launcher, listener, ["pull", "app"], reply)

    assert result == (1, b"", said)
