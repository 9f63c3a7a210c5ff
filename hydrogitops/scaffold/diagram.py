"""The diagram of a repository in its own README, drawn from the files that are about to be written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hydrogitops.linter.drawing import diagram
from hydrogitops.model import UserError
from hydrogitops.repo.sources import CHART_FILE, ENDINGS, Sources
from hydrogitops.source.temporary import temporary_folder

from .parts import File, write_below

README: Final = "README.md"
_PLACE: Final = re.compile(
    r"(<!-- hydrogitops graph -->(\r?\n)).*?(?=<!-- end of hydrogitops graph -->\r?\n)", re.DOTALL
)
_CHARTS: Final = "charts/"


def drawn(files: Sequence[File]) -> list[File]:
    """The files, with the diagram between the marks of the README; as they are where it has none."""
    readme = next((file for file in files if file.path == README), None)
    if readme is None or not has_place(readme.content):
        return list(files)
    written = replace(readme, content=filled(readme.content, _of(files)))
    return [written if file is readme else file for file in files]


def has_place(readme: bytes) -> bool:
    return _PLACE.search(readme.decode("utf-8", "replace")) is not None


def filled(readme: bytes, drawing: str) -> bytes:
    """A README with this diagram between its marks; with nothing between them where that is empty."""
    fenced = f"```mermaid\n{drawing}```\n" if drawing else ""
    text = readme.decode("utf-8", "surrogateescape")
    return _PLACE.sub(lambda found: found[1] + fenced.replace("\n", found[2]), text).encode("utf-8", "surrogateescape")


def _of(files: Sequence[File]) -> str:
    try:
        with temporary_folder("hydrogitops-") as place:
            # Of a chart it only matters where it lies.
            wanted = [one for one in files if not one.path.startswith(_CHARTS) or one.path.endswith(f"/{CHART_FILE}")]
            write_below(place, [one for one in wanted if one.path.endswith(ENDINGS)])
            return diagram(Sources(place))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"cannot use the folder for temporary files: {reason}", hint="TMPDIR names another one"
        ) from None
