"""What the templates may call: filters that put answers into YAML, as an extension of the template engine.

Every answer enters a file through here, so no answer can change a file's structure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jinja2 import Environment
from jinja2.ext import Extension

from hydrogitops.config.defaults import TODO
from hydrogitops.config.required import question
from hydrogitops.model import Route
from hydrogitops.source import emitting

_LONGEST = 90
"""Characters of a map or list that still goes on one line."""


class Yaml(Extension):
    """Filters `yaml` (a scalar), `fact` (a scalar, marked if open), `block` and `answers` (indented lines)."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["yaml"] = emitting.scalar
        environment.filters["fact"] = fact
        environment.filters["block"] = block
        environment.filters["answers"] = answers


def fact(value: object, what: str) -> str:
    """A scalar, followed by `# TODO: what` where nobody knows it yet."""
    return emitting.scalar(value, f"TODO: {what}" if value == TODO else "")


def block(value: object, indent: int, remark: Callable[[Route], str] = lambda _: "") -> str:
    """A map or list as lines indented by `indent` blanks, no line end after the last; inner small things on one line.

    `remark` gives the comment behind an open answer by its path. A list at no indentation is indented all the same.
    """
    depth = indent // 2
    for _ in range(depth):
        value = {"k": value}
    written = emitting.text(value, lambda inner: _is_small(inner), lambda path: remark(path[depth:]))
    return written.split("\n", depth)[depth].removesuffix("\n")


def answers(data: object, indent: int) -> str:
    """All answers as lines, open ones marked with what belongs there."""
    return block(data, indent, lambda path: f"TODO: {question(path)}" if question(path) else "TODO")


def _is_small(value: object) -> bool:
    """Whether a map or list goes on one line: one whose leaves are all known scalars, and few."""
