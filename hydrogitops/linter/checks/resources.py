"""Checks on what containers ask for and may take: quantities, requests, limits, and whether any node can hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...kube.quantity import Quantity, QuantityError
from ...model import Container, Fault, Suggestion
from .. import subjects
from ..inputs import Parameters, WorkloadView


def memory_limit_missing(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A container of any role without a limit on memory."""
    for container in view.workload.containers:
        if not _stated(container, "limits", "memory"):
            yield _lacks(view, container, "limits", "memory", f"{container.name} has no memory limit")


def _stated(container: Container, kind: str, name: str) -> bool:
    """Whether a limit or request is written; what it says is another rule's business."""
    amounts = container.resources.get(kind)
    return isinstance(amounts, Mapping) and name in amounts


def _lacks(view: WorkloadView, container: Container, kind: str, name: str, message: str) -> Fault:
    return Fault(
        rule="",
        message=message,
        at=view.field(container, "resources", kind, name, missing=True),
        object=view.workload.ref,
        container=container.name,
        path=(*container.path, "resources", kind, name),
        label=f"{kind}.{name} is missing here",
        fix=Suggestion(f"add resources.{kind}.{name}"),
        subjects=(subjects.container(view.workload.ref, container.name),),
    )


def _read(value: object) -> Quantity | None:
    try:
        return Quantity.of(value)
    except QuantityError:
        return None
