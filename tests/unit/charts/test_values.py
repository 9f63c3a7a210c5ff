"""Cases of the values of charts that no data row has; the answers were asked of Helm 3.22.0 and 4.3.1."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from hydrogitops.charts.values import Chart, ChartError, Dependency, LeafOrigin, coalesce

DB = Chart("db", "port: 5432\nimage: {repo: pg, tag: '1'}\n")


def app(values: str = "", **dependency: Any) -> Chart:
    return Chart("app", values, (Dependency(**({"chart": DB} | dependency)),))


def test_the_example_of_the_interface() -> None:
    chart = Chart.of({"name": "app", "values": "a: null\nm: {x: null}\n"})
    assert coalesce(chart, ["b: 1\n"]).seen == {"app": {"b": 1, "m": {}}}
    assert coalesce(chart, ["b: 1\n"], helm=3).seen == {"app": {"a": None, "b": 1, "m": {"x": None}}}


def test_chart_of() -> None:
    inner = {"name": "db", "values": DB.values}
    data = {
        "name": "app",
        "dependencies": [
            {
                "chart": inner,
                "alias": "x",
                "condition": "c",
                "tags": ["t"],
                "importValues": ["a", {"child": "b", "parent": "."}],
            }
        ],
    }
    want = Dependency(DB, "x", "c", ("t",), ("a", {"child": "b", "parent": "."}))
    assert Chart.of(data) == Chart("app", "", (want,))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, ValueError),
        ({"name": 1}, TypeError),
        ({"name": "a", "values": {}}, TypeError),
        ({"name": "a", "dependencies": {}}, TypeError),
        ({"name": "a", "dependencies": "x"}, TypeError),
        ({"name": "a", "dependencies": [1]}, TypeError),
        ({"name": "a", "dependencies": [{"alias": "x"}]}, TypeError),
        ({"name": "a", "dependencies": [{"chart": {"name": "b"}, "tags": [1]}]}, TypeError),
        ({"name": "a", "dependencies": [{"chart": {"name": "b"}, "importValues": [1]}]}, TypeError),
    ],
)
def test_chart_of_refuses(data: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Chart.of(data)


def test_types() -> None:
    with pytest.raises(ValueError, match="3 or 4"):
        coalesce(DB, [], helm=2)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        coalesce(DB, "a: 1\n")
    with pytest.raises(TypeError):
        coalesce(DB, [{"a": 1}])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        coalesce({"name": "app"}, [])  # type: ignore[arg-type]


def test_results_are_the_callers_own() -> None:
    first = coalesce(DB, ["a: [1, {b: 2}]\n"])
    first.seen["db"]["image"]["tag"] = "9"  # type: ignore[index]
    first.seen["db"]["a"][1]["b"] = 3  # type: ignore[index]
    assert coalesce(DB, ["a: [1, {b: 2}]\n"]).seen["db"] == {
        "a": [1, {"b": 2}], "port": 5432, "image": {"repo": "pg", "tag": "1"}
    }  # fmt: skip


def place(source: int | str, *path: str, document: int = 0) -> LeafOrigin:
    return LeafOrigin(source, document, path)


def test_origins() -> None:
    chart = app("db: {port: 1, image: {tag: '2'}}\nown: [1]\nglobal: {g: 1}\n", alias="pg")
    chart = Chart("app", chart.values.replace("db:", "pg:"), chart.dependencies)
    got = coalesce(chart, ["pg: {port: 2}\nown: []\nempty: {}\n", "pg: {port: 3}\n---\npg: {port: 4}\n"])
    assert got.seen["app/charts/pg"] == {
        "port": 4, "image": {"repo": "pg", "tag": "2"}, "global": {"g": 1}
    }  # fmt: skip
    for at in [("app/charts/pg", "port"), ("app", "pg", "port")]:
        origin = got.origin(*at)
        assert origin == LeafOrigin(
            1, 1, ("pg", "port"),
            (place(1, "pg", "port"), place(0, "pg", "port"), place("app", "pg", "port"), place("app/charts/pg", "port")),
        )  # fmt: skip
    assert got.origin("app", "pg", "image", "repo") == place("app/charts/pg", "image", "repo")
    assert got.origin("app/charts/pg", "global", "g") == place("app", "global", "g")
    assert got.origin("app", "own") == LeafOrigin(0, 0, ("own",), (place("app", "own"),))
    assert got.origin("app", "empty") == place(0, "empty")


@pytest.mark.parametrize(
    "path", [("nope",), ("app", "nope"), ("app", "db"), ("app", "db", "port", "x"), ("app", "db", "global"), ("app",)]
)
def test_no_origin(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        coalesce(app(), []).origin(*path)


def test_what_a_scalar_over_a_map_won_against() -> None:
    got = coalesce(DB, ["image: x\n"])
    assert got.origin("db", "image") == LeafOrigin(0, 0, ("image",), (place("db", "image"),))
    assert got.warnings == frozenset()


def test_origin_of_imported_values() -> None:
    chart = app("mine: {repo: own}\n", import_values=({"child": "image", "parent": "mine"},))
    got = coalesce(chart, [])
    assert got.seen["app"]["mine"] == {"repo": "own", "tag": "1"}
    assert got.origin("app", "mine", "tag") == place("app/charts/db", "image", "tag")
    assert got.origin("app", "mine", "repo") == LeafOrigin(
        "app", 0, ("mine", "repo"), (place("app/charts/db", "image", "repo"),)
    )


def test_imports_that_make_values_a_part_of_themselves() -> None:
    """Helm 4.3.1 runs out of stack here."""
    imports = (
        {"child": "e.x", "parent": "sub.e.x"},
        {"child": "e", "parent": "sub.e.x"},
        {"child": "e", "parent": "."},
        {"child": "e.x", "parent": "e.x.y"},
    )
    sub = Chart("sub", "e: {a: 1, x: {b: 2, y: {c: 3}}}\n")
    with pytest.raises(ChartError, match="contain themselves") as caught:
        coalesce(Chart("app", "e: {x: {z: 1}}\n", (Dependency(sub, import_values=imports),)), [])
    assert caught.value.stage == "dependencies"


ERRORS: list[tuple[Chart, list[str], str, int | None]] = [
    (Chart("app", "- 1\n"), [], "chart-values", None),
    (Chart("app", "a: [\n"), ["- 1\n"], "chart-values", None),
    (app(chart=Chart("db", "x\n")), [], "chart-values", None),
    (DB, ["a: 1\n", "- 1\n"], "layers", 1),
    (DB, ["text\n"], "layers", 0),
    (DB, ["a: .nan\n"], "layers", 0),
    (app(), ["db: 1\n"], "dependencies", None),
    (app(), ["db: null\n"], "dependencies", None),
    # Only the import makes the block of the other subchart a scalar.
    (
        Chart("app", "", (Dependency(Chart("x", "exports: {o: {db: 1}}\n"), import_values=("o",)), Dependency(DB))),
        [],
        "ok",
        None,
    ),
]


@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize(("chart", "layers", "stage", "layer"), ERRORS)
def test_errors(chart: Chart, layers: list[str], stage: str, layer: int | None, helm: Literal[3, 4]) -> None:
    if stage == "ok":
        coalesce(chart, layers, helm=helm)
        return
    with pytest.raises(ChartError) as caught:
        coalesce(chart, layers, helm=helm)
    assert (caught.value.stage, caught.value.layer) == (stage, layer)


DOCUMENTS = [
    ("a: 1\n---\nb: 2\n", {"a": 1}, {"a": 1, "b": 2}),
    ("# c\n---\na: 1\n", {"a": 1}, {"a": 1}),
    ("---\n---\na: 1\n", {}, {"a": 1}),
    ("a: 1\n--- # next\nb: 2\n---\n", {"a": 1}, {"a": 1, "b": 2}),
    ("a: 1\n...\nb: 2\n", {"a": 1}, {"a": 1}),
    ("a: 1\n---\n- 2\n", {"a": 1}, None),
    ("a: 1\n--- {b: 2}\n", {"a": 1}, None),
    ("%YAML 1.1\n---\na: 1\n", {"a": 1}, None),
    ("a: 1\n---\nb: [\n", {"a": 1}, None),
    ("a: |\n  x", {"a": "x"}, {"a": "x\n"}),
    ("a: 1\n---\nb: |+\n  x\n---\nc: |+\n  x", {"a": 1}, {"a": 1, "b": "x\n", "c": "x\n"}),
]


@pytest.mark.parametrize(("text", "helm3", "helm4"), DOCUMENTS)
def test_documents_of_a_layer(text: str, helm3: dict[str, object], helm4: dict[str, object] | None) -> None:
    chart = Chart("app")
    assert coalesce(chart, [text], helm=3).seen["app"] == helm3
    if helm4 is None:
        with pytest.raises(ChartError):
            coalesce(chart, [text])
    else:
        assert coalesce(chart, [text]).seen["app"] == helm4


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("z: 1\n", 0),
        ("# c\n---\nz: 1\n", 0),
        ("---\nz: 1\n", 0),
        ("a: 1\n---\nz: 1\n", 1),
        ("a: 1\n---\n# c\n---\nz: 1\n", 2),
        ("a: 1\n---\n---\nz: 1\n", 2),
        ("---\n---\nz: 1\n", 1),
        ("a: 1\n...\n---\nz: 1\n", 1),
    ],
)
def test_documents_are_counted_as_the_reader_does(text: str, document: int) -> None:
    from hydrogitops.source.reading import read

    assert coalesce(Chart("app"), [text]).origin("app", "z").document == document
    (found,) = [each.number for each in read("", text).documents if isinstance(each.data, dict) and "z" in each.data]
    assert found == document


UNDECIDED = [
    ('a: {80: x, "80": y}\n', {("a", "80")}),
    ('a: {80: {k: 1, l: 2}, "80": {k: 1, l: 3}}\n', {("a", "80", "l")}),
    ('"80": b\n80: a\n"80": b\n', {("80",)}),
    ('80: b\n"80": b\n', set()),
    ("80: a\n80: b\n", set()),
    ("y: 1\n'true': 2\n", {("true",)}),
    ("1.0: a\n1: b\n", {("1",)}),
    ('x: &x {80: a}\nz: {<<: *x, "80": b}\n', {("z", "80")}),
    ('x: {<<: {"80": c}, 80: b}\n', {("x", "80")}),
]


@pytest.mark.parametrize(("text", "paths"), UNDECIDED)
def test_undecided(text: str, paths: set[tuple[str, ...]]) -> None:
    assert coalesce(Chart("app"), [text]).undecided == paths
    assert coalesce(Chart("app", text), []).undecided == paths
    assert coalesce(app(chart=Chart("db", text)), []).undecided == {("db", *path) for path in paths}


def test_a_later_layer_decides() -> None:
    assert coalesce(Chart("app"), ['80: x\n"80": y\n', "80: z\n"]).undecided == frozenset()


def test_numbers_have_passed_through_float64() -> None:
    text = "[1.0, -0.0, 1e3, 9007199254740993, 18446744073709551615, 0.1, 1e21, 2.5e-7]"
    values = coalesce(Chart("app"), [f"a: {text}\n"]).seen["app"]["a"]
    assert repr(values) == f"[1, 0, 1000, 9007199254740992, 18446744073709552000, 0.1, {10**21}, 2.5e-07]"


SWITCHES: list[tuple[Chart, str, bool]] = [
    (app(condition="db.enabled"), "db: {enabled: false}\n", False),
    (app(condition="db.enabled"), "db: {enabled: 'false'}\n", True),
    (app(condition="nope,db.enabled"), "db: {enabled: false}\n", False),
    (app(condition="db.enabled,other"), "db: {enabled: true}\nother: false\n", True),
    (app(condition="db.image"), "", True),
    (app(tags=("a", "b")), "tags: {a: false}\n", False),
    (app(tags=("a", "b")), "tags: {a: false, b: true}\n", True),
    (app(tags=("a",)), "tags: {a: 'false'}\n", True),
    (app(tags=("a",)), "tags: x\n", True),
    (app(tags=("a",), condition="db.up"), "tags: {a: false}\ndb: {up: true}\n", True),
    (app(alias="pg", condition="pg.up"), "pg: {up: false}\n", False),
]


@pytest.mark.parametrize("helm", [3, 4])
@pytest.mark.parametrize(("chart", "layer", "is_on"), SWITCHES)
def test_switches(chart: Chart, layer: str, is_on: bool, helm: Literal[3, 4]) -> None:
    assert (len(coalesce(chart, [layer], helm=helm).seen) == 2) == is_on


@pytest.mark.parametrize(
    ("chart", "layer", "warning"),
    [
        (app(condition="db.up"), "db: {up: x}\n", "Warning: Condition path 'db.up' for chart db returned non-bool value"),
        (app(tags=("a",)), "tags: {a: x}\n", "Warning: Tag 'a' for chart db returned non-bool value"),
        (app(import_values=("x",)), "", 'Warning: ImportValues missing table: "exports" is not a table'),
        (app(import_values=({"child": "x", "parent": "y"},)), "", 'Warning: ImportValues missing table from chart db: "x" is not a table'),
        (app(import_values=({"child": "port", "parent": "y"},)), "", 'Warning: ImportValues missing table from chart db: "port" is not a table'),
        (app(), "global: 1\n", "warning: skipping globals because source global is not a table."),
        (app(), "db: {global: 1}\n", "warning: skipping globals because destination global is not a table."),
        (app(), "global: {'a\"b': {}}\ndb: {global: {'a\"b': 1}}\n", 'Conflict: cannot merge map onto non-map for "a\\"b". Skipping.'),
        (app(), "global: {a: 1}\ndb: {global: {a: {}}}\n", "key a is table. Skipping"),
        (DB, "port: {x: 1}\n", "warning: skipped value for db.port: Not a table."),
        (app("m: {k: {o: 1000000, p: [1.5, null, true]}}\n"), "m: {k: 1}\n", "warning: cannot overwrite table with non table for app.m.k (map[o:1e+06 p:[1.5 <nil> true]])"),
        (app("m: {k: 1}\n"), "m: {k: {o: 1}}\n", "warning: destination for app.m.k is a table. Ignoring non-table value (1)"),
    ],
)  # fmt: skip
def test_warnings(chart: Chart, layer: str, warning: str) -> None:
    assert warning in coalesce(chart, [layer], helm=3).warnings
    assert warning in coalesce(chart, [layer], helm=4).warnings


def test_one_chart_under_two_aliases() -> None:
    """Helm 3 shares the dependencies of the two: the second one's own subchart loses its alias."""
    inner = Chart("cache", "size: 1\n")
    db = Chart("db", "", (Dependency(inner, alias="hot"),))
    chart = Chart("app", "", (Dependency(db, alias="one"), Dependency(db, alias="two")))
    assert set(coalesce(chart, []).seen) == {
        "app", "app/charts/one", "app/charts/one/charts/hot", "app/charts/two", "app/charts/two/charts/hot"
    }  # fmt: skip
    assert set(coalesce(chart, [], helm=3).seen) == {
        "app", "app/charts/one", "app/charts/one/charts/hot", "app/charts/two", "app/charts/two/charts/cache"
    }  # fmt: skip
    assert coalesce(chart, []).origin("app", "two", "hot", "size") == place("app/charts/two/charts/hot", "size")


def test_two_versions_of_one_chart() -> None:
    chart = Chart("app", "", (Dependency(DB, alias="old"), Dependency(Chart("db", "port: 6\n"), alias="new")))
    seen = coalesce(chart, []).seen
    assert (seen["app/charts/old"]["port"], seen["app/charts/new"]["port"]) == (5432, 6)


def test_a_chart_with_a_dot_in_its_name() -> None:
    """Helm looks for its values along the dots and finds none."""
    got = coalesce(app(chart=Chart("d.b", "port: 1\n")), [])
    assert got.seen == {"app": {"d.b": {"port": 1, "global": {}}}, "app/charts/d.b": {}}


@pytest.mark.parametrize("helm", [3, 4])
def test_a_subcharts_global_leaks_into_the_parents_inner_maps(helm: Literal[3, 4]) -> None:
    got = coalesce(app(), ["global: {a: {b: {x: 1}, c: 1}}\ndb: {global: {a: {b: {z: 2}, d: 1}}}\n"], helm=helm)
    assert got.seen["app"]["global"] == {"a": {"b": {"x": 1, "z": 2}, "c": 1}}


def test_what_a_subchart_sees_is_a_part_of_what_its_parent_sees() -> None:
    seen = coalesce(app(), []).seen
    assert seen["app/charts/db"] is seen["app"]["db"]
