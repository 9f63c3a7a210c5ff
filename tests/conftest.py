"""The same ground for all tests, whoever starts them."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Let an interrupt interrupt: a shell has it ignored in what it starts in the background, and children inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
