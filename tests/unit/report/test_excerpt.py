"""Source lines as they are shown: cells, cutting, hiding."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.report.excerpt import DOTS, LONGEST, Texts, cells, clean, excerpt


def drawn(line: str, start: int, end: int, room: int = 200, *, secret: bool = False) -> tuple[str, str]:
    got = excerpt(line, start, end, room=room, secret=secret)
    return got.text, " " * got.mark + "^" * got.width


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "mark"),
    [
        ("key: value", 6, 11, "key: value", "     ^^^^^"),
        ("key: value", 11, 11, "key: value", "          ^"),
        ("key: value", 6, 99, "key: value", "     ^^^^^"),
        ("key", 99, 120, "key", "   ^"),
        ("", 1, 1, "", "^"),
        ("\tkey", 2, 5, "    key", "    ^^^"),
        ("日本: x", 5, 6, "日本: x", "      ^"),
        ("日本", 2, 3, "日本", "  ^^"),
        ("e\u0301: x", 5, 6, "e\u0301: x", "   ^"),
        ("a\x1b[31m: x", 9, 10, "a\ufffd[31m: x", "        ^"),
        ("a\u202eb", 3, 4, "a\ufffdb", "  ^"),
    ],
)
def test_marks_are_measured_in_cells(line: str, start: int, end: int, text: str, mark: str) -> None:
    assert drawn(line, start, end) == (text, mark)


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "mark"),
    [
        ("abcdefghij" * 3, 1, 3, "abcdefghijabcdefghi…", "^^"),
        ("abcdefghij" * 3, 30, 31, "…bcdefghijabcdefghij", "                   ^"),
        ("abcdefghij" * 3, 15, 17, "…ijabcdefghijabcdef…", "       ^^"),
        ("abcdefghij" * 3, 3, 29, "…cdefghijabcdefghij…", " ^^^^^^^^^^^^^^^^^^"),
        ("日" * 30, 15, 16, "…日日日日日日日日日…", "       ^^"),
    ],
)
def test_long_lines_are_cut_around_the_mark(line: str, start: int, end: int, text: str, mark: str) -> None:
    assert drawn(line, start, end, room=20) == (text, mark)


@given(
    line=st.text(st.characters(exclude_characters="\r\n"), max_size=80),
    start=st.integers(1, 100),
    length=st.integers(0, 100),
    room=st.integers(20, 60),
    secret=st.booleans(),
)
def test_an_excerpt_keeps_to_its_room_and_marks_something_in_it(
    line: str, start: int, length: int, room: int, secret: bool
) -> None:
    got = excerpt(line, start, start + length, room=room, secret=secret)
    assert cells(got.text) <= room
    assert got.width >= 1
    assert 0 <= got.mark <= cells(got.text)
    # Blanks of other widths (U+00A0, U+3000) are harmless and stay; what drives a terminal or reorders text does not.
    assert all(char.isprintable() or unicodedata.category(char) == "Zs" for char in got.text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  postgresqlPassword: hunter2", f"  postgresqlPassword: {DOTS}"),
        ('  "aws_secret_access_key": "hunter2"  # x', f'  "aws_secret_access_key": {DOTS}'),
        ("{user: a, password: hunter2}", f"{{user: a, password: {DOTS}"),
        ('opts: "-Dx.keyStorePassword=hunter2 -Xmx1g"', f'opts: "-Dx.keyStorePassword={DOTS} -Xmx1g"'),
        ("url: postgresql://hydro:hunter2@db:5432/x", f"url: postgresql://hydro:{DOTS}@db:5432/x"),
        ("token=aaaa://b:cccc@d eeee password: ffff", f"token={DOTS} eeee password: {DOTS}"),
        ("password: TODO", "password: TODO"),
        ('password: ""', 'password: ""'),
        ("automountServiceAccountToken: false", "automountServiceAccountToken: false"),
        ("secretName: hydro-db", "secretName: hydro-db"),
        ("existingSecret: hydro-db", "existingSecret: hydro-db"),
        ("stringData: {a: hunter2}", f"stringData: {DOTS}"),
        ("image: a/b:hunter2@sha256:00", "image: a/b:hunter2@sha256:00"),
    ],
)
def test_credentials_are_hidden_whatever_rule_points_at_the_line(line: str, text: str) -> None:
    assert excerpt(line, 1, 2, room=200, secret=False).text == text


def test_a_mark_inside_what_is_hidden_marks_the_dots() -> None:
    assert drawn("password: one two three", 15, 18) == (f"password: {DOTS}", " " * 10 + "^" * 8)


def test_lines_are_counted_as_the_reader_of_yaml_counts_them() -> None:
    texts = Texts({"a": "\ufeffone\r\ntwo\rthree\nfour\u2028five"}.get)
    assert [texts.line("a", number) for number in range(6)] == [None, "one", "two", "three", "four\u2028five", None]


def test_a_line_that_nobody_reads_is_not_shown() -> None:
    texts = Texts({"a": "x" * LONGEST + "\n" + "x" * (LONGEST + 1)}.get)
    assert (texts.line("a", 1), texts.line("a", 2)) == ("x" * LONGEST, None)


def test_a_file_is_read_once() -> None:
    asked: list[str] = []
    texts = Texts(lambda file: asked.append(file) or "x\ny")
    assert (texts.line("a", 1), texts.line("a", 2), texts.line("a", 3)) == ("x", "y", None)
    assert asked == ["a"]


def test_clean_is_one_printable_line() -> None:
    assert clean("a\tb\r\nc\x07\xa0d") == "a b  c\ufffd\xa0d"
