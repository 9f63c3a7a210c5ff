"""Folders `rendered/ENV` that hold what a kustomization gives, and are applied in its place: what is rendered there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from hydrogitops.charts.kustomization import is_kustomization

from .kustomizations import flatten, kustomization_file
from .sources import Sources

FOLDER = "rendered"


def rendered_from(sources: Sources, folder: str) -> str | None:
    """The folder whose kustomization a folder `rendered/ENV` holds the objects of; None where it is no such folder.

    It is the one called ENV that no other kustomization includes; with several of them nobody can tell.
    """
    parent, name = posixpath.split(folder)
    if posixpath.basename(parent) != FOLDER or not name or kustomization_file(sources, folder) is not None:
        return None
    below = f"{parent}/"
    files = [one for one in sources.names if is_kustomization(one) and not one.startswith(below)]
    folders = [posixpath.dirname(one) for one in files if posixpath.basename(posixpath.dirname(one)) == name]
    roots = [one for one in folders if not _is_component(sources, one)]
    if len(roots) > 1:
        included = {inner for one in files for inner in flatten(sources, posixpath.dirname(one)).includes}
        roots = [one for one in roots if one not in included]
    return roots[0] if len(roots) == 1 else None


def kept(sources: Sources) -> set[str]:
    """The files in folders `rendered/ENV`, whether or not anything applies them."""
    folders: dict[str, bool] = {}
    found = set()
    for name in sources.names:
        folder = posixpath.dirname(name)
        if posixpath.basename(posixpath.dirname(folder)) == FOLDER:
            if folder not in folders:
                folders[folder] = rendered_from(sources, folder) is not None
            found |= {name} if folders[folder] else set()
    return found


def _is_component(sources: Sources, folder: str) -> bool:
    name = kustomization_file(sources, folder)
    document = sources.document(name) if name is not None else None
    data = document.data if document is not None else None
    return isinstance(data, Mapping) and data.get("kind") == "Component"
