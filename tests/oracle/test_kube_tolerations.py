"""Every toleration that Kubernetes matched with a taint or validated."""

from __future__ import annotations

from hydrogitops.kube.tolerations import tolerates, validate

from .rows import rows

MATCHES = rows("tolerations.jsonl")
VALIDITY = rows("toleration-validity.jsonl")


def test_matches() -> None:
    found: list[str] = []
    for row in MATCHES:
        for comparison, column in ((False, "tolerates"), (True, "tolerates_comparison")):
            ours = tolerates(row["toleration"], row["taint"], comparison=comparison)
            if ours != row[column]:
                found.append(f"{column} {ours}: {row['toleration']} {row['taint']}")
    assert not found, "\n".join(found)


def test_validity() -> None:
    found: list[str] = []
    for row in VALIDITY:
        for comparison, verdict in ((False, row), (True, row["with_comparison_gate"])):
            ours = sorted((p.field, p.reason) for p in validate(row["tolerations"], comparison=comparison))
            theirs = sorted((e["field"], e["type"]) for e in verdict["errors"])
            if ours != theirs or verdict["ok"] != (not ours):
                found.append(f"{row['tolerations']}, gate {comparison}: {ours} for {theirs}")
    assert not found, "\n".join(found)
