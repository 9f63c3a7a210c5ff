"""Policies of a repository's own: what is wrong with one is said whatever there is to judge."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from hydrogitops import data
from hydrogitops.linter import policies
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import UserError
from tests.golden.trees import write

ROOT = Path(__file__).parents[3]
OWN = """\
severity: warning
scope: workload
check: resources.memory_limit_missing
title: ours
why: because
fix: mend it
source: https://example.com
examples: {bad: "a", good: "b"}
"""
FILE = ".hydrogitops/policies/own/rule.yaml"
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"


@pytest.mark.parametrize("render", [False, True])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("memory_limit_missing", "no_such_check"), "names the check resources.no_such_check"),
        (OWN.replace("resources.memory", "nowhere.memory"), "names the check nowhere.memory_limit_missing"),
        (OWN.replace("scope: workload", "scope: repository"), "has the scope repository"),
        (OWN.replace("title: ours\n", ""), "lacks title"),
        (OWN + "more: 1\n", "has an unknown key more"),
        ("[\n", "does not parse"),
        ("", "is no mapping"),
    ],
)
def test_what_is_wrong_is_said_though_nothing_asks_for_it(
    tmp_path: Path, text: str, message: str, *, render: bool
) -> None:
    """No workload is there that the check would be called for."""
    write(tmp_path, {"one.yaml": PLAIN, FILE: text})
    with pytest.raises(UserError) as refused:
        cached_run([tmp_path], Options(render=render), use=False)
    assert "own/rule" in refused.value.message
    assert message in refused.value.message


def test_own_policies_are_judged_by(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: a, image: b}]}\n"
    write(tmp_path, {"one.yaml": pod, FILE: OWN})
    report = cached_run([tmp_path], Options(only=frozenset({"own/rule"})), use=False).report
    assert [(one.rule, one.file) for one in report.findings] == [("own/rule", "one.yaml")]


def test_policies_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, {f".hydrogitops/policies/{name}.yaml": OWN for name in ("b/z", "b/a", "a/k")})
    assert list(policies.load_own(tmp_path)) == ["a/k", "b/a", "b/z"]
    assert list(policies.load()) == sorted(policies.load())


def test_what_is_read_is_what_is_written() -> None:
    """Else: python scripts/make_policies.py."""
    made = runpy.run_path(str(ROOT / "scripts" / "make_policies.py"))["text"]()
    assert (data.policies() / policies.INDEX).read_text(encoding="utf-8") == made
    assert policies.load() == policies.written(data.policies())


def test_a_policy_belongs_into_the_folder_of_a_family(tmp_path: Path) -> None:
    write(tmp_path, {".hydrogitops/policies/rule.yaml": OWN})
    with pytest.raises(UserError, match="not in the folder of a family"):
        policies.load_own(tmp_path)


def test_what_lies_beside_the_families_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {FILE: OWN, ".hydrogitops/policies/README": "ours\n"})
    for name, target in {"itself": "itself", "nowhere": "gone", "linked": "own"}.items():
        (tmp_path / ".hydrogitops/policies" / name).symlink_to(target)
    assert list(policies.load_own(tmp_path)) == ["linked/rule", "own/rule"]
