from __future__ import annotations

import pytest

from hydrogitops.model import Part, Place, Route
from hydrogitops.source.reading import read
from hydrogitops.source.spans import key_span, span
from hydrogitops.source.text import Lines

TEXT = """\
a: &x 5   # five
b: *x
c: !!str "q\\tr\\x41z"
d: &m {k: 1, l: [1, 2]}
e:
  <<: *m
  k: 2
f: >-
  -Xmx1g
  -Xms2g

  more
g: |
  abc
   def
h: long plain
  goes on
i:
- name: x
  v:
-
- - deep
k: 'it''s
  so'
yes: 1
m: |2
   indented
é: ü
t: |
  u:
    v: "é w"
    x: |
      y: 1
      z: [a, b]
"""

PLACES: list[tuple[Route, Part, tuple[int, int] | None, str]] = [
    (("a",), "value", None, "5"),
    (("a",), "key", None, "a"),
    (("a",), "insert", None, "a"),
    (("b",), "value", None, "5"),
    (("b",), "key", None, "b"),
    (("c",), "value", None, '"q\\tr\\x41z"'),
    (("c",), "value", (3, 4), "\\x41"),
    (("c",), "value", (0, 2), "q\\t"),
    (("d",), "value", None, "{k: 1, l: [1, 2]}"),
    (("d", "l"), "value", None, "[1, 2]"),
    (("d", "l"), "insert", None, "l"),
    (("e",), "value", None, "e"),
    (("e", "k"), "value", None, "2"),
    (("e", "l", 1), "value", None, "2"),
    (("e", "l"), "key", None, "l"),
    (("f",), "value", None, ">-\n  -Xmx1g\n  -Xms2g\n\n  more"),
    (("f",), "value", (0, 6), "-Xmx1g"),
    (("f",), "value", (7, 13), "-Xms2g"),
    (("f",), "value", (14, 18), "more"),
    (("g",), "value", None, "|\n  abc\n   def"),
    (("g",), "value", (5, 8), "def"),
    (("h",), "value", None, "long plain\n  goes on"),
    (("h",), "value", (11, 15), "goes"),
    (("i",), "value", None, "i"),
    (("i", 0), "value", None, "name"),
    (("i", 0), "insert", None, "name"),
    (("i", 0, "v"), "value", None, "v"),
    (("i", 1), "value", None, "-"),
    (("i", 2), "value", None, "deep"),
    (("k",), "value", (0, 4), "it''s"),
    (("k",), "value", (5, 7), "so"),
    (("true",), "key", None, "yes"),
    (("m",), "value", (1, 9), "indented"),
    (("é",), "value", None, "ü"),
    (("é",), "value", (5, 9), "ü"),
    # Into a text that is YAML itself.
    (("t", "u", "v"), "value", None, '"é w"'),
    (("t", "u", "v"), "value", (2, 3), "w"),
    (("t", "u", "v"), "key", None, "v"),
    (("t", "u", "nope"), "insert", None, "u"),
    (("t", "u", "x", "z", 1), "value", None, "b"),
    (("t", "nope"), "value", None, "t"),
    ((), "value", None, "a"),
    ((), "insert", None, "a"),
    # What does not exist is shown at the deepest key that does.
    (("nope",), "value", None, "a"),
    (("d", "l", 7), "value", None, "l"),
    (("i", 0, "v", "w"), "value", None, "v"),
    (("d", "k", "w"), "key", None, "k"),
]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("head", ["", "\ufeff", "# ü\n---\n", "z: 1\n---\n"])
@pytest.mark.parametrize(("path", "part", "word", "written"), PLACES)
def test_span(path: Route, part: Part, word: tuple[int, int] | None, written: str, head: str, line_break: str) -> None:
    text = (head + TEXT).replace("\n", line_break)
    index = 1 if head.startswith("z") else 0
    found = span(read("f", text), Place("f", index, path, part, word))
    lines = Lines(text)
    shown = text[lines.offset(found.line, found.column) : lines.offset(found.end_line, found.end_column)]
    assert shown.replace(line_break, "\n") == written
    assert found.file == "f"


def test_columns_are_code_points_from_one() -> None:
    found = span(read("f", "\ufeffé: [𝄞, x]\r\nb: 2\r\n"), Place("f", 0, ("é", 1)))
    assert (found.line, found.column, found.end_line, found.end_column) == (1, 8, 1, 9)
    found = span(read("f", "\ufeffé: [𝄞, x]\r\nb: 2\r\n"), Place("f", 0, ("b",)))
    assert (found.line, found.column, found.end_line, found.end_column) == (2, 4, 2, 5)


@pytest.mark.parametrize("text", ["", "# c\n", "a: [\n"])
def test_a_document_that_is_not_there_is_shown_at_the_head(text: str) -> None:
    found = span(read("f", text), Place("f", 3, ("a",)))
    assert (found.line, found.column, found.end_line, found.end_column) == (1, 1, 1, 1)
    assert key_span(read("f", text), 3, ("a",), 0) == found


DUPLICATES = """\
p:
  a: 1
p:
  "a": 2
  a:  3
  x: &x {a: 4, only: 5}
  <<: *x
"""


@pytest.mark.parametrize(
    ("path", "nth", "line"), [(("p",), 0, 1), (("p",), 1, 3), (("p", "a"), 0, 4), (("p", "a"), 1, 5)]
)
def test_key_span(path: Route, nth: int, line: int) -> None:
    assert key_span(read("f", DUPLICATES), 0, path, nth).line == line


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [(("p", "a"), 6, 13), (("p", "only"), 6, 22), (("p", "x", "a"), 6, 13)],
)
def test_the_value_that_counts(path: Route, line: int, column: int) -> None:
    """`<<` stands last, so in go-yaml what it merges counts."""
    file = read("f", DUPLICATES)
    data = file.documents[0].data
    assert isinstance(data, dict)
    assert data["p"]["a"] == 4
    found = span(file, Place("f", 0, path))
    assert (found.line, found.column) == (line, column)


def test_what_only_an_earlier_duplicate_holds() -> None:
    found = span(read("f", "p: {a: 1}\np: {b: 2}\n"), Place("f", 0, ("p", "a")))
    assert (found.line, found.column) == (1, 8)


MERGES = """\
x: &x {a: 1, b: 2}
y: &q {a: 3, c: 4}
z:
  b: 5
  <<: [*x, *q]
w:
  <<: [*x, *q]
  b: 6
"""


@pytest.mark.parametrize(
    ("path", "line", "value"),
    [(("z", "b"), 1, 2), (("z", "a"), 1, 1), (("z", "c"), 2, 4), (("w", "b"), 8, 6)],
)
def test_merged_values_are_shown_where_they_are_written(path: Route, line: int, value: int) -> None:
    file = read("f", MERGES.replace("y:", "v:"))
    data = file.documents[0].data
    for step in path:
        assert isinstance(data, dict)
        data = data[str(step)]
    assert data == value
    assert span(file, Place("f", 0, path)).line == line


def test_merges_that_merge_each_other_end() -> None:
    text = "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
    assert span(read("f", text), Place("f", 0, ("a59", "k"))).line == 1
    assert span(read("f", text), Place("f", 0, ("a59", "none"))).line == 60
    assert span(read("f", "a: &a {<<: *a}\n"), Place("f", 0, ("a", "b"))).line == 1


@pytest.mark.parametrize(("line", "column"), [(0, 1), (4, 1), (1, 0), (1, 6)])
def test_an_offset_outside_of_the_text(line: int, column: int) -> None:
    with pytest.raises(ValueError, match=r"line|column"):
        Lines("abc\nde\n").offset(line, column)
