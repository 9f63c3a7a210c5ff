"""What the templates may call: filters that put answers into YAML, as an extension of the template engine.

Every answer enters a file through here, so no answer can change a file's structure.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment
from jinja2.ext import Extension

from hydrogitops.config.defaults import TODO
from hydrogitops.config.required import question
from hydrogitops.model import Route
from hydrogitops.source import emitting

_LONGEST = 90
"""Characters of a map or list that still goes on one line."""


class Yaml(Extension):
    """Filters `yaml` (a scalar), `fact` (one that is marked if open), `flow` (one line), `block`, `answers` (lines)."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["yaml"] = emitting.scalar
        environment.filters["fact"] = fact
        environment.filters["flow"] = emitting.flow
        environment.filters["block"] = block
        environment.filters["answers"] = answers


def fact(value: object, what: str) -> str:
    """A scalar, followed by `# TODO: what` where nobody knows it yet."""
    return emitting.scalar(value, f"TODO: {what}" if value == TODO else "")


def block(value: object, indent: int, remark: emitting.Remark = lambda *_: "") -> str:
    """A map or list that isn't empty, as lines indented by `indent` blanks (a list by two at least), small inner ones
    on one line; no line end after the last.
    """
    depth = indent // 2
    nested = value
    for _ in range(depth):
        nested = {"k": nested}
    written = emitting.text(
        nested, lambda inner: inner is not value and _is_small(inner), lambda path, item: remark(path[depth:], item)
    )
    return written.split("\n", depth)[depth].removesuffix("\n")


def answers(data: object, indent: int) -> str:
    """All answers as lines, open ones marked with what belongs there."""
    return block(data, indent, _what_is_open)


def _what_is_open(path: Route, value: object) -> str:
    if value != TODO:
        return ""
    what = question(path)
    return f"TODO: {what}" if what else "TODO"


def _is_small(value: object) -> bool:
    """Whether a map or list goes on one line: few scalars, all of them known."""
    items = list(value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ())
    return not any(isinstance(item, Mapping | list | tuple) or item == TODO for item in items) and (
        len(emitting.flow(value)) <= _LONGEST
    )
