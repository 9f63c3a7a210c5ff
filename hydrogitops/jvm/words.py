"""Words of an option text as the virtual machine gets them, each with its place in that text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# What C's isspace takes for white space: the launcher and the VM split variables there.
_BLANKS = " \t\n\v\f\r"
_PLAIN = re.compile(rf"[^{_BLANKS}]+")
# What an unquoted variable of a POSIX shell is split at (the default IFS).
_FIELD = re.compile(r"[^ \t\n]+")
_PIECE = re.compile(rf"""(?:[^{_BLANKS}'"]+|'[^']*'|"[^"]*"|(['"]))+""")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


@dataclass(frozen=True, slots=True)
class Word:
    """One option: `text` as the VM sees it, unquoted; offsets lie in the text of `source`, "args" or a variable."""

    text: str
    source: str
    start: int
    end: int


class Words(NamedTuple):
    """The words of one source; `open_quote`: offset of a quote that nothing closes (what follows it is no word)."""

    words: tuple[Word, ...]
    open_quote: int | None = None


def split_arguments(options: str | Sequence[str]) -> Words:
    """Words of a command line.

    A text is an unquoted shell variable: split at blanks, tabs and newlines, quotes stay. A sequence is the list of
    arguments itself; offsets then lie in the arguments joined by one blank.
    """
    if isinstance(options, str):
        return Words(tuple([Word(m.group(), "args", m.start(), m.end()) for m in _FIELD.finditer(options)]))
    words: list[Word] = []
    start = 0
    for argument in options:
        words.append(Word(argument, "args", start, start + len(argument)))
        start += len(argument) + 1
    return Words(tuple(words))


def split_variable(text: str, source: str) -> Words:
    """Words of JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS or _JAVA_OPTIONS.

    Split at white space; single and double quotes group anywhere in a word and are removed, no backslash escapes
    (HotSpot arguments.cpp parse_options_buffer, 11.0.13; libjli args.c expand).
    """
    if "'" not in text and '"' not in text:
        return Words(tuple([Word(m.group(), source, m.start(), m.end()) for m in _PLAIN.finditer(text)]))
    words: list[Word] = []
    for match in _PIECE.finditer(text):
        if match.group(1) is not None:
            return Words(tuple(words), _first_open_quote(text, match.start()))
        plain = _QUOTED.sub(lambda quoted: quoted.group(1) or quoted.group(2) or "", match.group())
        words.append(Word(plain, source, match.start(), match.end()))
    return Words(tuple(words))


def _first_open_quote(text: str, start: int) -> int:
    while True:
        opening = min(at for quote in "'\"" if (at := text.find(quote, start)) >= 0)
        closing = text.find(text[opening], opening + 1)
        if closing < 0:
            return opening
        start = closing + 1
