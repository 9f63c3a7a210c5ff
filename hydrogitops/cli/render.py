"""`hydrogitops render`: what the engine will apply."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hydrogitops.model import UserError

from .frame import Command, settings


@click.command(
    cls=Command,
    examples="""\
hydrogitops render --env prod                 every object of prod, sorted, on standard output
hydrogitops render -o /tmp/rendered           all environments, one folder each
hydrogitops render -o rendered                what a repository of the flavour rendered keeps for Argo CD
""",
)
@click.option("--env", "environments", multiple=True, metavar="ENV", help="Render this environment only; repeatable.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write ENV/manifests.yaml below."
)
def command(environments: tuple[str, ...], output: Path | None) -> None:
    """Print or write exactly what the engine will apply, sorted and always the same.

    Values inside plain Secrets are not shown.
    """
    from hydrogitops.linter.applied import applied
    from hydrogitops.linter.options import root_of
    from hydrogitops.source.files import write_atomic
    from hydrogitops.source.transaction import finish

    settings().root = root_of(Path())
    if output is not None:
        finish(settings().root)
    # All of them before the first is written: a folder that an engine reads from is never half new.
    for name, text, remarks in list(applied(Path(), environments, into=output)):
        for remark in remarks:
            click.echo(f"note: {remark}", err=True)
        if output is None:
            sys.stdout.write(f"# environment {name}\n{text}")
            continue
        folder = output / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / "manifests.yaml", text.encode())
        except OSError as error:
            raise UserError(f"{folder} cannot be written: {error.strerror}", "name another folder with -o") from error
        click.echo(f"{folder / 'manifests.yaml'}", err=True)
