"""A change of the generator in a file that people have changed."""

from __future__ import annotations

import pytest

from hydrogitops.scaffold.merging import ConflictError, merged

BASE = "a\nb\nc\nd\n"


@pytest.mark.parametrize(
    ("theirs", "ours", "result"),
    [
        (BASE, "a\nb\nx\nc\nd\n", "a\nb\nx\nc\nd\n"),
        ("# mine\na\nb\nc\nd\n", "a\nb\nc\nd\nx\n", "# mine\na\nb\nc\nd\nx\n"),
        ("a\nB\nc\nd\n", "a\nb\nc\nx\nd\n", "a\nB\nc\nx\nd\n"),
        # Both at one place: theirs first.
        ("a\nb\nc\nd\nmine\n", "a\nb\nc\nd\nx\n", "a\nb\nc\nd\nmine\nx\n"),
        ("a\nb\nmine\nc\nd\n", "a\nb\nd\n", "a\nb\nmine\nd\n"),
        # What both have done is done once.
        ("a\nb\nx\nc\nd\n", "a\nb\nx\nc\nd\n", "a\nb\nx\nc\nd\n"),
        ("a\nc\nd\n", "a\nc\nd\n", "a\nc\nd\n"),
        ("a\nb\nc\nd", "x\na\nb\nc\nd\n", "x\na\nb\nc\nd"),
    ],
)
def test_both_changes_are_kept(theirs: str, ours: str, result: str) -> None:
    assert merged(BASE, theirs, ours) == result


def test_an_insertion_between_lines_alike_is_put_where_it_disturbs_nothing() -> None:
    base, own = "---\na: 1\n---\nb: 1\n", "---\na: 1\n---\nmine: 1\n---\nb: 1\n"
    assert merged(base, own, "---\na: 1\n") == "---\na: 1\n---\nmine: 1\n"
    assert merged(base, own, "---\nb: 1\n") == "---\nmine: 1\n---\nb: 1\n"


@pytest.mark.parametrize(
    ("theirs", "ours", "line"),
    [
        ("a\nB\nc\nd\n", "a\nx\nc\nd\n", "b"),
        ("a\nB\nc\nd\n", "a\nc\nd\n", "b"),
        ("a\nb\nmine\nc\nd\n", "a\nd\n", "c"),
        ("a\nd\n", "a\nb\nx\nc\nd\n", "c"),
    ],
)
def test_changes_of_the_same_lines_are_refused(theirs: str, ours: str, line: str) -> None:
    with pytest.raises(ConflictError, match=line):
        merged(BASE, theirs, ours)
