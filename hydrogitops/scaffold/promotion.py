"""`promote`: the folder `version/` of one environment in the place of another's, once it is known what that changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hydrogitops.linter.comparing import EnvironmentDifference, compare_trees
from hydrogitops.linter.options import check_names, open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.model import Environment, Finding, UserError
from hydrogitops.repo import git
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from hydrogitops.source.transaction import Change, New, finish

from . import staging

FOLDER = "version"
"""What is promoted: images, resources, options. Hosts and buckets stand beside it and stay."""
_NAMED = 3
"""Files that are named one by one, where more are only counted."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What would be copied, and what that changes. Nothing has been written yet.

    `difference` None: both folders are the same already. `wrong`: errors that it would bring to the target.
    """

    root: Path
    source: str
    target: str
    folders: tuple[str, str]
    """Theirs, relative to the repository."""
    difference: EnvironmentDifference | None
    wrong: tuple[Finding, ...] = ()
    trouble: str = ""
    """Why it is not known what the target would apply."""
    remarks: tuple[str, ...] = ()
    changes: Mapping[str, Change] = field(default_factory=dict, repr=False)
    expected: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What is replaced, as it was looked at."""

    def refuse(self) -> None:
        """UserError where it must not be done."""
        if self.trouble:
            raise UserError(
                f"what {self.target} would apply is not known: {self.trouble}", "nothing was copied; mend that first"
            )
        if self.wrong:
            raise UserError(
                f"with {FOLDER}/ of {self.source} {self.target} would not be sound:\n{staging.listed(self.wrong)}",
                f"nothing was copied; mend it in {self.source}, or what it does not go together with in {self.target}",
            )

    def carry_out(self) -> None:
        """Copy: in one moment, or not at all."""
        self.refuse()
        staging.make(self.root, self.changes, self.expected)


def prepare(start: Path, source: str, target: str, *, lint: staging.Lint) -> Promotion:
    """What promoting `source` to `target` would do. `lint` judges the target.

    UserError for environments that are not there, and where there is nothing of the kind to copy.
    """
    finish(open_sources([start]).root)
    sources = open_sources([start])
    environments = {one.name: one for one in discover(sources, read_configuration(sources)).environments}
    check_names((source, target), list(environments))
    if source == target:
        raise UserError(f"{source} cannot be promoted to itself", "name two environments")
    folders = _folder(sources, environments[source]), _folder(sources, environments[target])
    if folders[0] == folders[1]:
        raise UserError(f"{source} and {target} share {folders[0]}", "what is in it is in both already")
    new, old = _files(sources, folders[0]), _files(sources, folders[1])
    if new == old:
        return Promotion(sources.root, source, target, folders, None)
    changes: dict[str, Change] = {folders[1]: new}
    changed = {f"{folders[1]}/{name}" for name in {*new, *old} if new.get(name) != old.get(name)}
    with staging.copied(sources) as copy:
        before = lint(copy)
        staging.put(copy, changes)
        tried = Sources(copy)
        (difference,), remarks = compare_trees(sources, tried, changed, [target])
        rendered = staging.rendered(tried, target) if not difference.trouble else {}
        staging.put(copy, rendered)
        after = lint(copy)
    return Promotion(
        root=sources.root,
        source=source,
        target=target,
        folders=folders,
        difference=difference,
        wrong=tuple(staging.new_errors_in(before, after, target)),
        trouble=difference.trouble or "; ".join(after.incomplete),
        remarks=(*remarks, *_overwritten(sources.root, folders[1])),
        changes={**changes, **rendered},
        expected={f"{folders[1]}/{name}": file.content for name, file in old.items()},
    )


def _folder(sources: Sources, environment: Environment) -> str:
    """The folder of an environment that is promoted."""
    found = {
        "/".join(parts[: at + 1])
        for parts in (name.split("/")[:-1] for name in environment.files)
        for at, part in enumerate(parts)
        if part == FOLDER
    }
    there = sorted(folder for folder in found if sources.is_folder(folder))
    if len(there) == 1:
        return there[0]
    if there:
        raise UserError(f"{environment.name} reads several folders {FOLDER}: {', '.join(there)}", "one is promoted")
    raise UserError(
        f"{environment.name} reads no folder {FOLDER}/",
        "that is what is promoted: images, resources and options of an environment, in a folder of their own",
    )


def _files(sources: Sources, folder: str) -> dict[str, New]:
    """The files of a folder that git has or would take, by their paths in it."""
    files = {}
    for name in sources.listed:
        if not name.startswith(f"{folder}/"):
            continue
        if sources.leads_out(name):
            raise UserError(f"{name} is a link that leads out of the repository", "make it a file of this repository")
        path = sources.root / sources.real(name)
        try:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode):
                files[name[len(folder) + 1 :]] = New(path.read_bytes(), stat.S_IMODE(mode))
        except FileNotFoundError:
            # git still has it, and it is deleted.
            continue
        except OSError as error:
            raise UserError(f"{name} cannot be read: {error.strerror}", "nothing was copied") from None
    return files


def _overwritten(root: Path, folder: str) -> Sequence[str]:
    """What git could not bring back."""
    if git.root(root) is None or not git.available() or not os.path.lexists(root / folder):
        return ()
    commit = git.head(root)
    lost = [name for name in git.changed(root, commit) if name.startswith(f"{folder}/")] if commit else []
    if len(lost) > _NAMED:
        return (f"{len(lost)} files of {folder} are not committed as they are, and get replaced",)
    return tuple(f"{name} is not committed as it is, and gets replaced" for name in lost)
