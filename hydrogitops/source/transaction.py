"""Changes files and folders of a repository together: all of them or none, whenever the program is killed.

All that is new is written beside the repository's files, where nobody looks. A process of its own, which does not die
with the program, then notes in a journal what goes where, and moves it: a handful of renames. Should that process be
killed as well, `finish` does what the journal still says; every command that writes calls it first.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import stat
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydrogitops.model import UserError

INSIDE_GIT, BESIDE = ".git/hydrogitops", ".hydrogitops.pending"
"""Where what is new waits: in git's own folder, else in a hidden one, which ignores itself."""
SECONDS = 20
"""How long another change of the same repository is waited for."""
_JOURNAL = "journal.json"
_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of Linux."""


@dataclass(frozen=True, slots=True)
class New:
    """A file as it is to be; `mode` None: as that of the file in its place, else what the system gives a new one."""

    content: bytes
    mode: int | None = None


Change = New | Mapping[str, New] | None
"""A file; a folder, its files by their paths in it; None: nothing is to be left there."""


class ChangedError(Exception):
    """A file is not what it was any more when the change was made; the message is its path."""


def carry_out(root: Path, changes: Mapping[str, Change], expected: Mapping[str, bytes] | None = None) -> None:
    """Put each change in its place below `root`; paths are relative to it, none below another.

    `expected`: what files held when the change was thought out. OSError or ChangedError where it cannot be done; then
    everything is as before. UserError for a path that leads out of the repository, and where another command that
    changes it does not end.
    """
    root = Path(os.path.realpath(root))
    finish(root)
    for name in changes:
        _check_inside(root, name)
    with _locked(root):
        # Whoever waits for another command can still be interrupted here.
        work = _Work(root, _home(root), _exchange())
    _survived(lambda: work.whole(changes, expected or {}))


def finish(root: Path) -> None:
    """Do what a change that was cut off had begun, or clear away what it had only prepared. UserError."""
    root = Path(os.path.realpath(root))
    for home in (root / INSIDE_GIT, root / BESIDE):
        if home.is_symlink():
            # None of ours.
            _remove(home)
        elif home.exists():
            try:
                with _locked(root):
                    _Work(root, home, _exchange()).resume()
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise UserError(
                    f"a change that was cut off cannot be finished: {reason}", "run it again when that is mended"
                ) from None


@dataclass(frozen=True, slots=True)
class _Step:
    """`staged`: the number of what is moved to `target`, None: the target goes; `inode`: of whichever it is."""

    target: str
    number: int
    put: bool
    inode: int


@dataclass(frozen=True, slots=True)
class _Work:
    root: Path
    home: Path
    exchange: Callable[[Path, Path], bool]

    def whole(self, changes: Mapping[str, Change], expected: Mapping[str, bytes]) -> None:
        """A change from beginning to end; what raises has been taken back."""
        with _locked(self.root):
            try:
                steps = self._staged(changes)
                for name, content in expected.items():
                    if _content(self.root / name) != content:
                        raise ChangedError(name)
                self._note(steps)
            except BaseException:
                self._clear()
                raise
            self._all(steps)
            self._clear()

    def resume(self) -> None:
        self._all(self._noted())
        self._clear()

    def _noted(self) -> list[_Step]:
        """What the journal says; nothing where it is not one of ours: it may have come with a clone."""
        try:
            noted = json.loads((self.home / _JOURNAL).read_text(encoding="utf-8"))
            steps = [_Step(**one) for one in noted]
            return steps if _is_ours(self.root, steps) else []
        except (OSError, ValueError, TypeError, RecursionError, UserError):
            return []

    def _staged(self, changes: Mapping[str, Change]) -> list[_Step]:
        """Everything that is new written, nothing in its place yet."""
        self._clear()
        self.home.mkdir()
        (self.home / ".gitignore").write_text("*\n", encoding="utf-8")
        steps = []
        for number, (name, change) in enumerate(changes.items()):
            slot, target = self._slot(number), self.root / name
            if change is None:
                if os.path.lexists(target):
                    steps.append(_Step(name, number, put=False, inode=target.lstat().st_ino))
                continue
            if isinstance(change, New):
                _write(slot, change, target)
            else:
                for inner, file in change.items():
                    (slot / inner).parent.mkdir(parents=True, exist_ok=True)
                    _write(slot / inner, file, target / inner)
            steps.append(_Step(name, number, put=True, inode=slot.lstat().st_ino))
        return steps

    def _note(self, steps: Sequence[_Step]) -> None:
        noted = [{"target": s.target, "number": s.number, "put": s.put, "inode": s.inode} for s in steps]
        _write(self.home / "journal.new", New(json.dumps(noted).encode()), self.home)
        (self.home / "journal.new").rename(self.home / _JOURNAL)

    def _all(self, steps: Sequence[_Step]) -> None:
        done: list[_Step] = []
        made: list[Path] = []
        try:
            for step in steps:
                if not self._is_done(step):
                    made += _folders((self.root / step.target).parent)
                    self._do(step)
                    done.append(step)
        except OSError:
            for step in reversed(done):
                self._undo(step)
            for folder in reversed(made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            self._clear()
            raise

    def _is_done(self, step: _Step) -> bool:
        inode: int | None
        try:
            inode = (self.root / step.target).lstat().st_ino
        except FileNotFoundError:
            inode = None
        if step.put:
            # A folder that was moved entry by entry is another one, and its slot is gone.
            return inode == step.inode or not os.path.lexists(self._slot(step.number))
        return inode != step.inode

    def _do(self, step: _Step) -> None:
        target, slot = self.root / step.target, self._slot(step.number)
        if not step.put:
            _move(target, slot)
        elif not os.path.lexists(target):
            _move(slot, target)
        elif not self.exchange(slot, target):
            _move(target, self._old(step.number))
            _move(slot, target)

    def _undo(self, step: _Step) -> None:
        target, slot = self.root / step.target, self._slot(step.number)
        old = self._old(step.number) if os.path.lexists(self._old(step.number)) else slot
        if not step.put:
            _move(slot, target)
        elif not os.path.lexists(old):
            _move(target, slot)
        elif old != slot or not self.exchange(slot, target):
            _move(target, self.home / "gone")
            _move(old, target)

    def _slot(self, number: int) -> Path:
        return self.home / str(number)

    def _old(self, number: int) -> Path:
        return self.home / f"{number}.old"

    def _clear(self) -> None:
        """The journal goes first: what lies there without one is rubbish."""
        with contextlib.suppress(OSError):
            (self.home / _JOURNAL).unlink()
        _remove(self.home)


def _survived(work: Callable[[], None]) -> None:
    """Do it in a process that goes on when this one is killed, and wait for it."""
    if not hasattr(os, "fork"):
        work()
        return
    # Whoever looks at the files after a Ctrl-C must not see half of it: it is heeded when all is done.
    heeded = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        said = _answer(work)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
    outcome: dict[str, Any] = json.loads(said) if said else {"ended": True}
    if "changed" in outcome:
        raise ChangedError(outcome["changed"])
    if "mistake" in outcome:
        raise UserError(*outcome["mistake"])
    if outcome:
        code = outcome.get("errno", errno.EINTR)
        raise OSError(code, outcome.get("strerror", os.strerror(code)), outcome.get("filename"))


def _answer(work: Callable[[], None]) -> bytes:
    """What the process says that does the work; nothing where it was killed."""
    answer, told = os.pipe()
    with warnings.catch_warnings():
        # Threads of ours may be there; the child does nothing but system calls.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        _alone(work, told)
    os.close(told)
    with open(answer, "rb") as stream:  # noqa: PTH123 - a pipe
        said = stream.read()
    os.waitpid(child, 0)
    return said


def _alone(work: Callable[[], None], told: int) -> None:
    """The child: no terminal, no signals of the parent's, nothing of it but the pipe to answer with."""
    outcome: dict[str, Any] = {"errno": errno.EIO, "strerror": "the change could not be made"}
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        work()
        outcome = {}
    except ChangedError as error:
        outcome = {"changed": str(error)}
    except UserError as error:
        outcome = {"mistake": [error.message, error.hint]}
    except OSError as error:
        outcome = {"errno": error.errno or errno.EIO, "strerror": error.strerror, "filename": str(error.filename or "")}
    finally:
        with contextlib.suppress(OSError):
            os.write(told, json.dumps(outcome).encode())
        os._exit(0)


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One change at a time. UserError where another one takes too long."""
    try:
        import fcntl
    except ImportError:
        # A system without such locks.
        yield
        return
    folder = os.open(root, os.O_RDONLY)
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise UserError(
                        "another command is changing this repository", "try again when it has ended"
                    ) from None
                time.sleep(0.005)
            except OSError:
                # Not every file system locks folders.
                break
        yield
    finally:
        os.close(folder)


def _home(root: Path) -> Path:
    """A folder on the same file system."""
    git = root / ".git"
    if git.is_dir() and not git.is_symlink() and git.stat().st_dev == root.stat().st_dev:
        return root / INSIDE_GIT
    return root / BESIDE


def _check_inside(root: Path, name: str) -> None:
    real = os.path.realpath((root / name).parent)
    if real != str(root) and not real.startswith(f"{root}{os.sep}"):
        raise UserError(f"{name} would lie outside the repository", "a link of it leads out; make it a folder")


def _is_ours(root: Path, steps: Sequence[_Step]) -> bool:
    """Whether steps are such as are noted here: inside the repository, not in git's folder, none below another."""
    targets = []
    for step in steps:
        if not isinstance(step.target, str) or not all(type(one) is int for one in (step.number, step.inode)):
            return False
        parts = step.target.lower().split("/")
        if parts[0] == ".git" or not all(parts) or {".", ".."} & {*parts} or b"\0" in os.fsencode(step.target):
            return False
        _check_inside(root, step.target)
        targets.append("/".join(parts))
    return not any(one.startswith(f"{other}/") for one in targets for other in targets)


def _write(path: Path, new: New, target: Path) -> None:
    mode = new.mode
    if mode is None and target.is_file():
        mode = stat.S_IMODE(target.stat().st_mode)
    with path.open("xb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(new.content)
        file.flush()
        os.fsync(file.fileno())


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; the ones that were not there."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _move(path: Path, target: Path) -> None:
    """Rename; a folder that the system refuses to (one of a lower layer, in a container) entry by entry."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.ENOTEMPTY, errno.EEXIST) or not path.is_dir():
            raise
        target.mkdir(exist_ok=True)
        for entry in sorted(path.iterdir()):
            _move(entry, target / entry.name)
        path.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _exchange() -> Callable[[Path, Path], bool]:
    """What lets two paths change places in one moment; it says False where the system cannot."""
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return lambda _one, _other: False

    def exchange(one: Path, other: Path) -> bool:
        if not call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
            return True
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EXDEV):
            return False
        raise OSError(code, os.strerror(code), str(other))

    return exchange
