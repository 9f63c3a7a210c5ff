"""The values that the templates of a chart see, with the place that decided each, as Helm 3 and 4 compute them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from .coalescing import Coalescing, Helm, MismatchError, Requirement, Unit, seen
from .layers import UnreadableError, is_undecided, table
from .trees import Leaf, Table, Tree, data, overlay

Stage = Literal["chart-values", "layers", "dependencies", "coalesce"]


class ChartError(ValueError):
    """Where Helm stops: `.stage`, and `.layer`, the index of the values file where the stage is "layers"."""

    def __init__(self, message: str, stage: Stage, layer: int | None = None) -> None:
        super().__init__(message)
        self.stage = stage
        self.layer = layer


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart below another, as Chart.yaml declares it; `condition` may hold several paths, separated by commas."""

    chart: Chart
    alias: str = ""
    condition: str = ""
    tags: tuple[str, ...] = ()
    import_values: tuple[str | Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as far as values go; `values` is the text of its values.yaml."""

    name: str
    values: str = ""
    dependencies: tuple[Dependency, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, object]) -> Chart:
        """A chart from `{"name", "values", "dependencies": [{"chart", "alias", "condition", "tags", "importValues"}]}`.

        Raises:
            TypeError: a part has another type.
            ValueError: `name` or `chart` is missing.
        """
        return cls(
            _text(data, "name", required=True),
            _text(data, "values"),
            tuple(_dependency(each) for each in _items(data, "dependencies")),
        )

    @classmethod
    def from_folder(cls, path: Path) -> Chart:
        """The unpacked chart in a folder, with the subcharts in `charts/` (folders and .tgz files).

        Raises:
            ChartError: Chart.yaml is missing or unreadable, a declared dependency is not at hand, a link or an archive
                leads out of the chart. The stage is "chart-values".
        """
        from .folder import chart_in

        return chart_in(path)


@dataclass(frozen=True, slots=True)
class LeafOrigin:
    """Who decided a leaf. `source` is the index of the layer, or the path of the chart whose default it is.

    `document` and `path` lead to it in that file; `lost` are the places it won against, the strongest first.
    """

    source: int | str
    document: int
    path: tuple[str, ...]
    lost: tuple[LeafOrigin, ...] = ()


@dataclass(frozen=True, slots=True)
class Coalesced:
    """The outcome of `coalesce`: `seen` by path of the chart, `warnings` in Helm 3's words.

    What a subchart sees is a part of what its parent sees, so who changes the one changes the other.
    `undecided`: paths in the root chart's values at which Helm's own answer changes from run to run.
    """

    seen: Mapping[str, dict[str, object]]
    warnings: frozenset[str]
    undecided: frozenset[tuple[str, ...]]
    _trees: Mapping[str, Table] = field(repr=False, compare=False)

    def origin(self, chart: str, *path: str) -> LeafOrigin:
        """Who decided the leaf at `path` of what `chart` sees. A leaf is a scalar, a list, or an empty map.

        Raises:
            KeyError: no such chart or leaf, or Helm made it itself (a subchart's empty `global`).
        """
        node: Tree = self._trees[chart]
        for step in path:
            if not isinstance(node, Table):
                raise KeyError(path)
            node = node[step]
        if node.at is None or (isinstance(node, Table) and node):
            raise KeyError(path)
        lost = node.lost if isinstance(node, Leaf) else ()
        return LeafOrigin(*node.at, tuple(LeafOrigin(*at) for at in lost))


def coalesce(chart: Chart, layers: Sequence[str], *, helm: Helm = 4) -> Coalesced:
    """What the templates of `chart` and of its subcharts see under values files, the later of which win.

    Computed as Helm 3.22.0 and 4.3.1 do: files merged, conditions, tags and import-values, then the layers over the
    parent's defaults over the subchart's. Numbers have passed through float64 and are `int` where they are whole.

    Raises:
        ChartError: where Helm stops, with its stage.
        ValueError: `helm` is neither 3 nor 4.
        TypeError: `chart` is no Chart, or `layers` no sequence of texts.
    """
    if not isinstance(chart, Chart):
        raise TypeError(f"a Chart is expected, not {type(chart).__name__}")
    if isinstance(layers, str) or not all(isinstance(layer, str) for layer in layers):
        raise TypeError("layers are the texts of values files, in a sequence")
    if helm not in (3, 4):
        raise ValueError(f"helm is 3 or 4, not {helm!r}")
    found = without_warnings(chart, layers, helm=helm)
    if helm == 3:
        return found
    # What Helm 4 logs differs in wording, and where it has dropped nulls first; the sentences are Helm 3's.
    with suppress(ChartError):
        return replace(found, warnings=frozenset(_run(chart, layers, 3, other=False)[2]))
    return found


def without_warnings(chart: Chart, layers: Sequence[str], *, helm: Helm) -> Coalesced:
    """As `coalesce`, for half its cost: of what Helm 4 prints, only what it prints in Helm 3's words is there."""
    try:
        return _coalesced(chart, layers, helm)
    except RecursionError:
        # Some imports make a map a part of itself; Helm runs out of stack.
        message = "the values contain themselves, by import-values, or are nested too deep"
        raise ChartError(message, "dependencies") from None


def _coalesced(chart: Chart, layers: Sequence[str], helm: Helm) -> Coalesced:
    root, values, warnings = _run(chart, layers, helm, other=False)
    undecided: set[tuple[str, ...]] = set()
    texts = (text for text, _ in _texts(chart, chart.name))
    if any(is_undecided(text, helm) for text in (*texts, *layers)):
        # Keys that collide only once they are texts: Go's map decides. Both choices are tried.
        _, others, _ = _run(chart, layers, helm, other=True)
        undecided.update(_differences(values, others, ()))
    plain = {key: data(node) for key, node in values.items()}
    return Coalesced(dict(seen(root, plain)), frozenset(warnings), frozenset(undecided), dict(seen(root, values)))


def _run(chart: Chart, layers: Sequence[str], helm: Helm, *, other: bool) -> tuple[Unit, Table, set[str]]:
    root = _unit(chart, 1, chart.name, helm, other=other)
    for text, path in _texts(chart, chart.name):
        try:
            table(text, path, helm, other=other)
        except UnreadableError as error:
            raise ChartError(f"values.yaml of {path}: {error}", "chart-values") from None
    values = Table()
    for index, text in enumerate(layers):
        try:
            values = overlay(values, table(text, index, helm, other=other))
        except UnreadableError as error:
            raise ChartError(str(error), "layers", index) from None
    run = Coalescing(helm)
    try:
        run.prepare(root, values)
    except MismatchError as error:
        raise ChartError(str(error), "dependencies") from None
    try:
        coalesced = run.coalesced(root, values)
    except MismatchError as error:
        raise ChartError(str(error), "coalesce") from None
    return root, coalesced, run.warnings


def _unit(chart: Chart, version: int, path: str, helm: Helm, *, other: bool) -> Unit:
    def defaults(path: str) -> Table:
        return table(chart.values, path, helm, other=other)

    # One chart may be declared several times, under several aliases; in `charts/` it lies once.
    known: dict[str, list[Chart]] = {}
    subcharts: list[Unit] = []
    requirements: list[Requirement] = []
    for each in chart.dependencies:
        name = each.chart.name
        versions = known.setdefault(name, [])
        if each.chart not in versions:
            versions.append(each.chart)
            subcharts.append(_unit(each.chart, len(versions), f"{path}/charts/{name}", helm, other=other))
        found = versions.index(each.chart) + 1
        requirements.append(Requirement(name, found, each.alias, each.condition, each.tags, each.import_values))
    return Unit(chart.name, version, path, defaults, subcharts, requirements)


def _texts(chart: Chart, path: str) -> Iterator[tuple[str, str]]:
    yield chart.values, path
    for each in chart.dependencies:
        yield from _texts(each.chart, f"{path}/charts/{each.chart.name}")


def _differences(one: Tree | None, other: Tree | None, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(one, Table) and isinstance(other, Table):
        for key in {**one, **other}:
            yield from _differences(one.get(key), other.get(key), (*path, key))
    elif one is None or other is None or _typed(one) != _typed(other):
        yield path


def _typed(node: Tree) -> tuple[type, object]:
    plain = data(node)
    return type(plain), plain


def _dependency(data: object) -> Dependency:
    if not isinstance(data, Mapping):
        raise TypeError("a dependency is a mapping")
    chart = data.get("chart")
    if not isinstance(chart, Mapping):
        raise TypeError("the `chart` of a dependency is a mapping")
    tags = tuple(_items(data, "tags"))
    if not all(isinstance(tag, str) for tag in tags):
        raise TypeError("tags are texts")
    return Dependency(
        Chart.of(chart),
        _text(data, "alias"),
        _text(data, "condition"),
        tuple(str(tag) for tag in tags),
        tuple(_import(each) for each in _items(data, "importValues")),
    )


def _import(data: object) -> str | Mapping[str, str]:
    if isinstance(data, str):
        return data
    if isinstance(data, Mapping) and all(isinstance(part, str) for pair in data.items() for part in pair):
        return dict(data)
    raise TypeError("importValues holds texts and maps of `child` and `parent`")


def _text(data: Mapping[str, object], key: str, *, required: bool = False) -> str:
    value = data.get(key)
    if value is None:
        if required:
            raise ValueError(f"a chart needs its `{key}`")
        return ""
    if not isinstance(value, str):
        raise TypeError(f"`{key}` is a text, not {type(value).__name__}")
    return value


def _items(data: Mapping[str, object], key: str) -> Sequence[object]:
    value = data.get(key)
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"`{key}` is a list, not {type(value).__name__}")
    return value
