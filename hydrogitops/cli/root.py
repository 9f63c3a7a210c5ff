"""The command group: which commands there are, loaded when called, and what becomes of their errors."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from hydrogitops import __version__
from hydrogitops.model import UserError

from .frame import HELP_NAMES, Settings, global_options, write_verbatim
from .interrupts import heeded

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM = "hydrogitops"

COMMANDS = {
    "new": "Write a GitOps repository that runs Hydrosphere.",
    "lint": "Judge a repository in all its environments.",
    "render": "Print exactly what the engine will apply.",
    "diff": "Show what a change applies, by object and field.",
    "env": "Add an environment to a repository, or remove one.",
    "promote": "Copy what is promoted from one environment to the next.",
    "seal": "Put sealed values in the place of placeholders.",
    "secrets": "Show what is sealed, what is not, and who reads it.",
    "why": "Show the layers behind an effective value.",
    "graph": "Print the repository as a diagram.",
    "jvm": "Add up what a JVM needs of its container.",
    "explain": "Show a rule's page: what, why, fix, examples.",
    "schema": "Print the JSON Schema of a file or report.",
    "completion": "Print the completion script of a shell.",
}
"""Name and line of help; the command itself is `command` in the module of that name."""

EXAMPLES = """\
hydrogitops new prod-cluster                 write a repository, asking what is missing
hydrogitops lint                             judge the repository around the working directory
hydrogitops lint --staged                    only the environments that this commit reaches
hydrogitops why prod manager.resources       which file decides a value, and which ones lose
hydrogitops explain jvm/heap-over-limit      what a rule means and how to mend it
"""
EXIT_CODES = """\
0    nothing at or above the threshold
1    findings
2    the job could not be done whole: usage, configuration, a part that does not render
3    nothing to lint below the path
130  interrupted
"""

# What a machine refuses rather than the program gets wrong.
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE}


class Group(click.Group):
    """Commands of the table above, imported when one is called, never for help or completion of their names."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"hydrogitops.cli.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise _unknown(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_verbatim("Examples", EXAMPLES, formatter)
        write_verbatim("Exit codes", EXIT_CODES, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=Group,
    context_settings={"help_option_names": HELP_NAMES},
    params=global_options(),
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, help="Print the version; with --verbose the engines found and their versions.")
@click.option("--verbose", is_flag=True, help="With --version: say more.")
@click.pass_context
def cli(ctx: click.Context, *, version: bool, verbose: bool) -> int | None:
    """Write and judge GitOps repositories (Argo CD or Flux) that run the Hydrosphere platform on Amazon EKS.

    Everything is judged as the cluster will see it, by the real Helm and kustomize; nothing ever talks to a cluster.
    `hydrogitops COMMAND --help` says more about a command.
    """
    if version:
        click.echo(_versions() if verbose else f"{PROGRAM} {__version__}")
        ctx.exit()
    if verbose:
        raise UserError("--verbose goes with --version", hint=f"{PROGRAM} --version --verbose")
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return None


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Prints every error, raises none.

    A reader that closes the pipe ends the run without a word: exit code 2, as the report was not delivered whole.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not end the report.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = Settings()
    try:
        with heeded():
            code = _call(list(arguments), given)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, click.Abort) as end:
        said = "; ".join(["interrupted", *map(str, end.args)])
        # A terminal shows ^C where the cursor is.
        click.echo(f"\n{said}" if sys.stderr.isatty() else said, err=True)
        return 130
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a message
        if isinstance(error, BrokenPipeError) and _reader_gone():
            return 2
        return _failed(error, given, arguments)


def _call(arguments: list[str], given: Settings) -> int:
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        cli.main(arguments, prog_name=PROGRAM)  # answers the shell and exits
    try:
        with cli.make_context(PROGRAM, arguments, obj=given) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else 0


def _reader_gone() -> bool:
    """Whether it is standard output that nobody reads any more; then nothing is written to it again."""
    try:
        stdout = sys.stdout.fileno()
    except OSError:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(stdout, select.POLLERR)
        if not poll.poll(0):
            return False
    # The interpreter flushes once more at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout)
    return True


def _failed(error: Exception, given: Settings, arguments: Sequence[str]) -> int:
    from . import failures

    color = given.colored(sys.stderr)
    if isinstance(error, click.ClickException):
        error = failures.of_click(error)
    elif isinstance(error, OSError) and error.errno in _MACHINE:
        error = UserError(f"{error.strerror}{f': {error.filename}' if error.filename else ''}")
    if isinstance(error, UserError):
        failures.show(error, sys.stderr, root=given.root, color=color)
    else:
        command = next((word for word in arguments if word in COMMANDS), "")
        failures.show_bug(error, sys.stderr, command=command, color=color)
    return 2


def _unknown(name: str) -> UserError:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return UserError(f"no such command {name!r}", hint=f"did you mean {near[0]}?" if near else f"{PROGRAM} --help")


def _versions() -> str:
    """What runs here and what would render, a line each, and what to install for what is missing."""
    import platform

    from hydrogitops.charts.engines import versions
    from hydrogitops.data import cache_folder

    engines = versions()
    rows = {
        PROGRAM: __version__,
        "Python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "cache": str(cache_folder()),
        "helm": f"{engines.helm} ({engines.helm_how})" if engines.helm else "none",
        "kustomize": f"{engines.kustomize} ({engines.kustomize_how})" if engines.kustomize else "none",
    }
    wide = max(len(name) for name in rows)
    return "\n".join([*(f"{name:<{wide}}  {text}" for name, text in rows.items()), *engines.missing])
