"""What a repository asks for from outside, and by which revision: charts, images of manifests, other repositories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydrogitops.charts.kustomization import charts, is_kustomization, references
from hydrogitops.model import Environment, Place, Revision, Route
from hydrogitops.source.shapes import as_map

from . import argocd
from .addresses import OPEN
from .home import Home
from .sources import Sources

OCI = "oci://"

_ASKED = r"[?&](?:ref|version)=([^&]*)"
_FILE = r"(?i)https?://.*\.(?:ya?ml|json)"


def of_applications(
    applications: Iterable[argocd.Application], home: Home, environments: Sequence[Environment]
) -> Iterator[Revision]:
    """The revisions that Argo CD is to take charts and other repositories at.

    What is no environment itself is for those in its cluster.
    """
    names = {id(one.application): one.name for one in environments if one.application is not None}
    for application in applications:
        declared = application.declared
        if declared is None:
            continue
        server = application.server if not OPEN.fullmatch(application.server) else ""
        beside = tuple(one.name for one in environments if server and one.server == server)
        own = (names[id(declared)],) if id(declared) in names else beside
        for source in application.sources:
            route: Route = (*source.route[len(declared.route) :], "targetRevision")
            place = declared.place(*route) if source.revision else declared.missing(*route)
            if source.repository.startswith(OCI):
                yield Revision("oci", source.repository, source.revision, place, own)
            elif source.chart:
                yield Revision("chart", source.chart, source.revision, place, own)
            elif source.repository and home.is_other(source.repository):
                yield Revision("git", source.repository, source.revision, place, own)


def of_generators(sources: Sources, home: Home, environments: Sequence[Environment]) -> Iterator[Revision]:
    """The revisions of other repositories that the generators of ApplicationSets read."""
    for document in sources.documents():
        data = document.data
        if not isinstance(data, Mapping) or data.get("kind") != argocd.APPLICATION_SET:
            continue
        at = Place(document.file, document.number)
        own = tuple(e.name for e in environments if e.application is not None and e.application.document == at)
        for path, git in _gits(as_map(data.get("spec")), ("spec",)):
            address, text = str(git.get("repoURL") or ""), str(git.get("revision") or "")
            if home.is_other(address):
                place = at._replace(path=(*path, "revision") if text else path, part="value" if text else "insert")
                yield Revision("git", address, text, place, own)


def of_kustomizations(sources: Sources, home: Home, environments: Iterable[Environment]) -> Iterator[Revision]:
    """The versions of charts that kustomize fetches, and the revisions of bases that lie in other repositories."""
    readers: dict[str, list[str]] = {}
    for environment in environments:
        for name in environment.files:
            if is_kustomization(name):
                readers.setdefault(name, []).append(environment.name)
    for name, own in sorted(readers.items()):
        document = sources.document(name)
        data = document.data if document is not None else None
        folder = name.rpartition("/")[0]
        for entry in charts(folder, data):
            if entry.repository:
                at = Place(name, 0, (*entry.route, "version") if entry.version else entry.route)
                yield Revision("chart", entry.name, entry.version, at, tuple(own), ranges=True)
        for reference in references(folder, data):
            if reference.address and reference.kind in ("resource", "component"):
                found = _base(reference.text, Place(name, 0, reference.route), tuple(own))
                if found is not None and home.is_other(found.source):
                    yield found


def _gits(above: Mapping[str, Any], route: Route) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    """The git generators below a node, those within a matrix or a merge too."""
    listed = above.get("generators")
    for index, one in enumerate(listed if isinstance(listed, list) else []):
        for kind, value in as_map(one).items():
            path = (*route, "generators", index, str(kind))
            if kind == "git":
                yield path, as_map(value)
            else:
                yield from _gits(as_map(value), path)


def _base(text: str, place: Place, environments: tuple[str, ...]) -> Revision | None:
    """The revision of a base on the network; a file that is fetched as it is has none."""
    asked = re.search(_ASKED, text)
    if asked is None and re.fullmatch(_FILE, text):
        return None
    address = text.partition("?")[0].removeprefix("git::")
    scheme, mark, rest = address.rpartition("://")
    address = f"{scheme}{mark}{rest.partition('//')[0]}"
    if asked is None or not asked[1]:
        return Revision("git", address, "", place, environments)
    word = Place(place.file, place.document, place.path, word=asked.span(1))
    return Revision("git", address, asked[1], word, environments)
