"""Parameters as `helm --set` takes them."""

from __future__ import annotations

import pytest

from hydrogitops.model import Parameter, Route
from hydrogitops.repo.parameters import DEEPEST, ParameterError, conflict, expanded, parameter, path_of


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("a[0]", ("a", 0)),
        ("a.b[10].c", ("a", "b", 10, "c")),
        ("a[1][2].c", ("a", 1, 2, "c")),
        (r"nodeSelector.kubernetes\.io/role", ("nodeSelector", "kubernetes.io/role")),
        (r"a\,b\=c\[0].d", ("a,b=c[0]", "d")),
        ("a b", ("a b",)),
    ],
)
def test_names(name: str, path: Route) -> None:
    assert path_of(name) == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a[",
        "a[x]",
        "a[-1]",
        "a[0]b",
        "a[1001]",
        "a=b",
        "a,b",
        "[0]",
        "a[]",
        "x" + ".a" * 31,
    ],
)
def test_names_that_helm_refuses(name: str) -> None:
    with pytest.raises(ParameterError):
        path_of(name)


def test_the_deepest_name() -> None:
    assert len(path_of("x" + ".a" * DEEPEST)) == DEEPEST + 1


@pytest.mark.parametrize(
    ("text", "value", "forced"),
    [
        ("1", 1, "1"),
        ("0", 0, "0"),
        ("-5", -5, "-5"),
        ("010", "010", "010"),
        ("1.5", "1.5", "1.5"),
        ("1e3", "1e3", "1e3"),
        ("9223372036854775808", "9223372036854775808", "9223372036854775808"),
        ("true", True, "true"),
        ("False", False, "False"),
        ("yes", "yes", "yes"),
        ("null", None, "null"),
        ("Null", None, "Null"),
        ("", "", ""),
        ("a,b", "a,b", "a,b"),
        (r"a\,b", "a,b", "a,b"),
        (r"C:\\x", r"C:\x", r"C:\x"),
        ("{a,1,true}", ["a", 1, True], ["a", "1", "true"]),
        (r"{a\,b,c}", ["a,b", "c"], ["a,b", "c"]),
        ("{}", [""], [""]),
        ("1Gi", "1Gi", "1Gi"),
    ],
)
def test_values(text: str, value: object, forced: object) -> None:
    for string, expected in ((False, value), (True, forced)):
        found = parameter("a", text, (), string=string).value
        assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("text", ["{a,b", "{a},b}"])
def test_lists_that_helm_refuses(text: str) -> None:
    with pytest.raises(ParameterError):
        parameter("a", text, (), string=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$NAME-x", "web-x"), ("${NAME}x", "webx"), ("$$NAME", "$NAME"), ("$NONE.", "."), ("a$", "a$"), ("$ x", "$ x")],
)
def test_variables(text: str, expected: str) -> None:
    assert expanded(text, {"NAME": "web"}) == expected


@pytest.mark.parametrize("text", ["$LATER", "x${LATER}", "${NAME"])
def test_variables_that_nobody_knows_yet(text: str) -> None:
    with pytest.raises(ParameterError):
        expanded(text, {"NAME": "web", "LATER": None})


@pytest.mark.parametrize(
    ("names", "clashes"),
    [
        (("a.b", "a.c"), None),
        (("a.b", "a"), "a.b"),
        (("a", "a.b.c"), "a.b.c"),
        (("a[0]", "a[1]"), None),
        (("a[0]", "a[0].b"), "a[0].b"),
        (("a", r"\a"), "a"),
    ],
)
def test_parameters_that_depend_on_their_order(names: tuple[str, ...], clashes: str | None) -> None:
    found = conflict([parameter(name, "x", (name,), string=True) for name in names])
    assert (found.at[0] if isinstance(found, Parameter) else None) == clashes
