"""Findings that somebody answers for: a comment with a reason at the place. They stay visible, and count no more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from hydrogitops.model import Finding
from hydrogitops.repo.sources import Sources

_WORD = "hydrogitops:"
_COMMENT = rf"#\s*{_WORD}\s*ignore\[([^\]]*)\][ \t]*(.*?)\s*$"


def suppress(findings: Iterable[Finding], sources: Sources) -> list[Finding]:
    """Marks findings whose line, or the line alone above it, carries an ignore comment for their rule with a reason."""
    lines: dict[str, list[str]] = {}
    result = []
    for finding in findings:
        if finding.file not in lines:
            text = sources.text(finding.file) or ""
            # Most files have no such comment.
            lines[finding.file] = text.split("\n") if _WORD in text else []
        reason = _reason(lines[finding.file], finding)
        result.append(replace(finding, suppressed={"by": "comment", "reason": reason}) if reason else finding)
    return result


def _reason(lines: list[str], finding: Finding) -> str:
    for number, alone in ((finding.line, False), (finding.line - 1, True)):
        if not 0 < number <= len(lines):
            continue
        text = lines[number - 1]
        found = re.search(_COMMENT, text)
        if found is None or (alone and not text.lstrip().startswith("#")):
            continue
        rules = [rule.strip() for rule in found.group(1).split(",")]
        if finding.rule in rules and found.group(2):
            return found.group(2)
    return ""
