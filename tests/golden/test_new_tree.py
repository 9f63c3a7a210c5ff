"""The layout of a repository, as `new --dry-run` shows it, compared whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new, tree
from tests.unit.config.answers_data import example

HERE = Path(__file__).parent / "new"


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("no-answers", {}),
        ("production-external", example("production-external")),
        ("in-cluster", example("in-cluster")),
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
