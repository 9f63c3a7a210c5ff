"""The documents of a repository as checks see them, and the files that are no documents but templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hydrogitops.charts.kustomization import is_kustomization
from hydrogitops.model import Document, Unseen
from hydrogitops.repo.environments import Discovered, is_engines_own
from hydrogitops.repo.sources import CONFIGURATION, Sources

from .inputs import DocumentView, RepositoryView


def documents(repository: RepositoryView, discovered: Discovered, sources: Sources) -> Iterator[DocumentView]:
    read = {layer.file for e in discovered.environments for r in e.releases for layer in r.layers if not layer.inline}
    contracts = {
        layer.layer.file: values.contract
        for view in repository.environments
        for values in view.releases.values()
        for layer in values.layers
        if not layer.layer.inline
    }
    # What a generator takes may be a script or a template of its own.
    referenced = discovered.referenced - discovered.contents
    for name in dict.fromkeys((*sources.names, *sorted(read | referenced))):
        file = sources.get(name)
        if file is None:
            continue
        readers = tuple(e.name for e in discovered.environments if name in e.files)
        for document in file.documents or (Document(name, 0, None),):
            role = _role(document, name in discovered.values_files, name in referenced)
            known = name in referenced
            # Who reads such a file in the cluster, and by which YAML, nobody says here.
            own = () if role == "other" and name in discovered.contents else readers
            yield DocumentView(file, document, role, own, contracts.get(name), repository, known)


def templates(sources: Sources, discovered: Discovered) -> Iterator[Unseen]:
    """Files that nothing refers to, that don't parse and that hold `{{`: templates of something, not mistakes."""
    for name in sources.names:
        file = sources.get(name)
        if file is not None and name not in discovered.referenced and any(one.template for one in file.broken):
            yield Unseen("a template", "it is no YAML as it stands, and nothing refers to it", name)


def _role(document: Document, values: bool, referenced: bool) -> str:
    if document.file == CONFIGURATION:
        return "configuration"
    if values:
        return "values"
    if is_kustomization(document.file):
        return "kustomization"
    data = document.data
    if isinstance(data, Mapping) and "kind" in data and "apiVersion" in data:
        return "engine" if is_engines_own(document) else "manifest"
    return "generator" if referenced and isinstance(data, Mapping) else "other"
