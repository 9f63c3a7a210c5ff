"""A repository as a tree, for people to look at before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .parts import File

_CHART = "charts/serving"


def tree(name: str, files: Sequence[File]) -> str:
    """Lines with one file each; the chart, which is none of ours, as one line with the number of its files."""
    chart = [file for file in files if file.path.startswith(f"{_CHART}/")]
    paths = [tuple(file.path.split("/")) for file in files if not file.path.startswith(f"{_CHART}/")]
    if chart:
        paths.append((*_CHART.split("/"), f"({len(chart)} files)"))
    return "\n".join([f"{name}/", *_below(sorted(paths), "")])


def _below(paths: Sequence[tuple[str, ...]], indent: str) -> Iterator[str]:
    heads = list(dict.fromkeys(path[0] for path in paths))
    for index, head in enumerate(heads):
        last = index == len(heads) - 1
        inner = [path[1:] for path in paths if path[0] == head and len(path) > 1]
        yield f"{indent}{'└── ' if last else '├── '}{head}{'/' if inner else ''}"
        yield from _below(inner, indent + ("    " if last else "│   "))
