"""A key that may not be there yet: set with the maps above it, every other byte as before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.source import emitting, load
from hydrogitops.source.edits import EditError
from hydrogitops.source.insertions import put
from hydrogitops.source.reading import read

PATH = ("environments", "prod", "pin")


def put_in(text: str, path: tuple[str, ...] = PATH, *, behind: str = "") -> str:
    return put(read("c.yaml", text), path, "abc", behind=behind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "environments:\n  prod:\n    pin: abc\n"),
        ("# only\n", "# only\nenvironments:\n  prod:\n    pin: abc\n"),
        ("---\n", "---\nenvironments:\n  prod:\n    pin: abc\n"),
        ("version: 1", "version: 1\nenvironments:\n  prod:\n    pin: abc"),
        ("---\nversion: 1\n...\n", "---\nversion: 1\nenvironments:\n  prod:\n    pin: abc\n...\n"),
        ("environments:\nb: 1\n", "environments:\n  prod:\n    pin: abc\nb: 1\n"),
        ("environments: {}  # none\n", "environments: {prod: {pin: abc}}  # none\n"),
        ("environments: {prod: {a: 1,}}\n", "environments: {prod: {a: 1, pin: abc,}}\n"),
        ("environments: {\n  prod: {a: 1} # x\n  }\n", "environments: {\n  prod: {a: 1, pin: abc} # x\n  }\n"),
        ("environments:\n  prod:  # c\n  dev: {}\n", "environments:\n  prod:  # c\n    pin: abc\n  dev: {}\n"),
        ("environments:\n  prod: ~\n", "environments:\n  prod: {pin: abc}\n"),
        ("environments:\n  prod:\n    a: 1  # why\n\n# end\n", "environments:\n  prod:\n    a: 1  # why\n    pin: abc\n\n# end\n"),
        ("environments:\r\n  prod:\r\n    a: 1\r\nb: 2\r\n", "environments:\r\n  prod:\r\n    a: 1\r\n    pin: abc\r\nb: 2\r\n"),
        ("\ufeffversion: 1\n", "\ufeffversion: 1\nenvironments:\n  prod:\n    pin: abc\n"),
        (
            "environments:\n    prod:\n        l:\n        - a\n        - b: {c: d}\n        # behind\n    dev: 1\n",
            "environments:\n    prod:\n        l:\n        - a\n        - b: {c: d}\n        pin: abc\n        # behind\n    dev: 1\n",
        ),
        (
            "environments:\n  prod:\n    a: |\n      text\n# c\nb: 1\n",
            "environments:\n  prod:\n    a: |\n      text\n    pin: abc\n# c\nb: 1\n",
        ),
        ("environments:\n  prod:\n    pin: old # note\n", "environments:\n  prod:\n    pin: abc # note\n"),
        ("version: 1\n---\nother: 1\n", "version: 1\nenvironments:\n  prod:\n    pin: abc\n---\nother: 1\n"),
        ("environments:\n  prod:\n    <<: {a: 1}\n", "environments:\n  prod:\n    <<: {a: 1}\n    pin: abc\n"),
    ],
)  # fmt: skip
def test_put(text: str, expected: str) -> None:
    assert put_in(text) == expected


def test_behind_a_key_that_is_there() -> None:
    text = "environments:\n  prod:\n    a: 1  # one\n    b: 2\n"
    assert put_in(text, behind="a") == "environments:\n  prod:\n    a: 1  # one\n    pin: abc\n    b: 2\n"
    assert put_in(text, behind="c") == text + "    pin: abc\n"


@pytest.mark.parametrize(
    "text",
    [
        "environments:\n  staging: &s\n    a: 1\n  prod: *s\n",
        "environments:\n  prod: 3\n",
        "environments: [prod]\n",
        "environments:\n  prod:\n    pin: {a: 1}\n",
        "environments: {prod: \n",
        "- a\n",
        "key: &k\n  a: 1\nenvironments: *k\n",
    ],
)
def test_what_cannot_be_set_alone(text: str) -> None:
    with pytest.raises(EditError):
        put_in(text)


KEYS = st.sampled_from(["a", "prod", "environments", "y", "1", "0.1", "", "a b", "#", "a/prod", "null"])
TREES = st.recursive(
    st.sampled_from([None, 1, "x", "two\nlines\n", True]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, TREES, max_size=3), st.tuples(KEYS, KEYS, st.sampled_from(["pin", "on"])), st.booleans())
def test_everything_else_reads_as_before(data: dict[str, object], path: tuple[str, ...], flow: bool) -> None:
    text = emitting.flow(data) + "\n" if flow else emitting.text(data)
    expected: object = data
    for step in path:
        expected = expected.get(step) if isinstance(expected, dict) else expected if expected is None else "none"
    if expected is not None and not isinstance(expected, dict):
        return
    there: dict[str, object] = dict(data)
    above: dict[str, object] = there
    for step in path[:-1]:
        inner = above.get(step)
        above[step] = dict(inner) if isinstance(inner, dict) else {}
        above = above[step]  # type: ignore[assignment]
    if isinstance(above.get(path[-1]), dict):
        return
    above[path[-1]] = "abc"
    assert load(put_in(text, path)) == there
