"""How errors look on standard error: a mistake with its place and the way out, a bug with the file to send."""

from __future__ import annotations

import os
import platform
import re
import traceback
from pathlib import Path
from typing import TextIO

import click

from hydrogitops import __version__
from hydrogitops.model import Span, UserError
from hydrogitops.repo.addresses import shown
from hydrogitops.report import text as drawing
from hydrogitops.report.excerpt import Texts, clean

LOG = "internal-error.log"

# Exceptions whose message speaks of code. Any other may quote what was read, and no secret may get into a log.
_OF_CODE = (AssertionError, AttributeError, ImportError, IndexError, NameError, NotImplementedError, TypeError)


def of_click(error: click.ClickException) -> UserError:
    """An error of usage in our words: click's message without its capital and full stop, a hint of what to type."""
    # Click writes what may be chosen a line each.
    message = re.sub(r"\s*\n\s*", " ", error.format_message().rstrip("."))
    if isinstance(error, click.NoSuchOption):
        message, near = f"no such option {error.option_name}", error.possibilities
        if near:
            return UserError(message, hint=f"did you mean {' or '.join(near)}?")
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"{context.command_path} --help" if context else ""
    return UserError(message[:1].lower() + message[1:], hint=hint)


def show(error: UserError, stream: TextIO, *, root: Path, color: bool) -> None:
    """Print a mistake; its file is read below `root`.

    A span without width prints as a place alone, without the source line: for lines that must not be shown.
    """
    first, *more = shown(error.message).splitlines() or [""]
    lines: list[drawing.Segments] = [[("error", "error"), ("message", f": {clean(first)}")]]
    lines += [[("", clean(line if line.startswith(" ") else f"  {line}"))] for line in more]
    if error.span:
        lines += drawing.pointed(error.span, Texts(lambda file: _read(error.span, root / file)))
    for at, line in enumerate(shown(error.hint).splitlines()):
        lines.append([("", f"      {clean(line)}")] if at else [("hint", "hint"), ("", f": {clean(line)}")])
    drawing.paint(lines, stream, color=color)


def show_bug(error: Exception, stream: TextIO, *, command: str, color: bool) -> None:
    """Print one line about an exception that nobody foresaw, and keep what a developer needs in the cache folder."""
    name = type(error).__name__
    lines: list[drawing.Segments] = [
        [("error", "internal error"), ("message", f": {name}{_where(error)}; this is a bug in hydrogitops")]
    ]
    text = _log(error, command)
    try:
        kept = f"report it to the project's issue tracker with {_keep(text)} (no file contents are in it)"
    except OSError:
        kept = "report it to the project's issue tracker with these lines"
        lines += [[("", line)] for line in text.splitlines()]
    lines.append([("hint", "hint"), ("", f": {kept}")])
    drawing.paint(lines, stream, color=color)


def _read(span: Span | None, path: Path) -> str | None:
    if span is None or (span.line, span.column) == (span.end_line, span.end_column):
        return None
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    here = Path(__file__).parent.parent
    ours = next((frame for frame in reversed(frames) if here in Path(frame.filename).parents), frames[-1])
    name = Path(ours.filename)
    return f" in {name.relative_to(here.parent) if here in name.parents else name.name}:{ours.lineno}"


def _log(error: Exception, command: str) -> str:
    lines = [
        f"hydrogitops {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {command or 'none'}",
    ]
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        message = f": {link}" if isinstance(link, _OF_CODE) else ""
        lines += ["", f"{type(link).__module__}.{type(link).__qualname__}{message}"]
        lines += [line.rstrip("\n") for line in traceback.format_tb(link.__traceback__)]
        link = link.__cause__ or link.__context__
    return "\n".join(lines) + "\n"


def _keep(text: str) -> Path:
    from hydrogitops.data import cache_folder

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOG
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path
