"""Objects that no API server takes: they are judged as far as they can be, and nothing stumbles."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import write

CONFIG = "version: 1\nenvironments:\n  plain:\n    pools: [{name: ml, labels: {}, instance_types: [m5.large]}]\n"
APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: ml}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: main, image: "example.com/app:1", resources: RESOURCES}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: app, namespace: ml}
spec: {minAvailable: 1, selector: SELECTOR}
"""
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: METADATA\nspec: {interval: 1m}\n"
KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, interval: 1m, sourceRef: {kind: GitRepository, name: flux-system}}
"""


@pytest.mark.parametrize(
    ("resources", "selector"),
    [
        ('{limits: {memory: "8Gi"}, requests: true}', "{}"),
        ("{}", "{matchLabels: true}"),
        ("{}", "{matchExpressions: true}"),
        ("{}", "{matchExpressions: [{key: app, operator: In, values: true}]}"),
    ],
)
def test_a_workload_and_its_budget(tmp_path: Path, resources: str, selector: str) -> None:
    text = APP.replace("RESOURCES", resources).replace("SELECTOR", selector)
    write(tmp_path, {".hydrogitops.yaml": CONFIG, "app.yaml": text})
    assert cached_run([tmp_path], Options(render=False), use=False).report.coverage.objects == 2


@pytest.mark.parametrize("metadata", ["app", "[]", "{name: [app]}"])
def test_a_release_of_flux(tmp_path: Path, metadata: str) -> None:
    files = {
        ".hydrogitops.yaml": "version: 1\n",
        "clusters/prod/apps.yaml": KUSTOMIZATION,
        "apps/release.yaml": RELEASE.replace("METADATA", metadata),
    }
    write(tmp_path, files)
    assert cached_run([tmp_path], Options(render=False), use=False).report.coverage.environments
