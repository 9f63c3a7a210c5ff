"""What all commands share: the global options, examples under the help, whether to colour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

COLORS = ("auto", "always", "never")
HELP_NAMES = ["-h", "--help"]


class Settings:
    """The global options, given before or after the command's name.

    `root`: the folder that files of a `UserError` are relative to; a command that works on a repository sets it.
    """

    def __init__(self) -> None:
        self.quiet = False
        self.color = "auto"
        self.root = Path()

    def colored(self, stream: TextIO) -> bool:
        """Whether to colour what goes to `stream`."""
        return wants_color(self.color, os.environ, terminal=stream.isatty())


def settings() -> Settings:
    """The global options of the running command; their defaults outside one."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Settings) if context else None
    return found or Settings()


def wants_color(choice: str, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """`always` and `never` decide; `auto` asks NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, TERM, the stream.

    In this order, which is CPython's (3.13, `_colorize.can_colorize`). A variable that is set and empty says nothing.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and environ.get("TERM") != "dumb"


class Command(click.Command):
    """A command with the global options, and examples that its help prints as they stand.

    `examples`: one command a line; indented by two and never wrapped.
    """

    def __init__(self, name: str | None, *, examples: str = "", **attributes: Any) -> None:
        attributes["context_settings"] = {"help_option_names": HELP_NAMES, **attributes.get("context_settings", {})}
        attributes["params"] = [*attributes.get("params", ()), *global_options()]
        super().__init__(name, **attributes)
        self.examples = examples

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_verbatim("Examples", self.examples, formatter)


def global_options() -> list[click.Parameter]:
    """`--quiet` and `--color`. What they say goes to `settings`, not to the command's function."""
    return [
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=_keep, help="Print findings and errors only."
        ),
        click.Option(
            ["--color"],
            type=click.Choice(COLORS),
            expose_value=False,
            callback=_keep,
            help="Colour the output; auto (the default): on a terminal.",
        ),
    ]


def write_verbatim(heading: str, text: str, formatter: click.HelpFormatter) -> None:
    """A section of a help page whose lines are not wrapped; nothing where there is no text."""
    if text:
        with formatter.section(heading):
            formatter.write("".join(f"  {line}\n" for line in text.strip("\n").splitlines()))


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    found = context.ensure_object(Settings)
    if parameter.name == "quiet" and value:
        found.quiet = True
    elif parameter.name == "color" and isinstance(value, str):
        found.color = value
