"""The JSON report: its text, and its schema."""

from __future__ import annotations

import io
import json

import jsonschema
import pytest

from hydrogitops.model import Edit, Fix, Occurrence, Report
from hydrogitops.report import json_v1, write
from hydrogitops.report.json_schema import schema

from .samples import CHART_GAP, HEAP, finding, report

FULL = finding(
    "secrets/plain-secret",
    message="ü 日本",
    occurrences=(
        Occurrence("prod", "error", "m", {"kind": "Secret", "namespace": "", "name": "a", "path": "data"}),
        Occurrence("dev", "warning", "m", None),
    ),
    fix=Fix("drop it", safe=True, edits=(Edit("a.yaml", 1, 2, 1, 5, "x"),)),
    suppressed={"by": "waiver", "reason": "upstream", "until": "2027-03-01"},
)
REPORTS = {
    "empty": report(environments=(), objects=0),
    "findings": report(HEAP, FULL, finding(environments=())),
    "gaps": report(not_seen=(CHART_GAP,)),
}


@pytest.mark.parametrize("what", REPORTS.values(), ids=REPORTS)
def test_it_is_the_plain_data_of_the_report_and_keeps_the_schema(what: Report) -> None:
    data = json.loads(json_v1.dumps(what))
    assert data == what.to_json()
    assert list(data) == ["version", "tool", "findings", "coverage", "summary"]
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(data, schema(), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "broken",
    [
        {"version": 2},
        {"extra": 1},
        {"summary": {"error": 1}},
        {"findings": [{}]},
    ],
)
def test_the_schema_refuses_what_is_no_report(broken: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(REPORTS["empty"].to_json() | broken, schema())


def test_one_finding_a_line_and_a_newline_at_the_end() -> None:
    text = json_v1.dumps(REPORTS["findings"])
    assert text.endswith("}\n")
    assert [line[:9] for line in text.splitlines()][3:6] == ['{"rule": '] * 3
    assert "ü 日本" in text


def test_utf8_whatever_the_locale_and_names_that_are_no_utf8() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\r\n")
    stream.write("before\n")
    write(report(finding(file="b\udcffd.yaml", message="ü")), "json", stream, sources={}.get)
    stream.flush()
    before, _, rest = raw.getvalue().partition(b"\r\n")
    assert before == b"before"
    assert b"\r" not in rest
    assert json.loads(rest.decode("utf-8"))["findings"][0]["file"] == "b\udcffd.yaml"
