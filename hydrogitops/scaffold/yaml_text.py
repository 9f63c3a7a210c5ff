"""YAML text of plain data: every answer enters a file through here, so no answer can change a file's structure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

TODO = "TODO"
"""What stands in place of an answer that nobody has given yet."""

Route = tuple[str | int, ...]

_PLAIN = re.compile(r"\.?[A-Za-z_/][A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*")
_QUANTITY = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:m|[kMGT]|[KMGT]i)")
# What YAML 1.1 reads as something other than text, in any case; the resolver of Go's parser takes y and n too.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"})
_ESCAPES = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(value: object, *, flow: bool = False) -> str:
    """One scalar: plain where no parser can misread it, else between double quotes. TypeError for anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"no scalar: {type(value).__name__}")
    plain = _QUANTITY.fullmatch(value) or (
        _PLAIN.fullmatch(value) and value.lower().lstrip(".") not in _WORDS and not (flow and ":" in value)
    )
    return value if plain else quoted(value)


def quoted(text: str) -> str:
    """`text` between double quotes."""
    # A JSON string is a YAML one, but for characters that YAML calls not printable.
    return _ESCAPES.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def flow(value: object) -> str:
    """A value on one line: `{key: node, effect: NoSchedule}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value, flow=True)


def block(value: object, indent: int = 0, remark: Callable[[Route], str] | None = None) -> str:
    """A map or list as lines indented by `indent` blanks, no line end after the last; inner small things on one line.

    `remark` gives the comment behind an open answer by its path.
    """
    return "\n".join(_lines(value, indent, (), remark or (lambda _: "")))


def _lines(value: object, indent: int, path: Route, remark: Callable[[Route], str]) -> list[str]:
    pad = " " * indent
    if isinstance(value, Mapping):
        lines: list[str] = []
        for key, item in value.items():
            head = f"{pad}{scalar(key)}:"
            if _is_nested(item):
                lines += [head, *_lines(item, indent + 2, (*path, key), remark)]
            else:
                lines.append(f"{head} {_leaf(item, (*path, key), remark)}")
        return lines
    if isinstance(value, Sequence) and not isinstance(value, str):
        lines = []
        for index, item in enumerate(value):
            if _is_nested(item):
                inner = _lines(item, indent + 2, (*path, index), remark)
                lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
            else:
                lines.append(f"{pad}- {_leaf(item, (*path, index), remark)}")
        return lines
    return [pad + _leaf(value, path, remark)]


def _leaf(value: object, path: Route, remark: Callable[[Route], str]) -> str:
    text = flow(value) if not isinstance(value, str) else scalar(value)
    comment = remark(path) if value == TODO else ""
    return f"{text}  # {comment}" if comment else text


def _is_nested(value: object) -> bool:
    """Whether a value takes lines of its own: maps and lists, but for small ones whose leaves are all known scalars."""
    if isinstance(value, Mapping):
        items: list[object] = list(value.values())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        items = list(value)
    else:
        return False
    simple = all(not isinstance(item, (Mapping, list, tuple)) and item != TODO for item in items)
    return not (simple and len(flow(value)) <= 90)
