"""Findings and reports to write, with the files that they speak of."""

from __future__ import annotations

from typing import Any

from hydrogitops.model import Coverage, Finding, Fix, RelatedPlace, Report, Unseen

BASE = "apps/hydrosphere/base/values.yaml"
PROD = "apps/hydrosphere/envs/prod/values.yaml"
FILES = {
    BASE: "\n" * 40 + '  javaOpts: "-Xmx2048m -Xmn2048m -Xss258k -XX:+AggressiveHeap"\n',
    PROD: "\n" * 17 + "        memory: 2Gi\n",
}


def finding(rule: str = "jvm/heap-over-limit", **changes: Any) -> Finding:
    """A finding at the JVM options of `BASE`; `at` is (line, column, end line, end column)."""
    line, column, end_line, end_column = changes.pop("at", (41, 14, 41, 23))
    fields: dict[str, Any] = {
        "severity": "error",
        "message": "sonar asks for 2048Mi of heap in a 2Gi container",
        "file": BASE,
        "environments": ("prod", "staging"),
        "occurrences": (),
        "related": (),
        "evidence": "rendered",
        "origin": "proven",
        "fix": None,
        "fingerprint": "f",
        "suppressed": None,
        "label": "",
    }
    return Finding(rule=rule, line=line, column=column, end_line=end_line, end_column=end_column, **(fields | changes))


def report(*findings: Finding, **coverage: Any) -> Report:
    """A report over three environments."""
    fields: dict[str, Any] = {
        "files": 14,
        "documents": 31,
        "environments": ("dev", "prod", "staging"),
        "objects": 61,
        "rules": 92,
    }
    incomplete = coverage.pop("incomplete", ())
    return Report(findings, Coverage(**(fields | coverage)), "0.1.0", incomplete)


HEAP = finding(
    label="heap 2048Mi + about 420Mi outside it > limit 2048Mi",
    related=(RelatedPlace(PROD, 18, 17, "the limit comes from here", 18, 20),),
    fix=Fix("lower -Xmx to 1536m, or raise the limit to 2560Mi", safe=False),
)
CHART_GAP = Unseen("chart serving 3.0.3", "not vendored", "apps/x/kustomization.yaml", "prod")
