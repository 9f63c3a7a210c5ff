"""Getting the chart: from a folder, an archive or an address, checked, without hidden files, ready to be vendored."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from hydrogitops.model import UserError
from hydrogitops.source import SourceError, load

from .parts import File

SECONDS: Final = 10
"""How long a download may take in all."""

_MOST_BYTES: Final = 32 * 2**20
_MOST_FILES: Final = 4000
_FOLDER: Final = "charts/serving"


@dataclass(frozen=True, slots=True)
class VendoredChart:
    """A chart as it goes into the repository, below charts/serving/.

    `archive_sha256`: hex digest of the archive it came in, empty for a folder.
    """

    version: str
    files: tuple[File, ...]
    archive_sha256: str = ""

    @property
    def files_sha256(self) -> str:
        """One digest of all paths and contents, in hex."""
        total = hashlib.sha256()
        for file in self.files:
            total.update(file.path.encode() + b"\0" + hashlib.sha256(file.content).digest())
        return total.hexdigest()


class UnreachableError(Exception):
    """An address gave no answer in time; the message is the reason in a few words."""


def read(source: str, *, sha256: str | None = None) -> VendoredChart:
    """The chart at a folder, an archive file or an http(s) address; `sha256`: what the archive must have.

    `UnreachableError` where an address does not answer; UserError for all that is no sound chart.
    """
    if "://" in source:
        return _from_archive(_download(source), source, sha256)
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            return _chart(dict(_folder(path)), source)
        return _from_archive(path.read_bytes(), source, sha256)
    except OSError as error:
        raise UserError(f"cannot read the chart {source}: {_reason(error)}") from None


def _from_archive(data: bytes, source: str, sha256: str | None) -> VendoredChart:
    digest = hashlib.sha256(data).hexdigest()
    if sha256 is not None and digest != sha256:
        raise UserError(
            f"the chart at {source} is not the one that was meant: its sha256 is {digest}, {sha256} is wanted",
            hint="take it from a source you trust, or state its digest as chart.sha256",
        )
    return _chart(dict(_members(data, source)), source, digest)


def _chart(contents: Mapping[str, bytes], source: str, digest: str = "") -> VendoredChart:
    """A chart from its files by their paths inside it."""
    try:
        described = load(contents.get("Chart.yaml", b"").decode())
    except (SourceError, UnicodeDecodeError):
        described = None
    if not isinstance(described, Mapping):
        raise UserError(f"{source} holds no Helm chart: it has no readable Chart.yaml")
    if described.get("name") != "serving":
        raise UserError(f"{source} is the chart {str(described.get('name'))[:60]!r}; the chart serving is wanted")
    absent = [name for name in _dependencies(described) if not _has(contents, name)]
    if absent:
        raise UserError(
            f"the chart at {source} comes without its subcharts {', '.join(absent)}",
            hint="give the release archive, or run `helm dependency build` in the folder first",
        )
    return VendoredChart(
        version=str(described.get("version")),
        files=tuple(File(f"{_FOLDER}/{path}", contents[path]) for path in sorted(contents)),
        archive_sha256=digest,
    )


def _dependencies(described: Mapping[str, object]) -> Iterator[str]:
    dependencies = described.get("dependencies")
    for item in dependencies if isinstance(dependencies, list) else ():
        if isinstance(item, Mapping):
            yield str(item.get("name"))


def _has(contents: Mapping[str, bytes], subchart: str) -> bool:
    return any(
        path == f"charts/{subchart}/Chart.yaml" or (path.startswith(f"charts/{subchart}-") and path.endswith(".tgz"))
        for path in contents
    )


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    """Files of a folder; a link that leaves it is refused, because it would bring in what nobody meant to publish."""
    inside = root.resolve()
    sizes = 0
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(folder)
        for name in sorted(names) + [name for name in folders if (here / name).is_symlink()]:
            path = here / name
            if not path.resolve().is_relative_to(inside) or (path.is_symlink() and path.is_dir()):
                raise UserError(f"the chart holds a link to another place: {path.relative_to(root)}")
            if name.startswith(".") or not path.is_file():
                continue
            sizes, count = sizes + path.stat().st_size, count + 1
            _bounded(sizes, count)
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _members(data: bytes, source: str) -> Iterator[tuple[str, bytes]]:
    """Files of a chart's archive by their paths below its one folder. Nothing is unpacked to disk."""
    sizes = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as archive:
            for count, member in enumerate(archive, 1):
                path = PurePosixPath(member.name)
                if member.isdir():
                    continue
                if not member.isreg() or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
                    raise UserError(f"the archive {source} holds what no chart needs: {member.name[:80]!r}")
                sizes += member.size
                _bounded(sizes, count)
                inner = path.relative_to(path.parts[0])
                content = archive.extractfile(member)
                # Helm takes a hidden file among the templates for one of them; its own packaging leaves it out.
                if content is not None and not any(part.startswith(".") for part in inner.parts):
                    yield inner.as_posix(), content.read()
    except (tarfile.TarError, EOFError, OSError, ValueError):
        raise UserError(f"{source} is no chart archive (a gzipped tar file is wanted)") from None


def _bounded(total: int, count: int) -> None:
    if total > _MOST_BYTES or count > _MOST_FILES:
        raise UserError(f"this is too large for a chart: more than {_MOST_BYTES // 2**20} MiB or {_MOST_FILES} files")


def _download(address: str) -> bytes:
    import http.client
    import urllib.error
    import urllib.request

    if not address.startswith(("https://", "http://")):
        raise UserError(f"a chart comes from a folder, an archive or an http(s) address, not from {address}")
    deadline = time.monotonic() + SECONDS
    data = io.BytesIO()
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 (the scheme is looked at above)
            while block := answer.read1(2**16):
                data.write(block)
                if time.monotonic() > deadline:
                    raise UnreachableError(f"it took more than {SECONDS} s")
                _bounded(data.tell(), 1)
    except urllib.error.HTTPError as error:
        raise UnreachableError(f"it answered {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableError(_reason(error)) from None
    return data.getvalue()


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    text = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason) or type(error).__name__
    return text[:1].lower() + text[1:]
