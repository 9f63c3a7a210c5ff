"""What the templates of each chart see, and who decided it, row by row, in Helm 3 and Helm 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest

from hydrogitops.charts.values import Chart, ChartError, Coalesced, LeafOrigin, coalesce
from hydrogitops.source.reading import read
from tests.oracle.rows import rows

ROWS = rows("coalesce.jsonl")
VERSIONS: tuple[Literal[3, 4], ...] = (3, 4)


@pytest.mark.parametrize("helm", VERSIONS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["note"])
def test_row(row: dict[str, Any], helm: Literal[3, 4]) -> None:
    chart, layers = Chart.of(row["chart"]), row["layers"]
    want = row.get("helm4", row["out"]) if helm == 4 else row["out"]
    if not want["ok"]:
        with pytest.raises(ChartError) as caught:
            coalesce(chart, layers, helm=helm)
        assert caught.value.stage == want["stage"]
        assert (caught.value.layer is not None) == (want["stage"] == "layers")
        return
    got = coalesce(chart, layers, helm=helm)
    assert typed(dict(got.seen)) == typed(want["seen"])
    assert got.undecided == frozenset()
    # The sentences are those of Helm 3 for both versions.
    assert got.warnings == set(row["out"]["warnings"])
    assert_origins(got, chart, layers)


def assert_origins(got: Coalesced, chart: Chart, layers: list[str]) -> None:
    """The value at the place that is said to have decided a leaf is the leaf."""
    texts = dict(charts(chart, chart.name))
    for path, values in got.seen.items():
        for leaf, value in leaves(values):
            try:
                origin = got.origin(path, *leaf)
            except KeyError:
                # Helm makes maps of its own, always empty.
                assert value == {}
                continue
            written = at(origin, texts, layers)
            if value == {}:
                # Helm 4 may have taken nulls out of it.
                assert isinstance(written, dict)
                assert all(inner is None for _, inner in leaves(written) if inner != {})
            else:
                assert typed(written) == typed(value)
            places = [(lost.source, lost.document, lost.path) for lost in origin.lost]
            assert len({(origin.source, origin.document, origin.path), *places}) == len(places) + 1
            for lost in origin.lost:
                at(lost, texts, layers)


def at(origin: LeafOrigin, texts: Mapping[str, str], layers: list[str]) -> object:
    text = layers[origin.source] if isinstance(origin.source, int) else texts[origin.source]
    data = next(each.data for each in read("", text).documents if each.number == origin.document)
    for step in origin.path:
        assert isinstance(data, dict)
        data = data[step]
    return data


def charts(chart: Chart, path: str) -> Iterator[tuple[str, str]]:
    yield path, chart.values
    for each in chart.dependencies:
        # Under Helm 3 the subchart of a second alias may lose its own alias.
        for name in {each.alias or each.chart.name, each.chart.name}:
            yield from charts(each.chart, f"{path}/charts/{name}")


def leaves(values: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def typed(value: object) -> object:
    """The value with the type of every scalar: `1` is not `true`, while `1.0` in a text is Helm's `1`."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return type(value).__name__, value
