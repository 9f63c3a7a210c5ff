"""Puts a change of the generator into a file that people have changed as well, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher


class ConflictError(Exception):
    """Both have changed the same lines; the message is the first of them, as it was written."""


Lines = list[str]
_Hunk = tuple[int, int, Lines]
"""From and to which line of the common text, and what stands there instead."""


def merged(common: str, theirs: str, ours: str) -> str:
    """`theirs` with all that `ours` changes of `common`. Where both put in lines at one place, theirs come first.

    ConflictError where they have changed the same lines in different ways.
    """
    base = common.splitlines(keepends=True)
    mine, other = _hunks(base, ours.splitlines(keepends=True)), _hunks(base, theirs.splitlines(keepends=True))
    result: Lines = []
    done = 0
    for start, end, lines in _ordered(base, other, mine):
        result += base[done:start] + lines
        done = end
    return "".join(result + base[done:])


def _hunks(base: Lines, changed: Lines) -> list[_Hunk]:
    codes = SequenceMatcher(None, base, changed, autojunk=False).get_opcodes()
    return [(start, end, changed[first:last]) for how, start, end, first, last in codes if how != "equal"]


def _ordered(base: Lines, other: list[_Hunk], mine: list[_Hunk]) -> list[_Hunk]:
    """All hunks by place; one that is in both, once."""
    ours = [hunk for hunk in mine if hunk not in other]
    apart = [next((one for one in _elsewhere(base, hunk) if not _clash(one, ours)), hunk) for hunk in other]
    for start, end, _ in ours:
        for first, last, _ in apart:
            if start < last and first < end:
                raise ConflictError(base[max(start, first)].strip())
    tagged = [(start, end, 0, lines) for start, end, lines in apart] + [(s, e, 1, lines) for s, e, lines in ours]
    return [(start, end, lines) for start, end, _, lines in sorted(tagged, key=lambda one: one[:3])]


def _clash(hunk: _Hunk, others: list[_Hunk]) -> bool:
    """Whether hunks change the same lines; what is put in beside a change is in nobody's way."""
    start, end, _ = hunk
    return any(start < last and first < end for first, last, _ in others)


def _elsewhere(base: Lines, hunk: _Hunk) -> Iterator[_Hunk]:
    """The hunk, and where else the same can have been put in: between lines alike nobody can tell."""
    yield hunk
    start, end, lines = hunk
    if start != end:
        return
    up, at = lines, start
    while at > 0 and base[at - 1] == up[-1]:
        up, at = [up[-1], *up[:-1]], at - 1
        yield at, at, up
    down, at = lines, start
    while at < len(base) and base[at] == down[0]:
        down, at = [*down[1:], down[0]], at + 1
        yield at, at, down
