"""Which environments a change reaches, by the repository graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydrogitops.model import Environment

from .sources import CONFIGURATION


def reached(environments: Sequence[Environment], changed: Iterable[str]) -> list[Environment]:
    """The environments that read a changed file, its absence included, or a chart that it lies in."""
    names = frozenset(changed)
    if CONFIGURATION in names:
        return list(environments)
    return [environment for environment in environments if _reads(environment, names)]


def _reads(environment: Environment, changed: frozenset[str]) -> bool:
    if changed & environment.files:
        return True
    folders = [release.folder for release in environment.releases if release.folder]
    folders += [name for name in environment.files if not name.endswith((".yaml", ".yml"))]
    folders += [environment.folder] if environment.folder else []
    return any(name.startswith(f"{folder}/") for folder in folders for name in changed)
