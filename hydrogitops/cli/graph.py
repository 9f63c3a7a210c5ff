"""`hydrogitops graph`: the repository as a diagram."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .frame import Command, settings


@click.command(
    cls=Command,
    examples="""\
hydrogitops graph                             all environments
hydrogitops graph --env prod                  what prod consists of
hydrogitops graph > repository.mmd            for an editor, or between ```mermaid and ``` in a README
""",
)
@click.option("--env", "environments", multiple=True, metavar="ENV", help="Draw this environment only; repeatable.")
def command(environments: tuple[str, ...]) -> None:
    """Print the repository as a Mermaid diagram: what the engine reads, and what each environment is made of.

    Values files bear their order: of two that set one value the later one wins.
    """
    from hydrogitops.linter.drawing import diagram
    from hydrogitops.linter.options import open_sources, root_of

    settings().root = root_of(Path())
    sys.stdout.write(diagram(open_sources([Path()]), environments))
