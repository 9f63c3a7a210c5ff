"""JSON Schemas of what people write, made from the models that check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from .answer_models import Answers
from .configuration_models import ConfigurationModel
from .required import WANTED

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
Severity = Literal["error", "warning", "info", "off", False]


class PolicyModel(BaseModel):
    """A rule as data; its id is its path below the folder of policies. An unquoted `off` is `false`."""

    model_config = ConfigDict(extra="forbid")

    severity: Severity
    profiles: dict[Literal["production", "staging", "dev"], Severity] = {}
    scope: Literal["document", "values", "workload", "object", "secret", "environment", "repository"]
    check: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")]
    parameters: dict[str, Any] = {}
    since: str = ""
    title: str
    why: str
    fix: str
    source: str
    examples: dict[str, Any]


def answers() -> dict[str, Any]:
    """Of a file with answers: whatever has a default may be left out, and so may what is still open."""
    made = _made(Answers, "Answers of hydrogitops new")
    definitions = made["$defs"]
    for name, definition in (*definitions.items(), ("", made)):
        # Inside lists nothing is completed.
        if name not in ("Taint", "Pool"):
            definition.pop("required", None)
    for fact in WANTED:
        target = made
        for step in fact.path:
            target = _resolved(target, definitions).get("properties", {}).get(step, {})
        target.setdefault("description", f"The {fact.question}.")
    return made


def configuration() -> dict[str, Any]:
    """Of `.hydrogitops.yaml`."""
    return _made(ConfigurationModel, "Configuration of hydrogitops, .hydrogitops.yaml")


def policies() -> dict[str, Any]:
    """Of a policy, `FAMILY/RULE.yaml`."""
    return _made(PolicyModel, "A policy of hydrogitops")


MADE: Final[Mapping[str, Callable[[], dict[str, Any]]]] = {
    "answers": answers,
    "config": configuration,
    "policies": policies,
}


def _made(model: type[BaseModel], title: str) -> dict[str, Any]:
    return {"$schema": _DRAFT, **model.model_json_schema(), "title": title}


def _resolved(node: dict[str, Any], definitions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    reference = node.get("$ref", "")
    return definitions[reference.rpartition("/")[2]] if reference else node
