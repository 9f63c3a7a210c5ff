"""Checks on the judging itself: what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, RepositoryView
from hydrogitops.model import Environment, Fault, Place, Span, Suggestion


def not_seen(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A part that could not be judged, at the file that refers to it."""
    environments = {one.name: one.environment for one in view.environments}
    for gap in view.unseen:
        environment = environments.get(gap.environment)
        declared = environment.declared if environment is not None else None
        unbuilt = environment.unbuilt if environment is not None else None
        at: Place | Span = gap.at or Span(gap.file, 1, 1, 1, 1)
        if unbuilt is not None and gap.reason == unbuilt.reason:
            at = unbuilt.at
        elif not gap.file and gap.at is None and declared is not None:
            at = declared
        # Why an environment is not built at all; a part of it that isn't seen has a cause of its own.
        read = sorted(_read(environment)) if environment is not None and not gap.file else []
        yield Fault(
            rule="",
            message=f"{gap.what} could not be judged: {gap.reason}",
            at=at,
            environment=gap.environment,
            fix=Suggestion("install, vendor or declare what is missing"),
            # A file that is not there explains why nothing came of an environment, and so does what breaks the render.
            subjects=(
                *(subjects.file(name) for name in read),
                *((subjects.failure(gap.environment),) if gap.failed else ()),
                *(subjects.file(name) for name in _chart(environment, gap.at)),
            ),
        )


def _chart(environment: Environment | None, at: Place | None) -> Iterator[str]:
    """The folder of the chart of the release that is declared at a place."""
    for release in environment.releases if environment is not None else ():
        if release.declared == at and release.folder:
            yield release.folder


def _read(environment: Environment) -> Iterator[str]:
    """The files of an environment, and the folders of its charts."""
    yield from environment.files
    yield from (release.folder for release in environment.releases if release.folder)
