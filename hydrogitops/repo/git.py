"""What git knows: the files of a repository, and what a commit or a branch changes. One child process a question."""

from __future__ import annotations

import contextlib
import os
import subprocess  # noqa: TID251 - git is asked by a plain child: 1.5 ms against 60 ms of importing a library
from collections.abc import Iterator
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
_DIFF = ("diff", "--ignore-submodules=dirty")
"""Submodules that have moved count, whatever settings hide from people."""
_PREFIX = ("rev-parse", "--show-prefix")
"""What names begin with that git tells from the top of the work tree; which that is git alone knows."""
_HEAD = "# branch.oid "
_UNBORN = "(initial)"


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


def program() -> str | None:
    """The git of the PATH, None where there is none. A folder that is not named from the root is passed over.

    A child looks for its program where it works, and that may be a repository which brings a `git` of its own.
    """
    paths = (os.path.join(folder, "git") for folder in os.get_exec_path() if os.path.isabs(folder))  # noqa: PTH117, PTH118
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), None)  # noqa: PTH113


def available() -> bool:
    return program() is not None


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
        self._folder = folder
        self._errors = b""
        self._child: subprocess.Popen[bytes] | None = None
        executable = program()
        if executable is None:
            return
        with contextlib.suppress(OSError):
            self._child = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
                [executable, *SETTINGS, *arguments],
                cwd=folder,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )

    def answer(self) -> str | None:
        """Standard output of git, to be asked for once; None where git is missing or refuses."""
        if self._child is None:
            return None
        child, self._child = self._child, None
        with child:
            try:
                output, self._errors = child.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return None
            finally:
                # One that has ended it leaves alone.
                child.kill()
        return output.decode("utf-8", "surrogateescape") if child.returncode == 0 else None

    @property
    def distrust(self) -> tuple[str, str] | None:
        """What to say, after the answer, where git reads nothing of a repository because of whose it is.

        So it is in a container of a pipeline. The other text is the command that mends it.
        """
        top = root(self._folder)
        if top is None or b"dubious ownership" not in self._errors:
            return None
        import shlex

        said = "git reads nothing of this repository: it belongs to another user"
        return said, f"git config --global --add safe.directory {shlex.quote(str(top))}"

    def needed(self) -> str:
        """The answer. UserError where there is none, as outside a repository."""
        answer = self.answer()
        if answer is None or root(self._folder) is None:
            raise UserError(*(self.distrust or NO_GIT))
        return answer

    def __del__(self) -> None:
        """A child that nobody asked does not stay."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()


class Asked:
    """A repository's files, and with `staged` what is staged; git is started at once, on everything together."""

    def __init__(self, folder: Path, *, staged: bool = False) -> None:
        self._folder = folder
        self._status: Question | None = None
        self._prefix: Question | None = None
        if staged:
            self._status = Question(
                folder, *_STATUS, "--branch", "--no-ahead-behind", "--untracked-files=no", "--", "."
            )
            self._prefix = Question(folder, *_PREFIX)
        self._listing = self._list(tracked=staged) if root(folder) is not None else None

    @cached_property
    def stage(self) -> Stage | None:
        """What is staged; None where it was not asked for. UserError outside a repository."""
        if self._status is None or self._prefix is None:
            return None
        answer, prefix = self._status.needed(), self._prefix.needed().removesuffix("\n")
        head = next((line for line in answer.split("\0") if line.startswith(_HEAD)), None)
        if head is None:
            raise UserError("git does not say what is staged", "`git status` in the repository has to work")
        changes = [one for one in _changes(answer, prefix) if one.staged or one.touched]
        staged = [one for one in changes if one.staged]
        unborn = head.removeprefix(_HEAD) == _UNBORN
        # In a folder of a larger repository there may be changes, only none here.
        changed = bool(staged) or (not unborn and ask(self._folder, *_DIFF, "--cached", "--quiet") is None)
        return Stage(
            head=None if unborn else head.removeprefix(_HEAD),
            names=tuple(sorted(one.name for one in staged)) if changed else None,
            before=tuple(one.last for one in staged if one.last is not None),
            covered=tuple(one.next for one in changes if one.touched and one.next is not None),
        )

    @cached_property
    def files(self) -> list[str] | None:
        """What git tracks or would track below the folder, or, with something staged there, what the next commit holds.

        Relative to the folder, sorted; None without git or outside a work tree.
        """
        if self._listing is None:
            return None
        if self.stage is not None and not self.stage.names:
            self._listing = self._list(tracked=False)
        answer = self._listing.answer()
        return sorted({name for name in answer.split("\0") if name}) if answer is not None else None

    @cached_property
    def refused(self) -> tuple[str, str] | None:
        """What to say, and what to do, where git is there and reads nothing of the repository."""
        return self._listing.distrust if self.files is None and self._listing is not None else None

    def _list(self, *, tracked: bool) -> Question:
        untracked = () if tracked else ("--others", "--exclude-standard")
        return Question(self._folder, "ls-files", "-z", "--cached", *untracked)


def since(folder: Path, revision: str) -> list[str]:
    """Files that differ between the point where `revision` was left and the work tree, relative to `folder`."""
    return changed(folder, fork(folder, revision))


def changed(folder: Path, commit: str, other: str | None = None) -> list[str]:
    """Files that differ between a commit and another, or the work tree, relative to `folder`."""
    names = (*_DIFF, "--name-only", "--no-renames", "--relative", "-z")
    if other is not None:
        return _names(folder, *names, commit, other)
    # What the index has and what lies there, apart: comparing a commit with the work tree writes the index anew.
    answer = Question(folder, *_STATUS, "--untracked-files=all", "--", ".").needed()
    prefix = Question(folder, *_PREFIX).needed().removesuffix("\n")
    touched = (one.name for one in _changes(answer, prefix) if one.touched)
    return sorted({*_names(folder, *names, "--cached", commit), *touched})


def commit(folder: Path, revision: str) -> str:
    """The commit that a revision names. UserError for an unknown one, and where there is none yet."""
    if root(folder) is None or not available():
        raise UserError("without git there is no revision to compare with", NO_GIT[0])
    return _resolved(folder, revision)


def _unknown(revision: str) -> tuple[str, str]:
    return (
        f"git knows no revision {revision!r}",
        "fetch it first; in CI check out with the whole history (fetch-depth: 0)",
    )


def fork(folder: Path, revision: str, other: str = "HEAD") -> str:
    """The commit at which `other` left `revision`; its own where nothing is shared. UserError for an unknown one."""
    if root(folder) is None or not available():
        raise UserError(*NO_GIT)
    own = _resolved(folder, revision)
    left = ask(folder, "merge-base", revision, other)
    return left.strip() if left is not None else own


def _resolved(folder: Path, revision: str) -> str:
    if revision.startswith("-"):
        raise UserError(*_unknown(revision))
    question = Question(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    answer = question.answer()
    if answer is None:
        unborn = ("there is no commit yet to compare with", "make the first one, or name a revision")
        raise UserError(*(question.distrust or (unborn if revision == "HEAD" else _unknown(revision))))
    return answer.strip()


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
    """A line of `status`, of something below the folder that was asked about.

    `last`: the file as the last commit has it, `next`: as the next one will; None where it is no file there, and of
    what is in conflict no next one. `staged`: the next commit changes it. `touched`: it lies there otherwise than the
    index has it.
    """

    name: str
    last: Entry | None = None
    next: Entry | None = None
    staged: bool = False
    touched: bool = False


def _changes(answer: str, prefix: str) -> Iterator[_Change]:
    """What `status` tells of a folder whose files are named with `prefix` from the top of the work tree."""
    for line in filter(None, answer.split("\0")):
        kind, _, rest = line.partition(" ")
        if kind == "1":
            state, _, last_mode, mode, _, last_blob, blob, path = rest.split(" ", 7)
            name = path.removeprefix(prefix)
            last, coming = _file(name, last_mode, last_blob), _file(name, mode, blob)
            yield _Change(name, last, coming, staged=state[0] != ".", touched=state[1] != ".")
        elif kind == "u":
            # The sides of a conflict: what both came from, our own, which is the last commit's, and theirs.
            _, _, _, mode, _, _, _, blob, _, path = rest.split(" ", 9)
            name = path.removeprefix(prefix)
            yield _Change(name, _file(name, mode, blob), staged=True, touched=True)
        elif kind == "?":
            yield _Change(rest.removeprefix(prefix), touched=True)
        elif kind != "#":
            raise ValueError(f"git status tells something that was not asked for: {kind}")


def _file(name: str, mode: str, blob: str) -> Entry | None:
    return Entry(name, mode, blob, UNKNOWN) if mode in FILES and safe(name) else None


def _names(folder: Path, *arguments: str) -> list[str]:
    return sorted({name for name in Question(folder, *arguments).needed().split("\0") if name})


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
