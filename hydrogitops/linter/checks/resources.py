"""Checks on what containers ask for and may take: what is missing, and limits against the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hydrogitops.linter import subjects
from hydrogitops.linter.dead_values import dead_values
from hydrogitops.linter.inputs import Parameters, RepositoryView, ValuesView, WorkloadView, text_of
from hydrogitops.model import Container, Fault, Suggestion


def memory_limit_missing(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A container of any role without a limit on memory."""
    for container in view.workload.containers:
        if not _stated(container, "limits", "memory"):
            yield _lacks(view, container, "limits", "memory", f"{container.name} has no memory limit")


def memory_request_missing(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """Neither a request for memory nor a limit, which would become one."""
    yield from _request_missing(view, "memory")


def cpu_request_missing(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """Neither a request for cpu nor a limit, which would become one."""
    yield from _request_missing(view, "cpu")


def cpu_limit(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A cpu limit where the policy forbids it, none where it requires one."""
    policy = parameters.get("cpu", "free")
    for container in view.workload.containers:
        has = _stated(container, "limits", "cpu")
        if policy == "required" and not has:
            message = f"{container.name} has no cpu limit, which the policy of this environment requires"
            yield _lacks(view, container, "limits", "cpu", message)
        if policy == "forbidden" and has:
            yield Fault(
                rule="",
                message=f"{container.name} has a cpu limit, which the policy of this environment forbids",
                at=view.field(container, "resources", "limits", "cpu"),
                object=view.workload.ref,
                container=container.name,
                path=(*container.path, "resources", "limits", "cpu"),
                label="this throttles the container",
                fix=Suggestion("remove resources.limits.cpu"),
            )


def dead_value(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """Resources that the chart takes without a word and never reads."""
    for _, targets, fault in dead_values(view, "resources/dead-value"):
        where = ", ".join(text_of(ref) for ref, _ in targets) or "the workload"
        yield fault._replace(
            fix=Suggestion(f"set it by a patch on {where} instead"),
            subjects=(*fault.subjects, *(subjects.container(ref, name) for ref, name in targets)),
        )


def qos_drift(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A workload that is of one class of service in production and of another in staging."""
    if not any(environment.workloads for environment in view.environments):
        return
    from hydrogitops.kube.resources import assess_pod

    classes: dict[tuple[str, str], dict[str, tuple[str, WorkloadView]]] = {}
    for environment in view.environments:
        if environment.environment.profile not in ("production", "staging"):
            continue
        for workload in environment.workloads:
            qos = assess_pod({"spec": workload.spec}).qos
            if qos is not None:
                by_profile = classes.setdefault((workload.kind, workload.name), {})
                by_profile.setdefault(environment.environment.profile, (qos, WorkloadView(workload, environment)))
    for (kind, name), found in classes.items():
        if len(found) < 2 or found["production"][0] == found["staging"][0]:
            continue
        (production, theirs), (staging, _) = found["production"], found["staging"]
        container = next((c for c in theirs.workload.containers if c.role == "main"), None)
        if container is None:
            continue
        other = found["staging"][1].environment.name
        yield Fault(
            rule="",
            message=f"{kind}/{name} is {production} in production and {staging} in staging ({other}), "
            "so it is evicted in another order than was tried",
            at=theirs.field(container, "resources", missing="resources" not in container.data),
            environment=theirs.environment.name,
            object=theirs.workload.ref,
            path=(*container.path, "resources"),
            fix=Suggestion("give both the same relation of requests to limits"),
            subjects=tuple(
                subjects.field(theirs.workload.ref, (*c.path, "resources")) for c in theirs.workload.containers
            ),
        )


def _request_missing(view: WorkloadView, name: str) -> Iterator[Fault]:
    for container in view.workload.containers:
        if not _stated(container, "requests", name) and not _stated(container, "limits", name):
            message = f"{container.name} requests no {name}, and no limit stands in for a request"
            yield _lacks(view, container, "requests", name, message)


def _stated(container: Container, kind: str, name: str) -> bool:
    """Whether a limit or request is written; what it says is another rule's business."""
    amounts = container.resources.get(kind)
    return isinstance(amounts, Mapping) and name in amounts


def _lacks(view: WorkloadView, container: Container, kind: str, name: str, message: str) -> Fault:
    amount = _elsewhere(view, container, kind, name)
    return Fault(
        rule="",
        message=message,
        at=view.field(container, "resources", kind, name, missing=True),
        object=view.workload.ref,
        container=container.name,
        path=(*container.path, "resources", kind, name),
        label=f"{kind}.{name} is missing here",
        fix=Suggestion(f"add resources.{kind}.{name}" + (f", {amount}" if amount else "")),
        subjects=(subjects.container(view.workload.ref, container.name),),
    )


def _elsewhere(view: WorkloadView, container: Container, kind: str, name: str) -> str:
    """What the container itself says of the other kind: a request is a first guess for a limit, and the other way."""
    other = container.resources.get("limits" if kind == "requests" else "requests")
    value = other.get(name) if isinstance(other, Mapping) else None
    return f"for example {value}" if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
