"""A Flux Kustomization as a stage: what kustomize-controller writes into a kustomization, puts on objects, fills in."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from hydrogitops.model import Place, Stage
from hydrogitops.source.shapes import as_list, as_map, maps_in, texts_in

from .flux_folders import Folder
from .kustomizations import kustomization_file
from .sources import Sources

_TEXTS = {"targetNamespace": "namespace", "namePrefix": "namePrefix", "nameSuffix": "nameSuffix"}

Documents = Iterable[tuple[str, int]]


def stage_of(
    sources: Sources,
    names: tuple[str, str],
    folder: str,
    at: Place,
    spec: Mapping[str, Any],
    read: Folder,
    documents: Documents,
) -> Stage:
    """The stage of a Kustomization, by its name and namespace. `documents`: where its variables may come from."""
    common = as_map(spec.get("commonMetadata"))
    variables, unknown = _variables(sources, names[1], spec, documents)
    return Stage(
        name=names[0],
        folder=folder,
        declared=at,
        resources=read.resources,
        added=_added(sources, folder, spec),
        labels=texts_in(common.get("labels")),
        annotations=texts_in(common.get("annotations")),
        variables=variables,
        unknown=unknown,
        spec=spec,
        namespace=names[1],
        documents=read.documents,
    )


def _added(sources: Sources, folder: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What the controller writes into the kustomization of the folder (fluxcd/pkg, kustomize_generator.go)."""
    added: dict[str, Any] = {new: spec[key] for key, new in _TEXTS.items() if isinstance(spec.get(key), str)}
    patches = [{key: one[key] for key in ("patch", "target") if one.get(key)} for one in maps_in(spec.get("patches"))]
    patches += [{"patch": json.dumps(one)} for one in maps_in(spec.get("patchesStrategicMerge"))]
    patches += [
        {"patch": json.dumps(one.get("patch")), "target": one.get("target")}
        for one in maps_in(spec.get("patchesJson6902"))
    ]
    if patches:
        added["patches"] = patches
    components = [one for one in as_list(spec.get("components")) if isinstance(one, str)]
    if spec.get("ignoreMissingComponents") is True:
        from hydrogitops.charts.kustomization import join

        components = [one for one in components if sources.is_folder(join(folder, one))]
    if components:
        added["components"] = components
    images = maps_in(spec.get("images"))
    if images:
        added["images"] = [dict(image) for image in images]
    name = kustomization_file(sources, folder)
    document = sources.document(name) if name is not None else None
    if document is not None and isinstance(document.data, Mapping) and not document.data.get("resources"):
        # So that kustomize does not call it empty.
        added["buildMetadata"] = ["originAnnotations"]
    if stated := [one for one in as_list(spec.get("buildMetadata")) if isinstance(one, str)]:
        added["buildMetadata"] = stated
    return added


def _variables(
    sources: Sources, namespace: str, spec: Mapping[str, Any], documents: Documents
) -> tuple[dict[str, str] | None, tuple[str, ...]]:
    """The variables that are at hand, later ones over earlier ones, and where others come from; None: none are put in.

    With none at all the controller leaves texts as they are, unless it is told to do it always.
    """
    build = spec.get("postBuild")
    if not isinstance(build, Mapping):
        return None, ()
    found: dict[str, str] = {}
    unknown: list[str] = []
    for reference in maps_in(build.get("substituteFrom")):
        kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
        data = _data(sources, documents, kind, namespace, name)
        if data is None:
            unknown.append(f"{kind} {name}")
        else:
            found |= data
    found |= texts_in(build.get("substitute"))
    found = {name: text.replace("\n", "") for name, text in found.items()}
    if not found and not unknown and build.get("substituteStrategy") != "Always":
        return None, ()
    return found, tuple(unknown)


def _data(sources: Sources, documents: Documents, kind: str, namespace: str, name: str) -> dict[str, str] | None:
    """What a ConfigMap or Secret of the repository holds, as written; None where it is not there, or encrypted."""
    for file, index in documents:
        document = sources.document(file, index)
        data = document.data if document is not None else None
        if not isinstance(data, Mapping) or data.get("kind") != kind or "sops" in data:
            continue
        metadata = as_map(data.get("metadata"))
        if metadata.get("name") == name and metadata.get("namespace", namespace) == namespace:
            return held(data)
    return None


def held(data: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a ConfigMap or a Secret, those of a Secret decoded."""
    texts = texts_in(data.get("data"))
    if data.get("kind") == "Secret":
        texts = {key: decoded for key, text in texts.items() if (decoded := _decoded(text)) is not None}
        texts |= texts_in(data.get("stringData"))
    return texts


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
