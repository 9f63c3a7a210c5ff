"""Checks on Flux Kustomizations: their order, and what they leave behind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from hydrogitops.charts.workloads import objects
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView
from hydrogitops.linter.secret_readers import readings
from hydrogitops.model import (
    AppliedObject,
    Fault,
    Field,
    Place,
    Related,
    Replacement,
    Route,
    Stage,
    Subject,
    Suggestion,
)
from hydrogitops.source.shapes import as_list, as_map, node

KUSTOMIZE = "kustomize.toolkit.fluxcd.io"
HELM = "helm.toolkit.fluxcd.io"
INSTALLED = "flux-system"
"""What the source and the Kustomization are called that come with Flux itself."""

Key = tuple[str, str]
"""Namespace and name."""


class Declared(NamedTuple):
    """A Kustomization or HelmRelease of an environment, as applied, as far as that is known."""

    kind: str
    namespace: str
    name: str
    spec: Mapping[str, Any]
    place: Place
    object: AppliedObject | None

    @property
    def key(self) -> Key:
        return self.namespace, self.name

    def at(self, *route: str | int, missing: bool = False) -> Place | Field:
        """Where a field of its spec is written; of one that is missing, where it would have to be."""
        path: Route = ("spec", *route)
        if self.object is not None:
            return Field(self.object.ref, path, missing=missing)
        while missing and len(path) > 1 and node(self.spec, path[1:]) is None:
            path = path[:-1]
        place = self.place
        return Place(place.file, place.document, (*place.path, *path), "insert" if missing else "value")


def kustomizations(view: EnvironmentView) -> list[Declared]:
    """The Flux Kustomizations of an environment, in the order in which they are reached."""
    applied: dict[str, list[AppliedObject]] = {}
    for one in {one.ref: one for one in view.objects if is_of(one, KUSTOMIZE, "Kustomization")}.values():
        applied.setdefault(one.ref.name, []).append(one)
    found = []
    for stage in view.environment.stages:
        if stage.spec:
            name = stage.name.rpartition("/")[2]
            same = applied.get(name, ())
            made = next((one for one in same if one.ref.namespace in ("", stage.namespace)), None)
            found.append(Declared("Kustomization", stage.namespace, name, stage.spec, stage.declared, made))
    return found


def releases(view: EnvironmentView) -> list[Declared]:
    """The HelmReleases of an environment."""
    return [
        Declared(
            "HelmRelease",
            one.ref.namespace or view.environment.namespace,
            one.ref.name,
            as_map(one.data.get("spec")),
            one.source or view.environment.declared or Place("", 0),
            one,
        )
        for one in view.objects
        if is_of(one, HELM, "HelmRelease")
    ]


def is_of(applied: AppliedObject, group: str, kind: str) -> bool:
    return applied.ref.kind == kind and applied.ref.api_version.startswith(f"{group}/")


def by_installation(view: EnvironmentView, kind: str, name: str) -> bool:
    """Whether it is what whoever installed Flux has made: where what comes with that is not in the repository."""
    if name != INSTALLED or kind not in ("Kustomization", "GitRepository", "OCIRepository", "Bucket"):
        return False
    stages = view.environment.stages
    return not any(stage.spec and stage.name.rpartition("/")[2] == INSTALLED for stage in stages)


# Order ---------------------------------------------------------------------------------------------------------------


def depends_on(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A `dependsOn` that goes in a circle, or names what is not there."""
    # Two environments may be in one cluster, and what one of them waits for may be made by the other.
    everywhere = {
        (one.kind, *one.key)
        for environment in view.environments
        for one in (*kustomizations(environment), *releases(environment))
    }
    # Those of environments that are not judged in this run are there all the same.
    everywhere |= {
        (one.ref.kind, one.ref.namespace, one.ref.name)
        for file in view.files.values()
        for one in objects(file)
        if is_of(one, KUSTOMIZE, "Kustomization") or is_of(one, HELM, "HelmRelease")
    }
    for environment in view.environments:
        for declared in (kustomizations(environment), releases(environment)):
            yield from _circles(environment, declared)
            yield from _nowhere(environment, declared, everywhere)


def _after(one: Declared) -> Iterator[tuple[int, Key]]:
    """What something waits for, by the position of the entry that says so."""
    for index, item in enumerate(as_list(one.spec.get("dependsOn"))):
        name = node(item, ("name",))
        if isinstance(name, str) and "${" not in name:
            yield index, (str(node(item, ("namespace",)) or one.namespace), name)


def _order(one: Declared) -> Subject:
    """What something waits for, as a whole."""
    if one.object is not None:
        return subjects.field(one.object.ref, ("spec", "dependsOn"))
    return subjects.node(one.place.file, one.place.document, (*one.place.path, "spec", "dependsOn"))


def _circles(view: EnvironmentView, declared: Sequence[Declared]) -> Iterator[Fault]:
    """Each circle at the entry that closes it, in the order in which the objects are reached."""
    by_key = {one.key: one for one in declared}
    done: set[Key] = set()
    for start in declared:
        way: list[tuple[Declared, Iterator[tuple[int, Key]]]] = [(start, _after(start))]
        taken: list[tuple[Declared, int]] = []
        while way and start.key not in done:
            one, entries = way[-1]
            step = next(entries, None)
            if step is None:
                done.add(one.key)
                way.pop()
                taken = taken[: len(way) - 1] if way else []
                continue
            index, key = step
            around = [other.key for other, _ in way]
            if key in around:
                first = around.index(key)
                yield _circle(view, [*taken[first:], (one, index)])
            elif key in by_key and key not in done:
                taken.append((one, index))
                way.append((by_key[key], _after(by_key[key])))


def _circle(view: EnvironmentView, entries: Sequence[tuple[Declared, int]]) -> Fault:
    last, index = entries[-1]
    names = [one.name for one, _ in entries]
    way = ", which waits for ".join([*names[-1:], *names])
    return Fault(
        rule="",
        message=f"{way}: none of them is ever applied" if len(names) > 1 else f"{way}: it is never applied",
        at=last.at("dependsOn", index),
        label="closes the circle",
        related=tuple(
            Related(one.at("dependsOn", position), f"{one.name} waits too") for one, position in entries[:-1]
        ),
        environment=view.name,
        object=last.object.ref if last.object is not None else None,
        path=("spec", "dependsOn", index),
        fix=Suggestion("drop one of these"),
    )


def _nowhere(
    view: EnvironmentView, declared: Sequence[Declared], everywhere: Collection[tuple[str, str, str]]
) -> Iterator[Fault]:
    known = {one.key for one in declared}
    # What is not built yet may be among what was not read.
    certain = [one for one in declared if view.built or one.kind != "HelmRelease"]
    for one in certain:
        for index, (namespace, name) in _after(one):
            if (one.kind, namespace, name) in everywhere or by_installation(view, one.kind, name):
                continue
            elsewhere = sorted(space for space, other in known if other == name)
            near = get_close_matches(name, sorted(other for space, other in known if space == namespace), 1)
            hint = ""
            if elsewhere:
                hint = f"; the one of that name is in the namespace {elsewhere[0]}"
            elif near:
                hint = f"; did you mean {near[0]}?"
            at = one.at("dependsOn", index)
            edits = (Replacement(one.at("dependsOn", index, "name"), near[0]),) if near and not elsewhere else ()
            yield Fault(
                rule="",
                message=f"{one.name} waits for the {one.kind} {name}, which nothing in the repository makes{hint}",
                at=at,
                mild="warning",
                label=f"did you mean {near[0]}?" if edits else "there is none of that name",
                environment=view.name,
                object=one.object.ref if one.object is not None else None,
                path=("spec", "dependsOn", index),
                fix=Suggestion(f"write {near[0]}" if edits else "correct it, or drop it", edits),
                # What it then does not wait for follows from it.
                subjects=(_order(one),),
            )


def secrets_order(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """Workloads that may be applied before the Secrets are there that they read."""
    for environment in view.environments:
        if environment.built and environment.sealed:
            yield from _early(environment)


def _early(view: EnvironmentView) -> Iterator[Fault]:
    declared = {one.key: one for one in kustomizations(view)}
    sealed: dict[str, list[tuple[str, Declared]]] = {}
    for secret in view.sealed:
        home = _home(view, secret.object, declared)
        if home is not None:
            sealed.setdefault(secret.name, []).append((secret.namespace, home))
    told: set[tuple[Key, ...]] = set()
    for applied in view.objects:
        own = _home(view, applied, declared)
        for reading in readings(applied, applied.ref.namespace) if own is not None else ():
            for namespace, home in sealed.get(reading.name, ()):
                # Within one Kustomization there is no order: a pod waits for its Secret there, and gets it.
                if own is None or home.key == own.key or (namespace and reading.namespace not in ("", namespace)):
                    continue
                if home.key not in _all_after(own, declared) and (own.key, home.key) not in told:
                    told.add((own.key, home.key))
                    yield _unordered(view, own, home, reading.name)
                if not _waits(home) and (home.key,) not in told:
                    told.add((home.key,))
                    yield _unchecked(view, home, own)


def _home(view: EnvironmentView, applied: AppliedObject, declared: Mapping[Key, Declared]) -> Declared | None:
    """The Kustomization that an object comes by, or the HelmRelease that makes it."""
    at = applied.source
    if applied.release:
        values = view.releases.get(applied.release)
        at = values.release.declared if values is not None else None
    stage: Stage | None = None
    if at is not None:
        stage = next((one for one in view.environment.stages if (at.file, at.document) in one.documents), None)
    return declared.get((stage.namespace, stage.name.rpartition("/")[2])) if stage is not None else None


def _all_after(one: Declared, declared: Mapping[Key, Declared]) -> set[Key]:
    """What a Kustomization waits for, and what that waits for."""
    found: set[Key] = set()
    waiting = [one]
    while waiting:
        for _, key in _after(waiting.pop()):
            if key in declared and key not in found:
                found.add(key)
                waiting.append(declared[key])
    return found


def _waits(one: Declared) -> bool:
    """Whether a Kustomization is ready only once what it applies is."""
    checked = as_list(one.spec.get("healthChecks"))
    return one.spec.get("wait") is True or any(node(item, ("kind",)) == "SealedSecret" for item in checked)


def _unordered(view: EnvironmentView, own: Declared, home: Declared, secret: str) -> Fault:
    return Fault(
        rule="",
        message=f"{own.name} does not wait for {home.name}, which makes the Secret {secret} that its workloads read:"
        " their pods are started without it",
        at=own.at("dependsOn", missing=True),
        label=f"does not wait for {home.name}",
        related=(Related(home.at(), f"{home.name} makes {secret}"),),
        environment=view.name,
        object=own.object.ref if own.object is not None else None,
        path=("spec", "dependsOn"),
        subjects=(_order(own),),
        fix=Suggestion(f"add dependsOn: [{{name: {home.name}}}]"),
    )


def _unchecked(view: EnvironmentView, home: Declared, own: Declared) -> Fault:
    # Expressions alone are not looked at.
    lacks = "wait" if home.spec.get("healthCheckExprs") else "healthCheckExprs"
    return Fault(
        rule="",
        message=f"{home.name} is ready before its SealedSecrets are opened, so {own.name} does not wait for Secrets",
        at=home.at(lacks, missing=True),
        label="waits for nothing that it applies",
        related=(Related(own.at("dependsOn"), f"{own.name} waits for it"),) if own.spec.get("dependsOn") else (),
        environment=view.name,
        object=home.object.ref if home.object is not None else None,
        path=("spec", lacks),
        fix=Suggestion("add wait: true and healthCheckExprs on the condition Synced of SealedSecret"),
    )


# What is left behind -------------------------------------------------------------------------------------------------


def prune_off(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A Kustomization that leaves in the cluster what git no longer has."""
    for environment in view.environments:
        for one in kustomizations(environment):
            if one.spec.get("prune") is False:
                yield Fault(
                    rule="",
                    message=f"{one.name} does not prune: what git drops stays in the cluster",
                    at=one.at("prune"),
                    label="what git drops stays",
                    environment=environment.name,
                    object=one.object.ref if one.object is not None else None,
                    path=("spec", "prune"),
                    fix=Suggestion("write prune: true", (Replacement(one.at("prune"), "true"),)),
                )
