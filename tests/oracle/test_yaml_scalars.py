"""Every bare scalar of a values file reads as Helm 3.22 and 4.3 read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hydrogitops.charts.trees import go_text
from hydrogitops.charts.values import Chart, coalesce
from hydrogitops.source import SourceError, load
from tests.oracle.rows import rows

ROWS = rows("yaml-scalars.jsonl")
MAX = 2**64


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row["in"]))
def test_load(row: dict[str, Any]) -> None:
    text = f"v: {row['in']}\n"
    if not row["ok"]:
        with pytest.raises(SourceError):
            load(text)
        return
    want = json.loads(row["yaml_to_json"])["v"]
    got = load(text)
    assert isinstance(got, dict)
    if isinstance(want, int) and not isinstance(want, bool) and want >= MAX:
        want = float(want)
    assert (type(got["v"]), got["v"]) == (type(want), want)


@pytest.mark.parametrize("row", [row for row in ROWS if row["ok"]], ids=lambda row: repr(row["in"]))
def test_as_a_template_prints_it(row: dict[str, Any]) -> None:
    seen = coalesce(Chart("app"), [f"v: {row['in']}\n"]).seen["app"]
    value = seen.get("v")
    if value is not None:
        assert go_text(value) == row["rendered"]["plain"]
