"""The files of a repository, each read and parsed once."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hydrogitops.model import Document, Place, SourceFile, Span

from . import git

CONFIGURATION = ".hydrogitops.yaml"
CONFIGURATION_FOLDER = ".hydrogitops/"
ENDINGS = (".yaml", ".yml")
LARGEST = 16 * 2**20
"""Bytes of a file that is read as YAML, as `source.reading` has it."""
CHART_FILE = "Chart.yaml"
LONGEST_KEPT = 500
"""Characters of a path whose folders are remembered one by one."""


class Sources:
    """Reads below one root; what lies outside, through a link too, is never opened.

    `names` are the files to judge: YAML that git tracks or would track (without git: all), charts and hidden files
    apart. Other files are read when something refers to them.
    """

    def __init__(
        self,
        root: Path,
        listed: Sequence[str] | None = None,
        *,
        only_listed: bool = False,
        instead: Mapping[str, bytes] | None = None,
        staged: bool = False,
    ) -> None:
        """`listed`: the files of the repository, where the caller knows them; else git is asked, or all are taken.

        With `only_listed` whatever else lies there counts as absent, but for the tool's own files: it is not committed.
        `instead`: contents that count in place of what lies there. `staged`: what the next commit will hold counts,
        where it changes anything. Git is started here; who needs its answer first waits for it, or gets its UserError.
        """
        self.root = root.resolve()
        self._asked = git.Asked(self.root, staged=staged) if listed is None else None
        self._given = listed
        self._only_listed = only_listed
        self._read: dict[str, SourceFile | None] = {}
        self._instead = instead or {}
        self._content: dict[str, bytes | None] = dict(self._instead)
        self._paths: dict[str, Path | None] = {}
        self._real: dict[str, str] = {}
        self._real_folders: dict[str, str] = {}
        self._folders: set[str] = set()

    @cached_property
    def stage(self) -> git.Stage | None:
        """What is staged; None where it was not asked for."""
        return self._asked.stage if self._asked is not None else None

    @property
    def staged(self) -> Sequence[str] | None:
        """What the next commit changes below the root; None where nobody asked, or nothing is staged."""
        return self.stage.names if self.stage is not None else None

    @cached_property
    def listed(self) -> Sequence[str]:
        """The files of the repository."""
        listed = self._given if self._asked is None else self._asked.files
        return listed if listed is not None else sorted(_walk(self.root))

    @property
    def distrusted(self) -> tuple[str, str] | None:
        """What to say, and what to do, where git does not say which files are the repository's: all count then."""
        return self._asked.refused if self._asked is not None else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The files to judge."""
        charts = {posixpath.dirname(name) for name in self.listed if posixpath.basename(name) == CHART_FILE}
        return tuple(
            name
            for name in self.listed
            if name.endswith(ENDINGS) and not _hidden(name) and not _below(name, charts) and self.is_file(name)
        )

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.listed)

    @cached_property
    def _parts(self) -> frozenset[str] | None:
        """Files and the folders above them, where nothing else counts."""
        if not self._only_listed and not self.staged:
            return None
        return frozenset(part for name in self.listed for part in _upwards(name))

    def get(self, name: str) -> SourceFile | None:
        """The parsed file; None where there is no such file in the repository."""
        if name not in self._read:
            data = self.content(name)
            if data is not None:
                from hydrogitops.source import reading

                self._read[name] = reading.read_bytes(name, data)
            else:
                self._read[name] = None
        return self._read[name]

    def content(self, name: str) -> bytes | None:
        """The bytes of a file; of one that is too large to be judged, only enough to see that."""
        if name not in self._content:
            self._content[name] = self._load(name)
        return self._content[name]

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.content(name) or b"").hexdigest()

    def age(self, name: str) -> tuple[int, int]:
        """When a file last changed, in nanoseconds, and its size in bytes."""
        try:
            status = (self.root / name).lstat()
        except OSError:
            return (0, 0)
        return status.st_mtime_ns, status.st_size

    def _load(self, name: str) -> bytes | None:
        path = self._inside(name)
        if path is None:
            return None
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                # A pipe or a device would be waited for.
                return None
            if status.st_size > LARGEST:
                with path.open("rb") as file:
                    return file.read(LARGEST + 1)
            return path.read_bytes()
        except OSError:
            return None

    def passing(self, name: str, most: int) -> bytes | None:
        """The bytes of a listed file that is only looked through, not kept; None for a link and for more than `most`.

        Nothing that is listed lies behind a link to a folder, so not following the last one stays inside.
        """
        kept = self._content.get(name)
        if kept is not None:
            return kept if len(kept) <= most else None
        try:
            file = os.open(f"{self.root}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                return None
            return os.read(file, most)
        except OSError:
            return None
        finally:
            os.close(file)

    def text(self, name: str) -> str | None:
        """The text of a file, without parsing it; empty where it is too large to be judged."""
        data = self.content(name)
        if data is None or len(data) > LARGEST:
            return None if data is None else ""
        return data.decode("utf-8", "replace")

    def document(self, name: str, index: int = 0) -> Document | None:
        file = self.get(name)
        if file is None:
            return None
        return next((document for document in file.documents if document.number == index), None)

    def documents(self) -> Iterator[Document]:
        """All documents of the files to judge."""
        for name in self.names:
            file = self.get(name)
            if file is not None:
                yield from file.documents

    def is_file(self, name: str) -> bool:
        if name in self._instead:
            return True
        path = self._inside(name)
        return path is not None and os.path.isfile(path)  # noqa: PTH113 - a third of the time of Path.is_file

    def is_folder(self, name: str) -> bool:
        path = self._inside(name)
        there = path is not None and os.path.isdir(path)  # noqa: PTH112 - likewise
        if there and name:
            self._folders.add(name)
        return there

    def leads_out(self, name: str) -> bool:
        """Whether there is something of that name that is not in the repository: a link that leaves it."""
        return self._has(name) and self._inside(name) is None and os.path.lexists(self.root / name)

    def real(self, name: str) -> str:
        """Where a name leads to, relative to the repository; the name itself where it is no link, or leads out."""
        if name not in self._real:
            path = self._inside(name)
            self._real[name] = name if path is None else os.path.realpath(path)[len(str(self.root)) + 1 :]
        return self._real[name]

    def beyond(self) -> dict[str, tuple[int, int] | str]:
        """What was read that is not among the listed files (ignored by git, in a submodule): content or age of each."""
        listed = set(self.listed)
        found: dict[str, tuple[int, int] | str] = {
            name: self.digest(name) for name in self._content if name not in listed
        }
        for folder in self._folders:
            if not any(name.startswith(f"{folder}/") for name in self.listed):
                below = (path for path in (self.root / folder).rglob("*") if path.is_file())
                for path in below:
                    name = path.relative_to(self.root).as_posix()
                    found.setdefault(name, self.age(name))
        return found

    def span(self, place: Place) -> Span:
        """Line and column of a place; the start of the file where the file cannot be read."""
        from hydrogitops.source import spans

        file = self.get(place.file)
        if file is None:
            return Span(place.file, 1, 1, 1, 1)
        if place.nth:
            return spans.key_span(file, place.document, place.path, place.nth)
        return spans.span(file, place)

    def _inside(self, name: str) -> Path | None:
        """The path of a name, None where it leaves the repository, by a link too. Looked at once a run."""
        if name not in self._paths:
            self._paths[name] = self._resolved(name)
        return self._paths[name]

    def _has(self, name: str) -> bool:
        """Whether a file or folder is among what is listed, or lies in a link or submodule that is."""
        if self._parts is None or name == CONFIGURATION or name.startswith(CONFIGURATION_FOLDER):
            return True
        name = posixpath.normpath(name)
        return name == "." or name in self._parts or any(part in self._known for part in _upwards(name))

    def _resolved(self, name: str) -> Path | None:
        if name.startswith(("/", "..")) or not self._has(name):
            return None
        root = str(self.root)
        try:
            real = self._realpath(name)
        except (OSError, ValueError):
            return None
        if not self._has(real[len(root) + 1 :]):
            return None
        return Path(f"{root}/{name}") if real == root or real.startswith(f"{root}/") else None

    def _realpath(self, name: str) -> str:
        """`os.path.realpath` below the root; each folder on the way is looked at once, not for each name in it.

        ValueError where no file can be called so.
        """
        parent, _, last = name.rpartition("/")
        if last in ("", ".", "..") or len(name) > LONGEST_KEPT:
            return os.path.realpath(f"{self.root}/{name}")
        if parent not in self._real_folders:
            self._real_folders[parent] = self._realpath(parent) if parent else str(self.root)
        path = os.path.join(self._real_folders[parent], last)  # noqa: PTH118 - one of many
        try:
            # `islink` would swallow what says that no file can be called so.
            is_link = stat.S_ISLNK(os.lstat(path).st_mode)
        except OSError:
            is_link = False
        return os.path.realpath(path) if is_link else path


def _upwards(name: str) -> Iterator[str]:
    """A path and the folders above it."""
    while name:
        yield name
        name = posixpath.dirname(name)


def _walk(root: Path) -> Iterator[str]:
    """Every file below `root`, links to folders not followed, `.git` left out."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        relative = Path(folder).relative_to(root).as_posix()
        for name in files:
            yield name if relative == "." else f"{relative}/{name}"


def _hidden(name: str) -> bool:
    if name == CONFIGURATION or name.startswith(CONFIGURATION_FOLDER):
        return False
    return any(part.startswith(".") for part in name.split("/"))


def _below(name: str, folders: set[str]) -> bool:
    parent = posixpath.dirname(name)
    while True:
        if parent in folders:
            return True
        if not parent:
            return False
        parent = posixpath.dirname(parent)
