"""Ctrl-C while Python runs what cannot raise, and other ways to be told to end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import signal, sys, threading
from hydrogitops.cli.interrupts import heeded

class Kept:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        for _ in range(10):
            pass

usual = sys.unraisablehook
try:
    with heeded():
        Kept()
        threading.Event().wait(30)
except KeyboardInterrupt:
    print("interrupted")
assert sys.unraisablehook is usual
"""


def test_an_interrupt_in_a_finalizer_ends_the_run_all_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


def test_other_errors_of_finalizers_are_shown_as_ever() -> None:
    program = PROGRAM.replace("signal.raise_signal(signal.SIGINT)", "raise ValueError").replace("wait(30)", "wait(0)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "ValueError" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_is_an_interrupt(number: signal.Signals) -> None:
    program = f"""
import signal, threading
from hydrogitops.cli.interrupts import heeded

# Whoever runs the tests with nohup has it ignored.
signal.signal({int(number)}, signal.SIG_DFL)
try:
    with heeded():
        signal.raise_signal({int(number)})
        threading.Event().wait(30)
except KeyboardInterrupt:
    print("interrupted", flush=True)
signal.raise_signal({int(number)})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-number, "interrupted\n", "")
