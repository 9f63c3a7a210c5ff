"""The answers of the examples, and small changes to them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from hydrogitops.source import load

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
ABSENT: Any = object()


def example(name: str) -> dict[str, Any]:
    """A fresh copy of an example's answers: `production-external` or `in-cluster`."""
    data = load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def changed(answers: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A copy with `a__b=value` put at a.b; ABSENT takes it away."""
    copy = deepcopy(answers)
    for path, value in changes.items():
        *steps, last = path.split("__")
        target = copy
        for step in steps:
            target = target.setdefault(step, {})
        if value is ABSENT:
            target.pop(last, None)
        else:
            target[last] = value
    return copy
