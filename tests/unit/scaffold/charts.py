"""Small charts to vendor: in a folder, in an archive."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: serving\nversion: 3.0.3\ndependencies:\n  - {name: ui, version: 0.1.0}\n",
    "values.yaml": "a: 1\n",
    "templates/x.yaml": "kind: X\n",
    "charts/ui/Chart.yaml": "apiVersion: v2\nname: ui\nversion: 0.1.0\n",
    "charts/ui/templates/.helmignore": "*.bak\n",
    ".hidden": "x",
}
VISIBLE = ["Chart.yaml", "charts/ui/Chart.yaml", "templates/x.yaml", "values.yaml"]


def folder(root: Path, **files: str) -> Path:
    for name, text in (CHART | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def archive(*members: tarfile.TarInfo | tuple[str, str]) -> bytes:
    """A gzipped tar; without members that of the chart above."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for member in members or [(f"serving/{name}", text) for name, text in CHART.items()]:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1].encode())
                tar.addfile(info, io.BytesIO(member[1].encode()))
    return data.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info
