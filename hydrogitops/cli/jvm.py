"""`hydrogitops jvm`: what a JVM with these options does in a container, and what memory it needs there."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .frame import Command, settings

if TYPE_CHECKING:
    from hydrogitops.jvm import Assessment, Bill, OptionProblem
    from hydrogitops.kube.quantity import Quantity
    from hydrogitops.report.text import Segments

JDKS = ("8", "11", "17", "21", "25")
BLIND = ("8",)
"""JDKs taken not to see the limit unless told otherwise: before 8u372 they read cgroup v1 only."""
VIA = ("args", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
BAR = 48
GIGA = 10**9
_SEVERITIES = ("error", "warning", "info")
_NO_BREAKS = str.maketrans(dict.fromkeys("\n\r\t\v\f", " "))


def amount(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> Quantity | None:
    """A Kubernetes quantity above zero."""
    from hydrogitops.kube.quantity import Quantity, QuantityError

    if value is None:
        return None
    try:
        found = Quantity.parse(value)
    except QuantityError as error:
        raise click.BadParameter(str(error)) from error
    if found.nano <= 0:
        raise click.BadParameter(f"{value} is not above 0")
    return found


class OptionsCommand(Command):
    """A command whose arguments begin with dashes of their own: what it doesn't know as its option is an argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        names = {name: option for option in options for name in (*option.opts, *option.secondary_opts)}
        ours: list[str] = []
        theirs: list[str] = []
        rest = iter(args)
        for word in rest:
            if word == "--":
                theirs += rest
            elif word.partition("=")[0] in names:
                ours.append(word)
                if "=" not in word and not names[word].is_flag:
                    value = next(rest, None)
                    if value is None:
                        return super().parse_args(ctx, ours)  # which says what is missing
                    ours.append(value)
            elif word.startswith("--") and not any(blank in word for blank in " \t\n"):
                ours.append(word)
            else:
                theirs.append(word)
        return super().parse_args(ctx, [*ours, "--", *theirs])


@click.command(
    cls=OptionsCommand,
    options_metavar="--jdk JDK [--memory QUANTITY] [--cpu QUANTITY] …",
    examples="""\
hydrogitops jvm "-Xmx1200m -XX:+UseG1GC" --memory 2Gi --cpu 1 --jdk 17
hydrogitops jvm -XX:MaxRAMPercentage=75.0 --memory 2Gi --jdk 21 --via JAVA_TOOL_OPTIONS
hydrogitops jvm "$JAVA_OPTS" --memory 2Gi --jdk 8                   8u272: cannot see the limit on today's nodes
hydrogitops jvm "$JAVA_OPTS" --memory 2Gi --jdk 8 --sees-limits     8u372 and later
hydrogitops jvm --memory 2Gi --cpu 2 --jdk 17 --format json         what the JVM does by itself
""",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="OPTIONS")
@click.option(
    "--memory",
    metavar="QUANTITY",
    callback=amount,
    help="The memory limit, such as 2Gi. Without: no limit, on a node of 512Gi.",
)
@click.option(
    "--cpu",
    metavar="QUANTITY",
    callback=amount,
    help="The cpu limit, such as 1500m. Without: no limit, on a node of 64 processors.",
)
@click.option("--jdk", type=click.Choice(JDKS), required=True, help="The JDK's version.")
@click.option("--via", type=click.Choice(VIA), default="args", show_default=True, help="How the options reach the JVM.")
@click.option(
    "--sees-limits/--cgroup-blind",
    default=None,
    help="Whether the JDK can read the limits on its node. By default 8 cannot (8u272), the others can.",
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(
    options: tuple[str, ...],
    memory: Quantity | None,
    cpu: Quantity | None,
    jdk: str,
    via: str,
    sees_limits: bool | None,
    form: str,
) -> int:
    """Print the memory bill of a JVM in its container, and every problem of its options.

    OPTIONS is one text, as a start script passes a variable to java, or the single arguments.

    Exit codes: 0 no error, 1 an error, 2 wrong usage.
    """
    from hydrogitops.jvm import assess

    given: str | Sequence[str] = options if via == "args" and len(options) > 1 else " ".join(options)
    found = assess(
        given,
        memory=None if memory is None else -(-memory.nano // GIGA),
        cpus=None if cpu is None else cpu.nano / GIGA,
        jdk=int(jdk),
        via=via,  # type: ignore[arg-type]  # one of VIA
        sees_limits=jdk not in BLIND if sees_limits is None else sees_limits,
    )
    severities = [severity(problem) for problem in found.problems]
    if form == "json":
        import json

        click.echo(json.dumps(asdict(found), indent=2))
    else:
        from hydrogitops.report.text import paint

        lines = list(_problems(found.problems, severities, " ".join(options)))
        if not settings().quiet:
            bill = _bill(found.bill, limited=memory is not None) if found.bill else ()
            lines = [*_summary(found, jdk), *bill, *lines]
        paint(lines, sys.stdout, color=settings().colored(sys.stdout))
    return 1 if "error" in severities else 0


def severity(problem: OptionProblem) -> str:
    """What the rule's policy says, at most what the case allows."""
    from hydrogitops.linter import policies

    return max(policies.load()[f"jvm/{problem.rule}"].severity, problem.mild or "error", key=_SEVERITIES.index)


def _summary(found: Assessment, jdk: str) -> Iterator[Segments]:
    from hydrogitops.jvm.numbers import human

    if not found.starts:
        yield [("error", f"JDK {jdk} exits"), ("message", ": no application runs with these options")]
        return
    heap = f"heap {human(found.max_heap or 0)}, {human(found.initial_heap or 0)} of it at start"
    collector = f"{found.collector} collector" + (f", {_count(found.gc_threads, 'thread')}" if found.gc_threads else "")
    cpus = _count(found.cpus or 0, "processor")
    yield [("good", f"JDK {jdk} starts"), ("message", f": {heap}; {collector}; {cpus}")]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _bill(bill: Bill, *, limited: bool) -> Iterator[Segments]:
    """The table, and a bar for each sum where there is a limit to compare it with."""
    from hydrogitops.jvm.numbers import human

    yield []
    yield [("message", f"{'part':<18}{'expected':>10}{'worst':>10}  from")]
    for line in bill.lines:
        yield [("", f"{line.part:<18}{human(line.expected):>10}{human(line.worst):>10}  {line.origin}")]
    sums = {"expected": bill.expected, "worst": bill.worst}
    styles = {name: "good" if size <= bill.limit or not limited else "error" for name, size in sums.items()}
    total: Segments = [("message", f"{'together':<18}")]
    yield [*total, *((styles[name], f"{human(size):>10}") for name, size in sums.items())]
    if not limited:
        return
    yield [("message", f"{'limit':<18}"), ("", f"{human(bill.limit):>10}")]
    yield []
    for name, size in sums.items():
        filled = min(round(size / bill.limit * BAR), BAR)
        bar = "#" * filled + "." * (BAR - filled)
        share = f"] {size / bill.limit:.0%} of the limit"
        yield [("", f"{name:<10}["), (styles[name], bar), ("", share)]


def _problems(problems: Sequence[OptionProblem], severities: Sequence[str], text: str) -> Iterator[Segments]:
    """Each problem with the words that it speaks of underlined."""
    from hydrogitops.report.excerpt import clean, excerpt
    from hydrogitops.report.text import PLAIN_WIDTH

    for problem, level in zip(problems, severities, strict=True):
        if not settings().quiet:
            yield []
        yield [(level, f"{level}[jvm/{problem.rule}]"), ("message", f": {clean(problem.message)}")]
        if problem.start == problem.end:
            continue
        line = text.translate(_NO_BREAKS)
        shown = excerpt(line, problem.start + 1, problem.end + 1, room=PLAIN_WIDTH - 2, secret=False)
        yield [("", f"  {shown.text}")]
        yield [("", "  " + " " * shown.mark), (level, "^" * shown.width)]
        if problem.suggestion:
            yield [("hint", "  hint"), ("", f": write {clean(problem.suggestion)}")]
