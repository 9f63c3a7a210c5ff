"""A source line as shown under a place: measured in cells, cut around the caret, without what must not be seen."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from hydrogitops.secrets.plaintext import secret_documents
from hydrogitops.source.text import Lines

Sources = Callable[[str], str | None]
"""The text of a file by its path in the report; None where it cannot be read."""

DOTS = "••••••••"
"""Stands for what is hidden; its length says nothing of it."""

LONGEST = 20_000
"""Code points of a line that is shown; what is longer is no text for people, and cutting it would take long."""

_TAB = "    "
_CUT = "…"
_BREAK = re.compile(r"[\r\n]")
_KEY = re.compile(r"""(\s*(?:- +)*["']?[A-Za-z0-9_.][A-Za-z0-9_./-]{0,80}["']?:)(?: +|$)""")
# Keys and options whose value is a credential whatever rule points at the line. `secretName`, `existingSecret` and the
# like name an object and end otherwise; what cannot be a credential (empty, a boolean, an open answer) is left.
_CREDENTIAL = re.compile(
    r"(?:passw(?:or)?d|passphrase|token|stringData|(?:secret|private|access|api)[-_]?(?:access[-_]?)?key(?:id)?)[\"']?"
    r"(?:: +(?!(?:\"\"|''|~|null|true|false|TODO)\s*$)(?P<value>\S.*)|=(?P<option>[^\s\"',]+))",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"://[^\s/:@]*:(?P<value>[^\s/@]+)@")


class Excerpt(NamedTuple):
    """One line of a file, ready to print. `mark` and `width` are in cells: where the caret begins, how far it goes."""

    text: str
    mark: int
    width: int


class Texts:
    """The lines of the files that a report speaks of; each file is read once."""

    def __init__(self, sources: Sources) -> None:
        self._read = cache(lambda file: _Text.of(sources(file)))
        self._secrets = cache(lambda file: _stretches(self._read(file)))

    def line(self, file: str, number: int) -> str | None:
        """Line `number` (from 1) without its break; None where there is no such file or line, or it is too long."""
        text = self._read(file)
        return text.line(number) if text is not None else None

    def of_secret(self, file: str, number: int) -> bool:
        """Whether line `number` is one of a Secret in plain text, also where its document cannot be read."""
        stretches = self._secrets(file)
        before = bisect_right(stretches, number, key=itemgetter(0))
        return before > 0 and number < stretches[before - 1][1]


def _stretches(text: _Text | None) -> list[tuple[int, int]]:
    """The first line of each Secret in a text, and the one behind it."""
    if text is None or "Secret" not in text.text:
        return []
    line = text.lines.position
    # Behind the text there is no further line to end at.
    return [(line(start)[0], line(end)[0] + (end > len(text.text))) for start, end in secret_documents(text.text)]


class _Text(NamedTuple):
    text: str
    lines: Lines

    @classmethod
    def of(cls, text: str | None) -> _Text | None:
        return cls(text, Lines(text)) if text is not None else None

    def line(self, number: int) -> str | None:
        try:
            start = self.lines.offset(number, 1)
        except ValueError:
            return None
        found = _BREAK.search(self.text, start)
        end = found.start() if found else len(self.text)
        return self.text[start:end] if end - start <= LONGEST else None


def excerpt(line: str, start: int, end: int, *, room: int, secret: bool) -> Excerpt:
    """How `line` is shown with the columns `start` to `end` (1-based, end exclusive, in code points) marked.

    `room`: cells that the line may take. `secret`: nothing of the line but its key is shown. Values of keys and options
    that name a credential are hidden in any case.
    """
    hidden = _secret_part(line) if secret else _credentials(line)
    pieces: Sequence[str] = line
    offsets: Sequence[int] = range(len(line) + 1)
    if hidden or not (line.isascii() and line.isprintable()):
        pieces = _hide(line, hidden)
        offsets = list(accumulate(map(cells, pieces), initial=0))
    first = min(max(start - 1, 0), len(pieces))
    last = min(max(end - 1, first), len(pieces))
    for low, high in hidden:
        first = low if low < first < high else first
        last = high if low < last < high else last
    low, high = _window(offsets, first, last, room)
    head, tail = (_CUT if low else ""), (_CUT if high < len(pieces) else "")
    mark = offsets[first] - offsets[low] + len(head)
    width = offsets[min(last, high)] - offsets[first]
    return Excerpt(head + "".join(pieces[low:high]) + tail, mark, max(width, 1))


def cells(text: str) -> int:
    """Terminal cells that `text` takes: none for combining marks, two for wide and full-width characters."""
    if text.isascii():
        return len(text)
    return sum(_cell(char) for char in text)


def clean(text: str) -> str:
    """`text` on one line, without the control characters by which it could drive a terminal or reorder what is read."""
    if text.isprintable():
        return text
    return "".join(_visible(char) if char not in "\r\n\t" else " " for char in text)


def _cell(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return _TAB if char == "\t" else "\ufffd"


def _hide(line: str, hidden: list[tuple[int, int]]) -> list[str]:
    """What each code point of the line is shown as; the dots stand at the first hidden one, the others are empty."""
    pieces = list(line) if line.isprintable() else [_visible(char) for char in line]
    for start, end in hidden:
        pieces[start:end] = [DOTS, *[""] * (end - start - 1)]
    return pieces


def _secret_part(line: str) -> list[tuple[int, int]]:
    """All but indentation and key. A line that is no plain `key: value` is hidden whole."""
    key = _KEY.match(line)
    start = key.end() if key else len(line) - len(line.lstrip())
    return [(start, len(line))] if line[start:].strip() else []


def _credentials(line: str) -> list[tuple[int, int]]:
    spans = [match.span("value" if match["value"] else "option") for match in _CREDENTIAL.finditer(line)]
    spans += [match.span("value") for match in _URL_PASSWORD.finditer(line)]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _window(offsets: Sequence[int], first: int, last: int, room: int) -> tuple[int, int]:
    """The stretch of code points to show: all, or what fits around the mark, a third of the room before it."""
    size = len(offsets) - 1
    if offsets[size] <= room:
        return 0, size
    low = first
    lead = max(min(room // 3, room - 2 * len(_CUT) - (offsets[last] - offsets[first])), 0)
    while low > 0 and offsets[first] - offsets[low - 1] <= lead:
        low -= 1
    high = low
    left = room - len(_CUT) - (len(_CUT) if low else 0)
    while high < size and offsets[high + 1] - offsets[low] <= left:
        high += 1
    while low > 0 and high == size and offsets[size] - offsets[low - 1] <= room - len(_CUT):
        low -= 1
    return low, high
