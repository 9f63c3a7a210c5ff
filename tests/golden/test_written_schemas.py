"""Everything that is written and everything that is applied fits the schemas of its kind, strictly."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops import scaffold
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.config.configuration_models import KUBERNETES
from hydrogitops.linter.applied import applied
from hydrogitops.model import Coverage, Report
from tests.schemas import problems
from tests.unit.config.answers_data import changed, example

EXTERNAL, INSIDE = example("production-external"), example("in-cluster")
ARNS = {
    f"environments__{name}__cluster__server": f"arn:aws:eks:us-east-1:123456789012:cluster/{name}"
    for name in ("staging", "prod")
}
ANSWERS: Mapping[str, dict[str, Any]] = {
    "argocd, outside": EXTERNAL,
    "argocd, inside": INSIDE,
    "argocd, nothing known": {},
    "argocd, rendered": changed(EXTERNAL, flavour="rendered"),
    "argocd, capability": changed(EXTERNAL, flavour="eks-capability", **ARNS),
    "flux, outside": changed(EXTERNAL, engine="flux"),
    "flux, inside": changed(INSIDE, engine="flux"),
    "flux, nothing known": {"engine": "flux"},
    "flux, artifact": changed(EXTERNAL, engine="flux", repository="oci://registry.example.com/platform/prod-cluster"),
}
RENDERED = ("argocd, outside", "argocd, inside", "flux, outside", "flux, inside")
REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")


def written(folder: Path, name: str, chart: str = "stand-in") -> Path:
    target = folder / "prod-cluster"
    scaffold.new(
        "prod-cluster",
        answers=ANSWERS[name],
        no_input=True,
        allow_open=True,
        chart=REAL if chart == "real" else None,
        offline=True,
        git=False,
        target=target,
        lint=lambda _: Report((), Coverage()),
    )
    return target


def objects(folder: Path) -> Iterator[dict[str, Any]]:
    """Every object in the files of a repository; values, configurations and patches are none."""
    for path in sorted(folder.rglob("*.yaml")):
        if "charts" in path.relative_to(folder).parts:
            continue
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            whole = isinstance(document, dict) and {"apiVersion", "kind"} <= set(document)
            if whole and not _is_patch(path):
                yield document


def _is_patch(path: Path) -> bool:
    """Files beside a kustomization of the kind Component, and the rollout, are pieces of objects."""
    beside = path.parts[-3] in ("components", "version") or path.name == "rollout.yaml"
    return beside and path.name != "kustomization.yaml"


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_written(name: str, tmp_path: Path) -> None:
    found = list(objects(written(tmp_path, name)))
    kinds = {item["kind"] for item in found}
    assert {"Kustomization", "Component", "SealedSecret", "Namespace"} <= kinds
    source = "OCIRepository" if "artifact" in name else "GitRepository"
    assert ({"HelmRelease", source} if "flux" in name else {"ApplicationSet", "AppProject"}) <= kinds
    assert [said for item in found for said in problems(item, "1.34")] == []


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
@pytest.mark.parametrize("chart", ["stand-in", "real"])
@pytest.mark.parametrize("name", RENDERED)
def test_what_is_applied(name: str, chart: str, tmp_path: Path) -> None:
    if chart == "real" and not REAL:
        pytest.skip("HYDROGITOPS_REAL_CHART names no chart: only the stand-in is judged")
    target = written(tmp_path, name, chart)
    for environment, text, _ in applied(target, []):
        found = [item for item in yaml.load_all(text, Loader=yaml.CSafeLoader) if item]
        assert {"Deployment", "Service", "PodDisruptionBudget", "SealedSecret"} <= {item["kind"] for item in found}
        for kubernetes in KUBERNETES:
            said = [one for item in found for one in problems(item, kubernetes)]
            assert said == [], (environment, kubernetes)


GOOD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "x"},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "main", "image": "x:1"}]},
        },
    },
}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("spec__template__spec__containers", [{"name": "main", "imagee": "x:1"}], "imagee"),
        ("spec__replicas", "1", "'1'"),
        ("apiVersion", "extensions/v1beta1", "no such kind"),
    ],
)
def test_a_wrong_object_of_kubernetes_is_told(path: str, value: object, said: str) -> None:
    assert list(problems(GOOD, "1.34")) == []
    assert said in "".join(problems(changed(GOOD, **{path: value}), "1.34"))


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        ("HelmRelease", "spec__install", {"retries": "3"}, "retries"),
        ("HelmRelease", "spec__interval", "1 hour", "1 hour"),
        ("Kustomization", "spec__prunes", True, "prunes"),
        ("GitRepository", "spec__url", "git@git.example.com:a/b.git", "git@"),
        ("SealedSecret", "spec__encryptedData", {}, "non-empty"),
        ("SealedSecret", "spec__encryptedData", {"password": "hunter2"}, "hunter2"),
    ],
)
def test_a_wrong_custom_object_is_told(kind: str, path: str, value: object, said: str, tmp_path: Path) -> None:
    item = next(
        item
        for item in objects(written(tmp_path, "flux, outside"))
        if item["kind"] == kind and not item["apiVersion"].startswith("kustomize.config.")
    )
    assert said in "".join(problems(changed(item, **{path: value}), "1.34"))
