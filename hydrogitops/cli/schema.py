"""`hydrogitops schema`: the JSON Schema of what people write and programs read."""

from __future__ import annotations

import click

from hydrogitops.model import UserError

from .frame import Command

NAMES = ("answers", "config", "policies", "report")
LATER = ("waivers",)


@click.command(
    cls=Command,
    examples="""\
hydrogitops schema config > .hydrogitops.schema.json    for an editor, named by `# yaml-language-server: $schema=…`
hydrogitops schema report                               what `lint --format json` writes, version 1
""",
)
@click.argument("name", metavar="|".join(NAMES))
def command(name: str) -> None:
    """Print a JSON Schema.

    answers: the file that `new --answers` reads. config: .hydrogitops.yaml. policies: a rule in
    .hydrogitops/policies/. report: the JSON report.
    """
    import json

    click.echo(json.dumps(_schema(name), indent=2, ensure_ascii=False))


def _schema(name: str) -> dict[str, object]:
    if name == "report":
        from hydrogitops.report.json_schema import schema

        return schema()
    if name in NAMES:
        from hydrogitops import config

        return config.schema(name)
    there = f"{', '.join(NAMES[:-1])} and {NAMES[-1]}"
    if name in LATER:
        raise UserError(f"{name} comes with a later version; {there} are there now")
    from difflib import get_close_matches

    near = get_close_matches(name, NAMES, n=1)
    raise UserError(f"no schema {name!r}", hint=f"did you mean {near[0]}?" if near else f"{there} are there")
