"""The engines of a run. Helm takes as long to be ready as the linter takes to be loaded: it is started before that."""

from __future__ import annotations

from collections.abc import Sequence

from hydrogitops.charts.engines import Engines
from hydrogitops.repo.sources import CHART_FILE, Sources

SIGNS = (b"helmCharts", b"HelmRelease")
"""What a file says that has Helm render something, as a rule."""


def engines_of(sources: Sources) -> Engines:
    """The engines for a repository, none of them started."""
    return Engines(sources.root, lambda name: _documents(sources, name))


def engines_ahead(sources: Sources) -> Engines:
    """The same, with Helm on its way where the repository looks as if it were needed. To be closed whatever comes."""
    engines = engines_of(sources)
    if _looks_charted(sources):
        try:
            engines.warm()
        except BaseException:
            engines.close()
            raise
    return engines


def _looks_charted(sources: Sources) -> bool:
    if any(name.rpartition("/")[2] == CHART_FILE for name in sources.listed):
        return True
    contents = (sources.content(name) or b"" for name in sources.names)
    return any(sign in content for content in contents for sign in SIGNS)


def _documents(sources: Sources, name: str) -> Sequence[object] | None:
    file = sources.get(name)
    if file is None or file.broken:
        return None
    return [document.data for document in file.documents]
