"""Folders that are gone once they were used, also where Ctrl-C comes while they are made or removed."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """An empty folder for this user alone, where temporary files go. OSError.

    `tempfile.TemporaryDirectory` leaves what it has not removed yet when it is interrupted.
    """
    # The name is known before there is a folder, so there is none that nobody knows of.
    folder = Path(tempfile.gettempdir(), f"{prefix}{secrets.token_hex(8)}")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        except KeyboardInterrupt:
            shutil.rmtree(folder, ignore_errors=True)
            raise
