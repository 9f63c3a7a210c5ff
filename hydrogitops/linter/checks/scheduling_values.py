"""Checks on values that speak of where pods may land, whatever the chart makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter import subjects
from hydrogitops.linter.dead_values import dead_values
from hydrogitops.linter.inputs import Parameters, ValuesView
from hydrogitops.model import Fault, Suggestion


def dead_tolerations(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """`<service>.tolerations` that the chart ignores."""
    for dead, targets, fault in dead_values(view, "scheduling/dead-tolerations"):
        yield fault._replace(
            fix=Suggestion(f"write them under {dead.meant or 'global.tolerations'}"),
            subjects=(*fault.subjects, *(subjects.workload(ref) for ref, _ in targets)),
        )
