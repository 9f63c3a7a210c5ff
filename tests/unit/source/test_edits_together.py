"""Several scalars of one file changed at once: the same bytes as one after the other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.model import Place, Route
from hydrogitops.source.edits import EditError, apply, replace_scalar, scalar_edits
from hydrogitops.source.reading import read

FILES: Mapping[str, tuple[str, list[Route]]] = {
    "block": ("a: x\nb: 'y'\nc: \"z\"\n", [("a",), ("b",), ("c",)]),
    "flow": ("{a: x, b: [y, 'z']}\n", [("a",), ("b", 0), ("b", 1)]),
    "nothing there": ("a:\nb: null\nc: ''\n", [("a",), ("b",), ("c",)]),
    "several lines": ("a: x\n  y\nb: |\n  z\nc: >-\n  u\n  v\n", [("a",), ("b",), ("c",)]),
    "crlf": ("a: x  # one\r\nb: y\r\n", [("a",), ("b",)]),
    "an anchor of its own": ("a: &x y\nb: z\n", [("a",), ("b",)]),
    "an alias": ("x: &x y\na: *x\nb: z\n", [("a",), ("b",)]),
    "numbers": ("a: 1\nb: true\nc: 1\n", [("a",), ("b",)]),
}


@pytest.mark.parametrize("case", FILES)
def test_the_same_as_one_after_the_other(case: str) -> None:
    text, routes = FILES[case]
    values = [f"AgB{index}+/==" for index in range(len(routes))]
    together = apply(
        text, scalar_edits(read("f", text), [(Place("f", 0, r), v) for r, v in zip(routes, values, strict=True)])
    )
    one_by_one = text
    for route, value in zip(routes, values, strict=True):
        one_by_one = replace_scalar(one_by_one, Place("f", 0, route), value)
    assert together == one_by_one


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("a: &x y\nb: z\nc: *x\n", [("a",), ("b",)]),
        ("a: {b: c}\nd: e\n", [("a",), ("d",)]),
        ("a: b\n", [("a",), ("c",)]),
        ("a: b\n", [("a",), ("a", "b")]),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, routes: list[Route]) -> None:
    with pytest.raises(EditError):
        scalar_edits(read("f", text), [(Place("f", 0, route), "AgB") for route in routes])


@given(st.lists(st.text(max_size=12), min_size=2, max_size=6), st.sampled_from(["", "'", '"']))
def test_any_texts(values: list[str], quote: str) -> None:
    file = read("f", "".join(f"k{index}: {quote}x{quote}  # kept\n" for index in range(len(values))))
    try:
        new = read(
            "f", apply(file.text, scalar_edits(file, [(Place("f", 0, (f"k{i}",)), v) for i, v in enumerate(values)]))
        )
    except EditError:
        # Not every text can stand in YAML, whatever is around it.
        assert any(not text.isprintable() for text in values)
        return
    assert new.documents[0].data == {f"k{index}": value for index, value in enumerate(values)}
    assert new.text.count("  # kept\n") == len(values)
