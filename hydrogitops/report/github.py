"""Workflow commands of GitHub Actions: the worst findings as annotations, all of them in the job's summary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from hydrogitops.model import Finding, Report

from . import wording
from .excerpt import clean

ANNOTATIONS = 10
"""GitHub shows ten annotations of a kind for a step and drops the others without a word."""
ROWS = 500
"""Rows of the summary, which GitHub cuts off at 1 MiB."""

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_MARKUP = str.maketrans({char: f"&#{ord(char)};" for char in "\\`*_{}[]<>|~#$!&@"})


def write(report: Report, stream: TextIO, *, environments_total: int | None = None) -> None:
    """Write annotations and the closing line; append a table to the file that GITHUB_STEP_SUMMARY names."""
    total = len(report.coverage.environments) if environments_total is None else environments_total
    findings = wording.worst_first(report.findings)
    lines = [_annotation(finding, total) for finding in findings[:ANNOTATIONS]]
    lines += [_plain(finding, total) for finding in findings[ANNOTATIONS:]]
    lines += [clean(gap) for gap in wording.gaps(report.coverage)]
    lines += [f"note: {clean(remark)}" for remark in report.coverage.remarks]
    lines += [f"::error::{_data(reason)}" for reason in wording.unsaid(report.incomplete, report.coverage)]
    lines.append(wording.closing(report))
    stream.writelines(line + "\n" for line in lines)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(_summary(report, findings, total))


def _annotation(finding: Finding, total: int) -> str:
    properties = {
        "file": finding.file,
        "line": finding.line,
        "col": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "title": finding.rule,
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value != "")
    return f"::{_LEVELS[finding.severity]} {listed}::{_data(_words(finding, total))}"


def _plain(finding: Finding, total: int) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return clean(f"{finding.severity}[{finding.rule}] {place}: {_words(finding, total)}")


def _words(finding: Finding, total: int) -> str:
    fix = f" (fix: {finding.fix.description})" if finding.fix else ""
    return f"{finding.message}{wording.environments(finding, total)}{fix}"


def _data(text: str) -> str:
    """Escaped as actions/toolkit escapes the message of a command (packages/core/src/command.ts)."""
    return clean(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(report: Report, findings: list[Finding], total: int) -> str:
    lines = ["### hydrogitops", "", _cell(wording.closing(report)), ""]
    if findings:
        lines += ["| severity | rule | place | finding |", "| --- | --- | --- | --- |"]
    for finding in findings[:ROWS]:
        place = f"{finding.file}:{finding.line}:{finding.column}"
        cells = (finding.severity, finding.rule, place, _words(finding, total))
        lines.append(f"| {' | '.join(_cell(text) for text in cells)} |")
    if len(findings) > ROWS:
        lines += ["", f"{wording.count(len(findings) - ROWS, 'more finding')}: see the log of this step."]
    lines += ["", *(f"- {_cell(gap)}" for gap in wording.gaps(report.coverage))]
    return "\n".join(lines).rstrip() + "\n\n"


def _cell(text: str) -> str:
    """Text that Markdown and HTML leave as it is."""
    return clean(text).translate(_MARKUP)
