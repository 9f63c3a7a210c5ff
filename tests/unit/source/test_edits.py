from __future__ import annotations

import pytest

from hydrogitops.model import Edit, Place, Route
from hydrogitops.source.edits import EditError, apply, replace_scalar, scalar_edit
from hydrogitops.source.reading import read

TEXT = """\
a: 5   # keep
b: plain  # keep
c: "q\\tr"
d: {k: 1, l: [x, 'y']}
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
  v:   # nothing
- yes
k: 'it''s'
"""

EDITS: list[tuple[Route, object, str, str]] = [
    (("a",), 6, "a: 5 ", "a: 6 "),
    (("a",), "6", "a: 5 ", "a: '6' "),
    (("a",), True, "a: 5 ", "a: true "),
    (("a",), None, "a: 5 ", "a: null "),
    (("a",), 1.5, "a: 5 ", "a: 1.5 "),
    (("a",), "2Gi", "a: 5 ", "a: 2Gi "),
    (("b",), "plan", "plain ", "plan "),
    (("b",), "plain and more", "plain ", "plain and more "),
    (("b",), "no", "plain ", "'no' "),
    (("b",), "0777", "plain ", "'0777' "),
    (("b",), "12:30", "plain ", "'12:30' "),
    (("b",), "2024-01-02", "plain ", "'2024-01-02' "),
    (("b",), "=", "plain ", "'=' "),
    (("b",), "", "plain ", "'' "),
    (("b",), "x: y", "plain ", "'x: y' "),
    (("b",), "x # y", "plain ", "'x # y' "),
    (("b",), "it's", "plain ", "it's "),
    (("b",), " x", "plain ", "' x' "),
    (("b",), "x\ny", "plain ", '"x\\ny" '),
    (("b",), "x\x07", "plain ", '"x\\x07" '),
    (("c",), 'q\tr"\\\u2028é', '"q\\tr"', '"q\\tr\\"\\\\\\u2028é"'),
    (("c",), "yes", '"q\\tr"', '"yes"'),
    (("d", "k"), "a, b", "{k: 1,", "{k: 'a, b',"),
    (("d", "l", 0), "x]", "[x,", "['x]',"),
    (("d", "l", 1), "it's", "'y'", "'it''s'"),
    (("f",), "-Xmx1g -Xms3g\nmore", "-Xms2g", "-Xms3g"),
    (("f",), "-Xmx1g -Xms2g -Xss1m\nmore", "-Xms2g", "-Xms2g -Xss1m"),
    (("g",), "abc\n dex\n", "   def", "   dex"),
    (("g",), "one line", "|\n  abc\n   def", "one line"),
    (("h",), "long plain goes off", "goes on", "goes off"),
    (("i", 0, "v"), "12", "v:   # nothing", "v: '12'   # nothing"),
    (("i", 0, "v"), 12, "v:   # nothing", "v: 12   # nothing"),
    (("i", 1), "no", "- yes", "- 'no'"),
    (("i", 1), False, "- yes", "- false"),
    (("k",), "it's y", "'it''s'", "'it''s y'"),
    (("k",), "a\nb", "'it''s'", '"a\\nb"'),
]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("head", ["", "\ufeff", "x: 1\n---\n"])
@pytest.mark.parametrize(("path", "value", "old", "new"), EDITS)
def test_replace_scalar(path: Route, value: str, old: str, new: str, head: str, line_break: str) -> None:
    assert TEXT.count(old) == 1
    text = (head + TEXT).replace("\n", line_break)
    place = Place("f", 1 if "---" in head else 0, path)
    want = (head + TEXT.replace(old, new)).replace("\n", line_break)
    assert replace_scalar(text, place, value) == want


@pytest.mark.parametrize(
    ("path", "word", "value", "old", "new"),
    [
        (("f",), (7, 13), "-Xms512m", "-Xms2g", "-Xms512m"),
        (("h",), (5, 10), "text", "long plain", "long text"),
        (("k",), (0, 4), "that's", "'it''s'", "'that''s'"),
    ],
)
def test_replace_a_word(path: Route, word: tuple[int, int], value: str, old: str, new: str) -> None:
    assert replace_scalar(TEXT, Place("f", 0, path, word=word), value) == TEXT.replace(old, new)


SHARED = "a: &x 5\nb: *x\nc: &m {k: 1}\nd: {<<: *m}\ne: *m\n"


def test_an_alias_is_replaced_itself() -> None:
    assert replace_scalar(SHARED, Place("f", 0, ("b",)), 6) == SHARED.replace("b: *x", "b: 6")


@pytest.mark.parametrize(
    "path", [("a",), ("c", "k"), ("d", "k"), ("e", "k"), ("d",), ("nope",), ("a", "b"), (), ("e",)]
)
def test_what_is_not_a_scalar_of_its_own(path: Route) -> None:
    if path == ("e",):
        assert replace_scalar(SHARED, Place("f", 0, path), "x") == SHARED.replace("e: *m", "e: x")
        return
    with pytest.raises(EditError):
        scalar_edit(read("f", SHARED), Place("f", 0, path), 7)


def test_no_such_document() -> None:
    with pytest.raises(EditError):
        scalar_edit(read("f", "a: *b\n"), Place("f", 0, ("a",)), 7)
    with pytest.raises(EditError):
        scalar_edit(read("f", "a: 1\n"), Place("f", 1, ("a",)), 7)


def test_a_file_that_is_broken_further_down() -> None:
    assert replace_scalar("a: 1\n---\nb: [\n", Place("f", 0, ("a",)), 2) == "a: 2\n---\nb: [\n"


def test_scalar_edit() -> None:
    edit = scalar_edit(read("f", "a:\n  é: yes # c\n"), Place("f", 0, ("a", "é")), "no")
    assert edit == Edit("f", 2, 6, 2, 9, "'no'")


def test_apply() -> None:
    text = "\ufeffab\r\ncd\r\n"
    edits = [
        Edit("f", 2, 2, 2, 3, "Z"),
        Edit("f", 1, 1, 1, 2, "X"),
        Edit("f", 1, 1, 1, 2, "X"),
        Edit("f", 2, 3, 2, 3, "!"),
    ]
    assert apply(text, edits) == "\ufeffXb\r\ncZ!\r\n"
    assert apply(text, []) == text


@pytest.mark.parametrize(
    "edits",
    [
        [Edit("f", 1, 1, 1, 3, "X"), Edit("f", 1, 2, 1, 3, "Y")],
        [Edit("f", 1, 1, 1, 3, "X"), Edit("f", 1, 1, 1, 3, "Y")],
        [Edit("f", 1, 3, 1, 1, "X")],
        [Edit("f", 5, 1, 5, 1, "X")],
    ],
)
def test_apply_refuses(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match=r"overlap|line"):
        apply("abcd\n", edits)
