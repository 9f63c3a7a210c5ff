"""Whether what runs fits where it runs: tolerations and taints, requests, limits and nodes, heaps and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hydrogitops.jvm import assess
from hydrogitops.kube import scheduling
from hydrogitops.kube.amounts import doubt
from hydrogitops.kube.quantity import Quantity
from hydrogitops.kube.resources import assess_pod
from hydrogitops.kube.tolerations import tolerates, validate

from .answer_models import Answers, Environment, GatewayService, JavaService, Pool, Service
from .defaults import in_cluster, services

Path = tuple[str | int, ...]
Problem = tuple[Path, str]

AnyService = Service | JavaService | GatewayService

# Pods of more than one container, by the services whose resources these have.
_PODS: Final[Mapping[str, tuple[str, ...]]] = {
    "manager": ("manager", "dind", "kubectl-proxy"),
    "rootcause": ("rootcause", "rootcause"),
    "visualization": ("visualization", "visualization"),
}
_WITHIN: Final = frozenset({"dind", "kubectl-proxy"})
"""Services that have no pod of their own."""


def sizes(answers: Answers) -> Iterator[Problem]:
    """What is wrong with tolerations, pools, resources and JVM options, by themselves and together."""
    yield from _tolerations(answers)
    yield from _services(answers)


def _tolerations(answers: Answers) -> Iterator[Problem]:
    written = [item.model_dump(by_alias=True, exclude_defaults=True) for item in answers.tolerations]
    for problem in validate(written):
        # `tolerations[0].effect`
        _, index, *rest = re.split(r"[\[\].]+", problem.field)
        yield ("tolerations", int(index), *rest), problem.message.rstrip(".")
    for index, toleration in enumerate(answers.tolerations):
        if not toleration.key and toleration.operator == "Exists":
            yield ("tolerations", index, "key"), "this tolerates every taint; name the taints"
    for name, environment in answers.environments.items():
        yield from _pools(name, environment, written)


def _pools(name: str, environment: Environment, tolerations: list[dict[str, object]]) -> Iterator[Problem]:
    pools = environment.pools or []
    for index, pool in enumerate(pools):
        yield from _pool(("environments", name, "pools", index), pool, [one.name for one in pools[:index]])
    if not pools:
        return
    taints = [[taint.model_dump(exclude_defaults=True) for taint in pool.taints] for pool in pools]

    def bears(taint: dict[str, object]) -> bool:
        return taint["effect"] == "PreferNoSchedule" or any(tolerates(item, taint) for item in tolerations)

    if not any(all(bears(taint) for taint in pool) for pool in taints):
        yield ("tolerations",), f"every pool of {name} has a taint that nothing tolerates, so no pod would start there"
    for index, toleration in enumerate(tolerations):
        if not any(tolerates(toleration, taint) for pool in taints for taint in pool):
            yield ("tolerations", index), f"no pool of {name} has a taint that this tolerates"


def _pool(path: Path, pool: Pool, before: list[str]) -> Iterator[Problem]:
    if (pool.instance_types is None) == (pool.allocatable is None):
        yield path, "either instance_types or allocatable is wanted"
    for resource in ("cpu", "memory"):
        if pool.allocatable is not None and resource not in pool.allocatable:
            yield (*path, "allocatable", resource), "missing: what a node of this pool has for pods"
    if pool.name in before:
        yield (*path, "name"), "another pool of this environment has this name"
    taints = [(taint.key, taint.effect) for taint in pool.taints]
    for index, taint in enumerate(taints):
        # core/validation: taints are unique by key and effect.
        if taint in taints[:index]:
            yield (*path, "taints", index), "a node has one taint of a key and an effect"


def _services(answers: Answers) -> Iterator[Problem]:
    runs = services(in_cluster(answers.model_dump()))
    sound: dict[str, AnyService] = {}
    for field, info in type(answers.services).model_fields.items():
        service, name = getattr(answers.services, field), info.alias or field
        if service is None:
            continue
        if name not in runs:
            yield ("services", name), "this does not run in the cluster"
            continue
        problems = list(_resources(("services", name, "resources"), service))
        yield from problems
        if not problems:
            sound[name] = service
            yield from _java(name, service)
    yield from _nodes(answers, sound)


def _resources(path: Path, service: AnyService) -> Iterator[Problem]:
    """What lint says of the resources of a container, in the words of an answer."""
    sides = {"limits": service.resources.limits, "requests": service.resources.requests}
    if "memory" not in sides["limits"]:
        yield (*path, "limits", "memory"), "every container has a memory limit"
    odd = False
    for side, amounts in sides.items():
        for name, amount in amounts.items():
            said = doubt(name, amount)
            if said:
                odd = True
                yield (*path, side, name), said[0] + (f"; did you mean {said[1]}?" if said[1] else "")
            limit = sides["limits"].get(name) if side == "requests" else None
            if limit is not None and Quantity.of(amount) > Quantity.of(limit):
                odd = True
                yield (*path, side, name), f"this request is above its limit {limit}"
    if not odd:
        for problem in assess_pod({"spec": {"containers": [{"name": "main", "resources": sides}]}}).errors:
            yield (*path, *_field(problem.field, sides)), problem.message.rstrip(".")


def _field(field: str, sides: Mapping[str, Mapping[str, str]]) -> Path:
    """The end of a path as the API server writes it: `…resources.limits[nvidia.com/gpu]`."""
    found = re.search(r"\.resources\.(limits|requests)(?:\[(.+)\])?$", field)
    if found is None:
        return ()
    side, name = found.groups()
    # What is absent from the limits is defaulted from them, so it is written on the other side.
    return (side, name) if name in sides[side] else ("limits", name) if name else (side,)


def _nodes(answers: Answers, sound: Mapping[str, AnyService]) -> Iterator[Problem]:
    """Whether each pod finds a node that holds it in every environment."""
    tolerations = [item.model_dump(by_alias=True, exclude_defaults=True) for item in answers.tolerations]
    for environment, one in answers.environments.items():
        pools = [_as_nodes(pool) for pool in one.pools or () if (pool.instance_types is None) != (not pool.allocatable)]
        for name in sound if pools and len(pools) == len(one.pools or ()) else ():
            parts = _PODS.get(name, (name,))
            if name in _WITHIN or not all(part in sound for part in parts):
                continue
            containers = [{"name": part, "resources": sound[part].resources.model_dump()} for part in parts]
            pod: dict[str, Any] = {"spec": {"containers": containers, "tolerations": tolerations}}
            placement = scheduling.schedulable(pod, pools)
            stop = next((stop for stop in placement.stops if stop.kind == "resource"), None)
            if stop is not None and not placement.fits and not placement.unknown:
                # containers[INDEX].resources.SIDE.NAME, as these pods say nothing for themselves.
                index = stop.path[1]
                part = parts[index] if isinstance(index, int) else name
                yield ("services", part, *stop.path[2:]), f"no node of {environment} holds this. {stop.message}"


def _as_nodes(pool: Pool) -> scheduling.NodePool:
    taints = [taint.model_dump(exclude_defaults=True) for taint in pool.taints]
    return scheduling.pool(pool.name, pool.labels, taints, pool.instance_types or (), pool.allocatable)


def _java(name: str, service: AnyService) -> Iterator[Problem]:
    """Whether the JVM starts and fits. The images' JDK 8 is older than cgroup v2: it sees no limit of its container."""
    if isinstance(service, JavaService):
        path, options = ("services", name, "java_options"), service.java_options
    elif isinstance(service, GatewayService):
        path, options = ("services", name, "java_xmx"), f"-Xmx{service.java_xmx} -Xms{service.java_xmx}"
    else:
        return
    limit, request = _bytes(service.resources.limits["memory"]), service.resources.requests.get("memory")
    # Without -Xms the initial heap is a share of a node that is not known here, so a small one is assumed.
    result = assess(options, memory=limit, cpus=None, jdk=8, sees_limits=False, host_memory=8 * 2**30)
    fatal = [problem.message for problem in result.problems if problem.fatal]
    if not result.starts or result.bill is None or result.initial_heap is None:
        yield path, "; ".join(fatal) or "the JVM does not start with these options"
    elif "-Xmx" not in options and "-XX:MaxHeapSize" not in options:
        yield path, "state -Xmx: this JVM cannot see the limit of its container and would take a share of the node"
    elif result.bill.expected > limit:
        used, given = _mebibytes(result.bill.expected), _mebibytes(limit)
        yield path, f"heap and all the rest come to about {used}Mi, above the limit of {given}Mi"
    elif request is not None and result.initial_heap > _bytes(request):
        yield path, f"the JVM takes {_mebibytes(result.initial_heap)}Mi at start, above the request of {request}"


def _bytes(quantity: str) -> int:
    return -(-Quantity.of(quantity).nano // 10**9)


def _mebibytes(amount: int) -> int:
    return -(-amount // 2**20)
