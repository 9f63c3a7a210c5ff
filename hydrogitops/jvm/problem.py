"""One thing to say about the options of a JVM, with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from hydrogitops.jvm.words import Word

_MOST_SHOWN = 60
_PROPERTY = re.compile(r"(-D[^\s=]*)=.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """A problem of one word or two; offsets lie in the text of `source`, both 0 where nothing is given to point at.

    `mild` is set where the case is milder than its rule: at most a warning, or an info. `suggestion` is the text to
    put in the place of the word, "" where none is certain.
    """

    rule: str
    message: str
    fatal: bool
    source: str
    start: int
    end: int
    mild: Literal["warning", "info"] | None = None
    suggestion: str = ""


def shown(text: str) -> str:
    """A word as messages show it: cut where it is long, and without the value of a system property, maybe a secret."""
    if "-D" in text:
        text = _PROPERTY.sub(r"\1=…", text)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def at(
    word: Word | None,
    rule: str,
    message: str,
    *,
    fatal: bool = False,
    mild: Literal["warning", "info"] | None = None,
    suggestion: str = "",
    last: Word | None = None,
) -> OptionProblem:
    """The problem of that word, or of the words up to `last`."""
    if word is None:
        return OptionProblem(rule, message, fatal, "args", 0, 0, mild, suggestion)
    return OptionProblem(rule, message, fatal, word.source, word.start, (last or word).end, mild, suggestion)
