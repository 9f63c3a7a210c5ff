"""Strict schemas of everything that a generated repository holds or applies: Kubernetes' own kinds and custom ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource

HERE = Path(__file__).parent
NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$|\\{\\{"}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": NAME, "namespace": NAME, "annotations": TEXTS, "labels": TEXTS},
    "additionalProperties": False,
}


def problems(item: Mapping[str, Any], kubernetes: str) -> Iterator[str]:
    """What is wrong with one object, as a cluster of that minor version that is strict about fields would have it."""
    where = f"{item['apiVersion']} {item['kind']}"
    validator = _validator(item["apiVersion"], item["kind"], kubernetes)
    if validator is None:
        yield f"{where}: there is no such kind in {kubernetes}"
        return
    for error in validator.iter_errors(item):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        yield f"{where} {item['metadata']['name'] if 'metadata' in item else ''}: {path}: {error.message[:300]}"


@cache
def _validator(api_version: str, kind: str, kubernetes: str) -> jsonschema.Draft202012Validator | None:
    group = api_version.rpartition("/")[0]
    file = HERE / f"{'fluxcd.io' if group.endswith('.toolkit.fluxcd.io') else group}.yaml"
    return _custom(file, api_version, kind) if group and file.exists() else _core(api_version, kind, kubernetes)


API_VERSIONS = frozenset(
    {
        "argoproj.io/v1alpha1",
        "bitnami.com/v1alpha1",
        "source.toolkit.fluxcd.io/v1",
        "kustomize.toolkit.fluxcd.io/v1",
        "helm.toolkit.fluxcd.io/v2",
        "kustomize.config.k8s.io/v1beta1",
        "kustomize.config.k8s.io/v1alpha1",
    }
)


def _custom(file: Path, api_version: str, kind: str) -> jsonschema.Draft202012Validator | None:
    """From a file of this folder: kinds by name, with `definitions`; objects are closed but where they say otherwise."""
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = written["kinds"].get(kind)
    if schema is None or api_version not in API_VERSIONS:
        return None
    kustomize = api_version.startswith("kustomize.config.")
    schema = {
        "type": "object",
        "required": ["apiVersion", "kind", *([] if kustomize else ["metadata"]), *schema.get("required", ())],
        "properties": {
            "apiVersion": {"const": api_version},
            "kind": {"const": kind},
            **({} if kustomize else {"metadata": METADATA}),
            **schema["properties"],
        },
        "definitions": written.get("definitions", {}),
    }
    closed = _closed(schema)
    jsonschema.Draft202012Validator.check_schema(closed)
    return jsonschema.Draft202012Validator(closed)


def _closed(node: Any) -> Any:
    """`additionalProperties: false` wherever `properties` stand without it."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _core(api_version: str, kind: str, kubernetes: str) -> jsonschema.Draft202012Validator | None:
    """From the wheel kubernetes-validate, whose strict schemas are made from Kubernetes' own OpenAPI document."""
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{kubernetes}.0-local-strict"
    group, _, version = api_version.rpartition("/")
    name = "-".join(part for part in (kind.lower(), group.partition(".")[0], version) if part)
    file = folder / f"{name}.json"
    if not file.is_file():
        return None
    schema = json.loads(file.read_text(encoding="utf-8"))
    registry: Registry[Any] = Resource.from_contents(schema) @ Registry()
    return jsonschema.Draft202012Validator(schema, registry=_definitions(kubernetes) @ registry)


@cache
def _definitions(kubernetes: str) -> Resource[Any]:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{kubernetes}.0-local-strict"
    return Resource.from_contents(json.loads((folder / "_definitions.json").read_text(encoding="utf-8")))
