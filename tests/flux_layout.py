"""A repository for Flux made from one for Argo CD: the same values, patches and sealed secrets, other files around."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydrogitops.source import emitting, load

APP = "apps/hydrosphere"
ARGOCD = ("bootstrap", "platform", "environments")


def flux(source: Path, target: Path) -> Path:
    """Write at `target` what `source`, a generated repository for Argo CD, says, laid out for Flux."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".git"))
    facts = {path.parent.name: load(path.read_text()) for path in sorted(target.glob("environments/*/config.yaml"))}
    charts = {name: _read(target / APP / "envs" / name / "kustomization.yaml") for name in facts}
    for folder in ARGOCD:
        for path in sorted((target / folder).rglob("*.yaml")):
            path.unlink()
    vendored = (target / "charts/serving/Chart.yaml").exists()
    for name, data in charts.items():
        _environment(target, name, data, vendored=vendored)
        _cluster(target, name)
    return target


def _environment(root: Path, name: str, data: Mapping[str, Any], *, vendored: bool) -> None:
    folder = f"{APP}/envs/{name}"
    (chart,) = data["helmCharts"]
    layers = [chart["valuesFile"], *chart["additionalValuesFiles"]]
    patches = list(_patches(root, folder, data))
    names = [f"{chart['releaseName']}-{part}" for part in ("base", "environment", "version")]
    sources = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    repository = {"kind": "HelmRepository", "name": "hydrosphere"}
    template = (
        {"chart": "./charts/serving", "reconcileStrategy": "Revision", "sourceRef": sources}
        if vendored
        else {"chart": "serving", "version": "3.0.3", "sourceRef": repository}
    )
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": chart["releaseName"], "namespace": chart["namespace"]},
        "spec": {
            "interval": "1h",
            "releaseName": chart["releaseName"],
            "chart": {"spec": template},
            "valuesFrom": [{"kind": "ConfigMap", "name": one} for one in names],
            "postRenderers": [{"kustomize": {"patches": [{"patch": "", "target": target} for _, target in patches]}}],
        },
    }
    _write(root / folder / "helmrelease.yaml", release)
    resources = [*(one for one in data["resources"] if one != "secrets"), "helmrelease.yaml"]
    if not vendored:
        _write(
            root / folder / "helmrepository.yaml",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "HelmRepository",
                "metadata": {"name": "hydrosphere", "namespace": chart["namespace"]},
                "spec": {"interval": "1h", "url": "https://hydrospheredata.github.io/hydro-serving/helm/"},
            },
        )
        resources.append("helmrepository.yaml")
    generators: list[Mapping[str, Any]] = [
        {
            "name": one,
            "namespace": chart["namespace"],
            "files": [f"values.yaml={layer}"],
            "options": {"disableNameSuffixHash": True, "labels": {"reconcile.fluxcd.io/watch": "Enabled"}},
        }
        for one, layer in zip(names, layers, strict=True)
    ]
    generators.append(
        {
            "name": "post-renderer",
            "files": [f"p{i}.yaml={posixpath.relpath(file, folder)}" for i, (file, _) in enumerate(patches)],
            "options": {
                "disableNameSuffixHash": True,
                "annotations": {"config.kubernetes.io/local-config": "true"},
            },
        }
    )
    replacements = [
        {
            "source": {"kind": "ConfigMap", "name": "post-renderer", "fieldPath": f"data.[p{i}.yaml]"},
            "targets": [
                {
                    "select": {"kind": "HelmRelease", "name": chart["releaseName"]},
                    "fieldPaths": [f"spec.postRenderers.0.kustomize.patches.{i}.patch"],
                }
            ],
        }
        for i in range(len(patches))
    ]
    _write(
        root / folder / "kustomization.yaml",
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": resources,
            "configMapGenerator": generators,
            "replacements": replacements,
        },
    )


def _patches(root: Path, folder: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The patches of an overlay in the order in which kustomize applies them, each with its file and its target."""
    for component in data.get("components", ()):
        inner = posixpath.normpath(posixpath.join(folder, component))
        yield from _patches(root, inner, _read(root / inner / "kustomization.yaml"))
    for item in data.get("patches", ()):
        yield posixpath.normpath(posixpath.join(folder, item["path"])), item["target"]


def _cluster(root: Path, name: str) -> None:
    _write(
        root / f"clusters/{name}/flux-system.yaml",
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "flux-system", "namespace": "flux-system"},
            "spec": {
                "interval": "1m",
                "url": "https://git.example.com/platform/prod-cluster",
                "ref": {"branch": "main"},
            },
        },
        _kustomization("flux-system", f"./clusters/{name}"),
    )
    _write(root / f"clusters/{name}/infrastructure.yaml", _kustomization("infrastructure", "./infrastructure"))
    _write(
        root / f"clusters/{name}/secrets.yaml",
        _kustomization("secrets", f"./{APP}/envs/{name}/secrets", "infrastructure"),
    )
    _write(root / f"clusters/{name}/apps.yaml", _kustomization("apps", f"./{APP}/envs/{name}", "secrets"))
    _write(
        root / "infrastructure/sealed-secrets.yaml",
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "HelmRepository",
            "metadata": {"name": "sealed-secrets", "namespace": "flux-system"},
            "spec": {"interval": "1h", "url": "https://bitnami.github.io/sealed-secrets"},
        },
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": "sealed-secrets-controller", "namespace": "flux-system"},
            "spec": {
                "interval": "1h",
                "targetNamespace": "kube-system",
                "releaseName": "sealed-secrets-controller",
                "chart": {
                    "spec": {
                        "chart": "sealed-secrets",
                        "version": "2.18.0",
                        "sourceRef": {"kind": "HelmRepository", "name": "sealed-secrets"},
                    }
                },
            },
        },
    )


def _kustomization(name: str, path: str, *after: str) -> Mapping[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {
            "interval": "1h",
            "path": path,
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            **({"dependsOn": [{"name": one} for one in after]} if after else {}),
        },
    }


def _read(path: Path) -> Any:
    return load(path.read_text(encoding="utf-8"))


def _write(path: Path, *documents: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(emitting.stream(documents), encoding="utf-8")
