"""What the templatePatch of an ApplicationSet can become: a Go template, its conditions decided by parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from hydrogitops.source import SourceError, load

MOST = 64
"""Ways through the conditions of a patch that are looked at."""
LONGEST, ACTIONS, DEPTH = 100_000, 500, 20
"""Characters of a patch that is followed, what stands between braces in it, and conditions inside each other."""
UNKNOWN = object()

_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_FIELD = re.compile(r"\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_WORD = re.compile(r"\"((?:[^\"\\])*)\"|`([^`]*)`|(\S+)")


class _BeyondError(Exception):
    """A template that is not followed."""


class _Block:
    """A piece of a template: text, an action, or branches with their conditions (the last one may have none)."""

    __slots__ = ("action", "branches", "text")

    def __init__(self, text: str = "", action: str = "", condition: str | None = None) -> None:
        self.text = text
        self.action = action
        self.branches: list[tuple[str, list[_Block]]] = [] if condition is None else [(condition, [])]


def patches(text: str, parameters: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The patches that a template can become; an empty text is a patch that changes nothing.

    What parameters don't decide goes both ways; None for parameters that nobody here knows.
    """
    if len(text) > LONGEST or text.count("{{") > ACTIONS:
        return []
    try:
        texts = list(dict.fromkeys(_texts(_parsed(text), parameters)))
    except _BeyondError:
        return []
    found: list[Mapping[str, Any]] = []
    for one in texts:
        try:
            data = load(one)
        except SourceError:
            continue
        if data is None or isinstance(data, Mapping):
            found.append(data or {})
    return found


def _parsed(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    open_ones: list[_Block] = []
    inside = blocks
    position, trim = 0, False
    for action in _ACTION.finditer(text):
        before = text[position : action.start()]
        before = before.lstrip() if trim else before
        inside.append(_Block(text=before.rstrip() if action[1] else before))
        position, trim = action.end(), bool(action[3])
        word, _, rest = action[2].strip().partition(" ")
        if word in ("if", "with", "range"):
            block = _Block(condition=f"{word} {rest.strip()}")
            inside.append(block)
            open_ones.append(block)
            if len(open_ones) > DEPTH:
                raise _BeyondError
        elif word == "else":
            if not open_ones:
                raise _BeyondError
            open_ones[-1].branches.append((rest.strip(), []))
        elif word == "end":
            if not open_ones:
                raise _BeyondError
            open_ones.pop()
        elif word in ("define", "block", "template", "break", "continue"):
            raise _BeyondError
        elif not word.startswith("/*"):
            inside.append(_Block(action=action[2].strip()))
        inside = open_ones[-1].branches[-1][1] if open_ones else blocks
    if open_ones:
        raise _BeyondError
    rest = text[position:]
    blocks.append(_Block(text=rest.lstrip() if trim else rest))
    return blocks


def _texts(blocks: Sequence[_Block], parameters: Mapping[str, Any] | None) -> list[str]:
    """What blocks become, one after the other, in up to MOST ways."""
    ways: list[list[str]] = [[]]
    for block in blocks:
        heads = list(islice(_made(block, parameters), MOST))
        if len(heads) == 1:
            for way in ways:
                way.append(heads[0])
        else:
            ways = [[*way, head] for way in ways for head in heads][:MOST]
    return ["".join(way) for way in ways]


def _made(block: _Block, parameters: Mapping[str, Any] | None) -> Iterator[str]:
    if not block.branches:
        yield block.text or _printed(block.action, parameters)
        return
    for condition, below in block.branches:
        word, _, expression = condition.partition(" ")
        within = parameters if word == "if" or not condition else None
        holds = _holds(expression, parameters) if condition else True
        if holds is not False:
            # In `with` and `range` a dot stands for something else.
            yield from _texts(below, within if condition else parameters)
        if holds is True:
            return
    if block.branches[-1][0]:
        yield ""


def _printed(action: str, parameters: Mapping[str, Any] | None) -> str:
    if not action or re.match(r"\$\w+\s*:?=", action):
        return ""
    value = _value(action, parameters)
    if value is UNKNOWN or isinstance(value, (Mapping, list)):
        return "x"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(expression: str, parameters: Mapping[str, Any] | None) -> bool | None:
    """Whether a condition holds; None where nobody here can tell."""
    words = ["".join(found) for found in _WORD.findall(expression)]
    quoted = [not found[2] for found in _WORD.findall(expression)]
    if any(mark in expression for mark in "()|"):
        return None
    if not words:
        # Argo CD refuses the template.
        return None
    if len(words) == 1:
        value = _value(expression.strip(), parameters)
        return None if value is UNKNOWN else bool(value)
    operator, operands = words[0], words[1:]
    if operator == "not" and len(operands) == 1:
        value = _value(operands[0], parameters)
        return None if value is UNKNOWN else not value
    values = [word if text else _value(word, parameters) for word, text in zip(operands, quoted[1:], strict=True)]
    if operator in ("and", "or"):
        truths = [None if value is UNKNOWN else bool(value) for value in values]
        decisive = operator == "or"
        return decisive if decisive in truths else None if None in truths else not decisive
    if operator in ("eq", "ne") and len(values) == 2 and UNKNOWN not in values:
        return (values[0] == values[1]) == (operator == "eq")
    return None


def _value(expression: str, parameters: Mapping[str, Any] | None) -> Any:
    if expression in ("true", "false"):
        return expression == "true"
    if _NUMBER.fullmatch(expression):
        return int(expression)
    if parameters is None or _FIELD.fullmatch(expression) is None:
        return UNKNOWN
    value: Any = parameters
    for key in expression[1:].split("."):
        if not isinstance(value, Mapping) or key not in value:
            return UNKNOWN
        value = value[key]
    return value
