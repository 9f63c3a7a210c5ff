"""Credentials in values that manifests hand to charts from elsewhere: no environment has a layer of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import commit, write

from .small import judge, place, told

RULE = "secrets/plaintext-in-values"
WORD = "Zq8vKp2xLm4w"
SOURCE = "repoURL: https://charts.example.com\n    chart: grafana\n    targetRevision: 1.2.3\n"


def stage(root: Path) -> None:
    subprocess.run(["git", "add", "."], cwd=root, check=True)


def application(helm: str) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: grafana, namespace: argocd}\nspec:\n"
        f"  project: default\n  source:\n    {SOURCE}    helm:\n{helm}"
        "  destination: {server: https://kubernetes.default.svc, namespace: monitoring}\n"
    )


APPLICATION_SET = f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: grafana, namespace: argocd}}
spec:
  generators: [{{list: {{elements: [{{env: prod}}]}}}}]
  template:
    metadata: {{name: grafana}}
    spec:
      project: default
      sources:
        - repoURL: https://charts.example.com
          chart: grafana
          targetRevision: 1.2.3
          helm: {{valuesObject: {{admin: {{password: {WORD}}}}}}}
      destination: {{server: https://kubernetes.default.svc, namespace: monitoring}}
"""
OF_ANOTHER = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: grafana, namespace: argocd}
spec:
  project: default
  sources:
    - repoURL: https://charts.example.com
      chart: grafana
      targetRevision: 1.2.3
      helm: {valueFiles: [$values/platform/grafana-values.yaml]}
    - {repoURL: https://git.example.com/a.git, targetRevision: main, ref: values}
  destination: {server: https://kubernetes.default.svc, namespace: monitoring}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: grafana, namespace: monitoring}
spec:
  interval: 10m
  chart: {spec: {chart: grafana, version: 1.2.3, sourceRef: {kind: HelmRepository, name: grafana}}}
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: grafana, namespace: monitoring}\ndata:\n"

CASES = {
    "a text": (
        {"a.yaml": application(f"      values: |\n        image: x\n        adminPassword: {WORD}\n")},
        "a.yaml",
    ),
    "a map": ({"a.yaml": application(f"      valuesObject:\n        adminPassword: {WORD}\n")}, "a.yaml"),
    "a parameter": (
        {"a.yaml": application(f"      parameters:\n        - {{name: db.password, value: {WORD}}}\n")},
        "a.yaml",
    ),
    "an ApplicationSet": ({"a.yaml": APPLICATION_SET}, "a.yaml"),
    "a file": (
        {"a.yaml": OF_ANOTHER, "platform/grafana-values.yaml": f"adminPassword: {WORD}\n"},
        "platform/grafana-values.yaml",
    ),
    "a HelmRelease": ({"a.yaml": f"{RELEASE}  values:\n    adminPassword: {WORD}\n"}, "a.yaml"),
    "a ConfigMap": (
        {
            "a.yaml": f"{RELEASE}  valuesFrom: [{{kind: ConfigMap, name: grafana}}]\n",
            "map.yaml": f"{MAP}  values.yaml: |\n    image: x\n    adminPassword: {WORD}\n",
        },
        "map.yaml",
    ),
    "a ConfigMap that kustomize makes": (
        {
            "a.yaml": f"{RELEASE}  valuesFrom: [{{kind: ConfigMap, name: grafana, valuesKey: own.yaml}}]\n",
            "kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator:\n  - {name: grafana, files: [own.yaml=v.yaml]}\n",
            "v.yaml": f"adminPassword: {WORD}\n",
        },
        "v.yaml",
    ),
}
HARMLESS = {
    "names of Secrets": application("      valuesObject: {admin: {existingSecret: grafana, passwordKey: password}}\n"),
    "keys of a Secret": application(
        "      valuesObject: {db: {secretKeys: {password: db-password, apiKey: API_KEY}}}\n"
    ),
    "a key of a Secret": application("      parameters: [{name: db.secretKeys.password, value: db-password}]\n"),
    "a key beside a Secret": application("      valuesObject: {jwt: {existingSecret: jwt, secretKey: jwtSecret}}\n"),
    "a template": application("      values: |\n        adminPassword: '{{ .password }}'\n        a: b\n"),
    "a placeholder": application("      parameters: [{name: adminPassword, value: in-a-sealed-secret}]\n"),
    "no values": application("      releaseName: grafana\n"),
    "broken values": application(f"      values: 'adminPassword: [{WORD}'\n"),
    "a kind of another group": f"{RELEASE}  values: {{adminPassword: {WORD}}}\n".replace(
        "helm.toolkit.fluxcd.io", "a.b"
    ),
    "odd parameters": application("      parameters: [x, {value: y}, {name: adminPassword}, {name: [a], value: b}]\n"),
    "odd values": application(
        "      values: 3\n      valuesObject: [a]\n      valueFiles: [1, '$', $values, $values/a]\n"
    ),
    "odd sources": APPLICATION_SET.replace(f"{{valuesObject: {{admin: {{password: {WORD}}}}}}}", f"[{WORD}]"),
    "odd references": f"{RELEASE}  valuesFrom: [x, {{kind: ConfigMap}}, {{kind: Secret, name: a}}]\n  values: [x]\n",
    "no spec": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: 3\n",
    "a map that nobody reads": f"{RELEASE}\n---\n{MAP}  values.yaml: |\n    image: x\n    adminPassword: {WORD}\n",
}


@pytest.mark.parametrize(("files", "file"), CASES.values(), ids=CASES)
def test_found_where_it_is_written(tmp_path: Path, files: dict[str, str], file: str) -> None:
    found = judge(tmp_path, files, (RULE,))
    assert told(found) == [(RULE, "error", file, *place(files[file], WORD))]
    assert WORD not in repr(found)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_silent(tmp_path: Path, text: str) -> None:
    assert judge(tmp_path, {"a.yaml": text}, (RULE,)) == ()


def test_odd_generators_are_passed_over(tmp_path: Path) -> None:
    files = {
        "a.yaml": f"{RELEASE}  valuesFrom: [{{kind: ConfigMap, name: grafana}}]\n",
        "kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [x, {name: grafana, files: [1, gone/values.yaml]}]\n",
        "other.yaml": "configMapGenerator:\n  - {name: grafana, files: [values.yaml=v.yaml]}\n",
        "v.yaml": f"adminPassword: {WORD}\n",
    }
    assert judge(tmp_path, files, (RULE,)) == ()


def test_a_layer_of_an_environment_is_told_once(tmp_path: Path) -> None:
    text = application(f"      valuesObject: {{adminPassword: {WORD}}}\n").replace("chart: grafana", "path: chart")
    files = {"a.yaml": text, "chart/Chart.yaml": "apiVersion: v2\nname: grafana\nversion: 1.0.0\n"}
    (found,) = judge(tmp_path, files, (RULE,))
    assert found.environments == ("grafana",)


def test_a_hook_looks_at_what_is_staged(tmp_path: Path) -> None:
    commit(write(tmp_path, {"a.yaml": application("      valuesObject: {a: b}\n"), "README.md": "x\n"}))
    options = Options(staged=True, render=False)
    write(tmp_path, {"README.md": "y\n"})
    stage(tmp_path)
    assert cached_run([tmp_path], options, use=False).report.findings == ()
    write(tmp_path, {"a.yaml": application(f"      valuesObject: {{adminPassword: {WORD}}}\n")})
    stage(tmp_path)
    assert [one.rule for one in cached_run([tmp_path], options, use=False).report.findings] == [RULE]
