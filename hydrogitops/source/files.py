"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from hydrogitops.model import UserError


def write_atomic(path: Path, data: bytes) -> None:
    """Writes `data` to `path` through a temporary file beside it; whoever reads sees the old bytes or the new ones.

    The mode of a file that exists is kept. Its folder must exist.

    Raises:
        UserError: `path` is a link or no regular file, so that a rename would replace something else than was meant.
        OSError: the folder cannot be written; `path` is as it was.
    """
    mode: int | None = None
    try:
        found = path.lstat()
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{path} is no regular file", "name the file itself, not a link to it")
        mode = stat.S_IMODE(found.st_mode)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
