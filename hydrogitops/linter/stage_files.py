"""What a stage is built from: its files as they lie there, or a copy with what the engine writes into them."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping

from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.post_rendering import KUSTOMIZATION, Tree, kustomized
from hydrogitops.charts.workloads import ref
from hydrogitops.model import ObjectRef, Stage
from hydrogitops.repo.kustomizations import flatten, kustomization_file
from hydrogitops.repo.sources import Sources
from hydrogitops.source.shapes import node

LOCAL = "config.kubernetes.io/local-config"
SEPARATOR = "---\n"


def made(sources: Sources, stage: Stage) -> Tree | str | RenderFailure:
    """What a stage gives without an engine, else the tree that has to be built."""
    if not sources.is_folder(stage.folder or "."):
        return RenderFailure(f"{stage.folder} is not there", "failed")
    if charted(sources, stage):
        return RenderFailure(f"{stage.folder}: the engine inflates no charts there (helmCharts)", "failed")
    if stage.resources is not None and not stage.added and stage.variables is None:
        names = [posixpath.normpath(posixpath.join(stage.folder, one)) for one in stage.resources]
        if all(sources.is_file(name) and not _misread(sources, name) for name in names):
            written = _as_written(sources, names)
            return written if written is not None else _tree(sources, stage)
    return _tree(sources, stage)


def charted(sources: Sources, stage: Stage) -> bool:
    """Whether a stage's kustomization has charts, which its engine does not inflate."""
    return bool(flatten(sources, stage.folder).releases)


def text_of(data: object) -> str:
    """An object as a document: JSON is YAML, and needs no emitter of its own."""
    return json.dumps(data, ensure_ascii=False) + "\n"


def _misread(sources: Sources, name: str) -> bool:
    """Whether a file has a scalar that kustomize takes for another thing than the API server: `name: n`."""
    file = sources.get(name)
    return file is not None and any(document.notes for document in file.documents)


def _as_written(sources: Sources, names: Iterable[str]) -> str | RenderFailure | None:
    """The manifests of files as they are; None where two are one object, to which kustomize has its own to say."""
    texts = []
    seen: set[ObjectRef] = set()
    for name in names:
        file = sources.get(name)
        if file is None or file.broken:
            return RenderFailure(f"{name} cannot be read", "failed")
        for document in file.documents:
            if document.data is None:
                continue
            reference = ref(document.data)
            if reference is None:
                return RenderFailure(f"{name} is no manifest, and the engine takes nothing else there", "failed")
            if reference in seen:
                return None
            seen.add(reference)
            if not _is_local(document.data):
                texts.append(text_of(document.data))
    return SEPARATOR.join(texts)


def _tree(sources: Sources, stage: Stage) -> Tree | RenderFailure:
    """A copy of all that a stage reads, with its kustomization as the engine writes it."""
    folder = stage.folder
    own = kustomization_file(sources, folder)
    document = sources.document(own) if own is not None else None
    data = document.data if document is not None and isinstance(document.data, Mapping) else {}
    listed = {"resources": list(stage.resources)} if stage.resources else {}
    name = own or posixpath.join(folder, KUSTOMIZATION)
    files: dict[str, bytes] = {}
    for one in sorted(_reads(sources, stage)):
        content = sources.content(one)
        if content is not None:
            files[one] = content
    files[name] = json.dumps(kustomized({**data, **listed}, stage.added), ensure_ascii=False).encode()
    return Tree(name, files, folder)


def _reads(sources: Sources, stage: Stage) -> set[str]:
    folder = stage.folder
    inner = [posixpath.normpath(posixpath.join(folder, one)) for one in stage.resources or ()]
    inner += [posixpath.normpath(posixpath.join(folder, one)) for one in stage.added.get("components", ())]
    names = set(flatten(sources, folder).files)
    for one in inner:
        names |= {one} if sources.is_file(one) else flatten(sources, one).files
    return names


def _is_local(data: object) -> bool:
    """Whether an object is there for kustomize alone, which keeps it to itself."""
    stated = node(data, ("metadata", "annotations", LOCAL))
    return stated is not None and stated != "false"
