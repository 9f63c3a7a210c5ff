"""Writing YAML, by ruamel.yaml: which style a value takes is decided here, so that all we write looks alike.

What is written reads the same by `hydrogitops.source.load`, and no text can change the structure around it. Import
this where something is written only: ruamel.yaml costs more to import than a lint run can spare.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.emitter import Emitter
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from hydrogitops.model import Route

from . import SourceError, load

# Names, addresses and quantities. About much else readers of YAML disagree, so the rest stands in quotes.
_PLAIN = re.compile(
    r"\.?[A-Za-z_/][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*|[0-9]+(?:\.[0-9]+)?(?:m|[kMGT]|[KMGT]i)"
)
# What does not show, or not stay, in lines below a `|`: a first blank, blanks at an end, what cannot be printed.
_NOT_LITERAL = re.compile("\\A[ \t\n]|[ \t](?:\n|\\Z)|[^\n\t -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")

_WIDTH = 2**31
"""Columns, so that no line is folded."""


Remark = Callable[[Route, object], str]
"""The comment behind a scalar that ends a line, by its path and value; the empty text for none."""


def text(data: object, one_line: Callable[[object], bool] = lambda _: False, remark: Remark = lambda *_: "") -> str:
    """One document: every key and item on a line of its own, but for maps and lists that `one_line` says yes to.

    Raises:
        TypeError: something else than maps, lists, texts, bools, numbers and None.
        ValueError: an infinity or NaN.
    """
    return _dump([_block(data, (), one_line, remark)])


def stream(documents: Iterable[object]) -> str:
    """Documents in block style, with `---` above each. Raises as `text` does."""
    return _dump((_block(data, (), lambda _: False, lambda *_: "") for data in documents), start=True)


def scalar(value: object, comment: str = "") -> str:
    """One scalar as it stands behind a key, on its line, with a comment behind it. Raises as `text` does."""
    styled = CommentedMap(k=_scalar(value))
    if comment:
        styled.yaml_add_eol_comment(comment, "k", column=0)
    return _dump([styled]).removeprefix("k: ").removesuffix("\n")


def flow(value: object) -> str:
    """A value on one line: `{key: node, effect: NoSchedule}`. Raises as `text` does."""
    return _dump([_flow([value])]).removeprefix("[").removesuffix("]\n")


def _block(value: object, path: Route, one_line: Callable[[object], bool], remark: Remark) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        if isinstance(value, str) and "\n" in value and not _NOT_LITERAL.search(value):
            return LiteralScalarString(value)
        return _scalar(value)
    if one_line(value):
        return _flow(value)
    styled: Any = CommentedMap() if isinstance(value, Mapping) else CommentedSeq([None] * len(value))
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        at = _scalar(key) if isinstance(value, Mapping) else key
        styled[at] = _block(item, (*path, key), one_line, remark)
        on_its_line = not isinstance(styled[at], CommentedMap | CommentedSeq | LiteralScalarString)
        if on_its_line and (comment := remark((*path, key), item)):
            styled.yaml_add_eol_comment(comment, at, column=0)
    return styled


def _flow(value: object) -> Any:
    if isinstance(value, Mapping):
        styled: Any = CommentedMap((_scalar(key, line=True), _flow(item)) for key, item in value.items())
    elif isinstance(value, list | tuple):
        styled = CommentedSeq(map(_flow, value))
    else:
        return _scalar(value, line=True)
    styled.fa.set_flow_style()
    return styled


def _scalar(value: object, *, line: bool = False) -> Any:
    """`line`: between brackets, where not every parser takes a plain text with a colon in it."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no reader takes an infinity or NaN")
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        raise TypeError(f"no scalar: {type(value).__name__}")
    return value if _plain(value) and not (line and ":" in value) else DoubleQuotedScalarString(value)


def _plain(text: str) -> bool:
    try:
        return _PLAIN.fullmatch(text) is not None and load(text) == text
    except SourceError:
        return False


class _Representer(RoundTripRepresenter):
    """Writes null out."""


_Representer.add_representer(
    type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
)


class _Emitter(Emitter):
    """Puts a comment two blanks behind what it belongs to."""

    def write_comment(self, comment: Any, pre: bool = False) -> None:
        comment.start_mark.column = self.column + 2
        super().write_comment(comment, pre)


def _dump(documents: Iterable[object], *, start: bool = False) -> str:
    yaml = YAML()
    yaml.Emitter = _Emitter
    yaml.Representer = _Representer
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.explicit_start = start
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    written = StringIO()
    yaml.dump_all(documents, written)
    return written.getvalue()
