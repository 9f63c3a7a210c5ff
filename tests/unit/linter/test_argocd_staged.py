"""What a commit reaches through Argo CD's own files: projects, settings, ApplicationSets that lose their Applications."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import commit, write
from tests.unit.linter.argocd_trees import APP, PROJECT, REPOSITORY, SETTINGS, application_set, tree

CM = "bootstrap/argocd-cm.yaml"
FILES = {
    **tree(
        application_set(
            generators=f"- git: {{repoURL: {REPOSITORY}, revision: main, files: [{{path: 'envs/*.yaml'}}]}}",
            head="goTemplate: true\ngoTemplateOptions: [missingkey=error]\nsyncPolicy: {preserveResourcesOnDeletion: true}",
        )
    ),
    "envs/prod.yaml": "name: prod\n",
    "scorer/kustomization.yaml": "resources: [settings.yaml, ../more.yaml]\n",
    "more.yaml": SETTINGS.replace("name: scorer", "name: more"),
    CM: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: argocd, "
    "labels: {app.kubernetes.io/part-of: argocd}}\n"
    "data: {kustomize.buildOptions: --load-restrictor LoadRestrictionsNone}\n",
}


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        (PROJECT, REPOSITORY, "https://git.example.com/ml/other.git", "argocd/project-forbids"),
        (CM, "LoadRestrictionsNone", "LoadRestrictionsRootOnly", "argocd/build-options"),
        (APP, "'envs/*.yaml'", "'env/*.yaml'", "argocd/generator-empty"),
        ("more.yaml", "a: b", "a: c", None),
    ],
)
def test_a_commit_is_judged_by_what_it_reaches(tmp_path: Path, name: str, old: str, new: str, rule: str | None) -> None:
    commit(write(tmp_path, FILES))
    path = tmp_path / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    options = Options(since="HEAD", render=False)
    found = cached_run([tmp_path], options, use=False).report.findings
    expected = {rule} if rule is not None else set()
    assert {one.rule for one in found} - {"lint/not-seen"} == expected
