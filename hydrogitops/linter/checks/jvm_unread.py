"""Checks on JVM options that nobody reads. What knows JVMs is not loaded where there are no workloads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydrogitops.charts.known_charts import runs_no_jvm
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, WorkloadView, meant
from hydrogitops.model import Container, EnvVar, Fault, Field, JvmLaunch, Suggestion

_OPTION = re.compile(r"(?:^|\s)-X")
_ABOUT = (subjects.container, subjects.machine)
"""What such options speak of: what the container lacks because of it, and how its JVM starts."""


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
    if not view.workloads:
        return
    from .jvm import problem

    for workload in view.workloads:
        place = WorkloadView(workload, view)
        for container in workload.containers:
            if container.launch is not None and container.launch.known and container.launch.closed:
                yield from _unread_variables(place, container, container.launch)
            elif container.launch is None and runs_no_jvm(container.image):
                yield from _without_jvm(place, container)
        yield from problem(place, {"problem": "variable-unread"})


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
        about = tuple([about(view.workload.ref, container.name) for about in _ABOUT])
        yield _unread(view, container, variable, why, f"set {wanted}")._replace(subjects=about)


def _without_jvm(view: WorkloadView, container: Container) -> Iterator[Fault]:
    for variable in container.env:
        if variable.value is not None and _OPTION.search(variable.value) and not _is_passed_on(container, variable):
            yield _unread(view, container, variable, f"{container.image} runs no JVM", "drop it")


def _unread(view: WorkloadView, container: Container, variable: EnvVar, why: str, way: str) -> Fault:
    return Fault(
        rule="",
        message=f"{container.name}: nothing reads {variable.name}; {why}",
        at=Field(view.workload.ref, variable.path),
        object=view.workload.ref,
        container=container.name,
        path=variable.path,
        label="nothing reads this",
        fix=Suggestion(way),
    )


def _is_passed_on(container: Container, variable: EnvVar) -> bool:
    """Whether another variable, a command or an argument is made of this one: then who reads it is not known."""
    if any(variable.name in word for word in (*container.command, *container.args)):
        return True
    return any(p.path == variable.path for other in container.env if other is not variable for p in other.pieces)
