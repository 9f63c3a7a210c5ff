"""The diagram of a repository, from its files."""

from __future__ import annotations

from collections.abc import Sequence

from hydrogitops.model import UserError
from hydrogitops.repo.environments import discover
from hydrogitops.repo.graph import graph
from hydrogitops.repo.mermaid import mermaid
from hydrogitops.repo.sources import Sources

from .options import check_names
from .run import read_configuration


def diagram(sources: Sources, names: Sequence[str] = ()) -> str:
    """A Mermaid flowchart of the environments, all of them where none is named. UserError for an unknown one."""
    found = discover(sources, read_configuration(sources)).environments
    there = [environment.name for environment in found]
    check_names(names, there)
    if not there:
        raise UserError("there is no environment here", "hydrogitops lint says what it finds")
    return mermaid(graph(sources, [one for one in found if not names or one.name in names]))
