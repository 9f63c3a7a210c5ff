"""A kustomization file as data: what it refers to, its patches, its charts. Pure; nothing is built here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from hydrogitops.model import Route
from hydrogitops.source.shapes import as_list

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

ReferenceKind = Literal["resource", "component", "patch", "values", "chart", "data", "configuration"]

_ADDRESS = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*://|git::|[\w.-]+@[\w.-]+:|(?:github\.com|gitlab\.com|bitbucket\.org)[:/])|\?ref=|//.*\?",
    re.IGNORECASE,
)


class Reference(NamedTuple):
    """A path written in a kustomization. `target` is relative to the repository, normalised; it may begin with `..`."""

    kind: ReferenceKind
    route: Route
    text: str
    target: str
    address: bool = False
    """It is an address on the network, not a path."""


class ChartEntry(NamedTuple):
    """An item of `helmCharts`. `folder` is where kustomize looks for the chart, relative to the repository."""

    route: Route
    data: Mapping[str, Any]
    name: str
    release: str
    namespace: str
    version: str
    repository: str
    folder: str


def is_kustomization(path: str) -> bool:
    return posixpath.basename(path) in FILE_NAMES


def is_address(text: str) -> bool:
    """Whether kustomize would go to the network for this entry (its own test on URLs and repository shorthands)."""
    return bool(_ADDRESS.search(text))


def join(folder: str, text: str) -> str:
    """`text` as written in a file of `folder`, relative to the repository; "" is the root."""
    joined = posixpath.normpath(posixpath.join(folder, text))
    return "" if joined == "." else joined


def references(folder: str, data: object) -> Iterator[Reference]:
    """Everything that the kustomization of `folder` reads, in the order in which it is written."""
    if not isinstance(data, Mapping):
        return
    yield from included(folder, data)
    for key in ("crds", "configurations", "generators", "transformers", "validators"):
        yield from _entries(folder, data, key, "configuration")
    for key in ("patches", "patchesJson6902", "replacements"):
        for index, item in enumerate(as_list(data.get(key))):
            if isinstance(item, Mapping) and isinstance(item.get("path"), str):
                yield _reference(folder, "patch", (key, index, "path"), item["path"])
    yield from _entries(folder, data, "patchesStrategicMerge", "patch")
    openapi = data.get("openapi")
    if isinstance(openapi, Mapping) and isinstance(openapi.get("path"), str):
        yield _reference(folder, "configuration", ("openapi", "path"), openapi["path"])
    for key in ("configMapGenerator", "secretGenerator"):
        for index, item in enumerate(as_list(data.get(key))):
            if isinstance(item, Mapping):
                yield from _generator(folder, (key, index), item)
    for index, item in enumerate(as_list(data.get("helmCharts"))):
        if not isinstance(item, Mapping):
            continue
        if isinstance(item.get("valuesFile"), str):
            yield _reference(folder, "values", ("helmCharts", index, "valuesFile"), item["valuesFile"])
        for position, text in enumerate(as_list(item.get("additionalValuesFiles"))):
            if isinstance(text, str):
                yield _reference(folder, "values", ("helmCharts", index, "additionalValuesFiles", position), text)
    for entry in charts(folder, data):
        if not entry.repository:
            yield Reference("chart", (*entry.route, "name"), entry.name, entry.folder)


def included(folder: str, data: Mapping[str, Any]) -> Iterator[Reference]:
    """What the kustomization of `folder` gathers objects from: resources and components, in that order."""
    for key, kind in (("resources", "resource"), ("bases", "resource"), ("components", "component")):
        yield from _entries(folder, data, key, kind)  # type: ignore[arg-type]


def is_inline(text: str) -> bool:
    """Whether an item of a list of patches or plug-ins is one that is written out, not the path of one."""
    return "\n" in text.strip() or ": " in text or text.lstrip().startswith(("{", "["))


def charts(folder: str, data: object) -> Iterator[ChartEntry]:
    """The items of `helmCharts`, with the folder in which kustomize 5.8 looks for each chart."""
    if not isinstance(data, Mapping):
        return
    settings = data.get("helmGlobals")
    home = settings.get("chartHome") if isinstance(settings, Mapping) else None
    home = join(folder, home if isinstance(home, str) and home else "charts")
    for index, item in enumerate(as_list(data.get("helmCharts"))):
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            continue
        name, version, repository = item["name"], _text(item.get("version")), _text(item.get("repo"))
        # With `repo` and `version` kustomize looks in the folder into which it would pull.
        parent = posixpath.join(home, f"{name}-{version}") if repository and version else home
        yield ChartEntry(
            route=("helmCharts", index),
            data=item,
            name=name,
            release=_text(item.get("releaseName")) or "release-name",
            namespace=_text(item.get("namespace")),
            version=version,
            repository=repository,
            folder=join("", posixpath.join(parent, name)),
        )


def _generator(folder: str, route: Route, item: Mapping[str, Any]) -> Iterator[Reference]:
    for index, text in enumerate(as_list(item.get("files"))):
        if isinstance(text, str):
            yield _reference(folder, "data", (*route, "files", index), text.partition("=")[2] or text)
    for index, text in enumerate(as_list(item.get("envs"))):
        if isinstance(text, str):
            yield _reference(folder, "data", (*route, "envs", index), text)
    if isinstance(item.get("env"), str):
        yield _reference(folder, "data", (*route, "env"), item["env"])


def _entries(folder: str, data: Mapping[str, Any], key: str, kind: ReferenceKind) -> Iterator[Reference]:
    for index, text in enumerate(as_list(data.get(key))):
        # Patches and plug-ins may be written out in the list instead of named.
        if isinstance(text, str) and not is_inline(text):
            yield _reference(folder, kind, (key, index), text)


def _reference(folder: str, kind: ReferenceKind, route: Route, text: str) -> Reference:
    if is_address(text):
        return Reference(kind, route, text, text, address=True)
    return Reference(kind, route, text, join(folder, text))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
