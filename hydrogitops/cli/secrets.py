"""`hydrogitops secrets`: what is sealed, what is not, and who reads it."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import Command, settings

if TYPE_CHECKING:
    from hydrogitops.report.text import Segments
    from hydrogitops.sealing.table import Row

HEAD = ("ENVIRONMENT", "OBJECT", "KEY", "STATE", "AGE", "CERTIFICATE", "CONSUMERS")
STATE = HEAD.index("STATE")
STYLES = {"sealed": "good", "placeholder": "warning", "stale": "warning"}
"""What is none of these cannot be opened."""


@click.command(
    cls=Command,
    examples="""\
hydrogitops secrets                           every key of every environment
hydrogitops secrets --env prod                those of prod
hydrogitops secrets | grep placeholder        what is still to be sealed
""",
)
@click.option("--env", "environments", multiple=True, metavar="ENV", help="Show this environment only; repeatable.")
def command(environments: tuple[str, ...]) -> int:
    """Show every key of every SealedSecret as an environment applies it; no value is ever shown.

    \b
    placeholder        nothing is sealed yet
    sealed             nothing speaks against its opening
    stale              sealed for an older certificate; it opens, `seal --reseal` seals it anew
    wrong label        sealed for another name, namespace or scope
    wrong certificate  sealed for a key that this cluster is not known to have
    copied             holds what another object holds; one of the two opens at most
    broken             no sealed value
    empty              an object without keys, which makes an empty Secret

    Age and certificate come from environments/ENV/sealed.json, which `seal` writes.

    Exit codes: 0, whatever the states are (`lint` judges them); 2 an environment cannot be rendered.
    """
    from hydrogitops.linter.options import root_of
    from hydrogitops.report.text import paint
    from hydrogitops.sealing.table import table

    settings().root = root_of(Path())
    found = table(Path(), environments)
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else 0
    if found.rows:
        paint(_lines(found.rows, width), sys.stdout, color=settings().colored(sys.stdout))
    if not settings().quiet:
        for remark in found.remarks:
            click.echo(f"note: {remark}", err=True)
        if found.rows or not found.troubles:
            click.echo(_sum(found.rows), err=True)
    for trouble in found.troubles:
        click.echo(f"error: {trouble}", err=True)
    return 2 if found.troubles else 0


def _lines(rows: tuple[Row, ...], width: int) -> list[Segments]:
    """A line a row below a head. `width`: columns that consumers have to fit in; 0: all of them are shown."""
    from hydrogitops.report.excerpt import clean

    texts = [tuple(clean(cell) for cell in _cells(row)) for row in rows]
    wide = [max(len(line[column]) for line in (HEAD, *texts)) for column in range(len(HEAD) - 1)]
    room = width - sum(wide) - 2 * len(wide) if width else 0
    lines: list[Segments] = [_line(HEAD[:-1], wide, HEAD[-1], ["frame"] * len(HEAD))]
    for row, cells in zip(rows, texts, strict=True):
        styles = [STYLES.get(row.state, "error") if column == STATE else "" for column in range(len(HEAD))]
        lines.append(_line(cells, wide, clean(_fitting(row.consumers, room)), styles))
    return lines


def _line(cells: tuple[str, ...], wide: list[int], last: str, styles: list[str]) -> Segments:
    padded = [f"{cell:<{size}}  " for cell, size in zip(cells, wide, strict=True)]
    if not last:
        padded[-1] = padded[-1].rstrip()
    return list(zip(styles, [*padded, last], strict=True))


def _cells(row: Row) -> tuple[str, ...]:
    certificate = f"{row.certificate} {row.standing}" if row.certificate else "-"
    return (
        row.environment,
        row.object,
        row.key or "-",
        row.state,
        f"{row.age} d" if row.age is not None else "-",
        certificate,
    )


def _fitting(consumers: tuple[str, ...], room: int) -> str:
    """As many consumers as go into `room` columns, and the number of the others; one at least."""
    whole = ", ".join(consumers) or "-"
    if not room or len(whole) <= room:
        return whole
    for shown in range(len(consumers) - 1, 0, -1):
        text = f"{', '.join(consumers[:shown])} +{len(consumers) - shown}"
        if len(text) <= room or shown == 1:
            return text
    return whole


def _sum(rows: tuple[Row, ...]) -> str:
    if not rows:
        return "there is no SealedSecret here"
    counts = Counter(row.state for row in rows)
    return f"{len(rows)} keys: {', '.join(f'{count} {state}' for state, count in counts.most_common())}"
