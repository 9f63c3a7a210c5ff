"""YAML as Kubernetes and Helm read it: reading, positions, edits that keep every other byte, atomic writing.

SourceError    a text that cannot be read; `.line` and `.column` are 1-based, columns in code points
"""

from __future__ import annotations


class SourceError(ValueError):
    """A YAML text that cannot be read, and where: `.line`, `.column`, 1-based, columns in code points."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def load(text: str) -> object:
    """The data of the one YAML document in `text`, as sigs.k8s.io/yaml 1.6.0 gives it to the API server and to Helm.

    `dict` (keys always `str`), `list`, `str`, `bool`, `int` (exact from -2⁶³ to 2⁶⁴-1, also for `1e3`, whose JSON is
    `1000`), `float` (every other number), `None` (also for an empty text). The last of equal keys wins.

    Raises:
        SourceError: unparsable, a second document, an infinity or NaN, a key that is null, a list or a map,
            an unknown anchor, or one of the limits of `source.reading`.
        TypeError: `text` is no `str`.
    """
    # PyYAML costs more to import than the rest of a short command together.
    from .reading import load as read_one

    return read_one(text)


__all__ = ["SourceError", "load"]
