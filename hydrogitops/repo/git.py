"""What git knows: the files of a repository, and what a commit or a branch changes. One child process a question."""

from __future__ import annotations

import contextlib
import os
import posixpath
import shlex
import shutil
import subprocess  # noqa: TID251 - git is asked by a plain child: 1.5 ms against 60 ms of importing a library
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from hydrogitops.model import UserError

SECONDS = 30
LARGEST_TREE = 256 * 2**20
"""Bytes of all files of a revision that are written out."""
LARGEST_BLOB = 16 * 2**20
"""Bytes of one file, as `sources.LARGEST`: a larger one is not judged, so it is not written out either."""
MOST_FILES = 50_000
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


UNKNOWN = -2
"""Size of an entry of the index, which does not state it."""
_LINK, _FILES = "120000", ("100644", "100755", "100664")
_FIELDS = {"1": 7, "u": 9, "?": 0}
"""Of a line of `status --porcelain=v2`: how many stand between its kind and the path."""


class TreeError(Exception):
    """A revision whose files cannot be had, in words."""


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
    return shutil.which("git") is not None


def files(folder: Path, *, tracked: bool = False) -> list[str] | None:
    """Files below `folder` that git tracks or would track, relative to it; None without git or outside a work tree.

    `tracked`: only those that the next commit holds.
    """
    if root(folder) is None or not available():
        return None
    untracked = () if tracked else ("--others", "--exclude-standard")
    answer = _ask(folder, "ls-files", "-z", "--cached", *untracked)
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
    return changed(folder, fork(folder, revision))


def changed(folder: Path, commit: str, other: str | None = None) -> list[str]:
    """Files that differ between a commit and another, or the work tree, relative to `folder`."""
    names = ("diff", "--name-only", "--no-renames", "--relative", "-z")
    if other is not None:
        return _names(folder, *names, commit, other)
    # What the index has and what lies there, apart: comparing a commit with the work tree writes the index anew.
    return sorted({*_names(folder, *names, "--cached", commit), *(one.name for one in _touched(folder, "all"))})


def commit(folder: Path, revision: str) -> str:
    """The commit that a revision names. UserError for an unknown one, and where there is none yet."""
    if root(folder) is None or not available():
        raise UserError("without git there is no revision to compare with", NO_GIT[0])
    if not revision.startswith("-"):
        answer = _ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
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
    if revision.startswith("-") or _ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise UserError(*(_distrust(folder) or _unknown(revision)))
    left = _ask(folder, "merge-base", revision, other)
    return (left or _ask(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") or revision).strip()


def head(folder: Path) -> str | None:
    """The commit that the next one is made on; None before the first one, or without git."""
    answer = _ask(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return answer.strip() if answer is not None else None


def covered(folder: Path) -> list[Entry]:
    """Files below `folder` that the next commit holds otherwise than they lie there, as the index has them."""
    found = (Entry(one.name, one.mode, one.blob, UNKNOWN) for one in _touched(folder, "no"))
    return [entry for entry in found if entry.mode in _FILES and _safe(entry.name)]


def staged_contents(folder: Path, wanted: Iterable[Entry]) -> dict[str, bytes]:
    """The bytes of entries of the index, those apart that are too large to be judged. TreeError."""
    return {one.name: data for one, data in _blobs(folder, list(wanted)) if len(data) <= LARGEST_BLOB}


def remotes(folder: Path) -> list[str]:
    """The addresses that the repository around `folder` is fetched from; none without git."""
    if root(folder) is None or not available():
        return []
    answer = _ask(folder, "config", "-z", "--get-regexp", r"^remote\..*\.url$") or ""
    return [entry.partition("\n")[2] for entry in answer.split("\0") if entry]


def entries(folder: Path, commit: str) -> list[Entry]:
    """Files and links of a commit below `folder`, relative to it; submodules left out. TreeError."""
    answer = _ask(folder, "ls-tree", "-r", "-l", "-z", commit)
    if answer is None:
        raise TreeError(f"git does not list the files of {commit[:12]}")
    found = []
    for line in filter(None, answer.split("\0")):
        facts, _, name = line.partition("\t")
        mode, kind, blob, size = facts.split()
        if kind == "blob" and mode in (*_FILES, _LINK) and _safe(name):
            found.append(Entry(name, mode, blob, int(size) if size.isdigit() else -1))
    return found


def contents(folder: Path, commit: str, names: Collection[str]) -> dict[str, bytes]:
    """The bytes of some files of a commit, those that it has; links left out. TreeError."""
    wanted = [one for one in entries(folder, commit) if one.name in names and one.mode != _LINK]
    return {one.name: data for one, data in _blobs(folder, _bounded(wanted))}


def export(folder: Path, commit: str, target: Path) -> tuple[str, ...]:
    """Write the files of a commit below `target`, an empty folder, and list them.

    Bytes as they are stored: no filter, no attribute, no hook runs. Nothing is executable; links are only written where
    they stay inside. Files that are too large to be judged are listed and absent. TreeError where they are too many.
    """
    listed = entries(folder, commit)
    links: list[tuple[Path, str]] = []
    for one, data in _blobs(folder, _bounded(listed)):
        path = target / one.name
        with contextlib.suppress(OSError):
            # A tree that no git would make may hold a file and a folder of one name.
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if one.mode == _LINK:
                links.append((path, os.fsdecode(data)))
                continue
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(data)
    _link(links, target)
    return tuple(sorted(one.name for one in listed))


def _safe(name: str) -> bool:
    """Whether a name stays below the folder that it is written to."""
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in name.split("/"))


def _bounded(listed: Iterable[Entry]) -> list[Entry]:
    listed = list(listed)
    if any(one.size < 0 for one in listed):
        raise TreeError("it is not all here, in a clone without its files")
    wanted = [one for one in listed if one.size <= LARGEST_BLOB]
    if len(wanted) > MOST_FILES or sum(one.size for one in wanted) > LARGEST_TREE:
        raise TreeError(f"it holds more than {MOST_FILES} files or {LARGEST_TREE // 2**20} MiB")
    return wanted


def _link(links: Iterable[tuple[Path, str]], target: Path) -> None:
    """Make links once all files are there, so that nothing is written through one; none that leads out stays."""
    made = []
    for path, text in links:
        inside = posixpath.normpath(posixpath.join(path.parent.relative_to(target).as_posix(), text))
        if text.startswith("/") or "\0" in text or inside == ".." or inside.startswith("../"):
            continue
        with contextlib.suppress(OSError):
            path.symlink_to(text)
            made.append(path)
    # Each may be lexically inside and together lead out all the same.
    top = os.path.realpath(target)
    for path in made:
        real = os.path.realpath(path)
        if real != top and not real.startswith(f"{top}{os.sep}"):
            path.unlink()


def _blobs(folder: Path, wanted: list[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """The stored bytes of entries, by one child. TreeError where git does not have one."""
    executable = shutil.which("git")
    if executable is None:
        raise TreeError("git is not there")
    with tempfile.TemporaryFile() as questions:
        # From a file: whoever writes questions and reads answers by turns can wait for ever.
        questions.write("".join(f"{one.blob}\n" for one in wanted).encode())
        questions.seek(0)
        child = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
            [executable, *_SETTINGS, "cat-file", "--batch"],
            cwd=folder,
            env=_environment(folder),
            stdin=questions,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        bound = threading.Timer(SECONDS, child.kill)
        bound.daemon = True
        bound.start()
        try:
            answers = child.stdout
            assert answers is not None
            for one in wanted:
                head = answers.readline().split()
                if len(head) != 3 or one.size not in (int(head[2]), UNKNOWN):
                    raise TreeError("git ended before it gave every file")
                size = int(head[2])
                data = answers.read(size)
                if len(data) != size or answers.read(1) != b"\n":
                    raise TreeError("git ended before it gave every file")
                yield one, data
        finally:
            bound.cancel()
            child.kill()
            child.communicate()


def _touched(folder: Path, untracked: Literal["all", "no"]) -> list[Entry]:
    """Files below `folder` that lie there otherwise than the index has them; mode and blob are those of the index.

    No mode where it has none: untracked, only announced, in conflict. Asked of `status`, which leaves the index as it
    is; `diff` notes there that a file was touched and is the same.
    """
    top = root(folder)
    asked = ("status", "--porcelain=v2", "-z", "--no-renames", "--ignore-submodules=dirty")
    answer = _ask(folder, *asked, f"--untracked-files={untracked}", "--", ".")
    if answer is None or top is None:
        raise UserError(*(_distrust(folder) or NO_GIT))
    prefix = folder.resolve().relative_to(top.resolve()).as_posix()
    below = "" if prefix == "." else f"{prefix}/"
    found = []
    for line in filter(None, answer.split("\0")):
        kind, _, rest = line.partition(" ")
        fields = rest.split(" ", _FIELDS[kind])
        mode, blob = (fields[3], fields[6]) if kind == "1" and fields[0][1] in "MDT" else ("", "")
        if mode or kind != "1" or fields[0][1] == "A":
            found.append(Entry(fields[-1].removeprefix(below), mode, blob, UNKNOWN))
    return found


def _names(folder: Path, *arguments: str) -> list[str]:
    answer = _ask(folder, *arguments)
    if answer is None:
        raise UserError(*(_distrust(folder) or NO_GIT))
    return sorted({name for name in answer.split("\0") if name})


def _distrust(folder: Path) -> tuple[str, str] | None:
    """What to say where git reads nothing of a repository because of whose it is, as in a container of a pipeline."""
    answer, top = _run(folder, "rev-parse", "--git-dir"), root(folder)
    if answer is None or top is None or b"dubious ownership" not in answer.stderr:
        return None
    said = "git reads nothing of this repository: it belongs to another user"
    return said, f"git config --global --add safe.directory {shlex.quote(str(top))}"


def _ask(folder: Path, *arguments: str) -> str | None:
    """Standard output of git, or None where git is missing or refuses."""
    answer = _run(folder, *arguments)
    return answer.stdout.decode("utf-8", "surrogateescape") if answer is not None and answer.returncode == 0 else None


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    executable = shutil.which("git")
    if executable is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - a fixed program, arguments as a list
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


def _environment(folder: Path) -> dict[str, str]:
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
