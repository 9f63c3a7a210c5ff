"""Checks on JVM options in their container: what stops the VM, what kills the container, what nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydrogitops.jvm import OptionProblem, Thresholds
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, WorkloadView
from hydrogitops.linter.machines import Machine, common, machines
from hydrogitops.model import Fault, Field, Related, Replacement, Suggestion

FROM_THE_LIMIT = ("heap-over-limit", "total-over-limit", "heap-waste", "pct-high", "pct-small-limit")
WHOLE_CONTAINER = ("no-limit-pct", "heap-unset", "heap-waste")
"""Rules that a missing limit, or options that nobody reads, explain."""
ABOUT_ALL = ("gc-ergonomics", "variable-unread")
"""Rules that speak of all options of a variable, not of a word."""

_SIZE = re.compile(r"(\d+)([kmg]?)", re.IGNORECASE)


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
        yield fault._replace(
            message=f"{machine.container.name} commits {_mebi(least.initial_heap or 0)} of heap at start and requests "
            f"{_mebi(machine.request)}",
            label="committed at start",
            related=(Related(request, "the request"),),
            fix=Suggestion(f"request at least {_mebi(least.initial_heap or 0)}, or start with less"),
        )


def _fault(machine: Machine, found: OptionProblem) -> Fault:
    everything = found.rule in ABOUT_ALL and found.start == 0
    fault = _at(machine, found.source, found.start, 0 if everything else found.end)
    limit = machine.view.field(machine.container, "resources", "limits", "memory")
    if found.rule == "heap-waste" and not found.end:
        # No word says how large the heap is: it is a share of the limit.
        fault = fault._replace(at=limit, path=limit.path)
    at = fault.at
    edits = (Replacement(at, found.suggestion),) if found.suggestion and isinstance(at, Field) and at.word else ()
    about = fault.subjects
    if found.rule in WHOLE_CONTAINER:
        about = (*about, subjects.container(machine.view.workload.ref, machine.container.name))
    if found.fatal:
        about = (*about, subjects.machine(machine.view.workload.ref, machine.container.name))
    return fault._replace(
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
