"""`hydrogitops new`: write a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .frame import Command, settings

if TYPE_CHECKING:
    from hydrogitops.model import Report
    from hydrogitops.scaffold import Created


@click.command(
    cls=Command,
    examples="""\
hydrogitops new prod-cluster                                   asks for what it has to know
hydrogitops new prod-cluster --no-input                        dev, staging and prod, with TODO for what nobody told
hydrogitops new prod-cluster --answers answers.yaml --no-input
hydrogitops new prod-cluster --engine flux                     for Flux; the same values, patches and secrets
hydrogitops new prod-cluster --set flavour=rendered            Argo CD applies manifests that the repository keeps
hydrogitops new prod-cluster --answers answers.yaml --set aws.region=eu-west-1 --dry-run
hydrogitops new prod-cluster --chart serving-3.0.3.tgz --offline
hydrogitops schema answers                                     what an answers file may hold
""",
)
@click.argument("name")
@click.option("--engine", type=click.Choice(["argocd", "flux"]), help="What applies the repository; argocd by default.")
@click.option("--answers", "file", metavar="FILE", type=click.Path(path_type=Path), help="A YAML file with answers.")
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="One answer; wins over the file. Repeatable.")
@click.option("--no-input", is_flag=True, help="Ask nothing: report all that is missing or wrong at once.")
@click.option("--allow-open", is_flag=True, help="Write TODO for what is not known yet.")
@click.option("--chart", metavar="FILE|DIR|URL", help="The chart to vendor; by default its release archive.")
@click.option("--offline", is_flag=True, help="Reach for nothing on the network.")
@click.option("--dry-run", is_flag=True, help="Show the files, write nothing.")
@click.option("--no-git", is_flag=True, help="Leave out git init and the first commit.")
def command(
    *,
    name: str,
    engine: str | None,
    file: Path | None,
    given: tuple[str, ...],
    no_input: bool,
    allow_open: bool,
    chart: str | None,
    offline: bool,
    dry_run: bool,
    no_git: bool,
) -> None:
    """Write a GitOps repository that runs Hydrosphere, into the new folder NAME.

    Asks only for what is missing, and never for a password: secrets are placeholders until you seal
    them. What is written is linted before it is put into place; if anything goes wrong, nothing is left behind.
    """
    from hydrogitops import scaffold

    target = Path.cwd() / name
    try:
        created = scaffold.new(
            name,
            answers=scaffold.answers_from(file) if file else {},
            settings=(*((f"engine={engine}",) if engine else ()), *given),
            no_input=no_input,
            chart=chart,
            offline=offline,
            dry_run=dry_run,
            git=not no_git,
            allow_open=allow_open,
            target=target,
            lint=_lint,
        )
    except (KeyboardInterrupt, click.Abort):
        raise KeyboardInterrupt(*(() if target.exists() else ("nothing was left behind",))) from None
    _show(created, dry_run=dry_run)


def _lint(folder: Path) -> Report:
    from hydrogitops import lint

    return lint(folder)


def _show(created: Created, *, dry_run: bool) -> None:
    from hydrogitops.scaffold import tree

    if dry_run:
        click.echo(tree(created.target.name, created.files))
    elif not settings().quiet:
        click.echo(f"wrote {created.target.name}/ with {len(created.files)} files")
    if settings().quiet:
        return
    for remark in created.remarks:
        click.echo(f"note: {remark}")
    if created.open:
        click.echo("still to be answered, marked with TODO:")
        for path, what in created.open:
            click.echo(f"  {path}: {what}")
    if not dry_run:
        click.echo("next:")
        for step in created.next_steps:
            click.echo(f"  {step}")
