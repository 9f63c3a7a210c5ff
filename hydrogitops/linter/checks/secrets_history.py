"""Checks on sealed values against the base revision: what was changed that must not change."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, SecretView
from hydrogitops.linter.labels import Label, differing, label, listed, place, reseal, sealed_for, stated, values
from hydrogitops.model import Fault, Field, Related, Route, SealedSecret, Suggestion
from hydrogitops.secrets.plaintext import placeholder
from hydrogitops.source.shapes import as_map

OPAQUE = "Opaque"
"""What the API server takes for a type that is not stated."""


def label_drift(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A ciphertext that is what it was, in an object whose name, namespace or scope is not."""
    secret, environment = view.secret, view.environment
    now = label(environment, secret)
    drifted: dict[str, Label] = {}
    for value in values(secret):
        before = [_then(one) for one in environment.base or () if value.digest in _digests(one)]
        if not before or not all(differing(then, now) for then in before):
            continue
        if any(_keeps(environment, then, value.digest) for then in before):
            # The old object still holds it, so this one is a copy.
            continue
        if not sealed_for(environment, value.digest, now):
            drifted[value.key] = before[0]
    if not drifted:
        return
    keys = list(drifted)
    then = drifted[keys[0]]
    parts = differing(then, now)
    places = [place(environment, secret, part, before=then.name if part == "name" else "") for part in parts]
    yield Fault(
        rule="",
        message=f"{secret.name}: {listed(keys)} sealed for {then}, and the object is {now} now:"
        " the controller cannot open it",
        at=places[0],
        label=f"was {then.part(parts[0])}",
        related=tuple(
            Related(at, f"the {part} was {then.part(part)}") for part, at in zip(parts[1:], places[1:], strict=True)
        ),
        object=secret.object.ref,
        fix=Suggestion(f"change it back, or seal again: {reseal(environment, secret, keys[0])}"),
        subjects=(subjects.label(secret.object.ref),),
    )


def immutable_change(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """An object whose Secret the API server refuses to change: it is immutable, or would have another type."""
    secret, environment = view.secret, view.environment
    own = stated(secret, environment.environment)
    before = next(
        (one for one in environment.base or () if (one.name, one.namespace) == (own.name, own.namespace)), None
    )
    if before is None or _unopened(before) or _unopened(secret):
        return
    was, becomes = _type(before), _type(secret)
    if was != becomes:
        at = Field(secret.object.ref, ("spec", "template", "type"), missing="type" not in secret.template)
        yield _refused(view, at, f"the Secret has the type {was} and would get {becomes}", f"was {was}")
        return
    if before.template.get("immutable") is not True:
        return
    changed = _changed(before, secret)
    if changed is not None:
        path, words = changed
        at = Field(secret.object.ref, path, key=path[-1] in ("encryptedData", "template", "data", "immutable"))
        yield _refused(view, at, f"{own.name} is immutable, and {words}", "changed since the base revision")


def _refused(view: SecretView, at: Field, why: str, words: str) -> Fault:
    secret = view.secret
    name = secret.name
    return Fault(
        rule="",
        message=f"{name}: {why}: the API server refuses that, and the controller does not try again",
        at=at,
        label=words,
        object=secret.object.ref,
        path=at.path,
        fix=Suggestion(f"delete the Secret {name} in the cluster, so that the controller creates it again"),
    )


def _changed(before: SealedSecret, now: SealedSecret) -> tuple[Route, str] | None:
    """The first thing of an immutable Secret that would change, and what happened to it."""
    for key, value in now.keys.items():
        if key not in before.keys:
            return ("spec", "encryptedData", key), f"{key} is new"
        if _joined(before.keys[key]) != _joined(value):
            return ("spec", "encryptedData", key), f"{key} was sealed anew"
    gone = [key for key in before.keys if key not in now.keys]
    if gone:
        return ("spec", "encryptedData"), f"{gone[0]} is gone"
    texts, own = as_map(before.template.get("data")), as_map(now.template.get("data"))
    if texts != own:
        differs = next((key for key in own if texts.get(key) != own[key]), "")
        path = ("spec", "template", "data", differs) if differs else ("spec", "template")
        return path, "its template data is another"
    if now.template.get("immutable") is not True:
        stated = "immutable" in now.template
        return ("spec", "template", "immutable") if stated else ("spec", "template"), "would not be any more"
    return None


def _then(one: SealedSecret) -> Label:
    # The namespace is what the cluster had: `base` fills it in.
    return Label(one.scope, one.namespace, one.name)


def _digests(one: SealedSecret) -> set[str]:
    return {value.digest for value in values(one)}


def _keeps(environment: EnvironmentView, then: Label, digest: str) -> bool:
    """Whether an object of the label of before still holds the ciphertext."""
    return any(not differing(label(environment, one), then) and digest in _digests(one) for one in environment.sealed)


def _unopened(secret: SealedSecret) -> bool:
    """Nothing comes of an object with a placeholder: its Secret is neither made nor changed."""
    return any(not isinstance(text, str) or placeholder(text) for text in secret.keys.values())


def _type(secret: SealedSecret) -> str:
    return str(secret.template.get("type") or OPAQUE)


def _joined(value: object) -> object:
    return "".join(value.split()) if isinstance(value, str) else value
