"""What checks say, and what becomes of it: policies, faults, findings, coverage, reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .objects import Evidence
from .places import At, ObjectRef, Place, Route

Severity = Literal["error", "warning", "info"]
Scope = Literal["document", "values", "workload", "object", "secret", "environment", "repository"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""


class Policy(NamedTuple):
    """A rule as data; `severity` and `profiles` may be "off". `source` is the address of the fact behind it."""

    id: str
    severity: str
    profiles: Mapping[str, str]
    scope: Scope
    check: str
    parameters: Mapping[str, Any]
    since: str
    title: str
    why: str
    fix: str
    source: str
    examples: Mapping[str, Any]


class Related(NamedTuple):
    """A place that belongs to a fault: the cause, the other half."""

    at: At
    message: str


class Replacement(NamedTuple):
    """A proposed edit: the text that takes the place of what `at` names (a word, a scalar)."""

    at: At
    text: str


class Suggestion(NamedTuple):
    """The way out in words, and the edits that do it where they are certain."""

    description: str
    edits: tuple[Replacement, ...] = ()
    safe: bool = False


Subject = tuple[object, ...]
"""What a fault speaks of, for precedence between rules: `linter.subjects` makes them."""


class Fault(NamedTuple):
    """What a check yields: one thing wrong in one environment (or in none, for documents and the repository).

    `mild`: the severity of a case that no profile makes harsher ((warning: …), (info: …) in the catalogue).
    `object`, `container`, `path`: what it holds for in the cluster; `label`: a few words under the caret.
    `subjects`: what it speaks of beyond `at`, for precedence.
    """

    rule: str
    message: str
    at: At
    mild: Severity | None = None
    label: str = ""
    related: tuple[Related, ...] = ()
    environment: str = ""
    object: ObjectRef | None = None
    container: str = ""
    path: Route = ()
    evidence: Evidence = "source"
    fix: Suggestion | None = None
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An environment and object that a finding holds for; `path` as `spec.template.spec.containers[0].resources`."""

    environment: str
    severity: Severity
    message: str
    object: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class RelatedPlace:
    """Another place of a finding, end exclusive: the cause, the other half."""

    file: str
    line: int
    column: int
    message: str
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a span, end exclusive, by `text`."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """The way out in words, and the edits that do it where they are certain; `safe`: they need no second look."""

    description: str
    safe: bool
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its place resolved, merged over environments: the fields of the JSON report, version 1."""

    rule: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    environments: tuple[str, ...]
    occurrences: tuple[Occurrence, ...]
    related: tuple[RelatedPlace, ...]
    evidence: Evidence
    origin: Literal["proven", "contract", "candidate"]
    fix: Fix | None
    fingerprint: str
    suppressed: Mapping[str, str] | None = None
    label: str = ""
    """Words under the caret in the text report; not part of the JSON report."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that could not be judged, why, and what mends it (in `reason`)."""

    what: str
    reason: str
    file: str = ""
    environment: str = ""
    at: Place | None = None
    """What in the file says so, where something does. Not part of the JSON report."""
    failed: bool = False
    """An engine ran and said no: something that it was given is wrong. Not part of the JSON report either."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was judged, in counts, and what was not. `objects` counts pairs of environment and object."""

    files: int = 0
    documents: int = 0
    environments: tuple[str, ...] = ()
    objects: int = 0
    rules: int = 0
    not_seen: tuple[Unseen, ...] = ()
    remarks: tuple[str, ...] = field(default=())
    """Said once in the text report: what was assumed. Not part of the JSON report."""
