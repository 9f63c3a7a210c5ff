"""Checks on credentials in plain sight, and on sealed ones that are still to come. No message ever holds their text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.charts.contract import Contract, Credential, matches
from hydrogitops.charts.workloads import node
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import DocumentView, Parameters, SecretView, ValuesView, dotted, nodes
from hydrogitops.linter.sealed_values import command
from hydrogitops.model import Fault, Field, Place, Route, Suggestion
from hydrogitops.secrets.plaintext import (
    elsewhere,
    is_password,
    known_secret,
    literal,
    names_credential,
    placeholder,
    random_text,
)

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
ROTATE = "rotate it, then seal the new one"


def plaintext_in_values(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A credential in a layer of values: where the contract has one, below a telling name, or telling by itself."""
    known = view.values.contract
    for path, value in nodes(view.layer.data):
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or "encryptedData" in path:
            continue
        credential = _credential(known, path)
        key = _key(view.layer.data, path)
        why, mild = _verdict(str(value), value, key, credential is not None)
        if not why:
            continue
        yield Fault(
            rule="",
            message=f"{dotted(path)} {why}; whoever reads the repository has it",
            at=view.place(path),
            mild="warning" if mild else None,
            label="in plain text",
            fix=Suggestion(_way_out(view, credential)),
            subjects=(subjects.value(view.values.release.name, path),),
        )


def plain_secret(view: DocumentView, parameters: Parameters) -> Iterator[Fault]:
    """A Secret with something in it, also in the annotation of kubectl apply, or made by kustomize from literals."""
    data = view.document.data
    if not isinstance(data, Mapping) or not view.judged:
        return
    for route, document in _objects(data):
        name = str(node(document, ("metadata", "name")) or "it")
        if document.get("kind") == "Secret":
            for key in ("data", "stringData"):
                if _holds_secrets(document.get(key)):
                    yield _plain(view, (*route, key), f"Secret {name} has its {key} in plain text", name)
        annotation = node(document, ("metadata", "annotations", LAST_APPLIED))
        if isinstance(annotation, str) and _applied_secret(annotation):
            message = f"{name} carries a Secret in plain text in the annotation that kubectl apply wrote"
            yield _plain(view, (*route, "metadata", "annotations", LAST_APPLIED), message, name)
    generators = data.get("secretGenerator") if view.role == "kustomization" else None
    for index, item in enumerate(generators if isinstance(generators, list) else ()):
        literals = item.get("literals") if isinstance(item, Mapping) else None
        pairs = [str(text).partition("=") for text in literals] if isinstance(literals, list) else []
        if any(literal(value) for _, _, value in pairs):
            name = str(item.get("name", "it"))
            message = f"secretGenerator makes the Secret {name} from literals in plain text"
            yield _plain(view, ("secretGenerator", index, "literals"), message, name)


def placeholder_left(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A key of a SealedSecret that holds a placeholder: the controller opens none of its keys."""
    secret, environment = view.secret, view.environment
    for key, value in secret.keys.items():
        if not isinstance(value, str) or not placeholder(value):
            continue
        path: Route = ("spec", "encryptedData", key)
        waiting = "" if environment.seals.present else ", and the environment has no certificate to seal with yet"
        yield Fault(
            rule="",
            message=f"{secret.name}: {key} is not sealed, a placeholder stands in its place{waiting}",
            at=Field(secret.object.ref, path),
            mild=None if environment.seals.present else "warning",
            label="nothing is sealed here",
            object=secret.object.ref,
            path=path,
            fix=Suggestion(f"seal it: {command(view, key, replace=False)}"),
        )


def _verdict(text: str, value: object, key: str, stated: bool) -> tuple[str, bool]:
    """Why a value is a credential, and whether that is only likely; empty where it is none."""
    if stated or (names_credential(key) and (isinstance(value, str) or is_password(key))):
        return ("is a credential in plain text", False) if literal(text, "" if stated else key) else ("", False)
    if not isinstance(value, str):
        return "", False
    if known_secret(text):
        return "carries a credential in plain text", False
    return ("looks like a credential in plain text", True) if random_text(text, key) else ("", False)


def _credential(known: Contract | None, path: Route) -> Credential | None:
    return next((one for one in known.credentials if matches(one.value, path)), None) if known is not None else None


def _key(data: object, path: Route) -> str:
    """The name above a value: its key, for an item the list's, for `{name: N, value: V}` what `name` says."""
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if key == "value" and isinstance(path[-1], str):
        named = node(data, (*path[:-1], "name"))
        if isinstance(named, str):
            return named
    return key


def _way_out(view: ValuesView, credential: Credential | None) -> str:
    if credential is None or not credential.secret:
        return f"{ROTATE} into a SealedSecret that the workload reads"
    name = credential.secret.replace("{release}", view.values.release.name)
    secret = next((one for one in view.environment.sealed if one.name == name), None)
    if secret is None:
        return f"{ROTATE} into a SealedSecret {name} with the key {credential.key}"
    value = secret.keys.get(credential.key)
    replace = isinstance(value, str) and not placeholder(value)
    return f"{ROTATE}: {command(SecretView(secret, view.environment), credential.key, replace=replace)}"


def _plain(view: DocumentView, path: Route, message: str, name: str) -> Fault:
    return Fault(
        rule="",
        message=message,
        at=Place(view.file.path, view.document.index, path, "key"),
        label="in plain text",
        fix=Suggestion(f"{ROTATE} as a SealedSecret {name} in place of this Secret"),
    )


def _objects(data: Mapping[str, Any]) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    items = data.get("items")
    if str(data.get("kind", "")).endswith("List") and isinstance(items, list):
        yield from ((("items", index), item) for index, item in enumerate(items) if isinstance(item, Mapping))
    else:
        yield (), data


def _holds_secrets(data: object) -> bool:
    """Whether a map of a Secret holds more than nothing, references and texts that are sealed by other means."""
    if not isinstance(data, Mapping):
        return False
    return any(not isinstance(value, str) or not elsewhere(value) for value in data.values() if value not in (None, ""))


def _applied_secret(text: str) -> bool:
    try:
        data = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(data, Mapping)
        and data.get("kind") == "Secret"
        and any(_holds_secrets(data.get(key)) for key in ("data", "stringData"))
    )
