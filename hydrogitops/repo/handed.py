"""Reading values that an engine's own object hands to a chart, in whichever way it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hydrogitops.charts.workloads import objects
from hydrogitops.model import AppliedObject, HandedValues, Place, Route
from hydrogitops.source import reading

from .sources import Sources


def written(sources: Sources, *kinds: str) -> Iterator[AppliedObject]:
    """The objects of some kinds as they are written, in lists and in patches too; each has its `source`."""
    for name in sources.names:
        file = sources.get(name)
        if file is not None and any(kind in file.text for kind in kinds):
            yield from (one for one in objects(file, written=True) if one.ref.kind in kinds and one.source is not None)


def inline(at: Place, route: Route, value: object) -> Iterator[HandedValues]:
    """Values below an object as a map, or as a text that is YAML itself."""
    documents = reading.read(at.file, value).documents if isinstance(value, str) else ()
    data = documents[0].data if documents else value
    if isinstance(data, Mapping):
        yield HandedValues(Place(at.file, at.document, (*at.path, *route)), data)


def of_file(sources: Sources, name: str) -> Iterator[HandedValues]:
    file = sources.get(name)
    for document in file.documents if file is not None else ():
        yield HandedValues(Place(name, document.number), document.data)
