from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.kube import Problem
from hydrogitops.kube.tolerations import tolerates, validate


def test_what_the_interface_promises() -> None:
    taint = {"key": "spot", "value": "1.5", "effect": "NoSchedule"}
    assert tolerates({"key": "spot", "operator": "Exists"}, taint)
    problems = validate([{"key": "a", "operator": "Exists", "value": "x"}])
    assert [(p.field, p.reason) for p in problems] == [("tolerations[0].operator", "FieldValueInvalid")]
    assert all(isinstance(problem, Problem) and problem.message for problem in problems)


@pytest.mark.parametrize(
    ("toleration", "taint", "expected"),
    [
        ({}, {"key": "a", "effect": "NoSchedule"}, True),
        ({"operator": "Exists"}, {"key": "a", "value": "b", "effect": "NoExecute"}, True),
        ({"key": "a"}, {"key": "a", "value": "", "effect": "NoSchedule"}, True),
        ({"key": "a", "value": None}, {"key": "a", "effect": "NoSchedule"}, True),
        ({"key": "a", "value": "1"}, {"key": "a", "value": "1"}, True),
        ({"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}, False),
        ({"key": "a", "effect": "NoSchedule"}, {"key": "a"}, False),
        ({"key": "a"}, {"key": "A"}, False),
        ({"key": "a", "operator": "exists"}, {"key": "a"}, False),
        ({"key": "a", "operator": "Lt", "value": "5"}, {"key": "a", "value": "3"}, False),
        # What the API server would not decode matches nothing.
        ({"key": "a", "value": True}, {"key": "a", "value": "true"}, False),
        ({"key": "a", "value": 1}, {"key": "a", "value": 1}, False),
        ({"key": 1, "operator": "Exists"}, {"key": "1"}, False),
        ({"key": "a", "operator": ["Exists"]}, {"key": "a"}, False),
    ],
)
def test_matching(toleration: dict[str, object], taint: dict[str, object], expected: bool) -> None:
    assert tolerates(toleration, taint) is expected


@pytest.mark.parametrize(
    ("operator", "bound", "value", "expected"),
    [
        ("Lt", "5", "3", True),
        ("Lt", "3", "5", False),
        ("Gt", "-5", "-3", True),
        ("Gt", "5", "5", False),
        ("Lt", "007", "3", False),
        ("Lt", "5", "+3", False),
        ("Lt", "9223372036854775808", "3", False),
        ("Gt", "-9223372036854775808", "0", True),
        ("Gt", "-9223372036854775809", "0", False),
        ("Gt", "1", "9" * 5000, False),
    ],
)
def test_comparison(operator: str, bound: str, value: str, expected: bool) -> None:
    toleration = {"key": "a", "operator": operator, "value": bound}
    assert tolerates(toleration, {"key": "a", "value": value}, comparison=True) is expected


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "a"}, []),
        ({"operator": "Exists"}, []),
        ({"key": "a", "effect": "NoExecute", "tolerationSeconds": -1}, []),
        ({"key": "a", "effect": "NoExecute", "tolerationSeconds": 300.0}, []),
        ({}, [("operator", "FieldValueInvalid")]),
        (None, [("operator", "FieldValueInvalid")]),
        ({"key": "a", "tolerationSeconds": 1}, [("effect", "FieldValueInvalid")]),
        ({"key": "a", "operator": "exists"}, [("operator", "FieldValueNotSupported")]),
        ({"key": "a", "operator": "Lt", "value": "1"}, [("operator", "FieldValueNotSupported")]),
        ({"key": "a", "effect": "noSchedule"}, [("effect", "FieldValueNotSupported")]),
        ({"key": "a b"}, [("key", "FieldValueInvalid")]),
        # A label value's broken rules are one error, a key's are one each.
        ({"key": "a", "value": " " * 64}, [("operator", "FieldValueInvalid")]),
        ({"key": "a/", "operator": "Exists"}, [("key", "FieldValueInvalid"), ("key", "FieldValueInvalid")]),
        # Unquoted values are not decoded, so nothing else is judged.
        ({"key": "a", "value": True, "effect": "x"}, [("value", "FieldValueTypeInvalid")]),
        ({"key": "a", "tolerationSeconds": "300"}, [("tolerationSeconds", "FieldValueTypeInvalid")]),
        ({"key": "a", "tolerationSeconds": 1.5}, [("tolerationSeconds", "FieldValueTypeInvalid")]),
        ({"key": "a", "tolerationSeconds": True}, [("tolerationSeconds", "FieldValueTypeInvalid")]),
        ({"key": "a", "tolerationSeconds": 2**63}, [("tolerationSeconds", "FieldValueTypeInvalid")]),
        ({"key": "a", "tolerationSeconds": float("inf")}, [("tolerationSeconds", "FieldValueTypeInvalid")]),
    ],
)
def test_validity(toleration: Any, expected: list[tuple[str, str]]) -> None:
    problems = validate([toleration])
    assert [(problem.field, problem.reason) for problem in problems] == [
        (f"tolerations[0].{name}", reason) for name, reason in expected
    ]


def test_what_is_no_toleration_is_one_problem_at_its_place() -> None:
    given: Any = [{"key": "a"}, "spot"]
    assert [(p.field, p.reason) for p in validate(given)] == [("tolerations[1]", "FieldValueTypeInvalid")]


@pytest.mark.parametrize("value", ["", "+5", "007", "x", "9223372036854775808"])
def test_a_bound_is_a_plain_integer_of_64_bits(value: str) -> None:
    given = [{"key": "a", "operator": "Gt", "value": value}]
    assert {(p.field, p.reason) for p in validate(given, comparison=True)} == {
        ("tolerations[0].value", "FieldValueInvalid")
    }
    assert not validate([{"key": "a", "operator": "Gt", "value": "-5"}], comparison=True)


def test_other_types_than_the_signature_has() -> None:
    wrong: Any = None
    with pytest.raises(TypeError):
        validate(wrong)
    with pytest.raises(TypeError):
        tolerates(wrong, {})
    with pytest.raises(TypeError):
        tolerates({}, wrong)
