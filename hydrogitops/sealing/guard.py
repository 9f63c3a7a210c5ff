"""What keeps a run of `seal` alone in its repository, and its memory out of core dumps."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hydrogitops.model import UserError
from hydrogitops.source.transaction import finish

PATIENCE: Final = 10.0
"""Seconds that a run waits for another one in the same repository."""

_STEP: Final = 0.05
_PR_SET_DUMPABLE: Final = 4


@contextmanager
def alone(root: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the repository for one run of `seal`; UserError where another one holds it for longer than `patience`.

    The lock is on the folder itself: no file is left, and the system lets go of it however the process ends. Where
    folders cannot be locked there is none. A change of the repository that was cut off is finished first.
    """
    finish(root)
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise UserError(
                        "another `hydrogitops seal` is at work in this repository", "try again when it has ended"
                    ) from None
                time.sleep(_STEP)
            except OSError:
                # Not every file system locks folders.
                break
            else:
                break
        yield
    finally:
        os.close(handle)


def no_core_dumps() -> None:
    """Keep this process and what it starts from leaving its memory on disk, as far as the system lets it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        # A handler that the kernel pipes dumps to does not ask for the limit.
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
