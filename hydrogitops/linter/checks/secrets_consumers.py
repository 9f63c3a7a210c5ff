"""Checks on who reads a Secret and who makes it: keys that are missing, keys that nobody reads, two makers of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from hydrogitops.charts.contract import named
from hydrogitops.charts.workloads import POD_ROUTES, node
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, text_of
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.secret_readers import Reading, names_read, readings
from hydrogitops.model import AppliedObject, Fault, Field, ObjectRef, Related, Replacement, SealedSecret, Suggestion

MANAGED = ("sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch")
"""What lets the controller write to a Secret that it did not make."""
EXTERNAL = "ExternalSecret"

Made = tuple[str, str]
"""Namespace and name of a Secret."""


def consumer_key_missing(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A key that is read of a Secret which lacks it, or a Secret that is read and that nothing makes."""
    makers = _makers(view)
    needed = [reading for reading in _readings(view, view.objects) if not reading.optional]
    unmade = {reading.name for reading in needed if (reading.namespace, reading.name) not in makers}
    # An operator's resource that names a Secret may make it.
    operators = [applied for applied in (*view.objects, *view.beside) if _is_custom(applied)]
    unknown = names_read(operators, unmade) if unmade and view.built else unmade
    absent: dict[tuple[object, ...], list[tuple[Reading, str]]] = {}
    for reading in needed:
        among = makers.get((reading.namespace, reading.name))
        if among is None and (reading.name in unknown or _optional(view, reading.name)):
            continue
        # One thing is missing, however many read it; pulling an image is another matter than starting a container.
        for key in [""] if among is None else _lacking(reading, among):
            about = (reading.namespace, reading.name, key, reading.how == "pull")
            absent.setdefault(about, []).append((reading, key))
    # A file that is named and not there explains what it would have made.
    gone = tuple(subjects.file(name) for name in sorted(_gone(view))) if unmade - set(unknown) else ()
    for together in absent.values():
        reading, key = together[0]
        others: dict[ObjectRef, Reading] = {}
        for other, _ in together:
            if other.object.ref != reading.object.ref:
                others.setdefault(other.object.ref, other)
        related = tuple(Related(_at(other, key), f"{_reader(other)} reads it too") for other in others.values())
        among = makers.get((reading.namespace, reading.name))
        fault = replace(_unmade(view, reading, makers), subjects=gone) if among is None else _lacks(reading, key, among)
        yield replace(fault, related=(*fault.related, *related))


def unused_key(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A sealed key that nothing in the cluster is seen to read."""
    if not view.built or not view.sealed:
        return
    everything = (*view.objects, *view.beside)
    read: dict[Made, set[str] | None] = {}
    for reading in _readings(view, everything):
        known = read.setdefault((reading.namespace, reading.name), set())
        if known is not None:
            read[reading.namespace, reading.name] = None if reading.keys is None else known | set(reading.keys)
    running = {_namespace(view, applied) for applied in everything if applied.ref.kind in POD_ROUTES}
    names = {secret.name for secret in view.sealed}
    otherwise = names_read(everything, names)
    for secret in view.sealed:
        namespace = namespace_of(secret.namespace, view.environment)
        keys = read.get((namespace, secret.name), set())
        if namespace not in running or keys is None or secret.name in otherwise or _for_others(secret):
            continue
        unread = [key for key in secret.keys if key not in keys and not _in_template(secret, key)]
        yield from (_unused(secret, key) for key in unread if key not in _contract_keys(view, secret.name))


def same_name(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """Another maker of the Secret that a SealedSecret makes: the controller leaves alone what it did not make."""
    sealed = {(namespace_of(one.namespace, view.environment), one.name): one for one in view.sealed}
    for applied in view.objects:
        made = _made(view, applied)
        if applied.ref.kind not in ("Secret", EXTERNAL) or made is None or made not in sealed or _shares(applied):
            continue
        target = ("spec", "target", "name")
        path = target if node(applied.data, target) else ("metadata", "name")
        yield Fault(
            rule="",
            message=f"{text_of(applied.ref)} and the SealedSecret {made[1]} both make the Secret {made[1]}: the"
            " controller does not touch a Secret that is not its own",
            at=Field(applied.ref, path),
            label=f"a SealedSecret makes {made[1]} too",
            related=(Related(Field(sealed[made].object.ref, ("metadata", "name")), "the SealedSecret"),),
            object=applied.ref,
            path=path,
            fix=Suggestion(f'drop one of the two, or set the annotation {MANAGED[0]}: "true" on the Secret'),
        )


@dataclass(frozen=True, slots=True)
class _Maker:
    """What makes a Secret. `keys` is None where nobody can know them."""

    object: AppliedObject
    keys: frozenset[str] | None


_EXACT: Mapping[str, Literal["data", "sealed"]] = {"Secret": "data", "SealedSecret": "sealed"}


def _makers(view: EnvironmentView) -> dict[Made, list[_Maker]]:
    found: dict[Made, list[_Maker]] = {}
    for applied in (*view.objects, *view.beside):
        made = _made(view, applied)
        if made is not None:
            found.setdefault(made, []).append(_Maker(applied, _keys(applied)))
    return found


def _made(view: EnvironmentView, applied: AppliedObject) -> Made | None:
    """The Secret that an object makes; None where it makes none that is known."""
    kind, data = applied.ref.kind, applied.data
    if kind in _EXACT:
        return _namespace(view, applied), applied.ref.name
    if kind == EXTERNAL:
        policy = node(data, ("spec", "target", "creationPolicy"))
        name = str(node(data, ("spec", "target", "name")) or applied.ref.name)
        return None if policy == "None" else (_namespace(view, applied), name)
    if kind == "Certificate" and applied.ref.api_version.startswith("cert-manager.io/"):
        name = node(data, ("spec", "secretName"))
        return (_namespace(view, applied), name) if isinstance(name, str) else None
    return None


def _keys(applied: AppliedObject) -> frozenset[str] | None:
    kind = _EXACT.get(applied.ref.kind)
    if kind == "data":
        if applied.data.get("type") == "kubernetes.io/service-account-token":
            return None
        return frozenset(key for part in ("data", "stringData") for key in _map(applied.data.get(part)))
    if kind == "sealed":
        spec = _map(applied.data.get("spec"))
        if "data" in spec or not isinstance(spec.get("encryptedData"), Mapping):
            # One blob, or a fault of its own: nobody can know.
            return None
        texts = _map(node(spec, ("template", "data")))
        return frozenset(key for key in (*spec["encryptedData"], *texts) if key not in texts or texts[key] is not None)
    return None


def _readings(view: EnvironmentView, objects: Iterable[AppliedObject]) -> Iterator[Reading]:
    for applied in objects:
        yield from readings(applied, _namespace(view, applied))


def _lacking(reading: Reading, makers: list[_Maker]) -> list[str]:
    """The keys that a reference needs and no maker gives; none where nobody can know what they give."""
    if any(maker.keys is None for maker in makers):
        return []
    have = _have(makers)
    if reading.how == "pull" and reading.keys is not None and reading.keys & have:
        return []
    return [key for key in reading.needs if key not in have]


def _have(makers: list[_Maker]) -> frozenset[str]:
    return frozenset[str]().union(*(maker.keys or () for maker in makers))


def _at(reading: Reading, key: str) -> Field:
    return Field(reading.object.ref, reading.needs.get(key, reading.path))


def _reader(reading: Reading) -> str:
    of = f" ({reading.variable})" if reading.variable else ""
    return f"{text_of(reading.object.ref)}{of}"


def _lacks(reading: Reading, key: str, makers: list[_Maker]) -> Fault:
    have = _have(makers)
    near = get_close_matches(key, sorted(have), 1)
    at = _at(reading, key)
    return Fault(
        rule="",
        message=f"{_reader(reading)} reads {key} of the Secret {reading.name}, which has"
        f" {', '.join(sorted(have)) or 'no key'}" + (f"; did you mean {near[0]}?" if near else ""),
        at=at,
        mild="warning" if reading.how == "pull" else None,
        label=f"did you mean {near[0]}?" if near else f"{reading.name} lacks it",
        related=(Related(_keys_field(makers[0].object), f"the keys of {reading.name}"),),
        object=reading.object.ref,
        container=reading.container,
        path=at.path,
        fix=Suggestion(
            f"write {near[0]}" if near else f"correct it, or seal {key} in {reading.name}",
            (Replacement(at, near[0]),) if near and reading.how == "env" else (),
        ),
    )


def _unmade(view: EnvironmentView, reading: Reading, makers: Mapping[Made, list[_Maker]]) -> Fault:
    expected = any(
        named(secret.name, reading.name, values.release.name)
        for values, contract in view.contracts()
        for secret in contract.secrets
        if not values.problem and all(one.holds(values.merged) for one in secret.needed)
    )
    elsewhere = sorted(namespace for namespace, name in makers if name == reading.name)
    near = get_close_matches(reading.name, sorted({n for s, n in makers if s == reading.namespace}), 1, 0.8)
    wanted = (reading.namespace, reading.name)
    loose = [one.source.file for one in view.loose if one.source is not None and _made(view, one) == wanted]
    hint = f"; {loose[0]} would make it, but nothing refers to that file" if loose else ""
    hint = hint or (f"; there is one in the namespace {elsewhere[0] or '?'}" if elsewhere else "")
    hint = hint or (f"; did you mean {near[0]}?" if near else "")
    serious = expected and reading.how != "pull"
    return Fault(
        rule="",
        message=f"{_reader(reading)} reads the Secret {reading.name}, which nothing that is applied makes" + hint,
        at=Field(reading.object.ref, reading.path),
        mild=None if serious else "warning",
        label="nothing makes it",
        object=reading.object.ref,
        container=reading.container,
        path=reading.path,
        fix=Suggestion(
            "add a SealedSecret of this name with its keys, and seal them"
            if expected
            else "add it, or correct the name"
        ),
    )


def _gone(view: EnvironmentView) -> Iterator[str]:
    """Files and folders of manifests that the environment names and the repository lacks."""
    for name in view.environment.files:
        if (name.endswith((".yaml", ".yml")) or "." not in name.rpartition("/")[2]) and view.read(name) is None:
            yield name


def _optional(view: EnvironmentView, name: str) -> bool:
    """Whether the contract of a chart says that pods start without the Secret."""
    return any(
        secret.optional and named(secret.name, name, values.release.name)
        for values, contract in view.contracts()
        for secret in contract.secrets
    )


def _is_custom(applied: AppliedObject) -> bool:
    group = applied.ref.api_version.rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io") and applied.ref.kind not in _EXACT


def _contract_keys(view: EnvironmentView, name: str) -> frozenset[str]:
    """The keys of a Secret that its chart's contract says workloads read."""
    return frozenset(
        key.name
        for values, contract in view.contracts()
        for secret in contract.secrets
        for key in secret.keys
        if named(secret.name, name, values.release.name) and key.readers
    )


def _unused(secret: SealedSecret, key: str) -> Fault:
    path = ("spec", "encryptedData", key)
    return Fault(
        rule="",
        message=f"{secret.name}: nothing is seen to read {key}",
        at=Field(secret.object.ref, path, key=True),
        label="nothing reads it",
        object=secret.object.ref,
        path=path,
        fix=Suggestion(f"drop {key}, unless something outside this repository reads it"),
    )


def _in_template(secret: SealedSecret, key: str) -> bool:
    """Whether a template of the object makes something of the key."""
    texts = _map(secret.template.get("data"))
    return any(isinstance(text, str) and key in text for text in texts.values())


def _for_others(secret: SealedSecret) -> bool:
    """Whether marks on the Secret say that it is found or copied by these: by Argo CD, reflectors, replicators."""
    metadata = _map(secret.template.get("metadata"))
    marks = (*_map(metadata.get("labels")), *_map(metadata.get("annotations")))
    return any(
        mark.startswith(("argocd.argoproj.io/secret-type", "reconcile.fluxcd.io/"))
        or any(word in mark for word in ("reflect", "replic", "sync-to", "kubed."))
        for mark in map(str, marks)
    )


def _shares(applied: AppliedObject) -> bool:
    """Whether what another maker makes is open to the controller, or it only adds to a Secret that is there."""
    if node(applied.data, ("spec", "target", "creationPolicy")) == "Merge":
        return True
    above = ("spec", "target", "template") if applied.ref.kind == EXTERNAL else ()
    annotations = _map(node(applied.data, (*above, "metadata", "annotations")))
    return any(annotations.get(name) == "true" for name in MANAGED)


def _keys_field(maker: AppliedObject) -> Field:
    path: tuple[str, ...] = ("spec", "encryptedData") if maker.ref.kind == "SealedSecret" else ("data",)
    while path and node(maker.data, path) is None:
        path = path[:-1]
    return Field(maker.ref, path or ("metadata", "name"), key=bool(path))


def _namespace(view: EnvironmentView, applied: AppliedObject) -> str:
    return namespace_of(applied.ref.namespace, view.environment)


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
