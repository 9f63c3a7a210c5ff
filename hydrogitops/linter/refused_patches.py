"""Strategic merge patches without a target for objects that are not there: kustomize refuses the whole build."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from hydrogitops.charts.kustomization import FILE_NAMES, included, is_kustomization
from hydrogitops.model import AppliedObject, Environment, Patch, Place
from hydrogitops.source.shapes import node

from .inputs import Read

_GENERATED = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_SCALED = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
_PLUGINS = ("generators", "transformers", "helmCharts", "helmChartInflationGenerator", "crds", "openapi")
"""What may make objects, or names, that no file shows."""
_CHARTS = ("helmCharts", "helmChartInflationGenerator")


class Refused(NamedTuple):
    """A patch that names nothing. `wrong`: the part of it that no object has; `near`: what one has in its place."""

    patch: Patch
    wrong: str
    near: str


class _Named(NamedTuple):
    api_version: str
    kind: str
    namespace: str
    name: str


def refused_patches(environment: Environment, read: Read, charts: Sequence[AppliedObject] = ()) -> Iterator[Refused]:
    """The patches that kustomize has no object for, as far as the files and the objects of its `charts` can tell."""
    candidates = [patch for patch in environment.patches if _names_its_own(patch, read)]
    if environment.stages and not charts:
        # Of what no chart has made yet, only that is known which is not for what a chart makes.
        candidates = [patch for patch in candidates if patch.release == ""]
    if not candidates or _is_unclear(environment, read, charts):
        return
    kustomizations = _kustomizations(environment, read)
    objects = [*_written(environment, read), *_generated(kustomizations), *_inflated(charts)]
    namespaces = {str(data["namespace"]) for data in kustomizations if data.get("namespace")}
    around = _around(kustomizations)
    for patch in candidates:
        wanted = _named(patch.data)
        if wanted is None or any(_fits(wanted, one, namespaces, around) for one in objects):
            continue
        yield _why(patch, wanted, objects)


def refused_replicas(
    environment: Environment, read: Read, charts: Sequence[AppliedObject] = ()
) -> Iterator[tuple[Place, str, str]]:
    """Entries of `replicas` for a workload that is not there: the place of its name, the name, and one that is like it.

    kustomize refuses these too.
    """
    if _is_unclear(environment, read, charts):
        return
    for file in sorted(environment.files):
        data = _kustomization(file, read)
        listed = data.get("replicas") if data is not None else None
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            name = item.get("name") if isinstance(item, Mapping) else None
            if not isinstance(name, str):
                continue
            there = [*_written(environment, read), *_inflated(charts)]
            scaled = {one.name for one in there if one.kind in _SCALED}
            around = _around(_kustomizations(environment, read))
            if not any(re.fullmatch(re.escape(one).join(around), name) for one in scaled):
                near = get_close_matches(name, sorted(scaled), 1)
                yield Place(file, 0, ("replicas", index, "name")), name, near[0] if near else ""


def generated(environment: Environment, read: Read) -> list[tuple[str, str]]:
    """Kind and name, before the hash behind it, of what the generators of an environment's kustomizations make."""
    return [(one.kind, one.name) for one in _generated(_kustomizations(environment, read))]


def _why(patch: Patch, wanted: _Named, objects: Sequence[_Named]) -> Refused:
    """Which part of a patch no object has: the name before all others, where nothing else would be wrong."""
    alike = [one for one in objects if one.kind == wanted.kind]
    same = [one for one in alike if one.name == wanted.name]
    if not same:
        if not alike:
            others = sorted({one.kind for one in objects if one.name == wanted.name})
            return Refused(patch, "kind" if others else "name", others[0] if len(others) == 1 else "")
        near = get_close_matches(wanted.name, sorted({one.name for one in alike}), 1)
        return Refused(patch, "name", near[0] if near else "")
    if all(one.api_version != wanted.api_version for one in same):
        return Refused(patch, "version", same[0].api_version)
    return Refused(patch, "namespace", same[0].namespace)


def _fits(wanted: _Named, one: _Named, namespaces: set[str], around: tuple[str, str]) -> bool:
    """kustomize compares all four, and takes names and namespaces before and after it changed them."""
    if (wanted.kind, wanted.api_version) != (one.kind, one.api_version):
        return False
    if wanted.name != one.name and not re.fullmatch(re.escape(one.name).join(around), wanted.name):
        return False
    return _namespace(wanted.namespace) in {_namespace(name) for name in (one.namespace, *namespaces)}


def _around(kustomizations: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Expressions for what kustomizations may put before and behind a name."""
    before, after = (_any(data.get(key) for data in kustomizations) for key in ("namePrefix", "nameSuffix"))
    return before, after


def _any(parts: Iterable[object]) -> str:
    return f"(?:{'|'.join(re.escape(part) for part in parts if isinstance(part, str) and part)})*+"


def _namespace(name: str) -> str:
    return name or "default"


def _names_its_own(patch: Patch, read: Read) -> bool:
    if patch.stated:
        return False
    file = read(patch.declared.file)
    documents = file.documents if file is not None else ()
    data = next((one.data for one in documents if one.number == patch.declared.document), None)
    entry = node(data, patch.declared.path)
    return not patch.json6902 and not (isinstance(entry, Mapping) and isinstance(entry.get("target"), Mapping))


def _is_unclear(environment: Environment, read: Read, charts: Sequence[AppliedObject]) -> bool:
    """Whether there may be objects that neither the files nor those of charts show."""
    if environment.unbuilt is not None or (environment.releases and not charts and not environment.stages):
        return True
    if _takes_from_elsewhere(environment, read):
        return True
    data = _kustomizations(environment, read)
    # Of a chart's folder nobody reads the files here.
    unread = any(_broken(name, read) for name in environment.files if name.endswith((".yaml", ".yml")))
    plugins = [key for key in _PLUGINS if not charts or key not in _CHARTS]
    return unread or any(one.get(key) for one in data for key in plugins)


def _takes_from_elsewhere(environment: Environment, read: Read) -> bool:
    """Whether a kustomization lists an address, or what is not there: nobody knows which objects that has."""
    for name in environment.files:
        data = _kustomization(name, read)
        for one in included(posixpath.dirname(name), data) if data is not None else ():
            folder = any(posixpath.join(one.target, file) in environment.files for file in FILE_NAMES)
            if one.address or not (folder or read(one.target) is not None):
                return True
    return False


def _kustomizations(environment: Environment, read: Read) -> list[Mapping[str, Any]]:
    return [data for name in sorted(environment.files) if (data := _kustomization(name, read)) is not None]


def _kustomization(name: str, read: Read) -> Mapping[str, Any] | None:
    file = read(name) if is_kustomization(name) else None
    data = file.documents[0].data if file is not None and file.documents else None
    return data if isinstance(data, Mapping) else None


def _broken(name: str, read: Read) -> bool:
    file = read(name)
    return file is None or bool(file.broken)


def _written(environment: Environment, read: Read) -> Iterator[_Named]:
    wanted = set(environment.resources)
    for name in dict.fromkeys(name for name, _ in environment.resources):
        file = read(name)
        for document in file.documents if file is not None else ():
            if (name, document.number) not in wanted or not isinstance(document.data, Mapping):
                continue
            items = document.data.get("items") if str(document.data.get("kind", "")).endswith("List") else None
            for data in items if isinstance(items, list) else [document.data]:
                named = _named(data)
                if named is not None:
                    yield named


def _inflated(charts: Sequence[AppliedObject]) -> Iterator[_Named]:
    for one in charts:
        yield _Named(one.ref.api_version, one.ref.kind, one.ref.namespace, one.ref.name)


def _generated(kustomizations: Sequence[Mapping[str, Any]]) -> Iterator[_Named]:
    for data in kustomizations:
        for key, kind in _GENERATED.items():
            listed = data.get(key)
            for item in listed if isinstance(listed, list) else ():
                if isinstance(item, Mapping):
                    yield _Named("v1", kind, str(item.get("namespace") or ""), str(item.get("name") or ""))


def _named(data: object) -> _Named | None:
    if not isinstance(data, Mapping):
        return None
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    return _Named(
        str(data.get("apiVersion") or ""),
        str(data.get("kind") or ""),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or ""),
    )
