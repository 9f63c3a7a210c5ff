"""Revisions that move: charts by ranges, tags of artifacts, branches of other repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.linter.argocd_trees import REPOSITORY, SETTINGS, application, application_set, tree
from tests.unit.linter.small import CONFIGURATION, judge, place, told

RULE = "repo/floating-revision"
OTHER = "https://git.example.com/ops/dashboards.git"


def beside(source: str) -> dict[str, str]:
    """An Application of this repository, and one of something else."""
    other = application(source=source).replace("name: prod", "name: other")
    return {**tree(application()), "apps/other.yaml": other}


@pytest.mark.parametrize(
    ("revision", "moves"),
    [
        ("3.4.1", False),
        ("v3.4.1", False),
        ("3.4.1-rc.1+build", False),
        # Argo CD takes a version that leaves parts out for the tag of that name.
        ("'3.4'", False),
        ("3.*", True),
        ("'*'", True),
        ("'>=3.0.0'", True),
        ("^3.4.1", True),
        ("~3.4", True),
        ("3.x", True),
        ("3.4.1 - 3.6.0", True),
        ("latest", True),
        ("'TODO: which'", False),
    ],
)
def test_charts(tmp_path: Path, revision: str, *, moves: bool) -> None:
    files = beside(f"{{repoURL: https://charts.example.com, chart: metrics, targetRevision: {revision}}}")
    found = judge(tmp_path, files, (RULE,))
    at = place(files["apps/other.yaml"], revision)
    assert told(found) == ([(RULE, "warning", "apps/other.yaml", *at)] if moves else [])


@pytest.mark.parametrize(
    ("revision", "moves"),
    [
        ("main", True),
        ("HEAD", True),
        ("release-1.2", True),
        ("refs/heads/v1.0.0", True),
        ("1.2.*", True),
        ("'>=1.0.0 <2.0.0'", True),
        ("v1.2.3", False),
        ("'1.2'", False),
        ("chart-1.2.3", False),
        ("refs/tags/stable", False),
        ("8f4e2c1d9a0b3c5d7e6f8091a2b3c4d5e6f70819", False),
        ("8f4e2c1", False),
    ],
)
def test_other_repositories(tmp_path: Path, revision: str, *, moves: bool) -> None:
    files = beside(f"{{repoURL: {OTHER}, path: boards, targetRevision: {revision}}}")
    found = judge(tmp_path, files, (RULE,))
    at = place(files["apps/other.yaml"], f"targetRevision: {revision}")
    assert told(found) == ([(RULE, "warning", "apps/other.yaml", at[0], at[1] + 16)] if moves else [])


def test_no_revision_is_the_default_branch(tmp_path: Path) -> None:
    files = beside(f"{{repoURL: {OTHER}, path: boards}}")
    (found,) = judge(tmp_path, files, (RULE,))
    assert told((found,)) == [(RULE, "warning", "apps/other.yaml", *place(files["apps/other.yaml"], "source"))]
    assert "default branch" in found.message


@pytest.mark.parametrize("address", [REPOSITORY, "git@git.example.com:ml/scorer.git", "https://example.org/me/scorer"])
def test_the_own_repository_may_follow_a_branch(tmp_path: Path, address: str) -> None:
    assert judge(tmp_path, beside(f"{{repoURL: '{address}', path: scorer, targetRevision: main}}"), (RULE,)) == ()


@pytest.mark.parametrize(
    ("revision", "moves"),
    [
        ("latest", True),
        ("main", True),
        ("'1.4'", True),
        ("1.*", True),
        ("1.4.2", False),
        ("v1.4.2-alpine", False),
        ("20261124", False),
        ("main-8f4e2c1", False),
        ("sha256:8f4e2c1d9a0b3c5d7e6f8091a2b3c4d5e6f708198f4e2c1d9a0b3c5d7e6f8091", False),
    ],
)
def test_artifacts(tmp_path: Path, revision: str, *, moves: bool) -> None:
    files = beside(f"{{repoURL: oci://registry.example.com/boards, path: ., targetRevision: {revision}}}")
    assert [one.rule for one in judge(tmp_path, files, (RULE,))] == ([RULE] if moves else [])


@pytest.mark.parametrize(("profile", "severity"), [("production", "error"), ("staging", "warning"), ("dev", "info")])
def test_severity_by_profile(tmp_path: Path, profile: str, severity: str) -> None:
    kustomization = "helmCharts:\n  - {name: metrics, repo: https://charts.example.com, version: ^3.0.0}\n"
    files = {
        **tree(application()),
        "scorer/kustomization.yaml": kustomization,
        CONFIGURATION: f"version: 1\nenvironments: {{prod: {{profile: {profile}}}}}\n",
    }
    found = judge(tmp_path, files, (RULE,))
    assert told(found) == [(RULE, severity, "scorer/kustomization.yaml", *place(kustomization, "^3.0.0"))]
    assert found[0].environments == ("prod",)


@pytest.mark.parametrize(
    ("entry", "needle"),
    [
        ("helmCharts: [{name: m, repo: https://charts.example.com, version: 3.4.1}]", ""),
        # To kustomize, which asks Helm, it stands for all of 3.4.
        ("helmCharts: [{name: m, repo: https://charts.example.com, version: '3.4'}]", "'3.4'"),
        ("helmCharts: [{name: m, repo: https://charts.example.com}]", "{name"),
        ("helmCharts: [{name: m, version: ^3.0.0}]", ""),
        (f"resources: ['{OTHER}//boards?ref=main']", "main"),
        (f"resources: ['{OTHER}//boards?ref=v1.2.3']", ""),
        (f"resources: ['{OTHER}//boards']", f"'{OTHER}"),
        ("resources: ['github.com/ops/dashboards//boards?timeout=9&ref=release-1.2']", "release-1.2"),
        ("resources: ['https://example.com/v1/crds.yaml']", ""),
        (f"components: ['git::{OTHER}//boards?version=HEAD']", "HEAD"),
        (f"resources: ['{REPOSITORY}//base?ref=main']", ""),
    ],
)
def test_kustomizations(tmp_path: Path, entry: str, needle: str) -> None:
    files = {**tree(application()), "scorer/kustomization.yaml": f"{entry}\n"}
    found = judge(tmp_path, files, (RULE,))
    at = place(f"{entry}\n", needle)
    assert told(found) == ([(RULE, "warning", "scorer/kustomization.yaml", *at)] if needle else [])


@pytest.mark.parametrize(
    ("generator", "needle"),
    [
        (f"git: {{repoURL: {OTHER}, revision: main, files: [{{path: a.yaml}}]}}", "main"),
        (f"git: {{repoURL: {OTHER}, files: [{{path: a.yaml}}]}}", "git"),
        (f"git: {{repoURL: {OTHER}, revision: v1.2.3, files: [{{path: a.yaml}}]}}", ""),
        (f"git: {{repoURL: {REPOSITORY}, revision: main, files: [{{path: a.yaml}}]}}", ""),
        (
            f"matrix: {{generators: [{{git: {{repoURL: {OTHER}, revision: main, files: []}}}}, {{clusters: {{}}}}]}}",
            "main",
        ),
    ],
)
def test_generators_that_read_elsewhere(tmp_path: Path, generator: str, needle: str) -> None:
    text = application_set(generators=f"- {generator}")
    found = judge(tmp_path, {**tree(application()), "apps/set.yaml": text}, (RULE,))
    assert told(found) == ([(RULE, "warning", "apps/set.yaml", *place(text, needle))] if needle else [])


def flux(kind: str, spec: str, name: str = "boards") -> str:
    group = "helm" if kind == "HelmRelease" else "source"
    version = "v2" if kind == "HelmRelease" else "v1"
    return (
        f"apiVersion: {group}.toolkit.fluxcd.io/{version}\nkind: {kind}\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\nspec: {spec}\n"
    )


OWN = flux("GitRepository", f"{{url: {REPOSITORY}, ref: {{branch: main}}}}", "flux-system") + (
    "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
    "metadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {path: ./clusters/prod, sourceRef: {kind: GitRepository, name: flux-system}}\n"
)


@pytest.mark.parametrize(
    ("kind", "spec", "needle"),
    [
        ("GitRepository", f"{{url: {OTHER}, ref: {{branch: main}}}}", "main"),
        ("GitRepository", f"{{url: {OTHER}, ref: {{tag: stable}}}}", ""),
        ("GitRepository", f"{{url: {OTHER}, ref: {{branch: main, commit: 8f4e2c1}}}}", ""),
        ("GitRepository", f"{{url: {OTHER}, ref: {{semver: '>=1.0.0'}}}}", "'>=1.0.0'"),
        ("GitRepository", f"{{url: {OTHER}, ref: {{semver: 1.4.2}}}}", ""),
        ("GitRepository", f"{{url: {OTHER}, ref: {{name: refs/tags/v1.0.0}}}}", ""),
        ("GitRepository", f"{{url: {OTHER}, ref: {{name: refs/heads/main}}}}", "refs"),
        ("GitRepository", f"{{url: {OTHER}}}", "spec"),
        ("GitRepository", f"{{url: {REPOSITORY}, ref: {{branch: next}}}}", ""),
        ("OCIRepository", "{url: oci://registry.example.com/boards, ref: {tag: latest}}", "latest"),
        ("OCIRepository", "{url: oci://registry.example.com/boards, ref: {tag: 1.4.2}}", ""),
        ("OCIRepository", "{url: oci://registry.example.com/boards, ref: {semver: 1.x}}", "1.x"),
        ("OCIRepository", "{url: oci://registry.example.com/boards, ref: {tag: latest, digest: sha256:8f}}", ""),
        ("OCIRepository", "{url: oci://registry.example.com/boards}", "spec"),
        ("HelmRelease", "{chart: {spec: {chart: m, version: 3.x, sourceRef: {kind: HelmRepository, name: a}}}}", "3.x"),
        (
            "HelmRelease",
            "{chart: {spec: {chart: m, version: '${version}', sourceRef: {kind: HelmRepository, name: a}}}}",
            "",
        ),
        ("OCIRepository", "{url: oci://registry.example.com/boards, ref: {tag: '${tag}'}}", ""),
        ("HelmRelease", "{chart: {spec: {chart: m, version: 3.4.1, sourceRef: {kind: HelmRepository, name: a}}}}", ""),
        (
            "HelmRelease",
            "{chart: {spec: {chart: m, version: '3.4', sourceRef: {kind: HelmRepository, name: a}}}}",
            "'3.4'",
        ),
        ("HelmRelease", "{chart: {spec: {chart: m, sourceRef: {kind: HelmRepository, name: a}}}}", "spec: {chart: m"),
        ("HelmRelease", "{chart: {spec: {chart: ./m, sourceRef: {kind: GitRepository, name: flux-system}}}}", ""),
        ("HelmChart", "{chart: m, version: '*', sourceRef: {kind: HelmRepository, name: a}}", "'*'"),
    ],
)
def test_flux(tmp_path: Path, kind: str, spec: str, needle: str) -> None:
    text = flux(kind, spec)
    files = {
        "clusters/prod/flux-system.yaml": OWN,
        "clusters/prod/boards.yaml": text,
        "clusters/prod/settings.yaml": SETTINGS,
    }
    found = judge(tmp_path, files, (RULE,))
    assert told(found) == ([(RULE, "warning", "clusters/prod/boards.yaml", *place(text, needle))] if needle else [])
