"""`hydrogitops diff`: what a change applies, by environment, object and field."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .frame import Command, settings


@click.command(
    cls=Command,
    examples="""\
hydrogitops diff                              the working tree against the last commit
hydrogitops diff origin/main...               all that a branch changes, as a pull request has it
hydrogitops diff v1..v2 --env prod            one environment between two tags
hydrogitops diff origin/main... --format markdown > comment.md
""",
)
@click.argument("revision", metavar="[REV]", default="HEAD")
@click.option("--env", "environments", multiple=True, metavar="ENV", help="Compare this environment only; repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="Lines for a terminal, or a comment for a pull request.",
)
def command(revision: str, environments: tuple[str, ...], form: str) -> int:
    """Show what the working tree applies otherwise than revision REV, by default the last commit.

    Both are rendered as the engine does, and compared object by object and field by field, not as text. REV may be
    two revisions, as git writes them: A..B compares B with A, A...B (or A...) what B has changed since it left A.
    Environments that no changed file reaches are not rendered. Values inside Secrets are not shown.

    Exit codes: 0, whatever differs; 2 an environment cannot be rendered.
    """
    from hydrogitops.linter.comparing import compare
    from hydrogitops.linter.options import root_of
    from hydrogitops.report import differences
    from hydrogitops.report.text import paint

    settings().root = root_of(Path())
    found = compare(Path(), revision, environments)
    if form == "markdown":
        sys.stdout.write(differences.markdown(found))
    else:
        paint(differences.lines(found), sys.stdout, color=settings().colored(sys.stdout))
    return 0 if found.whole else 2
