"""Temporary folders are gone afterwards, whenever Ctrl-C comes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.source.temporary import temporary_folder


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_folder_for_one_user_that_is_gone_afterwards(tmp_path: Path) -> None:
    with temporary_folder("hydrogitops-") as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith("hydrogitops-")
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a").mkdir()
    assert list(tmp_path.iterdir()) == []


def test_interrupted_in_use(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), temporary_folder("hydrogitops-") as folder:
        (folder / "a").write_text("")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_interrupted_while_it_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove, calls = shutil.rmtree, iter((True, False))

    def interrupted(folder: Path, **options: Any) -> None:
        if next(calls):
            raise KeyboardInterrupt
        remove(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder("hydrogitops-") as folder:
        (folder / "a").write_text("")
    assert list(tmp_path.iterdir()) == []


def test_interrupted_while_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Path.mkdir

    def interrupted(folder: Path, mode: int = 0o777) -> None:
        make(folder, mode)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), temporary_folder("hydrogitops-"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_no_place_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError), temporary_folder("hydrogitops-"):
        pass
