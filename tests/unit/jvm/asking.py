"""How the tests of this room ask: 2Gi, two cores, JDK 17, where a case says nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydrogitops.jvm import Assessment, OptionProblem, assess

KI, MI, GI = 2**10, 2**20, 2**30
DEFAULTS: dict[str, Any] = {"memory": 2 * GI, "cpus": 2.0, "jdk": 17}


def ask(options: str | Sequence[str] = "", **changes: Any) -> Assessment:
    return assess(options, **(DEFAULTS | changes))


def marked(problem: OptionProblem, options: str | Sequence[str], changes: Mapping[str, Any]) -> str:
    """The text that a problem points at."""
    if problem.source == changes.get("via", "args"):
        text = options if isinstance(options, str) else " ".join(options)
    else:
        text = changes.get("env", {}).get(problem.source, "")
    assert 0 <= problem.start <= problem.end <= len(text)
    return text[problem.start : problem.end]
