"""Files of a revision: as they are stored, nothing executed, nothing written outside, nothing fetched."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrogitops.model import UserError
from hydrogitops.repo import git, stored
from hydrogitops.repo.stored import TreeError


@dataclass(frozen=True, slots=True)
class Repository:
    root: Path

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, capture_output=True, check=True, timeout=60, input=stdin
        )
        return done.stdout.decode().strip()

    def write(self, name: str, data: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def commit(self) -> str:
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "m")
        return self.git("rev-parse", "HEAD")

    def tree(self, *lines: str) -> str:
        """A commit of a tree that git itself would not make; each line as `ls-tree` prints it."""
        raw = b""
        for line in lines:
            mode, blob, name = line.split(" ", 2)
            raw += mode.encode() + b" " + name.encode() + b"\0" + bytes.fromhex(blob)
        made = self.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=raw)
        return self.git("commit-tree", made, "-m", "m")

    def blob(self, data: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=data)


def stage(folder: Path) -> git.Stage:
    found = git.Asked(folder, staged=True).stage
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _only_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    made = Repository(root)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "outside" / "target"
    folder.mkdir(parents=True)
    return folder


def written(target: Path) -> dict[str, bytes | str]:
    """Every file below a folder with its bytes, links with where they point."""
    found: dict[str, bytes | str] = {}
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


FILES = {
    "a.yaml": b"a: 1\r\nb: \xff\n",
    "empty": b"",
    "folder/deep/b.yaml": b"b: 2\n",
    'folder/\xc3\xb6 "x"\t\n.yaml'.encode("latin-1").decode(): b"odd name\n",
    "bytes": bytes(range(256)) * 40,
}


def test_files_are_written_byte_for_byte(repository: Repository, target: Path) -> None:
    for name, data in FILES.items():
        repository.write(name, data)
    commit = repository.commit()
    repository.write("a.yaml", b"later\n")
    assert stored.export(repository.root, commit, target) == tuple(sorted(FILES))
    assert written(target) == FILES


def test_nothing_that_a_repository_names_is_run_or_expanded(
    repository: Repository, target: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    files = {
        ".gitattributes": b"*.yaml filter=own export-subst text eol=crlf ident\nhidden export-ignore\n",
        "a.yaml": b"id: $Id$\nhash: $Format:%H$\n",
        "hidden": b"x",
    }
    for name, data in files.items():
        repository.write(name, data)
    commit = repository.commit()
    for key in ("smudge", "clean", "process"):
        repository.git("config", f"filter.own.{key}", f"touch {ran}")
    hook = repository.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {ran}\n".encode())
    hook.chmod(0o755)
    stored.export(repository.root, commit, target)
    assert written(target) == files
    assert not ran.exists()


def test_nothing_is_executable(repository: Repository, target: Path) -> None:
    repository.write("run.sh", b"#!/bin/sh\n").chmod(0o755)
    stored.export(repository.root, repository.commit(), target)
    assert not (target / "run.sh").stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


@pytest.mark.parametrize(
    ("links", "kept"),
    [
        ({"l": "a.yaml"}, {"l"}),
        ({"d/l": "../a.yaml"}, {"d/l"}),
        ({"l": "folder"}, {"l"}),
        ({"l": "gone"}, {"l"}),
        ({"l": "/etc/passwd"}, set()),
        ({"l": "../secret"}, set()),
        ({"d/l": "../../secret"}, set()),
        ({"l": "folder/../../secret"}, set()),
        # `d/up` is the root itself, so `d/out` would be one above it, though its text looks as if it stayed.
        ({"d/up": "..", "d/out": "up/../secret"}, {"d/up"}),
        ({"a1": "a2", "a2": "a1"}, {"a1", "a2"}),
    ],
)
def test_links_are_written_where_they_stay_inside(
    links: dict[str, str], kept: set[str], repository: Repository, target: Path
) -> None:
    (target.parent / "secret").write_text("x")
    repository.write("a.yaml", b"a: 1\n")
    repository.write("folder/b.yaml", b"b: 1\n")
    for name, text in links.items():
        (repository.root / name).parent.mkdir(exist_ok=True)
        (repository.root / name).symlink_to(text)
    stored.export(repository.root, repository.commit(), target)
    assert {name for name, data in written(target).items() if isinstance(data, str)} == kept


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "."])
def test_names_that_lead_out_are_left_out(name: str, repository: Repository, target: Path) -> None:
    blob = repository.blob(b"x")
    inner = repository.git("mktree", stdin=f"100644 blob {blob}\tx\n".encode())
    commit = repository.tree(f"40000 {inner} {name}", f"100644 {blob} fine")
    assert stored.export(repository.root, commit, target) == ("fine",)
    assert written(target) == {"fine": b"x"}
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_file_is_never_written_through_a_link(repository: Repository, target: Path) -> None:
    """A link and a folder of one name, which only a tree made by hand can hold."""
    blob, text = repository.blob(b"x"), repository.blob(b"..")
    inner = repository.git("mktree", stdin=f"100644 blob {blob}\tescaped\n".encode())
    stored.export(repository.root, repository.tree(f"120000 {text} l", f"40000 {inner} l"), target)
    assert not (target.parent / "escaped").exists()


def test_a_submodule_is_left_out(repository: Repository, target: Path) -> None:
    blob = repository.blob(b"x")
    commit = repository.tree(f"100644 {blob} a", f"160000 {'12' * 20} module")
    assert stored.export(repository.root, commit, target) == ("a",)


def test_a_folder_of_a_larger_repository(repository: Repository, target: Path) -> None:
    repository.write("above.yaml", b"x")
    repository.write("part/a.yaml", b"a: 1\n")
    repository.write("part/b/c.yaml", b"c: 1\n")
    commit = repository.commit()
    part = repository.root / "part"
    assert stored.export(part, commit, target) == ("a.yaml", "b/c.yaml")
    assert stored.contents(part, commit, {"a.yaml", "above.yaml"}) == {"a.yaml": b"a: 1\n"}


def test_contents_are_those_that_a_commit_has(repository: Repository) -> None:
    repository.write("a.yaml", b"a: 1\n")
    repository.write("same.yaml", b"a: 1\n")
    (repository.root / "l.yaml").symlink_to("a.yaml")
    commit = repository.commit()
    asked = frozenset(("a.yaml", "same.yaml", "l.yaml", "gone.yaml"))
    assert stored.contents(repository.root, commit, asked) == {"a.yaml": b"a: 1\n", "same.yaml": b"a: 1\n"}


def test_too_many_bytes_or_files_are_refused(
    repository: Repository, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        repository.write(name, name.encode() * 10)
    commit = repository.commit()
    for bound, value in (("LARGEST_TREE", 29), ("MOST_FILES", 2)):
        with monkeypatch.context() as patched, pytest.raises(TreeError):
            patched.setattr(stored, bound, value)
            stored.export(repository.root, commit, target)
    assert written(target) == {}
    monkeypatch.setattr(stored, "LARGEST_BLOB", 9)
    assert stored.export(repository.root, commit, target) == ("a", "b", "c")
    assert written(target) == {}


def test_an_unknown_commit_and_a_missing_file_are_said(repository: Repository, target: Path) -> None:
    repository.write("a", b"a")
    commit = repository.commit()
    with pytest.raises(TreeError):
        stored.export(repository.root, "1" * 40, target)
    blob = repository.git("rev-parse", f"{commit}:a")
    (repository.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(TreeError):
        stored.export(repository.root, commit, target)


def test_what_a_partial_clone_lacks_is_not_fetched(repository: Repository, tmp_path: Path, target: Path) -> None:
    repository.write("a", b"a")
    repository.commit()
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(tmp_path / "clone")
    repository.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repository.root}", "../clone")
    before = clone.git("count-objects", "-v")
    with pytest.raises(TreeError):
        stored.export(clone.root, clone.git("rev-parse", "HEAD"), target)
    assert clone.git("count-objects", "-v") == before


def test_the_commit_that_a_branch_left(repository: Repository) -> None:
    repository.write("a", b"1")
    first = repository.commit()
    assert git.head(repository.root) == first
    repository.git("switch", "--quiet", "--create", "branch")
    repository.write("a", b"2")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.write("b", b"3")
    later = repository.commit()
    repository.git("switch", "--quiet", "branch")
    assert git.fork(repository.root, "main") == first
    repository.git("switch", "--quiet", "--orphan", "alone")
    repository.commit()
    assert git.fork(repository.root, "main") == later
    with pytest.raises(UserError):
        git.fork(repository.root, "--output=x")


def test_before_the_first_commit_there_is_no_head(repository: Repository, tmp_path: Path) -> None:
    assert git.head(repository.root) is None
    assert git.head(tmp_path) is None


def test_questions_leave_the_index_as_it_is(repository: Repository) -> None:
    """`git diff` notes in it that a file was touched and is the same; a judged repository is only read."""
    for name in ("same.yaml", "sub/changed.yaml", "sub/staged.yaml", "sub/gone.yaml"):
        repository.write(name, b"a: 1\n")
    first = repository.commit()
    repository.write("sub/staged.yaml", b"a: 2\n")
    repository.git("add", "sub/staged.yaml")
    repository.write("sub/staged.yaml", b"a: 3\n")
    repository.write("sub/changed.yaml", b"a: 2\n")
    repository.write("sub/new name.yaml", b"a: 1\n")
    (repository.root / "sub/gone.yaml").unlink()
    os.utime(repository.root / "same.yaml", (1, 1))
    index = repository.root / ".git/index"
    before = index.read_bytes()
    assert stage(repository.root).names == ("sub/staged.yaml",)
    changed = ["changed.yaml", "gone.yaml", "new name.yaml", "staged.yaml"]
    assert git.changed(repository.root, first) == [f"sub/{name}" for name in changed]
    assert git.changed(repository.root / "sub", first) == changed
    covered = stage(repository.root / "sub").covered
    assert [one.name for one in covered] == ["changed.yaml", "gone.yaml", "staged.yaml"]
    contents = stored.of_entries(repository.root / "sub", covered)
    assert contents == {"changed.yaml": b"a: 1\n", "gone.yaml": b"a: 1\n", "staged.yaml": b"a: 2\n"}
    assert index.read_bytes() == before


def test_what_is_staged_and_what_it_was(repository: Repository) -> None:
    kept = {'a "b".yaml': b"a: 1\n", "gone.yaml": b"b: 1\n", "new\nline.yaml": b"c: 1\n", "moved.yaml": b"d: 1\n"}
    for name, data in kept.items():
        repository.write(name, data)
    repository.write("large.yaml", b"x" * 99)
    assert stage(repository.root) == git.Stage(None, None, (), ())
    repository.git("add", "--all")
    assert stage(repository.root) == git.Stage(None, tuple(sorted([*kept, "large.yaml"])), (), ())
    first = repository.commit()
    assert stage(repository.root) == git.Stage(first, None, (), ())
    repository.write('a "b".yaml', b"a: 2\n")
    repository.write("new\nline.yaml", b"c: 2\n")
    repository.write("large.yaml", b"y")
    repository.write("added é.yaml", b"e: 1\n")
    repository.git("mv", "moved.yaml", "sub.yaml")
    repository.git("rm", "--quiet", "gone.yaml")
    repository.git("add", "--all")
    repository.write("announced.yaml", b"f: 1\n")
    repository.git("add", "--intent-to-add", "announced.yaml")
    found = stage(repository.root)
    assert found.names == tuple(sorted([*kept, "large.yaml", "added é.yaml", "sub.yaml"]))
    assert stored.of_entries(repository.root, found.before) == {**kept, "large.yaml": b"x" * 99}
    assert found.covered == ()


def test_what_is_too_large_is_passed_over(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git does not state the size of what is staged."""
    for name in ("a", "large", "z"):
        repository.write(name, name.encode() * (3 if name == "large" else 1))
        repository.git("add", name)
        (repository.root / name).unlink()
    monkeypatch.setattr(stored, "LARGEST_BLOB", 9)
    monkeypatch.setattr(stored, "_PIECE", 4)
    assert stored.of_entries(repository.root, stage(repository.root).covered) == {"a": b"a", "z": b"z"}


def test_with_nothing_staged_all_that_lies_there_is_listed(repository: Repository) -> None:
    repository.write("sub/a", b"a")
    repository.commit()
    repository.write("sub/b", b"b")
    assert git.Asked(repository.root, staged=True).files == ["sub/a", "sub/b"]
    assert git.Asked(repository.root / "sub", staged=True).files == ["a", "b"]
    repository.write("c", b"c")
    repository.git("add", "c")
    # Something is staged, though not here.
    asked = git.Asked(repository.root / "sub", staged=True)
    assert asked.stage is not None
    assert (asked.stage.names, asked.files) == ((), ["a", "b"])
    repository.git("add", "sub/b")
    assert git.Asked(repository.root / "sub", staged=True).files == ["a", "b"]
    repository.write("sub/d", b"d")
    assert git.Asked(repository.root / "sub", staged=True).files == ["a", "b"]


def test_where_the_work_tree_begins_says_git(repository: Repository) -> None:
    """A `.git` that is none is passed over, and `core.worktree` may lead upwards."""
    repository.write("sub/a.yaml", b"a: 1\n")
    repository.commit()
    (repository.root / "sub/.git").mkdir()
    repository.write("sub/a.yaml", b"a: 2\n")
    repository.git("add", "sub/a.yaml")
    found = stage(repository.root / "sub")
    assert found.names == ("a.yaml",)
    assert stored.of_entries(repository.root / "sub", found.before) == {"a.yaml": b"a: 1\n"}
    repository.write("sub/a.yaml", b"a: 3\n")
    assert [one.name for one in stage(repository.root / "sub").covered] == ["a.yaml"]
    assert git.changed(repository.root / "sub", "HEAD") == ["a.yaml"]


def test_a_work_tree_that_begins_above_its_git(repository: Repository) -> None:
    repository.write("a.yaml", b"a: 1\n")
    repository.git("config", "core.worktree", str(repository.root.parent))
    repository.git("add", "a.yaml")
    assert stage(repository.root).names == ("a.yaml",)


@pytest.mark.parametrize("first", ["", ".", "bin"])
def test_a_program_of_the_repository_is_never_git(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    repository.write("a", b"a")
    repository.commit()
    for name in ("git", "bin/git"):
        repository.write(name, b"#!/bin/sh\ntouch ran\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
    assert git.files(repository.root) == ["a", "bin/git", "git"]
    assert stored.export(repository.root, git.commit(repository.root, "HEAD"), repository.root / "out") == ("a",)
    monkeypatch.setenv("PATH", first or ".")
    assert not git.available()
    assert git.files(repository.root) is None
    assert not (repository.root / "ran").exists()


def test_a_git_that_says_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "silent/git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(UserError, match="what is staged"):
        stage(repository.root)


def test_settings_and_a_stash_change_nothing(repository: Repository) -> None:
    repository.write("a.yaml", b"a: 1\n")
    repository.commit()
    repository.write("a.yaml", b"a: 2\n")
    repository.git("stash", "--quiet")
    repository.write("b.yaml", b"b: 1\n")
    repository.git("add", "b.yaml")
    for name, value in {
        "showStash": "true",
        "branch": "true",
        "renames": "copies",
        "showUntrackedFiles": "all",
    }.items():
        repository.git("config", f"status.{name}", value)
    assert stage(repository.root).names == ("b.yaml",)


def test_what_a_filter_outside_refuses_is_in_nobodys_way(repository: Repository) -> None:
    """Such as that of git-lfs, where it is not installed."""
    repository.write("sub/a.yaml", b"a: 1\n")
    repository.write("large.bin", b"1")
    repository.commit()
    repository.write("sub/a.yaml", b"a: 2\n")
    repository.git("add", "sub")
    repository.write(".gitattributes", b"*.bin filter=gone\n")
    repository.git("config", "filter.gone.clean", "false")
    repository.git("config", "filter.gone.required", "true")
    repository.write("large.bin", b"2")
    assert stage(repository.root / "sub").names == ("a.yaml",)


def test_too_many_bytes_of_entries_are_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        repository.write(name, name.encode() * 10)
    repository.git("add", "--all")
    for name in ("a", "b", "c"):
        repository.write(name, b"x")
    covered = stage(repository.root).covered
    for bound, value in (("LARGEST_TREE", 29), ("MOST_FILES", 2)):
        with monkeypatch.context() as patched, pytest.raises(TreeError, match="more than"):
            patched.setattr(stored, bound, value)
            stored.of_entries(repository.root, covered)
    lost = git.Entry("gone", "100644", "0" * 39 + "1", git.UNKNOWN)
    with pytest.raises(TreeError, match="a clone without its files"):
        stored.of_entries(repository.root, [lost])


def test_a_file_in_conflict_is_changed_and_covers_nothing(repository: Repository) -> None:
    repository.write("a.yaml", b"a: 1\n")
    first = repository.commit()
    repository.git("checkout", "--quiet", "-b", "other")
    repository.write("a.yaml", b"a: 2\n")
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    repository.write("a.yaml", b"a: 3\n")
    repository.commit()
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "other")
    assert git.changed(repository.root, first) == ["a.yaml"]
    found = stage(repository.root)
    assert (found.names, found.covered) == (("a.yaml",), ())
    # Ours is what the last commit has.
    assert stored.of_entries(repository.root, found.before) == {"a.yaml": b"a: 3\n"}


@pytest.mark.parametrize(
    "ask",
    [stage, lambda folder: git.since(folder, "main"), lambda folder: git.commit(folder, "HEAD")],
    ids=["staged", "since", "commit"],
)
def test_a_repository_of_another_user_is_named_as_such(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], object]
) -> None:
    repository.commit()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UserError, match="belongs to another user") as refused:
        ask(repository.root)
    assert refused.value.hint == f"git config --global --add safe.directory {repository.root}"
