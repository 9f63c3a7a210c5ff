"""What the templates may call: filters that put answers into YAML, as an extension of the template engine."""

from __future__ import annotations

from jinja2 import Environment
from jinja2.ext import Extension

from hydrogitops.config.required import question

from . import yaml_text


class Yaml(Extension):
    """Filters `yaml` (a scalar or a value on one line), `block` (indented lines), `fact` (a scalar, marked if open)."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["yaml"] = value
        environment.filters["block"] = yaml_text.block
        environment.filters["fact"] = fact
        environment.filters["answers"] = answers


def value(data: object) -> str:
    """A value on one line."""
    return yaml_text.flow(data) if isinstance(data, (dict, list, tuple)) else yaml_text.scalar(data)


def fact(value: object, what: str) -> str:
    """A scalar, followed by `# TODO: what` where nobody knows it yet."""
    text = yaml_text.scalar(value)
    return f"{text}  # TODO: {what}" if value == yaml_text.TODO else text


def answers(data: object, indent: int) -> str:
    """All answers as lines, open ones marked with what belongs there."""
    return yaml_text.block(data, indent, lambda path: f"TODO: {question(path)}" if question(path) else "TODO")
