"""Words that several formats share: environments of a finding, what was not seen, the closing line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydrogitops.model import SEVERITIES, Coverage, Finding, Report, Unseen

NOTHING = "nothing to lint"
"""`Unseen.what` of a report about nothing; see `Report.exit_code`."""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """What is not suppressed, worst first, otherwise in the order of the report."""
    open_ones = [finding for finding in findings if not finding.suppressed]
    return sorted(open_ones, key=lambda finding: SEVERITIES.index(finding.severity))


def environments(finding: Finding, total: int) -> str:
    """` (dev, staging)`, ` (all environments)` where it is all of several, nothing where it is about none."""
    if not finding.environments:
        return ""
    if len(finding.environments) == total > 1:
        return " (all environments)"
    return f" ({', '.join(finding.environments)})"


def gaps(coverage: Coverage) -> list[str]:
    """What was not seen, each with its reason; one line for the environments that share it."""
    shared: dict[Unseen, list[str]] = {}
    for gap in coverage.not_seen:
        names = shared.setdefault(Unseen(gap.what, gap.reason, gap.file), [])
        if gap.environment and gap.environment not in names:
            names.append(gap.environment)
    return [_gap(gap, names) for gap, names in shared.items()]


def closing(report: Report) -> str:
    """`3 errors, 2 warnings in 3 environments (61 objects, 14 files; nothing left unseen)`."""
    counts, coverage = report.counts(), report.coverage
    found = [
        f"{counts[severity]} {word if counts[severity] == 1 or severity == 'info' else word + 's'}"
        for severity, word in zip(SEVERITIES, ("error", "warning", "info"), strict=True)
        if counts[severity]
    ]
    where = f" in {count(len(coverage.environments), 'environment')}" if coverage.environments else ""
    unseen = len(gaps(coverage))
    seen = f"{count(unseen, 'part')} not seen" if unseen else "nothing left unseen"
    hidden = f"; {counts['suppressed']} suppressed" if counts["suppressed"] else ""
    objects, files = count(coverage.objects, "object"), count(coverage.files, "file")
    return f"{', '.join(found) or 'no findings'}{where} ({objects}, {files}; {seen}{hidden})"


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def unsaid(incomplete: Sequence[str], coverage: Coverage) -> list[str]:
    """Reasons for an incomplete job that no line about what was not seen says already."""
    said = {text for gap in coverage.not_seen for text in (gap.reason, gap.what, f"{gap.what}: {gap.reason}")}
    return [reason for reason in incomplete if reason not in said]


def _gap(gap: Unseen, names: Sequence[str]) -> str:
    where = ", ".join([gap.file, *names] if gap.file else names)
    text = f"{gap.what}{f' ({where})' if where else ''}: {gap.reason}"
    return text if gap.what == NOTHING else f"not seen: {text}"
