"""The values of a HelmRelease as layers: `valuesFrom` in its order, then `values`, as helm-controller merges them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydrogitops.charts.provenance import layers_of, overlaid
from hydrogitops.model import Layer, Parameter, Place, Release, Route
from hydrogitops.source.shapes import maps_in

from .parameters import ParameterError, parameter, path_of
from .sources import Sources

DEFAULT_KEY = "values.yaml"
_SYNTAX = re.compile(r"[,\\{}\[\]]")
"""Signs that `--set` does not take as they are."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a ConfigMap or Secret holds: its texts by key, and where each stands. `files`: what its keys come from."""

    data: Mapping[str, str]
    layer: Callable[[str], Layer]
    files: Mapping[str, str] = field(default_factory=dict)


Maps = Callable[[str, str, str], Held | None]
"""What a ConfigMap or Secret holds, by kind, namespace and name; None where nobody can say."""


@dataclass(frozen=True, slots=True)
class Values:
    """Layers in order, later ones win. `problem`: why they are not all that the engine takes; empty where they are.

    `hidden`: Secrets that only the cluster can read; what they say is left out.
    """

    layers: tuple[Layer, ...]
    problem: str = ""
    hidden: tuple[str, ...] = ()


def layers(
    sources: Sources, at: Place, spec: Mapping[str, Any], namespace: str, maps: Maps, inline: Sequence[Layer]
) -> Values:
    """The layers of a HelmRelease; `inline` those of its own values. (fluxcd/pkg, chartutil: ChartValuesFromReferences)

    A text at a `targetPath` goes over inline values too. How it does that depends on which maps the controller has
    shared by then, so the result is worked out as it does it, and the layers are held against that.
    """
    found: list[Layer] = []
    problem = ""
    stated = spec.get("values")
    own: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    merged: dict[str, Any] = {}
    targeted: list[Layer] = []
    hidden: list[str] = []
    for index, reference in enumerate(maps_in(spec.get("valuesFrom"))):
        kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
        key = str(reference.get("valuesKey") or DEFAULT_KEY)
        held = maps(kind, namespace, name)
        text = held.data.get(key) if held is not None else None
        if held is None or text is None:
            if held is not None and key in held.files:
                # The file is not there; a change to it matters.
                found.append(Layer(held.files[key], held.files[key]))
            if held is None and kind == "Secret":
                hidden.append(name)
            elif reference.get("optional") is not True:
                what = f"{kind} {name}" if held is None else f"key {key} of {kind} {name}"
                problem = problem or f"its values come from the {what}, which nothing here makes readable"
            continue
        target = reference.get("targetPath")
        if not target:
            layer = held.layer(key)
            found.append(layer)
            merged = _merged(merged, _data(text))
            continue
        route: Route = (*at.path, "spec", "valuesFrom", index)
        try:
            one = _targeted(str(target), text, route, literal=reference.get("literal") is True)
        except ParameterError as error:
            problem = problem or f"{kind} {name} at {target}: {error}"
            continue
        merged = _merged(merged, own)
        _put(merged, one)
        targeted.append(Layer(f"{at.file} (targetPath)", at.file, at.document, route, inline=True, parameters=(one,)))
    merged = _merged(merged, own)
    result = (*found, *inline, *targeted)
    if targeted and not problem and said(sources, result) != merged:
        result = (*found, *targeted, *inline)
        if said(sources, result) != merged:
            result = (Layer(f"{at.file} (values)", at.file, at.document, (*at.path, "spec", "values"), inline=True,
                            text=json.dumps(merged)),)  # fmt: skip
    return Values(result, problem, tuple(hidden))


def said(sources: Sources, found: Sequence[Layer]) -> dict[str, Any]:
    """What layers say, one over the other, as they are written in the repository."""
    release = Release("", "", "", "", None, "", tuple(found), Place("", 0))
    return overlaid(layers_of(release, {layer.file: sources.get(layer.file) for layer in found}))


def _targeted(target: str, text: str, at: Route, *, literal: bool) -> Parameter:
    path = path_of(target)
    if any(isinstance(step, int) for step in path):
        raise ParameterError("a position of a list is not followed")
    if literal:
        return Parameter(path, text, at)
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    if quoted:
        text = text.strip("'\"")
    if _SYNTAX.search(text):
        raise ParameterError("its text has signs in it that --set takes for its own; say literal: true")
    return parameter(target, text, at, string=quoted)


def _data(text: str) -> Mapping[str, Any]:
    from hydrogitops.source import reading

    documents = reading.read("", text).documents
    data = documents[0].data if documents else None
    return data if isinstance(data, Mapping) else {}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge, all else replaces; maps that need no merging stay shared."""
    result = dict(below)
    for key, value in above.items():
        known = result.get(key)
        both = isinstance(known, dict) and isinstance(value, Mapping)
        result[key] = _merged(known, value) if both and isinstance(known, dict) else value
    return result


def _put(values: dict[str, Any], one: Parameter) -> None:
    *above, last = one.path
    node: Any = values
    for key in above:
        if not isinstance(node.get(key), dict):
            node[key] = {}
        node = node[key]
    node[last] = one.value
