"""Ctrl-C at any moment, also while Python runs what cannot raise: a finalizer, the callback of a weak reference."""

from __future__ import annotations

import _thread
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LATER = 0.02
"""Seconds; by then such a callback has long returned."""


@contextmanager
def heeded() -> Iterator[None]:
    """Within this a Ctrl-C that Python would print and forget is raised again a moment later."""
    usual = sys.unraisablehook

    def again(lost: sys.UnraisableHookArgs) -> None:
        if lost.exc_type is not KeyboardInterrupt:
            usual(lost)
            return
        import threading

        timer = threading.Timer(LATER, _thread.interrupt_main)
        timer.daemon = True
        timer.start()

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = usual
