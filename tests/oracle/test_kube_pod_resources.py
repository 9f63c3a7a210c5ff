"""Every pod whose resources Kubernetes defaulted, validated and classed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydrogitops.kube.quantity import Quantity
from hydrogitops.kube.resources import Resources, assess_pod

from .rows import rows

PODS = rows("pod-resources.jsonl")

Lists = list[tuple[dict[str, Quantity], dict[str, Quantity]]]


def ours(defaulted: Sequence[Resources]) -> Lists:
    return [(dict(one.limits), dict(one.requests)) for one in defaulted]


def theirs(defaulted: Sequence[Mapping[str, Mapping[str, str]]]) -> Lists:
    return [(parsed(one.get("limits", {})), parsed(one.get("requests", {}))) for one in defaulted]


def parsed(quantities: Mapping[str, str]) -> dict[str, Quantity]:
    return {name: Quantity.parse(text) for name, text in quantities.items()}


def test_pods() -> None:
    found: list[str] = []
    for row in PODS:
        assessed = assess_pod(row["pod"])
        if "error" in row:
            # Not decoded, so nothing but the values that are no quantities can be said.
            if not assessed.errors or assessed.qos is not None or assessed.defaulted:
                found.append(f"{row['pod']}: {assessed}")
            continue
        pairs = {
            "errors": (
                sorted((p.field, p.reason) for p in assessed.errors),
                sorted((e["field"], e["type"]) for e in row["errors"]),
            ),
            "ok": (not assessed.errors, row["ok"]),
            "qos": (assessed.qos, row["qos"]),
            "defaulted": (ours(assessed.defaulted), theirs(row["defaulted"])),
            "defaulted_init": (ours(assessed.defaulted_init), theirs(row["defaulted_init"])),
        }
        found += [f"{row['pod']}: {name} {one} for {other}" for name, (one, other) in pairs.items() if one != other]
    assert not found, "\n".join(found)
