"""The shape of `.hydrogitops.yaml`: pydantic models, and messages for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hydrogitops.kube.names import validate_name
from hydrogitops.kube.nodes import allocatable as node_type
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.model import Route

from .messages import explain, shown

KUBERNETES = tuple(f"1.{minor}" for minor in range(25, 38))
"""Versions whose schemas the tool knows."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _unquoted_off(value: object) -> object:
    """YAML 1.1 reads an unquoted `off` as false."""
    return "off" if value is False else value


def _quoted(value: object) -> object:
    """`1.30` without quotes is the number 1.3."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError('put the version in quotes, as "1.34"')  # noqa: TRY004 - pydantic wants a ValueError
    return value


class Rule(_Strict):
    severity: Annotated[Literal["error", "warning", "info", "off"], BeforeValidator(_unquoted_off)] | None = None
    parameters: dict[str, Any] = {}


class Taint(_Strict):
    key: str
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class PoolModel(_Strict):
    name: str
    labels: dict[str, str] = {}
    taints: list[Taint] = []
    instance_types: list[str] | None = None
    allocatable: dict[str, str | int | float] | None = None

    @model_validator(mode="after")
    def _sized(self) -> PoolModel:
        if (self.instance_types is None) == (self.allocatable is None):
            raise ValueError("either instance_types or allocatable is wanted, to know what a node holds")
        for name in self.instance_types or ():
            if node_type(name) is None:
                raise ValueError(f"instance type {name} is not known; state allocatable: {{cpu, memory, pods}} instead")
        for name, value in (self.allocatable or {}).items():
            try:
                Quantity.of(value)
            except QuantityError as error:
                raise ValueError(f"allocatable.{name}: {error}") from None
        for key, value in self.labels.items():
            for problem in (*validate_name("label-key", key), *validate_name("label-value", value)):
                raise ValueError(f"label {key}: {problem}")
        return self


class EnvironmentModel(_Strict):
    profile: Literal["production", "staging", "dev"] = "staging"
    kubernetes: Annotated[Literal[KUBERNETES] | None, BeforeValidator(_quoted)] = None  # type: ignore[valid-type]
    helm: Literal[3, 4] = 4
    pools: list[PoolModel] | None = None
    certificate: str | None = None
    certificate_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    rules: dict[str, Rule] = {}


class Image(_Strict):
    match: str
    jdk: Literal[8, 11, 17, 21, 25]
    sees_limits: bool | None = None
    variables: list[str] | None = None


class Template(_Strict):
    version: str


class ConfigurationModel(_Strict):
    """`.hydrogitops.yaml`."""

    version: Literal[1]
    template: Template | None = None
    answers: dict[str, Any] | None = None
    environments: dict[str, EnvironmentModel | None] = {}
    rules: dict[str, Rule] = {}
    images: list[Image] = []


def problems(data: object) -> list[tuple[Route, str, str]]:
    """All that is wrong with a configuration: where, the path as people write it, and what."""
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        return [((), "the document", "a map is wanted here")]
    try:
        ConfigurationModel.model_validate(dict(data))
    except ValidationError as error:
        return [(path, shown(path), message) for path, message in explain(error, ConfigurationModel)]
    return _unknown_rules(data)


def _unknown_rules(data: Mapping[str, Any]) -> list[tuple[Route, str, str]]:
    """Rules and parameters that no policy has; a misspelt one would be a rule that is silently still on."""
    from difflib import get_close_matches

    from hydrogitops import data as installed

    known = [
        path.relative_to(installed.policies()).with_suffix("").as_posix()
        for path in installed.policies().glob("*/*.yaml")
    ]
    found: list[tuple[Route, str, str]] = []
    settings: list[tuple[Route, Any]] = [(("rules",), data.get("rules"))]
    for name, one in (data.get("environments") or {}).items():
        settings.append((("environments", name, "rules"), (one or {}).get("rules")))
    for route, rules in settings:
        for rule in rules or ():
            if rule not in known:
                near = get_close_matches(rule, known, 1)
                message = f"no such rule; did you mean {near[0]}?" if near else "no such rule"
                path = (*route, rule)
                found.append((path, shown(path), message))
    return found
