"""Checks on who reads a Secret and who makes it: keys that are missing, keys that nobody reads, two makers of one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from hydrogitops.charts.contract import named
from hydrogitops.charts.kustomization import FILE_NAMES
from hydrogitops.charts.workloads import POD_ROUTES
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, nodes, text_of
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.secret_makers import EXACT, EXTERNAL, Made, Maker, made, makers_of
from hydrogitops.linter.secret_readers import Reading, names_read, readings
from hydrogitops.model import (
    AppliedObject,
    Fault,
    Field,
    ObjectRef,
    Place,
    Related,
    Replacement,
    SealedSecret,
    Suggestion,
)
from hydrogitops.source.shapes import as_map, node

MANAGED = ("sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch")
"""What lets the controller write to a Secret that it did not make."""


def consumer_key_missing(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A key that is read of a Secret which lacks it, or a Secret that is read and that nothing makes."""
    makers = makers_of(view)
    needed = [reading for reading in _readings(view, view.objects) if not reading.optional]
    unmade = {reading.name for reading in needed if _makers_for(reading, makers) is None}
    # An operator's resource that names a Secret may make it.
    operators = [
        applied for applied in (*view.objects, *view.beside) if _is_custom(applied) and not view.declares(applied)
    ]
    unknown = names_read(operators, unmade) if unmade and view.built else unmade
    absent: dict[tuple[object, ...], list[tuple[Reading, str]]] = {}
    for reading in needed:
        among = _makers_for(reading, makers)
        if among is None and (reading.name in unknown or _optional(view, reading.name)):
            continue
        # One thing is missing, however many read it; pulling an image is another matter than starting a container.
        for key in [""] if among is None else _lacking(reading, among):
            about = (reading.namespace, reading.name, key, reading.how == "pull")
            absent.setdefault(about, []).append((reading, key))
    # A file that is named and not there explains what it would have made.
    gone = tuple(subjects.file(name) for name in sorted(_gone(view))) if unmade - set(unknown) else ()
    for together in absent.values():
        # One that is written in the repository says more than one that the chart's templates make.
        together.sort(key=lambda one: _of_the_chart(view, *one))
        reading, key = together[0]
        others: dict[ObjectRef, Reading] = {}
        for other, _ in together:
            if other.object.ref != reading.object.ref:
                others.setdefault(other.object.ref, other)
        related = tuple(Related(_at(other, key), f"{_reader(other)} reads it too") for other in others.values())
        among = _makers_for(reading, makers)
        fault = (
            _unmade(view, reading, makers)._replace(subjects=gone)
            if among is None
            else _lacks(view, reading, key, among)
        )
        yield fault._replace(related=(*fault.related, *related))


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
    otherwise = names_read((one for one in everything if not view.declares(one)), names)
    for secret in view.sealed:
        namespace = namespace_of(secret.namespace, view.environment)
        keys = _keys_read(read, namespace, secret.name)
        if namespace not in running or keys is None or secret.name in otherwise or _for_others(secret):
            continue
        unread = [key for key in secret.keys if key not in keys and not _in_template(secret, key)]
        yield from (_unused(secret, key) for key in unread if key not in _contract_keys(view, secret.name))


def same_name(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """Another maker of the Secret that a SealedSecret makes: the controller leaves alone what it did not make."""
    sealed = {(namespace_of(one.namespace, view.environment), one.name): one for one in view.sealed}
    for applied in view.objects:
        secret = made(view, applied)
        if applied.ref.kind not in ("Secret", EXTERNAL) or secret not in sealed or _shares(applied):
            continue
        target = ("spec", "target", "name")
        path = target if node(applied.data, target) else ("metadata", "name")
        yield Fault(
            rule="",
            message=f"{text_of(applied.ref)} and the SealedSecret {secret[1]} both make the Secret {secret[1]}: the"
            " controller does not touch a Secret that is not its own",
            at=Field(applied.ref, path),
            label=f"a SealedSecret makes {secret[1]} too",
            related=(Related(Field(sealed[secret].object.ref, ("metadata", "name")), "the SealedSecret"),),
            object=applied.ref,
            path=path,
            fix=Suggestion(f'drop one of the two, or set the annotation {MANAGED[0]}: "true" on the Secret'),
        )


def _makers_for(reading: Reading, makers: Mapping[Made, list[Maker]]) -> list[Maker] | None:
    """What makes the Secret that is read; None where nothing does. A namespace that nobody states may be any."""
    found = [
        maker
        for namespace in {namespace for namespace, name in makers if name == reading.name}
        if not namespace or not reading.namespace or namespace == reading.namespace
        for maker in makers[namespace, reading.name]
    ]
    return found or None


def _keys_read(read: Mapping[Made, set[str] | None], namespace: str, name: str) -> set[str] | None:
    """The keys that are read of a Secret; None where all of them are."""
    found: set[str] = set()
    for (where, what), keys in read.items():
        if what == name and (not where or not namespace or where == namespace):
            if keys is None:
                return None
            found |= keys
    return found


def _readings(view: EnvironmentView, objects: Iterable[AppliedObject]) -> Iterator[Reading]:
    for applied in objects:
        yield from readings(applied, _namespace(view, applied))


def _lacking(reading: Reading, makers: list[Maker]) -> list[str]:
    """The keys that a reference needs and no maker gives; none where nobody can know what they give."""
    if any(maker.keys is None for maker in makers):
        return []
    have = _have(makers)
    if reading.how == "pull" and reading.keys is not None and reading.keys & have:
        return []
    return [key for key in reading.needs if key not in have]


def _have(makers: list[Maker]) -> frozenset[str]:
    return frozenset[str]().union(*(maker.keys or () for maker in makers))


def _at(reading: Reading, key: str) -> Field:
    return Field(reading.object.ref, reading.needs.get(key, reading.path))


def _reader(reading: Reading) -> str:
    of = f" ({reading.variable})" if reading.variable else ""
    return f"{text_of(reading.object.ref)}{of}"


def _lacks(view: EnvironmentView, reading: Reading, key: str, makers: list[Maker]) -> Fault:
    have = _have(makers)
    near = next(iter(get_close_matches(key, sorted(have), 1)), "")
    reference, maker = _at(reading, key), makers[0].object
    keys = _keys_field(maker)
    # What the chart's templates read cannot be corrected: the Secret has to have it.
    fixed = _of_the_chart(view, reading, key)
    if fixed and (near in _contract_keys(view, reading.name) or near not in as_map(node(maker.data, keys.path))):
        # What the chart reads as well is no other key misspelt.
        near = ""
    misspelt = Field(maker.ref, (*keys.path, near), key=True) if near else keys
    at = misspelt if fixed else reference
    way, edits = f"correct it, or seal {key} in {reading.name}", ((Replacement(at, near),) if near else ())
    if fixed:
        way = f"seal {key}" + (f", or name {near} so: it opens under any key of its object" if near else "")
    elif near:
        way = f"write {near}"
    return Fault(
        rule="",
        message=f"{_reader(reading)} reads {key} of the Secret {reading.name}, which has"
        f" {', '.join(sorted(have)) or 'no key'}" + (f"; did you mean {near}?" if near and not fixed else ""),
        at=at,
        mild="warning" if reading.how == "pull" else None,
        label=f"{key} is missing" if fixed else f"did you mean {near}?" if near else f"{reading.name} lacks it",
        related=(Related(reference, "read here") if fixed else Related(keys, f"the keys of {reading.name}"),),
        object=reading.object.ref,
        container=reading.container,
        path=reference.path,
        fix=Suggestion(way, edits if reading.how == "env" and not fixed else ()),
    )


def _unmade(view: EnvironmentView, reading: Reading, makers: Mapping[Made, list[Maker]]) -> Fault:
    expected = any(
        named(secret.name, reading.name, values.release.name)
        for values, contract in view.contracts()
        for secret in contract.secrets
        if not values.problem and all(one.holds(values.merged) for one in secret.needed)
    )
    elsewhere = sorted(namespace for namespace, name in makers if name == reading.name)
    near = get_close_matches(reading.name, sorted({n for s, n in makers if s == reading.namespace}), 1, 0.8)
    wanted = (reading.namespace, reading.name)
    at: Field | Place = Field(reading.object.ref, reading.path)
    if _of_the_chart(view, reading, ""):
        at = _listing(view) or at
    loose = [one.source.file for one in view.loose if one.source is not None and made(view, one) == wanted]
    hint = f"; {loose[0]} would make it, but nothing refers to that file" if loose else ""
    hint = hint or (f"; there is one in the namespace {elsewhere[0]}" if elsewhere else "")
    hint = hint or (f"; did you mean {near[0]}?" if near else "")
    serious = expected and reading.how != "pull"
    return Fault(
        rule="",
        message=f"{_reader(reading)} reads the Secret {reading.name}, which nothing that is applied makes" + hint,
        at=at,
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


def _of_the_chart(view: EnvironmentView, reading: Reading, key: str) -> bool:
    """Whether the chart's own templates make the reference, with no value that says the key, or else the Secret."""
    values = view.releases.get(reading.object.release)
    said = key or reading.name
    if values is None or any(text == said for layer in values.layers for _, text in nodes(layer.data)):
        return False
    ref = reading.object.ref
    same = (
        one
        for one in view.before
        if (one.ref.kind, one.ref.name, one.release) == (ref.kind, ref.name, values.release.name)
    )
    return any(
        (one.name, one.how, one.container, one.variable, one.keys)
        == (reading.name, reading.how, reading.container, reading.variable, reading.keys)
        for before in same
        for one in readings(before, reading.namespace)
    )


def _listing(view: EnvironmentView) -> Place | None:
    """Where a SealedSecret would be listed: in the kustomization beside those of this environment, else in its own."""
    folder = view.environment.folder or ""
    beside = [
        posixpath.dirname(secret.object.source.file)
        for secret in view.sealed
        if secret.object.source is not None and secret.object.source.file.startswith(f"{folder}/")
    ]
    for home in (*dict.fromkeys(beside), folder):
        for name in FILE_NAMES:
            file = view.read(posixpath.join(home, name))
            data = file.documents[0].data if file is not None and file.documents else None
            if file is not None and isinstance(data, Mapping):
                return Place(file.path, 0, ("resources",), "key") if "resources" in data else Place(file.path, 0)
    return None


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
    return "." in group and not group.endswith(".k8s.io") and applied.ref.kind not in EXACT


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
    texts = as_map(secret.template.get("data"))
    return any(isinstance(text, str) and key in text for text in texts.values())


def _for_others(secret: SealedSecret) -> bool:
    """Whether marks on the Secret say that it is found or copied by these: by Argo CD, reflectors, replicators."""
    metadata = as_map(secret.template.get("metadata"))
    marks = (*as_map(metadata.get("labels")), *as_map(metadata.get("annotations")))
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
    annotations = as_map(node(applied.data, (*above, "metadata", "annotations")))
    return any(annotations.get(name) == "true" for name in MANAGED)


def _keys_field(maker: AppliedObject) -> Field:
    path: tuple[str, ...] = ("spec", "encryptedData") if maker.ref.kind == "SealedSecret" else ("data",)
    while path and node(maker.data, path) is None:
        path = path[:-1]
    return Field(maker.ref, path or ("metadata", "name"), key=bool(path))


def _namespace(view: EnvironmentView, applied: AppliedObject) -> str:
    return namespace_of(applied.ref.namespace, view.environment)
