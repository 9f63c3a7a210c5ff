"""For charts that nothing is known of: the value that a field most likely comes from, by its keys and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hydrogitops.model import AppliedObject, Place, Route
from hydrogitops.source.shapes import node

from .provenance import ReleaseValues

Found = tuple[Place, Route, str]
"""A place, its path in the values and the layer; without path it is where the release is declared."""


def likely(values: ReleaseValues, applied: AppliedObject, path: Route, part: str) -> Found:
    """The value that ends in the most of the same keys and says the same; of several the one that wins."""
    wanted, value = _names(path), node(applied.data, path)
    best: tuple[int, Found] | None = None
    for layer in values.layers:
        for written, here in leaves(layer.data):
            shared = _shared_end(wanted, _names(written))
            if shared and here == value and (best is None or shared >= best[0]):
                best = shared, (layer.place(written, part=part), written, layer.layer.name)
    return best[1] if best is not None else (values.release.declared, (), "")


def likely_parent(values: ReleaseValues, path: Route) -> Found:
    """The same for what is missing: the map that ends in the keys of the nearest thing around it."""
    for length in range(len(path) - 1, 0, -1):
        wanted = _names(path[:length])
        for layer in reversed(values.layers):
            for written, here in leaves(layer.data, maps=True):
                if isinstance(here, Mapping) and wanted[-1:] == _names(written)[-1:] and wanted[-1:] != ():
                    return layer.place(written, part="insert"), written, layer.layer.name
        if wanted and isinstance(path[length - 1], int):
            break
    return values.release.declared, (), ""


def leaves(data: object, route: Route = (), *, maps: bool = False) -> Iterator[tuple[Route, object]]:
    """Every scalar below a mapping or list with its path; with `maps` every mapping too."""
    steps: Iterable[tuple[str | int, object]] = ()
    if isinstance(data, Mapping):
        steps = data.items()
        if maps and route:
            yield route, data
    elif isinstance(data, list):
        steps = enumerate(data)
    elif route:
        yield route, data
    for step, below in steps:
        yield from leaves(below, (*route, step), maps=maps)


def _names(path: Route) -> tuple[str, ...]:
    return tuple(key for key in path if isinstance(key, str))


def _shared_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
