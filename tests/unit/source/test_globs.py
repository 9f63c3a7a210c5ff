"""Globs as Argo CD's library reads them, with and without a separator."""

from __future__ import annotations

import pytest

from hydrogitops.source.globs import matches


@pytest.mark.parametrize(
    ("pattern", "text", "within", "across"),
    [
        ("*", "a/b", False, True),
        ("**", "a/b", True, True),
        ("a/*", "a/b", True, True),
        ("a/*", "a/b/c", False, True),
        ("a/**", "a/b/c", True, True),
        ("a/**/c", "a/b/x/c", True, True),
        ("a?c", "a/c", False, True),
        ("a?c", "abc", True, True),
        ("{a,b}/c", "b/c", True, True),
        ("{a,b}/c", "c/c", False, False),
        ("[a-c]x", "bx", True, True),
        ("[!a-c]x", "bx", False, False),
        (r"a\*", "a*", True, True),
        (r"a\*", "ab", False, False),
        ("", "", True, True),
        ("", "a", False, False),
        ("a*b*c", "a1b2b3c", True, True),
        ("a.c", "abc", False, False),
        ("[z-a]", "a", False, False),
        ("*" * 40 + "b", "a" * 400, False, False),
    ],
)
def test_a_star_stops_at_the_separator(pattern: str, text: str, *, within: bool, across: bool) -> None:
    assert matches(pattern, text, "/") is within
    assert matches(pattern, text) is across


def test_too_many_alternatives_fit_nothing() -> None:
    assert not matches("{a,b}" * 12, "a" * 12)
