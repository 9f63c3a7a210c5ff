"""`hydrogitops lint`: judge a repository as the cluster will see it."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hydrogitops.model import UserError

from .frame import Command, settings

LATER = ("fix", "unsafe_fixes", "diff", "write_baseline")


@click.command(
    cls=Command,
    examples="""\
hydrogitops lint                              the repository around the working directory, all environments
hydrogitops lint --env prod                   one environment
hydrogitops lint --staged                     what the next commit reaches (the commit hook does this)
hydrogitops lint --since origin/main          what a branch reaches
hydrogitops lint --format json=report.json    a report for programs, in a file
hydrogitops lint --no-render                  start no engine: only what the files themselves show
""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", "environments", multiple=True, metavar="ENV", help="Judge this environment only; repeatable.")
@click.option("--staged", is_flag=True, help="Judge what the staged changes reach, deletions included.")
@click.option("--since", metavar="REV", help="Judge what has changed since the branch left REV.")
@click.option("--format", "formats", multiple=True, metavar="FORMAT[=FILE]", help="text, json or github; repeatable.")
@click.option("--no-render", is_flag=True, help="Start no engine.")
@click.option("--strict", is_flag=True, help="A part that could not be seen is a failure (exit 2).")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="The mildest severity that makes the exit code 1.",
)
@click.option("--no-cache", is_flag=True, help="Judge anew even if nothing has changed.")
@click.option("--today", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Judge as of this day.")
@click.option("--fix", is_flag=True, hidden=True)
@click.option("--unsafe-fixes", is_flag=True, hidden=True)
@click.option("--diff", is_flag=True, hidden=True)
@click.option("--write-baseline", is_flag=True, hidden=True)
def command(
    paths: tuple[Path, ...],
    environments: tuple[str, ...],
    staged: bool,
    since: str | None,
    formats: tuple[str, ...],
    no_render: bool,
    strict: bool,
    fail_on: Any,
    no_cache: bool,
    today: datetime | None,
    **later: bool,
) -> int:
    """Judge a GitOps repository in all its environments, as the cluster will see it.

    PATHS limit the report to what lies below them; by default it is the repository around the working directory.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the tool could not do its whole job, 3 nothing to lint.
    """
    for name in LATER:
        if later.get(name):
            raise UserError(f"--{name.replace('_', '-')} comes with a later version", "leave it out")
    from hydrogitops import __version__
    from hydrogitops import report as reports
    from hydrogitops.linter.cache import cached_run
    from hydrogitops.linter.options import Options, root_of
    from hydrogitops.model import Coverage, Report, Unseen

    targets = reports.targets(formats)
    settings().root = root_of(paths[0] if paths else Path())
    # Without a path it is the whole repository, from whichever of its folders.
    paths = paths or (settings().root,)
    # pre-commit tells a hook that runs for a push or in CI what the branch is compared with.
    if staged and since is None:
        since = os.environ.get("PRE_COMMIT_FROM_REF") or None
    options = Options(
        environments=environments or None,
        staged=staged,
        since=since,
        render=not no_render,
        today=today.date() if today is not None else None,
    )
    try:
        found = cached_run(paths, options, use=not no_cache)
    except UserError as error:
        # A program that reads the report gets one all the same, with the reason why there is nothing in it.
        where = error.span.file if error.span is not None else ""
        nothing = Coverage(not_seen=(Unseen("the repository", error.message, where),))
        unread = Report((), nothing, __version__, (error.message,))
        for_programs = [target for target in targets if target.format == "json"]
        reports.emit(unread, for_programs, stdout=sys.stdout, sources=lambda _: None)
        raise
    reports.emit(
        found.report,
        targets,
        stdout=sys.stdout,
        sources=found.sources.text,
        color=settings().colored(sys.stdout),
        quiet=settings().quiet,
        environments_total=found.environments_total,
    )
    return found.report.exit_code(fail_on=fail_on, strict=strict)
