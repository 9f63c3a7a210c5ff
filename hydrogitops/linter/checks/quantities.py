"""Checks on quantities themselves: what the API server refuses, what is legal and hardly meant, what exceeds what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from hydrogitops.kube.amounts import doubt
from hydrogitops.kube.problems import Problem
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.kube.resources import assess_pod
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, WorkloadView
from hydrogitops.model import Container, Fault, Related, Replacement, Route, Suggestion

KINDS = ("limits", "requests")
NATIVE = ("cpu", "memory", "ephemeral-storage")
ALIASES = {
    "gpu": "nvidia.com/gpu",
    "mem": "memory",
    "ram": "memory",
    "CPU": "cpu",
    "cpus": "cpu",
    "storage": "ephemeral-storage",
}

_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
_OCTAL = re.compile(r"0[0-7]+")
_FIELD = re.compile(r"spec\.(containers|initContainers)\[(\d+)\]\.(.*)")


def invalid(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """What the API server refuses: no quantity, negative, an unknown resource, a broken-up extended resource."""
    for container in view.workload.containers:
        for kind, name, value in amounts(container):
            if _unreadable(value):
                yield _no_quantity(view, container, kind, name, value)
    if any(_unreadable(value) for c in view.workload.containers for _, _, value in amounts(c)):
        return
    told: set[tuple[Route, str]] = set()
    for problem in assess_pod({"spec": view.workload.spec}).errors:
        found = _place(view, problem)
        if found is None or _is_request_over_limit(view, problem):
            continue
        container, route = found
        name = str(route[-1])
        # A misspelt resource is refused in two ways; one sentence is enough.
        if (container.path, name) in told:
            continue
        told.add((container.path, name))
        near = ALIASES.get(name) or next(iter(get_close_matches(name, NATIVE, 1)), "")
        # Where a map is wanted and something else stands, no resource is named.
        whole = problem.reason == "FieldValueTypeInvalid" and route[1:] in ((), ("limits",), ("requests",))
        unknown = not whole and "/" not in name and name not in NATIVE and not name.startswith("hugepages-")
        message = f"{container.name}: {problem.message}"
        if unknown:
            message = f"{container.name}: there is no resource {name}"
        elif whole:
            message = f"{container.name}: {'.'.join(map(str, route))} takes a map of resources and their amounts"
        at = view.field(container, *route)
        yield Fault(
            rule="",
            message=message + (f"; did you mean {near}?" if unknown and near else ""),
            at=type(at)(at.object, at.path, key=True) if unknown else at,
            object=view.workload.ref,
            container=container.name,
            path=at.path,
            label="the API server refuses this",
            fix=Suggestion(f"write {near}") if unknown and near else Suggestion("write what the API server takes"),
            subjects=(subjects.container(view.workload.ref, container.name),) if unknown or whole else (),
        )


def suspicious(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """Legal, and hardly meant."""
    for container in view.workload.containers:
        for kind, name, value in amounts(container):
            at = view.field(container, "resources", kind, name)
            written = view.environment.written(at) if isinstance(value, int) and not isinstance(value, bool) else None
            doubt = _octal(written, value) if written is not None else _doubt(name, value, parameters)
            if doubt:
                message, likely = doubt
                yield Fault(
                    rule="",
                    message=f"{container.name}: {kind}.{name} {message}",
                    at=at,
                    object=view.workload.ref,
                    container=container.name,
                    path=at.path,
                    label="hardly meant",
                    fix=Suggestion(f"write {likely}", (Replacement(at, likely),)) if likely else None,
                )


def request_over_limit(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A request above the limit of the same resource."""
    for container in view.workload.containers:
        limits, requests = (container.resources.get(kind) for kind in KINDS)
        if not isinstance(limits, Mapping) or not isinstance(requests, Mapping):
            continue
        for name, value in requests.items():
            request, limit = read(value), read(limits.get(name)) if name in limits else None
            if request is None or limit is None or request <= limit:
                continue
            at = view.field(container, "resources", "requests", str(name))
            other = view.field(container, "resources", "limits", str(name))
            yield Fault(
                rule="",
                message=f"{container.name} requests {name} {request}, more than its limit {limit}",
                at=at,
                object=view.workload.ref,
                container=container.name,
                path=at.path,
                label=f"above the limit {limit}",
                related=(Related(other, "the limit"),),
                fix=Suggestion(f"request at most {limit}, or raise the limit to {request}"),
            )


def amounts(container: Container) -> Iterator[tuple[str, str, object]]:
    """All limits and requests of a container as written."""
    for kind in KINDS:
        listed = container.resources.get(kind)
        for name, value in listed.items() if isinstance(listed, Mapping) else ():
            yield kind, str(name), value


def read(value: object) -> Quantity | None:
    """The quantity that the API server reads; None where it reads none."""
    try:
        return Quantity.of(value)
    except QuantityError:
        return None


def nearest(text: str, name: str) -> str:
    """The legal quantity that a misspelt one likely means: `1.5gb` of memory is `1.5Gi`; empty where none is likely."""
    found = _NUMBER.fullmatch(text.replace(",", ".").replace("_", ""))
    if found is None:
        return ""
    number, unit = found.groups()
    letter = unit[:1].upper()
    if name == "cpu" and unit.lower() == "m":
        likely = f"{number}m"
    elif unit.lower() in ("", "b", "byte", "bytes"):
        likely = number
    elif letter in "KMGTPE" and unit[1:].lower() in ("", "b", "i", "ib"):
        likely = f"{number}{letter}i"
    elif unit.lower() in ("core", "cores", "cpu", "cpus", "vcpu"):
        likely = number
    elif unit.lower() in ("milli", "millicores", "mcpu"):
        likely = f"{number}m"
    else:
        return ""
    return likely if read(likely) is not None else ""


def _unreadable(value: object) -> bool:
    return read(value) is None


def _no_quantity(view: WorkloadView, container: Container, kind: str, name: str, value: object) -> Fault:
    shown = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else "a list or map"
    likely = nearest(value, name) if isinstance(value, str) else ""
    at = view.field(container, "resources", kind, name)
    # Where no engine of the repository applies it, whoever does may fill in variables first, as Flux would.
    filled = isinstance(value, str) and "${" in value and view.environment.environment.engine in ("kustomize", "plain")
    return Fault(
        rule="",
        message=f"{container.name}: {kind}.{name} {shown} is no quantity"
        + (", as long as nobody fills it in" if filled else "")
        + (f"; did you mean {likely}?" if likely else ""),
        at=at,
        mild="warning" if filled else None,
        object=view.workload.ref,
        container=container.name,
        path=at.path,
        label="the API server refuses this",
        fix=Suggestion(f"write {likely}", (Replacement(at, likely),)) if likely else Suggestion("write a quantity"),
    )


def _place(view: WorkloadView, problem: Problem) -> tuple[Container, Route] | None:
    """The container that a problem of the API server is about, and the route from there."""
    found = _FIELD.match(problem.field)
    if found is None:
        return None
    listed, index, rest = found.groups()
    path = (*view.workload.pod, listed, int(index))
    container = next((one for one in view.workload.containers if one.path == path), None)
    if container is None:
        return None
    steps = re.findall(r"\[([^\]]*)\]|([^.\[\]]+)", rest)
    route: Route = tuple(bracketed or plain for bracketed, plain in steps)
    if route in (("resources", "requests"), ("resources", "limits")):
        # That alone speaks of the whole; the amount at fault is the first of those that the message may mean.
        written = [(kind, name) for kind, name, _ in amounts(container) if "/" in name or name.startswith("hugepages-")]
        meant = [one for one in written if one[1] in problem.message] or written
        meant.sort(key=lambda one: one[0] != route[1])
        route = ("resources", *meant[0]) if meant else route
    return container, route


def _is_request_over_limit(view: WorkloadView, problem: Problem) -> bool:
    """What `request_over_limit` says, better."""
    found = _place(view, problem)
    if found is None:
        return False
    container, route = found
    limits, requests = (container.resources.get(kind) for kind in KINDS)
    if route[:2] != ("resources", "requests") or not isinstance(limits, Mapping) or not isinstance(requests, Mapping):
        return False
    over = [
        name
        for name, value in requests.items()
        if name in limits and (r := read(value)) is not None and (one := read(limits[name])) is not None and r > one
    ]
    return bool(over)


def _octal(written: str, value: object) -> tuple[str, str] | None:
    """A number that YAML reads by another base than people do."""
    if _OCTAL.fullmatch(written) is None:
        return None
    return f"{written} is read as octal: {value}", written.lstrip("0")


def _doubt(name: str, value: object, parameters: Parameters) -> tuple[str, str] | None:
    """Why a legal amount is hardly meant, and what likely is."""
    return doubt(name, value, read(parameters.get("memory", "4Mi")), read(parameters.get("cpu", 1000)))
