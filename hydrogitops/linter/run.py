"""The loops of `lint`: read, discover, see, check, settle, resolve, suppress, report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hydrogitops import __version__
from hydrogitops.config import configuration as config
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import (
    Coverage,
    Environment,
    Fault,
    Field,
    Finding,
    Place,
    Policy,
    Related,
    Report,
    SourceFile,
    Span,
    Suggestion,
    Unseen,
    UserError,
)
from hydrogitops.repo import git
from hydrogitops.repo.addresses import shown
from hydrogitops.repo.environments import Discovered, discover, handed
from hydrogitops.repo.reach import reached
from hydrogitops.repo.sources import CONFIGURATION, Sources

from . import policies
from .documents import documents, templates
from .inputs import (
    EnvironmentView,
    ObjectView,
    RepositoryView,
    SecretView,
    ValuesView,
    WorkloadView,
)
from .neighbours import sealed_elsewhere, with_neighbours
from .options import Below, Options, check_names
from .private_keys import private_keys
from .resolve import Placer, findings
from .seals import certificate_file
from .settling import settled
from .suppression import suppress
from .views import Look, Seen, see

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Engines

NOTHING = "nothing to lint"
PROVEN = frozenset(("secrets_rendered.plaintext_rendered", "secrets_rendered.default_credential"))
"""The checks for which charts are rendered with canaries too."""
NOT_REACHED = "the changes reach no environment"
FIRST = frozenset(
    ("secrets/plain-secret", "secrets/plaintext-in-values", "secrets/plain-base64", "secrets/private-key")
)
"""Rules on plaintext in the files as they are; a hook that finds any judges nothing else."""
ALSO = {"secrets.plaintext_in_values": "secrets_handed.plaintext_handed"}
"""Checks of the repository that belong to one of another scope: here on values that no environment has a layer of."""
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
    judging = _Judging.of(sources, below)
    discovered, configuration = judging.discovered, judging.configuration
    total = len(discovered.environments)
    selected, changed, remarks = _selected(sources, discovered, configuration, options)
    scope = _scope(discovered, selected, changed)
    # Rules are read, and checks loaded, while the engines work.
    known = cache(partial(_rules, sources, options))

    def proof() -> bool:
        return any(policy.check in PROVEN and not _is_off(policy, configuration) for policy in known().values())

    with Look(
        sources, selected, configuration, render=options.render, proof=proof, today=options.today, engines=engines
    ) as look:
        rules = known()
        if look.renders:
            for policy in rules.values():
                policies.check(policy.id, policy.check, policy.scope)
        if changed is not None and (options.staged or not selected):
            # What must never be committed is looked for in the changes themselves, while the engines work.
            written, own = look.as_written(), judging
            covered = _covered(sources, changed) if options.staged and options.since is None else {}
            if covered:
                own = _Judging.of(Sources(sources.root, sources.listed, only_listed=True, instead=covered), below)
                environments = [e for e in own.discovered.environments if e.name in scope.environments]
                written = see(own.sources, environments, own.configuration, render=False, today=options.today)
                remarks.append(f"staged and changed again since, judged as it lies there: {', '.join(sorted(covered))}")
            first = {name: policy for name, policy in rules.items() if name in FIRST}
            found = own.findings(written, first, _Scope(scope.environments, frozenset(changed)))
            found = [finding for finding in found if finding.file in changed]
            if any(finding.severity == "error" and not finding.suppressed for finding in found):
                remark = "a credential in plain text comes first: nothing else was judged"
                return Report(tuple(found), judging.coverage(written, first, (*remarks, remark)), __version__), total
            if not selected:
                return Report(tuple(found), Coverage(remarks=(*remarks, NOT_REACHED)), __version__), total
        seen = look.seen()
    judging.compare(seen, rules, options, changed)
    found = judging.findings(seen, rules, scope)
    incomplete = tuple(map(shown, seen.incomplete))
    return Report(tuple(found), judging.coverage(seen, rules, remarks), __version__, incomplete), total


class _Judging(NamedTuple):
    """What a run judges, and what of it is asked for."""

    sources: Sources
    discovered: Discovered
    configuration: Configuration
    below: Below

    @classmethod
    def of(cls, sources: Sources, below: Below) -> _Judging:
        configuration = read_configuration(sources)
        return cls(sources, discover(sources, configuration), configuration, below)

    def compare(self, seen: Seen, rules: Mapping[str, Policy], options: Options, changed: Sequence[str] | None) -> None:
        """Add to the views what lies beside them: other environments in their clusters, the revision of before."""
        seen.views = with_neighbours(seen.views, self.sources, self.discovered)
        if changed is None:
            return
        from . import base

        if any(policy.check in base.CHECKS and not _is_off(policy, self.configuration) for policy in rules.values()):
            seen.views, gaps = base.with_base(
                seen.views, self.sources, self.discovered, options, changed, read_configuration
            )
            seen.unseen += gaps

    def findings(self, seen: Seen, rules: Mapping[str, Policy], scope: _Scope) -> list[Finding]:
        """What the rules find in the views, of what the run is limited to."""
        repository = _repository(self.sources, self.discovered, seen, self.configuration)._replace(
            private_keys=partial(private_keys, self.sources, scope.files),
            elsewhere=partial(sealed_elsewhere, self.sources, self.discovered, self.configuration, scope.environments),
        )
        told = _faults(rules, repository, self.discovered, self.sources, scope)
        faults = [fault for fault in told if scope.speaks_of(fault)]
        placer = Placer(
            locate=lambda environment, at: seen.origins[environment].locate(at),
            span=self.sources.span,
            readers=lambda file: tuple(e.name for e in self.discovered.environments if file in e.files),
            order=[environment.name for environment in self.discovered.environments],
        )
        speaking = settled(faults, rules, self.configuration, self.discovered, placer)
        found = suppress(findings(speaking, placer), self.sources)
        return [finding for finding in found if self.below.has(finding.file)]

    def coverage(self, seen: Seen, rules: Mapping[str, Policy], remarks: Sequence[str]) -> Coverage:
        return _coverage(self.sources, self.discovered, seen, rules, self.below, remarks)


def _covered(sources: Sources, changed: Sequence[str]) -> dict[str, bytes]:
    """What the next commit holds of changed files that lie there otherwise: staged, then changed or deleted again."""
    found = [one for one in sources.stage.covered if one.name in changed] if sources.stage is not None else []
    if not found:
        return {}
    from hydrogitops.repo import stored

    return stored.of_entries(sources.root, found)


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


class _Scope(NamedTuple):
    """What a run is limited to: environments by name, and files (None: all)."""

    environments: frozenset[str]
    files: frozenset[str] | None

    def has(self, file: str) -> bool:
        return self.files is None or file in self.files

    def speaks_of(self, fault: Fault) -> bool:
        """Whether a fault is about what the run is limited to."""
        if fault.environment:
            return fault.environment in self.environments
        return isinstance(fault.at, Field) or self.has(fault.at.file)


def _scope(discovered: Discovered, selected: Sequence[Environment], changed: Iterable[str] | None) -> _Scope:
    names = frozenset(environment.name for environment in selected)
    if len(names) == len(discovered.environments):
        return _Scope(names, None)
    return _Scope(names, frozenset(changed or ()).union(*(environment.files for environment in selected)))


def _selected(
    sources: Sources, discovered: Discovered, configuration: Configuration, options: Options
) -> tuple[list[Environment], Sequence[str] | None, list[str]]:
    """The environments to judge, the changes that chose them (None: none did), and remarks on the choice."""
    remarks = list(discovered.remarks)
    environments = list(discovered.environments)
    changed: Sequence[str] | None = None
    if options.since is not None:
        changed = git.since(sources.root, options.since)
    elif options.staged:
        changed = sources.staged
        if changed is None:
            remarks.append("nothing is staged, so everything is judged")
    if changed is not None:
        certificates = {e.name: certificate_file(e.name, configuration) for e in environments}
        environments = reached(environments, changed, certificates)
        if any(one.place.file in changed for one in discovered.empty_generators):
            # Nobody can tell which ones it made before.
            environments = list(discovered.environments)
    if options.environments is not None:
        check_names(options.environments, [environment.name for environment in discovered.environments])
        environments = [e for e in environments if e.name in options.environments]
    return environments, changed, remarks


def _faults(
    rules: Mapping[str, Policy], repository: RepositoryView, discovered: Discovered, sources: Sources, scope: _Scope
) -> Iterator[Fault]:
    judged = [one for one in documents(repository, discovered, sources) if scope.has(one.file.path)]
    subjects = cache(lambda of, index: tuple(_subjects(of, repository.environments[index])))
    for policy in rules.values():
        if _is_off(policy, repository.configuration):
            continue
        if policy.check in ALSO:
            also = policies.check(policy.id, ALSO[policy.check], "repository")
            yield from _told(policy, also(repository, policy.parameters), "", "source")
        if policy.scope == "document":
            check = policies.check(policy.id, policy.check, policy.scope)
            for document in judged:
                yield from _told(policy, check(document, policy.parameters), "", "source")
        elif policy.scope == "repository":
            check = policies.check(policy.id, policy.check, policy.scope)
            yield from _told(policy, check(repository, policy.parameters), "", "source")
        else:
            for index, view in enumerate(repository.environments):
                judged_here = subjects(policy.scope, index)
                if not judged_here:
                    # Without a subject a check is not even loaded.
                    continue
                check = policies.check(policy.id, policy.check, policy.scope)
                parameters = _parameters(policy, repository.configuration, view.name)
                for subject in judged_here:
                    yield from _told(policy, check(subject, parameters), view.name, view.evidence)


def _subjects(scope: str, view: EnvironmentView) -> Iterator[object]:
    if scope == "workload":
        yield from (WorkloadView(workload, view) for workload in view.workloads)
    elif scope == "object":
        yield from (ObjectView(applied, view) for applied in view.objects)
    elif scope == "secret":
        yield from (SecretView(secret, view) for secret in view.sealed)
    elif scope == "values":
        for values in view.releases.values():
            yield from (ValuesView(layer, values, view) for layer in values.layers)
    else:
        yield view


def _told(policy: Policy, faults: Iterator[Fault], environment: str, evidence: Any) -> Iterator[Fault]:
    source = policy.scope in ("document", "values", "repository")
    for fault in faults:
        yield fault._replace(
            rule=policy.id,
            message=shown(fault.message),
            label=shown(fault.label),
            related=tuple(Related(one.at, shown(one.message)) for one in fault.related),
            environment=fault.environment or environment,
            evidence="source" if source else evidence,
            fix=_shown(fault.fix) if fault.fix is not None else Suggestion(policy.fix),
        )


def _shown(fix: Suggestion) -> Suggestion:
    text = shown(fix.description)
    return fix if text == fix.description else fix._replace(description=text)


def _is_off(policy: Policy, configuration: Configuration) -> bool:
    """Off for every environment: nothing has to be asked."""
    if any(policy.id in environment.rules for environment in configuration.environments.values()):
        return False
    stated = configuration.rules.get(policy.id)
    severities = (
        {policy.severity, *policy.profiles.values()} if stated is None or not stated.severity else {stated.severity}
    )
    return severities == {"off"}


def _parameters(policy: Policy, configuration: Configuration, environment: str) -> Mapping[str, Any]:
    parameters = dict(policy.parameters)
    stated = configuration.rules.get(policy.id)
    if stated is not None:
        parameters.update(stated.parameters)
    own = configuration.environments.get(environment)
    if own is not None and policy.id in own.rules:
        parameters.update(own.rules[policy.id].parameters)
    return parameters


def _rules(sources: Sources, options: Options) -> dict[str, Policy]:
    own = policies.load_own(sources.root)
    for policy in own.values():
        # Whatever there is to judge, what they name has to be there.
        policies.check(policy.id, policy.check, policy.scope)
    rules = {**policies.load(), **own}
    if options.only is None:
        return rules
    return {name: policy for name, policy in rules.items() if name in options.only}


def _repository(sources: Sources, discovered: Discovered, seen: Seen, configuration: Configuration) -> RepositoryView:
    from hydrogitops.repo.environments import near

    from .inputs import DanglingReference

    files: dict[str, SourceFile] = {name: file for name in sources.names if (file := sources.get(name)) is not None}
    dangling = tuple(
        DanglingReference(one.place, one.text, one.target, one.kind, near(sources, one), one.environments)
        for one in discovered.dangling
    )
    return RepositoryView(
        tuple(seen.views),
        configuration,
        dangling,
        files,
        (*discovered.unseen, *seen.unseen),
        empty_generators=discovered.empty_generators,
        revisions=discovered.revisions,
        handed=partial(handed, sources),
    )


def _coverage(
    sources: Sources,
    discovered: Discovered,
    seen: Seen,
    rules: Mapping[str, Policy],
    below: Below,
    remarks: Sequence[str],
) -> Coverage:
    not_seen = [*discovered.unseen, *seen.unseen, *templates(sources, discovered)]
    names = [name for name in sources.names if below.has(name)]
    if not names:
        not_seen.append(Unseen(NOTHING, "no YAML file below this path", ", ".join(below.names)))
    return Coverage(
        files=len(names),
        documents=sum(len(file.documents) for name in names if (file := sources.get(name)) is not None),
        environments=tuple(view.name for view in seen.views),
        objects=sum(len(view.objects) for view in seen.views),
        rules=len(rules),
        not_seen=tuple(replace(one, reason=shown(one.reason)) for one in not_seen),
        remarks=(*remarks, *seen.remarks),
    )
