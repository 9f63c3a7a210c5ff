"""Checks on credentials in plain sight, and on sealed ones that are still to come. No message ever holds their text."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.charts.contract import Contract, Credential, matches
from hydrogitops.charts.kustomization import is_inline, join
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import DocumentView, Parameters, SecretView, ValuesView, dotted, nodes
from hydrogitops.linter.sealed_values import command
from hydrogitops.model import Fault, Field, Place, Route, Suggestion
from hydrogitops.secrets.plaintext import (
    data_of_secret,
    elsewhere,
    filled_in,
    is_password,
    known_secret,
    literal,
    names_credential,
    names_key_of_secret,
    placeholder,
    random_text,
    secret_documents,
)
from hydrogitops.source import reading
from hydrogitops.source.shapes import node
from hydrogitops.source.text import Lines

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
PUBLIC = (".crt", ".cer", ".pub", "ca.pem", "cert.pem", "chain.pem")
"""Ends of names of files that everybody may read."""
ROTATE = "rotate it, then seal the new one"


def plaintext_in_values(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """A credential in a layer of values: where the contract has one, below a telling name, or telling by itself."""
    known = view.values.contract
    for path, value in nodes(view.layer.data):
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or "encryptedData" in path:
            continue
        credential = _credential(known, path)
        key = name_above(view.layer.data, path)
        named = names_key_of_secret(str(value), path, node(view.layer.data, path[:-1]))
        why, mild = verdict(value, key, stated=credential is not None, named=named)
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
    if view.file.broken and view.document is next(iter(view.file.documents), view.document):
        yield from _unparsed(view)
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
    if view.role == "kustomization":
        yield from _generated(view, data.get("secretGenerator"))
        yield from _patched(view, data)


def _unparsed(view: DocumentView) -> Iterator[Fault]:
    """What looks like a Secret in a document that cannot be read; of templates it is the values that count."""
    text, lines = view.file.text, Lines(view.file.text)
    for start, end in secret_documents(text):
        broken = [one for one in view.file.broken if start <= lines.offset(one.span.line, 1) < end]
        offset = data_of_secret(text, start, end)
        if not broken or offset is None or any(one.template for one in broken):
            continue
        yield Fault(
            rule="",
            message="a document that cannot be read seems to be a Secret in plain text",
            at=lines.span(view.file.path, offset, offset + 1),
            label="in plain text",
            fix=Suggestion(f"{ROTATE} as a SealedSecret in place of this Secret"),
            subjects=(subjects.document(view.file.path, broken[0].document),),
        )


def _generated(view: DocumentView, generators: object) -> Iterator[Fault]:
    """Secrets that kustomize makes of literals, or of files that lie in the repository as they are."""
    for index, item in enumerate(generators if isinstance(generators, list) else ()):
        if not isinstance(item, Mapping):
            continue
        name = str(item.get("name", "it"))
        for source in ("literals", "files", "envs", "env"):
            listed = item.get(source)
            texts = [str(text) for text in (listed if isinstance(listed, list) else [listed]) if text]
            route: Route = ("secretGenerator", index, source)
            if source == "literals":
                texts = [text for text in texts if literal(text.partition("=")[2])]
            elif _absent(view, route):
                continue
            else:
                texts = [text for text in texts if not text.endswith(PUBLIC) and not _encrypted(view, text)]
            if texts:
                what = "literals" if source == "literals" else "files of the repository"
                message = f"secretGenerator makes the Secret {name} from {what} in plain text"
                yield _plain(view, route, message, name)


def _absent(view: DocumentView, route: Route) -> bool:
    """Whether what is named there is not in the repository, which another rule says."""
    known = view.repository.dangling if view.repository is not None else ()
    return any(one.place.file == view.file.path and one.place.path[: len(route)] == route for one in known)


def _encrypted(view: DocumentView, text: str) -> bool:
    """Whether SOPS has encrypted what a generator takes: Flux opens it before it builds.

    kustomize-controller, internal/decryptor, DecryptSources: what generators of Secrets name is opened. Of a file that
    is no YAML only the name is seen here, by which SOPS is mostly told what to encrypt.
    """
    name = join(posixpath.dirname(view.file.path), text.partition("=")[2] or text)
    file = view.repository.files.get(name) if view.repository is not None else None
    if file is None:
        return ".sops." in posixpath.basename(name)
    return bool(file.documents) and all(_by_sops(document.data) for document in file.documents)


def _by_sops(data: object) -> bool:
    stated = data.get("sops") if isinstance(data, Mapping) else None
    return isinstance(stated, Mapping) and "mac" in stated


def _patched(view: DocumentView, data: Mapping[str, Any]) -> Iterator[Fault]:
    """Patches written in a kustomization that put something into a Secret; a patch in a file is a document itself."""
    for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        items = data.get(field)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            text = item.get("patch") if isinstance(item, Mapping) else item
            if not isinstance(text, str) or not (isinstance(item, Mapping) or is_inline(text)):
                continue
            kind = str(node(item, ("target", "kind")) or "")
            if any(_puts_secrets(document.data, kind) for document in reading.read("", text).documents):
                route: Route = (field, index, "patch") if isinstance(item, Mapping) else (field, index)
                yield _plain(view, route, "a patch puts values of a Secret there in plain text", "it")


def _puts_secrets(patch: object, kind: str) -> bool:
    if isinstance(patch, list):
        return kind == "Secret" and any(
            isinstance(one, Mapping)
            and str(one.get("path", "")).split("/")[1:2] in (["data"], ["stringData"])
            and one.get("op") in ("add", "replace")
            and _holds_secrets(one["value"] if isinstance(one.get("value"), Mapping) else {"value": one.get("value")})
            for one in patch
        )
    return (
        isinstance(patch, Mapping)
        and "Secret" in (patch.get("kind"), kind)
        and any(_holds_secrets(patch.get(key)) for key in ("data", "stringData"))
    )


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


def verdict(value: str | int, key: str, *, stated: bool = False, named: bool = False) -> tuple[str, bool]:
    """Why a value is a credential, and whether that is only likely; empty where it is none.

    `stated`: by a contract; `named`: by where it stands it is a key of a Secret, whatever its own name says.
    """
    text = str(value)
    if stated or (not named and names_credential(key) and (isinstance(value, str) or is_password(key))):
        return ("is a credential in plain text", False) if literal(text, "" if stated else key) else ("", False)
    if not isinstance(value, str):
        return "", False
    if known_secret(text):
        return "carries a credential in plain text", False
    return ("looks like a credential in plain text", True) if random_text(text, key) else ("", False)


def _credential(known: Contract | None, path: Route) -> Credential | None:
    return next((one for one in known.credentials if matches(one.value, path)), None) if known is not None else None


def name_above(data: object, path: Route) -> str:
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
        at=Place(view.file.path, view.document.number, path, "key"),
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
        # The API server refuses it; what is written there can be read all the same.
        return bool(data) and not (isinstance(data, str) and elsewhere(data))
    return any(not isinstance(value, str) or not filled_in(value) for value in data.values() if value not in (None, ""))


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
