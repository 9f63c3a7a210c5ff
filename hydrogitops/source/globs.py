"""Globs on paths, addresses and names as Argo CD reads them (gobwas/glob 0.2)."""

from __future__ import annotations

import re
from functools import lru_cache

MOST_ALTERNATIVES = 256

_TOKEN = re.compile(r"\[[^]]+\]|\\.|\*+|.", re.DOTALL)


def matches(pattern: str, text: str, separator: str = "") -> bool:
    """Whether a pattern fits a whole text: `{a,b}`, `[a-z]`, `?`, and `*`, which stops at the separator unlike `**`.

    Takes time in proportion to pattern and text. A pattern that Argo CD cannot read fits nothing.
    """
    return any(_fits(tokens, text, separator) for tokens in _compiled(pattern))


def _fits(tokens: tuple[re.Pattern[str] | str, ...], text: str, separator: str) -> bool:
    reached = {0}
    for token in tokens:
        if isinstance(token, re.Pattern):
            reached = {at + 1 for at in reached if at < len(text) and _takes(token, text[at], separator)}
        elif not separator or len(token) > 1:
            reached = set(range(min(reached), len(text) + 1))
        else:
            ends = {at: text.find(separator, at) for at in reached}
            reached = {to for at, end in ends.items() for to in range(at, (len(text) if end < 0 else end) + 1)}
        if not reached:
            return False
    return len(text) in reached


def _takes(token: re.Pattern[str], character: str, separator: str) -> bool:
    if token.pattern == "." and character == separator:
        return False
    return token.fullmatch(character) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[tuple[re.Pattern[str] | str, ...], ...]:
    """The tokens of each choice of alternatives: stars as text, what takes one character as an expression."""
    try:
        return tuple(
            tuple(
                token if token.startswith("*") else re.compile(_expression(token), re.DOTALL)
                for token in _TOKEN.findall(one)
            )
            for one in _alternatives(pattern)
        )
    except (re.error, ValueError):
        return ()


def _alternatives(pattern: str) -> list[str]:
    done: list[str] = []
    todo = [pattern]
    while todo:
        one = todo.pop(0)
        found = re.search(r"\{([^{}]*)\}", one)
        if found is None:
            done.append(one)
        else:
            todo += [one[: found.start()] + choice + one[found.end() :] for choice in found[1].split(",")]
        if len(done) + len(todo) > MOST_ALTERNATIVES:
            raise ValueError(pattern)
    return done


def _expression(piece: str) -> str:
    if piece == "?":
        return "."
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        negated = piece[1] == "!"
        inside = piece[2 if negated else 1 : -1].replace("\\", "\\\\").replace("^", "\\^").replace("[", "\\[")
        return f"[{'^' if negated else ''}{inside}]"
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
