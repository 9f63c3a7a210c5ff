"""What could not be built, told once: where something explains it, by that alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Report
from tests.golden.trees import write

from .small import CONFIGURATION, LAST, place, release, told

RULES = ("lint/not-seen", "repo/dangling-reference", "values/contract", "values/type-change")
GAP, DANGLING, CONTRACT, TYPE = RULES
CHART = "apiVersion: v2\nname: %s\nversion: 1.0.0\n"


def report(root: Path, files: Mapping[str, str], *, render: bool = True) -> Report:
    write(root, files)
    return cached_run([root], Options(only=frozenset(RULES), render=render), use=False).report


def vendored(name: str, *, repo: str = "") -> dict[str, str]:
    entry = f"  - name: {name}\n    releaseName: a\n" + (f"    repo: {repo}\n" if repo else "")
    return {
        CONFIGURATION: "version: 1\nenvironments: {app: {profile: dev}}\n",
        "app/kustomization.yaml": f"helmGlobals: {{chartHome: ../charts}}\nhelmCharts:\n{entry}",
        "charts/scorer/Chart.yaml": CHART % "scorer",
    }


def test_a_vendored_chart_whose_name_is_misspelt(tmp_path: Path) -> None:
    """Nothing can come of it: exit 2, as for every other reference that leads nowhere."""
    files = vendored("scorerr")
    found = report(tmp_path, files)
    assert told(found.findings) == [
        (DANGLING, "error", "app/kustomization.yaml", *place(files["app/kustomization.yaml"], "scorerr"))
    ]
    assert found.exit_code() == 2
    assert [gap.what for gap in found.coverage.not_seen] == ["what app applies"]


def test_a_chart_that_could_be_fetched_is_a_gap(tmp_path: Path) -> None:
    found = report(tmp_path, vendored("scorerr", repo="https://charts.example.com"))
    assert [rule for rule, *_ in told(found.findings)] == [GAP]
    assert found.exit_code() == 0


BREAKING = [
    ("manager: {env: [{name: A, value: b}]}\n", "env", CONTRACT),
    ("manager: {env: {A: b}}\n", "env", CONTRACT),
    ("ui: []\n", "[]", CONTRACT),
    ('global: {mongodb: {username: hydro, database: ""}}\n', '""', CONTRACT),
]


@pytest.mark.parametrize(("values", "needle", "rule"), BREAKING)
def test_what_breaks_the_render_speaks_for_it(tmp_path: Path, values: str, needle: str, rule: str) -> None:
    found = report(tmp_path, release(values))
    assert told(found.findings) == [(rule, "error", LAST, *place(values, needle))]
    assert found.exit_code() == 2


@pytest.mark.parametrize(("values", "needle", "rule"), BREAKING)
def test_what_breaks_the_render_is_no_reason_for_not_rendering(
    tmp_path: Path, values: str, needle: str, rule: str
) -> None:
    found = report(tmp_path, release(values), render=False)
    assert sorted(one for one, *_ in told(found.findings)) == [GAP, rule]


def test_a_render_that_fails_for_no_reason_that_is_known_is_told(tmp_path: Path) -> None:
    values = "global: {mongodb: {url: mongodb://db.example.com}}\n"
    files = release(values)
    files["envs/prod/kustomization.yaml"] += "resources: [a.yaml]\n"
    files["envs/prod/a.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"
    found = report(tmp_path, files)
    assert sorted(one for one, *_ in told(found.findings)) == [GAP, CONTRACT]
    assert found.exit_code() == 2
