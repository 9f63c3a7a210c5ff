"""Environments that come, go and are promoted, really rendered and linted, for each engine and flavour."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from hydrogitops import lint
from hydrogitops.charts import stand_in
from hydrogitops.cli.root import run
from hydrogitops.scaffold import new
from tests.unit.config.answers_data import changed, example
from tests.unit.linter.history import without_settings

EXTERNAL = example("production-external")
KINDS = {
    "argocd": changed(EXTERNAL, engine="argocd"),
    "flux": changed(EXTERNAL, engine="flux"),
    "rendered": changed(EXTERNAL, flavour="rendered"),
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_settings(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(target: Path, answers: dict[str, Any], *names: str) -> Path:
    given = deepcopy(answers)
    given["environments"] = {name: given["environments"][name] for name in names}
    new("prod-cluster", answers=given, no_input=True, chart=str(stand_in.folder()), target=target, lint=lint)
    return target


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = list(EXTERNAL["environments"])[:2]
    one = made(tmp_path / "one", KINDS[kind], first)
    before = contents(one)
    both = made(tmp_path / "both", KINDS[kind], first, second)
    answers = tmp_path / "answers.yaml"
    answers.write_bytes(
        (both / ".hydrogitops.yaml").read_bytes().partition(b"\nanswers:\n")[2].replace(b"\n  ", b"\n")[2:]
    )
    monkeypatch.chdir(one)
    assert run(["env", "add", second, "--answers", str(answers), "--no-input"]) == 0
    assert contents(one) == contents(both)
    monkeypatch.chdir(both)
    changed_file = both / f"apps/hydrosphere/envs/{first}/version/values.yaml"
    text = changed_file.read_text(encoding="utf-8")
    assert "memory: 1Gi}" in text
    changed_file.write_text(text.replace("memory: 1Gi}", "memory: 1100Mi}"), encoding="utf-8")
    capsys.readouterr()
    assert run(["promote", first, second, "--yes"]) == 0
    assert "1Gi → 1100Mi" in capsys.readouterr().out
    assert not [one for one in lint(both, environments=[second]).findings if one.severity == "error"]
    assert run(["promote", first, second]) == 0
    assert capsys.readouterr().out.startswith("nothing to promote")
    monkeypatch.chdir(one)
    assert run(["env", "remove", second]) == 0
    assert contents(one) == before


def test_what_would_be_an_error_there_is_not_promoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = list(EXTERNAL["environments"])[:2]
    both = made(tmp_path / "both", KINDS["argocd"], first, second)
    path = both / f"apps/hydrosphere/envs/{first}/version/values.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("memory: 1Gi}", "memory: 1.5gb}", 1), encoding="utf-8")
    before = contents(both)
    monkeypatch.chdir(both)
    assert run(["promote", first, second, "--yes"]) == 2
    said = capsys.readouterr()
    assert f"with version/ of {first} {second} would not be sound:" in said.err and "quantity-invalid" in said.err
    assert '1Gi → "1.5gb"' in said.out
    assert contents(both) == before
