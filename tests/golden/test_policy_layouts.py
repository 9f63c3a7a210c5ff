"""Every rule's bad example again, deployed by Argo CD and by Flux: the same verdict at the same line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.linter import policies
from tests.golden.test_policy_examples import MANIFEST, texts
from tests.golden.trees import chunks, found, judged, marked, write

FOLDER = "apps"
ENGINES = ("argoproj.io/", "fluxcd.io/")
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/fleet.git, path: apps, targetRevision: main, directory: {recurse: true}}
  destination: {server: https://kubernetes.default.svc}
"""
KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}, prune: true}
"""


def argocd(name: str, kustomized: bool) -> Mapping[str, str]:
    text = APPLICATION.replace("NAME", name)
    return {"argocd/app.yaml": text.replace(", directory: {recurse: true}", "") if kustomized else text}


def flux(name: str, kustomized: bool) -> Mapping[str, str]:
    return {f"clusters/{name}/apps.yaml": KUSTOMIZATION}


def cases() -> list[Any]:
    """The examples of plain files: those of a family of an engine, or with a layout of their own, have theirs."""
    return [
        pytest.param(policy, text, layout, id=f"{name}-{number}-{layout.__name__}")
        for name, policy in policies.load().items()
        for number, text in enumerate(texts(policy.examples["bad"]), 1)
        for layout in (argocd, flux)
        if policy.examples.get("frame") is None
        and "base" not in policy.examples
        and not any(engine in text for engine in ENGINES)
        and not any(part in text for part in ("# file: environments/", "# file: .hydrogitops"))
    ]


@pytest.mark.parametrize(("policy", "text", "layout"), cases())
def test_the_verdict_is_the_same(
    policy: Any, text: str, layout: Callable[[str, bool], Mapping[str, str]], tmp_path: Path
) -> None:
    files, expected = marked(chunks(text, MANIFEST))
    kustomized = "kustomization.yaml" in files
    if any(name.endswith("kustomization.yaml") for name in files) and not kustomized:
        pytest.skip("several environments, each of a folder of its own")
    moved = {f"{FOLDER}/{name}": content for name, content in files.items()}
    write(tmp_path, {**moved, **layout("prod", kustomized)})
    report = judged(tmp_path, only=frozenset({policy.id}))
    assert report.coverage.environments[0] == "prod"
    assert found(report) == [(rule, f"{FOLDER}/{file}", line) for rule, file, line in expected]
