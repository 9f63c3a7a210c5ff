"""Annotations of GitHub Actions, the closing line, the summary of the job."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from hydrogitops.model import Finding, Report
from hydrogitops.report import github

from .samples import BASE, CHART_GAP, HEAP, finding, report


@pytest.fixture(autouse=True)
def no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def written(what: Report) -> list[str]:
    stream = io.StringIO()
    github.write(what, stream)
    return stream.getvalue().splitlines()


def test_an_annotation_has_the_whole_span_and_the_way_out() -> None:
    assert written(report(HEAP)) == [
        f"::error file={BASE},line=41,col=14,endLine=41,endColumn=23,title=jvm/heap-over-limit::"
        "sonar asks for 2048Mi of heap in a 2Gi container (prod, staging) "
        "(fix: lower -Xmx to 1536m, or raise the limit to 2560Mi)",
        "1 error in 3 environments (61 objects, 14 files; nothing left unseen)",
    ]


@pytest.mark.parametrize(
    ("one", "start", "end"),
    [
        (finding(message="100%\r\nx: y, z"), "::error file=apps", "::100%25%0D%0Ax: y, z (prod, staging)"),
        (finding(file="a:b,c%\n.yaml", environments=()), "::error file=a%3Ab%2Cc%25%0A.yaml,line=41,", "container"),
        (finding(severity="warning"), "::warning ", ""),
        (finding(severity="info"), "::notice ", ""),
        (finding(file=""), "::error line=41", ""),
    ],
)
def test_commands_are_escaped(one: Finding, start: str, end: str) -> None:
    line = written(report(one))[0]
    assert line.startswith(start)
    assert line.endswith(end)


def test_the_worst_ten_are_annotated_the_others_are_lines() -> None:
    findings = [finding(f"a/{at}", severity="error" if at == 11 else "warning") for at in range(12)]
    lines = written(report(*findings))
    assert lines[0].startswith("::error ")
    assert [line.startswith("::") for line in lines] == [True] * 10 + [False] * 3
    assert lines[10].startswith(f"warning[a/9] {BASE}:41:14: sonar asks")


def test_suppressed_findings_are_counted_and_gaps_are_said() -> None:
    lines = written(report(finding(suppressed={"by": "comment"}), not_seen=(CHART_GAP,), incomplete=("x\ny",)))
    assert lines == [
        "not seen: chart serving 3.0.3 (apps/x/kustomization.yaml, prod): not vendored",
        "::error::x%0Ay",
        "no findings in 3 environments (61 objects, 14 files; 1 part not seen; 1 suppressed)",
    ]


def test_no_line_of_a_finding_can_be_a_command() -> None:
    findings = [finding() for _ in range(10)] + [finding(message="x\n::set-output name=a::b", file="x\n::stop::")]
    assert sum(line.startswith("::") for line in written(report(*findings))) == 10


def test_the_summary_is_appended_as_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary"
    path.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    written(report(finding(message="a|b <img> `c`", environments=()), not_seen=(CHART_GAP,)))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:4] == [
        "before",
        "### hydrogitops",
        "",
        "1 error in 3 environments (61 objects, 14 files; 1 part not seen)",
    ]
    assert lines[7] == (f"| error | jvm/heap-over-limit | {BASE}:41:14 | a&#124;b &#60;img&#62; &#96;c&#96; |")
    assert lines[9] == "- not seen: chart serving 3.0.3 (apps/x/kustomization.yaml, prod): not vendored"


def test_the_summary_is_bounded_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    written(report(*[finding()] * (github.ROWS + 2)))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith("| error") for line in lines) == github.ROWS
    assert "2 more findings: see the log of this step." in lines
