"""A repository made from each example, and from no answers at all, lints without an error in every environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hydrogitops import scaffold
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.conftest import EXAMPLES

REAL_CHART = os.environ.get("HYDROGITOPS_REAL_CHART", "")
ANSWERS = (*sorted(EXAMPLES.glob("*.yaml")), None)
MEANT = {"secrets/placeholder", "hydrosphere/open-answer"}
"""Nothing is sealed before there is a cluster, and nobody has answered for the defaults."""


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda path: path.stem if path else "no answers")
@pytest.mark.parametrize("chart", ["stand-in", "real"])
def test_what_new_writes_is_clean(answers: Path | None, chart: str, tmp_path: Path) -> None:
    if chart == "real" and not REAL_CHART:
        pytest.skip("HYDROGITOPS_REAL_CHART names no chart: only the stand-in is judged")
    target = tmp_path / "prod-cluster"
    scaffold.new(
        "prod-cluster",
        answers=scaffold.answers_from(answers) if answers else {},
        no_input=True,
        chart=REAL_CHART if chart == "real" else None,
        offline=chart != "real",
        git=False,
        target=target,
        lint=lambda folder: cached_run([folder], Options(), use=False).report,
    )
    outcome = cached_run([target], Options(), use=False)
    report = outcome.report
    assert not report.incomplete
    assert report.coverage.not_seen == ()
    assert {one.rule for one in report.findings} <= MEANT
    assert not [one for one in report.findings if one.severity == "error"]
    assert {one.evidence for one in report.findings} <= {"source", "stand-in" if chart == "stand-in" else "rendered"}
    assert report.exit_code() == 0
