"""Rules as data: the policies that come with the tool, and those of the repository's own folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from hydrogitops import data
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Fault, Policy, UserError
from hydrogitops.source import reading

ENDING = ".yaml"
INDEX = "index.json"
"""All policies of the tool together, beside them."""
OWN_FOLDER = ".hydrogitops/policies"
SEVERITIES = ("error", "warning", "info", "off")
SCOPES = ("document", "values", "workload", "object", "secret", "environment", "repository")
VIEWS = {
    "document": "DocumentView",
    "values": "ValuesView",
    "workload": "WorkloadView",
    "object": "ObjectView",
    "secret": "SecretView",
    "environment": "EnvironmentView",
    "repository": "RepositoryView",
}
"""What a check of each scope is given."""
KEYS = frozenset(
    ("severity", "profiles", "scope", "check", "parameters", "since", "title", "why", "fix", "source", "examples")
)
REQUIRED = ("severity", "scope", "check", "title", "why", "fix", "source", "examples")

Check = Callable[[Any, Mapping[str, Any]], Iterator[Fault]]


@lru_cache(maxsize=1)
def load() -> Mapping[str, Policy]:
    """The policies of the tool by id, sorted, as scripts/make_policies.py put them together."""
    index = (data.policies() / INDEX).read_text(encoding="utf-8")
    return {one["id"]: Policy(**one) for one in json.loads(index)}


def load_own(root: Path) -> Mapping[str, Policy]:
    """The policies of a repository's own folder. UserError where one is not a policy."""
    folder = root / OWN_FOLDER
    if not folder.is_dir():
        return {}
    for path in sorted(folder.glob("*.yaml")):
        raise UserError(f"{OWN_FOLDER}/{path.name} is not in the folder of a family", "policies are FAMILY/RULE.yaml")
    return written(folder)


def written(folder: Path) -> dict[str, Policy]:
    """The policies below a folder by id, sorted, as people write them. UserError where one is not a policy."""
    # Plain names: paths as objects would take as long as what is in them.
    # A link that leads to itself is no folder either, which `DirEntry.is_dir` raises an error for.
    families = [name for name in os.listdir(folder) if os.path.isdir(f"{folder}/{name}")]  # noqa: PTH112, PTH208
    names = [f"{family}/{name}" for family in families for name in os.listdir(f"{folder}/{family}")]  # noqa: PTH208
    policies = [name.removesuffix(ENDING) for name in names if name.endswith(ENDING)]
    return {policy: _read(policy, f"{folder}/{policy}{ENDING}") for policy in sorted(policies)}


@lru_cache(maxsize=256)
def check(policy: str, name: str, scope: str) -> Check:
    """The function that a policy names, `FAMILY.FUNCTION` of `linter/checks/`. UserError where there is none."""
    family, _, function = name.partition(".")
    try:
        module = import_module(f"{__package__}.checks.{family}")
    except ModuleNotFoundError as error:
        if error.name != f"{__package__}.checks.{family}":
            raise
        module = None
    found = getattr(module, function, None) if function and not function.startswith("_") else None
    if getattr(found, "__module__", None) != getattr(module, "__name__", ""):
        hint = "`hydrogitops explain RULE` names the check of each rule of the tool"
        raise UserError(f"policy {policy} names the check {name}, which does not exist", hint)
    # The module defers annotations, so they are the names as written.
    if VIEWS[scope] != found.__annotations__.get("view"):
        raise UserError(f"policy {policy} has the scope {scope}, which is not that of the check {name}")
    return found  # type: ignore[return-value]


def severity(value: object) -> str:
    """A severity as written; YAML reads an unquoted `off` as false."""
    return "off" if value is False else str(value)


def effective(policy: Policy, profile: str, stated: str | None) -> str:
    """The severity of a rule in a profile, maybe "off"; what the configuration states wins."""
    return stated if stated is not None else policy.profiles.get(profile, policy.severity)


def is_off(policy: Policy, configuration: Configuration) -> bool:
    """Off for every environment: nothing has to be asked."""
    if any(policy.id in environment.rules for environment in configuration.environments.values()):
        return False
    stated = configuration.rules.get(policy.id)
    severities = (
        {policy.severity, *policy.profiles.values()} if stated is None or not stated.severity else {stated.severity}
    )
    return severities == {"off"}


def parameters(policy: Policy, configuration: Configuration, environment: str) -> Mapping[str, Any]:
    """The parameters of a rule in an environment; what the configuration states wins, of the environment last."""
    parameters = dict(policy.parameters)
    stated = configuration.rules.get(policy.id)
    if stated is not None:
        parameters.update(stated.parameters)
    own = configuration.environments.get(environment)
    if own is not None and policy.id in own.rules:
        parameters.update(own.rules[policy.id].parameters)
    return parameters


def _read(name: str, path: str) -> Policy:
    if not os.path.isfile(path):  # noqa: PTH113 - one of a hundred
        raise UserError(f"policy {name} is no file", "a policy is a YAML file")
    with open(path, "rb") as opened:  # noqa: PTH123 - likewise
        file = reading.read_bytes(path, opened.read())
    raw = file.documents[0].data if file.documents else None
    problem = "is no mapping" if not isinstance(raw, Mapping) else _problem(raw)
    if file.broken:
        problem = f"does not parse: {file.broken[0].message}"
    if problem or not isinstance(raw, Mapping):
        raise UserError(f"policy {name} {problem}", "hydrogitops schema policies says what a policy holds")
    return Policy(
        id=name,
        severity=severity(raw["severity"]),
        profiles={str(k): severity(v) for k, v in (raw.get("profiles") or {}).items()},
        scope=raw["scope"],
        check=raw["check"],
        parameters=raw.get("parameters") or {},
        since=str(raw.get("since", "")),
        title=raw["title"],
        why=raw["why"],
        fix=raw["fix"],
        source=raw["source"],
        examples=raw["examples"],
    )


def _problem(raw: Mapping[str, Any]) -> str:
    """What is wrong with a policy, in words; empty where nothing is. A rule without its examples does not load."""
    for key in raw:
        if key not in KEYS:
            return f"has an unknown key {key}"
    for key in REQUIRED:
        if raw.get(key) in (None, ""):
            return f"lacks {key}"
    if severity(raw["severity"]) not in SEVERITIES:
        return f"has the severity {raw['severity']}; there are {', '.join(SEVERITIES)}"
    if raw["scope"] not in SCOPES:
        return f"has the scope {raw['scope']}; there are {', '.join(SCOPES)}"
    if not all(isinstance(raw[key], str) for key in ("check", "title", "why", "fix", "source")):
        return "has a check, title, why, fix or source that is no text"
    for key in ("profiles", "parameters"):
        if not isinstance(raw.get(key) or {}, Mapping):
            return f"has {key} that are no map"
    for profile, value in (raw.get("profiles") or {}).items():
        if profile not in ("production", "staging", "dev") or severity(value) not in SEVERITIES:
            return f"has {profile}: {value} among its profiles"
    examples = raw["examples"]
    if not isinstance(examples, Mapping) or not examples.get("bad") or not examples.get("good"):
        return "needs a bad and a good example"
    return ""
