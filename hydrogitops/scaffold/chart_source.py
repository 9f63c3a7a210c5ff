"""Getting the chart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .parts import File


@dataclass(frozen=True, slots=True)
class VendoredChart:
    """A chart as it goes into the repository, below charts/serving/."""

    files: tuple[File, ...]
    archive_sha256: str = ""

    @property
    def files_sha256(self) -> str:
        """A digest of all files, for a chart that came as a folder as well."""
        total = hashlib.sha256()
        for file in self.files:
            total.update(file.path.encode() + b"\0" + hashlib.sha256(file.content).digest())
        return total.hexdigest()


def from_folder(folder: Path) -> VendoredChart:
    files = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            files.append(File(f"charts/serving/{relative.as_posix()}", path.read_bytes()))
    return VendoredChart(tuple(files))
