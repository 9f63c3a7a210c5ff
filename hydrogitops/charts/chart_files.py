"""Looks through a chart, a folder or an archive, before Helm loads it: links that lead out, circles, sizes, schemas.

Helm follows links wherever they lead (internal/sympath/walk.go, 4.3.1), and a template can print what it finds there.
It fetches what a schema of values refers to, from a file or an address (pkg/chart/common/util/jsonschema.go).
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

ChartProblem = tuple[Literal["link", "cycle", "outside", "remote", "too-large", "unreadable"], str]

LARGEST_CHART = 100 * 2**20
"""Bytes of a chart with its subcharts, unpacked: Helm's own limit (pkg/chart/loader/archive, 4.3.1)."""
MOST_FILES = 10_000
"""Files of a chart; serving 3.0.3 has 140."""
DEEPEST = 8
"""Archives in archives; Helm has no limit."""
LARGEST_SCHEMA = 4 * 2**20
"""Bytes of a schema; the largest of common charts has 0.3 MiB."""
SCHEMA = "values.schema.json"
_DRAFT = re.compile(r"https?://json-schema\.org/(schema|draft-0[467]/schema|draft/20(19-09|20-12)/schema)#?")
"""Schemas of schemas that Helm has with it (santhosh-tekuri/jsonschema v6)."""


def look_through(root: Path, chart: Path) -> Iterator[ChartProblem]:
    """What is wrong with a chart whose links must stay below `root`: a kind and a sentence each.

    Reads no contents but those of schemas and of archives.
    """
    root = Path(os.path.realpath(root))
    if not Path(os.path.realpath(chart)).is_relative_to(root):
        yield "link", f"{chart.name} leads out of the repository"
    elif chart.is_file():
        yield from _packed(chart, chart.name)
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
                if entry.name == SCHEMA:
                    yield from _schema(Path(entry.path), path)
                elif _is_subchart(path):
                    yield from _packed(Path(entry.path), path)
        files += len(entries)
        if size > LARGEST_CHART or files > MOST_FILES:
            yield "too-large", _TOO_LARGE
            return


def _is_subchart(name: str) -> bool:
    """Whether Helm unpacks a file of a chart as a chart of its own (pkg/chart/v2/loader/load.go)."""
    return name.endswith(".tgz") and os.path.basename(os.path.dirname(name)) == "charts"  # noqa: PTH119, PTH120


def _packed(archive: Path, name: str) -> Iterator[ChartProblem]:
    try:
        with archive.open("rb") as file:
            yield from _archive(file, name, 0)
    except OSError as error:
        yield "unreadable", f"{name}: {error.strerror}"


def _archive(file: BinaryIO, name: str, depth: int) -> Iterator[ChartProblem]:
    # Only charts that came as an archive need these.
    import tarfile
    import zlib

    size = files = 0
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as packed:
            for member in packed:
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    yield "outside", f"{member.name} in the archive {name} is outside the chart"
                elif member.issym() or member.islnk():
                    yield "link", f"{member.name} in the archive {name} is a link"
                size, files = size + member.size, files + 1
                if size > LARGEST_CHART or files > MOST_FILES or depth > DEEPEST:
                    yield "too-large", _TOO_LARGE
                    return
                schema = os.path.basename(member.name) == SCHEMA  # noqa: PTH119
                if schema and member.size > LARGEST_SCHEMA:
                    yield "too-large", f"{name}/{member.name} is larger than {LARGEST_SCHEMA >> 20} MiB"
                elif member.isreg() and (schema or _is_subchart(member.name)):
                    content = packed.extractfile(member)
                    data = content.read() if content is not None else b""
                    inner = f"{name}/{member.name}"
                    yield from _references(data, inner) if schema else _archive(io.BytesIO(data), inner, depth + 1)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        yield "unreadable", f"{name} is no chart archive: {error}"


def _schema(file: Path, name: str) -> Iterator[ChartProblem]:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_SCHEMA + 1)
    except OSError as error:
        yield "unreadable", f"{name} in the chart: {error.strerror}"
        return
    if len(data) > LARGEST_SCHEMA:
        yield "too-large", f"{name} in the chart is larger than {LARGEST_SCHEMA >> 20} MiB"
    else:
        yield from _references(data, name)


def _references(data: bytes, name: str) -> Iterator[ChartProblem]:
    """What a schema has fetched: every reference but those into itself and to what is built in."""
    import json

    try:
        pending = [json.loads(data)]
    except (ValueError, RecursionError):
        yield "unreadable", f"{name} in the chart is not readable JSON"
        return
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            pending += node.values()
            for key in ("$schema", "$ref", "$dynamicRef", "$recursiveRef"):
                target = node.get(key)
                if isinstance(target, str) and target[:1] not in ("", "#") and not _DRAFT.fullmatch(target):
                    yield "remote", f"{name} in the chart refers to {target}, which Helm would fetch"


_TOO_LARGE = f"the chart is larger than {LARGEST_CHART >> 20} MiB or {MOST_FILES} files"
