"""What `lint` gives back: findings and coverage, as plain data and as an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .findings import SEVERITIES, Coverage, Finding, Fix, Severity

TOOL = "hydrogitops"


@dataclass(frozen=True, slots=True)
class Report:
    """Findings sorted by file, line, column, rule; suppressed ones are among them."""

    findings: tuple[Finding, ...]
    coverage: Coverage
    version: str = ""
    """Of the tool that wrote it."""
    incomplete: tuple[str, ...] = ()
    """Why the tool could not do its whole job; each is in `coverage.not_seen` too. Not empty: exit 2."""

    def counts(self) -> dict[str, int]:
        """Findings by severity, suppressed ones apart."""
        counts = dict.fromkeys((*SEVERITIES, "suppressed"), 0)
        for finding in self.findings:
            counts["suppressed" if finding.suppressed else finding.severity] += 1
        return counts

    def exit_code(self, *, fail_on: Severity = "error", strict: bool = False) -> Literal[0, 1, 2, 3]:
        """0 nothing at or above `fail_on`, 1 findings, 2 not the whole job, 3 nothing to lint.

        `strict` counts every part that was not seen as not the whole job.
        2 beats 1 beats 3.
        """
        nothing = any(gap.what == "nothing to lint" for gap in self.coverage.not_seen)
        if self.incomplete or (strict and any(gap.what != "nothing to lint" for gap in self.coverage.not_seen)):
            return 2
        grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        if any(finding.severity in grave and not finding.suppressed for finding in self.findings):
            return 1
        return 3 if nothing else 0

    def to_json(self) -> dict[str, object]:
        """The JSON report, version 1, as plain data."""
        return {
            "version": 1,
            "tool": {"name": TOOL, "version": self.version},
            "findings": [_finding(finding) for finding in self.findings],
            "coverage": {
                "files": self.coverage.files,
                "documents": self.coverage.documents,
                "environments": list(self.coverage.environments),
                "objects": self.coverage.objects,
                "rules": self.coverage.rules,
                "not_seen": [
                    {
                        "what": gap.what,
                        "file": gap.file or None,
                        "environment": gap.environment or None,
                        "reason": gap.reason,
                    }
                    for gap in self.coverage.not_seen
                ],
            },
            "summary": self.counts(),
        }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "environments": list(finding.environments),
        "occurrences": [
            {
                "environment": occurrence.environment,
                "severity": occurrence.severity,
                "message": occurrence.message,
                "object": dict(occurrence.object) if occurrence.object is not None else None,
            }
            for occurrence in finding.occurrences
        ],
        "related": [
            {"file": place.file, "line": place.line, "column": place.column, "message": place.message}
            for place in finding.related
        ],
        "evidence": finding.evidence,
        "origin": finding.origin,
        "fix": _fix(finding.fix),
        "fingerprint": finding.fingerprint,
        "suppressed": dict(finding.suppressed) if finding.suppressed else None,
    }


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    edits = [
        {
            "file": edit.file,
            "line": edit.line,
            "column": edit.column,
            "end_line": edit.end_line,
            "end_column": edit.end_column,
            "text": edit.text,
        }
        for edit in fix.edits
    ]
    return {"description": fix.description, "safe": fix.safe, "edits": edits}
