"""From faults to findings: places become lines, faults of one place in several environments become one finding."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from hydrogitops.charts.origins import Known, Located
from hydrogitops.model import (
    SEVERITIES,
    At,
    Edit,
    Fault,
    Field,
    Finding,
    Fix,
    Occurrence,
    Place,
    Related,
    RelatedPlace,
    Route,
    Span,
    Suggestion,
)

from .precedence import Resolved

KNOWN: tuple[Known, ...] = ("candidate", "contract", "proven")
"""How sure a place is, the least first."""
_MARKS = frozenset("./[]")


class Placer(NamedTuple):
    """Turns what faults point at into places and spans. `locate` takes an environment's name and a field."""

    locate: Callable[[str, Field], Located]
    span: Callable[[Place], Span]
    readers: Callable[[str], tuple[str, ...]]
    """Environments that read a file."""
    order: Sequence[str]
    """Environments in the order in which they are listed."""

    def place(self, at: At, environment: str) -> tuple[Place | Span, Known]:
        if isinstance(at, Field):
            located = self.locate(environment, at)
            return located.place, located.known
        return at, "proven"

    def resolve(self, at: At, environment: str) -> Span:
        place, _ = self.place(at, environment)
        return place if isinstance(place, Span) else self.span(place)


class _Placed(NamedTuple):
    one: Resolved
    place: Place | Span
    known: Known


def findings(faults: Iterable[Resolved], placer: Placer) -> list[Finding]:
    """Findings of all faults, merged by rule, place, kind, container and field; sorted by file, line, column, rule."""
    groups: dict[tuple[object, ...], list[_Placed]] = defaultdict(list)
    for one in faults:
        place, known = placer.place(one.fault.at, one.fault.environment)
        kind = one.fault.object.kind if one.fault.object is not None else ""
        key = (one.fault.rule, place, kind, one.fault.container, _field(one.fault.path))
        groups[key].append(_Placed(one, place, known))
    position = {name: index for index, name in enumerate(placer.order)}
    made = [_finding(group, position, placer) for group in groups.values()]
    return _with_ordinals(sorted(made, key=lambda f: (f.file, f.line, f.column, f.rule, f.message)))


def text_of(path: Route) -> str:
    """A route as the API server writes it: `spec.template.spec.containers[0].image`."""
    text = ""
    for key in path:
        if isinstance(key, int) or not _MARKS.isdisjoint(key):
            text += f"[{key}]"
        else:
            text += f".{key}" if text else key
    return text


def _finding(group: list[_Placed], position: Mapping[str, int], placer: Placer) -> Finding:
    def rank(placed: _Placed) -> tuple[int, int]:
        return SEVERITIES.index(placed.one.severity), position.get(placed.one.fault.environment, 0)

    group = sorted(group, key=rank)
    worst = group[0]
    fault = worst.one.fault
    span = worst.place if isinstance(worst.place, Span) else placer.span(worst.place)
    occurrences = sorted(
        {_occurrence(placed): None for placed in group},
        key=lambda o: (position.get(o.environment, -1), str(dict(o.object or {}).get("name", ""))),
    )
    environments = dict.fromkeys(o.environment for o in occurrences if o.environment)
    if not environments:
        environments = dict.fromkeys(placer.readers(span.file))
    return Finding(
        rule=fault.rule,
        severity=worst.one.severity,
        message=fault.message,
        file=span.file,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        environments=tuple(sorted(environments, key=lambda name: position.get(name, 0))),
        occurrences=tuple(_hashable_free(o) for o in occurrences),
        related=_related(group, placer),
        evidence=fault.evidence,
        origin=min((placed.known for placed in group), key=KNOWN.index),
        fix=_fix(fault.fix, fault.environment, placer),
        fingerprint=_fingerprint(fault, worst.place),
        label=fault.label,
    )


class _Key(NamedTuple):
    environment: str
    severity: str
    message: str
    object: tuple[tuple[str, str], ...] | None


def _occurrence(placed: _Placed) -> _Key:
    fault = placed.one.fault
    named: tuple[tuple[str, str], ...] | None = None
    if fault.object is not None:
        parts = {"kind": fault.object.kind, "namespace": fault.object.namespace, "name": fault.object.name}
        if fault.container:
            parts["container"] = fault.container
        if fault.path:
            parts["path"] = text_of(fault.path)
        named = tuple(parts.items())
    return _Key(fault.environment, placed.one.severity, fault.message, named)


def _hashable_free(key: _Key) -> Occurrence:
    named: Mapping[str, str] | None = dict(key.object) if key.object is not None else None
    return Occurrence(key.environment, key.severity, key.message, named)  # type: ignore[arg-type]


def _related(group: list[_Placed], placer: Placer) -> tuple[RelatedPlace, ...]:
    """The related places of the worst fault, and of the others where they name further places."""
    found: dict[tuple[str, int, int], RelatedPlace] = {}
    for placed in group:
        for related in placed.one.fault.related:
            place = _related_place(related, placed.one.fault.environment, placer)
            if place is not None:
                found.setdefault((place.file, place.line, place.column), place)
    return tuple(found.values())


def _related_place(related: Related, environment: str, placer: Placer) -> RelatedPlace | None:
    span = placer.resolve(related.at, environment)
    if not span.file:
        return None
    return RelatedPlace(span.file, span.line, span.column, related.message, span.end_line, span.end_column)


def _fix(fix: Suggestion | None, environment: str, placer: Placer) -> Fix | None:
    if fix is None:
        return None
    edits = []
    for replacement in fix.edits:
        span = placer.resolve(replacement.at, environment)
        edits.append(Edit(span.file, span.line, span.column, span.end_line, span.end_column, replacement.text))
    return Fix(fix.description, fix.safe and bool(edits), tuple(edits))


def _field(path: Route) -> tuple[str, ...]:
    return tuple(str(key) for key in path if not isinstance(key, int))


def _fingerprint(fault: Fault, place: Place | Span) -> str:
    """Made of rule, kind, name, container and path without list positions, never of lines."""
    route = place.path if isinstance(place, Place) else ()
    file = place.file
    about = (
        (fault.object.kind, fault.object.name, fault.container, *_field(fault.path))
        if fault.object is not None
        else (file, *_field(route))
    )
    return hashlib.sha256("\0".join((fault.rule, *about)).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _with_ordinals(made: list[Finding]) -> list[Finding]:
    """Where two fingerprints are the same, the second and later ones carry an ordinal."""
    seen: Counter[str] = Counter()
    result = []
    for finding in made:
        seen[finding.fingerprint] += 1
        count = seen[finding.fingerprint]
        result.append(finding if count == 1 else replace(finding, fingerprint=f"{finding.fingerprint}-{count}"))
    return result
