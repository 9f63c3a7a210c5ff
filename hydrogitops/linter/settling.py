"""How grave a fault is in its environment, and which faults speak once precedence has been at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Environment, Fault, Field, Place, Policy, Span, Subject
from hydrogitops.repo.dangling import VALUES
from hydrogitops.repo.environments import Discovered

from . import policies, subjects
from .precedence import Resolved, settle, silent, together_with
from .resolve import Placer

_Absent = tuple[Subject, frozenset[str]]


def settled(
    faults: Sequence[Fault],
    rules: Mapping[str, Policy],
    configuration: Configuration,
    discovered: Discovered,
    placer: Placer,
) -> list[Resolved]:
    """Severities and subjects of all faults, then precedence within each environment."""
    everywhere: list[Resolved] = []
    by_environment: dict[str, list[Resolved]] = {e.name: [] for e in discovered.environments}
    absent = {e.name: tuple(_absent(e, discovered)) for e in discovered.environments}
    releases = {e.name: tuple(release.name for release in e.releases) for e in discovered.environments}
    for fault in faults:
        severity = _severity(rules[fault.rule], configuration, fault.environment, fault)
        if severity == "off":
            continue
        place, _ = placer.place(fault.at, fault.environment)
        about = frozenset(_about(fault, place))
        causes = frozenset((*_causes(fault, place, placer, absent), *_unset(fault, placer, releases)))
        one = Resolved(fault, severity, about, causes)  # type: ignore[arg-type]
        by_environment.get(fault.environment, everywhere).append(one)
    result: dict[int, Resolved] = {}
    gone: set[int] = set()
    told: dict[int, list[Resolved]] = {}
    for name, group in by_environment.items():
        # A fault of a document or of the repository silences what follows from it in every environment, and one that
        # is silenced in one environment is known by the finding there.
        together = [*everywhere, *group]
        silenced = silent(together)
        gone |= silenced.keys()
        speaking = [one for one in together if id(one) not in silenced]
        for before, one in zip(speaking, settle(together, silenced), strict=True):
            if one.fault.environment or not everywhere:
                result[id(one)] = one
            else:
                told.setdefault(id(before), []).append(_as_of(one, name, placer))
    alone = silent(everywhere)
    speaking = [one for one in everywhere if id(one) not in alone]
    for before, one in zip(speaking, settle(everywhere, alone), strict=True):
        if id(before) not in gone:
            result[id(one)] = together_with(one, told.get(id(before), ()))
    return list(result.values())


def _as_of(one: Resolved, environment: str, placer: Placer) -> Resolved:
    """A fault of no environment as it speaks in one, its related fields as places, which every environment has."""
    if not one.fault.related:
        return one
    found = [(related, placer.place(related.at, environment)[0]) for related in one.fault.related]
    kept = tuple(related._replace(at=place) for related, place in found if isinstance(place, Place))
    return one._replace(fault=one.fault._replace(related=kept))


def _severity(policy: Policy, configuration: Configuration, environment: str, fault: Fault) -> str:
    own = configuration.environments.get(environment)
    stated = [own.rules[policy.id].severity] if own is not None and policy.id in own.rules else []
    if policy.id in configuration.rules:
        stated.append(configuration.rules[policy.id].severity)
    profile = own.profile if own is not None else "staging"
    # What belongs to no environment is judged as in production's own profile only where the rule says so: by its base.
    severity = policies.effective(policy, profile if environment else "", next((s for s in stated if s), None))
    if severity != "off" and fault.mild is not None:
        order = ("error", "warning", "info")
        severity = order[max(order.index(severity), order.index(fault.mild))]
    return severity


def _about(fault: Fault, place: Place | Span) -> Iterator[Subject]:
    """All that a fault speaks of: what the check said, the field, the container, and the place in the file."""
    yield from fault.subjects
    if isinstance(fault.at, Field):
        yield _within(subjects.field(fault.at.object, fault.at.path), fault.at.word)
    if isinstance(place, Place) and place.part != "insert":
        yield _within(subjects.node(place.file, place.document, place.path), place.word)
    elif isinstance(place, Span):
        yield subjects.file(place.file)


def _absent(environment: Environment, discovered: Discovered) -> Iterator[_Absent]:
    """The values files that an environment lacks, each with the files that hold its values or name them."""
    for one in discovered.dangling:
        if one.kind == VALUES and environment.name in one.environments:
            layers = {layer.file for release in environment.releases for layer in release.layers}
            yield subjects.file(one.target), frozenset((*layers, one.place.file))


def _causes(
    fault: Fault, place: Place | Span, placer: Placer, absent: Mapping[str, Sequence[_Absent]]
) -> Iterator[Subject]:
    if isinstance(place, Place) and place.part == "insert":
        # What no layer says may stand in the one that is not there.
        yield from (file for file, files in absent.get(fault.environment, ()) if place.file in files)
        # What is missing below a node follows from what is wrong with the node, but says nothing of what stands there.
        yield subjects.node(place.file, place.document, place.path)
    for related in fault.related:
        other, _ = placer.place(related.at, fault.environment)
        if isinstance(other, Place):
            yield subjects.node(other.file, other.document, other.path)


def _unset(fault: Fault, placer: Placer, releases: Mapping[str, Sequence[str]]) -> Iterator[Subject]:
    """The value that no layer writes, for what follows from its absence: a misspelt key says why."""
    if isinstance(fault.at, Field):
        located = placer.locate(fault.environment, fault.at)
        if located.values and not located.exists:
            yield from (subjects.value(name, located.values) for name in releases.get(fault.environment, ()))


def _within(subject: Subject, word: tuple[int, int] | None) -> Subject:
    """A word of a scalar is a part of it."""
    return subject if word is None else (*subject, "word", *word)
