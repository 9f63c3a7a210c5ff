"""Values that a chart takes without a word and never reads, as its contract knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hydrogitops.charts.contract import DeadKey
from hydrogitops.model import Fault, ObjectRef

from . import subjects
from .inputs import ValuesView, meant


class DeadValue(NamedTuple):
    """A dead value of a layer, the objects and containers that it was meant for, and what there is to say in any case.

    The fault lacks a way out, and that it speaks of these objects too.
    """

    key: DeadKey
    targets: list[tuple[ObjectRef, str]]
    fault: Fault


def dead_values(view: ValuesView, rule: str) -> Iterator[DeadValue]:
    """Those that belong to a rule."""
    contract = view.values.contract
    for dead in contract.dead if contract is not None else ():
        if dead.rule == rule and view.layer.holds(dead.value):
            fault = Fault(
                rule="",
                message=f"{'.'.join(map(str, dead.value))} changes nothing: {dead.message}",
                at=view.place(dead.value),
                label="the chart does not read this",
                subjects=(subjects.value(view.values.release.name, dead.value),),
            )
            yield DeadValue(dead, meant(dead, view.values.release.name, view.environment.objects), fault)
