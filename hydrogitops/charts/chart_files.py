"""Looks through a chart, a folder or an archive, before Helm loads it: links that lead out, circles, sizes.

Helm follows links wherever they lead (internal/sympath/walk.go, 4.3.1), and a template can print what it finds there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

ChartProblem = tuple[Literal["link", "cycle", "outside", "too-large", "unreadable"], str]

LARGEST_CHART = 100 * 2**20
"""Bytes of a chart with its subcharts, unpacked: Helm's own limit (pkg/chart/loader/archive, 4.3.1)."""
MOST_FILES = 10_000
"""Files of a chart; serving 3.0.3 has 140."""


def look_through(root: Path, chart: Path) -> Iterator[ChartProblem]:
    """What is wrong with a chart whose links must stay below `root`: a kind and a sentence each. Reads no contents."""
    root = Path(os.path.realpath(root))
    if not Path(os.path.realpath(chart)).is_relative_to(root):
        yield "link", f"{chart.name} leads out of the repository"
    elif chart.is_file():
        yield from _archive(chart)
    else:
        yield from _folder(root, chart)


def _folder(root: Path, chart: Path) -> Iterator[ChartProblem]:
    size = files = 0
    pending: list[tuple[str, str, frozenset[tuple[int, int]]]] = [(str(chart), "", frozenset())]
    while pending:
        folder, name, above = pending.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - plain texts: a chart is looked through on every run
            entries = list(os.scandir(folder))
        except OSError as error:
            yield "unreadable", f"{name or chart.name} in the chart: {error.strerror}"
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            yield "cycle", f"{name} in the chart is a link to a folder that holds it"
            continue
        for entry in entries:
            path = f"{name}/{entry.name}" if name else entry.name
            if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(root):
                yield "link", f"{path} in the chart leads out of the repository by a symbolic link"
            elif entry.is_dir():
                pending.append((entry.path, path, above | {identity}))
            elif entry.is_file():
                size += entry.stat().st_size
        files += len(entries)
        if size > LARGEST_CHART or files > MOST_FILES:
            yield "too-large", _TOO_LARGE
            return


def _archive(archive: Path) -> Iterator[ChartProblem]:
    # Only charts that came as an archive need these.
    import tarfile
    import zlib

    size = files = 0
    try:
        with tarfile.open(archive, "r|gz") as packed:
            for member in packed:
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    yield "outside", f"{member.name} in the archive is outside the chart"
                elif member.issym() or member.islnk():
                    yield "link", f"{member.name} in the archive is a link"
                size, files = size + member.size, files + 1
                if size > LARGEST_CHART or files > MOST_FILES:
                    yield "too-large", _TOO_LARGE
                    return
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        yield "unreadable", f"{archive.name} is no chart archive: {error}"


_TOO_LARGE = f"the chart is larger than {LARGEST_CHART >> 20} MiB or {MOST_FILES} files"
