"""Checks on whether the declared nodes hold a pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hydrogitops.kube.resources import assess_pod
from hydrogitops.kube.scheduling import Stop, schedulable
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, WorkloadView
from hydrogitops.model import Container, Fault, Suggestion

SIZE = ("resource", "pods")


def unschedulable(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A pod that asks for more than any declared pool that it may land on has, by the optimistic figure."""
    pools = view.environment.pools
    if not pools:
        return
    placement = schedulable({"spec": view.workload.spec}, pools)
    if placement.fits or placement.unknown:
        return
    # Pools that it is kept off for another reason are that reason's business.
    by_pool: dict[str, list[Stop]] = {}
    for stop in placement.stops:
        by_pool.setdefault(stop.pool, []).append(stop)
    open_pools = {name: stops for name, stops in by_pool.items() if all(stop.kind in SIZE for stop in stops)}
    if not open_pools:
        return
    stop = next(iter(open_pools.values()))[0]
    yield _fault(view, stop, f"{view.workload.kind}/{view.workload.name} fits no node: {_sentence(stop.message)}")


def tight_fit(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A pod that fits only if the node has all that EC2 promises, or only while no DaemonSet takes its share."""
    pools = view.environment.pools
    if not pools:
        return
    placement = schedulable({"spec": view.workload.spec}, pools)
    if placement.unknown or not placement.fits:
        return
    if not placement.assured:
        message = "fits only a node that has every byte that EC2 states; the kernel hides a part of it"
    elif view.workload.kind != "DaemonSet" and not _fits_beside_daemons(view):
        message = "fits only a node on which no DaemonSet of this environment runs"
    else:
        return
    largest = _largest(view)
    if largest is not None:
        yield _fault(view, largest, f"{view.workload.kind}/{view.workload.name} {message}")


def _fits_beside_daemons(view: WorkloadView) -> bool:
    """Whether the pod and one pod of each DaemonSet of the environment fit a node together, by the assured figure."""
    daemons = [
        container
        for workload in view.environment.workloads
        if workload.kind == "DaemonSet"
        for container in _containers(workload.spec.get("containers"))
    ]
    if not daemons:
        return True
    spec = {**view.workload.spec, "containers": [*_containers(view.workload.spec.get("containers")), *daemons]}
    return bool(schedulable({"spec": spec}, view.environment.pools or ()).assured)


def _containers(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _largest(view: WorkloadView) -> Stop | None:
    """The largest request for memory, which is what the figures differ in."""
    made = assess_pod({"spec": view.workload.spec}).defaulted
    mains = [container for container in view.workload.containers if container.role == "main"]
    asking = [
        (resources.requests["memory"], container)
        for resources, container in zip(made, mains, strict=False)
        if "memory" in resources.requests
    ]
    if not asking:
        return None
    _, container = max(asking, key=lambda pair: pair[0])
    side = "requests" if "memory" in (container.resources.get("requests") or {}) else "limits"
    path = (*container.path[len(view.workload.pod) :], "resources", side, "memory")
    return Stop("", "resource", "", "memory", path)


def _fault(view: WorkloadView, stop: Stop, message: str) -> Fault:
    at = view.field(None, *stop.path)
    container = next((c for c in view.workload.containers if at.path[: len(c.path)] == c.path), None)
    pools = view.environment.environment.pools or ()
    return Fault(
        rule="",
        message=message,
        at=at,
        object=view.workload.ref,
        container=container.name if container is not None else "",
        path=at.path,
        label="more than a node has" if stop.message else "",
        fix=Suggestion(
            "request less, or declare a larger node type for " + (", ".join(pool.name for pool in pools) or "the pool")
        ),
        subjects=(
            subjects.workload(view.workload.ref),
            *(
                subjects.field(view.workload.ref, (*one.path, "resources", kind, name))
                for one in view.workload.containers
                for kind in ("limits", "requests")
                for name in _stated(one, kind)
            ),
        ),
    )


def _stated(container: Container, kind: str) -> Iterable[str]:
    """The resources that a container states; what is no map the API server refuses."""
    stated = container.resources.get(kind)
    return map(str, stated) if isinstance(stated, Mapping) else ()


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
