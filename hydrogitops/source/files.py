"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from hydrogitops.model import UserError


def write_atomic(path: Path, data: bytes) -> None:
    """Writes `data` to `path` through a temporary file beside it; whoever reads sees the old bytes or the new ones.

    The mode of a file that exists is kept, and its owner where the system allows it. Its folder must exist.

    Raises:
        UserError: `path` is a link or no regular file, so that a rename would replace something else than was meant.
        OSError: the folder cannot be written; `path` is as it was.
    """
    found: os.stat_result | None = None
    with suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{path} is no regular file", "name the file itself, not a link to it")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if found is not None:
                if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(OSError):
                        os.fchown(file.fileno(), found.st_uid, found.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_leftovers(path: Path) -> None:
    """Remove what writers of `path` that were killed have left beside it. Nobody else may be writing it now."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.tmp")
    with suppress(OSError):
        for beside in list(path.parent.iterdir()):
            if ours.fullmatch(beside.name) and not beside.is_symlink() and beside.is_file():
                beside.unlink()
