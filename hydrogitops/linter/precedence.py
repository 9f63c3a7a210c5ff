"""One fault, one finding: which rule keeps silent where another one already speaks of the thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from hydrogitops.model import SEVERITIES, Fault, Related, Severity, Subject

from . import subjects

ALL = "*"


class Resolved(NamedTuple):
    """A fault with its severity settled, what it speaks of, and what it follows from besides (its causes)."""

    fault: Fault
    severity: Severity
    subjects: frozenset[Subject]
    causes: frozenset[Subject] = frozenset()


_QUANTITY = ("resources/quantity-invalid", "resources/quantity-suspicious")
_FROM_QUANTITIES = (
    "resources/request-over-limit",
    "resources/unschedulable",
    "resources/tight-fit",
    "resources/quota",
    "resources/qos-drift",
    "jvm/heap-over-limit",
    "jvm/total-over-limit",
    "jvm/heap-unset",
    "jvm/no-limit-pct",
    "jvm/initial-heap-over-request",
    "jvm/pct-high",
    "jvm/pct-small-limit",
    "jvm/minram-misread",
    "jvm/gc-ergonomics",
    "jvm/heap-waste",
)
_EXITS = (
    "jvm/quoting",
    "jvm/size-space",
    "jvm/size-syntax",
    "jvm/xms-over-xmx",
    "jvm/xss-small",
    "jvm/xss-unit",
    "jvm/pct-syntax",
    "jvm/pct-range",
    "jvm/removed-flag",
    "jvm/locked-flag",
    "jvm/gc-conflict",
    "jvm/wont-start",
)
_FROM_OPTIONS = (
    *_EXITS,
    "jvm/heap-over-limit",
    "jvm/total-over-limit",
    "jvm/initial-heap-over-request",
    "jvm/heap-waste",
)
_DEAD = (
    "secrets/plaintext-in-values",
    "hydrosphere/aws-credential-secret",
    "jvm/variable-unread",
    "resources/dead-value",
    "scheduling/dead-tolerations",
    "values/contract",
    "values/dead",
    "values/shadowed",
)
_LACKING = (
    "resources/memory-limit-missing",
    "resources/memory-request-missing",
    "resources/cpu-request-missing",
    "resources/qos-drift",
    "scheduling/toleration-missing",
    "jvm/heap-unset",
    "jvm/heap-over-limit",
    "jvm/total-over-limit",
    "jvm/initial-heap-over-request",
    "jvm/heap-waste",
)
_SEALED_VALUE = (
    "secrets/non-string",
    "secrets/placeholder",
    "secrets/not-base64",
    "secrets/plain-base64",
    "secrets/bad-prefix",
    "secrets/too-short",
    "secrets/key-size-mismatch",
    "secrets/wrong-certificate",
)
_LABEL = (
    "secrets/scope-annotation",
    "secrets/namespace-missing",
    "secrets/renamed-by-overlay",
    "secrets/label-drift",
    "secrets/provenance-label",
    "secrets/copied",
)
_HYDROSPHERE = (
    "hydrosphere/ecr-create-on-push",
    "hydrosphere/ecr-static-password",
    "hydrosphere/database-version",
    "hydrosphere/documentdb-writes",
    "hydrosphere/bucket-name",
    "hydrosphere/region",
    "hydrosphere/release-name",
    "hydrosphere/one-release",
    "hydrosphere/aws-credential-secret",
    "hydrosphere/registry-insecure",
)

CHAINS: tuple[tuple[tuple[str, ...], ...], ...] = (
    # Unread or open.
    (("repo/yaml",), (ALL,)),
    (("values/duplicate-key",), (ALL,)),
    (("repo/dangling-reference",), (ALL,)),
    (("hydrosphere/open-answer", "secrets/placeholder"), (ALL,)),
    # What breaks a render, before that nothing came of it.
    (("values/contract",), ("values/type-change",), ("lint/not-seen",)),
    # Misread.
    ((*_QUANTITY, "secrets/non-string"), ("values/yaml-trap",)),
    (
        ("values/yaml-trap",),
        (
            "values/contract",
            "values/type-change",
            "values/condition-not-boolean",
            "scheduling/selector-unmatched",
        ),
    ),
    # Dead, and what lacks because of it.
    *(((name,), _DEAD[position + 1 :]) for position, name in enumerate(_DEAD[:-1])),
    (_DEAD, _LACKING),
    # Stated before general.
    (_HYDROSPHERE, ("values/contract",), ("values/condition-not-boolean",), ("values/type-change",), ("values/null",)),
    (("values/contract",), _FROM_OPTIONS),
    (("resources/quantity-invalid",), ("values/type-change",)),
    # A patch that kustomize refuses explains why nothing is built.
    (("repo/patch-unmatched",), ("lint/not-seen",)),
    (("flux/values-from-missing",), ("lint/not-seen", "values/contract", *_HYDROSPHERE)),
    (("flux/depends-on",), ("flux/secrets-order",)),
    (("images/moved",), ("images/latest",), ("images/unpinned",)),
    # A destination that is none cannot be allowed either.
    (("argocd/destination-invalid",), ("argocd/project-forbids",)),
    # Invalid before derived.
    (_QUANTITY, _FROM_QUANTITIES),
    (("resources/request-over-limit",), ("resources/unschedulable",), ("resources/tight-fit",)),
    (
        ("scheduling/toleration-invalid",),
        ("scheduling/toleration-everything", "scheduling/toleration-unused", "scheduling/toleration-missing"),
    ),
    (("scheduling/toleration-unused", "scheduling/selector-unmatched"), ("scheduling/toleration-missing",)),
    # Missing.
    (
        ("resources/quantity-invalid",),
        (
            "resources/memory-limit-missing",
            "resources/memory-request-missing",
            "resources/cpu-request-missing",
        ),
    ),
    (
        ("resources/memory-limit-missing",),
        ("resources/memory-request-missing", "jvm/no-limit-pct", "values/null"),
    ),
    # A JVM that exits. Only its words that are fatal speak of it.
    (_EXITS, ("jvm/variable-unread",)),
    # The heap.
    (("jvm/no-container-support",), ("jvm/heap-unset",), ("jvm/xms-raises-max", "jvm/pct-fraction")),
    (("jvm/heap-over-limit",), ("jvm/total-over-limit",), ("jvm/pct-high",)),
    (("jvm/heap-over-limit",), ("jvm/initial-heap-over-request",)),
    (("jvm/pct-fraction", "jvm/pct-small-limit"), ("jvm/heap-waste",)),
    # Sealed: one finding a value, one a label, and these before what is only old or unknown.
    *(((name,), _SEALED_VALUE[position + 1 :]) for position, name in enumerate(_SEALED_VALUE[:-1])),
    *(((name,), _LABEL[position + 1 :]) for position, name in enumerate(_LABEL[:-1])),
    ((*_SEALED_VALUE, *_LABEL), ("secrets/stale", "secrets/unknown-provenance")),
    (("secrets/scope-annotation",), ("secrets/cluster-wide",)),
    (("secrets/private-key",), ("secrets/plain-secret",), ("secrets/noise",)),
    (("secrets/plaintext-in-values",), ("secrets/default-credential",), ("secrets/plaintext-rendered",)),
    # Every other rule speaks before the schema on the same field.
    ((ALL,), ("schema/invalid",)),
)
"""Each chain: earlier groups silence later ones. `*` is every other rule."""

APART = frozenset((("secrets/placeholder", "secrets/consumer-key-missing"),))
"""Strong and weak that a chain with `*` does not mean: an open value under a wrong key is not the one that lacks."""

KEEP_SEVERITY = frozenset(("hydrosphere/open-answer", "secrets/placeholder"))


def settle(faults: Sequence[Resolved], silenced: Mapping[int, Resolved] | None = None) -> list[Resolved]:
    """The faults that speak, of one environment: those that another one covers are related places of that one.

    The one that speaks takes the severity of the worst that it silences. `silenced`: what `silent` says of them.
    """
    silenced = silent(faults) if silenced is None else silenced
    heirs: dict[int, list[Resolved]] = defaultdict(list)
    for weak in faults:
        heir = weak
        seen = {id(weak)}
        while id(heir) in silenced and id(silenced[id(heir)]) not in seen:
            heir = silenced[id(heir)]
            seen.add(id(heir))
        if heir is not weak:
            heirs[id(heir)].append(weak)
    return [_with_heirs(fault, heirs.get(id(fault), ())) for fault in faults if id(fault) not in silenced]


def silent(faults: Sequence[Resolved]) -> dict[int, Resolved]:
    """By the `id` of each fault that keeps silent the one that silences it."""
    by_rule: dict[str, dict[Subject, tuple[int, Resolved]]] = defaultdict(dict)
    for position, fault in enumerate(faults):
        first = by_rule[fault.fault.rule]
        for subject in fault.subjects:
            for key in subjects.keys(subject):
                first.setdefault(key, (position, fault))
    present = frozenset(by_rule)
    silenced: dict[int, Resolved] = {}
    for weak in faults:
        stronger = _stronger(weak.fault.rule, present)
        wanted = (
            [key for subject in weak.subjects | weak.causes for key in subjects.found_by(subject)] if stronger else []
        )
        for rule in stronger:
            found = [by_rule[rule][key] for key in wanted if key in by_rule[rule]]
            if found:
                silenced[id(weak)] = min(found, key=itemgetter(0))[1]
                break
    return silenced


def silences(strong: str, weak: str) -> bool:
    """Whether `strong` silences `weak` where both speak of one thing."""
    return strong != weak and strong in _stronger(weak, frozenset((strong,)))


@cache
def _stronger(weak: str, present: frozenset[str]) -> tuple[str, ...]:
    """Rules among those present that silence `weak`, in the order of the chains."""
    found: dict[str, None] = {}
    for chain in CHAINS:
        level = next((i for i, group in enumerate(chain) if i > 0 and (weak in group or ALL in group)), None)
        if level is None:
            continue
        for group in chain[:level]:
            for rule in present if ALL in group else group:
                if rule in present and rule != weak and (rule, weak) not in APART and not _outranks(weak, rule, chain):
                    found[rule] = None
    return tuple(found)


def _outranks(weak: str, strong: str, chain: tuple[tuple[str, ...], ...]) -> bool:
    """With `*` a rule could stand on both sides: what is unread first keeps the upper hand."""
    if ALL not in {name for group in chain for name in group}:
        return False
    if any(_level(weak, one) < _level(strong, one) < len(one) for one in CHAINS):
        return True
    order = [name for head in CHAINS[:4] for name in head[0]]
    return weak in order and (strong not in order or order.index(weak) < order.index(strong))


def _level(rule: str, chain: tuple[tuple[str, ...], ...]) -> int:
    """Where a chain names a rule; its length where it doesn't."""
    return next((level for level, group in enumerate(chain) if rule in group), len(chain))


def together_with(fault: Resolved, others: Iterable[Resolved]) -> Resolved:
    """A fault of no environment, as it speaks in each: with the worst severity, and all that is related."""
    others = list(others)
    if not others:
        return fault
    worst = min((fault, *others), key=lambda one: SEVERITIES.index(one.severity)).severity
    related = _distinct([*fault.fault.related, *(place for one in others for place in one.fault.related)])
    return fault._replace(fault=fault.fault._replace(related=tuple(related)), severity=worst)


def _with_heirs(fault: Resolved, heirs: Iterable[Resolved]) -> Resolved:
    heirs = list(heirs)
    if not heirs:
        return fault
    related = tuple(Related(heir.fault.at, f"so also {heir.fault.rule}: {heir.fault.message}") for heir in heirs)
    worst = min((fault, *heirs), key=lambda one: SEVERITIES.index(one.severity)).severity
    return fault._replace(
        fault=fault.fault._replace(related=(*fault.fault.related, *_distinct(related))),
        severity=fault.severity if fault.fault.rule in KEEP_SEVERITY else worst,
    )


def _distinct(related: Iterable[Related]) -> list[Related]:
    return list({(one.at, one.message): one for one in related}.values())
