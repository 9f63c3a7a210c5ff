"""Entries of a map, put in and taken away."""

from __future__ import annotations

import pytest

from hydrogitops.source.blocks import block, with_block, without
from hydrogitops.source.edits import EditError
from hydrogitops.source.reading import read

TEXT = """\
# head
environments:
  dev:
    profile: dev  # here
    pools:
      - name: ml
    # of dev
  prod:
    profile: production
    note: |
      a
      b

# of the answers
answers:
    environments:
        dev: {profile: dev}
        prod: {profile: production}
"""
ENTRY = "qa:\n  profile: staging\n"


def test_an_entry_is_put_behind_the_last_one() -> None:
    written = with_block(read("x", TEXT), ("environments", "qa"), ENTRY)
    assert written == TEXT.replace("      b\n", "      b\n  qa:\n    profile: staging\n")
    written = with_block(read("x", TEXT), ("answers", "environments", "qa"), ENTRY)
    assert written == TEXT + "        qa:\n          profile: staging\n"


def test_an_entry_is_taken_away_with_what_belongs_to_it() -> None:
    written = without(read("x", TEXT), ("environments", "dev"))
    assert written == TEXT[: TEXT.index("  dev:")] + TEXT[TEXT.index("  prod:") :]
    written = without(read("x", TEXT), ("environments", "prod"))
    assert written == TEXT[: TEXT.index("  prod:")] + TEXT[TEXT.index("\n# of the answers") :]


@pytest.mark.parametrize(
    "path", [("environments", "dev"), ("environments", "prod"), ("answers", "environments", "prod")]
)
def test_what_was_put_in_is_taken_away_again(path: tuple[str, ...]) -> None:
    lines = block(read("x", TEXT), path)
    assert lines.startswith(f"{path[-1]}:")
    written = with_block(read("x", TEXT), (*path[:-1], "qa"), lines.replace(f"{path[-1]}:", "qa:", 1))
    assert without(read("x", written), (*path[:-1], "qa")) == TEXT


def test_line_ends_and_a_missing_last_one() -> None:
    text = TEXT.replace("\n", "\r\n").rstrip()
    written = with_block(read("x", text), ("answers", "environments", "qa"), ENTRY)
    assert written == f"{text}\r\n        qa:\r\n          profile: staging\r\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("environments: {dev: {}}\n", ("environments", "qa")),
        ("environments: {}\n", ("environments", "qa")),
        ("other: 1\n", ("environments", "qa")),
        ("a: &x\n  dev: 1\nenvironments: *x\n", ("environments", "qa")),
        (": [\n", ("environments", "qa")),
    ],
)
def test_where_there_is_no_place_for_it(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(EditError):
        with_block(read("x", text), path, ENTRY)


@pytest.mark.parametrize("path", [("environments", "qa"), ("answers", "environments", "dev", "profile")])
def test_what_is_no_entry_of_its_own(path: tuple[str, ...]) -> None:
    with pytest.raises(EditError):
        without(read("x", TEXT), path)


def test_a_map_that_would_be_empty_is_no_map() -> None:
    with pytest.raises(EditError):
        without(read("x", "environments:\n  dev: 1\n"), ("environments", "dev"))
