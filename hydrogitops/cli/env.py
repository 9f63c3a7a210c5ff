"""`hydrogitops env`: add and remove environments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import HELP_NAMES, Command, global_options, settings, write_verbatim

if TYPE_CHECKING:
    from hydrogitops.model import Report
    from hydrogitops.scaffold.environments import Changed

EXAMPLES = """\
hydrogitops env add qa                        asks for what it has to know about it
hydrogitops env add qa --set profile=staging --set cluster.server=https://qa.example.com
hydrogitops env remove qa                     takes its folders away, and what else speaks of it
"""


class _Group(click.Group):
    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_verbatim("Examples", EXAMPLES, formatter)


@click.group(
    cls=_Group,
    name="env",
    context_settings={"help_option_names": HELP_NAMES},
    params=global_options(),
    invoke_without_command=True,
)
@click.pass_context
def command(ctx: click.Context) -> int | None:
    """Add an environment to a repository that `new` wrote, or remove one.

    What is written is exactly what `new` would have written with it, or without it; what people have changed stays.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return None


@command.command(
    cls=Command,
    examples="""\
hydrogitops env add qa                        asks for what it has to know about it
hydrogitops env add qa --set profile=staging --set cluster.server=https://qa.example.com
hydrogitops env add qa --answers answers.yaml --no-input
""",
)
@click.argument("name")
@click.option(
    "--answers", "file", metavar="FILE", type=click.Path(path_type=Path),
    help="A YAML file with the environment's answers, or with those of a repository that has it.",
)  # fmt: skip
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="One answer; wins over the file. Repeatable.")
@click.option("--no-input", is_flag=True, help="Ask nothing: report all that is missing or wrong at once.")
@click.option("--allow-open", is_flag=True, help="Write TODO for what is not known yet.")
def add(*, name: str, file: Path | None, given: tuple[str, ...], no_input: bool, allow_open: bool) -> None:
    """Add the environment NAME: its folders, and its lines in what all environments share.

    KEY is as the answers have it below an environment: profile, cluster.server, namespace, overrides.postgresql.host
    (`hydrogitops schema answers`). All of it is linted before anything is put into place; whatever goes wrong, and
    whenever it is killed, the repository is as it was, or has all of it.
    """
    from hydrogitops import scaffold
    from hydrogitops.linter.options import root_of
    from hydrogitops.repo import git
    from hydrogitops.scaffold import environments

    settings().root = root_of(Path())
    changed = environments.add(
        Path(),
        name,
        answers=scaffold.answers_from(file) if file else {},
        settings=given,
        no_input=no_input,
        allow_open=allow_open,
        lint=_lint,
    )
    _show(changed)
    if not settings().quiet:
        click.echo("next:")
        click.echo(f"  hydrogitops seal --env {name} --fetch-certificate FILE")
        click.echo(f"  hydrogitops seal --env {name}")
        if git.files(settings().root) is not None:
            click.echo(f'  git add --all && git commit -m "Add {name}"')


@command.command(
    cls=Command,
    examples="""\
hydrogitops env remove qa
hydrogitops env remove qa --force             also what git does not have
""",
)
@click.argument("name")
@click.option("--force", is_flag=True, help="Remove what git does not have as well.")
def remove(*, name: str, force: bool) -> None:
    """Remove the environment NAME: its folders with all that lies in them, and its lines in what environments share.

    What git does not have, and `env add` would not write again, only goes with --force: sealed values that are not
    committed, say. The cluster is not touched: what is deployed there stays until somebody removes it.
    """
    from hydrogitops.linter.options import root_of
    from hydrogitops.scaffold import environments

    settings().root = root_of(Path())
    _show(environments.remove(Path(), name, force=force, lint=_lint))


def _lint(folder: Path) -> Report:
    from hydrogitops import lint

    return lint(folder)


def _show(changed: Changed) -> None:
    if settings().quiet:
        return
    for verb, paths in (("wrote", changed.written), ("changed", changed.changed), ("removed", changed.removed)):
        for path in paths:
            click.echo(f"{verb} {path}")
    for remark in changed.remarks:
        click.echo(f"note: {remark}")
    if changed.open:
        click.echo("still to be answered, marked with TODO:")
        for path, what in changed.open:
            click.echo(f"  {path}: {what}")
