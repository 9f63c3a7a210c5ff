"""Who decides a value of a release: layers, and the defaults of a chart."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from hydrogitops.charts.provenance import ChartFolders, values_of
from hydrogitops.model import Layer, Place, Release
from hydrogitops.source import reading
from tests.unit.charts.trees import CHART, write


@pytest.mark.parametrize(("helm", "path", "default"), [(3, "a", 1), (4, "a", 2), (4, "b", 3)])
def test_defaults_in_two_documents(helm: Literal[3, 4], path: str, default: int, tmp_path: Path) -> None:
    """Helm 3 reads the first one, Helm 4 both."""
    write(tmp_path, {"Chart.yaml": CHART, "values.yaml": "a: 1\n---\na: 2\nb: 3\n"})
    release = Release("shop", "", "app", "1.0.0", None, "", (Layer("v", "v"),), Place("kustomization.yaml", 0))
    values = values_of(release, {"v": reading.read("v", f"{path}: 9\n")}, tmp_path, ChartFolders(), helm)
    winner = values.winner((path,))
    assert winner is not None
    assert winner.value == 9
    assert winner.lost[0].value == default
    assert winner.lost[0].chart == "app"
