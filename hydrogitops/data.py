"""Where data lies: what travels with the program, in the wheel, else in the checkout; and what it keeps."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The templates that `new` renders, a folder for each part of a repository."""
    return _folder("template")


def policies() -> Path:
    """The rules as data, `FAMILY/RULE.yaml`."""
    return _folder("policies")


def cache_folder() -> Path:
    """The user's folder for what is kept from run to run and may be lost."""
    home, caches = os.environ.get("HOME", ""), os.environ.get("XDG_CACHE_HOME", "")
    if sys.platform == "linux" and home.startswith("/"):
        # As the library has it, which takes a tenth of the time of a kept report to be loaded.
        return Path(caches) / "hydrogitops" if caches.startswith("/") else Path(home, ".cache", "hydrogitops")
    from platformdirs import user_cache_path

    return user_cache_path("hydrogitops")


def _folder(name: str) -> Path:
    # An editable install leaves no copy in the package, or a stale one elsewhere; the checkout is beside the package.
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
