"""The revisions by which Flux takes charts, artifacts and other repositories, by its sources and releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydrogitops.model import Document, Environment, Place, Revision, Route
from hydrogitops.source.shapes import as_map

from . import flux_sources
from .home import Home
from .sources import Sources

SOURCE, HELM = "source.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/"


def of_flux(sources: Sources, home: Home, environments: Iterable[Environment]) -> Iterator[Revision]:
    """Every revision of something that does not lie in this repository; those that cannot move are left out."""
    documents = [one for one in sources.documents() if _kind(one)]
    if not documents:
        return
    own, addresses = flux_sources.own_sources(sources)
    home = Home(home.sources, home.known | addresses, home.ask)
    readers = list(environments)
    for document in documents:
        names = tuple(one.name for one in readers if document.file in one.files)
        for found in _revisions(document, home, own):
            yield found._replace(environments=names)


def _kind(document: Document) -> str:
    data = document.data
    if not isinstance(data, Mapping) or not str(data.get("apiVersion", "")).startswith((SOURCE, HELM)):
        return ""
    return str(data.get("kind") or "")


def _revisions(document: Document, home: Home, own: set[tuple[str, str]]) -> Iterator[Revision]:
    kind, data = _kind(document), as_map(document.data)
    spec, name = as_map(data.get("spec")), str(as_map(data.get("metadata")).get("name") or "")
    if kind == "HelmRelease":
        yield from _chart(document, as_map(as_map(spec.get("chart")).get("spec")), ("spec", "chart", "spec"))
    elif kind == "HelmChart":
        yield from _chart(document, spec, ("spec",))
    elif kind == "GitRepository" and (kind, name) not in own and home.is_other(str(spec.get("url") or "")):
        yield from _reference(document, spec, "git", ("commit", "name", "semver", "tag", "branch"))
    elif kind == "OCIRepository" and (kind, name) not in own:
        yield from _reference(document, spec, "oci", ("digest", "semver", "tag"))


def _chart(document: Document, spec: Mapping[str, Any], route: Route) -> Iterator[Revision]:
    """A chart of a Helm repository; what lies in another kind of source has that one's revision."""
    if as_map(spec.get("sourceRef")).get("kind") == "HelmRepository":
        version = _text(spec.get("version"))
        place = Place(document.file, document.number, (*route, "version") if version else route)
        part = place if version else place._replace(part="insert")
        yield Revision("chart", _text(spec.get("chart")), version, part, ranges=True)


def _reference(document: Document, spec: Mapping[str, Any], kind: str, order: tuple[str, ...]) -> Iterator[Revision]:
    """What `ref` states, the first of its fields that Flux looks at (source-controller, 1.9)."""
    reference = as_map(spec.get("ref"))
    address = _text(spec.get("url"))
    field = next((key for key in order if reference.get(key)), "")
    if field in ("commit", "digest") or (kind == "git" and field == "tag"):
        return
    route: Route = ("spec", "ref", field) if field else ("spec", "ref") if "ref" in spec else ("spec",)
    place = Place(document.file, document.number, route, "value" if field else "insert")
    text = _text(reference.get(field))
    if field == "branch":
        text = f"refs/heads/{text}"
    yield Revision("oci" if kind == "oci" else "git", address, text, place, ranges=field == "semver")


def _text(value: object) -> str:
    return "" if value is None else str(value)
