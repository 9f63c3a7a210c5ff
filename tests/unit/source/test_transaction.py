"""Several files and folders changed together: all of them or none."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.model import UserError
from hydrogitops.sealing import guard
from hydrogitops.source import transaction
from hydrogitops.source.transaction import BESIDE, INSIDE_GIT, ChangedError, New, carry_out, finish

BEFORE = {"README.md": b"old", "gone/a": b"a", "gone/b/c": b"c", "version/one": b"1", "version/two": b"2", "kept": b"k"}
CHANGES: dict[str, transaction.Change] = {
    "new/folder": {"x": New(b"x"), "y/z": New(b"z", 0o755)},
    "README.md": New(b"new"),
    "gone": None,
    "version": {"one": New(b"11")},
    "never": None,
}
AFTER = {"README.md": b"new", "new/folder/x": b"x", "new/folder/y/z": b"z", "version/one": b"11", "kept": b"k"}


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def folders(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}


@pytest.fixture(params=["with git", "without"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    root = tmp_path / "tree"
    for name, content in BEFORE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    if request.param == "with git":
        (root / ".git").mkdir()
    return root


def test_all_of_it(root: Path) -> None:
    (root / "README.md").chmod(0o640)
    carry_out(root, CHANGES)
    assert contents(root) == AFTER
    assert stat.S_IMODE((root / "README.md").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "new/folder/y/z").stat().st_mode) == 0o755
    assert folders(root) - {".git"} == {"new", "new/folder", "new/folder/y", "version"}


def _stop(call: Callable[..., Any], after: int, how: Callable[[], None]) -> Callable[..., Any]:
    """`call`, which comes to an end before it is called for the time `after`."""
    left = [after]

    def limited(*arguments: Any) -> Any:
        if left[0] == 0:
            how()
        left[0] -= 1
        return call(*arguments)

    return limited


def _refuse() -> None:
    raise OSError(errno.ENOSPC, "no space left")


@pytest.mark.parametrize("swaps", [True, False])
@pytest.mark.parametrize("at", range(4))
def test_what_fails_is_taken_back(root: Path, monkeypatch: pytest.MonkeyPatch, at: int, swaps: bool) -> None:
    if not swaps:
        monkeypatch.setattr(transaction, "_exchange", lambda: lambda _one, _other: False)
    before = folders(root)
    monkeypatch.setattr(transaction._Work, "_do", _stop(transaction._Work._do, at, _refuse))
    with pytest.raises(OSError, match="no space left"):
        carry_out(root, CHANGES)
    assert contents(root) == BEFORE and folders(root) == before


@pytest.mark.parametrize("swaps", [True, False])
@pytest.mark.parametrize("at", range(4))
def test_what_is_cut_off_is_finished_by_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch, at: int, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(transaction, "_exchange", lambda: lambda _one, _other: False)
    with monkeypatch.context() as cut:
        # The process that moves is killed as well.
        cut.setattr(transaction._Work, "_do", _stop(transaction._Work._do, at, lambda: os._exit(9)))
        with pytest.raises(OSError, match=os.strerror(errno.EINTR)):
            carry_out(root, CHANGES)
    assert os.path.lexists(root / INSIDE_GIT) or os.path.lexists(root / BESIDE)
    finish(root)
    assert contents(root) == AFTER
    assert not os.path.lexists(root / INSIDE_GIT) and not os.path.lexists(root / BESIDE)


def test_what_is_cut_off_before_its_journal_is_as_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(transaction._Work, "_note", lambda *_: os._exit(9))
        with pytest.raises(OSError, match=os.strerror(errno.EINTR)):
            carry_out(root, CHANGES)
    finish(root)
    assert contents(root) == BEFORE


@pytest.mark.parametrize("at", range(1, 12))
def test_halves_of_a_move_are_finished_too(root: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """A folder that the system does not rename goes entry by entry, and that may be cut off anywhere."""
    monkeypatch.setattr(transaction, "_exchange", lambda: lambda _one, _other: False)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.is_dir() and self.parent == root:
            raise OSError(errno.EXDEV, "another device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with monkeypatch.context() as cut:
        cut.setattr(transaction, "_move", _stop(transaction._move, at, lambda: os._exit(9)))
        try:
            carry_out(root, CHANGES)
        except OSError as error:
            assert error.errno == errno.EINTR
    finish(root)
    assert contents(root) == AFTER


def test_a_file_that_is_another_by_now(root: Path) -> None:
    with pytest.raises(ChangedError, match="kept"):
        carry_out(root, CHANGES, {"README.md": b"old", "kept": b"other"})
    assert contents(root) == BEFORE
    assert not os.path.lexists(root / BESIDE)


def test_a_link_that_leads_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (root / "link").symlink_to(tmp_path / "out")
    with pytest.raises(UserError, match="outside the repository"):
        carry_out(root, {"link/x": New(b"x")})
    assert not (tmp_path / "out/x").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "../out"},
        {"target": "link/out"},
        {"target": ""},
        {"target": ".git/hooks/pre-commit"},
        {"target": "a/../.git"},
        {"target": 1},
        {"number": "../kept"},
        {"inode": None},
        {"more": 1},
    ],
)
def test_a_journal_that_came_with_a_clone_changes_nothing(root: Path, tmp_path: Path, wrong: dict[str, Any]) -> None:
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    home = root / BESIDE
    home.mkdir()
    for slot in ("0", "1"):
        (home / slot).write_text("theirs")
    first = {"target": "README.md", "number": 0, "put": True, "inode": 1}
    second = {"target": "fine", "number": 1, "put": True, "inode": 1} | wrong
    (home / "journal.json").write_text(json.dumps([first, second]))
    before = {path for path in tmp_path.rglob("*") if home not in (path, *path.parents)}
    finish(root)
    assert set(tmp_path.rglob("*")) == before
    assert contents(root) == BEFORE


def test_a_home_that_is_a_link_is_only_taken_away(root: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "journal.json").write_text('[{"target": "README.md", "number": 0, "put": true, "inode": 1}]')
    (theirs / "0").write_text("x")
    (root / BESIDE).symlink_to(theirs)
    finish(root)
    assert contents(root) == BEFORE and not os.path.lexists(root / BESIDE)
    assert sorted(path.name for path in theirs.iterdir()) == ["0", "journal.json"]


def test_what_was_moved_entry_by_entry_to_its_end_is_done(root: Path) -> None:
    """Its folder is another one than the journal says, and nothing is left to be moved."""
    home = root / BESIDE
    home.mkdir()
    (home / "journal.json").write_text('[{"target": "version", "number": 0, "put": true, "inode": 1}]')
    finish(root)
    assert contents(root) == BEFORE and not os.path.lexists(home)


def test_what_cannot_be_finished_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(transaction._Work, "_do", _stop(transaction._Work._do, 2, lambda: os._exit(9)))
        with pytest.raises(OSError, match=os.strerror(errno.EINTR)):
            carry_out(root, CHANGES)
    monkeypatch.setattr(transaction._Work, "_do", _stop(transaction._Work._do, 0, _refuse))
    with pytest.raises(UserError, match="a change that was cut off cannot be finished: no space left"):
        finish(root)


def test_a_user_made_something_in_place_of_what_goes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that is finished later takes away only what it meant."""
    with monkeypatch.context() as cut:
        cut.setattr(transaction._Work, "_do", _stop(transaction._Work._do, 0, lambda: os._exit(9)))
        with pytest.raises(OSError, match=os.strerror(errno.EINTR)):
            carry_out(root, {"gone": None})
    (root / "gone").rename(root / "elsewhere")
    (root / "gone").write_text("mine")
    finish(root)
    assert (root / "gone").read_text() == "mine" and (root / "elsewhere/a").read_bytes() == b"a"


def test_one_at_a_time(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "SECONDS", 0)
    with guard.alone(root), pytest.raises(UserError, match="another command is changing this repository"):
        carry_out(root, CHANGES)
    assert contents(root) == BEFORE
    carry_out(root, CHANGES)
    assert contents(root) == AFTER


def test_seal_finishes_what_was_cut_off(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(transaction._Work, "_do", _stop(transaction._Work._do, 2, lambda: os._exit(9)))
        with pytest.raises(OSError, match=os.strerror(errno.EINTR)):
            carry_out(root, CHANGES)
    with guard.alone(root):
        assert contents(root) == AFTER


def test_an_interrupt_waits_until_it_is_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = transaction._Work.whole

    def interrupting(self: transaction._Work, *rest: Any) -> None:
        os.kill(os.getppid(), signal.SIGINT)
        real(self, *rest)

    monkeypatch.setattr(transaction._Work, "whole", interrupting)
    with pytest.raises(KeyboardInterrupt):
        carry_out(root, CHANGES)
    assert contents(root) == AFTER


def test_it_is_done_though_the_program_is_killed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it waits: the process that moves goes on."""
    started, go, alive = os.pipe(), os.pipe(), os.pipe()

    def waiting(self: transaction._Work, *rest: Any) -> None:
        os.write(started[1], b"x")
        os.read(go[0], 1)
        real(self, *rest)

    real = transaction._Work.whole
    monkeypatch.setattr(transaction._Work, "whole", waiting)
    program = os.fork()
    if not program:
        carry_out(root, CHANGES)
        os._exit(0)
    os.close(alive[1])
    os.read(started[0], 1)
    os.kill(program, signal.SIGKILL)
    os.waitpid(program, 0)
    assert contents(root) == BEFORE
    os.write(go[1], b"x")
    # Whoever still has the other end is at work; then there is nobody.
    assert os.read(alive[0], 1) == b""
    assert contents(root) == AFTER
    assert not os.path.lexists(root / INSIDE_GIT) and not os.path.lexists(root / BESIDE)
