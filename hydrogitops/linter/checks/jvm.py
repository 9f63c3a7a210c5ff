"""Checks on JVM options in their container: what stops the VM, what kills the container, what nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hydrogitops.charts.known_charts import runs_no_jvm
from hydrogitops.jvm import OptionProblem, Thresholds
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, WorkloadView, meant
from hydrogitops.linter.machines import Machine, common, machines
from hydrogitops.model import Container, EnvVar, Fault, Field, JvmLaunch, Related, Replacement, Suggestion

FROM_THE_LIMIT = ("heap-over-limit", "total-over-limit", "heap-waste", "pct-high", "pct-small-limit")
WHOLE_CONTAINER = ("no-limit-pct", "heap-unset", "heap-waste")
"""Rules that a missing limit, or options that nobody reads, explain."""
ABOUT_ALL = ("gc-ergonomics", "variable-unread")
"""Rules that speak of all options of a variable, not of a word."""

_SIZE = re.compile(r"(\d+)([kmg]?)", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\s)-X")
_ABOUT = (subjects.container, subjects.machine)
"""What options that nobody reads speak of: what the container lacks because of it, and how its JVM starts."""


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
        if machine.launch.unseen == "later":
            continue
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
                    *(about(ref, name) for about in _ABOUT for ref, name in targets),
                ),
            )
    for workload in view.workloads:
        place = WorkloadView(workload, view)
        for container in workload.containers:
            if container.launch is not None and container.launch.known and container.launch.closed:
                yield from _unread_variables(place, container, container.launch)
            elif container.launch is None and runs_no_jvm(container.image):
                yield from _without_jvm(place, container)
        yield from problem(place, {"problem": "variable-unread"})


def _fault(machine: Machine, found: OptionProblem) -> Fault:
    everything = found.rule in ABOUT_ALL and found.start == 0
    fault = _at(machine, found.source, found.start, 0 if everything else found.end)
    limit = machine.view.field(machine.container, "resources", "limits", "memory")
    if found.rule == "heap-waste" and not found.end:
        # No word says how large the heap is: it is a share of the limit.
        fault = replace(fault, at=limit, path=limit.path)
    at = fault.at
    edits = (Replacement(at, found.suggestion),) if found.suggestion and isinstance(at, Field) and at.word else ()
    about = fault.subjects
    if found.rule in WHOLE_CONTAINER:
        about = (*about, subjects.container(machine.view.workload.ref, machine.container.name))
    if found.fatal:
        about = (*about, subjects.machine(machine.view.workload.ref, machine.container.name))
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
    stretches = [p for p in text.pieces if p.path] if text is not None else []
    everything = start == end == 0
    if text is not None and everything:
        end = len(text.text)
    pieces = [p for p in stretches if p.start < end and start < p.end]
    if pieces:
        first, last = pieces[0], pieces[-1]
        one = all((p.object, p.path) == (first.object, first.path) for p in pieces)
        inside = one and not everything and first.start <= start and end <= last.end
        # A start script builds words of its own around a variable: then all of the variable is meant.
        word = (first.offset + start - first.start, last.offset + end - last.start) if inside else None
        return Field(first.object or reference, first.path, word=word)
    names = machine.launch.reads or ("JAVA_TOOL_OPTIONS",)
    variable = next((one for one in container.env if one.name in names), None)
    if variable is not None:
        return Field(reference, variable.path)
    return Field(reference, (*container.path, "env", names[0], "value"), missing=True)


def _unread_variables(view: WorkloadView, container: Container, launch: JvmLaunch) -> Iterator[Fault]:
    read = {(piece.object, piece.path) for text in launch.texts.values() for piece in text.pieces}
    for variable in container.env:
        if variable.value is None or not _OPTION.search(variable.value):
            continue
        own = {(p.object, p.path) for p in variable.pieces if p.object is not None} | {(None, variable.path)}
        if own & read:
            continue
        if variable.name in launch.reads or variable.name in launch.texts or _is_passed_on(container, variable):
            continue
        wanted = launch.reads[0] if launch.reads else "JAVA_TOOL_OPTIONS"
        why = f"the start script of {container.image} passes {' and '.join(launch.reads) or 'no variable'} to java"
        if not launch.reads and isinstance(launch.options, tuple):
            why = "its command line runs java without it"
        yield Fault(
            rule="",
            message=f"{container.name}: nothing reads {variable.name}; {why}",
            at=Field(view.workload.ref, variable.path),
            object=view.workload.ref,
            container=container.name,
            path=variable.path,
            label="nothing reads this",
            fix=Suggestion(f"set {wanted}"),
            subjects=tuple([about(view.workload.ref, container.name) for about in _ABOUT]),
        )


def _without_jvm(view: WorkloadView, container: Container) -> Iterator[Fault]:
    for variable in container.env:
        if variable.value is not None and _OPTION.search(variable.value) and not _is_passed_on(container, variable):
            yield Fault(
                rule="",
                message=f"{container.name}: nothing reads {variable.name}; {container.image} runs no JVM",
                at=Field(view.workload.ref, variable.path),
                object=view.workload.ref,
                container=container.name,
                path=variable.path,
                label="nothing reads this",
                fix=Suggestion("drop it"),
            )


def _is_passed_on(container: Container, variable: EnvVar) -> bool:
    """Whether another variable, a command or an argument is made of this one: then who reads it is not known."""
    if any(variable.name in word for word in (*container.command, *container.args)):
        return True
    return any(p.path == variable.path for other in container.env if other is not variable for p in other.pieces)


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
