"""The layout of a repository, as `new --dry-run` shows it, compared whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new, tree
from tests.unit.config.answers_data import changed, example

HERE = Path(__file__).parent / "new"
EXTERNAL = example("production-external")
INSIDE = example("in-cluster")


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("no-answers", {}),
        ("production-external", EXTERNAL),
        ("in-cluster", INSIDE),
        ("flux-no-answers", {"engine": "flux"}),
        ("flux-production-external", changed(EXTERNAL, engine="flux")),
        ("flux-in-cluster", changed(INSIDE, engine="flux")),
        ("rendered-no-chart", changed(INSIDE, flavour="rendered")),
    ],
)
def test_layout(name: str, answers: dict[str, Any]) -> None:
    created = new(
        "prod-cluster",
        answers=answers,
        no_input=True,
        offline=True,
        dry_run=True,
        target=Path("prod-cluster"),
        lint=lambda _: Report((), Coverage()),
    )
    expected = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    assert tree("prod-cluster", created.files) + "\n" == expected
