"""Rendering one part of a repository: cookiecutter over a folder of `template/`, with marks of our own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hydrogitops import data

# `{{ }}` belongs to Argo CD in the files that are written, `${{ }}` to GitHub.
_MARKS: Final = {
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "block_start_string": "[%",
    "block_end_string": "%]",
    "comment_start_string": "[#",
    "comment_end_string": "#]",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to write: path below the repository with `/`, content, permissions."""

    path: str
    content: bytes
    mode: int = 0o644


def render(part: str, context: Mapping[str, object]) -> list[File]:
    """The files of one part, sorted by path; one that comes out empty is none. A name that is not given is an error."""
    from cookiecutter.generate import generate_files

    with tempfile.TemporaryDirectory(prefix="hydrogitops-") as folder:
        root = generate_files(
            repo_dir=data.templates() / part,
            context={
                **context,
                "cookiecutter": {
                    "name": "repository",
                    "_extensions": ["hydrogitops.scaffold.extension.Yaml"],
                    "_jinja2_env_vars": _MARKS,
                    "_new_lines": "\n",
                },
            },
            output_dir=folder,
            accept_hooks=False,
        )
        return [
            File(path.relative_to(root).as_posix(), content)
            for path in sorted(Path(root).rglob("*"))
            if path.is_file() and (content := path.read_bytes()).strip()
        ]
