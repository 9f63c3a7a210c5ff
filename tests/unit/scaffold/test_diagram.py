"""The diagram in the README of a repository that `new` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrogitops.linter.drawing import diagram
from hydrogitops.linter.options import open_sources
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new
from hydrogitops.scaffold.diagram import drawn
from hydrogitops.scaffold.parts import File
from tests.unit.config.answers_data import changed, example

EXTERNAL = example("production-external")


@pytest.mark.parametrize(
    "answers",
    [EXTERNAL, changed(EXTERNAL, engine="flux"), changed(EXTERNAL, flavour="rendered")],
    ids=["argocd", "flux", "rendered"],
)
def test_it_is_what_graph_prints(tmp_path: Path, answers: dict[str, Any]) -> None:
    target = tmp_path / "prod-cluster"
    new("prod-cluster", answers=answers, no_input=True, offline=True, git=False, target=target,
        lint=lambda _: Report((), Coverage()))  # fmt: skip
    _, fenced = (target / "README.md").read_text(encoding="utf-8").split("<!-- hydrogitops graph -->\n")
    block, _ = fenced.split("<!-- end of hydrogitops graph -->")
    assert block == f"```mermaid\n{diagram(open_sources([target]))}```\n"
    for name in EXTERNAL["environments"]:
        assert f'subgraph e{list(EXTERNAL["environments"]).index(name) + 1}["{name}"]' in block
        assert f'"apps/hydrosphere/envs/{name}/version/values.yaml"' in block


def test_without_a_place_for_it_nothing_is_drawn() -> None:
    files = [File("README.md", b"# It\n"), File("a.yaml", b": broken")]
    assert drawn(files) == files
    assert drawn([]) == []
