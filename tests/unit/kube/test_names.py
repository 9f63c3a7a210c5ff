from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.kube.names import NAME_LIMITS, validate_name


def test_what_the_interface_promises() -> None:
    assert validate_name("port-name", "123") == ["must contain at least one letter (a-z)"]
    assert validate_name("configmap-key", ".aZ") == []


@pytest.mark.parametrize(
    ("kind", "text", "broken"),
    [
        ("label-key", "example.com/Name", 0),
        ("label-key", "a" * 253 + "/" + "b" * 63, 0),
        ("label-key", "", 2),
        ("label-key", "/a", 1),
        ("label-key", "a/", 2),
        ("label-key", "a/b/c", 1),
        ("label-key", "Example.com/a", 1),
        ("label-key", "-/-", 2),
        ("label-key", "k" * 64, 1),
        ("label-value", "", 0),
        ("label-value", "a\n", 1),
        # Lengths are bytes.
        ("label-value", "é" * 32, 2),
        ("label-value", "\ud800", 1),
        ("dns1123-label", "my.name", 1),
        ("dns1123-label", "1a", 0),
        ("dns1123-label", "A" * 64, 2),
        ("dns1123-subdomain", "a..b", 1),
        ("dns1035-label", "1a", 1),
        ("env-name", "..", 1),
        ("env-name", "1A", 1),
        ("env-name", "", 1),
        ("configmap-key", "..data", 1),
        ("configmap-key", "../x", 2),
        ("configmap-key", "", 1),
        ("port-name", "", 2),
        ("port-name", "http", 0),
        ("port-name", "-a--b-", 2),
        ("port-name", "a" * 16, 1),
    ],
)
def test_one_message_for_each_rule_broken(kind: str, text: str, broken: int) -> None:
    assert len(validate_name(kind, text)) == broken


def test_an_unknown_kind_is_a_value_error_and_other_types_a_type_error() -> None:
    with pytest.raises(ValueError, match="no kind of name"):
        validate_name("hostname", "a")
    wrong: Any = 1
    with pytest.raises(TypeError):
        validate_name("label-key", wrong)


def test_derived_limits() -> None:
    limits = {kind: limit.characters for kind, limit in NAME_LIMITS.items()}
    assert (limits["StatefulSet"], limits["CronJob"], limits["Helm release"], limits["Job"]) == (52, 52, 53, 63)
