"""Helm values that are set one by one, as `helm --set` and `--set-string` take them (pkg/strvals, Helm 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hydrogitops.model import Parameter, Route

LARGEST_INDEX = 1_000
"""Positions of a list that are followed; Helm takes 65,536, and makes all those before it."""
DEEPEST = 30
"""Dots in a name, at most."""
_VARIABLE = r"\$(?:\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[*#$@!?0-9-]))"
"""What Go's os.Expand takes for a variable."""
_INDEX = re.compile(r"\[([0-9]+)\]")


class ParameterError(ValueError):
    """A parameter that Helm refuses, or one whose effect cannot be told from what is written."""


def expanded(text: str, variables: Mapping[str, str | None]) -> str:
    """The text with variables as Argo CD fills them in: unknown ones are empty, `$$` is a dollar.

    `variables`: None for one whose value is only known when Argo CD syncs. ParameterError for such a one.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] if found[1] is not None else found[2]
        if name == "$":
            return "$"
        known = variables.get(name, "")
        if known is None:
            raise ParameterError(f"the value of ${name} is only known when Argo CD syncs")
        return known

    if "${" in re.sub(_VARIABLE, "", text):
        raise ParameterError("a `${` in it is not closed")
    return re.sub(_VARIABLE, value, text)


def parameter(name: str, text: str, at: Route, *, string: bool) -> Parameter:
    """The value that one parameter sets; `string`: its text is taken as it is. ParameterError."""
    # Argo CD escapes the commas of a value that is no list.
    is_list = text.startswith("{")
    if is_list and not text.endswith("}"):
        raise ParameterError("a list in it is not closed")
    return Parameter(path_of(name), _list(text, string=string) if is_list else _typed(text, string=string), at)


def path_of(name: str) -> Route:
    """Where a parameter of that name goes: `a.b[0].c\\.d` to `a`, `b`, 0, `c.d`. ParameterError."""
    path: list[str | int] = []
    position = 0
    while position <= len(name):
        key, position = _key(name, position)
        if not key:
            raise ParameterError(f"{name or 'an empty name'} is no path of values")
        path.append(key)
        while (index := _INDEX.match(name, position)) is not None:
            if int(index[1]) > LARGEST_INDEX:
                raise ParameterError(f"the position {index[1]} is further than is followed")
            path.append(int(index[1]))
            position = index.end()
        if position < len(name) and name[position] != ".":
            raise ParameterError(f"{name} is no path of values")
        if position == len(name):
            break
        position += 1
    if sum(isinstance(step, str) for step in path) > DEEPEST + 1:
        raise ParameterError(f"{name} is deeper than Helm takes")
    return tuple(path)


def conflict(parameters: Sequence[Parameter]) -> Parameter | None:
    """One that sets what another one sets too, or lies below it: Argo CD passes them in an order of no kind."""
    paths = {one.path: one for one in parameters}
    for one in parameters:
        if paths[one.path] is not one:
            return one
        for length in range(1, len(one.path)):
            if one.path[:length] in paths:
                return one
    return None


def _key(name: str, position: int) -> tuple[str, int]:
    """A key and where it ends: at a dot or a bracket that is not escaped."""
    key = ""
    while position < len(name) and name[position] not in ".[":
        if name[position] in "=,":
            raise ParameterError(f"{name} is no path of values")
        if name[position] == "\\":
            position += 1
        key += name[position : position + 1]
        position += 1
    return key, position


def _list(text: str, *, string: bool) -> list[object]:
    return [_typed(item, string=string, escaped=False) for item in _items(text[1:-1])]


def _items(text: str) -> Iterator[str]:
    item, escaped = "", False
    for character in text:
        if escaped:
            item, escaped = item + character, False
        elif character == "\\":
            escaped = True
        elif character == ",":
            yield item
            item = ""
        elif character == "}":
            raise ParameterError("a list in it ends before its text does")
        else:
            item += character
    yield item


def _typed(text: str, *, string: bool, escaped: bool = True) -> object:
    """What `--set` makes of a text: no number but a whole one, and none that begins with a zero."""
    if escaped:
        text = re.sub(r"\\(.)|\\$", r"\1", text, flags=re.DOTALL)
    if string:
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() == "null":
        return None
    if text == "0" or (
        re.fullmatch(r"[+-]?[0-9]+", text) and not text.startswith("0") and -(2**63) <= int(text) < 2**63
    ):
        return int(text)
    return text
