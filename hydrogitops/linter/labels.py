"""What a sealed value opens under: the label of its object, and where each part of that label is written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from hydrogitops.charts.patches import matches, setting
from hydrogitops.charts.workloads import SCOPE_ANNOTATIONS
from hydrogitops.model import AppliedObject, Environment, Field, Place, SealedSecret
from hydrogitops.secrets import records
from hydrogitops.secrets.records import Record, Scope
from hydrogitops.source.shapes import node

from .inputs import EnvironmentView
from .overlays import OPEN, Line, lines, renamed
from .sealed_values import inspected

Part = Literal["name", "namespace", "scope"]


class Label(NamedTuple):
    """What a value is sealed for. `namespace` and `name` are empty where nobody can know them."""

    scope: Scope
    namespace: str
    name: str

    def part(self, part: Part) -> str:
        return {"name": self.name, "namespace": self.namespace, "scope": self.scope}[part]

    def __str__(self) -> str:
        if self.scope == "cluster-wide":
            return "every namespace (cluster-wide)"
        namespace = self.namespace or "?"
        return (
            f"{namespace}/{self.name or '?'}"
            if self.scope == "strict"
            else f"the namespace {namespace} (namespace-wide)"
        )


class SealedValue(NamedTuple):
    """A key that holds a sealed value, and the `digest` of that, as records have it."""

    key: str
    digest: str


def label(view: EnvironmentView, secret: SealedSecret) -> Label:
    """The label of an object as applied; where nothing was built, what an overlay may change is not known."""
    own = stated(secret, view.environment)
    if view.built or secret.object.source is None:
        return own
    keys = {line.key for line in lines(view, secret.object.source.file, own.name, own.name)}
    affixes = keys & {"namePrefix", "nameSuffix", *OPEN}
    return Label(own.scope, "" if keys & {"namespace", *OPEN} else own.namespace, "" if affixes else own.name)


def stated(secret: SealedSecret, environment: Environment) -> Label:
    """The label of an object as it states it, its namespace filled in as by `namespace_of`."""
    return Label(secret.scope, namespace_of(secret.namespace, environment), secret.name)


def recorded(record: Record) -> Label:
    return Label(record.scope, record.namespace, record.name)


def namespace_of(namespace: str, environment: Environment) -> str:
    """The namespace of an object in the cluster; empty where nobody says it."""
    return namespace or (environment.namespace if environment.fills_namespace else "")


def differing(one: Label, other: Label) -> tuple[Part, ...]:
    """The parts that make two labels different ones; what nobody can know makes no difference."""
    if one.scope != other.scope:
        return ("scope",)
    parts: list[Part] = []
    if one.scope == "strict" and one.name and other.name and one.name != other.name:
        parts.append("name")
    if one.scope != "cluster-wide" and one.namespace and other.namespace and one.namespace != other.namespace:
        parts.append("namespace")
    return tuple(parts)


def values(secret: SealedSecret) -> Iterator[SealedValue]:
    """The keys of an object that hold a sealed value, whole by its form; placeholders and broken ones are left out."""
    for key, text in secret.keys.items():
        if isinstance(text, str):
            digest = _digest(text)
            if digest:
                yield SealedValue(str(key), digest)


def records_of(view: EnvironmentView, digest: str) -> tuple[Record, ...]:
    """The records of an environment that speak of a ciphertext, under whatever name."""
    return view.seals.by_ciphertext.get(digest, ())


def sealed_for(view: EnvironmentView, digest: str, now: Label) -> bool:
    """Whether a record says that a ciphertext was sealed for a label."""
    return any(not differing(recorded(record), now) for record in records_of(view, digest))


def listed(keys: Sequence[str]) -> str:
    """Keys in words, with the verb that goes with them: `password is`."""
    words = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
    return f"{words} {'is' if len(keys) == 1 else 'are'}"


def field(secret: SealedSecret, key: str) -> Field:
    return Field(secret.object.ref, ("spec", "encryptedData", key))


def written(view: EnvironmentView, applied: AppliedObject) -> Mapping[str, Any] | None:
    """The object as its document writes it, before any overlay; None where no document does."""
    if applied.source is None:
        return None
    file = view.read(applied.source.file)
    for document in file.documents if file is not None else ():
        if document.number == applied.source.document:
            data = node(document.data, applied.source.path)
            return data if isinstance(data, Mapping) else None
    return None


def reseal(view: EnvironmentView, secret: SealedSecret, key: str) -> str:
    """The command that puts another sealed value in the place of one, whatever the names hold."""
    name = _name(view, secret) or secret.name
    return shlex.join(["hydrogitops", "seal", "--env", view.name, "--replace", name, key])


def overlay_line(view: EnvironmentView, secret: SealedSecret, part: Part, *, before: str = "") -> Place | None:
    """The line of an overlay that makes a name or namespace another than the document's; None where none does.

    `before`: what it was in the base revision, for telling which of several lines has changed.
    """
    if part == "scope" or secret.object.source is None:
        return None
    found = lines(view, secret.object.source.file, _name(view, secret), secret.name)
    if part == "namespace":
        stated = [line for line in found if line.key == "namespace" and line.value == secret.namespace]
        # The outermost kustomization has the last word.
        return stated[-1].place if stated else _operation(view, secret, part) or _unknown(view, secret, part, found)
    affixes = [line for line in found if line.key in ("namePrefix", "nameSuffix")]
    if not affixes:
        return _operation(view, secret, part) or _unknown(view, secret, part, found)
    name = _name(view, secret)
    if before and name not in before:
        # What the overlay makes of it has only followed.
        return None
    return _changed(affixes, name, before).place


def place(view: EnvironmentView, secret: SealedSecret, part: Part, *, before: str = "") -> Place | Field:
    """Where a part of the label is written: by an overlay, in the document, or by what places the object there."""
    if part == "scope":
        return _scope_place(view, secret)
    data = written(view, secret.object)
    source = secret.object.source
    own = node(data, ("metadata", part))
    applied = secret.name if part == "name" else secret.namespace
    if source is not None and own is not None and str(own) == applied:
        return Place(source.file, source.document, (*source.path, "metadata", part))
    line = overlay_line(view, secret, part, before=before)
    if line is not None:
        return line
    if part == "namespace" and not applied:
        declared = view.environment.declared
        destination = _destination(view, declared) if declared is not None else None
        if destination is not None:
            return destination
    if line is None and source is None:
        line = _operation(view, secret, part)
        if line is not None:
            return line
    if source is not None:
        known = (*source.path, "metadata", part) if own is not None else (*source.path, "metadata")
        return Place(source.file, source.document, known, "value" if own is not None else "insert")
    return Field(secret.object.ref, ("metadata", part))


@lru_cache(maxsize=8192)
def _digest(text: str) -> str:
    """Empty where a text is no sealed value. Every rule on labels asks for each value."""
    return records.digest(text) if inspected(text).problem is None else ""


def _name(view: EnvironmentView, secret: SealedSecret) -> str:
    return str(node(written(view, secret.object), ("metadata", "name")) or "")


def _changed(affixes: list[Line], name: str, before: str) -> Line:
    """Of lines that make a name, the innermost whose work is not in the name of before; else the outermost."""
    if before:
        made = name
        for line in affixes:
            made = renamed(made, line)
            # Prefixes and suffixes alternate outwards, so what is made so far stands somewhere inside.
            if made not in before:
                return line
    return affixes[-1]


def _operation(view: EnvironmentView, secret: SealedSecret, part: str) -> Place | None:
    """The operation of a JSON6902 patch that sets it. A merge patch only names its target by these fields."""
    applied = secret.name if part == "name" else secret.namespace
    for patch in reversed(view.environment.patches):
        if not patch.json6902 or not matches(patch._replace(target=_loose(patch.target)), secret.object):
            continue
        # The target may name the object as it was called before.
        route = setting(patch, secret.object, ("metadata", part))
        if route is not None and node(patch.data, route) == applied:
            if patch.inline is None:
                return Place(patch.file, patch.document, route)
            return Place(patch.file, patch.outer, patch.inline if patch.document else (*patch.inline, *route))
    return None


def _unknown(view: EnvironmentView, secret: SealedSecret, part: Part, found: Sequence[Line]) -> Place | None:
    """What may have made a name or namespace another than the document's, where nothing that is known to has."""
    own = node(written(view, secret.object), ("metadata", part))
    if own is None or str(own) == (secret.name if part == "name" else secret.namespace):
        return None
    return next((line.place for line in reversed(found) if line.key in OPEN), None)


def _loose(target: Mapping[str, str]) -> Mapping[str, str]:
    return {key: text for key, text in target.items() if key not in ("name", "namespace")}


def _scope_place(view: EnvironmentView, secret: SealedSecret) -> Place | Field:
    ref = secret.object.ref
    annotation = next((key for key, scope in SCOPE_ANNOTATIONS.items() if scope == secret.scope), "")
    if not annotation:
        # An annotation that is gone has no line: the map that it stood in, else what it would stand in.
        annotations = node(secret.object.data, ("metadata", "annotations"))
        for key in SCOPE_ANNOTATIONS:
            if isinstance(annotations, Mapping) and key in annotations:
                return Field(ref, ("metadata", "annotations", key))
        return Field(ref, ("metadata", "annotations"), missing=not annotations, key=bool(annotations))
    path = ("metadata", "annotations", annotation)
    source = secret.object.source
    if source is not None and node(written(view, secret.object), path) is None:
        for line in lines(view, source.file, _name(view, secret), secret.name):
            if line.key == "commonAnnotations" and annotation in line.value:
                return Place(line.place.file, line.place.document, (*line.place.path, annotation))
    return Field(ref, path)


def _destination(view: EnvironmentView, declared: Place) -> Place | None:
    """Where an Application, or what its generator reads, states the namespace."""
    file = view.read(declared.file)
    for document in file.documents if file is not None else ():
        if document.number != declared.document:
            continue
        for below in (("spec", "destination", "namespace"), ("namespace",), ("destination", "namespace")):
            if node(document.data, (*declared.path, *below)) == view.environment.namespace:
                return Place(declared.file, declared.document, (*declared.path, *below))
    return None
