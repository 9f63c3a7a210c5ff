"""HelmReleases: which chart, under which names, with which values in helm-controller's order, and what changes it."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydrogitops.charts import stand_in
from hydrogitops.charts.lineage import Lineage
from hydrogitops.model import Layer, Place, Release
from hydrogitops.source.shapes import as_map, maps_in, texts_in

from .addresses import plain
from .flux_paths import normal
from .flux_values import Maps, Values, layers
from .kustomizations import chart_version
from .sources import Sources

API = "helm.toolkit.fluxcd.io/"
KIND = "HelmRelease"
VALUES_FILE = "values.yaml"
_NOT_FOLLOWED = "its valuesFiles take the place of the chart's values.yaml, which is not followed"
LONGEST = 53
HASH = 12
"""Longest name of a release, and characters of the hash that takes the place of a longer one's end."""

Find = Callable[[str, str], Mapping[str, Any] | None]
"""An object by kind and name."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A HelmRelease. `data`: as applied, as far as that is known; `at`: the document that it is written as.

    `way`: what happened to it between the two, where that can be followed.
    """

    data: Mapping[str, Any]
    at: Place
    way: Lineage | None = None

    @property
    def name(self) -> str:
        return str(as_map(self.data.get("metadata")).get("name") or "")

    @property
    def namespace(self) -> str:
        return str(as_map(self.data.get("metadata")).get("namespace") or "")

    @property
    def spec(self) -> Mapping[str, Any]:
        return as_map(self.data.get("spec"))


@dataclass(frozen=True, slots=True)
class Read:
    """A HelmRelease as a release. `problem`: why its objects cannot be known, empty where they can.

    `hidden`: Secrets that only the cluster can read, and that its values come from too.
    """

    release: Release
    problem: str = ""
    hidden: tuple[str, ...] = ()

    @property
    def foreign(self) -> bool:
        """Whether its chart comes from elsewhere, and nothing but the HelmRelease itself speaks of its objects."""
        release = self.release
        known = stand_in.stands_for(release.chart, release.version)
        own = release.post_renderers or any(not layer.inline for layer in release.layers)
        return release.folder is None and not known and not own


def is_release(data: object) -> bool:
    return isinstance(data, Mapping) and data.get("kind") == KIND and str(data.get("apiVersion", "")).startswith(API)


def release_name(data: Declared) -> str:
    """The name of the release; a longer one than Helm takes ends in a hash (helm-controller, internal/release)."""
    target = data.spec.get("targetNamespace")
    name = str(data.spec.get("releaseName") or (f"{target}-{data.name}" if target else data.name))
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH]
    return f"{name[: LONGEST - HASH - 1]}-{digest}"


def read(
    sources: Sources, declared: Declared, find: Find, maps: Maps, inline: Sequence[Layer], own: frozenset[str]
) -> Read:
    """The release of a HelmRelease. `inline`: the layers of its own values; `own`: sources that are this repository."""
    spec = declared.spec
    chart = _chart(sources, spec, find, own)
    found: Values = layers(sources, declared.at, spec, declared.namespace, maps, inline)
    layered = (*chart.layers, *found.layers)
    install = as_map(spec.get("install"))
    common = as_map(spec.get("commonMetadata"))
    renderers = [as_map(one.get("kustomize")) for one in maps_in(spec.get("postRenderers"))]
    release = Release(
        name=release_name(declared),
        namespace=str(spec.get("targetNamespace") or declared.namespace),
        chart=chart.name,
        version=chart.version,
        folder=chart.folder,
        repository=chart.repository,
        layers=layered,
        declared=Place(declared.at.file, declared.at.document, (*declared.at.path, "spec")),
        skip_tests=as_map(spec.get("test")).get("enable") is not True,
        crds=install.get("crds") != "Skip" and install.get("skipCRDs") is not True,
        post_renderers=tuple(one for one in renderers if one),
        labels=texts_in(common.get("labels")),
        annotations=texts_in(common.get("annotations")),
    )
    return Read(release, found.problem or chart.problem or _other(spec), found.hidden)


def _other(spec: Mapping[str, Any]) -> str:
    """What else makes another thing of the chart than is made here."""
    strategy = spec.get("postRenderStrategy")
    if strategy not in (None, "combined") and spec.get("postRenderers"):
        return f"the postRenderStrategy {strategy} is not followed"
    if as_map(spec.get("install")).get("disableHooks") is True:
        return "disableHooks is not followed"
    return ""


@dataclass(frozen=True, slots=True)
class _Chart:
    name: str
    version: str = ""
    folder: str | None = None
    repository: str = ""
    problem: str = ""
    layers: tuple[Layer, ...] = ()
    """Values files that take the place of the chart's own, but for those."""


def _chart(sources: Sources, spec: Mapping[str, Any], find: Find, own: frozenset[str]) -> _Chart:
    """The chart that a HelmRelease names, by its template or by a reference to what Flux makes of one."""
    template = as_map(as_map(spec.get("chart")).get("spec"))
    reference = as_map(spec.get("chartRef"))
    if not template and reference.get("kind") == "HelmChart":
        template = as_map((find("HelmChart", str(reference.get("name") or "")) or {}).get("spec"))
    if not template:
        kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
        made = as_map((find(kind, name) or {}).get("spec"))
        url = str(made.get("url") or "")
        chart = url.rstrip("/").rpartition("/")[2] or name
        return _Chart(chart, str(as_map(made.get("ref")).get("tag") or ""), None, url)
    source = as_map(template.get("sourceRef"))
    name = str(template.get("chart") or "")
    if source.get("kind") == "HelmRepository":
        repository = find("HelmRepository", str(source.get("name") or ""))
        url = str(as_map((repository or {}).get("spec")).get("url") or "")
        problem = _NOT_FOLLOWED if template.get("valuesFiles") else ""
        return _Chart(name, str(template.get("version") or ""), None, url, problem)
    folder = normal(name)
    if not _is_here(sources, folder, source, find, own):
        return _Chart(folder.rpartition("/")[2], "", None, str(source.get("name") or ""))
    stated = sources.document(f"{folder}/Chart.yaml")
    title = as_map(stated.data if stated is not None else None).get("name")
    layers, problem = _values_files(sources, folder, template)
    version = chart_version(sources, folder)
    return _Chart(str(title or folder.rpartition("/")[2]), version, folder, "", problem, layers)


def _is_here(sources: Sources, folder: str, source: Mapping[str, Any], find: Find, own: frozenset[str]) -> bool:
    """Whether a chart's folder is one of this repository: by the name of its source, else by its address."""
    name = str(source.get("name") or "")
    if name in own or not sources.is_folder(folder):
        return name in own

    def address(name: str) -> str:
        made = find(str(source.get("kind") or ""), name)
        url = as_map((made or {}).get("spec")).get("url")
        return plain(url) if isinstance(url, str) else ""

    known = {address(one) for one in own} - {""}
    return not address(name) or not known or address(name) in known


def _values_files(sources: Sources, folder: str, template: Mapping[str, Any]) -> tuple[tuple[Layer, ...], str]:
    """The files that source-controller puts in the place of the chart's values.yaml, relative to their source.

    They lie over it where it is the first of them; and why they cannot be followed.
    """
    stated = template.get("valuesFiles")
    names = [normal(one) for one in stated if isinstance(one, str)] if isinstance(stated, list) else []
    if template.get("ignoreMissingValuesFiles") is True:
        names = [name for name in names if sources.is_file(name)]
    if not names:
        return (), ""
    if names[0] != posixpath.join(folder, VALUES_FILE):
        return (), _NOT_FOLLOWED
    return tuple(Layer(name, name) for name in names[1:]), ""
