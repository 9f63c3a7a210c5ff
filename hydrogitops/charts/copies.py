"""A copy of what a build reads, with a chart in the place of one that the repository does not have."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from .containment import Survey
from .failure import RenderFailure


class StandIn(NamedTuple):
    """A chart to use where the repository has none: the build runs in a copy of what it reads, with the chart in place.

    `place`: where kustomize looks for it, relative to the repository; `<chartHome>/<name>-<version>/<name>` for an
    entry with `repo` and `version`. `chart`: its folder, which is trusted.
    """

    place: str
    chart: Path


def lay_out(root: Path, seen: Survey, stand_in: StandIn, target: Path) -> None:
    """Copy all that a build reads, in the same relative layout, and put the stand-in in its place.

    Links become links to the copies. RenderFailure for a file that may not be read; OSError.
    """
    for name in seen.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(root / name, target / name)
        except PermissionError as error:
            if error.filename != str(root / name):
                raise
            raise RenderFailure(f"{name} cannot be read: {error.strerror}", "failed") from error
    for name in seen.charts:
        shutil.copytree(root / name, target / name)
    for alias, name in seen.aliases:
        (target / alias).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (target / alias).symlink_to(target / name)
    place = target / stand_in.place
    place.parent.mkdir(parents=True, exist_ok=True)
    # A link: to copy its 44 files takes 9 to 40 ms, and Helm renders them in 28.
    place.symlink_to(os.path.realpath(stand_in.chart))
