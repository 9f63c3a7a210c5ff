"""`hydrogitops completion`: the script that makes a shell complete commands, options and rules."""

from __future__ import annotations

import click

from .frame import Command

SHELLS = ("bash", "zsh", "fish")


@click.command(
    cls=Command,
    examples="""\
eval "$(hydrogitops completion bash)"                                        in ~/.bashrc
eval "$(hydrogitops completion zsh)"                                         in ~/.zshrc
hydrogitops completion fish > ~/.config/fish/completions/hydrogitops.fish    once
""",
)
@click.argument("shell", type=click.Choice(SHELLS), metavar="|".join(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options and rule ids.
    """
    from click.shell_completion import get_completion_class

    from .root import PROGRAM, cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, PROGRAM, f"_{PROGRAM.upper()}_COMPLETE").source())
