"""`hydrogitops new` on the command line: options arrive, output and exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hydrogitops
from hydrogitops.cli.root import run
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import chart_source
from hydrogitops.scaffold.chart_source import UnreachableError
from tests.unit.config.answers_data import EXAMPLES
from tests.unit.scaffold.folders import names

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs the command in an empty folder, without network, without engines: the exit code, both outputs."""

    def download(address: str) -> bytes:
        raise UnreachableError("no network in tests")

    monkeypatch.setattr(chart_source, "_download", download)
    monkeypatch.setattr(hydrogitops, "lint", lambda _: Report((), Coverage()), raising=False)
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = run(["new", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


def test_it_writes_a_repository_and_ends_with_the_next_commands(call: Call, tmp_path: Path) -> None:
    code, out, err = call("prod-cluster", "--no-input", "--no-git")
    assert (code, err) == (0, "")
    assert out.splitlines()[-4:] == ["next:", "  cd prod-cluster", "  hydrogitops lint", "  less README.md"]
    assert "  postgresql.host: host of the PostgreSQL service" in out.splitlines()
    assert names(tmp_path) == ["prod-cluster"]


def test_a_dry_run_shows_the_tree(call: Call, tmp_path: Path) -> None:
    code, out, err = call(
        "prod-cluster", "--no-input", "--dry-run", "--answers", str(EXAMPLES / "production-external.yaml")
    )
    assert (code, err) == (0, "")
    assert out.startswith("prod-cluster/\n├── .editorconfig\n")
    assert "│   └── hydrosphere.yaml" in out or "├── hydrosphere.yaml" in out
    assert names(tmp_path) == []


def test_quiet(call: Call) -> None:
    assert call("x", "--no-input", "--no-git", "--quiet")[:2] == (0, "")


def test_all_that_is_missing_is_exit_2(call: Call, tmp_path: Path) -> None:
    code, out, err = call("x", "--no-input", "--set", "aws.region=us-east-1a")
    assert (code, out) == (2, "")
    for line in ("aws.region: this is a zone", "aws.account: missing", "postgresql.host: missing"):
        assert line in err
    assert names(tmp_path) == []


def test_the_engine_is_an_option_that_wins_over_the_file(call: Call) -> None:
    answers = str(EXAMPLES / "production-external.yaml")
    code, out, err = call("x", "--no-input", "--dry-run", "--engine", "flux", "--answers", answers)
    assert (code, err) == (0, "")
    assert "├── clusters/" in out
    assert "platform/" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "missing argument"),
        (("a/b", "--no-input"), "NAME"),
        (("x", "--no-input", "--answers", "missing.yaml"), "missing.yaml"),
        (("x", "--no-input", "--set", "nonsense"), "--set takes KEY=VALUE"),
        (("x", "--engine", "helm"), "engine"),
        (("x", "--anwsers", "f"), "--answers"),
    ],
)
def test_bad_usage(call: Call, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert names(tmp_path) == []


def test_an_existing_folder_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    code, _, err = call("x", "--no-input")
    assert code == 2
    assert "is there already" in err
    assert names(tmp_path / "x") == []


def test_a_secret_in_a_file_is_shown_nowhere(call: Call, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("registry: {password: hunter2}\nbroken: [\n", encoding="utf-8")
    code, out, err = call("x", "--no-input", "--answers", "answers.yaml")
    assert code == 2
    assert "answers.yaml" in err
    assert "hunter2" not in out + err


def test_ctrl_c_leaves_nothing_behind(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lint(_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(hydrogitops, "lint", lint, raising=False)
    code, _, err = call("x", "--no-input")
    assert (code, err) == (130, "interrupted; nothing was left behind\n")
    assert names(tmp_path) == []


def test_a_key_that_is_answered_twice(call: Call, tmp_path: Path) -> None:
    text = "aws: {region: us-east-1}\nmongodb:\n  host: hunter2\n  host: hunter3\naws: {}\n"
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    code, out, err = call("x", "--no-input", "--answers", "answers.yaml")
    assert code == 2
    assert "a key is written twice in one map of answers.yaml; so is one in line 5" in err
    assert "answers.yaml:4:3" in err
    assert "hunter" not in out + err
    assert names(tmp_path) == ["answers.yaml"]


def test_help_teaches_by_examples(call: Call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    assert "hydrogitops new prod-cluster --no-input" in out
