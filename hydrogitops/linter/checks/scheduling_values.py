"""Checks on values that speak of where pods may land, whatever the chart makes of them."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, ValuesView, meant
from hydrogitops.model import Fault, Suggestion


def dead_tolerations(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """`<service>.tolerations` that the chart ignores."""
    contract = view.values.contract
    for dead in contract.dead if contract is not None else ():
        if dead.rule != "scheduling/dead-tolerations" or not view.layer.holds(dead.value):
            continue
        targets = meant(dead, view.values.release.name, view.environment.objects)
        yield Fault(
            rule="",
            message=f"{'.'.join(map(str, dead.value))} changes nothing: {dead.message}",
            at=view.place(dead.value),
            label="the chart does not read this",
            fix=Suggestion(f"write them under {dead.meant or 'global.tolerations'}"),
            subjects=(
                subjects.value(view.values.release.name, dead.value),
                *(subjects.workload(ref) for ref, _ in targets),
            ),
        )
