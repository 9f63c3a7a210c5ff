"""The loops of `lint`: read, discover, see, check, settle, resolve, suppress, report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydrogitops import __version__
from hydrogitops.config import configuration as config
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import (
    Coverage,
    Environment,
    Fault,
    Field,
    Place,
    Policy,
    Report,
    SourceFile,
    Span,
    Suggestion,
    Unseen,
    UserError,
)
from hydrogitops.repo import git
from hydrogitops.repo.environments import Discovered, discover
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
from .options import Below, Options
from .resolve import Placer, findings
from .settling import settled
from .suppression import suppress
from .views import Seen, see

NOTHING = "nothing to lint"
LATER = (".hydrogitops/waivers.yaml", ".hydrogitops/baseline.json")
"""Files that a later version reads; to pass over them would be to judge another thing than was asked for."""


def run(paths: Sequence[Path], options: Options, sources: Sources) -> tuple[Report, int]:
    """The report on a repository, limited to what lies below the paths; and how many environments it has."""
    below = Below.of(sources.root, paths)
    for name in LATER:
        if sources.is_file(name):
            word = name.rpartition("/")[2].partition(".")[0]
            raise UserError(f"{name}: {word} comes with a later version", f"move {name} away", Span(name, 1, 1, 1, 1))
    configuration = read_configuration(sources)
    discovered = discover(sources, configuration)
    total = len(discovered.environments)
    selected, changed, remarks = _selected(sources, discovered, options)
    if not selected and changed is not None:
        return Report((), Coverage(remarks=(*remarks, "the changes reach no environment")), __version__), total
    scope = _scope(discovered, selected, changed or ())
    seen = see(sources, selected, configuration, render=options.render, today=options.today)
    repository = _repository(sources, discovered, seen, configuration)
    rules = {**policies.load(), **policies.load_own(sources.root)}
    if options.only is not None:
        rules = {name: policy for name, policy in rules.items() if name in options.only}
    faults = [fault for fault in _faults(rules, repository, discovered, sources, scope) if scope.speaks_of(fault)]
    placer = Placer(
        locate=lambda environment, at: seen.origins[environment].locate(at),
        span=sources.span,
        readers=lambda file: tuple(e.name for e in discovered.environments if file in e.files),
        order=[environment.name for environment in discovered.environments],
    )
    speaking = settled(faults, rules, configuration, discovered, placer)
    found = suppress(findings(speaking, placer), sources)
    found = [finding for finding in found if below.has(finding.file)]
    coverage = _coverage(sources, discovered, seen, rules, below, remarks)
    return Report(tuple(found), coverage, __version__, tuple(seen.incomplete)), total


def read_configuration(sources: Sources) -> Configuration:
    """The configuration of a repository; the default one where there is none. UserError where it is wrong."""
    file = sources.get(CONFIGURATION)
    if file is None:
        if sources.leads_out(CONFIGURATION) or os.path.lexists(sources.root / CONFIGURATION):
            raise UserError(f"{CONFIGURATION} is no file of this repository", "a link must stay inside the repository")
        return config.DEFAULT
    if file.broken:
        raise UserError(f"{CONFIGURATION} cannot be read: {file.broken[0].message}", "", file.broken[0].span)
    data = file.documents[0].data if file.documents else None
    return config.parse(file.text, data, span=lambda route: sources.span(Place(CONFIGURATION, 0, route, "key")))


@dataclass(frozen=True, slots=True)
class _Scope:
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


def _scope(discovered: Discovered, selected: Sequence[Environment], changed: Iterable[str]) -> _Scope:
    names = frozenset(environment.name for environment in selected)
    if len(names) == len(discovered.environments):
        return _Scope(names, None)
    return _Scope(names, frozenset(changed).union(*(environment.files for environment in selected)))


def _selected(
    sources: Sources, discovered: Discovered, options: Options
) -> tuple[list[Environment], list[str] | None, list[str]]:
    """The environments to judge, the changes that chose them (None: none did), and remarks on the choice."""
    remarks = list(discovered.remarks)
    environments = list(discovered.environments)
    changed: list[str] | None = None
    if options.since is not None:
        changed = git.since(sources.root, options.since)
    elif options.staged:
        changed = git.staged(sources.root)
        if changed is None:
            remarks.append("nothing is staged, so everything is judged")
    if changed is not None:
        environments = reached(environments, changed)
    if options.environments is not None:
        names = {environment.name for environment in discovered.environments}
        for name in options.environments:
            if name not in names:
                raise UserError(f"there is no environment {name}", f"there are: {', '.join(sorted(names)) or 'none'}")
        environments = [e for e in environments if e.name in options.environments]
    return environments, changed, remarks


def _faults(
    rules: Mapping[str, Policy], repository: RepositoryView, discovered: Discovered, sources: Sources, scope: _Scope
) -> Iterator[Fault]:
    judged = [one for one in documents(repository, discovered, sources) if scope.has(one.file.path)]
    for policy in rules.values():
        if _is_off(policy, repository.configuration):
            continue
        check = policies.check(policy.id, policy.check, policy.scope)
        if policy.scope == "document":
            for document in judged:
                yield from _told(policy, check(document, policy.parameters), "", "source")
        elif policy.scope == "repository":
            yield from _told(policy, check(repository, policy.parameters), "", "source")
        else:
            for view in repository.environments:
                parameters = _parameters(policy, repository.configuration, view.name)
                for subject in _subjects(policy.scope, view):
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
    for fault in faults:
        about = fault.environment or environment
        source = policy.scope in ("document", "values", "repository")
        yield replace(
            fault,
            rule=policy.id,
            environment=about,
            evidence="source" if source else evidence,
            fix=fault.fix or Suggestion(policy.fix),
        )


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


def _repository(sources: Sources, discovered: Discovered, seen: Seen, configuration: Configuration) -> RepositoryView:
    from hydrogitops.repo.environments import near

    from .inputs import DanglingReference

    files: dict[str, SourceFile] = {name: file for name in sources.names if (file := sources.get(name)) is not None}
    dangling = tuple(
        DanglingReference(one.place, one.text, one.target, one.kind, near(sources, one), one.environments)
        for one in discovered.dangling
    )
    return RepositoryView(tuple(seen.views), configuration, dangling, files, (*discovered.unseen, *seen.unseen))


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
        not_seen=tuple(not_seen),
        remarks=(*remarks, *seen.remarks),
    )
