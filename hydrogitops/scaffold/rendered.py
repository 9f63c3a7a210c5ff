"""What Argo CD applies where it cannot inflate a chart: the objects of each environment, really rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hydrogitops.model import UserError
from hydrogitops.source.temporary import temporary_folder

from .parts import File, write_below

FLAVOURS: Final = ("rendered", "eks-capability")
FOLDER: Final = "rendered"


def keeps_rendered(flavour: str) -> bool:
    """Whether a repository of this flavour carries what its environments apply."""
    return flavour in FLAVOURS


def rendered(files: Iterable[File]) -> list[File]:
    """`rendered/ENV/manifests.yaml` of each environment of a repository that consists of `files`.

    UserError where no engine is at hand, or one refuses them.
    """
    from hydrogitops.linter.applied import applied

    try:
        # The name of the folder is that of the repository in what the engines say of it.
        with temporary_folder("hydrogitops-") as place:
            root = place / "repository"
            write_below(root, files)
            return [
                File(f"{FOLDER}/{name}/manifests.yaml", text.encode())
                for name, text, _ in applied(root, (), into=root / FOLDER)
            ]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"cannot use the folder for temporary files: {reason}", hint="TMPDIR names another one"
        ) from None


def has_chart(files: Sequence[File]) -> bool:
    """Whether the chart that is rendered is among the files; a stand-in must never be applied."""
    return any(file.path.startswith("charts/serving/") for file in files)
