"""Rendering one part of a repository: cookiecutter over a folder of `template/`, with marks of our own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from hydrogitops import data
from hydrogitops.model import UserError
from hydrogitops.source.temporary import temporary_folder


class _Compiled(BytecodeCache):
    """Templates compiled in this process: those of an environment are rendered once for each."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


# `{{ }}` belongs to Argo CD in the files that are written, `${{ }}` to GitHub.
_ENGINE: Final = {
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "block_start_string": "[%",
    "block_end_string": "%]",
    "comment_start_string": "[#",
    "comment_end_string": "#]",
    "bytecode_cache": _Compiled(),
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to write: path below the repository with `/`, content, permissions."""

    path: str
    content: bytes
    mode: int = 0o644


def write_below(root: Path, files: Iterable[File]) -> None:
    """Put files on disk below a folder. OSError."""
    for file in files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)


def render(part: str, context: Mapping[str, object]) -> list[File]:
    """The files of one part, sorted by path; one that comes out empty is none. A name that is not given is an error."""
    from cookiecutter.generate import generate_files

    try:
        with temporary_folder("hydrogitops-") as folder:
            root = generate_files(
                repo_dir=data.templates() / part,
                context={
                    **context,
                    "cookiecutter": {
                        "name": "repository",
                        "_extensions": ["hydrogitops.scaffold.extension.Yaml"],
                        "_jinja2_env_vars": _ENGINE,
                        "_new_lines": "\n",
                    },
                },
                output_dir=str(folder),
                accept_hooks=False,
            )
            return list(_files(Path(root)))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"cannot use the folder for temporary files: {reason}", hint="TMPDIR names another one"
        ) from None


def _files(root: Path) -> Iterator[File]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and (content := path.read_bytes()).strip():
            yield File(path.relative_to(root).as_posix(), content)
