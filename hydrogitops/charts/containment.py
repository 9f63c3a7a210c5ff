"""What is looked at before an engine runs: does a kustomization or a chart reach for anything outside the repository?

kustomize is run without its own restriction (values files lie beside the overlay, not below it) and fetches addresses
without asking; Helm follows links wherever they lead. So nothing runs that has a problem found here. The rules are
kustomize's own (api 0.21.1: internal/target/kusttarget.go, internal/loader/fileloader.go, internal/git/repospec.go,
internal/builtins) and Helm's (internal/sympath/walk.go, 4.3.1).
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from hydrogitops.model import Route
from hydrogitops.source import SourceError, load

from .chart_files import look_through
from .kustomization import FILE_NAMES, is_inline

ProblemKind = Literal[
    "remote", "outside", "link", "cycle", "missing", "too-large", "unreadable", "no-chart", "lost-chart"
]

LARGEST_FILE = 16 * 2**20
"""Bytes of a file that an engine may read; what the reader of YAML takes too."""
MOST_FILES = 10_000
"""Files of a kustomization with all that it refers to."""
MOST_PROBLEMS = 100
"""After so many the rest is not looked for."""

Reader = Callable[[str], Sequence[object] | None]
"""The data of each document of a file, by its path in the repository; None where one of them cannot be read."""


class Problem(NamedTuple):
    """Why an engine is not let near. `file` is relative to the repository; `path` is the entry in it that says so.

    `remote`: an address. `outside`: an absolute path, or one that leaves the repository. `link`: one that leaves it by
    a symbolic link. `cycle`: it comes back to itself. `missing`: nothing is there. `too-large`, `unreadable`: no file
    that an engine should be given. `no-chart`: the chart of a `helmCharts` entry is not in the repository;
    `lost-chart`: nor does the entry say where it could be fetched.
    """

    kind: ProblemKind
    file: str
    path: Route
    message: str


class Survey(NamedTuple):
    """All that a build would read, and what is wrong with it. Paths are relative to the repository and without links.

    `charts`: folders of charts that it renders. `aliases`: paths that lead to another by a link, and that other.
    """

    problems: tuple[Problem, ...]
    files: tuple[str, ...]
    charts: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...]


def inspect(root: Path, folder: str, read: Reader) -> tuple[Problem, ...]:
    """What is wrong with the kustomization in `folder` of the repository and with everything that it refers to.

    Reads no file but through `read`; the caller may keep what it has read.
    """
    return survey(root, folder, read).problems


def survey(root: Path, folder: str, read: Reader) -> Survey:
    walk = _Walk(Path(os.path.realpath(root)), read)
    with contextlib.suppress(_EnoughError):
        target = walk.locate(walk.root, folder, folder, ())
        if target is not None:
            walk.kustomization(target, (), folder, ())
    return Survey(
        problems=tuple(walk.problems),
        files=tuple(walk.name(file) for file in walk.files),
        charts=tuple(walk.name(chart) for chart in walk.charts),
        aliases=tuple((walk.name(alias), walk.name(real)) for alias, real in walk.aliases.items()),
    )


def inspect_chart(root: Path, chart: Path) -> tuple[Problem, ...]:
    """What is wrong with a chart of the repository, a folder or an archive: links that leave `root`, circles, sizes."""
    return tuple(Problem(kind, str(chart), (), message) for kind, message in look_through(root, root / chart))


_URL = re.compile(r"\s*(git::)*([a-z][a-z0-9+.-]*://|https?:)", re.IGNORECASE)
_REPOSITORY = re.compile(
    r"\s*(git::)*([a-z][a-z0-9-]*@|github\.com[/:])|.*\?(ref|version|timeout|submodules)=", re.IGNORECASE
)
"""What kustomize takes for a repository to clone, unless a file has that name."""

_PLUGIN_FILES = ("path", "paths", "env", "envs", "targetfilepath", "argsfromfile")
"""Keys under which built-in plug-ins name files (api 0.21.1, internal/builtins), in lower case."""


class _EnoughError(Exception):
    """So many problems that the rest need not be looked for."""


class _Walk:
    """One look at a build: what was found, and what was seen already."""

    def __init__(self, root: Path, read: Reader) -> None:
        self.root = root
        self.read = read
        self.problems: dict[Problem, None] = {}
        self.files: dict[Path, None] = {}
        self.charts: dict[Path, None] = {}
        self.aliases: dict[Path, Path] = {}
        self.walked: set[Path] = set()
        """Kustomization files; a base that two overlays share is walked once."""

    def report(self, kind: ProblemKind, file: str, path: Route, message: str) -> None:
        self.problems[Problem(kind, file, path, message)] = None
        if len(self.problems) >= MOST_PROBLEMS:
            raise _EnoughError

    def kustomization(self, folder: Path, above: tuple[Path, ...], file: str, path: Route) -> None:
        """Walk into a folder; `file` and `path` say who refers to it. `above`: the folders that led here."""
        for referrer in above:
            # kustomize's own test: neither a folder that led here nor one that holds it.
            if referrer.is_relative_to(folder):
                self.report("cycle", file, path, f"{self.name(folder)} is what refers to this, or holds it")
                return
        found = [folder / name for name in FILE_NAMES if os.path.lexists(folder / name)]
        if not found:
            self.report("missing", file, path, f"{self.name(folder) or '.'} has no kustomization.yaml")
            return
        for candidate in found:
            real = self.file(candidate, file, path)
            if real is None or candidate in self.walked:
                continue
            self.walked.add(candidate)
            name = self.name(real)
            documents = self.read(name)
            if documents is None or len(documents) != 1 or not isinstance(documents[0], Mapping):
                self.report("unreadable", name, (), f"{name} is not one readable YAML document with a map")
            else:
                _Kustomization(self, folder, name, (*above, folder), documents[0]).entries()

    def name(self, path: Path) -> str:
        """The path of something below the root, as written in reports."""
        name = path.relative_to(self.root).as_posix()
        return "" if name == "." else name

    def locate(self, folder: Path, text: str, file: str, path: Route) -> Path | None:
        """The real path of an entry, None where it was reported: it is an address, or outside."""
        if _URL.match(text) or (_REPOSITORY.match(text) and not os.path.isfile(folder / text)):  # noqa: PTH113 - never raises
            self.report("remote", file, path, f"{text} is an address; it would be fetched from the network")
            return None
        if "\0" in text:
            self.report("missing", file, path, "a name with a NUL byte is never there")
            return None
        lexical = Path(os.path.normpath(folder / text))
        if posixpath.isabs(text) or not lexical.is_relative_to(self.root):
            self.report("outside", file, path, f"{text} is outside the repository")
            return None
        real = Path(os.path.realpath(lexical))
        if not real.is_relative_to(self.root):
            self.report("link", file, path, f"{text} leads out of the repository by a symbolic link")
            return None
        if real != lexical:
            self.aliases[lexical] = real
        return real

    def file(self, path: Path, file: str, route: Route) -> Path | None:
        """The real path of a file fit to be read, None where something was reported."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            self.report("link", file, route, f"{path.name} leads out of the repository by a symbolic link")
            return None
        try:
            status = real.stat()
        except OSError:
            self.report("missing", file, route, f"{self.name(real)} is not there")
            return None
        if not stat.S_ISREG(status.st_mode):
            self.report("unreadable", file, route, f"{self.name(real)} is no regular file")
            return None
        if status.st_size > LARGEST_FILE:
            self.report("too-large", file, route, f"{self.name(real)} is larger than {LARGEST_FILE >> 20} MiB")
            return None
        if len(self.files) >= MOST_FILES:
            self.report("too-large", file, route, f"more than {MOST_FILES} files belong to it")
            return None
        if real != path:
            self.aliases[path] = real
        self.files[real] = None
        return real


class _Kustomization(NamedTuple):
    """The entries of one kustomization file, read as kustomize reads it: its keys in any mixture of case."""

    walk: _Walk
    folder: Path
    file: str
    above: tuple[Path, ...]
    data: Mapping[object, object]

    def entries(self) -> None:
        self.spelling(self.data, ())
        for key in ("resources", "bases", "components"):
            for route, text in _texts(self.data, key):
                self.resource(text, route)
        for key in ("crds", "configurations"):
            self.named(self.data, (), key)
        for key in ("generators", "transformers", "validators"):
            for route, text in _texts(self.data, key):
                self.plugin(text, route)
        for route, text in _texts(self.data, "patchesstrategicmerge"):
            # A patch may be written out in the list.
            if not is_inline(text) or os.path.lexists(self.folder / text):
                self.reads(text, route)
        for key in ("patches", "patchesjson6902", "replacements"):
            for route, item in _items(self.data, key):
                self.named(item, route, "path")
        for name, openapi in _values(self.data, "openapi"):
            self.named(openapi, (name,), "path")
        for key in ("configmapgenerator", "secretgenerator"):
            for route, item in _items(self.data, key):
                self.generator(item, route)
        self.charts()

    def spelling(self, data: object, route: Route) -> None:
        """Two spellings of one key are merged by Go's decoder in ways that nobody should have to foresee."""
        if isinstance(data, Mapping) and len({str(key).casefold() for key in data}) < len(data):
            self.walk.report("unreadable", self.file, route, "two keys differ in nothing but upper and lower case")

    def resource(self, text: str, route: Route) -> None:
        """A file with manifests, or a folder with a kustomization."""
        target = self.walk.locate(self.folder, text, self.file, route)
        if target is None:
            return
        if target.is_dir():
            self.walk.kustomization(target, self.above, self.file, route)
        else:
            self.walk.file(target, self.file, route)

    def reads(self, text: str, route: Route) -> Path | None:
        """A file that is read as it is; its real path, None where something was reported."""
        target = self.walk.locate(self.folder, text, self.file, route)
        return None if target is None else self.walk.file(target, self.file, route)

    def named(self, item: object, route: Route, *keys: str) -> None:
        for key in keys:
            for name, text in _texts(item, key):
                self.reads(text, (*route, *name))

    def generator(self, item: object, route: Route) -> None:
        self.named(item, route, "envs", "env")
        for name, text in _texts(item, "files"):
            self.reads(text.partition("=")[2] or text, (*route, *name))

    def plugin(self, text: str, route: Route) -> None:
        """The configuration of a generator, transformer or validator: written in the list, or in a file."""
        documents: Sequence[object] | None
        try:
            documents = [load(part) for part in re.split(r"(?m)^---(?=\s|$)", text)]
        except SourceError:
            documents = None
        if "\n" not in text and not any(isinstance(document, Mapping) for document in documents or ()):
            if os.path.isdir(self.folder / text):  # noqa: PTH112 - never raises
                # What a folder builds may be patched into anything, so it cannot be judged beforehand.
                self.walk.report("unreadable", self.file, route, f"{text} is a folder; only files of plug-ins are run")
                return
            file = self.reads(text, route)
            if file is None:
                return
            documents = self.walk.read(self.walk.name(file))
        if documents is None:
            self.walk.report("unreadable", self.file, route, "the configuration of the plug-in is not readable YAML")
        for document in documents or ():
            self.configuration(document, route)

    def configuration(self, document: object, route: Route) -> None:
        """A document that configures a plug-in; what it names is named relative to this kustomization."""
        self.spelling(document, route)
        for _, item in _items(document, "items"):
            self.configuration(item, route)
        texts = [text for key in _PLUGIN_FILES for _, text in _texts(document, key)]
        texts += [text for _, item in _items(document, "replacements") for _, text in _texts(item, "path")]
        texts += [text.partition("=")[2] or text for _, text in _texts(document, "files")]
        for text in texts:
            self.reads(text, route)
        if "HelmChartInflationGenerator" in [kind for _, kind in _values(document, "kind")]:
            self.chart(document, route, _text(document, "charthome") or "charts")

    def charts(self) -> None:
        """`helmCharts`, and its deprecated form, whose settings count where there is no `helmGlobals`."""
        old = [(route, item) for route, item in _items(self.data, "helmchartinflationgenerator")]
        settings = [value for _, value in _values(self.data, "helmglobals") if value is not None]
        homes = [text for item in settings or [item for _, item in old] if (text := _text(item, "charthome"))]
        home = homes[-1] if homes else "charts"
        for value in settings:
            self.spelling(value, ("helmGlobals",))
        for route, item in _items(self.data, "helmcharts"):
            self.chart(item, route, home)
        names = {"name": "chartname", "version": "chartversion", "repo": "chartrepourl", "valuesfile": "values"}
        for route, item in old:
            self.spelling(item, route)
            self.chart({new: _text(item, name) for new, name in names.items()}, route, home)

    def chart(self, item: object, route: Route, home: str) -> None:
        """A chart to render: its values files, and the chart where kustomize looks for it."""
        self.spelling(item, route)
        self.named(item, route, "valuesfile", "additionalvaluesfiles")
        chart, version, repository = (_text(item, key) for key in ("name", "version", "repo"))
        if not chart:
            return
        # With `repo` and `version` kustomize looks in the folder into which it would pull.
        parent = posixpath.join(home, f"{chart}-{version}") if repository and version else home
        target = self.walk.locate(self.folder, posixpath.join(parent, chart), self.file, route)
        if target is None:
            return
        if not target.is_dir():
            where = self.walk.name(target)
            kind: ProblemKind = "no-chart" if repository else "lost-chart"
            self.walk.report(kind, self.file, route, f"chart {chart} is not in the repository at {where}")
        elif target not in self.walk.charts:
            self.walk.charts[target] = None
            for found, message in look_through(self.walk.root, target):
                self.walk.report(found, self.file, route, message)


def _values(data: object, key: str) -> Iterator[tuple[str, object]]:
    """The values of a key, however it is written: `Resources` is `resources` to Go's decoder."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if isinstance(name, str) and name.casefold() == key:
                yield name, value


def _texts(data: object, key: str) -> Iterator[tuple[Route, str]]:
    """The texts that a key holds, itself or in a list, with their routes; an empty one names nothing."""
    for name, value in _values(data, key):
        if isinstance(value, str) and value:
            yield (name,), value
        elif isinstance(value, list):
            for index, text in enumerate(value):
                if isinstance(text, str):
                    yield (name, index), text


def _items(data: object, key: str) -> Iterator[tuple[Route, object]]:
    for name, value in _values(data, key):
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield (name, index), item


def _text(data: object, key: str) -> str:
    return next((text for _, text in _texts(data, key)), "")
