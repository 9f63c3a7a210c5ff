"""A hook of mkdocs: a page of the manual for each rule and one that lists them, made from policies/ at every build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from hydrogitops.cli.explain import examples, severities
from hydrogitops.linter import policies
from hydrogitops.model import Policy

FOLDER = "reference/rules"


def on_config(config: MkDocsConfig) -> None:
    """Put the pages into the navigation, by family."""
    families = [
        {family: [{policy.id: page_path(policy)} for policy in rules]} for family, rules in by_family(policies.load())
    ]
    reference = next(entry["Reference"] for entry in config.nav or () if "Reference" in entry)
    reference.append({"Rules": [f"{FOLDER}/index.md", *families]})


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages themselves; nothing is written into the checkout."""
    known = policies.load()
    files.append(File.generated(config, f"{FOLDER}/index.md", content=index(known)))
    for policy in known.values():
        files.append(File.generated(config, page_path(policy), content=page(policy)))


def page_path(policy: Policy) -> str:
    return f"{FOLDER}/{policy.id}.md"


def by_family(known: Mapping[str, Policy]) -> Iterator[tuple[str, list[Policy]]]:
    """The policies in order of id, by the part before the slash."""
    for family, rules in groupby(known.values(), key=lambda policy: policy.id.partition("/")[0]):
        yield family, list(rules)


def index(known: Mapping[str, Policy]) -> str:
    """The page that lists all rules."""
    lines = ["# Rules", "", "`hydrogitops explain RULE` shows the same pages offline."]
    for family, rules in by_family(known):
        lines += ["", f"## {family}", "", "| rule | severity | finds |", "| --- | --- | --- |"]
        lines += [
            f"| [{policy.id}]({policy.id}.md) | {severities(policy)} | {cell(policy.title)} |" for policy in rules
        ]
    return "\n".join(lines) + "\n"


def page(policy: Policy) -> str:
    """The page of a rule."""
    facts = {"severity": severities(policy), "scope": policy.scope, "since": policy.since}
    parts = [f"# {policy.id}", sentence(policy.title), table(facts, "")]
    parts += ["## Why", policy.why.strip(), "## Fix", policy.fix.strip()]
    if policy.parameters:
        parts += ["## Parameters", table(policy.parameters, "default")]
    for title, text in examples(policy):
        parts += [f"## {title}", fenced(text)]
    parts += ["## Source", f"<{policy.source}>" if policy.source.startswith("http") else policy.source]
    parts += ["## Silence it", f"`# hydrogitops: ignore[{policy.id}] reason` on the line, or alone above it."]
    return "\n\n".join(parts) + "\n"


def table(rows: Mapping[str, object], heading: str) -> str:
    lines = [f"| | {heading} |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {cell(str(value))} |" for name, value in rows.items() if value != "")])


def fenced(text: str) -> str:
    """A code block; four backticks, as an example may hold three."""
    body = text.rstrip("\n")
    return f"````yaml\n{body}\n````"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def sentence(text: str) -> str:
    return f"{cell(text[:1].upper() + text[1:])}."
