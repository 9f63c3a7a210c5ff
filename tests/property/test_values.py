"""Merging of values over drawn charts and layers."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from hydrogitops.charts import layers as read
from hydrogitops.charts.trees import Table, Tree, data, overlay, tree
from hydrogitops.charts.values import Chart, ChartError, coalesce
from tests.oracle.test_coalesce import assert_origins, charts
from tests.property.drawn_charts import TREES, cases

# A key's case says what stands under it, so no scalar ever comes between two maps.
LIKE = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, 1, "s", [1], [2]]), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("ABC"), inner, max_size=3),
    max_leaves=6,
)


def table(values: Any, source: int) -> Table:
    found = tree(values, (source, 0, ()))
    assert isinstance(found, Table)
    return found


@settings(deadline=None)
@given(LIKE, LIKE, LIKE)
def test_merging_layers_is_associative_where_types_stay(one: Any, two: Any, three: Any) -> None:
    a, b, c = (table(each, source) for source, each in enumerate((one, two, three)))
    assert data(overlay(overlay(a, b), c)) == data(overlay(a, overlay(b, c)))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), TREES, max_size=3))
def test_merging_with_itself_or_nothing_changes_nothing(values: Any) -> None:
    one = table(values, 0)
    assert data(overlay(one, one)) == data(overlay(one, Table())) == data(overlay(Table(), one)) == data(one)


def test_a_scalar_between_maps_clears_what_was_below() -> None:
    """So merging is not associative in general, as in Helm."""
    assert coalesce(Chart("app"), ["a: {x: 1}\n", "a: null\n", "a: {z: 2}\n"]).seen["app"] == {"a": {"z": 2}}


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from([3, 4]))
def test_answers_repeat_and_origins_hold(case: tuple[Chart, list[str]], helm: Literal[3, 4]) -> None:
    chart, layers = case
    try:
        got = coalesce(chart, layers, helm=helm)
    except ChartError as error:
        assert error.stage in ("dependencies", "coalesce")
        return
    assert coalesce(chart, layers, helm=helm) == got
    assert_origins(got, chart, layers)
    json.dumps(dict(got.seen), allow_nan=False)
    for path in got.seen:
        *above, name = path.split("/charts/")
        if above and isinstance(block := got.seen["/charts/".join(above)].get(name), dict):
            assert block == got.seen[path]


@settings(max_examples=100, deadline=None)
@given(cases())
def test_layers_merge_before_the_chart_is_asked(case: tuple[Chart, list[str]]) -> None:
    chart, layers = case
    merged = Table()
    for source, text in enumerate(layers):
        merged = overlay(merged, table(json.loads(text), source))
    try:
        want = coalesce(chart, layers).seen
    except ChartError:
        return
    assert coalesce(chart, [json.dumps(data(merged)) + "\n"]).seen == want


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from([3, 4]))
def test_what_is_read_once_stays_as_it_was_read(case: tuple[Chart, list[str]], helm: Literal[3, 4]) -> None:
    """Environments share what was read of a chart and of their layers."""
    chart, layers = case
    texts = [(text, path) for path, text in charts(chart, chart.name)] + [(t, i) for i, t in enumerate(layers)]
    shared = [read.table(text, source, helm, other=False) for text, source in texts]
    with suppress(ChartError):
        coalesce(chart, layers, helm=helm)
    for (text, source), one in zip(texts, shared, strict=True):
        assert one is read.table(text, source, helm, other=False)
        assert everything(one) == everything(read.table.__wrapped__(text, source, helm, other=False))


def everything(node: Tree) -> object:
    if isinstance(node, Table):
        assert not node.is_draft
        return node.at, {key: everything(value) for key, value in node.items()}
    return node.at, node.lost, repr(node.value)
