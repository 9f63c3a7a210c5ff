"""Every name that Kubernetes judged."""

from __future__ import annotations

from hydrogitops.kube.names import validate_name

from .rows import rows

NAMES = rows("names.jsonl")


def test_names() -> None:
    found: list[str] = []
    for row in NAMES:
        messages = validate_name(row["kind"], row["in"])
        if len(messages) != len(row["errors"]) or row["ok"] != (not messages):
            found.append(f"{row['kind']} {row['in']!r}: {messages} for {row['errors']}")
    assert not found, "\n".join(found)
