"""Which environments a change reaches, by the repository graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hydrogitops.model import Environment

from .sources import CONFIGURATION


def reached(environments: Sequence[Environment], changed: Iterable[str]) -> list[Environment]:
    """The environments that read a changed file, its absence included, or a chart that it lies in."""
    names = set(changed)
    if CONFIGURATION in names:
        return list(environments)
    return [environment for environment in environments if _reads(environment, names)]


def _reads(environment: Environment, changed: set[str]) -> bool:
    # A submodule that moves is one name, the folder that its files lie in.
    read = {parent for name in environment.files for parent in (name, *_parents(name))}
    if changed & read:
        return True
    folders = [release.folder for release in environment.releases if release.folder]
    folders += [name for name in environment.files if not name.endswith((".yaml", ".yml"))]
    folders += [environment.folder] if environment.folder else []
    return any(name.startswith(f"{folder}/") for folder in folders for name in changed)


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name
