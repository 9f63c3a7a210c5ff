"""The values that Flux's HelmReleases hand to charts, those of charts that lie elsewhere too."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.model import HandedValues
from hydrogitops.source.shapes import as_list, node

from .handed import inline, of_file, written
from .sources import Sources

HELM = "helm.toolkit.fluxcd.io/"
VALUES = "values.yaml"
"""The key of a ConfigMap that helm-controller reads unless another one is named."""


def handed(sources: Sources) -> Iterator[HandedValues]:
    maps: set[tuple[str, str]] = set()
    for applied in written(sources, "HelmRelease"):
        at, spec = applied.source, applied.data.get("spec")
        if at is None or not applied.ref.api_version.startswith(HELM):
            continue
        yield from inline(at, ("spec", "values"), node(spec, ("values",)))
        for item in as_list(node(spec, ("valuesFrom",))):
            if node(item, ("kind",)) == "ConfigMap":
                maps.add((str(node(item, ("name",))), str(node(item, ("valuesKey",)) or VALUES)))
    if maps:
        yield from _of_maps(sources, maps)


def _of_maps(sources: Sources, maps: set[tuple[str, str]]) -> Iterator[HandedValues]:
    """The ConfigMaps that values are taken from: written out, or made of files by kustomize."""
    for applied in written(sources, "ConfigMap"):
        for name, key in maps:
            text = node(applied.data, ("data", key))
            if applied.ref.name == name and applied.source is not None and isinstance(text, str):
                yield from inline(applied.source, ("data", key), text)
    for kustomization in filter(is_kustomization, sources.names):
        document = sources.document(kustomization)
        for item in as_list(node(document.data if document is not None else None, ("configMapGenerator",))):
            for text in as_list(node(item, ("files",))):
                key, _, path = str(text).rpartition("=")
                if (str(node(item, ("name",))), key or posixpath.basename(path)) in maps:
                    yield from of_file(sources, join(posixpath.dirname(kustomization), path))
