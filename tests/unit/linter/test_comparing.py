"""What a change applies: trees of git against each other and against the work tree."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hydrogitops.linter import side_by_side
from hydrogitops.linter.comparing import Comparison, EnvironmentDifference, compare
from hydrogitops.model import UserError
from tests.golden.trees import commit, write

from .history import Past, without_settings

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: apps}}\ndata: {{mode: {mode}}}\n"
BUILD = "resources: [config.yaml]\n"
TREE = {
    ".hydrogitops.yaml": "version: 1\nenvironments: {dev: {profile: dev}, prod: {profile: production}}\n",
    "README.md": "# it\n",
    "base/kustomization.yaml": "resources: [shared.yaml]\n",
    "base/shared.yaml": CONFIG.format(name="shared", mode="one"),
    "envs/dev/kustomization.yaml": "resources: [../../base, config.yaml]\n",
    "envs/dev/config.yaml": CONFIG.format(name="own", mode="one"),
    "envs/prod/kustomization.yaml": "resources: [../../base, config.yaml]\n",
    "envs/prod/config.yaml": CONFIG.format(name="own", mode="one"),
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past.of(tmp_path / "tree", TREE)


def told(comparison: Comparison) -> dict[str, list[str]]:
    """By environment its way and its objects; those where nothing differs left out."""
    return {
        one.name: [one.how, *(f"{each.how} {each.kind}/{each.name}" for each in one.objects)]
        for one in comparison.environments
        if one.how != "same"
    }


def test_what_lies_there_against_the_last_commit(past: Past) -> None:
    past.change({"envs/prod/config.yaml": CONFIG.format(name="own", mode="two")})
    found = compare(past.root)
    assert told(found) == {"prod": ["changed", "changed ConfigMap/own"]}
    assert [one.name for one in found.environments] == ["dev", "prod"]
    ((field,),) = (each.fields for each in found.environments[1].objects)
    assert (field.path, field.old, field.new) == ("data.mode", "one", "two")
    assert found.whole and found.after == "the working tree" and found.before.startswith("HEAD (")


def test_from_a_folder_below(past: Past) -> None:
    past.change({"base/shared.yaml": None, "base/kustomization.yaml": "resources: []\n"})
    found = compare(past.root / "envs/dev")
    assert told(found) == {
        "dev": ["changed", "removed ConfigMap/shared"], "prod": ["changed", "removed ConfigMap/shared"]
    }  # fmt: skip


def test_what_no_change_reaches_is_not_rendered(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = side_by_side.needs_engine

    def needs_engine(sources: object, environment: object) -> bool:
        asked.append(environment.name)  # type: ignore[attr-defined]
        return real(sources, environment)  # type: ignore[arg-type]

    monkeypatch.setattr(side_by_side, "needs_engine", needs_engine)
    past.change({"README.md": "# other\n"})
    assert told(compare(past.root)) == {} and not asked
    past.change({"envs/dev/config.yaml": CONFIG.format(name="own", mode="two")})
    assert told(compare(past.root)) == {"dev": ["changed", "changed ConfigMap/own"]}
    assert set(asked) == {"dev"}


def test_files_that_git_does_not_have_yet_count(past: Past) -> None:
    past.change(
        {
            "envs/dev/kustomization.yaml": "resources: [../../base, config.yaml, more.yaml]\n",
            "envs/dev/more.yaml": CONFIG.format(name="more", mode="one"),
        }
    )
    assert told(compare(past.root)) == {"dev": ["changed", "added ConfigMap/more"]}


def test_environments_come_and_go(past: Past) -> None:
    shutil.move(past.root / "envs/dev", past.root / "envs/qa")
    past.change({".hydrogitops.yaml": TREE[".hydrogitops.yaml"].replace("dev: {profile", "qa: {profile")})
    found = compare(past.root)
    assert told(found) == {
        "qa": ["added", "added ConfigMap/own", "added ConfigMap/shared"],
        "dev": ["removed", "removed ConfigMap/own", "removed ConfigMap/shared"],
    }


def test_two_revisions(past: Past) -> None:
    past.change({"envs/dev/config.yaml": CONFIG.format(name="own", mode="two")})
    commit(past.root)
    past.change({"envs/prod/config.yaml": CONFIG.format(name="own", mode="three")})
    commit(past.root)
    assert told(compare(past.root, "HEAD~2..HEAD~1")) == {"dev": ["changed", "changed ConfigMap/own"]}
    assert told(compare(past.root, "HEAD~1..")) == {"prod": ["changed", "changed ConfigMap/own"]}
    assert set(told(compare(past.root, "HEAD~2"))) == {"dev", "prod"}
    assert told(compare(past.root)) == {}


def test_what_a_branch_has_changed_since_it_left(past: Past) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "checkout", "--quiet", "-b", "branch"], cwd=past.root, check=True)
    past.change({"envs/dev/config.yaml": CONFIG.format(name="own", mode="two")})
    commit(past.root)
    subprocess.run([*git, "checkout", "--quiet", "main"], cwd=past.root, check=True)
    past.change({"envs/prod/config.yaml": CONFIG.format(name="own", mode="three")})
    commit(past.root)
    assert set(told(compare(past.root, "main..branch"))) == {"dev", "prod"}
    assert set(told(compare(past.root, "main...branch"))) == {"dev"}
    subprocess.run([*git, "checkout", "--quiet", "branch"], cwd=past.root, check=True)
    assert set(told(compare(past.root, "main..."))) == {"dev"}


def test_one_environment(past: Past) -> None:
    past.change({"base/shared.yaml": CONFIG.format(name="shared", mode="two")})
    found = compare(past.root, "HEAD", ["prod"])
    assert [one.name for one in found.environments] == ["prod"]
    with pytest.raises(UserError, match="no environment prd") as raised:
        compare(past.root, "HEAD", ["prd"])
    assert raised.value.hint == "did you mean prod?"


def test_another_version_of_kubernetes_is_built_for(past: Past) -> None:
    # Nothing that is applied differs here, only what the engine is told.
    past.change(
        {".hydrogitops.yaml": TREE[".hydrogitops.yaml"].replace("profile: dev", 'profile: dev, kubernetes: "1.30"')}
    )
    assert told(compare(past.root)) == {}


def test_a_side_that_does_not_render_is_said(past: Past) -> None:
    past.change({"envs/dev/kustomization.yaml": "resources: [../../base, config.yaml, nowhere.yaml]\n"})
    found = compare(past.root)
    (dev, prod) = found.environments
    assert not found.whole and "nowhere.yaml" in dev.trouble and dev.objects == ()
    assert prod == EnvironmentDifference("prod", "same")
    assert str(past.root) not in dev.trouble


def test_manifests_without_an_engine(tmp_path: Path) -> None:
    past = Past.of(tmp_path / "plain", {"a.yaml": CONFIG.format(name="a", mode="one")})
    past.change({"a.yaml": CONFIG.format(name="a", mode="two")})
    assert told(compare(past.root)) == {"plain": ["changed", "changed ConfigMap/a"]}


def test_a_revision_with_a_wrong_configuration(past: Past) -> None:
    past.change({".hydrogitops.yaml": "version: 1\nwrong: 1\n"})
    commit(past.root)
    past.change({".hydrogitops.yaml": TREE[".hydrogitops.yaml"]})
    with pytest.raises(UserError, match=r"^at HEAD \([0-9a-f]{12}\): .hydrogitops.yaml is not right") as raised:
        compare(past.root)
    # The file that lies there has no such line.
    assert raised.value.span is None
    past.change({".hydrogitops.yaml": "version: 1\nother: 1\n"})
    with pytest.raises(UserError, match=r"^.hydrogitops.yaml is not right") as raised:
        compare(past.root, "HEAD~1")
    assert raised.value.span is not None


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD..nowhere", "", "..", "HEAD~9"])
def test_a_revision_that_is_not_there(past: Past, revision: str) -> None:
    if revision in ("", ".."):
        assert told(compare(past.root, revision)) == {}
        return
    with pytest.raises(UserError, match="git knows no revision"):
        compare(past.root, revision)


def test_before_the_first_commit(tmp_path: Path) -> None:
    root = write(tmp_path / "tree", TREE)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    with pytest.raises(UserError, match="no commit yet"):
        compare(root)


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "tree", TREE)
    with pytest.raises(UserError, match="without git"):
        compare(root)
    commit(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="without git"):
        compare(root)


def test_a_part_of_a_larger_repository(tmp_path: Path) -> None:
    root = tmp_path / "all/tree"
    commit(write(tmp_path / "all", {"x.txt": "x"} | {f"tree/{name}": text for name, text in TREE.items()}))
    write(root, {"envs/dev/config.yaml": CONFIG.format(name="own", mode="two")})
    (tmp_path / "all/x.txt").write_text("y")
    assert told(compare(root)) == {"dev": ["changed", "changed ConfigMap/own"]}
