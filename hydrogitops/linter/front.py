"""The public entry: `hydrogitops.lint`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from os import PathLike
from pathlib import Path

from hydrogitops.model import Report

from .cache import cached_run
from .options import Options, root_of


def lint(
    path: str | PathLike[str] = ".",
    *,
    environments: Sequence[str] | None = None,
    staged: bool = False,
    since: str | None = None,
    render: bool = True,
    today: date | None = None,
) -> Report:
    """Judge the repository around `path` in all its environments, limited to what lies below `path`.

    `environments` names those to judge; `staged` and `since` (a git revision) limit them to what a change reaches.
    `render` false starts no engine: what needs one is said to be unseen. `today` dates whatever depends on the day.
    Reads files below the repository, writes only its cache. `UserError` for a bad configuration, an unknown environment
    or revision.
    """
    options = Options(environments=environments, staged=staged, since=since, render=render, today=today)
    # The default is the repository around the working directory, not the part of it below.
    start = root_of(Path()) if str(path) == "." else Path(path)
    return cached_run([start], options).report
