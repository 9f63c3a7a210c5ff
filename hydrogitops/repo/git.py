"""What git knows: the files of a repository, and what a commit or a branch changes. One child process a question."""

from __future__ import annotations

import os
import shutil
import subprocess  # noqa: TID251 - git is asked by a plain child: 1.5 ms against 60 ms of importing a library
from pathlib import Path

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

_SETTINGS = (
    *("-c", "core.quotePath=false"),
    *("-c", "core.fsmonitor=false"),
    # A folder of files may pose as a bare repository, with settings that name programs.
    *("-c", "safe.bareRepository=explicit"),
)


def root(path: Path) -> Path | None:
    """The work tree around `path`; None where there is none. Found by its `.git`, without starting git."""
    start = path.resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return None


def available() -> bool:
    return shutil.which("git") is not None


def files(folder: Path) -> list[str] | None:
    """Files below `folder` that git tracks or would track, relative to it; None without git or outside a work tree."""
    if root(folder) is None or not available():
        return None
    answer = _ask(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if answer is None:
        return None
    return sorted({name for name in answer.split("\0") if name})


def staged(folder: Path) -> list[str] | None:
    """Files below `folder` that the next commit changes, deletions included, relative to it; None: it changes nothing.

    UserError outside a repository.
    """
    base = "HEAD" if _ask(folder, "rev-parse", "--verify", "--quiet", "HEAD") is not None else None
    if base is None:
        # Before the first commit everything in the index is new.
        return _names(folder, "ls-files", "-z", "--cached") or None
    names = _names(folder, "diff", "--cached", "--name-only", "--no-renames", "--relative", "-z")
    # In a folder of a larger repository there may be changes, only none here.
    return names if names or _ask(folder, "diff", "--cached", "--quiet") is None else None


def since(folder: Path, revision: str) -> list[str]:
    """Files that differ between the point where `revision` was left and the work tree, relative to `folder`."""
    if root(folder) is None or not available():
        raise UserError(*NO_GIT)
    if revision.startswith("-") or _ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise UserError(
            f"git knows no revision {revision!r}",
            "fetch it first; in CI check out with the whole history (fetch-depth: 0)",
        )
    fork = _ask(folder, "merge-base", revision, "HEAD")
    base = (fork or revision).strip()
    changed = _names(folder, "diff", "--name-only", "--no-renames", "--relative", "-z", base)
    new = _names(folder, "ls-files", "-z", "--others", "--exclude-standard")
    return sorted({*changed, *new})


def _names(folder: Path, *arguments: str) -> list[str]:
    answer = _ask(folder, *arguments)
    if answer is None:
        raise UserError(*NO_GIT)
    return sorted({name for name in answer.split("\0") if name})


def _ask(folder: Path, *arguments: str) -> str | None:
    """Standard output of git, or None where git is missing or refuses."""
    executable = shutil.which("git")
    if executable is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program, arguments as a list
            [executable, *_SETTINGS, *arguments],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode("utf-8", "surrogateescape") if answer.returncode == 0 else None


def _environment(folder: Path) -> dict[str, str]:
    """The variables for a git that is asked about `folder`; in a hook of its repository the hook's index counts."""
    made = dict(os.environ, GIT_OPTIONAL_LOCKS="0", LC_ALL="C", GIT_TERMINAL_PROMPT="0")
    here, there = root(Path.cwd()), root(folder)
    if here != there:
        for name in OF_A_REPOSITORY:
            made.pop(name, None)
    elif "GIT_DIR" in made and there is not None:
        # Without a work tree git takes the working directory for its top.
        made["GIT_DIR"] = str(Path(made["GIT_DIR"]).absolute())
        made.setdefault("GIT_WORK_TREE", str(there))
    return made
