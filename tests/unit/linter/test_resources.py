"""Rules on resources: near misses that the examples do not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.checks.quantities import nearest
from tests.golden.trees import judged, write


def deployment(resources: str, pod: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
{pod}      containers:
        - name: web
          image: registry.example.com/web:1.0
          resources: {resources}
"""


def rules(root: Path) -> list[tuple[str, int, int]]:
    return [(one.rule, one.line, one.column) for one in judged(root).findings]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("1.5gb", "memory", "1.5Gi"),
        ("1GB", "memory", "1Gi"),
        ("512MiB", "memory", "512Mi"),
        ("512 Mi", "memory", "512Mi"),
        ("50 m", "cpu", "50m"),
        ("2 cores", "cpu", "2"),
        ("1,5Gi", "memory", "1.5Gi"),
        ("a lot", "memory", ""),
    ],
)
def test_the_nearest_legal_amount(text: str, name: str, expected: str) -> None:
    assert nearest(text, name) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # A limit alone becomes the request.
        ("{limits: {cpu: 100m, memory: 64Mi}}", []),
        ("{limits: {memory: 64Mi}, requests: {cpu: 100m, memory: 64Mi}}", []),
        ("{limits: {memory: 64Mi}}", [("resources/cpu-request-missing", 13, 11)]),
        # The missing limit speaks for the missing request.
        ("{requests: {cpu: 100m}}", [("resources/memory-limit-missing", 13, 11)]),
        ("{limits: {memory: true}, requests: {cpu: 1}}", [("resources/quantity-invalid", 13, 40)]),
        ("{limits: {memory: -1Gi}, requests: {cpu: 1}}", [("resources/quantity-invalid", 13, 40)]),
        ("{limits: {memory: Gi}, requests: {cpu: 1}}", [("resources/quantity-suspicious", 13, 40)]),
        ("{limits: {memory: 1Gi}, requests: {cpu: 1000}}", [("resources/quantity-suspicious", 13, 62)]),
        ("{limits: {memory: 1Gi}, requests: {cpu: 999}}", []),
        ("{limits: {memory: 4Mi}, requests: {cpu: 1}}", []),
        ("{limits: {memory: 4194303}, requests: {cpu: 1}}", [("resources/quantity-suspicious", 13, 40)]),
        (
            "{limits: {memory: 1Gi, nvidia.com/gpu: 1}, requests: {cpu: 1, nvidia.com/gpu: 2}}",
            [("resources/request-over-limit", 13, 100)],
        ),
    ],
)
def test_amounts(tmp_path: Path, resources: str, expected: list[tuple[str, int, int]]) -> None:
    write(tmp_path, {"web.yaml": deployment(resources)})
    assert rules(tmp_path) == expected


def test_init_containers_and_sidecars_count(tmp_path: Path) -> None:
    init = """\
      initContainers:
        - name: wait
          image: registry.example.com/wait:1.0
        - name: mesh
          image: registry.example.com/mesh:1.0
          restartPolicy: Always
          resources: {limits: {cpu: 10m, memory: 64Mi}}
"""
    write(tmp_path, {"web.yaml": deployment("{limits: {cpu: 1, memory: 64Mi}}", init)})
    assert rules(tmp_path) == [
        ("resources/cpu-request-missing", 11, 11),
        ("resources/memory-limit-missing", 11, 11),
    ]


def test_one_finding_for_all_environments(tmp_path: Path) -> None:
    """A fault of the base is one finding that names them all; the patch of one environment mends it there alone."""
    overlay = "resources: [../base]\n"
    mended = overlay + (
        "patches:\n  - patch: |\n      kind: Deployment\n      apiVersion: apps/v1\n      metadata: {name: web}\n"
        "      spec: {template: {spec: {containers: [{name: web, resources: {limits: {memory: 64Mi}}}]}}}\n"
    )
    tree = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": deployment("{requests: {cpu: 1, memory: 64Mi}}").replace(", namespace: shop", ""),
        "dev/kustomization.yaml": overlay,
        "qa/kustomization.yaml": overlay,
        "prod/kustomization.yaml": mended,
    }
    write(tmp_path, tree)
    (finding,) = (one for one in judged(tmp_path).findings if one.rule == "resources/memory-limit-missing")
    assert (finding.file, finding.line, finding.column) == ("base/web.yaml", 13, 11)
    assert finding.environments == ("dev", "qa")
    assert {occurrence.environment for occurrence in finding.occurrences} == {"dev", "qa"}


@pytest.mark.parametrize(("amount", "severity"), [("${CPU}", "warning"), ("${CPU:=1}m", "warning"), ("$CPU", "error")])
def test_a_variable_may_be_filled_in_by_who_applies_a_manifest(tmp_path: Path, amount: str, severity: str) -> None:
    """Nobody says here whether that is Flux, which would."""
    resources = f"{{limits: {{memory: 64Mi}}, requests: {{cpu: '{amount}'}}}}"
    write(tmp_path, {"web.yaml": deployment(resources)})
    assert [(one.rule, one.severity) for one in judged(tmp_path).findings] == [("resources/quantity-invalid", severity)]


def test_nobody_fills_in_variables_for_argo_cd(tmp_path: Path) -> None:
    resources = "{limits: {memory: 64Mi}, requests: {cpu: '${CPU}'}}"
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n"
        "  project: shop\n  source: {repoURL: https://git.example.com/shop.git, path: k, targetRevision: main}\n"
        "  destination: {server: https://kubernetes.default.svc, namespace: shop}\n"
    )
    write(tmp_path, {"k/web.yaml": deployment(resources), "apps/web.yaml": application})
    found = judged(tmp_path, only={"resources/quantity-invalid"}).findings
    assert [one.severity for one in found] == ["error"]
