"""Charts and layers as hypothesis draws them: rich in nulls, clashes of type, globals, aliases and imports."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from hydrogitops.charts.values import Chart, Dependency

LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, None, 0, 1, 2, 1.5, "s", "t", "", True, False, [], [1], [2, None], {}]
)
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6)
BLOCKS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)
SWITCHES = st.sampled_from([True, False, None, "s"])


@st.composite
def values(draw: st.DrawFn, subcharts: tuple[str, ...]) -> str:
    """The text of a values file with blocks for some of the subcharts."""
    data: dict[str, Any] = dict(draw(BLOCKS))
    for name in subcharts:
        match draw(st.integers(0, 9)):
            case 0:
                data[name] = draw(LEAVES)
            case 1 | 2 | 3 | 4 | 5:
                data[name] = {**draw(BLOCKS), **({"global": draw(BLOCKS)} if draw(st.booleans()) else {})}
    if draw(st.booleans()):
        data["global"] = draw(TREES)
    if draw(st.integers(0, 4)) == 0:
        data["tags"] = draw(st.dictionaries(st.sampled_from("abc"), SWITCHES, max_size=2))
    if draw(st.integers(0, 4)) == 0:
        data["enabled"] = draw(SWITCHES)
    if draw(st.integers(0, 4)) == 0:
        data["exports"] = draw(BLOCKS)
    return json.dumps(data) + "\n"


IMPORTS = st.one_of(
    st.sampled_from("abc"),
    st.fixed_dictionaries({
        "child": st.sampled_from(["a", "b", "a.b", "exports.a"]),
        "parent": st.sampled_from(["a", "b.c", ".", "imported", "db"]),
    }),
)  # fmt: skip


@st.composite
def charts(draw: st.DrawFn, name: str = "app", depth: int = 2) -> Chart:
    dependencies: list[Dependency] = []
    names = draw(st.lists(st.sampled_from(["db", "web", "cache"]), unique=True, max_size=2 if depth else 0))
    for each in names:
        chart = draw(charts(each, depth - 1))
        for alias in draw(st.sampled_from([("",), ("",), ("",), (f"{each}x",), (f"{each}x", f"{each}y")])):
            called = alias or each
            dependencies.append(
                Dependency(
                    chart,
                    alias,
                    draw(st.sampled_from(["", "", "", f"{called}.enabled", "enabled", f"a.b,{called}.enabled"])),
                    tuple(draw(st.sampled_from([(), (), (), ("a",), ("a", "b")]))),
                    tuple(draw(st.lists(IMPORTS, max_size=2))) if draw(st.integers(0, 3)) == 0 else (),
                )
            )
    own = draw(values(tuple(each.alias or each.chart.name for each in dependencies)))
    return Chart(name, own, tuple(dependencies))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Chart, list[str]]:
    """A chart and up to three layers for it."""
    chart = draw(charts())
    blocks = tuple(each.alias or each.chart.name for each in chart.dependencies)
    return chart, draw(st.lists(values(blocks), max_size=3))
