"""Reports in the formats that people and programs read; one module a format.

targets    what `--format` asks for
emit       write a report to all of them
write      write a report in one format
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, get_args

from hydrogitops.model import Report, UserError

if TYPE_CHECKING:
    from .excerpt import Sources

Format = Literal["text", "json", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)
LATER = ("sarif", "gitlab", "junit")
"""Formats that are announced and not there yet."""


class Target(NamedTuple):
    """A format and the file it goes to; None is standard output."""

    format: Format
    path: Path | None = None


def targets(words: Sequence[str]) -> tuple[Target, ...]:
    """Read the words given to `--format`, each FORMAT or FORMAT=FILE; none is text on standard output.

    Raises:
        UserError: an unknown format or one of a later version, no file after `=`, two formats on standard output or
            in one file.
    """
    found = tuple(_target(word) for word in words) or (Target("text"),)
    taken: dict[Path | None, Format] = {}
    for target in found:
        if target.path in taken:
            where = f"the file {target.path}" if target.path else "standard output"
            raise UserError(
                f"{taken[target.path]} and {target.format} cannot both go to {where}",
                hint=f"give one of them a file of its own: --format {target.format}=FILE",
            )
        taken[target.path] = target.format
    return found


def emit(
    report: Report,
    to: Sequence[Target],
    *,
    stdout: TextIO,
    sources: Sources,
    color: bool = False,
    quiet: bool = False,
    environments_total: int | None = None,
) -> None:
    """Write the report to each target; a file is replaced whole or not at all.

    Raises:
        UserError: a file cannot be written.
    """
    for target in to:
        if target.path is None:
            write(
                report,
                target.format,
                stdout,
                sources=sources,
                color=color,
                quiet=quiet,
                environments_total=environments_total,
            )
            continue
        text = io.StringIO()
        write(report, target.format, text, sources=sources, quiet=quiet, environments_total=environments_total)
        from hydrogitops.source.files import write_atomic

        try:
            write_atomic(target.path, text.getvalue().encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UserError(f"cannot write {target.path}: {error.strerror}") from error


def write(
    report: Report,
    format: Format,  # noqa: A002 - the word of the option
    stream: TextIO,
    *,
    sources: Sources,
    color: bool = False,
    quiet: bool = False,
    environments_total: int | None = None,
) -> None:
    """Write the report to a stream in one format.

    `sources` gives the text of a file by its path in the report, None where it cannot be read. `color`, `quiet` and the
    width of the terminal concern text alone. `environments_total`: environments of the repository where not all of them
    were judged; None: the report's own count.
    """
    if format == "json":
        from . import json_v1

        json_v1.write(report, stream)
    elif format == "github":
        from . import github

        github.write(report, stream, environments_total=environments_total)
    else:
        from . import text

        text.write(
            report,
            stream,
            sources=sources,
            color=color,
            quiet=quiet,
            environments_total=environments_total,
            width=_width(stream),
        )


def _target(word: str) -> Target:
    name, given, path = word.partition("=")
    if name in LATER:
        raise UserError(f"{name} comes with a later version; {_listed()} are there now")
    if name not in FORMATS:
        from difflib import get_close_matches

        near = get_close_matches(name, FORMATS, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise UserError(f"unknown format {name!r}", hint=f"{meant}{_listed()} are there")
    if given and not path:
        raise UserError(f"no file after {word!r}", hint=f"--format {name}=FILE, or --format {name}")
    return Target(name, Path(path) if path else None)


def _listed() -> str:
    return f"{', '.join(FORMATS[:-1])} and {FORMATS[-1]}"


def _width(stream: TextIO) -> int:
    from .text import PLAIN_WIDTH

    if not stream.isatty():
        return PLAIN_WIDTH
    import shutil

    return shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
