"""Checks on JVM options in their container: what stops the VM, what kills the container, what nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from hydrogitops.jvm import Assessment, OptionProblem, Thresholds, assess
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, WorkloadView, meant
from hydrogitops.model import Container, EnvVar, Fault, Field, JvmLaunch, Related, Replacement, Suggestion

JDKS = (8, 11, 17, 21, 25)
WITHOUT_LIMITS = (8,)
"""JDKs that, undeclared, are taken not to read cgroup v2: Hydrosphere's images run 8u272."""
FROM_THE_LIMIT = ("heap-over-limit", "total-over-limit", "heap-waste", "pct-high", "pct-small-limit")
WHOLE_CONTAINER = ("no-limit-pct", "heap-unset", "heap-waste")
"""Rules that a missing limit, or options that nobody reads, explain."""
GIGA = 10**9

_SIZE = re.compile(r"(\d+)([kmg]?)", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\s)-X")


def problem(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """What the JVM room says of the options, for the rule that `problem` names."""
    rule = str(parameters["problem"])
    thresholds = _thresholds(rule, parameters)
    for machine in machines(view):
        for found in common(machine, thresholds):
            if found.rule == rule:
                yield _fault(machine, found)


def heap_unset(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """No explicit heap where the JVM sees the node in place of its limit; `cgroup`: what the nodes have."""
    if parameters.get("cgroup", 2) == 2:
        yield from problem(view, {**parameters, "problem": "heap-unset"})


def initial_heap_over_request(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A heap that is committed at start and larger than what the pod asked the scheduler for."""
    for machine in machines(view):
        assessments = [a for a in machine.assessments(Thresholds()) if a.starts and a.initial_heap is not None]
        if len(assessments) < len(machine.jdks()) or machine.request is None:
            continue
        least = min(assessments, key=lambda a: a.initial_heap or 0)
        word = least.initial_word
        if word is None or (least.initial_heap or 0) <= machine.request:
            continue
        request = machine.view.field(machine.container, "resources", machine.request_side, "memory")
        fault = _at(machine, word.source, word.start, word.end)
        yield replace(
            fault,
            message=f"{machine.container.name} commits {_mebi(least.initial_heap or 0)} of heap at start and requests "
            f"{_mebi(machine.request)}",
            label="committed at start",
            related=(Related(request, "the request"),),
            fix=Suggestion(f"request at least {_mebi(least.initial_heap or 0)}, or start with less"),
        )


def variable_unread(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """Options where nothing reads them: a value that the chart drops, a variable that the start script ignores."""
    for values, contract in view.contracts():
        for dead in contract.dead:
            winner = values.winner(dead.value) if dead.rule == "jvm/variable-unread" else None
            if winner is None or winner.place is None:
                continue
            targets = meant(dead, values.release.name, view.objects)
            yield Fault(
                rule="",
                message=f"{'.'.join(map(str, dead.value))} reaches no JVM: {dead.message}",
                at=winner.place,
                label="nothing reads this",
                fix=Suggestion(f"write {dead.meant}" if dead.meant else "set the variable that is read by a patch"),
                subjects=(
                    subjects.value(values.release.name, dead.value),
                    *(subjects.container(ref, name) for ref, name in targets),
                ),
            )
    for workload in view.workloads:
        place = WorkloadView(workload, view)
        for container in workload.containers:
            if container.launch is not None and container.launch.known:
                yield from _unread_variables(place, container, container.launch)
        yield from problem(place, {"problem": "variable-unread"})


@dataclass(frozen=True, slots=True)
class Machine:
    """A container with a JVM and what the VM is given: bytes and cores, None for no limit.

    `request`: bytes of memory that the pod asks for, by a request or by the limit that becomes one.
    """

    view: WorkloadView
    container: Container
    launch: JvmLaunch
    memory: int | None
    cpus: float | None
    cpu_request: float
    request: int | None
    request_side: str

    def jdks(self) -> tuple[int, ...]:
        return JDKS if self.launch.jdk is None else (self.launch.jdk,)

    def assessments(self, thresholds: Thresholds) -> list[Assessment]:
        """One for each JDK that it may be."""
        texts = self.launch.texts
        env = tuple((name, text.text) for name, text in texts.items() if name != "args")
        result = []
        for jdk in self.jdks():
            sees = self.launch.sees_limits if self.launch.jdk is not None else jdk not in WITHOUT_LIMITS
            request = self.cpu_request if self.cpus is None else None
            key = (self.launch.options, self.memory, self.cpus, jdk, request, env, sees, thresholds)
            result.append(_assessed(*key))
        return result


def machines(view: WorkloadView) -> Iterator[Machine]:
    """The JVMs of a workload. One whose limits or requests cannot be read is another rule's business."""
    for container in view.workload.containers:
        if container.launch is None:
            continue
        try:
            limits, requests = _amounts(container, "limits"), _amounts(container, "requests")
        except QuantityError:
            continue
        memory, cpus = limits.get("memory"), limits.get("cpu")
        side = "requests" if "memory" in requests else "limits"
        request = requests.get("memory", memory)
        yield Machine(
            view=view,
            container=container,
            launch=container.launch,
            memory=_whole_bytes(memory) if memory is not None and memory.nano > 0 else None,
            cpus=cpus.nano / GIGA if cpus is not None and cpus.nano > 0 else None,
            cpu_request=max(requests["cpu"].nano / GIGA, 0.0) if "cpu" in requests else 0.0,
            request=_whole_bytes(request) if request is not None else None,
            request_side=side,
        )


def common(machine: Machine, thresholds: Thresholds) -> list[OptionProblem]:
    """The problems of a container's options: where the JDK is unknown, only those that every JDK has."""
    first, *others = machine.assessments(thresholds)
    keys = [{(p.rule, p.source, p.start, p.end) for p in other.problems} for other in others]
    return [p for p in first.problems if all((p.rule, p.source, p.start, p.end) in known for known in keys)]


@lru_cache(maxsize=4096)
def _assessed(
    options: str | tuple[str, ...],
    memory: int | None,
    cpus: float | None,
    jdk: int,
    cpu_request: float | None,
    env: tuple[tuple[str, str], ...],
    sees_limits: bool,
    thresholds: Thresholds,
) -> Assessment:
    return assess(
        options,
        memory=memory,
        cpus=cpus,
        jdk=jdk,
        cpu_request=cpu_request,
        env=dict(env),
        sees_limits=sees_limits,
        thresholds=thresholds,
    )


def _fault(machine: Machine, found: OptionProblem) -> Fault:
    fault = _at(machine, found.source, found.start, found.end)
    limit = machine.view.field(machine.container, "resources", "limits", "memory")
    at = fault.at
    edits = (Replacement(at, found.suggestion),) if found.suggestion and isinstance(at, Field) and at.word else ()
    about = fault.subjects
    if found.rule in WHOLE_CONTAINER:
        about = (*about, subjects.container(machine.view.workload.ref, machine.container.name))
    return replace(
        fault,
        message=f"{machine.container.name}: {found.message}",
        mild=found.mild,
        related=(Related(limit, "the limit"),) if found.rule in FROM_THE_LIMIT and machine.memory is not None else (),
        fix=Suggestion(f"write {found.suggestion}", edits) if found.suggestion else None,
        subjects=about,
    )


def _at(machine: Machine, source: str, start: int, end: int) -> Fault:
    """A fault at a stretch of the options, without its words."""
    reference, container = machine.view.workload.ref, machine.container
    field = located(machine, source, start, end)
    amounts = tuple(
        subjects.field(reference, (*container.path, "resources", kind, name))
        for kind in ("limits", "requests")
        for name in ("memory", "cpu")
    )
    return Fault(
        rule="",
        message="",
        at=field,
        object=reference,
        container=container.name,
        path=field.path,
        subjects=amounts,
    )


def located(machine: Machine, source: str, start: int, end: int) -> Field:
    """The field that a stretch of the options is written in; where there are no options, the variable that is read."""
    reference, container = machine.view.workload.ref, machine.container
    text = machine.launch.texts.get(source)
    pieces = [p for p in text.pieces if p.start < end and start < p.end] if text is not None else []
    if pieces:
        first, last = pieces[0], pieces[-1]
        inside = first.start <= start and end <= last.end and all(p.path == first.path for p in pieces)
        # A start script builds words of its own around a variable: then all of the variable is meant.
        word = (first.offset + start - first.start, last.offset + end - last.start) if inside else None
        return Field(reference, first.path, word=word)
    names = machine.launch.reads or ("JAVA_TOOL_OPTIONS",)
    variable = next((one for one in container.env if one.name in names), None)
    if variable is not None:
        return Field(reference, variable.path)
    return Field(reference, (*container.path, "env", names[0], "value"), missing=True)


def _unread_variables(view: WorkloadView, container: Container, launch: JvmLaunch) -> Iterator[Fault]:
    read = {piece.path for text in launch.texts.values() for piece in text.pieces}
    for variable in container.env:
        if variable.value is None or variable.path in read or not _OPTION.search(variable.value):
            continue
        if variable.name in launch.reads or variable.name in launch.texts or _is_passed_on(container, variable):
            continue
        wanted = launch.reads[0] if launch.reads else "JAVA_TOOL_OPTIONS"
        yield Fault(
            rule="",
            message=f"{container.name}: nothing reads {variable.name}; the start script of {container.image} "
            f"passes {' and '.join(launch.reads) or 'no variable'} to java",
            at=Field(view.workload.ref, variable.path),
            object=view.workload.ref,
            container=container.name,
            path=variable.path,
            label="nothing reads this",
            fix=Suggestion(f"set {wanted}"),
            subjects=(subjects.container(view.workload.ref, container.name),),
        )


def _is_passed_on(container: Container, variable: EnvVar) -> bool:
    """Whether another variable, a command or an argument is made of this one: then who reads it is not known."""
    if any(variable.name in word for word in (*container.command, *container.args)):
        return True
    return any(p.path == variable.path for other in container.env if other is not variable for p in other.pieces)


def _amounts(container: Container, kind: str) -> dict[str, Quantity]:
    """cpu and memory of a container as quantities. QuantityError for what is none."""
    listed = container.resources.get(kind)
    if not isinstance(listed, Mapping):
        return {}
    return {name: Quantity.of(listed[name]) for name in ("cpu", "memory") if name in listed}


def _whole_bytes(quantity: Quantity) -> int:
    """As the kubelet counts: a part of a byte is a byte (`500m`)."""
    return -(-quantity.nano // GIGA)


def _thresholds(rule: str, parameters: Parameters) -> Thresholds:
    """The room's thresholds with what the rule's parameters say."""
    names = {
        "total-over-limit": {"threads": "threads", "percent": "total_percent"},
        "xmn-over-heap": {"percent": "young_percent"},
        "pct-high": {"percent": "high_percent"},
        "heap-waste": {"percent": "waste_percent"},
    }.get(rule, {})
    stated = {field: parameters[name] for name, field in names.items() if name in parameters}
    if rule == "xss-small" and "warn_below" in parameters:
        stated["stack_warn_below"] = _bytes(str(parameters["warn_below"]))
    return Thresholds(**stated)


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return Thresholds().stack_warn_below
    return int(found.group(1)) << {"": 0, "k": 10, "m": 20, "g": 30}[found.group(2).lower()]


def _mebi(size: int) -> str:
    return f"{-(-size // 2**20)}Mi"
