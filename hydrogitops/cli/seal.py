"""`hydrogitops seal`: sealed values in the place of placeholders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hydrogitops.model import UserError

from .frame import Command, settings

if TYPE_CHECKING:
    from hydrogitops.sealing.orders import Outcome
    from hydrogitops.sealing.targets import Repository, Target
    from hydrogitops.sealing.values import Given
    from hydrogitops.sealing.walk import Walked

HELP = "hydrogitops seal --help"


class _Command(Command):
    """What is typed too much may be a value that belongs to a prompt, so no error repeats it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            near = " or ".join(error.possibilities or ())
            raise UserError("no such option", f"did you mean {near}?" if near else HELP) from None
        except click.BadOptionUsage as error:
            raise UserError(f"{error.option_name}: wrong use of this option", HELP) from None


@click.command(
    cls=_Command,
    examples="""\
hydrogitops seal --env prod                                      asks for everything in prod that is not sealed yet
hydrogitops seal --env prod hydro-postgresql                     asks for the keys of one object
hydrogitops seal --env prod hydro-postgresql postgresql-password < FILE
hydrogitops seal --env prod hydro-aws-secret awsSecretAccessKey --from-env AWS_SECRET_ACCESS_KEY
hydrogitops seal --env prod tls tls.key --from-file tls.key      byte for byte
hydrogitops seal --env prod hydro-mongodb mongodb-replica-set-key --generate
hydrogitops seal --env prod hydro-postgresql postgresql-password --replace    a new value for a sealed key
hydrogitops seal --env prod --fetch-certificate https://…/v1/cert.pem
hydrogitops seal --env prod --reseal                             what was sealed for an older certificate
""",
)
@click.argument("words", nargs=-1, metavar="[OBJECT [KEY]]")
@click.option("--env", "environment", metavar="ENV", help="The environment; needed where several have the object.")
@click.option("--from-env", "variables", metavar="NAME", multiple=True, help="Take the value of a variable.")
@click.option("--from-file", "files", metavar="PATH", multiple=True, help="Take all bytes of a file.")
@click.option("--generate", is_flag=True, help="Make a value by chance; nobody sees it.")
@click.option("--replace", is_flag=True, help="Also replace values that are sealed.")
@click.option("--yes", is_flag=True, help="Seal a value that looks encoded, sealed or of a wrong length as it is.")
@click.option("--reseal", is_flag=True, help="Only values that are not known to be sealed for the current certificate.")
@click.option(
    "--fetch-certificate", "certificate", metavar="URL|FILE", help="Only bring the environment's certificate here."
)
def command(
    *,
    words: tuple[str, ...],
    environment: str | None,
    variables: tuple[str, ...],
    files: tuple[str, ...],
    generate: bool,
    replace: bool,
    yes: bool,
    reseal: bool,
    certificate: str | None,
) -> int:
    """Put sealed values in the place of placeholders, and change nothing else in the files.

    OBJECT is metadata.name of a SealedSecret as its file has it. A value never comes from an argument: it is asked for,
    twice and hidden, or is all of standard input where that is no terminal, or comes by one of the options. One newline
    at its end is left out, but for --from-file. Scope, namespace and name are those of the object as the environment
    applies it; the certificate is environments/ENV/sealing.pem. What was sealed, for which certificate and when, goes
    into environments/ENV/sealed.json, and a digest of it onto the pods, so that they restart.

    Without OBJECT or KEY the terminal is asked for all that is not sealed yet; a value that several keys are made of
    (a password, the same inside .dockerconfigjson) is asked for once. Enter alone leaves a key for later.

    --generate takes length and alphabet from what is known about the chart, and seals every other key that repeats
    the value or is composed of it. Without KEY: all keys of OBJECT that are not sealed.

    --reseal asks for the values that are not known to be sealed for the current certificate and label, and lists those
    that nobody gave; without a terminal it only lists them. Exit code 1 while any are left. It does not change the
    secrets themselves, and needs nothing from the cluster.

    Exit code 2 where something was refused; a refusal changes nothing.
    """
    # Children get copies of what is in the environment, so a value leaves it before anything else happens.
    given = _given(variables, files, generate=generate)
    from hydrogitops.linter.options import root_of

    order = _order(words, environment, given, generate=generate, replace=replace, yes=yes, reseal=reseal)
    root = settings().root = root_of(Path())
    if files and Path(files[0]).resolve().is_relative_to(root):
        click.echo("note: that file lies in the repository, in plain text: see that it is never committed", err=True)
    from hydrogitops.sealing import guard

    guard.no_core_dumps()
    with guard.alone(root):
        if certificate is not None:
            return _fetch(order, certificate)
        return _seal(order)


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for on the command line."""

    name: str | None
    key: str | None
    environment: str | None
    given: Given | None
    generate: bool
    replace: bool
    yes: bool
    reseal: bool

    @property
    def plain(self) -> bool:
        return not (self.name or self.given or self.generate or self.replace or self.yes or self.reseal)


def _given(variables: Sequence[str], files: Sequence[str], *, generate: bool) -> Given | None:
    """The value that an option names; None where none does."""
    if len(variables) + len(files) + generate > 1:
        raise UserError(
            "a value comes from one source, and several are named", "take one of --from-env, --from-file, --generate"
        )
    from hydrogitops.sealing import values

    if variables:
        return values.from_variable(variables[0])
    return values.from_file(Path(files[0])) if files else None


def _order(words: Sequence[str], environment: str | None, given: Given | None, **flags: Any) -> _Order:
    if len(words) > 2:
        raise UserError(
            "OBJECT and KEY are all that may be named; a value is never taken from an argument",
            "leave it out and type it when asked, or give it by standard input, --from-env or --from-file;"
            " if it was the real one, it is now in the history of your shell",
        )
    name, key = (*words, None, None)[:2]
    if name is None and (given is not None or flags["generate"]):
        raise UserError("the value for what?", "name OBJECT and KEY: hydrogitops seal --env ENV OBJECT KEY")
    return _Order(name, key, environment, given, **flags)


def _fetch(order: _Order, source: str) -> int:
    if not order.plain:
        raise UserError("--fetch-certificate is a step of its own", "name only --env with it, and seal afterwards")
    from hydrogitops.sealing.certificate import fetch
    from hydrogitops.sealing.targets import open_repository

    environment = order.environment
    if environment is None:
        names = [one.name for one in open_repository(Path()).environments]
        if len(names) > 1:
            raise UserError("the certificate of which environment?", f"--env {' or --env '.join(names)}")
        environment = names[0]
    click.echo(fetch(Path(), environment, source))
    return 0


def _seal(order: _Order) -> int:
    from hydrogitops.sealing import orders, values
    from hydrogitops.sealing.place import check
    from hydrogitops.sealing.targets import environment_of, open_repository

    terminal = sys.stdin is not None and sys.stdin.isatty()
    at = datetime.now(UTC)
    repository = open_repository(Path())
    if order.name is None:
        return _everything(repository, order, at, terminal=terminal)
    environment = environment_of(repository, order.environment, order.name)
    replace = order.replace or order.reseal
    if order.generate:
        _say(orders.seal_generated(repository, environment, order.name, order.key, at, replace=replace))
        return 0
    given = order.given
    if given is None:
        if terminal:
            return _asked(repository, environment, order, at)
        if order.reseal and order.key is None:
            return _listed(_older(repository, environment, order))
        # What cannot be sealed is said before anybody is waited for.
        check(repository, [orders.one_key(repository, environment, order.name, order.key)], at, replace=replace)
        given = values.from_stream(sys.stdin.buffer) if sys.stdin is not None else values.Given(b"")
    confirm = _confirm(order, terminal=terminal)
    done = orders.seal_value(
        repository, environment, order.name, order.key, given, at, replace=replace, confirm=confirm
    )
    _say(done)
    return 0


def _confirm(order: _Order, *, terminal: bool) -> Callable[[str], bool]:
    if order.yes:
        return lambda _: True
    if not terminal:
        return lambda _: False
    from hydrogitops.sealing.dialogue import Terminal

    return lambda doubtful: Terminal().confirm(f"{doubtful}. Seal it all the same?")


def _asked(repository: Repository, environment: str, order: _Order, at: datetime) -> int:
    """The keys of one object, or one of them, on a terminal."""
    from hydrogitops.sealing import reseal
    from hydrogitops.sealing.place import check
    from hydrogitops.sealing.targets import find
    from hydrogitops.sealing.walk import unsealed

    assert order.name is not None
    wanted = find(repository, environment, order.name, order.key)
    replace = order.replace
    if order.reseal:
        older = reseal.for_older(repository, environment)
        wanted = [one for one in wanted if one in older]
    elif order.key is not None:
        check(repository, wanted, at, replace=replace)
    elif not replace:
        wanted = unsealed(wanted)
    if not wanted:
        raise UserError(
            f"{order.name} is sealed in {environment}", "--replace puts new values in place of the old ones"
        )
    return _walk(repository, environment, wanted, order, at, replace=replace)


def _everything(repository: Repository, order: _Order, at: datetime, *, terminal: bool) -> int:
    """All that is unsealed, or sealed for an older certificate, in an environment."""
    from hydrogitops.sealing.dialogue import Terminal
    from hydrogitops.sealing.targets import environment_of
    from hydrogitops.sealing.walk import unsealed

    if not terminal and not order.reseal:
        raise UserError(
            "there is no terminal to ask on",
            "name OBJECT and KEY, and give the value by standard input, --from-env or --from-file;"
            " `hydrogitops secrets` lists what is unsealed",
        )
    names = [one.name for one in repository.environments]
    if order.environment is not None:
        names = [environment_of(repository, order.environment, "")]
    repository.look(names)

    def wanted(environment: str) -> list[Target]:
        if order.reseal:
            return _older(repository, environment, order)
        every = repository.targets(environment)
        return list(every) if order.replace else unsealed(every)

    names = [name for name in names if wanted(name)]
    if not names:
        what = "sealed for an older certificate or another label" if order.reseal else "unsealed"
        click.echo(f"nothing in {order.environment or 'any environment'} is {what}")
        return 0
    if not terminal:
        return _listed([one for name in names for one in wanted(name)])
    environment = names[0] if len(names) == 1 else Terminal().choose("Environment", names)
    return _walk(repository, environment, wanted(environment), order, at, replace=order.replace)


def _older(repository: Repository, environment: str, order: _Order) -> list[Target]:
    from hydrogitops.sealing import reseal
    from hydrogitops.sealing.targets import find

    older = reseal.for_older(repository, environment)
    if order.name is None:
        return older
    return [one for one in find(repository, environment, order.name, order.key) if one in older]


def _walk(
    repository: Repository, environment: str, wanted: list[Target], order: _Order, at: datetime, *, replace: bool
) -> int:
    from hydrogitops.sealing.dialogue import Terminal
    from hydrogitops.sealing.walk import walk

    named = order.key is not None and not order.reseal
    if not named and not settings().quiet:
        what = "not known to be sealed for its certificate" if order.reseal else "to seal"
        click.echo(f"{environment}: {len(wanted)} {what}; Enter alone leaves one for later")
    walked = walk(
        repository,
        environment,
        wanted,
        Terminal(),
        at,
        say=_say,
        replace=replace,
        named=named,
    )
    return _ended(walked, order)


def _ended(walked: Walked, order: _Order) -> int:
    for target, reason in walked.refused:
        click.echo(f"refused: {target.environment}: {reason}", err=True)
    code = 0
    if order.reseal:
        code = _listed([*walked.left, *(target for target, _ in walked.refused)])
    elif walked.left and not settings().quiet:
        click.echo(f"left for later: {', '.join(one.title for one in walked.left)}")
    return 2 if walked.refused else code


def _listed(left: Sequence[Target]) -> int:
    """Print what is not sealed for the current certificate and label."""
    from hydrogitops.sealing import reseal

    for line in reseal.reasons(left):
        click.echo(line)
    return 1 if left else 0


def _say(done: Outcome) -> None:
    if not settings().quiet:
        for target in done.sealed:
            secret = target.secret
            label = {"strict": f"{secret.namespace}/{secret.name}", "namespace-wide": secret.namespace}
            scope = " ".join((secret.scope, *filter(None, [label.get(secret.scope, "")])))
            click.echo(f"sealed {target.title} for {target.environment} ({scope})")
        if done.files:
            click.echo(f"wrote {', '.join(done.files)}")
    for remark in done.remarks:
        click.echo(f"note: {remark}", err=True)
