"""`diff`, `promote`, `env` and `graph` as typed: what they print, and with which exit code they end."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from hydrogitops.cli.root import run
from tests.golden.trees import commit, write
from tests.unit.linter.history import without_settings
from tests.unit.scaffold.test_promotion import CONFIG, TREE, contents, promoted

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    without_settings(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = write(tmp_path / "tree", TREE)
    commit(root)
    monkeypatch.chdir(root)
    return root


def test_diff(root: Path, capsys: Capture) -> None:
    assert run(["diff"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["dev: nothing differs", "prod: nothing differs"]
    write(root, {"envs/dev/own.yaml": CONFIG.format(name="own", mode="new")})
    assert run(["diff", "--env", "dev"]) == 0
    assert "  ~ ConfigMap apps/own\n      data.mode: dev → new\n" in capsys.readouterr().out
    assert run(["diff", "HEAD", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("### What this change applies\n")


def test_diff_of_what_does_not_render(root: Path, capsys: Capture) -> None:
    write(root, {"envs/dev/kustomization.yaml": "resources: [nowhere.yaml]\n"})
    assert run(["diff", "--env", "dev"]) == 2
    assert "  error: it cannot be rendered: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diff", "nowhere"], "error: git knows no revision 'nowhere'\n"),
        (["diff", "--env", "prd"], "error: there is no environment prd\nhint: did you mean prod?\n"),
        (["diff", "--format", "html"], "error: invalid value for '--format'"),
        (["graph", "--env", "prd"], "error: there is no environment prd\nhint: did you mean prod?\n"),
        (["lint", "--env", "prd"], "error: there is no environment prd\nhint: did you mean prod?\n"),
        (["render", "--env", "prd"], "error: there is no environment prd\nhint: did you mean prod?\n"),
        (["promote", "dev"], "error: missing argument 'TO'"),
        (["promote", "dev", "prd"], "error: there is no environment prd\nhint: did you mean prod?\n"),
        (["env", "ad", "qa"], "error: no such command 'ad'"),
        (["env", "add"], "error: missing argument 'NAME'"),
        (["env", "remove", "dev"], "error: .hydrogitops.yaml holds no answers"),
        (["env", "add", "qa", "--answers", "nowhere.yaml"], "error: cannot read nowhere.yaml"),
    ],
)
def test_mistakes(root: Path, capsys: Capture, arguments: list[str], message: str) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith(message)
    assert said.out == "" and contents(root) == TREE


def test_promote_shows_first(root: Path, capsys: Capture) -> None:
    assert run(["promote", "dev", "prod", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "  ~ ConfigMap apps/x\n      data.mode: one → two\n" in shown
    assert run(["promote", "dev", "prod"]) == 2
    said = capsys.readouterr()
    assert said.out == shown and said.err == (
        "error: nobody is there to be asked whether to copy\nhint: --yes copies without asking\n"
    )
    assert contents(root) == TREE
    assert run(["promote", "dev", "prod", "--yes"]) == 0
    assert capsys.readouterr().out == f"{shown}copied envs/dev/version to envs/prod/version\n"
    assert contents(root) == promoted(TREE)
    assert run(["promote", "dev", "prod"]) == 0
    assert capsys.readouterr().out == "nothing to promote: envs/prod/version is the same as envs/dev/version\n"


@pytest.mark.parametrize("answer", [True, False])
def test_promote_asks_on_a_terminal(root: Path, monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr(click, "confirm", confirm)
    assert run(["promote", "dev", "prod"]) == (0 if answer else 2)
    assert asked == ["copy envs/dev/version to envs/prod/version?"]
    assert contents(root) == (promoted(TREE) if answer else TREE)


def test_graph(root: Path, capsys: Capture) -> None:
    assert run(["graph", "--env", "dev"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("flowchart LR\n") and '"envs/dev/version<br/>' in out and "prod" not in out


def test_env_alone_teaches(capsys: Capture) -> None:
    assert run(["env"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "hydrogitops env add qa" in said.err


TOKEN = "t0k3n-0f-a-r0b0t"


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint"],
        ["lint", "--format", "json"],
        ["lint", "--format", "github"],
        ["graph"],
        ["render"],
        ["diff"],
        ["diff", "--format", "markdown"],
    ],
)
def test_what_logs_in_to_another_repository_is_never_printed(root: Path, capsys: Capture, arguments: list[str]) -> None:
    address = f"https://robot:{TOKEN}@git.example.com/base"
    write(root, {f"envs/{name}/kustomization.yaml": f"resources: [{address}?ref=main]\n" for name in ("dev", "prod")})
    run(arguments)
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err
    assert "git.example.com/base" in printed.out + printed.err
