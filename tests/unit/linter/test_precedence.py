"""One fault, one finding: the chains as data, and what becomes of those that are silenced."""

from __future__ import annotations

import pytest

from hydrogitops.linter import subjects
from hydrogitops.linter.precedence import Resolved, settle, silences, silent
from hydrogitops.model import Fault, ObjectRef, Place, Severity, Subject

WEB = ObjectRef("Deployment", "shop", "web")


def fault(rule: str, severity: Severity, *about: Subject) -> Resolved:
    return Resolved(Fault(rule, f"{rule} speaks", Place("a.yaml", 0, (rule,))), severity, frozenset(about))


@pytest.mark.parametrize(
    ("strong", "weak", "expected"),
    [
        ("repo/yaml", "values/contract", True),
        ("values/duplicate-key", "jvm/quoting", True),
        ("hydrosphere/open-answer", "values/contract", True),
        ("values/contract", "hydrosphere/open-answer", False),
        ("resources/quantity-invalid", "resources/tight-fit", True),
        ("resources/request-over-limit", "resources/tight-fit", True),
        ("resources/tight-fit", "resources/unschedulable", False),
        ("jvm/heap-over-limit", "jvm/pct-high", True),
        ("jvm/variable-unread", "jvm/heap-unset", True),
        ("scheduling/dead-tolerations", "scheduling/toleration-missing", True),
        ("images/moved", "images/unpinned", True),
        ("values/type-change", "hydrosphere/region", False),
        ("jvm/heap-waste", "resources/cpu-limit", False),
        ("values/contract", "schema/invalid", True),
        ("argocd/destination-invalid", "argocd/project-forbids", True),
        ("argocd/project-forbids", "argocd/destination-invalid", False),
        ("secrets/placeholder", "values/yaml-trap", True),
        # Both speak of a value before all others: stated for the two, the first one wins.
        ("secrets/non-string", "secrets/placeholder", True),
        ("secrets/placeholder", "secrets/non-string", False),
        # The value under a wrong key is open; the one that lacks is another one.
        ("secrets/placeholder", "secrets/consumer-key-missing", False),
    ],
)
def test_who_silences_whom(strong: str, weak: str, *, expected: bool) -> None:
    assert silences(strong, weak) is expected


def test_the_one_that_speaks_takes_the_worst_severity_and_names_the_other() -> None:
    place = subjects.container(WEB, "web")
    dead = fault("resources/dead-value", "warning", place)
    lacking = fault("resources/memory-limit-missing", "error", place)
    (spoken,) = settle([lacking, dead])
    assert (spoken.fault.rule, spoken.severity) == ("resources/dead-value", "error")
    assert [one.message for one in spoken.fault.related] == [
        "so also resources/memory-limit-missing: resources/memory-limit-missing speaks"
    ]


def test_an_open_answer_keeps_its_own_severity() -> None:
    node = subjects.node("values.yaml", 0, ("global", "url"))
    (spoken,) = settle([fault("values/contract", "error", node), fault("hydrosphere/open-answer", "warning", node)])
    assert (spoken.fault.rule, spoken.severity) == ("hydrosphere/open-answer", "warning")


def test_other_things_are_not_silenced() -> None:
    dead = fault("resources/dead-value", "warning", subjects.container(WEB, "web"))
    lacking = fault("resources/memory-limit-missing", "error", subjects.container(WEB, "worker"))
    assert settle([dead, lacking]) == [dead, lacking]


def test_what_lies_below_is_covered_and_what_lies_above_is_not() -> None:
    key = subjects.node("values.yaml", 0, ("manager",))
    below = subjects.node("values.yaml", 0, ("manager", "javaOpts"))
    assert covers(key, below)
    assert not covers(below, key)
    assert covers(subjects.document("values.yaml", 0), below)


def test_silence_is_handed_on() -> None:
    """A rule that is silenced itself still silences: all that follows belongs to the first."""
    node = subjects.node("values.yaml", 0, ("a",))
    chain = [
        fault("values/type-change", "warning", node),
        fault("values/contract", "error", node),
        fault("values/duplicate-key", "error", node),
    ]
    (spoken,) = settle(chain)
    assert spoken.fault.rule == "values/duplicate-key"
    assert len(spoken.fault.related) == 2


REFERENCES = [ObjectRef("Deployment", "shop", "web", version, nth) for version in ("", "apps/v1") for nth in (0, 1)]
KEYS = [
    *(subjects.document("values.yaml", index) for index in (0, 1)),
    *(subjects.node("values.yaml", index, route) for index in (0, 1) for route in ((), ("a",), ("a", 0), ("b",))),
    *(
        subject
        for reference in REFERENCES
        for subject in (
            subjects.workload(reference),
            subjects.container(reference, "web"),
            subjects.container(reference, "worker"),
            subjects.machine(reference, "web"),
            subjects.field(reference, ("spec",)),
            subjects.field(reference, ("spec", "replicas")),
        )
    ),
    subjects.workload(WEB._replace(name="other")),
    subjects.render("prod"),
    subjects.failure("prod"),
]


def covers(strong: Subject, weak: Subject) -> bool:
    """As `silent` looks it up."""
    return not set(subjects.keys(strong)).isdisjoint(subjects.found_by(weak))


def lies_in(strong: Subject, weak: Subject) -> bool:
    """By definition: below it, of the same workload where one of the two does not say of which version."""
    if strong[0] == "document" and weak[0] == "node":
        return weak[1:3] == strong[1:3]
    if strong[0] == weak[0] == "workload" and None in (strong[3], weak[3]):
        strong, weak = (*strong[:3], *strong[4:]), (*weak[:3], *weak[4:])
    return weak[: len(strong)] == strong


@pytest.mark.parametrize("strong", KEYS, ids=repr)
def test_what_is_looked_up_is_what_is_covered(strong: Subject) -> None:
    assert [covers(strong, weak) for weak in KEYS] == [lies_in(strong, weak) for weak in KEYS]


def test_of_several_that_silence_the_first_speaks() -> None:
    node = subjects.node("values.yaml", 0, ("a",))
    first, second = (fault("values/duplicate-key", "error", subjects.node("values.yaml", 0, r)) for r in ((), ("a",)))
    weak = fault("values/contract", "error", node)
    assert silent([weak, first, second]) == {id(weak): first}
    assert silent([second, weak, first]) == {id(weak): second}
