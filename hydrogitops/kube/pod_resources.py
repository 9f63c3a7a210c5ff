"""The resources in a pod's spec: read from plain data, and defaulted as the API server does when it makes the pod."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from .problems import Problem, Reason
from .quantity import Quantity, QuantityError


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits and requests by the name of the resource: cores, bytes, things. Empty where nothing is set."""

    limits: Mapping[str, Quantity]
    requests: Mapping[str, Quantity]

    def of(self, kind: Literal["limits", "requests"]) -> Mapping[str, Quantity]:
        """One of the two by its name."""
        return self.limits if kind == "limits" else self.requests


@dataclass(frozen=True, slots=True)
class ContainerResources:
    """A container's resources, and where it stands: `containers` or `initContainers`, and its index."""

    listed: str
    index: int
    resources: Resources
    sidecar: bool = False
    """An init container that stays."""

    @property
    def path(self) -> str:
        """The path of the resources as the API server writes it."""
        return f"spec.{self.listed}[{self.index}].resources"


@dataclass(frozen=True, slots=True)
class PodResources:
    """All resources of a pod's spec. `pod` is `spec.resources`, None where it is absent."""

    containers: tuple[ContainerResources, ...]
    init_containers: tuple[ContainerResources, ...]
    pod: Resources | None
    pod_claims: bool
    overhead: Mapping[str, Quantity]
    problems: tuple[Problem, ...]
    """What the API server can't decode; such values are left out."""


def read(spec: object) -> PodResources:
    """The resources of a pod's spec as written, each rounded up to milli (core/v1/defaults.go, 1.37.2)."""
    problems: list[Problem] = []
    fields = _mapping(spec, "spec", problems)
    pod = fields.get("resources")
    pod_fields = _mapping(pod, "spec.resources", problems)
    return PodResources(
        containers=_containers(fields, "containers", problems),
        init_containers=_containers(fields, "initContainers", problems),
        pod=None if pod is None else _resources(pod_fields, "spec.resources", problems),
        pod_claims=pod_fields.get("claims") is not None,
        overhead=_quantities(fields.get("overhead"), "spec.overhead", problems),
        problems=tuple(problems),
    )


def default(pod: PodResources) -> PodResources:
    """What a created pod has: a container's limits become its missing requests, then the pod's own are filled in.

    Sources: core/v1/defaults.go, SetDefaults_Pod; api/pod/util.go, DefaultPodLevelResources; 1.37.2.
    """
    filled = replace(
        pod,
        containers=tuple(_default_container(container) for container in pod.containers),
        init_containers=tuple(_default_container(container) for container in pod.init_containers),
    )
    if filled.pod is None or not (filled.pod.limits or filled.pod.requests):
        return filled
    return replace(filled, pod=_default_pod(filled, filled.pod))


def aggregate(pod: PodResources, kind: Literal["limits", "requests"]) -> dict[str, Quantity]:
    """The limits or the requests of all containers together.

    For each resource the larger of what runs for good (containers and sidecars) and of any init step (that init
    container and the sidecars started before it). Source: component-helpers resource/helpers.go, 1.37.2.
    """
    total: dict[str, Quantity] = {}
    for container in pod.containers:
        _add(total, container.resources.of(kind))
    sidecars: dict[str, Quantity] = {}
    peak: dict[str, Quantity] = {}
    for container in pod.init_containers:
        own = container.resources.of(kind)
        if container.sidecar:
            _add(total, own)
            _add(sidecars, own)
            step = sidecars
        else:
            step = dict(own)
            _add(step, sidecars)
        _raise(peak, step)
    _raise(total, peak)
    return total


def at_pod_level(name: str) -> bool:
    """Whether `spec.resources` may name the resource: cpu, memory and huge pages."""
    return name in ("cpu", "memory") or is_huge_pages(name)


def is_huge_pages(name: str) -> bool:
    """Whether it is a resource `hugepages-SIZE`."""
    return name.startswith("hugepages-")


def _containers(spec: Mapping[object, object], name: str, problems: list[Problem]) -> tuple[ContainerResources, ...]:
    listed = spec.get(name)
    if listed is None:
        return ()
    if not isinstance(listed, list | tuple):
        problems.append(Problem(f"spec.{name}", "Containers are a list.", "FieldValueTypeInvalid"))
        return ()
    found = []
    for index, container in enumerate(listed):
        path = f"spec.{name}[{index}]"
        fields = _mapping(container, path, problems)
        resources_path = f"{path}.resources"
        resources = _resources(_mapping(fields.get("resources"), resources_path, problems), resources_path, problems)
        sidecar = name == "initContainers" and fields.get("restartPolicy") == "Always"
        found.append(ContainerResources(name, index, resources, sidecar))
    return tuple(found)


def _resources(fields: Mapping[object, object], path: str, problems: list[Problem]) -> Resources:
    return Resources(
        limits=_quantities(fields.get("limits"), f"{path}.limits", problems),
        requests=_quantities(fields.get("requests"), f"{path}.requests", problems),
    )


def _quantities(value: object, path: str, problems: list[Problem]) -> Mapping[str, Quantity]:
    found: dict[str, Quantity] = {}
    for name, quantity in _mapping(value, path, problems).items():
        try:
            found[str(name)] = Quantity.of(quantity).stored
        except QuantityError as error:
            reason: Reason = "FieldValueTypeInvalid" if error.reason == "type" else "FieldValueInvalid"
            problems.append(Problem(f"{path}[{name}]", f"{error}.", reason))
    return MappingProxyType(found)


def _mapping(value: object, path: str, problems: list[Problem]) -> Mapping[object, object]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    problems.append(Problem(path, "The value must be a map.", "FieldValueTypeInvalid"))
    return {}


def _default_container(container: ContainerResources) -> ContainerResources:
    resources = container.resources
    filled = MappingProxyType({**resources.limits, **resources.requests})
    return replace(container, resources=Resources(resources.limits, filled))


def _default_pod(pod: PodResources, own: Resources) -> Resources:
    asked, capped = dict(own.requests), dict(own.limits)
    together_limits = aggregate(pod, "limits")
    for name, quantity in together_limits.items():
        if is_huge_pages(name) and name not in asked:
            capped.setdefault(name, quantity)
    for name, quantity in aggregate(pod, "requests").items():
        if at_pod_level(name) and not is_huge_pages(name):
            asked.setdefault(name, quantity)
    for name, quantity in capped.items():
        if at_pod_level(name):
            asked.setdefault(name, quantity)
    everyone = (*pod.containers, *pod.init_containers)
    for name, limit in together_limits.items():
        # A limit that every container has holds for the pod too, and is never below what the pod asks.
        shared = all(name in one.resources.limits for one in everyone)
        if shared and at_pod_level(name) and name in asked and name not in capped:
            capped[name] = max(asked[name], limit)
    return Resources(MappingProxyType(capped), MappingProxyType(asked))


def _add(total: dict[str, Quantity], more: Mapping[str, Quantity]) -> None:
    for name, quantity in more.items():
        total[name] = total[name] + quantity if name in total else quantity


def _raise(total: dict[str, Quantity], other: Mapping[str, Quantity]) -> None:
    for name, quantity in other.items():
        if name not in total or quantity > total[name]:
            total[name] = quantity
