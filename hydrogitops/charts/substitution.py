"""Variables in what a kustomization gives, put in as kustomize-controller does (fluxcd/pkg, envsubst and kustomize)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hydrogitops.source.shapes import node

_MARK = re.compile(r"\$\{|\$\$")
_NAME = re.compile(r"\w*")
_DEFAULT = re.compile(r":[=\-?+]|=")
"""Each of them gives its text where the variable is empty; the engine makes no difference between them."""
_BEYOND = "#%/^,:"
"""What begins the functions on texts."""
_FUNCTION = re.compile(
    r"(?P<case>\^\^|\^|,,|,)\}"
    r"|:(?P<first>[^:}$]+)(?::+(?P<count>[^}$]+))?\}"
    r"|(?P<swap>//|/\#|/%|/(?![/#%]))(?P<old>[^/}$\\]+)/+(?P<new>[^}$\\]*)\}"
)
"""Functions that are done here: letters, a stretch, replacing; with plain texts to do it with."""
_LENGTH = re.compile(r"#(\w+)\}")
_SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
"""A label or an annotation that users put on their own objects."""


class SubstitutionError(ValueError):
    """A text with variables that cannot be filled in. `kind`: `failed` (the engine refuses it), `refused` (we do)."""

    def __init__(self, message: str, kind: Literal["failed", "refused"]) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Use:
    """A variable in a text: its name, and from where to where its `${NAME}` goes."""

    name: str
    start: int
    end: int


def keeps_variables(data: Any) -> bool:
    """Whether an object asks to be left as it is (fluxcd/pkg, kustomize/kustomize_varsub.go)."""
    return any(node(data, ("metadata", key, _SUBSTITUTE)) == "disabled" for key in ("labels", "annotations"))


def substituted(text: str, variables: Mapping[str, str]) -> tuple[str, tuple[Use, ...]]:
    """The text with `${NAME}` and `${NAME:=default}` filled in, `$$` a dollar; and the uses that had no value.

    A name without value and default becomes empty. SubstitutionError.
    """
    missing: list[Use] = []
    parts: list[str] = []
    position = 0
    while (found := _MARK.search(text, position)) is not None:
        parts.append(text[position : found.start()])
        if found[0] == "$$":
            parts.append("$")
            position = found.end()
        else:
            value, position = _expression(text, found.end(), variables, missing)
            parts.append(value)
    parts.append(text[position:])
    return "".join(parts), tuple(missing)


def _expression(text: str, position: int, variables: Mapping[str, str], missing: list[Use]) -> tuple[str, int]:
    """The value of what begins behind `${`, and where it ends."""
    start, name = position - 2, _NAME.match(text, position)
    assert name is not None
    if not name[0]:
        return _length(text, position, variables, missing)
    value, position = variables.get(name[0], ""), name.end()
    default = _DEFAULT.match(text, position)
    if default is not None:
        otherwise, position = _until_brace(text, default.end(), variables, missing if not value else [])
        return value or otherwise, position
    following = text[position : position + 1]
    if following and following in _BEYOND:
        function = _FUNCTION.match(text, position)
        if function is None or not (value.isascii() and function[0].isascii()):
            raise SubstitutionError(f"${{{name[0]}{following}…}} changes a text, which is not done here", "refused")
        if name[0] not in variables:
            missing.append(Use(name[0], start, function.end()))
        return _changed(value, function), function.end()
    if following != "}":
        raise SubstitutionError(f"${{{name[0]} is not closed", "failed")
    if name[0] not in variables:
        missing.append(Use(name[0], start, position + 1))
    return value, position + 1


def _length(text: str, position: int, variables: Mapping[str, str], missing: list[Use]) -> tuple[str, int]:
    """What `${#NAME}` gives: how many bytes the value has."""
    found = _LENGTH.match(text, position)
    if found is None:
        raise SubstitutionError("a `${` without the name of a variable", "failed")
    if found[1] not in variables:
        missing.append(Use(found[1], position - 2, found.end()))
    return str(len(variables.get(found[1], "").encode())), found.end()


def _changed(value: str, function: re.Match[str]) -> str:
    """A value behind a function on texts (fluxcd/pkg, envsubst/funcs.go)."""
    if function["case"]:
        change = str.upper if function["case"][0] == "^" else str.lower
        return change(value) if len(function["case"]) == 2 else change(value[:1]) + value[1:]
    if function["swap"]:
        old, new = function["old"], function["new"]
        match function["swap"]:
            case "//":
                return value.replace(old, new)
            case "/#":
                return new + value[len(old) :] if value.startswith(old) else value
            case "/%":
                return value[: -len(old)] + new if value.endswith(old) else value
        return value.replace(old, new, 1)
    first, count = _number(function["first"]), _number(function["count"] or "0")
    if first is None or count is None:
        # As bash does where it cannot read the number.
        return value
    start = max(len(value) + first, 0) if first < 0 else first
    return value[start : start + count] if function["count"] else value[start:]


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None


def _until_brace(text: str, position: int, variables: Mapping[str, str], missing: list[Use]) -> tuple[str, int]:
    parts: list[str] = []
    while text[position : position + 1] != "}":
        if position >= len(text):
            raise SubstitutionError("a `${` is not closed", "failed")
        if text.startswith("${", position):
            value, position = _expression(text, position + 2, variables, missing)
        else:
            value, position = text[position], position + 1
        parts.append(value)
    return "".join(parts), position + 1
