"""How written YAML looks; that it reads back the same is a property (tests/property/test_emitting.py)."""

from __future__ import annotations

import pytest

from hydrogitops.source.emitting import flow, scalar, stream, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("hydro", "hydro"),
        ("500m", "500m"),
        ("1.5Gi", "1.5Gi"),
        ("https://a.example.com:443/b", "https://a.example.com:443/b"),
        ("", '""'),
        ("1.34", '"1.34"'),
        ("yes", '"yes"'),
        (".inf", '".inf"'),
        ("123456789012", '"123456789012"'),
        ("-Xmx1g -Xms512m", '"-Xmx1g -Xms512m"'),
        ("a, b", '"a, b"'),
        ("a\nb", '"a\\nb"'),
        ("x " * 200 + "x", '"' + "x " * 200 + 'x"'),
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
    ],
)
def test_scalars(value: object, written: str) -> None:
    assert scalar(value) == written


def test_a_comment_stands_two_blanks_behind() -> None:
    assert scalar("TODO", "TODO: host") == "TODO  # TODO: host"
    data = {"long-name": "TODO", "list": [{"a": "TODO", "b": "TODO"}, "TODO"]}
    assert text(data, remark=lambda path, value: ".".join(map(str, path))) == (
        "long-name: TODO  # long-name\nlist:\n  - a: TODO  # list.0.a\n    b: TODO  # list.0.b\n  - TODO  # list.1\n"
    )


def test_a_text_of_lines_gets_no_comment_into_it() -> None:
    assert text({"a": "b\nc\n"}, remark=lambda *_: "remark") == "a: |\n  b\n  c\n"


def test_one_line() -> None:
    data = {"key": "node", "url": "https://a", "list": [{"a": None}, [], {}]}
    assert flow(data) == '{key: node, url: "https://a", list: [{a: null}, [], {}]}'
    assert text({"a": {"b": "1"}, "c": ["d"]}, one_line=lambda value: value == ["d"]) == 'a:\n  b: "1"\nc: [d]\n'


def test_documents() -> None:
    assert stream([{"a": {"b": []}}, {"c": ["d", {"e": "f", "g": {}}]}]) == (
        "---\na:\n  b: []\n---\nc:\n  - d\n  - e: f\n    g: {}\n"
    )
    assert stream([]) == ""


def test_the_same_thing_twice_is_no_alias() -> None:
    shared = {"app": "x"}
    assert text({"a": shared, "b": shared}) == "a:\n  app: x\nb:\n  app: x\n"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (object(), TypeError),
        ({1, 2}, TypeError),
        (b"a", TypeError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
    ],
)
def test_what_has_no_text(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        text({"a": [value]})
    with pytest.raises(error):
        scalar(value)
