"""Writing YAML by ruamel.yaml: which style each value takes is decided here, so all that is written looks alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from hydrogitops.model import Route

from . import SourceError, load

if TYPE_CHECKING:
    from ruamel.yaml import YAML

# Names, addresses and quantities. Readers of YAML disagree about much else, so all the rest stands in quotes.
_PLAIN = re.compile(
    r"\.?[A-Za-z_/][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*|[0-9]+(?:\.[0-9]+)?(?:m|[kMGT]|[KMGT]i)"
)
# Lines that stay as they are below a `|`; the first must not begin with a blank, from which the indentation is read.
_LINES = re.compile(r"(?! )[^\n]+\n(?:[^\n]*\n)*?[^\n]*\n?")
_UNTIDY = re.compile("[ \t](?:\n|\\Z)|[^\n\t -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")

_WIDTH = 2**31
"""Columns: no line is ever folded."""


def text(
    data: object, *, one_line: Callable[[object], bool] = lambda _: False, remark: Callable[[Route], str] = lambda _: ""
) -> str:
    """One document, each key and item on a line of its own but in the maps and lists that `one_line` holds of.

    `remark` gives the comment behind the scalar at a path, empty for none; it isn't asked inside of one line.
    `hydrogitops.source.load` reads the same data back.

    Raises:
        TypeError: something that is no map, list, text, number, bool or None.
        ValueError: an infinity or NaN.
    """
    return _dump([_Styles(one_line, remark).block(data, (), 0)])


def stream(documents: Iterable[object]) -> str:
    """Documents with `---` above each; raises as `text` does."""
    styles = _Styles(lambda _: False, lambda _: "")
    return _dump([styles.block(data, (), 0) for data in documents], start=True)


def scalar(value: object, comment: str = "") -> str:
    """A scalar as it stands behind a key of a block, with its comment; raises as `text` does."""
    return text({"k": value}, remark=lambda _: comment).removeprefix("k: ").removesuffix("\n")


def flow(value: object) -> str:
    """A value on one line: `{key: node, effect: NoSchedule}`; raises as `text` does."""
    return text([value], one_line=lambda _: True).removeprefix("[").removesuffix("]\n")


class _Styles:
    """Plain data as ruamel's, which carries styles and comments."""

    def __init__(self, one_line: Callable[[object], bool], remark: Callable[[Route], str]) -> None:
        self._one_line = one_line
        self._remark = remark

    def block(self, value: object, path: Route, left: int) -> Any:
        """`left`: the column at which keys of a map begin; a list is indented below its key."""
        from ruamel.yaml.comments import CommentedMap, CommentedSeq

        if not _is_inner(value):
            return _scalar(value, flow=False)
        if self._one_line(value):
            return _flow(value)
        if isinstance(value, Mapping):
            styled = CommentedMap()
            for key, item in value.items():
                head = _scalar(key, flow=False)
                inner = left + (2 if isinstance(item, Mapping) else 0)
                styled[head] = self.block(item, (*path, key), inner)
                self._comment(styled, head, item, (*path, key), left + len(f"{_shown(key)}: "))
            return styled
        styled = CommentedSeq()
        for index, item in enumerate(value):  # type: ignore[arg-type,var-annotated]
            styled.append(self.block(item, (*path, index), left + 4))
            self._comment(styled, index, item, (*path, index), left + 4)
        return styled
