"""`hydrogitops explain`: the page of a rule, offline."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from hydrogitops.model import Policy, UserError

from .frame import Command, settings

WIDTH = 100


def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rule ids that begin with what is typed."""
    from hydrogitops.linter import policies

    return [
        CompletionItem(rule, help=policy.title)
        for rule, policy in policies.load().items()
        if rule.startswith(incomplete)
    ]


@click.command(
    cls=Command,
    examples="""\
hydrogitops explain jvm/heap-over-limit     why it matters, how to mend it, a bad and a good example
hydrogitops explain --list                  every rule with its severity and title
""",
)
@click.argument("rule", required=False, shell_complete=complete)
@click.option("--list", "listed", is_flag=True, help="List all rules instead.")
def command(rule: str | None, *, listed: bool) -> None:
    """Show what a rule finds, why that matters and how to mend it, with its parameters and examples.

    RULE is the id that a finding carries in brackets, such as resources/memory-limit-missing.
    """
    from hydrogitops.linter import policies
    from hydrogitops.linter.options import root_of
    from hydrogitops.report.text import paint

    known = {**policies.load(), **policies.load_own(root_of(Path()))}
    if listed:
        lines = list(table(known))
    elif rule is None:
        raise UserError("which rule?", hint="hydrogitops explain --list shows all of them")
    else:
        lines = list(page(find(known, rule)))
    paint(lines, sys.stdout, color=settings().colored(sys.stdout))


def find(known: Mapping[str, Policy], rule: str) -> Policy:
    """The policy of that id; UserError with the nearest ids where there is none."""
    if rule in known:
        return known[rule]
    from difflib import get_close_matches

    same = [name for name in known if name.partition("/")[2] == rule or name.partition("/")[0] == rule]
    near = same or get_close_matches(rule, known, n=3)
    more = f"did you mean {_either(near[:3])}? " if near else ""
    raise UserError(f"no rule {rule!r}", hint=f"{more}`hydrogitops explain --list` shows all of them")


def table(known: Mapping[str, Policy]) -> Iterator[list[tuple[str, str]]]:
    """A line a rule: id, severity, title."""
    wide = max((len(rule) for rule in known), default=0)
    for rule, policy in known.items():
        yield [
            ("message", f"{rule:<{wide}}  "),
            (_style(policy.severity), f"{policy.severity:<7}  "),
            ("", policy.title),
        ]


def page(policy: Policy) -> Iterator[list[tuple[str, str]]]:
    """The page of a rule, line by line."""
    yield [(_style(policy.severity), policy.id), ("message", f": {policy.title}")]
    yield []
    yield [("message", "severity  "), ("", severities(policy))]
    yield [("message", "scope     "), ("", policy.scope)]
    yield [("message", "check     "), ("", policy.check)]
    if policy.since:
        yield [("message", "since     "), ("", policy.since)]
    yield from _section("Why", _wrapped(policy.why))
    yield from _section("Fix", _wrapped(policy.fix))
    if policy.parameters:
        yield from _section("Parameters", (f"{name}: {value}" for name, value in policy.parameters.items()))
    for title, text in examples(policy):
        yield from _section(title, text.rstrip("\n").splitlines())
    yield from _section("Source", [policy.source])


def severities(policy: Policy) -> str:
    """`error; dev: warning`: the severity, and what a profile makes of it."""
    return "; ".join([policy.severity, *(f"{profile}: {value}" for profile, value in policy.profiles.items())])


def examples(policy: Policy) -> Iterator[tuple[str, str]]:
    """Title and text of each example, bad ones first; an example of several files is one text for each of them."""
    for kind in ("base", "bad", "good", "fixed"):
        if kind in policy.examples:
            yield from _texts(kind.capitalize(), policy.examples[kind])


def _texts(title: str, example: object) -> Iterator[tuple[str, str]]:
    if isinstance(example, str):
        yield title, example
    elif isinstance(example, Mapping):
        for name, value in example.items():
            yield from _texts(f"{title}, {name}", value)
    elif isinstance(example, list):
        for number, value in enumerate(example, 1):
            yield from _texts(f"{title}, {number}" if len(example) > 1 else title, value)


def _section(title: str, lines: Iterator[str] | list[str]) -> Iterator[list[tuple[str, str]]]:
    yield []
    yield [("message", title)]
    for line in lines:
        yield [("", f"  {line}".rstrip())]


def _wrapped(text: str) -> list[str]:
    """Paragraphs at a readable width; lines that are indented stay as they are."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        kept = any(line.startswith((" ", "* ", "- ")) for line in paragraph.splitlines())
        lines += [*([""] if lines else []), *(paragraph.splitlines() if kept else textwrap.wrap(paragraph, WIDTH))]
    return lines


def _style(severity: str) -> str:
    return severity if severity != "off" else "message"


def _either(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
