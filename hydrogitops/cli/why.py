"""`hydrogitops why`: the layers behind an effective value."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .frame import Command, settings


@click.command(
    cls=Command,
    examples="""\
hydrogitops why prod manager.resources.limits.memory
hydrogitops why prod "Deployment/hydro-manager:spec.template.spec.containers[manager].resources.limits.memory"
""",
)
@click.argument("environment", metavar="ENV")
@click.argument("path")
def command(environment: str, path: str) -> None:
    """Show which layer decides a value, with file and line, and which layers lost.

    PATH is a path in the chart's values, or KIND/NAME:FIELD for a field of a rendered object.
    """
    from hydrogitops.linter.options import root_of
    from hydrogitops.linter.why import why

    settings().root = root_of(Path())
    answer = why(Path(), environment, path)
    click.echo(f"{answer.path} = {_shown(answer.value)}")
    for cause in answer.causes:
        place = f"{cause.span.file}:{cause.span.line}:{cause.span.column}" if cause.span is not None else cause.source
        inline = f" ({cause.source})" if cause.span is not None and cause.source != cause.span.file else ""
        click.echo(f"  {'set by' if cause.wins else 'over  '} {place}{inline}: {_shown(cause.value)}")
    for remark in answer.remarks:
        click.echo(f"note: {remark}", err=True)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"
