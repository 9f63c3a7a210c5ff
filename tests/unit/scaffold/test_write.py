"""A repository gets on disk whole or not at all."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import git
import pytest

from hydrogitops.model import Coverage, Finding, Report, UserError
from hydrogitops.scaffold.parts import File
from hydrogitops.scaffold.write import IDENTITY, write

from .folders import names

FILES = (File("README.md", b"hello\n"), File("apps/values.yaml", b"a: 1\n"))
CLEAN = Report((), Coverage())


def finding(severity: str, **more: object) -> Finding:
    fields: dict[str, object] = {
        "rule": "a/b",
        "severity": severity,
        "message": "broken",
        "file": "apps/values.yaml",
        "line": 1,
        "column": 1,
        "end_line": 1,
        "end_column": 2,
        "environments": (),
        "occurrences": (),
        "related": (),
        "evidence": "source",
        "origin": "proven",
        "fix": None,
        "fingerprint": "",
    }
    return Finding(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose git knows nobody."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "prod-cluster"


def test_files_are_there_and_nothing_else(target: Path) -> None:
    assert write(FILES, target, lint=lambda _: CLEAN, git=False) == ()
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*")) == [
        "README.md",
        "apps",
        "apps/values.yaml",
    ]
    assert (target / "apps/values.yaml").read_bytes() == b"a: 1\n"
    assert names(target.parent) == ["prod-cluster"]


def test_the_folder_has_the_rights_of_any_other(target: Path) -> None:
    write(FILES, target, lint=lambda _: CLEAN, git=False)
    (target.parent / "other").mkdir()
    assert target.stat().st_mode == (target.parent / "other").stat().st_mode


def test_what_is_judged_is_what_is_moved(target: Path) -> None:
    judged: list[tuple[Path, list[str]]] = []

    def lint(folder: Path) -> Report:
        assert not target.exists()
        judged.append((folder, names(folder)))
        return Report((finding("warning"), finding("error", suppressed={"by": "comment"})), Coverage())

    write(FILES, target, lint=lint, git=False)
    ((folder, found),) = judged
    assert found == ["README.md", "apps"]
    assert folder.parent == target.parent
    assert not folder.exists()


def test_an_environment_that_renders_to_nothing_is_no_repository(tmp_path: Path) -> None:
    report = Report((), Coverage(), incomplete=("prod renders to nothing: no way",))
    with pytest.raises(UserError, match="prod renders to nothing: no way") as caught:
        write(FILES, tmp_path / "x", lint=lambda _: report, git=False)
    assert "--chart" in (caught.value.hint or "")
    assert names(tmp_path) == []


def test_an_error_stops_everything(target: Path) -> None:
    with pytest.raises(UserError, match=r"apps/values.yaml:1: broken \[a/b\]"):
        write(FILES, target, lint=lambda _: Report((finding("error"),), Coverage()), git=False)
    assert names(target.parent) == []


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), RuntimeError("bug"), UserError("bad configuration")])
def test_whatever_happens_nothing_is_left_behind(target: Path, raised: BaseException) -> None:
    def lint(_: Path) -> Report:
        raise raised

    with pytest.raises(type(raised)):
        write(FILES, target, lint=lint, git=False)
    assert names(target.parent) == []


def test_a_full_disk(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def write_bytes(path: Path, data: bytes) -> int:
        if path.name == "values.yaml":
            real(path, data[:2])
            raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(UserError, match="cannot write prod-cluster: no space left on device; nothing was left behind"):
        write(FILES, target, lint=lambda _: CLEAN, git=False)
    assert names(target.parent) == []


class Usage(NamedTuple):
    free: int


@pytest.mark.parametrize(
    ("printed", "cause", "free", "full"),
    [
        ("", None, 0, True),
        ("", None, 2**30, False),
        ("fatal: cannot mkdir .git: No space left on device", None, 2**30, True),
        ("error: Disk quota exceeded", None, 2**30, True),
        ("", OSError(28, "No space left on device"), 2**30, True),
        ("fatal: bad config line 1 in file /root/.gitconfig", None, 0, False),
    ],
)
def test_a_disk_that_is_full_for_git_alone(
    target: Path, monkeypatch: pytest.MonkeyPatch, printed: str, cause: OSError | None, free: int, full: bool
) -> None:
    def init(*_: object, **__: object) -> None:
        raise git.GitCommandError(["git", "init"], 128, stderr=printed) from cause

    monkeypatch.setattr(git.Repo, "init", init)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free))
    if full:
        with pytest.raises(UserError, match="cannot write prod-cluster: no space left on device"):
            write(FILES, target, lint=lambda _: CLEAN, git=True)
        assert names(target.parent) == []
    else:
        (remark,) = write(FILES, target, lint=lambda _: CLEAN, git=True)
        assert remark.startswith("git refused the first commit (")
        assert "()" not in remark


def test_a_folder_that_takes_nothing(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdtemp(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(UserError, match=r"cannot write into .*: permission denied"):
        write(FILES, target, lint=lambda _: CLEAN, git=False)


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "dangling link"])
def test_what_is_there_stays(target: Path, kind: str) -> None:
    if kind == "file":
        target.write_text("mine", encoding="utf-8")
    elif kind == "dangling link":
        target.symlink_to("nowhere")
    else:
        target.mkdir()
        if kind == "folder":
            (target / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is there already"):
        write(FILES, target, lint=lambda _: CLEAN, git=False)
    assert names(target.parent) == ["prod-cluster"]


def test_what_appears_in_the_meantime_stays(target: Path) -> None:
    def lint(_: Path) -> Report:
        target.mkdir()
        return CLEAN

    with pytest.raises(UserError, match="is there already"):
        write(FILES, target, lint=lint, git=False)
    assert names(target.parent) == ["prod-cluster"]
    assert names(target) == []


def test_no_place_to_write_to(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no folder"):
        write(FILES, tmp_path / "missing" / "x", lint=lambda _: CLEAN, git=False)


def test_the_first_commit_holds_everything(target: Path) -> None:
    import git

    (remark,) = write(
        FILES, target, lint=lambda _: CLEAN, git=True, branch="trunk", remote="https://git.example.com/a/b.git"
    )
    assert "knows no user.name" in remark
    with git.Repo(target) as repository:
        assert not repository.is_dirty(untracked_files=True)
        assert repository.active_branch.name == "trunk"
        (commit,) = repository.iter_commits()
        assert (commit.author.name, commit.author.email) == IDENTITY
        assert (commit.committer.name, commit.committer.email) == IDENTITY
        assert sorted(str(blob.path) for blob in commit.tree.traverse() if blob.type == "blob") == [  # type: ignore[union-attr]
            "README.md",
            "apps/values.yaml",
        ]
        assert repository.remote("origin").url == "https://git.example.com/a/b.git"
        with repository.config_reader("repository") as configuration:
            assert not configuration.has_section("user"), "the identity is for that commit alone"


def test_who_is_known_commits(target: Path, home: Path) -> None:
    import git

    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n", encoding="utf-8")
    assert write(FILES, target, lint=lambda _: CLEAN, git=True) == ()
    with git.Repo(target) as repository:
        assert repository.head.commit.author.name == "Ada"


def test_hooks_of_a_template_do_not_run(target: Path, home: Path) -> None:
    hooks = home / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "pre-commit").write_text("#!/bin/sh\ntouch ran\nexit 1\n", encoding="utf-8")
    (hooks / "pre-commit").chmod(0o755)
    (home / ".gitconfig").write_text(f"[init]\n\ttemplateDir = {home / 'template'}\n", encoding="utf-8")
    write(FILES, target, lint=lambda _: CLEAN, git=True)
    assert names(target) == [".git", "README.md", "apps"]


def test_no_git_on_the_machine(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(target.parent))
    (remark,) = write(FILES, target, lint=lambda _: CLEAN, git=True)
    assert "no git on this machine" in remark
    assert names(target) == ["README.md", "apps"]


@pytest.mark.parametrize("imported", [True, False])
def test_a_git_that_refuses(target: Path, home: Path, monkeypatch: pytest.MonkeyPatch, *, imported: bool) -> None:
    """A broken configuration stops git: at the first commit, or already while GitPython is imported."""
    if imported:
        importlib.import_module("git")
    else:
        for name in [name for name in sys.modules if name == "git" or name.startswith("git.")]:
            monkeypatch.delitem(sys.modules, name)
    (home / ".gitconfig").write_text("[core\n", encoding="utf-8")
    (remark,) = write(FILES, target, lint=lambda _: CLEAN, git=True)
    assert "git refused" in remark
    assert "bad config line 1" in remark
    assert names(target) == ["README.md", "apps"]
