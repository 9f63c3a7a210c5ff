"""A run of `lint`: read, discover, select, see, judge, report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from hydrogitops import __version__
from hydrogitops.config import configuration as config
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Coverage, Environment, Place, Policy, Report, Span, UserError
from hydrogitops.repo import git
from hydrogitops.repo.addresses import shown
from hydrogitops.repo.environments import Discovered, discover
from hydrogitops.repo.reach import reached
from hydrogitops.repo.sources import CONFIGURATION, Sources

from . import policies
from .look import Look, see
from .options import Below, Options, check_names

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Engines

PROVEN = frozenset(("secrets_rendered.plaintext_rendered", "secrets_rendered.default_credential"))
"""The checks for which charts are rendered with canaries too."""
NOT_REACHED = "the changes reach no environment"
FIRST = frozenset(
    ("secrets/plain-secret", "secrets/plaintext-in-values", "secrets/plain-base64", "secrets/private-key")
)
"""Rules on plaintext in the files as they are; a hook that finds any judges nothing else."""
LATER = (".hydrogitops/waivers.yaml", ".hydrogitops/baseline.json")
"""Files that a later version reads; to pass over them would be to judge another thing than was asked for."""


def run(
    paths: Sequence[Path], options: Options, sources: Sources, engines: Engines | None = None
) -> tuple[Report, int]:
    """The report on a repository, limited to what lies below the paths; and how many environments it has.

    `engines`: those of the repository, where they are on their way already.
    """
    below = Below.of(sources.root, paths)
    for name in LATER:
        if sources.is_file(name):
            word = name.rpartition("/")[2].partition(".")[0]
            raise UserError(f"{name}: {word} comes with a later version", f"move {name} away", Span(name, 1, 1, 1, 1))
    configuration = read_configuration(sources)
    discovered = discover(sources, configuration)
    total = len(discovered.environments)
    selected, changed, remarks = _selected(sources, discovered, configuration, options)
    # Rules are read, and checks loaded, while the engines work.
    known = cache(partial(_rules, sources, options))

    def proof() -> bool:
        return any(policy.check in PROVEN and not policies.is_off(policy, configuration) for policy in known().values())

    with Look(
        sources, selected, configuration, render=options.render, proof=proof, today=options.today, engines=engines
    ) as look:
        rules = known()
        # So is what judges.
        from .judging import Judging, Scope

        judging = Judging(sources, discovered, configuration, below)
        scope = Scope.of(discovered, selected, changed)
        if look.renders:
            for policy in rules.values():
                policies.check(policy.id, policy.check, policy.scope)
        if changed is not None and (options.staged or not selected):
            # What must never be committed is looked for in the changes themselves, while the engines work.
            written, own = look.as_written(), judging
            covered = _covered(sources, changed) if options.staged and options.since is None else {}
            if covered:
                there = Sources(sources.root, sources.listed, only_listed=True, instead=covered)
                stated = read_configuration(there)
                own = Judging(there, discover(there, stated), stated, below)
                environments = [e for e in own.discovered.environments if e.name in scope.environments]
                written = see(there, environments, stated, render=False, today=options.today)
                remarks.append(f"staged and changed again since, judged as it lies there: {', '.join(sorted(covered))}")
            first = {name: policy for name, policy in rules.items() if name in FIRST}
            found = own.findings(written, first, Scope(scope.environments, frozenset(changed)))
            found = [finding for finding in found if finding.file in changed]
            if any(finding.severity == "error" and not finding.suppressed for finding in found):
                remark = "a credential in plain text comes first: nothing else was judged"
                return Report(tuple(found), judging.coverage(written, first, (*remarks, remark)), __version__), total
            if not selected:
                return Report(tuple(found), Coverage(remarks=(*remarks, NOT_REACHED)), __version__), total
        seen = look.seen()
    judging.compare(seen, rules, options, changed, read_configuration)
    found = judging.findings(seen, rules, scope)
    incomplete = tuple(map(shown, seen.incomplete))
    return Report(tuple(found), judging.coverage(seen, rules, remarks), __version__, incomplete), total


def _covered(sources: Sources, changed: Sequence[str]) -> dict[str, bytes]:
    """What the next commit holds of changed files that lie there otherwise: staged, then changed or deleted again."""
    found = [one for one in sources.stage.covered if one.name in changed] if sources.stage is not None else []
    if not found:
        return {}
    from hydrogitops.repo import stored

    try:
        return stored.of_entries(sources.root, found)
    except stored.TreeError as error:
        reason = f"what is staged and has changed again since cannot be read: {error}"
        raise UserError(reason, "commit or unstage a part of it") from None


def read_configuration(sources: Sources) -> Configuration:
    """The configuration of a repository; the default one where there is none. UserError where it is wrong."""
    file = sources.get(CONFIGURATION)
    if file is None:
        if sources.is_file(CONFIGURATION):
            raise UserError(
                f"{CONFIGURATION} cannot be read: permission denied", "it has to be readable to be judged by"
            )
        if sources.leads_out(CONFIGURATION) or os.path.lexists(sources.root / CONFIGURATION):
            raise UserError(f"{CONFIGURATION} is no file of this repository", "a link must stay inside the repository")
        return config.DEFAULT
    if file.broken:
        raise UserError(f"{CONFIGURATION} cannot be read: {file.broken[0].message}", "", file.broken[0].span)
    data = file.documents[0].data if file.documents else None
    return config.parse(file.text, data, span=lambda route: sources.span(Place(CONFIGURATION, 0, route, "key")))


def _selected(
    sources: Sources, discovered: Discovered, configuration: Configuration, options: Options
) -> tuple[list[Environment], Sequence[str] | None, list[str]]:
    """The environments to judge, the changes that chose them (None: none did), and remarks on the choice."""
    remarks = list(discovered.remarks)
    if sources.distrusted is not None:
        said, command = sources.distrusted
        remarks.append(f"{said}, so all that lies here was judged, what it ignores too; `{command}`")
    environments = list(discovered.environments)
    changed: Sequence[str] | None = None
    if options.since is not None:
        changed = git.since(sources.root, options.since)
    elif options.staged:
        changed = sources.staged
        if changed is None:
            remarks.append("nothing is staged, so everything is judged")
    if changed is not None:
        certificates = {e.name: configuration.certificate_file(e.name) for e in environments}
        environments = reached(environments, changed, certificates)
        if any(one.place.file in changed for one in discovered.empty_generators):
            # Nobody can tell which ones it made before.
            environments = list(discovered.environments)
    if options.environments is not None:
        check_names(options.environments, [environment.name for environment in discovered.environments])
        environments = [e for e in environments if e.name in options.environments]
    return environments, changed, remarks


def _rules(sources: Sources, options: Options) -> dict[str, Policy]:
    own = policies.load_own(sources.root)
    for policy in own.values():
        # Whatever there is to judge, what they name has to be there.
        policies.check(policy.id, policy.check, policy.scope)
    rules = {**policies.load(), **own}
    if options.only is None:
        return rules
    return {name: policy for name, policy in rules.items() if name in options.only}
