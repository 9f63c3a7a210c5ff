"""Build options: what a kustomization needs that Argo CD has to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.linter.argocd_trees import SETTINGS, application
from tests.unit.linter.small import CONFIGURATION, judge, place, told

RULE = "argocd/build-options"
CM = "bootstrap/argocd-cm.yaml"
KUSTOMIZATION = "scorer/kustomization.yaml"
CHART = "helmCharts:\n  - name: scorer\n"
CHART_FILES = {"scorer/charts/scorer/Chart.yaml": "apiVersion: v2\nname: scorer\nversion: 1.0.0\n"}
OUTSIDE = "resources:\n  - ../settings.yaml\n"
INSIDE = {"scorer/settings.yaml": SETTINGS}


def argocd_cm(options: str | None, more: str = "") -> dict[str, str]:
    data = "data:\n" + (f"  kustomize.buildOptions: {options}\n" if options is not None else "") + more
    return {CM: f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: argocd-cm, namespace: argocd}}\n{data}"}


def files(kustomization: str, app: str = "", **more: str) -> dict[str, str]:
    return {
        "apps/scorer.yaml": app or application(),
        KUSTOMIZATION: kustomization,
        "settings.yaml": SETTINGS,
        **CHART_FILES,
        **INSIDE,
    }


@pytest.mark.parametrize(
    ("kustomization", "options", "lacks"),
    [
        ("resources: [settings.yaml]\n", "''", ""),
        (CHART, "--enable-helm", ""),
        (CHART, "--enable-helm=true", ""),
        (CHART, "--enable-helm=false", "--enable-helm"),
        (CHART, "--enable-alpha-plugins", "--enable-helm"),
        (OUTSIDE, "--enable-helm", "--load-restrictor LoadRestrictionsNone"),
        (OUTSIDE, "--load-restrictor LoadRestrictionsNone", ""),
        (OUTSIDE, "--load-restrictor=LoadRestrictionsNone", ""),
        (OUTSIDE, "--load-restrictor LoadRestrictionsRootOnly", "--load-restrictor LoadRestrictionsNone"),
        (CHART + OUTSIDE, "--x", "--enable-helm --load-restrictor LoadRestrictionsNone"),
    ],
)
def test_options(tmp_path: Path, kustomization: str, options: str, lacks: str) -> None:
    configured = argocd_cm(options)
    found = judge(tmp_path, files(kustomization) | configured, (RULE,))
    at = place(configured[CM], options)
    assert told(found) == ([(RULE, "error", CM, *at)] if lacks else [])
    assert [edit.text for one in found if one.fix for edit in one.fix.edits] == (
        [f"{options} {lacks}"] if lacks else []
    )


def test_without_the_option_its_place_is_the_data(tmp_path: Path) -> None:
    configured = argocd_cm(None, "  timeout.reconciliation: 60s\n")
    found = judge(tmp_path, files(CHART) | configured, (RULE,))
    assert told(found) == [(RULE, "error", CM, *place(configured[CM], "data:\n"))]


def test_options_of_the_version_that_the_application_asks_for(tmp_path: Path) -> None:
    versioned = argocd_cm("--x", "  kustomize.buildOptions.v5.4.3: --enable-helm\n")
    app = application(more="").replace("path: scorer}", "path: scorer, kustomize: {version: v5.4.3}}")
    assert judge(tmp_path / "a", files(CHART, app) | versioned, (RULE,)) == ()
    assert len(judge(tmp_path / "b", files(CHART) | versioned, (RULE,))) == 1


@pytest.mark.parametrize(
    ("kustomization", "needle"),
    [(CHART, "name"), (OUTSIDE, "../settings.yaml"), ("resources: [settings.yaml]\n", None)],
)
def test_without_argocd_cm_nobody_knows(tmp_path: Path, kustomization: str, needle: str | None) -> None:
    found = judge(tmp_path, files(kustomization), (RULE,))
    expected = [(RULE, "warning", KUSTOMIZATION, *place(kustomization, needle))] if needle else []
    assert told(found) == expected


@pytest.mark.parametrize("how", ["flavour", "arn"])
def test_the_capability_cannot_be_told(tmp_path: Path, how: str) -> None:
    arn = "{server: arn:aws:eks:us-east-1:123456789012:cluster/prod, namespace: ml}"
    tree = files(CHART + OUTSIDE, application(destination=arn) if how == "arn" else "") | argocd_cm("--enable-helm")
    if how == "flavour":
        tree[CONFIGURATION] = "version: 1\nanswers: {flavour: eks-capability}\n"
    text = tree[KUSTOMIZATION]
    (found,) = judge(tmp_path, tree, (RULE,))
    assert told((found,)) == [(RULE, "error", KUSTOMIZATION, *place(text, "name"))]
    assert [one.line for one in found.related] == [place(text, "../settings.yaml")[0]]


def test_what_lies_in_an_included_folder_counts_from_there(tmp_path: Path) -> None:
    included = {
        "base/kustomization.yaml": "resources: [settings.yaml]\n",
        "base/settings.yaml": SETTINGS,
    }
    tree = files("resources: [../base]\n") | included | argocd_cm("''")
    assert judge(tmp_path / "a", tree, (RULE,)) == ()
    tree["base/kustomization.yaml"] = "resources: [../settings.yaml]\n"
    (found,) = judge(tmp_path / "b", tree, (RULE,))
    assert [one.file for one in found.related] == ["base/kustomization.yaml"]


def test_a_generator_that_inflates_a_chart_needs_helm(tmp_path: Path) -> None:
    inflator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: scorer\n"
    tree = files("generators: [chart.yaml]\n") | argocd_cm("--x") | {"scorer/chart.yaml": inflator}
    (found,) = judge(tmp_path, tree, (RULE,))
    assert "--enable-helm" in found.message


def test_what_is_kept_rendered_needs_no_build(tmp_path: Path) -> None:
    app = application(
        source="{repoURL: https://git.example.com/ml/scorer.git, targetRevision: main, path: rendered/scorer}"
    )
    tree = files(CHART, app) | {"rendered/scorer/manifests.yaml": SETTINGS}
    assert judge(tmp_path, tree, (RULE,)) == ()


def test_settings_that_cannot_be_read_may_say_so(tmp_path: Path) -> None:
    broken = {CM: argocd_cm("--enable-helm")[CM].replace("  kustomize", "\tkustomize")}
    found = judge(tmp_path, files(CHART) | broken, (RULE, "repo/yaml"))
    assert [one.rule for one in found] == ["repo/yaml"]
