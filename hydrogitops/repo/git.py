"""What git knows: the files of a repository, and what a commit or a branch changes. One child process a question.

Asked     a repository's files and what is staged, found out while the asker does something else
"""

from __future__ import annotations

import contextlib
import os
import subprocess  # noqa: TID251 - git is asked by a plain child: 1.5 ms against 60 ms of importing a library
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from hydrogitops.model import UserError

SECONDS = 30
NO_GIT = ("this needs git and a git repository", "leave the option out to judge the whole folder")
OF_A_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
)
"""What git sets for a hook: it speaks of the repository of the working directory and of no other."""

SETTINGS = (
    *("-c", "core.quotePath=false"),
    *("-c", "core.fsmonitor=false"),
    # A folder of files may pose as a bare repository, with settings that name programs.
    *("-c", "safe.bareRepository=explicit"),
)


UNKNOWN = -2
"""Size of an entry of the index, which does not state it."""
LINK, FILES = "120000", ("100644", "100755", "100664")
_STATUS = ("status", "--porcelain=v2", "-z", "--no-renames", "--ignore-submodules=dirty")
"""How what lies there is compared with the index: `diff` would note in the index that a file was touched."""
_UNTRACKED = {"all": "--untracked-files=all", "no": "--untracked-files=no"}
_HEAD = "# branch.oid "
_UNBORN = "(initial)"
_NOTHING = "000000"
"""The mode of what is not there."""


class Entry(NamedTuple):
    """A file or link of a revision; `size` in bytes, -1 where git does not have it here."""

    name: str
    mode: str
    blob: str
    size: int


def root(path: Path) -> Path | None:
    """The work tree around `path`; None where there is none. Found by its `.git`, without starting git."""
    start = path.resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return None


def available() -> bool:
    # It brings three libraries of compression, which no run of the hook needs.
    import shutil

    return shutil.which("git") is not None


def files(folder: Path) -> list[str] | None:
    """Files below `folder` that git tracks or would track, relative to it; None without git or outside a work tree."""
    return Asked(folder).files


class Stage(NamedTuple):
    """What the next commit is made of, at one moment; names are relative to the folder that was asked about."""

    head: str | None
    """The commit that it is made on; None for the first one."""
    names: tuple[str, ...] | None
    """Files below the folder that it changes, deletions included; None: it changes nothing anywhere."""
    before: tuple[Entry, ...]
    """What the last commit has of them."""
    covered: tuple[Entry, ...]
    """Files below the folder that it holds otherwise than they lie there, as the index has them."""


class Question:
    """Something that git finds out in a child; whoever asks goes on until it needs the answer."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._child = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
                ["git", *SETTINGS, *arguments],  # noqa: S607 - the user's own, wherever it is
                cwd=folder,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def answer(self) -> str | None:
        """Standard output of git, to be asked for once; None where git is missing or refuses."""
        if self._child is None:
            return None
        child, self._child = self._child, None
        with child:
            try:
                output, _ = child.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return None
            finally:
                # One that has ended it leaves alone.
                child.kill()
        return output.decode("utf-8", "surrogateescape") if child.returncode == 0 else None

    def __del__(self) -> None:
        """A child that nobody asked does not stay."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()


class Asked:
    """A repository's files, and with `staged` what is staged; git is started at once, on everything together."""

    def __init__(self, folder: Path, *, staged: bool = False) -> None:
        self._folder = folder
        self._inside = root(folder) is not None
        self._status = Question(folder, *_STATUS, "--branch", "--no-ahead-behind", _UNTRACKED["no"]) if staged else None
        self._listing = self._list(tracked=staged) if self._inside else None

    @cached_property
    def stage(self) -> Stage | None:
        """What is staged; None where it was not asked for. UserError outside a repository."""
        if self._status is None:
            return None
        answer = self._status.answer()
        if answer is None or not self._inside:
            raise UserError(*(_distrust(self._folder) or NO_GIT))
        head = next(line for line in answer.split("\0") if line.startswith(_HEAD)).removeprefix(_HEAD)
        changes = [one for one in _changes(answer) if one.staged or one.touched]
        below = _prefix(self._folder)
        return Stage(
            head=None if head == _UNBORN else head,
            names=tuple(sorted(_below((one.name for one in changes if one.staged), below)))
            if any(one.staged for one in changes)
            else None,
            before=_files((one.last for one in changes if one.staged), below),
            covered=_files((one.next for one in changes if one.touched), below),
        )

    @cached_property
    def files(self) -> list[str] | None:
        """What git tracks or would track below the folder, or, with something staged, what the next commit holds.

        Relative to the folder, sorted; None without git or outside a work tree.
        """
        if self._listing is None:
            return None
        answer = self._listing.answer()
        if self.stage is not None and self.stage.names is None:
            answer = self._list(tracked=False).answer()
        return sorted({name for name in answer.split("\0") if name}) if answer is not None else None

    @cached_property
    def refused(self) -> tuple[str, str] | None:
        """What to say, and what to do, where git is there and reads nothing of the repository."""
        return _distrust(self._folder) if self._inside and self.files is None else None

    def _list(self, *, tracked: bool) -> Question:
        untracked = () if tracked else ("--others", "--exclude-standard")
        return Question(self._folder, "ls-files", "-z", "--cached", *untracked)


def since(folder: Path, revision: str) -> list[str]:
    """Files that differ between the point where `revision` was left and the work tree, relative to `folder`."""
    return changed(folder, fork(folder, revision))


def changed(folder: Path, commit: str, other: str | None = None) -> list[str]:
    """Files that differ between a commit and another, or the work tree, relative to `folder`."""
    names = ("diff", "--name-only", "--no-renames", "--relative", "-z")
    if other is not None:
        return _names(folder, *names, commit, other)
    # What the index has and what lies there, apart: comparing a commit with the work tree writes the index anew.
    answer = ask(folder, *_STATUS, _UNTRACKED["all"], "--", ".")
    if answer is None or root(folder) is None:
        raise UserError(*(_distrust(folder) or NO_GIT))
    touched = _below((one.name for one in _changes(answer) if one.touched), _prefix(folder))
    return sorted({*_names(folder, *names, "--cached", commit), *touched})


def commit(folder: Path, revision: str) -> str:
    """The commit that a revision names. UserError for an unknown one, and where there is none yet."""
    if root(folder) is None or not available():
        raise UserError("without git there is no revision to compare with", NO_GIT[0])
    if not revision.startswith("-"):
        answer = ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if answer is not None:
            return answer.strip()
    if revision == "HEAD" and head(folder) is None and _distrust(folder) is None:
        raise UserError("there is no commit yet to compare with", "make the first one, or name a revision")
    raise UserError(*(_distrust(folder) or _unknown(revision)))


def _unknown(revision: str) -> tuple[str, str]:
    return (
        f"git knows no revision {revision!r}",
        "fetch it first; in CI check out with the whole history (fetch-depth: 0)",
    )


def fork(folder: Path, revision: str, other: str = "HEAD") -> str:
    """The commit at which `other` left `revision`; its own where nothing is shared. UserError for an unknown one."""
    if root(folder) is None or not available():
        raise UserError(*NO_GIT)
    if revision.startswith("-") or ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise UserError(*(_distrust(folder) or _unknown(revision)))
    left = ask(folder, "merge-base", revision, other)
    return (left or ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or revision).strip()


def head(folder: Path) -> str | None:
    """The commit that the next one is made on; None before the first one, or without git."""
    answer = ask(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return answer.strip() if answer is not None else None


def remotes(folder: Path) -> list[str]:
    """The addresses that the repository around `folder` is fetched from; none without git."""
    if root(folder) is None or not available():
        return []
    answer = ask(folder, "config", "-z", "--get-regexp", r"^remote\..*\.url$") or ""
    return [entry.partition("\n")[2] for entry in answer.split("\0") if entry]


def safe(name: str) -> bool:
    """Whether a name stays below the folder that it is written to."""
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in name.split("/"))


class _Change(NamedTuple):
    """An entry of `status`, named from the top of the work tree.

    `last`: as the last commit has it, `next`: as the next one will; None where that is not told, of what is
    untracked, in conflict, or not there. `staged`: the next commit changes it. `touched`: it lies there otherwise than
    the index has it.
    """

    name: str
    last: Entry | None = None
    next: Entry | None = None
    staged: bool = False
    touched: bool = False


def _changes(answer: str) -> Iterator[_Change]:
    for line in filter(None, answer.split("\0")):
        kind, _, rest = line.partition(" ")
        if kind == "1":
            state, _, before_mode, mode, _, before_blob, blob, name = rest.split(" ", 7)
            yield _Change(
                name,
                Entry(name, before_mode, before_blob, UNKNOWN) if before_mode != _NOTHING else None,
                Entry(name, mode, blob, UNKNOWN) if mode != _NOTHING else None,
                staged=state[0] != ".",
                touched=state[1] != ".",
            )
        elif kind == "u":
            yield _Change(rest.split(" ", 9)[-1], staged=True, touched=True)
        elif kind == "?":
            yield _Change(rest, touched=True)


def _prefix(folder: Path) -> str:
    """What the names of files below `folder` begin with at the top of its work tree."""
    top = root(folder)
    prefix = folder.resolve().relative_to(top.resolve()).as_posix() if top is not None else "."
    return "" if prefix == "." else f"{prefix}/"


def _files(entries: Iterable[Entry | None], prefix: str) -> tuple[Entry, ...]:
    """Those entries that are files below a folder, relative to it."""
    found = (one for one in entries if one is not None and one.mode in FILES and one.name.startswith(prefix))
    below = (one._replace(name=one.name.removeprefix(prefix)) for one in found)
    return tuple(one for one in below if safe(one.name))


def _below(names: Iterable[str], prefix: str) -> Iterator[str]:
    return (name.removeprefix(prefix) for name in names if name.startswith(prefix))


def _names(folder: Path, *arguments: str) -> list[str]:
    answer = ask(folder, *arguments)
    if answer is None:
        raise UserError(*(_distrust(folder) or NO_GIT))
    return sorted({name for name in answer.split("\0") if name})


def _distrust(folder: Path) -> tuple[str, str] | None:
    """What to say where git reads nothing of a repository because of whose it is, as in a container of a pipeline."""
    top = root(folder)
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list
            ["git", *SETTINGS, "rev-parse", "--git-dir"],  # noqa: S607 - the user's own
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if top is None or b"dubious ownership" not in answer.stderr:
        return None
    import shlex

    said = "git reads nothing of this repository: it belongs to another user"
    return said, f"git config --global --add safe.directory {shlex.quote(str(top))}"


def ask(folder: Path, *arguments: str) -> str | None:
    """Standard output of git, or None where git is missing or refuses."""
    return Question(folder, *arguments).answer()


def environment(folder: Path) -> dict[str, str]:
    """The variables for a git that is asked about `folder`; in a hook of its repository the hook's index counts."""
    made = dict(os.environ, GIT_OPTIONAL_LOCKS="0", LC_ALL="C", GIT_TERMINAL_PROMPT="0")
    # What a partial clone lacks would be fetched, by programs that its settings name; there is no protocol `none`.
    made.update(GIT_NO_LAZY_FETCH="1", GIT_ALLOW_PROTOCOL="none")
    here, there = root(Path.cwd()), root(folder)
    if here != there:
        for name in OF_A_REPOSITORY:
            made.pop(name, None)
    elif "GIT_DIR" in made and there is not None:
        # Without a work tree git takes the working directory for its top.
        made["GIT_DIR"] = str(Path(made["GIT_DIR"]).absolute())
        made.setdefault("GIT_WORK_TREE", str(there))
    return made
