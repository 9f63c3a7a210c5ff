"""Checks on HelmReleases: where their values come from, and what becomes of one that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from hydrogitops.charts.provenance import LayerValues, ReleaseValues
from hydrogitops.linter import subjects
from hydrogitops.linter.checks.flux import Declared, releases
from hydrogitops.linter.inputs import EnvironmentView, Parameters, dotted, walk
from hydrogitops.model import AppliedObject, Fault, Field, Place, Related, Replacement, Route, Suggestion
from hydrogitops.source.shapes import as_map, node

DEFAULT_KEY = "values.yaml"
ENGINE = "flux"
_HASH = re.compile(r"-[a-z0-9]{10}")
"""What kustomize puts behind the name of a generated object."""
_SEALED = "SealedSecret"
_VALUES: Route = ("spec", "values")


# Values from elsewhere -----------------------------------------------------------------------------------------------


def values_from_missing(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """An entry of `valuesFrom` that leads to no ConfigMap, to no Secret or to no key of one."""
    for one in releases(view):
        entries = one.spec.get("valuesFrom")
        for index, item in enumerate(entries if isinstance(entries, list) else ()):
            kind, name = node(item, ("kind",)), node(item, ("name",))
            if kind in ("ConfigMap", "Secret") and isinstance(name, str) and node(item, ("optional",)) is not True:
                yield from _entry(view, one, index, item)


def _entry(view: EnvironmentView, one: Declared, index: int, item: Mapping[str, Any]) -> Iterator[Fault]:
    kind, name = str(item["kind"]), str(item["name"])
    key = str(item.get("valuesKey") or DEFAULT_KEY)
    makers = [maker for maker in view.objects if _makes(maker, kind, name) and _near(maker, one)]
    keys = [_keys(maker) for maker in makers]
    if makers and (None in keys or any(key in found for found in keys if found is not None)):
        return
    if makers:
        have = sorted({text for found in keys for text in found or ()})
        near = get_close_matches(key, have, 1)
        message = f"{kind} {name} has no key {key}, but {', '.join(have) or 'none'}"
        written = "valuesKey" in item and bool(near)
        edits = (Replacement(one.at("valuesFrom", index, "valuesKey"), near[0]),) if written else ()
        fix = Suggestion(f"write valuesKey: {near[0]}" if near else f"give {name} the key {key}", edits)
        yield _missing(view, one, index, message, f"{name} lacks {key}", fix, (makers[0],))
        return
    hashed = [maker for maker in view.objects if _is_hashed(maker, kind, name)]
    if hashed:
        message = f"the {kind} {name} is generated under the name {hashed[0].ref.name}, and nothing corrects the entry"
        fix = Suggestion(f"write options: {{disableNameSuffixHash: true}} where {name} is generated")
        # kustomize corrects names within a namespace; which one a Kustomization gives to both nobody says here.
        open_yet = (
            view.environment.engine != ENGINE
            and one.object is not None
            and not one.object.ref.namespace
            and bool(hashed[0].ref.namespace)
        )
        label = "the generated name ends in a hash"
        yield _missing(view, one, index, message, label, fix, (hashed[0],), mild=open_yet)
        return
    # What was not built may hold it.
    if view.built:
        elsewhere = sorted(maker.ref.namespace for maker in view.objects if _makes(maker, kind, name))
        near = get_close_matches(name, sorted({maker.ref.name for maker in view.objects if _of(maker, kind)}), 1)
        message, edits = f"nothing in the repository makes the {kind} {name}", ()
        if elsewhere:
            message += f" in the namespace {one.namespace}; one of that name is in {elsewhere[0]}"
        elif near:
            message += f"; did you mean {near[0]}?"
            edits = (Replacement(one.at("valuesFrom", index, "name"), near[0]),)
        label = f"did you mean {near[0]}?" if edits else "nothing makes it"
        fix = Suggestion(f"write {near[0]}" if edits else "correct it, or write optional: true", edits)
        yield _missing(view, one, index, message, label, fix, (), mild=True)


def _missing(
    view: EnvironmentView,
    one: Declared,
    index: int,
    message: str,
    label: str,
    fix: Suggestion,
    makers: tuple[AppliedObject, ...],
    *,
    mild: bool = False,
) -> Fault:
    assert one.object is not None
    source = one.object.source
    return Fault(
        rule="",
        message=f"HelmRelease {one.name}: {message}",
        at=one.at("valuesFrom", index),
        mild="warning" if mild else None,
        label=label,
        related=tuple(Related(Field(maker.ref, ("metadata", "name")), f"makes {maker.ref.name}") for maker in makers),
        object=one.object.ref,
        path=("spec", "valuesFrom", index),
        fix=fix,
        # It explains why nothing is known of what the release applies, and what its values lack.
        subjects=(
            *((subjects.node(source.file, source.document, (*source.path, "spec")),) if source is not None else ()),
            *(subjects.value(values.release.name, ()) for values in _values(view, one)),
        ),
    )


def _values(view: EnvironmentView, one: Declared) -> Iterator[ReleaseValues]:
    """The values of the release that a HelmRelease declares."""
    source = one.object.source if one.object is not None else None
    for values in view.releases.values():
        at = values.release.declared
        if source is not None and (at.file, at.document) == (source.file, source.document):
            yield values


def _makes(maker: AppliedObject, kind: str, name: str) -> bool:
    if maker.ref.kind == "ExternalSecret" and kind == "Secret":
        return name == (node(maker.data, ("spec", "target", "name")) or maker.ref.name)
    return _of(maker, kind) and maker.ref.name == name


def _of(maker: AppliedObject, kind: str) -> bool:
    return maker.ref.kind == kind or (kind == "Secret" and maker.ref.kind == _SEALED)


def _near(maker: AppliedObject, one: Declared) -> bool:
    return not maker.ref.namespace or not one.namespace or maker.ref.namespace == one.namespace


def _is_hashed(maker: AppliedObject, kind: str, name: str) -> bool:
    found = maker.ref.name
    return maker.ref.kind == kind and found[:-11] == name and _HASH.fullmatch(found[-11:]) is not None


def _keys(maker: AppliedObject) -> set[str] | None:
    """The keys that can be asked for; None where nobody can know them."""
    data = maker.data
    if maker.ref.kind == "ConfigMap":
        return set(as_map(data.get("data")))
    if maker.ref.kind == "Secret":
        return {*as_map(data.get("data")), *as_map(data.get("stringData"))}
    sealed = node(data, ("spec", "encryptedData"))
    if maker.ref.kind != _SEALED or not isinstance(sealed, Mapping):
        return None
    return {*sealed, *as_map(node(data, ("spec", "template", "data")))}


def inline_values_win(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A path of `spec.values` that a layer of `valuesFrom` sets too."""
    if view.environment.engine != ENGINE:
        return
    for values in view.releases.values():
        # A single value at a targetPath goes over all others; the files of the chart itself lie below all.
        own = f"{values.release.folder}/"
        below = [
            layer
            for layer in values.layers
            if not _is_inline(layer) and not layer.layer.parameters and not layer.layer.file.startswith(own)
        ]
        above = [layer for layer in values.layers if _is_inline(layer)]
        told: set[Route] = set()
        for layer in reversed(above):
            for path, value in walk(layer.data):
                if path not in told and (not isinstance(value, Mapping) or not value):
                    told.add(path)
                    loser = next((one for one in reversed(below) if _sets(one, path)), None)
                    if loser is not None:
                        yield _wins(values, layer, loser, path)


def _is_inline(layer: LayerValues) -> bool:
    """Whether a layer is of `spec.values`, as the HelmRelease or a patch of it has them."""
    stated = layer.layer.parameters
    by_patch = bool(stated) and "valuesFrom" not in stated[0].at
    return layer.layer.inline and (by_patch or layer.layer.path[-2:] == _VALUES)


def _sets(layer: LayerValues, path: Route) -> bool:
    """Whether a layer has a value there, or one in place of what is around it."""
    return layer.holds(path) or any(
        layer.holds(path[:length]) and not isinstance(node(layer.data, path[:length]), Mapping)
        for length in range(1, len(path))
    )


def _wins(values: ReleaseValues, layer: LayerValues, loser: LayerValues, path: Route) -> Fault:
    return Fault(
        rule="",
        message=f"{dotted(path)} is set in the HelmRelease itself, which wins over every layer of valuesFrom:"
        f" what {loser.layer.name} says of it never counts",
        at=layer.place(path),
        label="wins over valuesFrom",
        related=(Related(loser.place(loser.ancestor(path)), "never counts"),),
        fix=Suggestion(f"move it to {loser.layer.name}"),
        subjects=(subjects.value(values.release.name, path),),
    )


# Failures ------------------------------------------------------------------------------------------------------------


def retries_missing(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A HelmRelease that is left as it is after one failed install or upgrade."""
    for one in releases(view):
        once = [action for action in ("install", "upgrade") if _gives_up(as_map(one.spec.get(action)))]
        if once:
            first, *rest = once
            yield Fault(
                rule="",
                message=f"HelmRelease {one.name} gives up after one failed {' or '.join(once)}",
                at=_strategy(one, first),
                label=f"{first} is not tried again",
                related=tuple(Related(_strategy(one, action), f"nor is {action}") for action in rest),
                object=one.object.ref if one.object is not None else None,
                path=("spec", first, "strategy"),
                fix=Suggestion(
                    " and ".join(f"{action}: {{strategy: {{name: RetryOnFailure}}}}" for action in once)
                    + " tries again"
                ),
            )


def _gives_up(action: Mapping[str, Any]) -> bool:
    """Without strategy, remediation tries again, and no times unless it says so (helm-controller 1.6, GetRetry)."""
    if node(action, ("strategy", "name")) == "RetryOnFailure":
        return False
    return node(action, ("remediation", "retries")) in (None, 0)


def _strategy(one: Declared, action: str) -> Place | Field:
    return one.at(action, "strategy", missing=True)
