"""What becomes of a pod's resources: defaulting, the API server's verdict, the quality-of-service class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .arguments import require
from .pod_resources import PodResources, Resources, at_pod_level, default, read
from .problems import Problem
from .quantity import Quantity
from .resource_rules import refused

__all__ = ["PodAssessment", "QosClass", "Resources", "assess_pod"]

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]

_ZERO = Quantity(0, "DecimalSI")


@dataclass(frozen=True, slots=True)
class PodAssessment:
    """What the API server makes of a pod's resources."""

    errors: tuple[Problem, ...]
    """Empty: the API server accepts the resources."""
    defaulted: tuple[Resources, ...]
    """One for each of spec.containers, in order, after defaulting and rounding."""
    defaulted_init: tuple[Resources, ...]
    """The same for spec.initContainers."""
    qos: QosClass | None
    """None where a value is no quantity; given for pods that are refused otherwise."""


def assess_pod(pod: Mapping[str, object]) -> PodAssessment:
    """The defaulted resources of a pod, what the API server refuses in them, and the pod's class.

    `pod` is a Pod, or anything with its `spec` (a workload's template, judged as the pod that it makes). A value that
    can't be decoded is one error on its own field; then nothing else is judged. With `spec.resources` (on by default
    since 1.34) the class follows these. Sources, all 1.37.2: core/v1/defaults.go, core/validation/validation.go,
    core/helper/qos/qos.go.
    """
    require(pod, Mapping, "pod")
    written = read(pod.get("spec"))
    if written.problems:
        return PodAssessment(written.problems, (), (), None)
    made = default(written)
    return PodAssessment(
        errors=tuple(refused(made)),
        defaulted=tuple(container.resources for container in made.containers),
        defaulted_init=tuple(container.resources for container in made.init_containers),
        qos=_qos(made),
    )


def _qos(pod: PodResources) -> QosClass:
    if pod.pod is not None and any(map(at_pod_level, (*pod.pod.limits, *pod.pod.requests))):
        return _class_of(pod.pod)
    classes = {_class_of(container.resources) for container in (*pod.init_containers, *pod.containers)}
    if len(classes) > 1:
        return "Burstable"
    return classes.pop() if classes else "BestEffort"


def _class_of(resources: Resources) -> QosClass:
    """Of cpu and memory alone; zero counts as unset."""
    pairs = [(resources.requests.get(name, _ZERO), resources.limits.get(name, _ZERO)) for name in ("cpu", "memory")]
    if any(request != limit for request, limit in pairs):
        return "Burstable"
    given = [bool(request) for request, _ in pairs]
    if all(given):
        return "Guaranteed"
    return "Burstable" if any(given) else "BestEffort"
