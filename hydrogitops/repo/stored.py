"""Files as git stores them, of a revision or of the index: read, or written out to be judged. One child a question."""

from __future__ import annotations

import contextlib
import os
import posixpath
import subprocess  # noqa: TID251 - git is asked by a plain child: 1.5 ms against 60 ms of importing a library
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from . import git
from .git import FILES, LINK, Entry, safe

LARGEST_TREE = 256 * 2**20
"""Bytes of all files of a revision that are written out."""
LARGEST_BLOB = 16 * 2**20
"""Bytes of one file, as `sources.LARGEST`: a larger one is not judged, so it is not written out either."""
MOST_FILES = 50_000
_PIECE = 2**20
"""Bytes that are passed over at once."""

_TOO_MUCH = f"it holds more than {MOST_FILES} files or {LARGEST_TREE // 2**20} MiB"
_NOT_HERE = "it is not all here, in a clone without its files"


class TreeError(Exception):
    """A revision whose files cannot be had, in words."""


def entries(folder: Path, commit: str) -> list[Entry]:
    """Files and links of a commit below `folder`, relative to it; submodules left out. TreeError."""
    answer = git.ask(folder, "ls-tree", "-r", "-l", "-z", commit)
    if answer is None:
        raise TreeError(f"git does not list the files of {commit[:12]}")
    found = []
    for line in filter(None, answer.split("\0")):
        facts, _, name = line.partition("\t")
        mode, kind, blob, size = facts.split()
        if kind == "blob" and mode in (*FILES, LINK) and safe(name):
            found.append(Entry(name, mode, blob, int(size) if size.isdigit() else -1))
    return found


def contents(folder: Path, commit: str, names: Collection[str]) -> dict[str, bytes]:
    """The bytes of some files of a commit, those that it has; links left out. TreeError."""
    wanted = [one for one in entries(folder, commit) if one.name in names and one.mode != LINK]
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
            if one.mode == LINK:
                links.append((path, os.fsdecode(data)))
                continue
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(data)
    _link(links, target)
    return tuple(sorted(one.name for one in listed))


def of_entries(folder: Path, wanted: Iterable[Entry]) -> dict[str, bytes]:
    """The bytes of entries by name, those apart that are too large to be judged. TreeError."""
    return {one.name: data for one, data in _blobs(folder, list(wanted))}


def _bounded(listed: Iterable[Entry]) -> list[Entry]:
    listed = list(listed)
    if any(one.size < 0 for one in listed):
        raise TreeError(_NOT_HERE)
    wanted = [one for one in listed if one.size <= LARGEST_BLOB]
    if len(wanted) > MOST_FILES or sum(one.size for one in wanted) > LARGEST_TREE:
        raise TreeError(_TOO_MUCH)
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
    """The stored bytes of entries, by one child; not those that turn out too large. TreeError where one is missing."""
    if len(wanted) > MOST_FILES:
        raise TreeError(_TOO_MUCH)
    if not wanted:
        return
    executable = git.program()
    if executable is None:
        raise TreeError("git is not there")
    try:
        child = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
            [executable, *git.SETTINGS, "cat-file", "--batch"],
            cwd=folder,
            env=git.environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise TreeError(f"git cannot be started: {error.strerror}") from None
    questions, answers = child.stdin, child.stdout
    assert questions is not None
    assert answers is not None

    def ask() -> None:
        # What git has ended without is told by what lacks in its answers.
        with contextlib.suppress(OSError), questions:
            questions.write("".join(f"{one.blob}\n" for one in wanted).encode())

    # Beside the reading: whoever writes questions and reads answers by turns can wait for ever.
    asking = threading.Thread(target=ask, daemon=True)
    bound = threading.Timer(git.SECONDS, child.kill)
    bound.daemon = True
    try:
        asking.start()
        bound.start()
        total = 0
        for one in wanted:
            head = answers.readline().split()
            if head[1:] == [b"missing"]:
                raise TreeError(_NOT_HERE)
            if len(head) != 3 or one.size not in (int(head[2]), git.UNKNOWN):
                raise TreeError("git does not give every file")
            size = int(head[2])
            if size > LARGEST_BLOB:
                # Whoever did not know its size would not have asked for it.
                for start in range(0, size + 1, _PIECE):
                    answers.read(min(_PIECE, size + 1 - start))
                continue
            total += size
            if total > LARGEST_TREE:
                raise TreeError(_TOO_MUCH)
            data = answers.read(size)
            if len(data) != size or answers.read(1) != b"\n":
                raise TreeError("git does not give every file")
            yield one, data
    finally:
        bound.cancel()
        child.kill()
        asking.join()
        answers.close()
        child.wait()
