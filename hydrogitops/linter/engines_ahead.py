"""The engines of a run. Helm takes as long to be ready as the linter takes to be loaded: it is started before that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hydrogitops.repo.sources import CHART_FILE, ENDINGS, Sources

from .options import Options

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Engines

SIGNS = (b"helmCharts", b"HelmRelease")
"""What a file says that has Helm render something, as a rule."""


def engines_of(sources: Sources) -> Engines:
    """The engines for a repository, none of them started."""
    # Not loaded by a run that renders nothing.
    from hydrogitops.charts.engines import Engines

    return Engines(sources.root, lambda name: _documents(sources, name))


def looks_charted(sources: Sources, options: Options) -> bool:
    """Whether a run will need Helm, as it seems. Only a sign: what was not foreseen is started when it is needed."""
    if not options.render:
        return False
    if sources.staged is not None and not any(name.endswith(ENDINGS) for name in sources.staged):
        # Such a commit reaches no environment, as a rule.
        return False
    if any(name.rpartition("/")[2] == CHART_FILE for name in sources.listed):
        return True
    contents = (sources.content(name) or b"" for name in sources.names)
    return any(sign in content for content in contents for sign in SIGNS)


def _documents(sources: Sources, name: str) -> Sequence[object] | None:
    file = sources.get(name)
    if file is None or file.broken:
        return None
    return [document.data for document in file.documents]
