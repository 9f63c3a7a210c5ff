"""Which environments a change reaches, by the repository graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hydrogitops.model import Environment

from .sources import CONFIGURATION


def reached(
    environments: Sequence[Environment], changed: Iterable[str], certificates: Mapping[str, str]
) -> list[Environment]:
    """The environments that read a changed file, its absence included, or a chart that it lies in.

    `certificates`: by environment the file that it seals with.
    """
    names = set(changed)
    if CONFIGURATION in names:
        return list(environments)
    return [one for one in environments if reads(one, names) or _states(one, names, certificates.get(one.name, ""))]


def _states(environment: Environment, changed: set[str], certificate: str) -> bool:
    """Whether what an environment seals with has changed, or what its folder says of it.

    There stands what it has recorded of sealing, and the parameters that an Application was made of until they went.
    """
    known = f"environments/{environment.name}/"
    return certificate in changed or any(name.startswith(known) for name in changed)


def reads(environment: Environment, changed: set[str]) -> bool:
    """Whether a changed file, its absence included, is one that the environment is built from."""
    # A submodule that moves is one name, the folder that its files lie in.
    read = {parent for name in environment.files for parent in (name, *_parents(name))}
    if changed & read:
        return True
    folders = [release.folder for release in environment.releases if release.folder]
    folders += [name for name in environment.files if not name.endswith((".yaml", ".yml"))]
    folders += [environment.folder] if environment.folder else []
    # Where no kustomization lists them, all manifests below a folder are taken, and one that is gone was.
    folders += [stage.folder for stage in environment.stages if stage.resources is not None]
    return any(not folder or name.startswith(f"{folder}/") for folder in folders for name in changed)


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name
