"""Which declared pools of nodes a pod may land on, and what keeps it off the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from . import nodes
from .arguments import require
from .eks import DEVICES
from .node_labels import Mismatch, Route, known_labels, unmatched
from .pod_resources import PodResources, Resources, aggregate, at_pod_level, default, read
from .quantity import Quantity
from .tolerations import tolerates

_NONE = Quantity(0, "DecimalSI")
_ONE_POD = Quantity(10**9, "DecimalSI")
_KEEPS_OFF = ("NoSchedule", "NoExecute")
"""Effects of taints that keep a pod off; PreferNoSchedule only ranks."""


@dataclass(frozen=True, slots=True)
class NodeShape:
    """One kind of node in a pool: its certain labels, and what it has for pods by resource (with `pods`).

    Both figures are None for an instance type that the table doesn't know.
    """

    name: str
    """The instance type; empty for a declared figure."""
    labels: Mapping[str, str]
    optimistic: Mapping[str, Quantity] | None
    assured: Mapping[str, Quantity] | None


@dataclass(frozen=True, slots=True)
class NodePool:
    """Nodes with the same labels and taints. Without `nodes` nothing is known of their size."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, object], ...]
    nodes: tuple[NodeShape, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that keeps a pod off every node of a pool."""

    pool: str
    kind: Literal["taint", "selector", "affinity", "resource", "pods"]
    message: str
    """One sentence."""
    detail: str
    """Key of the taint or of the label, name of the resource; empty where several terms of an affinity fail."""
    path: Route
    """The field in the pod's spec; for a taint `tolerations`, whether there are any or not."""
    taint: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a pod may land: each pool's name is in `fits`, in `unknown`, or in the `pool` of some stops."""

    fits: tuple[str, ...]
    """Pools with a kind of node that holds the pod by the optimistic figure."""
    assured: tuple[str, ...]
    """Those of them that hold it by the assured figure too."""
    stops: tuple[Stop, ...]
    unknown: tuple[str, ...]
    """Pools that take the pod, but whose nodes' size isn't known (instance type not in the table, or none named)."""


def pool(
    name: str,
    labels: Mapping[str, str],
    taints: Sequence[Mapping[str, object]],
    instance_types: Sequence[str] = (),
    allocatable: Mapping[str, object] | None = None,
) -> NodePool:
    """A pool from what a configuration declares: labels and taints as in manifests.

    `allocatable`: resource to quantity, instead of instance types; optimistic and assured alike. `QuantityError` for
    a value that is no quantity.
    """
    shapes = [_shape(instance_type, labels) for instance_type in instance_types]
    if allocatable:
        figure = MappingProxyType({resource: Quantity.of(value) for resource, value in allocatable.items()})
        shapes.append(NodeShape("", known_labels(labels), figure, figure))
    return NodePool(name, labels, tuple(taints), tuple(shapes))


def schedulable(pod: Mapping[str, object], pools: Sequence[NodePool]) -> Placement:
    """The pools that the pod may land on when they are empty, and what stops it at the others.

    `pod` is a Pod, or anything with its `spec`; what can't be read in it is left out (`assess_pod` reports it).
    Judged as the scheduler's filters do (TaintToleration, NodeAffinity, NodeResourcesFit; 1.37.2): taints with
    NoSchedule or NoExecute, nodeSelector, required node affinity, requests with init steps, sidecars and overhead.
    A label or a resource that a declaration can't show (zone, ephemeral-storage, devices apart from accelerators)
    stops nothing. DaemonSets take their share on top.
    """
    require(pod, Mapping, "pod")
    written = pod.get("spec")
    spec: Mapping[str, object] = written if isinstance(written, Mapping) else {}
    demand = _demand(spec)
    fits: list[str] = []
    assured: list[str] = []
    unknown: list[str] = []
    stops: list[Stop] = []
    for candidate in pools:
        shapes = candidate.nodes or (NodeShape("", known_labels(candidate.labels), None, None),)
        open_shapes, found = _by_labels(spec, candidate.name, shapes)
        found = [*_by_taints(spec, candidate), *found]
        holding = [shape for shape in open_shapes if _holds(shape.optimistic, demand.wanted)]
        if open_shapes and not holding and all(shape.optimistic is not None for shape in open_shapes):
            found += _by_size(demand, candidate.name, open_shapes)
        if found:
            stops += found
        elif not holding:
            unknown.append(candidate.name)
        else:
            fits.append(candidate.name)
            if any(_holds(shape.assured, demand.wanted) for shape in holding):
                assured.append(candidate.name)
    return Placement(tuple(fits), tuple(assured), tuple(stops), tuple(unknown))


def effective_request(spec: Mapping[str, object]) -> Mapping[str, Quantity]:
    """What the scheduler counts for a pod with that spec, by resource: cores, bytes, things.

    For each resource the larger of all containers with the sidecars and of any init step, after defaulting; in its
    place what `spec.resources` asks; then the overhead. What is no quantity is left out. Source: component-helpers
    resource/helpers.go, PodRequests, 1.37.2.
    """
    return _effective(default(read(spec)))


@dataclass(frozen=True, slots=True)
class _Demand:
    """A pod's resources as written and as made, and what of it takes room on a node."""

    written: PodResources
    made: PodResources
    wanted: Mapping[str, Quantity]


def _demand(spec: Mapping[str, object]) -> _Demand:
    written = read(spec)
    made = default(written)
    wanted = {name: quantity for name, quantity in _effective(made).items() if quantity.nano > 0}
    return _Demand(written, made, wanted)


def _effective(pod: PodResources) -> dict[str, Quantity]:
    total = aggregate(pod, "requests")
    if pod.pod is not None:
        total |= {name: quantity for name, quantity in pod.pod.requests.items() if at_pod_level(name)}
    for name, quantity in pod.overhead.items():
        total[name] = total[name] + quantity if name in total else quantity
    return total


def _shape(instance_type: str, labels: Mapping[str, str]) -> NodeShape:
    facts, figures = nodes.node_type(instance_type), nodes.allocatable(instance_type)
    if facts is None or figures is None:
        return NodeShape(instance_type, known_labels(labels, instance_type), None, None)
    optimistic, assured = map(_figure, figures)
    return NodeShape(instance_type, known_labels(labels, instance_type, facts.architecture), optimistic, assured)


def _figure(node: nodes.Allocatable) -> Mapping[str, Quantity]:
    counted = {"pods": node.pods, **node.devices}
    figure = {"cpu": node.cpu, "memory": node.memory}
    return MappingProxyType(figure | {name: _ONE_POD * count for name, count in counted.items()})


def _by_taints(spec: Mapping[str, object], candidate: NodePool) -> list[Stop]:
    listed = spec.get("tolerations")
    tolerations = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []
    found = []
    for taint in candidate.taints:
        if taint.get("effect") not in _KEEPS_OFF or any(tolerates(one, taint) for one in tolerations):
            continue
        value = f"={taint['value']}" if taint.get("value") else ""
        shown = f"{taint.get('key')}{value}:{taint['effect']}"
        message = f"No toleration matches the taint {shown} of pool {candidate.name}."
        found.append(Stop(candidate.name, "taint", message, str(taint.get("key") or ""), ("tolerations",), taint))
    return found


def _by_labels(
    spec: Mapping[str, object], name: str, shapes: Sequence[NodeShape]
) -> tuple[list[NodeShape], list[Stop]]:
    """The kinds of node whose labels let the pod in; where there are none, why."""
    judged = [(shape, *unmatched(spec, shape.labels)) for shape in shapes]
    selected = [(shape, affinity) for shape, selector, affinity in judged if not selector]
    if not selected:
        # What no node has comes first; where each has something else, what the first one lacks.
        lacks = [{mismatch.key: mismatch for mismatch in selector} for _, selector, _ in judged]
        shared = [mismatch for key, mismatch in lacks[0].items() if all(key in others for others in lacks)]
        return [], [_label_stop(name, "selector", mismatch, shapes) for mismatch in shared or lacks[0].values()]
    allowed = [shape for shape, affinity in selected if affinity is None]
    reasons = [affinity for _, affinity in selected if affinity is not None]
    return allowed, [] if allowed else [_label_stop(name, "affinity", reasons[0], shapes)]


def _label_stop(
    name: str, kind: Literal["selector", "affinity"], mismatch: Mismatch, shapes: Sequence[NodeShape]
) -> Stop:
    if not mismatch.key:
        message = f"Pool {name} matches no term of the pod's required node affinity."
        return Stop(name, kind, message, "", mismatch.path)
    values = sorted({shape.labels[mismatch.key] for shape in shapes if mismatch.key in shape.labels})
    has = f"{mismatch.key}={', '.join(values)}" if values else f"no label {mismatch.key}"
    message = f"The pod wants a node with {mismatch.wanted}, pool {name} has {has}."
    return Stop(name, kind, message, mismatch.key, mismatch.path)


def _holds(figure: Mapping[str, Quantity] | None, wanted: Mapping[str, Quantity]) -> bool:
    if figure is None:
        return not wanted
    return figure.get("pods", _ONE_POD) >= _ONE_POD and not any(_lacks(figure, name, wanted[name]) for name in wanted)


def _lacks(figure: Mapping[str, Quantity], name: str, request: Quantity) -> bool:
    available = figure.get(name)
    return name in DEVICES if available is None else request > available


def _by_size(demand: _Demand, name: str, shapes: Sequence[NodeShape]) -> list[Stop]:
    figures = [(shape, shape.optimistic) for shape in shapes if shape.optimistic is not None]
    if all(figure.get("pods", _ONE_POD) < _ONE_POD for _, figure in figures):
        return [Stop(name, "pods", f"The nodes of pool {name} take no pods.", "pods", ())]
    short = {
        resource: [_lacks(figure, resource, request) for _, figure in figures]
        for resource, request in demand.wanted.items()
    }
    # What no kind of node has comes first; where each lacks something else, all of that.
    everywhere = [resource for resource, lacking in short.items() if all(lacking)]
    found = []
    for resource in everywhere or [resource for resource, lacking in short.items() if any(lacking)]:
        best, figure = max(figures, key=lambda pair: pair[1].get(resource, _NONE))
        where = f" ({best.name})" if best.name else ""
        has = f"at most {figure[resource]}{where}" if resource in figure else "none"
        message = f"The pod requests {resource} {demand.wanted[resource]}, a node of pool {name} has {has}."
        found.append(Stop(name, "resource", message, resource, _largest(demand, resource)))
    return found


def _largest(demand: _Demand, resource: str) -> Route:
    """Where the pod's own request is written, or the largest of its containers' requests."""
    own = demand.written.pod
    if own is not None and at_pod_level(resource) and (resource in own.requests or resource in own.limits):
        return ("resources", _side(own, resource), resource)
    made = (*demand.made.containers, *demand.made.init_containers)
    written = (*demand.written.containers, *demand.written.init_containers)
    asking = [pair for pair in zip(made, written, strict=True) if resource in pair[0].resources.requests]
    if not asking:
        return ("overhead", resource)
    _, largest = max(asking, key=lambda pair: pair[0].resources.requests[resource])
    return (largest.listed, largest.index, "resources", _side(largest.resources, resource), resource)


def _side(resources: Resources, resource: str) -> str:
    """A limit without a request is the request."""
    return "requests" if resource in resources.requests else "limits"
