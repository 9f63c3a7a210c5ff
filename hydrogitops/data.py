"""Where the data that travels with the program lies: in the wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The templates that `new` renders, a folder for each part of a repository."""
    return _folder("template")


def policies() -> Path:
    """The rules as data, `FAMILY/RULE.yaml`."""
    return _folder("policies")


def _folder(name: str) -> Path:
    # An editable install leaves no copy in the package, or a stale one elsewhere; the checkout is beside the package.
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
