"""Offsets in a text and its lines and columns, 1-based, columns in code points."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from hydrogitops.model import Span

BOM = "\ufeff"
DOCUMENT_START = re.compile(r"^---[^\n]*\n?", re.MULTILINE)
"""What stands between the documents of a stream; an engine writes it nowhere else at the beginning of a line."""


class Lines:
    """Where the lines of a text begin. A byte order mark at its head takes no column."""

    __slots__ = ("_size", "_starts")

    def __init__(self, text: str) -> None:
        # Every break as `\n`, and nothing moves.
        lines = text.replace("\r\n", " \n").replace("\r", "\n").split("\n")
        self._starts = list(accumulate([len(line) + 1 for line in lines[:-1]], initial=0))
        self._starts[0] = 1 if text.startswith(BOM) else 0
        self._size = len(text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset; one before the first column counts as the first."""
        line = max(bisect_right(self._starts, offset), 1)
        return line, max(offset - self._starts[line - 1], 0) + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; ValueError where the text has no such line, or ends before it."""
        if not 1 <= line <= len(self._starts):
            raise ValueError(f"the text has no line {line}")
        offset = self._starts[line - 1] + column - 1
        end = self._starts[line] if line < len(self._starts) else self._size
        if column < 1 or offset > end:
            raise ValueError(f"line {line} has no column {column}")
        return offset

    def span(self, file: str, start: int, end: int) -> Span:
        """The span between two offsets, end exclusive."""
        return Span(file, *self.position(start), *self.position(end))
