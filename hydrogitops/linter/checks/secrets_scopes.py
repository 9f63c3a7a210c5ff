"""Checks on what a SealedSecret is sealed for: the annotations that say its scope, and its namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from hydrogitops.charts.workloads import SCOPE_ANNOTATIONS
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, SecretView
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.sealed_values import written
from hydrogitops.model import Fault, Field, Route, Severity, Suggestion
from hydrogitops.source.shapes import node

PREFIX: Final = "sealedsecrets.bitnami.com/"
OTHERS: Final = ("managed", "patch", "skip-set-owner-references")
KNOWN: Final = (*SCOPE_ANNOTATIONS, *(PREFIX + name for name in OTHERS))
SCOPES: Final = {key.removeprefix(PREFIX): key for key in SCOPE_ANNOTATIONS}
ON: Final = "true"
OBJECT: Final[Route] = ("metadata", "annotations")
TEMPLATE: Final[Route] = ("spec", "template", "metadata", "annotations")
LABELS: Final[Route] = ("metadata", "labels")
AGAIN: Final = "correct it, and seal again if the scope changes by that"


def scope_annotation(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """An annotation that was to say the scope, and that the controller passes over without a word."""
    own, template, labels = (_map(view, route) for route in (OBJECT, TEMPLATE, LABELS))
    for key, value in own.items():
        if key in SCOPE_ANNOTATIONS:
            yield from _value(view, OBJECT, key, value)
        else:
            yield from _misspelt(view, OBJECT, key)
    # What is said of an annotation of the object need not be said of its copy.
    said = {*own, *map(_meant, own), *labels}
    for key, value in template.items():
        if key not in SCOPE_ANNOTATIONS:
            if key not in own:
                yield from _misspelt(view, TEMPLATE, key, "warning" if _meant(key) in own else None)
        elif not isinstance(value, str):
            yield from _value(view, TEMPLATE, key, value)
        elif value == ON and key not in said and view.secret.scope != "cluster-wide":
            message = f"stands under the template alone, which the controller passes over: the scope is {_scope(view)}"
            yield _fault(view, TEMPLATE, key, message, "not read here", way=f"write it under metadata too; {AGAIN}")
    for key in labels:
        if key in SCOPE_ANNOTATIONS:
            message = f"is a label, and the controller reads annotations: the scope is {_scope(view)}"
            yield _fault(view, LABELS, key, message, "not read here", way=f"make it an annotation; {AGAIN}")
    narrow, wide = PREFIX + "namespace-wide", PREFIX + "cluster-wide"
    if own.get(narrow) == own.get(wide) == ON:
        message = "stands beside cluster-wide, which wins"
        yield _fault(view, OBJECT, narrow, message, "has no effect", "warning", way="keep the one that is meant")


def cluster_wide(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A scope that binds a value to nothing."""
    if view.secret.scope == "cluster-wide":
        message = "lets a copy of its values be opened in any namespace"
        way = "take the strict scope, and seal again"
        yield _fault(view, OBJECT, PREFIX + "cluster-wide", message, "opens anywhere", way=way)


def namespace_missing(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A namespace that nobody knows before somebody applies the object: it is a part of what values are sealed for."""
    secret, environment = view.secret, view.environment
    if secret.scope == "cluster-wide" or namespace_of(secret.namespace, environment.environment):
        return
    if not environment.built or _written_namespace(view) is not None:
        # An overlay may fill it in; what is written and is no text has a rule of its own.
        return
    yield Fault(
        rule="",
        message=f"{secret.name} states no namespace, and nothing fills one in: it opens only where its values were "
        "sealed for",
        at=Field(secret.object.ref, ("metadata", "namespace"), missing=True),
        label="no namespace",
        object=secret.object.ref,
        path=("metadata", "namespace"),
        subjects=(subjects.label(secret.object.ref),),
    )


def _written_namespace(view: SecretView) -> object:
    document = written(view)
    return node(document.data, ("metadata", "namespace")) if document is not None else None


def _value(view: SecretView, route: Route, key: str, value: object) -> Iterator[Fault]:
    if value == ON and isinstance(value, str):
        return
    if not isinstance(value, str):
        # kustomize makes texts of them.
        if view.environment.built:
            message = "is no text: the API server refuses the object"
            yield _fault(view, route, key, message, "not a text", way='write "true" in quotes')
        return
    message = f'is not exactly "true", and counts as not set: the scope is {_scope(view)}'
    yield _fault(view, route, key, message, "counts as not set", way=f'write "true", or drop it; {AGAIN}')


def _misspelt(view: SecretView, route: Route, key: str, mild: Severity | None = None) -> Iterator[Fault]:
    meant = _meant(key)
    if meant:
        message = "is no annotation that the controller reads"
        if meant in SCOPE_ANNOTATIONS and mild is None:
            message += f": the scope is {_scope(view)}"
        yield _fault(view, route, key, message, "not read", mild, key=True, way=f"{meant} is meant; {AGAIN}")
    elif key.startswith(PREFIX) and key not in KNOWN:
        names = ", ".join(one.removeprefix(PREFIX) for one in KNOWN)
        message = "is no annotation that the controller reads"
        yield _fault(view, route, key, message, "not read", "warning", key=True, way=f"there are {names}")


def _meant(key: str) -> str:
    """The annotation that was meant by one that is not quite it; empty where none was."""
    if key in KNOWN:
        return ""
    prefix, _, name = key.rpartition("/")
    plain = name.lower().replace("_", "-")
    if f"{prefix}/" != PREFIX:
        return SCOPES.get(plain, "") if not prefix or _is_near(prefix) else ""
    near = get_close_matches(PREFIX + plain, KNOWN, n=1, cutoff=0.9)
    squeezed = {one.removeprefix(PREFIX).replace("-", ""): one for one in KNOWN}
    return near[0] if near else squeezed.get(plain.replace("-", ""), "")


def _is_near(prefix: str) -> bool:
    return bool(get_close_matches(prefix.lower(), [PREFIX.rstrip("/"), "bitnami.com"], n=1, cutoff=0.8))


def _map(view: SecretView, route: Route) -> Mapping[str, object]:
    found = node(view.secret.object.data, route)
    return found if isinstance(found, Mapping) else {}


def _scope(view: SecretView) -> str:
    return view.secret.scope


def _fault(
    view: SecretView,
    route: Route,
    name: str,
    message: str,
    label: str,
    mild: Severity | None = None,
    *,
    key: bool = False,
    way: str,
) -> Fault:
    reference = view.secret.object.ref
    return Fault(
        rule="",
        message=f"{view.secret.name}: {name} {message}",
        at=Field(reference, (*route, name), key=key),
        mild=mild,
        label=label,
        object=reference,
        path=(*route, name),
        fix=Suggestion(way),
        subjects=(subjects.label(reference),),
    )
