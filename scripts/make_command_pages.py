"""A hook of mkdocs: the page that shows the help of every command, made from the commands at every build."""

from __future__ import annotations

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from hydrogitops.cli.root import COMMANDS, PROGRAM, cli

PAGE = "reference/commands.md"


def on_config(config: MkDocsConfig) -> None:
    """Put the page first among the reference."""
    reference = next(entry["Reference"] for entry in config.nav or () if "Reference" in entry)
    reference.insert(0, {"Commands": PAGE})


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the page; nothing is written into the checkout."""
    files.append(File.generated(config, PAGE, content=page()))


def page() -> str:
    """The help of the program and of each command, as they print it."""
    group = click.Context(cli, info_name=PROGRAM, max_content_width=100, terminal_width=100)
    parts = ["# Commands", fenced(cli.get_help(group))]
    for name in COMMANDS:
        command = cli.get_command(group, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=group, max_content_width=100, terminal_width=100)
        parts += [f"## {name}", fenced(command.get_help(context))]
        for inner, one in command.commands.items() if isinstance(command, click.Group) else ():
            below = click.Context(one, info_name=inner, parent=context, max_content_width=100, terminal_width=100)
            parts += [f"### {name} {inner}", fenced(one.get_help(below))]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    return f"````text\n{text}\n````"
