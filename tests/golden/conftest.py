"""A repository made from the production example, once a session; each test edits a copy of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrogitops import scaffold
from hydrogitops.model import Coverage, Report

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Generated:
    """A written repository. Without the chart: the stand-in renders it."""

    folder: Path

    def copy(self, to: Path) -> Path:
        shutil.copytree(self.folder, to, dirs_exist_ok=True)
        return to


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """Everything external, production, staging and dev; complete answers."""
    target = tmp_path_factory.mktemp("generated") / "prod-cluster"
    scaffold.new(
        "prod-cluster",
        answers=scaffold.answers_from(EXAMPLES / "production-external.yaml"),
        settings=(),
        no_input=True,
        chart=None,
        offline=True,
        dry_run=False,
        git=False,
        allow_open=False,
        target=target,
        lint=lambda folder: Report((), Coverage()),
    )
    return Generated(target)
