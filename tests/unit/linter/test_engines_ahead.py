"""Helm on its way before the linter is loaded: for repositories that need it, and gone whatever comes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.engines_ahead import engines_of, looks_charted
from hydrogitops.linter.options import Options
from hydrogitops.model import UserError
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

pytestmark = [
    pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed"),
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are counted in /proc"),
]

CHARTED = "helmCharts: [{name: app}]\n"
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app}\n"
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"


@pytest.fixture(autouse=True)
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing runs any more at the end, and nothing lies in the folder for temporary files."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    before = workers()
    yield
    assert workers() == before
    assert list(folder.iterdir()) == []


def workers() -> set[str]:
    """The children of this process, by number."""
    tasks = Path("/proc/self/task").iterdir()
    return {child for task in tasks for child in Path(task, "children").read_text().split()}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"envs/prod/kustomization.yaml": CHARTED}, True),
        ({"apps/release.yml": RELEASE}, True),
        ({"charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n"}, True),
        ({"envs/prod/kustomization.yaml": "resources: [one.yaml]\n", "envs/prod/one.yaml": PLAIN}, False),
        # What is not among the files to judge says nothing.
        ({"notes.txt": CHARTED, "one.yaml": PLAIN}, False),
    ],
)
def test_what_looks_as_if_helm_were_needed(tmp_path: Path, files: dict[str, str], *, expected: bool) -> None:
    write(tmp_path / "r", files)
    sources = Sources(tmp_path / "r")
    assert looks_charted(sources, Options()) is expected
    assert not looks_charted(sources, Options(render=False))


@pytest.mark.parametrize(("staged", "expected"), [(["README.md"], False), (["a.md", "b.yml"], True), ([], True)])
def test_a_commit_without_manifests_needs_none(tmp_path: Path, staged: list[str], *, expected: bool) -> None:
    root = tmp_path / "r"
    write(root, {"envs/prod/kustomization.yaml": CHARTED})
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "m"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    write(root, dict.fromkeys(staged, "a: 1\n"))
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    assert looks_charted(Sources(root, staged=True), Options(staged=True)) is expected


def test_helm_is_started_before_the_linter_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []

    def stopped(*_: object) -> None:
        running.append(len(workers()))
        raise KeyboardInterrupt

    monkeypatch.setattr("hydrogitops.linter.run.run", stopped)
    write(tmp_path / "r", {"envs/prod/kustomization.yaml": CHARTED})
    before = len(workers())
    with pytest.raises(KeyboardInterrupt):
        cached_run([tmp_path / "r"], Options(), use=False)
    assert running == [before + 1]


@pytest.mark.parametrize("broken", ["version: [\n", "version: 1\nunknown: 1\n"])
def test_it_is_gone_when_the_run_fails(tmp_path: Path, broken: str) -> None:
    root = tmp_path / "r"
    write(root, {"envs/prod/kustomization.yaml": CHARTED, ".hydrogitops.yaml": broken})
    with pytest.raises(UserError):
        cached_run([root], Options(), use=False)


def test_it_is_gone_when_nothing_had_to_be_rendered(tmp_path: Path) -> None:
    """The sign is only a sign: here it stands in a document that is no kustomization."""
    root = tmp_path / "r"
    write(root, {"one.yaml": PLAIN + "data: {about: helmCharts}\n"})
    assert cached_run([root], Options(), use=False).report.coverage.objects == 1


def test_nothing_is_started_without_a_render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("hydrogitops.charts.children.Children.start", refuse)
    root = tmp_path / "r"
    write(root, {"envs/prod/kustomization.yaml": CHARTED})
    cached_run([root], Options(render=False), use=False)


def test_a_program_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Helm is a program of its own there is nothing to load, and to ask for its version takes as long."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("hydrogitops.charts.engines.embedded_helm", lambda: None)
    monkeypatch.setattr("hydrogitops.charts.children.Children.run", refuse)
    write(tmp_path / "r", {"envs/prod/kustomization.yaml": CHARTED})
    with engines_of(Sources(tmp_path / "r")) as engines:
        engines.warm()
