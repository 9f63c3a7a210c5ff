"""`hydrogitops promote`: what one environment runs becomes what the next one runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hydrogitops.model import UserError

from .frame import Command, settings

if TYPE_CHECKING:
    from hydrogitops.model import Report
    from hydrogitops.scaffold.promotion import Promotion


@click.command(
    cls=Command,
    examples="""\
hydrogitops promote staging prod              shows what that changes in prod, then asks
hydrogitops promote staging prod --dry-run    shows it, copies nothing
hydrogitops promote staging prod --yes        shows it and copies
""",
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--dry-run", is_flag=True, help="Show what would change, copy nothing.")
@click.option("--yes", is_flag=True, help="Copy without asking.")
def command(*, source: str, target: str, dry_run: bool, yes: bool) -> None:
    """Copy the folder version/ of environment FROM over that of TO: images, resources and options.

    Shows first what TO would apply otherwise, object by object and field by field, and refuses what `lint` would
    refuse in TO. Files of TO that FROM does not have go. Nothing is committed.

    Exit codes: 0 copied, or nothing to copy; 2 refused.
    """
    from hydrogitops import lint
    from hydrogitops.linter.options import root_of
    from hydrogitops.scaffold.promotion import prepare

    def judge(folder: Path) -> Report:
        return lint(folder, environments=[target])

    settings().root = root_of(Path())
    promotion = prepare(Path(), source, target, lint=judge)
    if promotion.difference is None:
        click.echo(f"nothing to promote: {promotion.folders[1]} is the same as {promotion.folders[0]}")
        return
    _show(promotion)
    promotion.refuse()
    if dry_run:
        return
    if not yes:
        _ask(promotion)
    promotion.carry_out()
    if not settings().quiet:
        click.echo(f"copied {promotion.folders[0]} to {promotion.folders[1]}")


def _show(promotion: Promotion) -> None:
    from hydrogitops.report.differences import environment_lines
    from hydrogitops.report.text import paint

    assert promotion.difference is not None
    paint(list(environment_lines(promotion.difference)), sys.stdout, color=settings().colored(sys.stdout))
    for remark in promotion.remarks:
        click.echo(f"note: {remark}", err=True)


def _ask(promotion: Promotion) -> None:
    if not sys.stdin.isatty():
        raise UserError("nobody is there to be asked whether to copy", "--yes copies without asking")
    if not click.confirm(f"copy {promotion.folders[0]} to {promotion.folders[1]}?", err=True):
        raise UserError("nothing was copied")
