"""What the rules find in the views, as findings with places: check, settle, resolve, suppress; and what was judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

from hydrogitops.config.configuration import Configuration
from hydrogitops.model import (
    Coverage,
    Environment,
    Fault,
    Field,
    Finding,
    Policy,
    Related,
    SourceFile,
    Suggestion,
    Unseen,
)
from hydrogitops.repo.addresses import shown
from hydrogitops.repo.environments import Discovered, handed
from hydrogitops.repo.sources import Sources

from . import policies
from .documents import documents, templates
from .inputs import EnvironmentView, ObjectView, RepositoryView, SecretView, ValuesView, WorkloadView
from .neighbours import sealed_elsewhere, with_neighbours
from .options import Below, Options
from .private_keys import private_keys
from .resolve import Placer, findings
from .settling import settled
from .suppression import suppress
from .views import Seen

NOTHING = "nothing to lint"
ALSO = {"secrets.plaintext_in_values": "secrets_handed.plaintext_handed"}
"""Checks of the repository that belong to one of another scope: here on values that no environment has a layer of."""


class Judging(NamedTuple):
    """What a run judges, and what of it is asked for."""

    sources: Sources
    discovered: Discovered
    configuration: Configuration
    below: Below

    def compare(
        self,
        seen: Seen,
        rules: Mapping[str, Policy],
        options: Options,
        changed: Sequence[str] | None,
        configured: Callable[[Sources], Configuration],
    ) -> None:
        """Add to the views what lies beside them: other environments in their clusters, the revision of before.

        `configured` reads the configuration of a tree.
        """
        seen.views = with_neighbours(seen.views, self.sources, self.discovered)
        if changed is None:
            return
        from . import base

        asking = [policy for policy in rules.values() if policy.check in base.CHECKS]
        if not all(policies.is_off(policy, self.configuration) for policy in asking):
            seen.views, gaps = base.with_base(seen.views, self.sources, self.discovered, options, changed, configured)
            seen.unseen += gaps

    def findings(self, seen: Seen, rules: Mapping[str, Policy], scope: Scope) -> list[Finding]:
        """What the rules find in the views, of what the run is limited to."""
        repository = _repository(self.sources, self.discovered, seen, self.configuration)._replace(
            private_keys=partial(private_keys, self.sources, scope.files),
            elsewhere=partial(sealed_elsewhere, self.sources, self.discovered, self.configuration, scope.environments),
        )
        told = _faults(rules, repository, self.discovered, self.sources, scope)
        faults = [fault for fault in told if scope.speaks_of(fault)]
        placer = Placer(
            # Whoever settles, tells and merges asks for the same places.
            locate=cache(lambda environment, at: seen.origins[environment].locate(at)),
            span=self.sources.span,
            readers=lambda file: tuple(e.name for e in self.discovered.environments if file in e.files),
            order=[environment.name for environment in self.discovered.environments],
        )
        speaking = settled(faults, rules, self.configuration, self.discovered, placer)
        found = suppress(findings(speaking, placer), self.sources)
        return [finding for finding in found if self.below.has(finding.file)]

    def coverage(self, seen: Seen, rules: Mapping[str, Policy], remarks: Sequence[str]) -> Coverage:
        return _coverage(self.sources, self.discovered, seen, rules, self.below, remarks)


class Scope(NamedTuple):
    """What a run is limited to: environments by name, and files (None: all)."""

    environments: frozenset[str]
    files: frozenset[str] | None

    @classmethod
    def of(cls, discovered: Discovered, selected: Sequence[Environment], changed: Sequence[str] | None) -> Scope:
        names = frozenset(environment.name for environment in selected)
        if len(names) == len(discovered.environments):
            return cls(names, None)
        return cls(names, frozenset(changed or ()).union(*(environment.files for environment in selected)))

    def has(self, file: str) -> bool:
        return self.files is None or file in self.files

    def speaks_of(self, fault: Fault) -> bool:
        """Whether a fault is about what the run is limited to."""
        if fault.environment:
            return fault.environment in self.environments
        return isinstance(fault.at, Field) or self.has(fault.at.file)


def _faults(
    rules: Mapping[str, Policy], repository: RepositoryView, discovered: Discovered, sources: Sources, scope: Scope
) -> Iterator[Fault]:
    judged = [one for one in documents(repository, discovered, sources) if scope.has(one.file.path)]
    subjects = cache(lambda of, index: tuple(_subjects(of, repository.environments[index])))
    for policy in rules.values():
        if policies.is_off(policy, repository.configuration):
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
                parameters = policies.parameters(policy, repository.configuration, view.name)
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
