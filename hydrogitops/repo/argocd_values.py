"""The values that Argo CD's Applications hand to charts, those of charts that lie elsewhere too."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.model import HandedValues, Place, Route
from hydrogitops.source.shapes import as_list, node

from .argocd import GROUP
from .handed import inline, of_file, written
from .sources import Sources


def handed(sources: Sources) -> Iterator[HandedValues]:
    for applied in written(sources, "Application", "ApplicationSet"):
        at = applied.source
        if at is not None and applied.ref.api_version.startswith(GROUP):
            for route in _helm(applied.data.get("spec"), ("spec",)):
                yield from _of_helm(sources, at, route, node(applied.data, route))


def _helm(data: object, route: Route) -> Iterator[Route]:
    """The ways to what sources say of Helm, in the templates of generators too."""
    steps = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for step, value in steps:
        below = (*route, step)
        if step == "helm" and isinstance(value, Mapping) and {"source", "sources"} & set(below[-3:-1]):
            yield below
        yield from _helm(value, below)


def _of_helm(sources: Sources, at: Place, route: Route, helm: Any) -> Iterator[HandedValues]:
    for key in ("valuesObject", "values"):
        yield from inline(at, (*route, key), helm.get(key))
    base = (*at.path, *route, "parameters")
    pairs = [
        (str(item["name"]), item.get("value"), Place(at.file, at.document, (*base, index, "value")))
        for index, item in enumerate(as_list(helm.get("parameters")))
        if isinstance(item, Mapping) and item.get("name")
    ]
    if pairs:
        yield HandedValues(Place(at.file, at.document, base), None, tuple(pairs))
    for text in as_list(helm.get("valueFiles")):
        # `$values/path`: of the source that this repository is, where it has such a file.
        if isinstance(text, str) and text.startswith("$"):
            yield from of_file(sources, posixpath.normpath(text.partition("/")[2] or "."))
