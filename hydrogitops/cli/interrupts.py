"""Ctrl-C, and being told to end, at any moment: nothing is left behind.

Also while Python runs what cannot raise: a finalizer, the callback of a weak reference.
"""

from __future__ import annotations

import _thread
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LATER = 0.02
"""Seconds; by then such a callback has long returned."""


@contextmanager
def heeded() -> Iterator[None]:
    """Within this a Ctrl-C that Python would print and forget is raised again a moment later.

    A pipeline that is cancelled and a terminal that is closed end the program as Ctrl-C does.
    """
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
    ends = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]
    for one in ends:
        signal.signal(one, signal.default_int_handler)
    try:
        yield
    finally:
        for one in ends:
            signal.signal(one, signal.SIG_DFL)
        sys.unraisablehook = usual
