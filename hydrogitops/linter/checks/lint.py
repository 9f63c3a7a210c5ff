"""Checks on the judging itself: what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, RepositoryView
from hydrogitops.model import Fault, Place, Span, Suggestion


def not_seen(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A part that could not be judged, at the file that refers to it."""
    environments = {one.name: one.environment for one in view.environments}
    for gap in view.unseen:
        environment = environments.get(gap.environment)
        declared = environment.declared if environment is not None else None
        at: Place | Span = Span(gap.file, 1, 1, 1, 1)
        if not gap.file and declared is not None:
            at = declared
        read = sorted(environment.files) if environment is not None else []
        yield Fault(
            rule="",
            message=f"{gap.what} could not be judged: {gap.reason}",
            at=at,
            environment=gap.environment,
            fix=Suggestion("install, vendor or declare what is missing"),
            # A file that is not there explains why nothing came of an environment.
            subjects=tuple(subjects.file(name) for name in read),
        )
