"""Paths that lead nowhere, and those that were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.model import Place
from hydrogitops.repo.dangling import Dangling, near
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

FILES = dict.fromkeys(
    (
        "k/overlays/prod/kustomization.yaml",
        "k/base/values.yaml",
        "k/app-prod/kustomization.yaml",
        "charts/serving/Chart.yaml",
    ),
    "{}\n",
)


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("k/overlays/prd", "k/overlays/prd", "k/overlays/prod"),
        ("k/overlay/prod", "k/overlay/prod", "k/overlays/prod"),
        ("k/overlay/{{.name}}", "k/overlay/prod", "k/overlays/{{.name}}"),
        ("prd", "k/overlays/prd", "prod"),
        ("prd", "k/app-prd", "prod"),
        ("k/app-{{.name}}", "k/app-prd", ""),
        ("../../base/value.yaml", "k/base/value.yaml", "../../base/values.yaml"),
        ("../../bas/values.yaml", "k/bas/values.yaml", "../../base/values.yaml"),
        ("k/overlay/test", "k/overlay/test", ""),
        ("quite/other", "quite/other", ""),
    ],
)
def test_what_was_meant(tmp_path: Path, text: str, target: str, expected: str) -> None:
    sources = Sources(write(tmp_path, FILES))
    assert near(sources, Dangling(Place("a.yaml", 0), text, target, "resource")) == expected


def test_a_chart_is_named_alone(tmp_path: Path) -> None:
    sources = Sources(write(tmp_path, FILES))
    assert near(sources, Dangling(Place("a.yaml", 0), "servin", "charts/servin", "chart")) == "serving"
