"""What stands alone in a repository: kustomizations, components, manifests, and what a broken kustomization hides."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.config import configuration
from hydrogitops.repo.environments import Discovered, discover
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ml}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def discovered(root: Path, files: dict[str, str]) -> Discovered:
    write(root, files)
    return discover(Sources(root), configuration.DEFAULT)


def names(found: Discovered) -> list[str]:
    return sorted(environment.name for environment in found.environments)


def test_what_a_component_lists_stands_alone_no_more_than_the_component(tmp_path: Path) -> None:
    files = {
        "app/kustomization.yaml": "resources: [a.yaml]\n",
        "app/a.yaml": MANIFEST,
        "part/kustomization.yaml": f"{COMPONENT}resources: [b.yaml]\npatches: [{{path: p.yaml}}]\n",
        "part/b.yaml": MANIFEST,
        "part/p.yaml": MANIFEST,
    }
    assert names(discovered(tmp_path, files)) == ["app"]


def test_a_path_of_a_component_that_leads_nowhere_is_told_all_the_same(tmp_path: Path) -> None:
    found = discovered(tmp_path, {"part/kustomization.yaml": f"{COMPONENT}patches: [{{path: gone.yaml}}]\n"})
    assert [(one.text, one.environments) for one in found.dangling] == [("gone.yaml", ())]


@pytest.mark.parametrize("broken", ["resources:\n<<<<<<< HEAD\n  - a.yaml\n", "", "- a.yaml\n"])
def test_what_a_broken_kustomization_would_list_is_no_environment_of_its_own(tmp_path: Path, broken: str) -> None:
    files = {
        "prod/kustomization.yaml": broken,
        "prod/a.yaml": MANIFEST,
        "prod/secrets/kustomization.yaml": "resources: [b.yaml]\n",
        "prod/secrets/b.yaml": MANIFEST,
        "other/c.yaml": MANIFEST,
    }
    found = discovered(tmp_path, files)
    assert names(found) == ["plain", "prod"]
    plain = next(environment for environment in found.environments if environment.name == "plain")
    assert plain.resources == (("other/c.yaml", 0),)


@pytest.mark.parametrize("base", [None, "resources:\n\t- a.yaml\n"], ids=["gone", "broken"])
def test_what_belongs_to_a_base_that_cannot_be_read_is_not_plain(tmp_path: Path, base: str | None) -> None:
    files = {"prod/kustomization.yaml": "resources: [../base]\n", "base/a.yaml": MANIFEST}
    if base is not None:
        files["base/kustomization.yaml"] = base
    assert names(discovered(tmp_path, files)) == ["prod"]


def test_folders_alike_below_several_parents_each_have_a_name_of_their_own(tmp_path: Path) -> None:
    folders = ("a/api/overlays/prod", "a/web/overlays/prod", "b/web/overlays/prod", "c/prod", "overlays/prod", "x/dev")
    files = {f"{folder}/kustomization.yaml": "resources: [m.yaml]\n" for folder in folders}
    files |= {f"{folder}/m.yaml": MANIFEST for folder in folders}
    assert names(discovered(tmp_path, files)) == [
        "a/web/overlays/prod",
        "api/overlays/prod",
        "b/web/overlays/prod",
        "c/prod",
        "dev",
        "overlays/prod",
    ]


def test_what_leads_nowhere_is_told_of_an_environment_whatever_its_name_is(tmp_path: Path) -> None:
    files = {f"{name}/prod/kustomization.yaml": f"resources: [{name}.yaml]\n" for name in ("a", "b", "c")}
    files["c/prod/c.yaml"] = MANIFEST
    found = discovered(tmp_path, files)
    assert sorted((one.text, one.environments) for one in found.dangling) == [
        ("a.yaml", ("a/prod",)),
        ("b.yaml", ("b/prod",)),
    ]
