"""What is kept rendered: held against the sources, object by object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.linter.argocd_trees import APP, REPOSITORY, application, application_set
from tests.unit.linter.small import judge, place, told

RULE, DANGLING, NOT_SEEN, YAML = "repo/not-rendered", "repo/dangling-reference", "lint/not-seen", "repo/yaml"
KEPT = "rendered/prod/manifests.yaml"
SOURCE = f"{{repoURL: {REPOSITORY}, targetRevision: main, path: rendered/prod}}"
A = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: ml
data:
  one: "1"
  two: "2"
"""
B = A.replace("name: a", "name: b")
RENDERED = f"{A}---\n{B}"


def files(kept: str | None = RENDERED, app: str = "") -> dict[str, str]:
    return {
        APP: app or application(source=SOURCE),
        "envs/prod/kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
        "envs/prod/a.yaml": A.replace("  namespace: ml\n", ""),
        "envs/prod/b.yaml": B,
    } | ({KEPT: kept} if kept is not None else {})


def test_the_same_objects_are_the_same(tmp_path: Path) -> None:
    assert judge(tmp_path, files(), (RULE, DANGLING, NOT_SEEN), render=True) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RENDERED, f"{B}---\n{A}"),
        ('  one: "1"\n  two: "2"\n', '  two: "2"\n  one: "1"\n'),
        ("apiVersion", "# a comment\napiVersion"),
        ("  namespace: ml\n", ""),
        ('"1"', "'1'"),
    ],
)
def test_what_makes_no_difference_to_the_cluster(tmp_path: Path, old: str, new: str) -> None:
    assert judge(tmp_path, files(RENDERED.replace(old, new, 1)), (RULE,), render=True) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "says"),
    [
        ('one: "1"', 'one: "9"', 7, 8, "ConfigMap a differs"),
        ('one: "1"', 'ane: "1"', 7, 3, "ConfigMap a differs"),
        ('  one: "1"\n', "", 6, 1, "ConfigMap a differs"),
        ('one: "1"', "one: 1", 7, 8, "ConfigMap a differs"),
        ("  namespace: ml\n", "  namespace: other\n", 4, 9, "the sources give no ConfigMap a, and 1 more"),
        (f"---\n{B}", "", 4, 9, "ConfigMap b is missing"),
        (f"{A}---\n", "", 4, 9, "ConfigMap a is missing"),
        (A, f"{A}---\n{A}", 13, 9, "ConfigMap a is there twice"),
        (A, f"{A}---\n{A.replace('name: a', 'name: c')}", 13, 9, "the sources give no ConfigMap c"),
    ],
)
def test_the_first_difference_is_the_place(
    tmp_path: Path, old: str, new: str, line: int, column: int, says: str
) -> None:
    (found,) = judge(tmp_path, files(RENDERED.replace(old, new, 1)), (RULE,), render=True)
    assert told((found,)) == [(RULE, "error", KEPT, line, column)]
    assert says in found.message
    assert found.environments == ("prod",)


def test_a_further_file_is_applied_as_well(tmp_path: Path) -> None:
    more = {"rendered/prod/more.yaml": A.replace("name: a", "name: c")}
    (found,) = judge(tmp_path, files() | more, (RULE,), render=True)
    assert (found.file, found.line) == ("rendered/prod/more.yaml", 4)


@pytest.mark.parametrize(("options", "told_of"), [("", False), (", directory: {recurse: true}", True)])
def test_what_lies_below_counts_where_the_application_says_so(tmp_path: Path, options: str, *, told_of: bool) -> None:
    app = application(source=SOURCE.replace("rendered/prod", f"rendered/prod{options}"))
    more = {"rendered/prod/below/more.yaml": A.replace("name: a", "name: c")}
    found = judge(tmp_path, files(app=app) | more, (RULE,), render=True)
    assert [one.file for one in found] == (["rendered/prod/below/more.yaml"] if told_of else [])


@pytest.mark.parametrize("left", [None, "", "# nothing\n"])
def test_what_is_missing_is_told_at_the_reference(tmp_path: Path, left: str | None) -> None:
    tree = files(left)
    (found,) = judge(tmp_path, tree, (RULE, DANGLING), render=True)
    assert told((found,)) == [(RULE, "error", APP, *place(tree[APP], "rendered/prod"))]


def test_the_reference_may_be_in_the_file_of_a_generator(tmp_path: Path) -> None:
    config = "name: prod\npath: rendered/prod\n"
    app = application_set(
        generators=f"- git:\n    repoURL: {REPOSITORY}\n    pathParamPrefix: file\n    files: [{{path: 'config/*.yaml'}}]"
    ).replace("path: scorer", 'path: "{{ .path }}"')
    (found,) = judge(tmp_path, files(None, app) | {"config/prod.yaml": config}, (RULE, DANGLING), render=True)
    assert told((found,)) == [(RULE, "error", "config/prod.yaml", *place(config, "rendered/prod"))]


def test_a_file_that_cannot_be_read_speaks_for_itself(tmp_path: Path) -> None:
    found = judge(tmp_path, files(f"{RENDERED}x: [\n"), (RULE, YAML), render=True)
    assert [one.rule for one in found] == [YAML]


def test_without_an_engine_nothing_is_compared(tmp_path: Path) -> None:
    found = judge(tmp_path, files(A), (RULE, NOT_SEEN), render=False)
    assert [one.rule for one in found] == [NOT_SEEN]


def test_a_slip_in_the_path_is_a_slip_in_the_path(tmp_path: Path) -> None:
    app = application(source=SOURCE.replace("rendered/prod", "rendered/prd"))
    found = judge(tmp_path, files(app=app), (RULE, DANGLING, "secrets/consumer-key-missing"), render=True)
    assert told(found) == [(DANGLING, "error", APP, *place(app, "rendered/prd"))]


@pytest.mark.parametrize(
    "more",
    [
        # Two that may be meant; a component is none.
        {"other/prod/kustomization.yaml": "resources: [x.yaml]\n", "other/prod/x.yaml": A},
    ],
)
def test_where_nobody_can_tell_what_is_rendered_it_is_plain_manifests(tmp_path: Path, more: dict[str, str]) -> None:
    assert judge(tmp_path, files(A) | more, (RULE, DANGLING), render=True) == ()


def test_what_another_one_includes_is_not_what_is_rendered(tmp_path: Path) -> None:
    more = {
        "envs/prod/kustomization.yaml": "resources: [a.yaml, ../../base/prod]\n",
        "base/prod/kustomization.yaml": "resources: [b.yaml]\n",
        "base/prod/b.yaml": B,
    }
    assert judge(tmp_path / "a", files() | more, (RULE, DANGLING), render=True) == ()
    (found,) = judge(tmp_path / "b", files(A) | more, (RULE, DANGLING), render=True)
    assert "ConfigMap b is missing" in found.message


def test_a_folder_that_builds_itself_is_no_rendered_one(tmp_path: Path) -> None:
    more = {"rendered/prod/kustomization.yaml": "resources: [manifests.yaml]\n"}
    assert judge(tmp_path, files(A) | more, (RULE,), render=True) == ()
