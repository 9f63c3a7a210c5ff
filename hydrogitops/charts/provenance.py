"""Helm values of a release with their provenance: for each path the layer that won, and those that lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hydrogitops.model import Layer, Parameter, Place, Release, Route, SourceFile
from hydrogitops.source.shapes import node

from .coalescing import Helm
from .contract import Contract
from .known_charts import find
from .layers import written
from .values import Chart, ChartError, Coalesced, LeafOrigin, without_warnings


class LayerValues(NamedTuple):
    """One layer as read: its data, and its text as Helm gets it."""

    layer: Layer
    data: Mapping[str, Any]
    text: str

    def place(self, path: Route, *, part: str = "value", document: int | None = None) -> Place:
        """Where `path` stands in the layer's file."""
        layer = self.layer
        if layer.parameters:
            at = _parameter(layer, path)
            # What is the key elsewhere is the parameter's name here.
            at, part = ((*at[:-1], "name"), "value") if part == "key" else (at, part)
            return Place(layer.file, layer.document, at, part)  # type: ignore[arg-type]
        return Place(layer.file, layer.document if document is None else document, (*layer.path, *path), part)  # type: ignore[arg-type]

    def holds(self, path: Route) -> bool:
        """Whether the layer writes `path`, null included."""
        data: Any = self.data
        for key in path:
            if not isinstance(data, Mapping) or key not in data:
                return False
            data = data[key]
        return True

    def ancestor(self, path: Route) -> Route:
        """The deepest beginning of `path` that the layer writes; empty where it writes none."""
        for length in range(len(path), 0, -1):
            if self.holds(path[:length]):
                return path[:length]
        return ()


class Winner(NamedTuple):
    """Who decides a value: a layer and a place in it, or the chart's own default (`layer` None)."""

    layer: LayerValues | None
    place: Place | None
    value: object
    lost: tuple[Winner, ...] = ()
    chart: str = ""
    """Path of the chart whose default it is, as Helm writes it."""


class ReleaseValues(NamedTuple):
    """The values of a release: layers, what Helm makes of them, and what is known about the chart.

    `merged` is what the chart's own templates see; empty, with `problem`, where the layers cannot be merged.
    """

    release: Release
    contract: Contract | None
    layers: tuple[LayerValues, ...]
    chart: Chart | None
    coalesced: Coalesced | None
    merged: Mapping[str, Any]
    problem: str = ""
    helm: Helm = 4

    def value(self, path: Route) -> Any:
        return node(self.merged, path)

    def winner(self, path: Route) -> Winner | None:
        """Who decides the value at `path`, a leaf or a whole map; None where nobody does."""
        origin = self._leaf(path)
        if origin is not None:
            return self._winner(origin, path)
        held = [values for values in reversed(self.layers) if values.holds(path)]
        winners = [Winner(values, values.place(path), node(values.data, path)) for values in held]
        if not winners:
            value = node(self.merged, path)
            return None if value is None else Winner(None, None, value, chart=self.release.chart)
        first = winners[0]
        return Winner(first.layer, first.place, first.value, tuple(winners[1:]))

    def _leaf(self, path: Route) -> LeafOrigin | None:
        if self.coalesced is None:
            return None
        keys = [str(key) for key in path]
        while keys:
            try:
                return self.coalesced.origin(self.release.chart, *keys)
            except KeyError:
                # A path inside a list: the list is the leaf.
                if len(keys) == len(path) and not any(isinstance(key, int) for key in path):
                    return None
                keys.pop()
        return None

    def _winner(self, origin: LeafOrigin, path: Route) -> Winner:
        lost = tuple(self._winner(one, path) for one in origin.lost)
        inside = path[next((i for i, key in enumerate(path) if isinstance(key, int)), len(path)) :]
        if isinstance(origin.source, int) and origin.source < len(self.layers):
            values = self.layers[origin.source]
            document = None if values.layer.inline else origin.document
            place = values.place((*origin.path, *inside), document=document)
            return Winner(values, place, node(values.data, (*origin.path, *inside)), lost)
        value = self._default(origin, (*origin.path, *inside))
        return Winner(None, None, value, lost, chart=str(origin.source))

    def _default(self, origin: LeafOrigin, path: Route) -> object:
        """What a chart's own values.yaml says."""
        chart = self.chart
        for name in str(origin.source).split("/charts/")[1:]:
            below = chart.dependencies if chart is not None else ()
            chart = next((one.chart for one in below if name in (one.alias, one.chart.name)), None)
        return node(written(chart.values, origin.document, self.helm), path) if chart is not None else None


class ChartFolders:
    """Charts read once for a run, by folder."""

    def __init__(self) -> None:
        self._read: dict[Path, Chart] = {}

    def chart(self, folder: Path) -> Chart:
        """The chart of a folder; ChartError where it cannot be read."""
        if folder not in self._read:
            self._read[folder] = Chart.from_folder(folder)
        return self._read[folder]


def values_of(
    release: Release,
    read: Mapping[str, SourceFile | None],
    chart_folder: Path | None,
    charts: ChartFolders,
    helm: int,
) -> ReleaseValues:
    """Values and provenance of a release. `read` holds the files of its layers; `chart_folder`: chart or stand-in."""
    version: Helm = 3 if helm == 3 else 4
    contract = find(release.chart, release.version)
    layers = layers_of(release, read)
    problem = ""
    chart: Chart | None = None
    coalesced: Coalesced | None = None
    try:
        chart = charts.chart(chart_folder) if chart_folder is not None else None
        if chart is not None:
            coalesced = without_warnings(chart, [values.text for values in layers], helm=version)
    except ChartError as error:
        problem = str(error)
    merged: Mapping[str, Any] = {}
    if coalesced is not None and chart is not None:
        merged = coalesced.seen.get(chart.name, {})
    elif chart is None:
        merged = overlaid(layers)
    return ReleaseValues(release, contract, layers, chart, coalesced, merged, problem, version)


def layers_of(release: Release, read: Mapping[str, SourceFile | None]) -> tuple[LayerValues, ...]:
    """The layers of a release in order; `read` holds their files. A file that is not there gives no layer."""
    return tuple(values for layer in release.layers if (values := _layer(layer, read.get(layer.file))) is not None)


def _parameter(layer: Layer, path: Route) -> Route:
    """Where a path is set: by the parameter that sets it, or a part of it; of what none sets, the first one."""
    same = (one for one in layer.parameters if path[: len(one.path)] == one.path)
    below = (one for one in layer.parameters if one.path[: len(path)] == path)
    return next((one.at for found in (same, below) for one in found), layer.parameters[0].at)


def _set(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """The values that parameters make; positions of a list that none of them sets are null, as in Helm."""
    values: dict[str, Any] = {}
    for one in parameters:
        node: Any = values
        for step, following in zip(one.path, (*one.path[1:], None), strict=True):
            fresh = one.value if following is None else [] if isinstance(following, int) else {}
            if isinstance(step, int):
                node += [None] * (step + 1 - len(node))
            known = node[step] if isinstance(step, int) else node.get(step)
            node[step] = fresh if known is None else known
            node = node[step]
    return values


def _layer(layer: Layer, file: SourceFile | None) -> LayerValues | None:
    if file is None:
        return None
    if layer.parameters:
        values = _set(layer.parameters)
        return LayerValues(layer, values, json.dumps(values))
    if layer.text is not None:
        return _read_as(layer, layer.text)
    if not layer.inline:
        data = file.documents[0].data if file.documents else None
        return LayerValues(layer, data if isinstance(data, Mapping) else {}, file.text)
    document = next((document for document in file.documents if document.number == layer.document), None)
    data = node(document.data if document is not None else None, layer.path)
    if isinstance(data, str):
        return _read_as(layer, data)
    data = data if isinstance(data, Mapping) else {}
    # JSON is YAML, and needs no emitter of its own.
    return LayerValues(layer, data, json.dumps(data))


def _read_as(layer: Layer, text: str) -> LayerValues:
    from hydrogitops.source import reading

    documents = reading.read(layer.file, text).documents
    inner = documents[0].data if documents else None
    return LayerValues(layer, inner if isinstance(inner, Mapping) else {}, text)


def overlaid(layers: tuple[LayerValues, ...]) -> dict[str, Any]:
    """What the layers alone say, where the chart is not at hand."""
    merged: dict[str, Any] = {}
    for values in layers:
        _overlay(merged, values.data)
    return merged


def _overlay(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        below = under.get(key)
        if isinstance(value, Mapping):
            copy: dict[str, Any] = dict(below) if isinstance(below, Mapping) else {}
            _overlay(copy, value)
            under[key] = copy
        else:
            under[key] = value
