"""Which environments `--staged` and `--since` reach: a small repository, a change in git, no engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrogitops.cli.root import run as command_line
from hydrogitops.linter import look
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Coverage, Report, UserError

ALL = ("dev", "prod", "staging")
CHARTED = ("prod", "staging")
EVERYTHING = "nothing is staged, so everything is judged"
UNREACHED = "the changes reach no environment"


def overlay(*, chart: bool) -> str:
    text = "resources:\n  - ../../base\n  - settings.yaml\n"
    if chart:
        text += (
            "helmGlobals:\n  chartHome: ../../charts\n"
            "helmCharts:\n  - name: app\n    releaseName: app\n    valuesFile: values.yaml\n"
        )
    return text


def settings(environment: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  environment: {environment}\n"


TREE = {
    "README.md": "# A repository\n",
    "base/kustomization.yaml": "resources:\n  - account.yaml\n",
    "base/account.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: app\n",
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": "color: red\n",
    "charts/app/templates/_names.tpl": '{{ define "name" }}app{{ end }}\n',
    "charts/app/templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: color}\n",
    "envs/dev/kustomization.yaml": overlay(chart=False),
    "envs/dev/settings.yaml": settings("dev"),
    "envs/staging/kustomization.yaml": overlay(chart=True),
    "envs/staging/settings.yaml": settings("staging"),
    "envs/staging/values.yaml": "color: green\n",
    "envs/prod/kustomization.yaml": overlay(chart=True),
    "envs/prod/settings.yaml": settings("prod"),
    "envs/prod/values.yaml": "color: blue\n",
}


@dataclass(frozen=True, slots=True)
class Repository:
    root: Path

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str) -> None:
        """Change a file in a way that means nothing."""
        with (self.root / name).open("a", encoding="utf-8") as file:
            file.write("\n")

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "m")

    def coverage(self, *, staged: bool = False, since: str | None = None, below: str = "") -> Coverage:
        options = Options(staged=staged, since=since, render=False)
        return cached_run([self.root / below], options, use=False).report.coverage

    def staged(self) -> tuple[str, ...]:
        return tuple(sorted(self.coverage(staged=True).environments))

    def since(self, revision: str) -> tuple[str, ...]:
        return tuple(sorted(self.coverage(since=revision).environments))


@pytest.fixture(autouse=True)
def _only_this_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the git that runs the tests (in a hook) nor the settings of whoever runs them."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def unborn(tmp_path: Path) -> Repository:
    """The files of `TREE` in a work tree without a commit."""
    repository = Repository(tmp_path / "repository")
    for name, text in TREE.items():
        repository.write(name, text)
    repository.git("init", "--quiet", "--initial-branch", "main")
    return repository


@pytest.fixture
def repository(unborn: Repository) -> Repository:
    unborn.commit()
    return unborn


def edit(*names: str) -> Callable[[Repository], None]:
    def change(repository: Repository) -> None:
        for name in names:
            repository.edit(name)

    return change


def remove(name: str) -> Callable[[Repository], None]:
    return lambda repository: (repository.root / name).unlink()


def rename(old: str, new: str) -> Callable[[Repository], None]:
    return lambda repository: (repository.git("mv", old, new), None)[1]


def link(name: str, target: str) -> Callable[[Repository], None]:
    def change(repository: Repository) -> None:
        (repository.root / name).unlink()
        (repository.root / name).symlink_to(target)

    return change


def add(name: str, text: str) -> Callable[[Repository], None]:
    return lambda repository: repository.write(name, text)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    change: Callable[[Repository], None]
    reached: tuple[str, ...]
    """Empty: no environment is reached, and the report says so."""


CASES = (
    Case("the values of one environment", edit("envs/prod/values.yaml"), ("prod",)),
    Case("a plain resource of one environment", edit("envs/dev/settings.yaml"), ("dev",)),
    Case("files of two environments", edit("envs/prod/values.yaml", "envs/dev/settings.yaml"), ("dev", "prod")),
    Case("base", edit("base/account.yaml"), ALL),
    Case("the kustomization of base", edit("base/kustomization.yaml"), ALL),
    Case("a template of the chart", edit("charts/app/templates/map.yaml"), CHARTED),
    Case("a file of the chart that is no YAML", edit("charts/app/templates/_names.tpl"), CHARTED),
    Case("the chart's own values", edit("charts/app/values.yaml"), CHARTED),
    Case("the configuration", add(".hydrogitops.yaml", "version: 1\n"), ALL),
    Case("a values file deleted", remove("envs/prod/values.yaml"), ("prod",)),
    Case("a file of base deleted", remove("base/account.yaml"), ALL),
    Case("a template of the chart deleted", remove("charts/app/templates/map.yaml"), CHARTED),
    Case("a values file renamed", rename("envs/staging/values.yaml", "envs/staging/value.yaml"), ("staging",)),
    Case("moved from one to another", rename("envs/staging/values.yaml", "envs/dev/values.yaml"), ("dev", "staging")),
    Case("a values file that becomes a link", link("envs/prod/values.yaml", "../staging/values.yaml"), ("prod",)),
    Case("a file in an environment's folder that nothing names", add("envs/prod/new.yaml", "a: 1\n"), ("prod",)),
    Case("what an Application would be made of", add("environments/prod/config.yaml", "name: prod\n"), ("prod",)),
    Case("a manifest that nothing names", add("other/role.yaml", settings("other")), ("plain",)),
    Case("the README", edit("README.md"), ()),
    Case("a new file that no environment reads", add("docs/figure.svg", "<svg/>"), ()),
    Case("a name with blanks, quotes and letters of many tongues", add('docs/ö "ü"\t.txt', "x"), ()),
    Case("the README and one environment", edit("README.md", "envs/dev/settings.yaml"), ("dev",)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_staged_reaches(case: Case, repository: Repository) -> None:
    case.change(repository)
    repository.git("add", "--all")
    coverage = repository.coverage(staged=True)
    assert tuple(sorted(coverage.environments)) == case.reached
    assert (UNREACHED in coverage.remarks) == (not case.reached)
    assert EVERYTHING not in coverage.remarks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_branch_has_changed_reaches(case: Case, repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "branch")
    case.change(repository)
    repository.commit()
    coverage = repository.coverage(since="main")
    assert tuple(sorted(coverage.environments)) == case.reached
    assert (UNREACHED in coverage.remarks) == (not case.reached)


def test_with_nothing_staged_everything_is_judged_and_said(repository: Repository) -> None:
    repository.edit("envs/prod/values.yaml")  # changed, but not staged
    coverage = repository.coverage(staged=True)
    assert tuple(sorted(coverage.environments)) == ALL
    assert EVERYTHING in coverage.remarks


def test_only_what_is_staged_counts(repository: Repository) -> None:
    repository.edit("envs/prod/values.yaml")
    repository.git("add", "--all")
    repository.edit("envs/dev/settings.yaml")
    repository.write("envs/staging/new.yaml", "a: 1\n")
    assert repository.staged() == ("prod",)


def test_a_staged_change_that_the_work_tree_takes_back_counts(repository: Repository) -> None:
    before = (repository.root / "envs/prod/values.yaml").read_text(encoding="utf-8")
    repository.edit("envs/prod/values.yaml")
    repository.git("add", "--all")
    repository.write("envs/prod/values.yaml", before)
    assert repository.staged() == ("prod",)


def test_before_the_first_commit_all_that_is_staged_is_new(unborn: Repository) -> None:
    unborn.git("add", "envs/dev")
    assert unborn.staged() == ("dev",)
    unborn.git("add", "--all")
    assert unborn.staged() == ALL


def test_before_the_first_commit_with_nothing_staged_everything_is_judged(unborn: Repository) -> None:
    coverage = unborn.coverage(staged=True)
    assert tuple(sorted(coverage.environments)) == ALL
    assert EVERYTHING in coverage.remarks


def test_an_environment_that_goes_reaches_nothing_that_stays(repository: Repository) -> None:
    repository.git("rm", "-r", "--quiet", "envs/prod")
    assert repository.staged() == ()


def test_since_counts_from_where_the_branch_left(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "branch")
    repository.edit("envs/prod/values.yaml")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.edit("envs/dev/settings.yaml")
    repository.commit()
    repository.git("switch", "--quiet", "branch")
    assert repository.since("main") == ("prod",)
    assert repository.since("HEAD") == ()


def test_since_sees_what_is_not_committed_and_what_is_new(repository: Repository) -> None:
    repository.edit("envs/prod/values.yaml")
    repository.write("envs/dev/new.yaml", "a: 1\n")
    assert repository.since("HEAD") == ("dev", "prod")


def test_since_a_history_that_is_not_shared_counts_every_difference(repository: Repository) -> None:
    """A shallow clone has no point where the branch left."""
    repository.git("switch", "--quiet", "--orphan", "other")
    repository.git("checkout", "main", "--", ".")
    repository.edit("envs/staging/values.yaml")
    repository.commit()
    assert repository.since("main") == ("staging",)


@pytest.mark.parametrize("revision", ["nothing", "", "--output=x", "HEAD~9", "0" * 40, "HEAD:README.md", "a b"])
def test_a_revision_that_git_does_not_know(revision: str, repository: Repository) -> None:
    with pytest.raises(UserError, match="revision"):
        repository.coverage(since=revision)
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize("options", [Options(staged=True), Options(since="main")], ids=["staged", "since"])
def test_without_a_git_repository(options: Options, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(settings("x"), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        cached_run([tmp_path], options, use=False)
    assert "git" in caught.value.message


@pytest.mark.parametrize("options", [Options(staged=True), Options(since="main")], ids=["staged", "since"])
def test_without_git(options: Options, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    with pytest.raises(UserError) as caught:
        cached_run([repository.root], options, use=False)
    assert "git" in caught.value.message


def test_a_path_and_a_change_both_limit(repository: Repository) -> None:
    repository.edit("base/account.yaml")
    repository.git("add", "--all")
    coverage = repository.coverage(staged=True, below="envs/prod")
    assert coverage.files == 3


# What programs around it set -----------------------------------------------------------------------------------------


def test_pre_commit_names_the_revision(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.git("switch", "--quiet", "--create", "branch")
    repository.edit("envs/prod/values.yaml")
    repository.commit()
    monkeypatch.chdir(repository.root)
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "main")
    assert command_line(["lint", "--staged", "--no-render"]) == 0
    assert "in 1 environment (" in capsys.readouterr().out
    # A revision that is asked for by name is the one that counts.
    assert command_line(["lint", "--since", "HEAD", "--no-render"]) == 0
    assert UNREACHED in capsys.readouterr().out
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "gone")
    assert command_line(["lint", "--staged", "--no-render"]) == 2
    assert "gone" in capsys.readouterr().err


def test_without_git_s_word_all_that_lies_there_is_judged(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository of another user, as in a container of a pipeline."""
    report = repository.coverage(staged=False)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    distrusted = repository.coverage(staged=False)
    assert distrusted.environments == report.environments
    (remark,) = set(distrusted.remarks) - set(report.remarks)
    assert "belongs to another user, so all that lies here was judged" in remark
    assert f"git config --global --add safe.directory {repository.root}" in remark


HOOK = """\
#!/bin/sh
exec {python} -c '
import pathlib, sys
from hydrogitops.repo import git
folder = pathlib.Path(sys.argv[1])
print(*git.Asked(folder, staged=True).stage.names, sep="\\n", file=open(sys.argv[2], "w"))
print(*git.files(folder), sep="\\n", file=open(sys.argv[3], "w"))
' {folder} {changed} {files}
"""


class Hook:
    """A real hook: what `repo.git` answers in it, asked about `folder` of the repository it runs in."""

    def __init__(self, repository: Repository, tmp_path: Path, folder: str = ".") -> None:
        self._changed, self._files = tmp_path / "changed", tmp_path / "files"
        place = Path(repository.git("rev-parse", "--git-path", "hooks/pre-commit").strip())
        path = repository.root / place
        path.parent.mkdir(exist_ok=True)
        text = HOOK.format(python=sys.executable, folder=folder, changed=self._changed, files=self._files)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    @property
    def staged(self) -> list[str]:
        return self._changed.read_text(encoding="utf-8").splitlines()

    @property
    def files(self) -> list[str]:
        return self._files.read_text(encoding="utf-8").splitlines()


def test_in_a_hook_the_index_of_the_commit_counts(repository: Repository, tmp_path: Path) -> None:
    """`git commit FILE` commits from an index of its own, which git names in GIT_INDEX_FILE."""
    hook = Hook(repository, tmp_path)
    repository.edit("envs/dev/settings.yaml")
    repository.git("add", "--all")
    repository.edit("envs/prod/values.yaml")
    repository.git("commit", "--quiet", "--message", "m", "--", "envs/prod/values.yaml")
    assert hook.staged == ["envs/prod/values.yaml"]
    repository.edit("envs/staging/values.yaml")
    repository.git("commit", "--quiet", "--all", "--message", "m")
    assert hook.staged == ["envs/dev/settings.yaml", "envs/staging/values.yaml"]


def test_in_a_hook_of_a_linked_work_tree(repository: Repository, tmp_path: Path) -> None:
    """There git names GIT_DIR as well, with which it takes the folder it runs in for the top of the work tree."""
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    hook = Hook(linked, tmp_path, folder="envs/prod")
    linked.edit("envs/prod/values.yaml")
    linked.edit("base/account.yaml")
    linked.git("commit", "--quiet", "--all", "--message", "m")
    assert hook.staged == ["values.yaml"]
    assert hook.files == ["kustomization.yaml", "settings.yaml", "values.yaml"]


def test_in_a_hook_of_another_repository(repository: Repository, tmp_path: Path) -> None:
    """A hook that judges the repository beside its own: git's variables speak of the other one."""
    outer = Repository(tmp_path / "outer")
    outer.write("file.txt", "x\n")
    outer.git("init", "--quiet")
    outer.commit()
    repository.edit("envs/prod/values.yaml")
    repository.git("add", "--all")
    hook = Hook(outer, tmp_path, folder=str(repository.root))
    outer.edit("file.txt")
    outer.git("commit", "--quiet", "--all", "--message", "m")
    assert hook.staged == ["envs/prod/values.yaml"]
    assert "base/account.yaml" in hook.files


def test_git_dir_and_work_tree_elsewhere(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`git --git-dir … --work-tree …`, as for dotfiles: the work tree has no `.git`, but git is told."""
    repository.edit("envs/prod/values.yaml")
    repository.git("add", "--all")
    monkeypatch.chdir(repository.root)
    monkeypatch.setenv("GIT_DIR", str(repository.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.root / ".git/index"))
    assert repository.staged() == ("prod",)


def test_in_a_linked_work_tree(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    linked = Repository(tmp_path / "linked")
    linked.edit("envs/prod/values.yaml")
    linked.git("add", "--all")
    assert linked.staged() == ("prod",)
    assert EVERYTHING in repository.coverage(staged=True).remarks
    linked.commit()
    assert linked.since("main") == ("prod",)


# Where the repository lies -------------------------------------------------------------------------------------------


def test_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    """`.hydrogitops.yaml` marks the folder; names are relative to it, changes beside it are none."""
    whole = Repository(tmp_path / "whole")
    for name, text in TREE.items():
        whole.write(f"deploy/{name}", text)
    whole.write("deploy/.hydrogitops.yaml", "version: 1\n")
    whole.write("code/main.py", "x = 1\n")
    whole.git("init", "--quiet")
    whole.commit()
    deploy = Repository(whole.root / "deploy")
    whole.edit("deploy/envs/prod/values.yaml")
    whole.edit("code/main.py")
    whole.git("add", "--all")
    assert deploy.staged() == ("prod",)
    assert deploy.since("HEAD") == ("prod",)
    whole.git("reset", "--quiet", "--", "deploy")
    # Something is staged, though nothing of it lies here.
    assert deploy.staged() == ()


@pytest.fixture
def with_submodule(tmp_path: Path, repository: Repository) -> Repository:
    """`base` is a submodule of the repository."""
    module = Repository(tmp_path / "module")
    module.write("kustomization.yaml", TREE["base/kustomization.yaml"])
    module.write("account.yaml", TREE["base/account.yaml"])
    module.git("init", "--quiet", "--initial-branch", "main")
    module.commit()
    repository.git("rm", "-r", "--quiet", "base")
    repository.git("submodule", "--quiet", "add", str(module.root), "base")
    repository.commit()
    return repository


def test_a_submodule_that_moves_reaches_who_reads_it(with_submodule: Repository) -> None:
    inner = Repository(with_submodule.root / "base")
    inner.edit("account.yaml")
    inner.commit()
    with_submodule.git("add", "base")
    assert with_submodule.git("diff", "--cached", "--name-only").split() == ["base"]
    assert with_submodule.staged() == ALL
    # What is staged is committed, whatever settings hide it from people.
    with_submodule.git("config", "submodule.base.ignore", "all")
    assert EVERYTHING not in with_submodule.coverage(staged=True).remarks
    assert with_submodule.staged() == ALL
    assert with_submodule.since("HEAD") == ALL


def test_in_a_submodule(with_submodule: Repository) -> None:
    inner = Repository(with_submodule.root / "base")
    inner.edit("account.yaml")
    inner.git("add", "--all")
    assert inner.staged() == ("base",)


def test_what_a_link_of_the_repository_leads_to_counts(repository: Repository) -> None:
    repository.write("shared/values.yaml", "color: black\n")
    for environment in CHARTED:
        link(f"envs/{environment}/values.yaml", "../../shared/values.yaml")(repository)
    repository.commit()
    repository.edit("shared/values.yaml")
    repository.git("add", "--all")
    assert repository.staged() == CHARTED


def test_what_a_linked_folder_leads_to_counts(repository: Repository) -> None:
    repository.git("mv", "base", "shared")
    (repository.root / "base").symlink_to("shared")
    repository.commit()
    repository.edit("shared/account.yaml")
    repository.git("add", "--all")
    assert repository.staged() == ALL


def test_a_kept_report_is_not_given_for_another_change(repository: Repository) -> None:
    """The same files, but other ones staged: the cache holds both reports apart."""

    def judged() -> tuple[str, ...]:
        report = cached_run([repository.root], Options(staged=True, render=False)).report
        return tuple(sorted(report.coverage.environments))

    repository.edit("envs/prod/values.yaml")
    repository.edit("envs/dev/settings.yaml")
    repository.git("add", "envs/prod")
    assert judged() == judged() == ("prod",)
    repository.git("add", "envs/dev")
    assert judged() == ("dev", "prod")
    repository.git("reset", "--quiet", "--", "envs/prod")
    assert judged() == ("dev",)


def test_a_kept_report_is_not_given_once_a_file_changes_that_git_ignores(repository: Repository) -> None:
    repository.write(".gitignore", "base/\n")
    repository.git("rm", "-r", "--quiet", "--cached", "base")
    repository.commit()

    def judged(*, use: bool) -> Report:
        return cached_run([repository.root], Options(render=False), use=use).report

    before = judged(use=True)
    repository.write("base/account.yaml", "kind: [\n")
    after = judged(use=False)
    assert after != before
    assert judged(use=True) == after


SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: app}\nstringData: {password: correct-horse}\n"
)


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("base/login.yaml", SECRET, "secrets/plain-secret"),
        ("elsewhere/login.yaml", SECRET, "secrets/plain-secret"),
        ("envs/prod/values.yaml", "color: blue\nadminPassword: correct-horse-battery\n", "secrets/plaintext-in-values"),
    ],
)
def test_a_credential_in_plain_text_is_refused_before_anything_is_rendered(
    file: str, text: str, rule: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(file, text)
    # Another fault of the same commit, which would be found by a whole run.
    repository.write("base/kustomization.yaml", "resources:\n  - account.yaml\n  - gone.yaml\n")
    repository.git("add", "--all")

    def waited(look: object) -> None:
        raise AssertionError("it waits for the engines")

    monkeypatch.setattr(look.Look, "seen", waited)
    report = cached_run([repository.root], Options(staged=True, render=True), use=False).report
    assert [(one.rule, one.file) for one in report.findings] == [(rule, file)]
    assert report.exit_code() == 1
    assert any("nothing else was judged" in remark for remark in report.coverage.remarks)


@pytest.mark.parametrize("since_then", ["cleaned", "deleted"])
def test_a_credential_that_is_staged_and_no_longer_there_is_in_the_commit_all_the_same(
    since_then: str, repository: Repository
) -> None:
    repository.write("base/login.yaml", SECRET)
    repository.git("add", "--all")
    path = repository.root / "base/login.yaml"
    path.unlink() if since_then == "deleted" else path.write_text("a: 1\n", encoding="utf-8")
    report = cached_run([repository.root], Options(staged=True, render=False), use=False).report
    assert [(one.rule, one.file, one.line) for one in report.findings] == [
        ("secrets/plain-secret", "base/login.yaml", 4)
    ]


def test_what_is_staged_and_changed_again_is_said(repository: Repository) -> None:
    repository.edit("envs/prod/values.yaml")
    repository.git("add", "--all")
    repository.edit("envs/prod/values.yaml")
    assert any("changed again" in remark for remark in repository.coverage(staged=True).remarks)


def test_a_credential_that_is_not_part_of_the_change_hides_nothing_else(repository: Repository) -> None:
    repository.write("base/login.yaml", SECRET)
    repository.commit()
    repository.write("base/kustomization.yaml", "resources:\n  - account.yaml\n  - login.yaml\n  - gone.yaml\n")
    repository.git("add", "--all")
    report = cached_run([repository.root], Options(staged=True, render=False), use=False).report
    assert {one.rule for one in report.findings} >= {"secrets/plain-secret", "repo/dangling-reference"}
