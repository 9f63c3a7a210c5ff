"""Applications and ApplicationSets that a kustomization changes: read as written, and applied otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hydrogitops.charts.patches import fits
from hydrogitops.model import Patch, Place, Unseen
from hydrogitops.source.shapes import as_map, maps_in

from .argocd import APPLICATION, APPLICATION_SET, GROUP
from .kustomizations import Flat
from .sources import Sources

_DECIDES = ("source", "sources", "destination", "generators", "template")
"""What of a spec says which Applications there are, and what they deploy where."""


def patched(sources: Sources, flats: Iterable[Flat]) -> dict[tuple[str, int], Patch]:
    """The documents of Argo CD's own that a patch gives another source, destination or generator, each with a patch."""
    found: dict[tuple[str, int], Patch] = {}
    for flat in flats:
        patches = [patch for patch in flat.patches if _decides(patch)]
        for file, index in flat.resources if patches else ():
            document = sources.document(file, index)
            data = document.data if document is not None else None
            if not isinstance(data, Mapping) or not str(data.get("apiVersion", "")).startswith(GROUP):
                continue
            kind, name = str(data.get("kind")), str(as_map(data.get("metadata")).get("name") or "")
            if kind in (APPLICATION, APPLICATION_SET):
                for patch in patches:
                    if fits(patch.target.get("kind", ".*"), kind) and fits(patch.target.get("name", ".*"), name):
                        found.setdefault((file, index), patch)
    return found


def unseen(sources: Sources, found: Mapping[tuple[str, int], Patch]) -> list[Unseen]:
    """A gap for each: what it is once it is patched is not followed."""
    gaps = []
    for (file, index), patch in found.items():
        document = sources.document(file, index)
        data = as_map(document.data if document is not None else None)
        name = as_map(data.get("metadata")).get("name")
        what = f"{data.get('kind')} {name} as {patch.declared.file} changes it"
        gaps.append(Unseen(what, "it is read as it is written, without patches", file, at=Place(file, index)))
    return gaps


def _decides(patch: Patch) -> bool:
    if isinstance(patch.data, Mapping):
        return any(key in as_map(patch.data.get("spec")) for key in _DECIDES)
    steps = (str(operation.get("path", "")).split("/")[1:3] for operation in maps_in(patch.data))
    return any(path[:1] == ["spec"] and (len(path) < 2 or path[1] in _DECIDES) for path in steps)
