"""A repository that keeps what is rendered: one edit of the sources, or of what is kept, is one finding at its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hydrogitops import scaffold
from hydrogitops.charts import stand_in
from hydrogitops.linter.applied import applied
from hydrogitops.model import Coverage, Report
from tests.golden.conftest import EXAMPLES
from tests.golden.trees import judged

KEPT, CONFIG = "rendered/prod/manifests.yaml", "environments/prod/config.yaml"
VERSION = "apps/hydrosphere/envs/prod/version"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("kept") / "prod-cluster"
    scaffold.new(
        "prod-cluster",
        answers=scaffold.answers_from(EXAMPLES / "production-external.yaml"),
        settings=("flavour=rendered",),
        no_input=True,
        chart=str(stand_in.folder()),
        offline=True,
        dry_run=False,
        git=False,
        allow_open=False,
        target=target,
        lint=lambda folder: Report((), Coverage()),
    )
    return target


def told(root: Path) -> list[tuple[str, str, int, tuple[str, ...]]]:
    findings = [one for one in judged(root).findings if one.rule != "secrets/placeholder"]
    return [(one.rule, one.file, one.line, one.environments) for one in findings]


def line_of(root: Path, name: str, needle: str, after: str = "") -> int:
    text = (root / name).read_text(encoding="utf-8")
    return text.count("\n", 0, text.index(needle, text.index(after))) + 1


def edited(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_new_writes_is_what_its_sources_give(kept: Path) -> None:
    assert told(kept) == []


def test_an_edit_of_the_sources_is_told_where_the_two_part_and_rendering_mends_it(kept: Path, tmp_path: Path) -> None:
    root = shutil.copytree(kept, tmp_path / "prod-cluster")
    edited(root, f"{VERSION}/values.yaml", "-Xmx1g -Xms512m", "-Xmx1g -Xms256m")
    assert told(root) == [("repo/not-rendered", KEPT, line_of(root, KEPT, "-Xmx1g -Xms512m"), ("prod",))]
    for name, text, _ in applied(root, ("prod",), into=root / "rendered"):
        (root / "rendered" / name / "manifests.yaml").write_text(text, encoding="utf-8")
    assert told(root) == []


def test_a_fault_in_the_sources_is_told_there_and_not_in_what_is_kept(kept: Path, tmp_path: Path) -> None:
    root = shutil.copytree(kept, tmp_path / "prod-cluster")
    edited(root, f"{VERSION}/values.yaml", "-Xmx1g -Xms512m", "-Xmx9g -Xms512m")
    rules = {(rule, file) for rule, file, _, _ in told(root)}
    assert rules == {("jvm/heap-over-limit", f"{VERSION}/values.yaml"), ("repo/not-rendered", KEPT)}


def test_an_edit_of_what_is_kept(kept: Path, tmp_path: Path) -> None:
    root = shutil.copytree(kept, tmp_path / "prod-cluster")
    line = line_of(root, KEPT, "replicas: ", "name: hydro-ui\n")
    text = (root / KEPT).read_text(encoding="utf-8").split("\n")
    text[line - 1] = "  replicas: 7"
    (root / KEPT).write_text("\n".join(text), encoding="utf-8")
    assert told(root) == [("repo/not-rendered", KEPT, line, ("prod",))]


def test_what_is_gone_is_told_at_the_reference(kept: Path, tmp_path: Path) -> None:
    root = shutil.copytree(kept, tmp_path / "prod-cluster")
    shutil.rmtree(root / "rendered/prod")
    assert told(root) == [("repo/not-rendered", CONFIG, line_of(root, CONFIG, "path:"), ("prod",))]


def test_an_application_that_leaves_what_is_kept_has_to_build(kept: Path, tmp_path: Path) -> None:
    root = shutil.copytree(kept, tmp_path / "prod-cluster")
    edited(root, CONFIG, "path: rendered/prod", "path: apps/hydrosphere/envs/prod")
    found = told(root)
    assert [(rule, environments) for rule, _, _, environments in found] == [("argocd/build-options", ("prod",))]
