"""`env`: one environment more, or less: exactly what `new` would have written with it, or without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydrogitops.config import answer_checks, suspicion
from hydrogitops.config.answers import open_answers, problems, read_answers
from hydrogitops.config.messages import shown
from hydrogitops.linter.drawing import diagram
from hydrogitops.linter.options import check_names
from hydrogitops.model import UserError
from hydrogitops.repo import git, stored
from hydrogitops.repo.sources import Sources
from hydrogitops.repo.stored import TreeError
from hydrogitops.source.transaction import Change, New

from . import dialogue, staging
from .diagram import README, filled, has_place
from .parts import File
from .rendered import FOLDER as RENDERED
from .repository import given_answers
from .written import Plans, Written


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done: files and folders that are new, changed, gone. `open`: answers still to be given, (path, what)."""

    written: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    open: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


def add(
    start: Path,
    name: str,
    *,
    answers: Mapping[str, object],
    settings: Sequence[str] = (),
    no_input: bool = False,
    allow_open: bool = False,
    lint: staging.Lint,
    ask: dialogue.Ask = dialogue.in_terminal,
) -> Changed:
    """Add an environment to the repository around `start`.

    `answers`: those of the environment, or of a whole repository that has it; `settings` win over them. The new tree is
    linted before anything moves. UserError for all that a person can mend; then nothing has changed.
    """
    problem = suspicion.refusal(name) or answer_checks.environment_name(name)
    if problem:
        raise UserError(f"NAME: {problem}")
    repository = Written.around(start)
    if name in repository.environments:
        raise UserError(f"there is an environment {name} already", "take another name, or remove it first")
    own = _own(name, answers, settings)
    given = repository.with_environment(name, own)
    alone = no_input or not sys.stdin.isatty()
    untold = not own
    if (untold or not alone) and "pools" not in own:
        given["environments"][name].update(repository.usual_pools())
    # In a repository that is only there to be looked at nobody can know more about one environment than about others.
    allow_open = allow_open or (alone and untold and bool(open_answers(repository.answers)))
    if not alone:
        given = dialogue.complete(given, ask, allow_open=allow_open)
    _refuse_missing(repository.given, given, allow_open=allow_open)
    wanted = read_answers(given, allow_open=True)
    found = repository.change_to(wanted)
    there = [path for path in found.new if os.path.lexists(repository.root / path)]
    if there:
        raise UserError(f"{there[0]} is there already", "move it away, or take another name")
    merged = repository.shared(found, name)
    changes: dict[str, Change] = {**_placed(repository.root, found.new), **merged.files}
    _gone_files(repository.root, found, changes)
    with staging.copied(repository.sources) as copy:
        before = lint(copy)
        staging.put(copy, changes)
        further = staging.rendered(Sources(copy), name) | _redrawn(copy, changes, repository)
        staging.put(copy, further)
        changes |= further
        after = lint(copy)
        wrong = staging.new_errors(before, after)
    if wrong:
        raise UserError(
            f"with {name} the repository would not be sound:\n{staging.listed(wrong)}",
            "nothing was written; change its answers with --set KEY=VALUE or --answers FILE",
        )
    staging.make(repository.root, changes, merged.expected)
    return Changed(
        written=tuple(sorted(path for path in changes if path not in merged.files)),
        changed=tuple(sorted(merged.files)),
        open=tuple((shown(path), what) for path, what in open_answers(wanted) if path[:2] == ("environments", name)),
        remarks=(*repository.remarks, *merged.remarks, *staging.unjudged(after, name)),
    )


def remove(start: Path, name: str, *, force: bool = False, lint: staging.Lint) -> Changed:
    """Take an environment out of the repository around `start`, with all that lies in its folders.

    What neither git has nor `add` would write again only goes with `force`. UserError as for `add`.
    """
    repository = Written.around(start)
    check_names((name,), repository.environments)
    if len(repository.environments) == 1:
        raise UserError(
            f"{name} is the only environment", "a repository without one deploys nothing; delete it instead"
        )
    wanted = read_answers(repository.without_environment(name), allow_open=True)
    found = repository.change_to(wanted)
    folders = _folders(repository.root, found, name)
    if not force:
        _refuse_loss(repository, found, folders)
    merged = repository.shared(found, name)
    changes: dict[str, Change] = {**dict.fromkeys(folders), **merged.files, **_placed(repository.root, found.new)}
    _gone_files(repository.root, found, changes)
    with staging.copied(repository.sources) as copy:
        before = lint(copy)
        staging.put(copy, changes)
        redrawn = _redrawn(copy, changes, repository)
        staging.put(copy, redrawn)
        changes |= redrawn
        wrong = staging.new_errors(before, lint(copy))
    if wrong:
        raise UserError(
            f"without {name} the repository would not be sound:\n{staging.listed(wrong)}",
            f"nothing was removed; take out what still speaks of {name}",
        )
    staging.make(repository.root, changes, merged.expected)
    gone = sorted(path for path, change in changes.items() if change is None)
    return Changed(
        written=tuple(sorted(found.new)),
        changed=tuple(sorted(merged.files)),
        removed=tuple(gone),
        remarks=(*repository.remarks, *merged.remarks),
    )


def _own(name: str, answers: Mapping[str, object], settings: Sequence[str]) -> dict[str, Any]:
    """The answers of the environment, out of those of a whole repository too."""
    environments = answers.get("environments")
    if isinstance(environments, Mapping):
        if name not in environments:
            near = get_close_matches(name, [str(key) for key in environments], 1)
            hint = f"did you mean {near[0]}?" if near else f"give it below environments.{name}"
            raise UserError(f"the answers have no environment {name}", hint)
        answers = environments[name] or {}
        if not isinstance(answers, Mapping):
            raise UserError(f"environments.{name} is no map in the answers", "see `hydrogitops schema answers`")
    prefix = f"environments.{name}."
    return given_answers(answers, [setting.removeprefix(prefix) for setting in settings])


def _refuse_missing(before: Mapping[str, Any], given: Mapping[str, Any], *, allow_open: bool) -> None:
    """UserError with all that is missing or wrong with the new environment, a line each."""
    known = {path for path, _ in problems(before, allow_open=allow_open)}
    found = [(path, message) for path, message in problems(given, allow_open=allow_open) if path not in known]
    if found:
        lines = "\n".join(f"  {shown(path)}: {message}" for path, message in found)
        count = f"{len(found)} answers are" if len(found) > 1 else "1 answer is"
        raise UserError(
            f"{count} missing or wrong:\n{lines}",
            "give them by --answers FILE or --set KEY=VALUE, KEY as it stands below the environment, such as"
            " cluster.server; --allow-open writes TODO for what is missing",
        )


def _placed(root: Path, files: Mapping[str, File]) -> dict[str, Change]:
    """New files, those of a new folder as that folder: it comes into its place at once."""
    changes: dict[str, Any] = {}
    for path, file in files.items():
        new = New(file.content, file.mode)
        parts = path.split("/")
        heads = ("/".join(parts[:length]) for length in range(1, len(parts)))
        folder = next((head for head in heads if not os.path.lexists(root / head)), None)
        if folder is None:
            changes[path] = new
        else:
            changes.setdefault(folder, {})[path[len(folder) + 1 :]] = new
    return changes


def _folders(root: Path, found: Plans, name: str) -> list[str]:
    """The folders that are the environment's alone, the outermost ones, and its rendered objects."""
    inner: set[str] = set()
    for path in found.gone:
        parts = path.split("/")[:-1]
        heads = ["/".join(parts[: at + 1]) for at, part in enumerate(parts) if part == name]
        inner |= {head for head in heads if not any(kept.startswith(f"{head}/") for kept in found.kept)}
    rendered = f"{RENDERED}/{name}"
    if (root / rendered).is_dir():
        inner.add(rendered)
    outermost = {one for one in inner if not any(one.startswith(f"{other}/") for other in inner)}
    return sorted(one for one in outermost if os.path.lexists(root / one))


def _gone_files(root: Path, found: Plans, changes: dict[str, Change]) -> None:
    """Put into `changes` that single files go which nobody has changed. UserError for others."""
    for path, file in found.gone.items():
        if any(path == other or path.startswith(f"{other}/") for other in changes):
            continue
        if not os.path.lexists(root / path):
            continue
        if _content(root / path) != file.content:
            raise UserError(
                f"{path} would have to go, and is not what was written",
                "delete it yourself if it is not wanted, or undo its change, and run it again",
            )
        changes[path] = None


def _redrawn(copy: Path, changes: Mapping[str, Change], repository: Written) -> dict[str, Change]:
    """The README with the diagram of what is in the copy by now."""
    name = repository.sources.real(README)
    readme = changes.get(name)
    if not isinstance(readme, New) or not has_place(readme.content):
        return {}
    return {name: New(filled(readme.content, diagram(Sources(copy))), readme.mode)}


def _refuse_loss(repository: Written, found: Plans, folders: Iterable[str]) -> None:
    """UserError where something would go that cannot be had again."""
    committed = _committed(repository.root)
    lost = [
        path
        for folder in folders
        for path in _below(repository.root, folder)
        if path not in committed and not _is_written_again(repository.root, path, found)
    ]
    if lost:
        names = "\n".join(f"  {path}" for path in lost[:10])
        more = f"\n  and {len(lost) - 10} more" if len(lost) > 10 else ""
        raise UserError(
            f"this would be lost, git does not have it as it is:\n{names}{more}",
            "commit it first, or remove it all the same with --force",
        )


def _is_written_again(root: Path, path: str, found: Plans) -> bool:
    """Whether it is as it was written, or made from what is."""
    if path.startswith(f"{RENDERED}/"):
        return True
    return path in found.gone and _content(root / path) == found.gone[path].content


def _committed(root: Path) -> set[str]:
    """The files that are as the last commit has them."""
    commit = git.head(root) if git.root(root) is not None else None
    if commit is None:
        return set()
    try:
        return {one.name for one in stored.entries(root, commit)} - set(git.changed(root, commit))
    except TreeError:
        return set()


def _below(root: Path, folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(root / folder):
        for name in sorted(names):
            yield Path(parent, name).relative_to(root).as_posix()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
