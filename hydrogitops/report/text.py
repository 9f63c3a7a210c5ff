"""The report for people: findings with their source lines, worst first, and a line that says what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from hydrogitops.model import Finding, Report, Span

from . import wording
from .excerpt import Sources, Texts, clean, excerpt

PLAIN_WIDTH = 120
"""Columns that a report takes where no terminal says how many it has."""

Segments = list[tuple[str, str]]
"""A line: pieces of text, each with the name of its style."""

_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "message": "bold",
    "frame": "bold blue",
    "related": "bold blue",
    "good": "bold green",
    "hint": "bold cyan",
    "": "",
}
_SECRETS = "secrets/"
_OF_NAMES = frozenset(
    f"secrets/{rule}"
    for rule in (
        *("scope-annotation", "namespace-missing", "renamed-by-overlay", "label-drift", "provenance-label"),
        *("template-name", "cluster-wide", "certificate-expiry", "type-keys", "consumer-key-missing", "same-name"),
    )
)
"""Rules that point at names and references: what stands there is no secret."""


class _Mark(NamedTuple):
    """How a place is marked: `^` what to edit, `-` what belongs to it; the words beside the mark.

    `secret`: the line may hold one; `names`: it does not, unless more than what is marked stands in it.
    """

    caret: str
    style: str
    words: str = ""
    secret: bool = False
    names: bool = False


def write(
    report: Report,
    stream: TextIO,
    *,
    sources: Sources,
    color: bool = False,
    quiet: bool = False,
    environments_total: int | None = None,
    width: int = PLAIN_WIDTH,
) -> None:
    """Write the report.

    `sources` gives the text of a file for its excerpt. `color`: draw with rich, else plain text. `quiet`: findings and
    what was not seen only. `environments_total`: how many environments the repository has, where not all were judged.
    `width`: columns of the terminal.
    """
    texts = Texts(sources)
    total = len(report.coverage.environments) if environments_total is None else environments_total
    lines: list[Segments] = []
    for finding in wording.worst_first(report.findings):
        lines += _finding(finding, texts, total, width)
        lines.append([])
    lines += _coverage(report, quiet)
    paint(lines, stream, color=color)


def pointed(place: Span, texts: Texts) -> Iterator[Segments]:
    """A place alone, with its source line: how errors of a user are shown."""
    gutter = len(str(place.line))
    yield _arrow("-->", place, gutter)
    yield from _source(place, texts, _Mark("^", "error"), gutter, PLAIN_WIDTH)


def paint(lines: list[Segments], stream: TextIO, *, color: bool) -> None:
    """Write lines to the stream, plain or with the styles of a terminal."""
    # One write: an unbuffered stream would take each line for itself.
    if not color:
        stream.write("".join("".join(text for _, text in line) + "\n" for line in lines))
        return
    # Of rich only its styles: a console lays out each line anew, ten times slower, and decides about colour again.
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(style) for name, style in _STYLES.items()}
    stream.write(
        "".join(
            "".join(styles[style].render(text, color_system=ColorSystem.STANDARD) for style, text in line) + "\n"
            for line in lines
        )
    )


def _finding(finding: Finding, texts: Texts, total: int, width: int) -> Iterator[Segments]:
    names = finding.rule in _OF_NAMES
    secret = finding.rule.startswith(_SECRETS) and not names
    gutter = len(str(max([finding.line, *(place.line for place in finding.related)])))
    style = finding.severity
    yield [
        (style, f"{finding.severity}[{finding.rule}]"),
        ("message", f": {clean(finding.message)}"),
        ("", wording.environments(finding, total)),
    ]
    if finding.file:
        place = Span(finding.file, finding.line, finding.column, finding.end_line, finding.end_column)
        yield _arrow("-->", place, gutter)
        yield from _source(place, texts, _Mark("^", style, finding.label, secret=secret, names=names), gutter, width)
    for related in finding.related:
        place = Span(related.file, related.line, related.column, related.end_line, related.end_column)
        if place == Span(finding.file, finding.line, finding.column, finding.end_line, finding.end_column):
            # The line stands above already.
            yield _note("note", related.message, gutter)
            continue
        yield [("frame", f"{' ' * gutter} |")]
        yield _arrow(":::", place, gutter)
        yield from _source(
            place, texts, _Mark("-", "related", related.message, secret=secret, names=names), gutter, width
        )
    if finding.fix:
        yield _note("fix", finding.fix.description, gutter)
    yield _note("rule", f"hydrogitops explain {finding.rule}", gutter)


def _arrow(mark: str, place: Span, gutter: int) -> Segments:
    return [("frame", f"{' ' * gutter}{mark} "), ("", f"{clean(place.file)}:{place.line}:{place.column}")]


def _source(place: Span, texts: Texts, mark: _Mark, gutter: int, width: int) -> Iterator[Segments]:
    """The source line and the mark under it; the words alone where there is no such line."""
    words = clean(mark.words)
    line = texts.line(place.file, place.line)
    # In a map on one line a secret may stand beside the name.
    secret = mark.secret or (mark.names and line is not None and "{" in line)
    secret = secret or (not mark.names and texts.of_secret(place.file, place.line))
    empty = ("frame", f"{' ' * gutter} |")
    if line is None:
        if words:
            yield _note("note", words, gutter)
        return
    # What goes on below is marked to the end of its first line.
    end = place.end_column if place.end_line <= place.line else len(line) + 1
    shown = excerpt(line, place.column, end, room=max(width - gutter - 3, 20), secret=secret)
    if mark.caret == "^":
        yield [empty]
    yield [("frame", f"{place.line:>{gutter}} |"), ("", f" {shown.text}".rstrip())]
    yield [empty, ("", " " * (shown.mark + 1)), (mark.style, f"{mark.caret * shown.width} {words}".rstrip())]


def _note(name: str, words: str, gutter: int) -> Segments:
    return [("frame", f"{' ' * gutter} = "), ("message", f"{name}:"), ("", f" {clean(words)}")]


def _coverage(report: Report, quiet: bool) -> Iterator[Segments]:
    coverage = report.coverage
    for reason in wording.unsaid(report.incomplete, coverage):
        yield [("error", "error"), ("message", f": {clean(reason)}")]
    for line in wording.gaps(coverage):
        yield [("warning", clean(line))]
    if quiet:
        return
    for remark in dict.fromkeys(coverage.remarks):
        yield [("hint", "note"), ("", f": {clean(remark)}")]
    counts = report.counts()
    worst = next((severity for severity in ("error", "warning") if counts[severity]), "good")
    worst = "error" if report.incomplete else worst
    yield [(worst, wording.closing(report))]
