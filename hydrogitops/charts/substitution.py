"""Variables in what a kustomization gives, put in as kustomize-controller does (fluxcd/pkg, envsubst and kustomize)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_MARK = re.compile(r"\$\{|\$\$")
_NAME = re.compile(r"\w*")
_DEFAULT = re.compile(r":[=\-?+]|=")
"""Each of them gives its text where the variable is empty; the engine makes no difference between them."""
_BEYOND = "#%/^,:"
"""What begins the functions on texts that are not done here."""


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
    if not name[0] and text[position : position + 1] != "#":
        raise SubstitutionError("a `${` without the name of a variable", "failed")
    value, position = variables.get(name[0], ""), name.end()
    default = _DEFAULT.match(text, position)
    if default is not None:
        otherwise, position = _until_brace(text, default.end(), variables, missing if not value else [])
        return value or otherwise, position
    following = text[position : position + 1]
    if following and following in _BEYOND:
        raise SubstitutionError(f"${{{name[0]}{following}…}} changes a text, which is not done here", "refused")
    if following != "}":
        raise SubstitutionError(f"${{{name[0]} is not closed", "failed")
    if name[0] not in variables:
        missing.append(Use(name[0], start, position + 1))
    return value, position + 1


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
