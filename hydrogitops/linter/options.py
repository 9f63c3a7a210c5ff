"""What a run of `lint` is asked for, and the repository that it is about. Light: a kept report needs no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from hydrogitops.model import UserError
from hydrogitops.repo.sources import CONFIGURATION, Sources


class Options(NamedTuple):
    """What a run of `lint` is asked for; the names are those of the command line."""

    environments: Sequence[str] | None = None
    staged: bool = False
    since: str | None = None
    render: bool = True
    today: date | None = None
    only: frozenset[str] | None = None
    """Rules to run, for tests; None: all."""


class Below(NamedTuple):
    """The parts of a repository that were asked for; none: all of it."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, root: Path, paths: Sequence[Path]) -> Below:
        names = [path.resolve().relative_to(root).as_posix() for path in paths]
        return cls(() if "." in names else tuple(names))

    def has(self, file: str) -> bool:
        return not self.names or any(file == name or file.startswith(f"{name}/") for name in self.names)


def check_names(names: Iterable[str], there: Sequence[str]) -> None:
    """UserError for a name that no environment has."""
    for name in names:
        if not there:
            raise UserError("there is no environment here", "hydrogitops lint says what it finds")
        if name not in there:
            from difflib import get_close_matches

            near = get_close_matches(name, there, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(there)}"
            raise UserError(f"there is no environment {name}", hint)


def root_of(path: Path) -> Path:
    """The repository around a path: the nearest folder with `.hydrogitops.yaml` or `.git`, else the folder itself."""
    if not path.exists():
        raise UserError(f"{path} does not exist", "name a folder or a file of a repository")
    start = path.resolve()
    start = start if start.is_dir() else start.parent
    for folder in (start, *start.parents):
        if (folder / CONFIGURATION).is_file():
            return folder
        if (folder / ".git").exists():
            return folder
    return start


def open_sources(paths: Sequence[Path], *, staged: bool = False) -> Sources:
    """The files of the one repository that the paths lie in; `staged`: those that the next commit will hold."""
    roots = {root_of(path) for path in paths}
    if len(roots) > 1:
        raise UserError("these paths lie in different repositories", "judge one repository at a time")
    return Sources(roots.pop(), staged=staged)
