"""Hooks and waves: what Argo CD applies before what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.linter.argocd_trees import application, tree
from tests.unit.linter.small import judge, place, told

HOOKS, ORDER = "argocd/helm-hooks-ignored", "argocd/sync-order"


def thing(name: str, annotations: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: {name}, namespace: ml, annotations: {{{annotations}}}}}\ndata: {{a: b}}\n"
    )


@pytest.mark.parametrize(
    ("own", "helm", "ignored"),
    [
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: pre-install", True),
        ("argocd.argoproj.io/hook: 'Sync, PostSync'", "helm.sh/hook: 'post-install,post-upgrade'", True),
        ("argocd.argoproj.io/hook: PostDelete", "helm.sh/hook: pre-delete", True),
        # No hooks: what is skipped, a wave, a word that is none.
        ("argocd.argoproj.io/hook: Skip", "helm.sh/hook: pre-install", False),
        ("argocd.argoproj.io/hook: Presync", "helm.sh/hook: pre-install", False),
        ("argocd.argoproj.io/sync-wave: '1'", "helm.sh/hook: pre-install", False),
        # Argo CD runs none of these anyway.
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: test", False),
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: pre-rollback", False),
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: crd-install", False),
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook-weight: '1'", False),
        # The chart provides for Argo CD itself.
        ("argocd.argoproj.io/hook: PreSync", "helm.sh/hook: pre-install, argocd.argoproj.io/hook: PreSync", False),
    ],
)
def test_one_hook_of_argo_cd(tmp_path: Path, own: str, helm: str, *, ignored: bool) -> None:
    text = thing("before", own)
    files = tree(application(), before=text, chart=thing("migration", helm))
    found = judge(tmp_path, files, (HOOKS,))
    value = own.partition(": ")[2]
    assert told(found) == ([(HOOKS, "warning", "scorer/before.yaml", *place(text, value))] if ignored else [])


def test_without_an_engine_nobody_knows_hooks(tmp_path: Path) -> None:
    files = tree(
        application(), before=thing("a", "argocd.argoproj.io/hook: Sync"), b=thing("b", "helm.sh/hook: pre-install")
    )
    del files["apps/scorer.yaml"]
    assert judge(tmp_path, files, (HOOKS,)) == ()


def sealed(annotations: str = "", name: str = "scorer") -> str:
    more = f"  annotations: {{{annotations}}}\n" if annotations else ""
    return (
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n"
        f"metadata:\n  name: {name}\n  namespace: ml\n{more}"
        "spec: {encryptedData: {password: AgBx}, template: {type: Opaque}}\n"
    )


def job(annotations: str = "", optional: str = "") -> str:
    return (
        "apiVersion: batch/v1\nkind: Job\n"
        f"metadata: {{name: scorer, namespace: ml, annotations: {{{annotations}}}}}\n"
        "spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n"
        "        - name: scorer\n          image: scorer:1.4.2\n          env:\n"
        f"            - {{name: P, valueFrom: {{secretKeyRef: {{name: scorer, key: password{optional}}}}}}}\n"
    )


@pytest.mark.parametrize(
    ("secret", "reader", "late"),
    [
        ("", "", True),
        ("argocd.argoproj.io/sync-wave: '-1'", "", False),
        ("argocd.argoproj.io/sync-wave: '0'", "", True),
        ("argocd.argoproj.io/sync-wave: '1'", "argocd.argoproj.io/sync-wave: '2'", False),
        ("argocd.argoproj.io/sync-wave: '-1'", "argocd.argoproj.io/sync-wave: '-1'", True),
        ("argocd.argoproj.io/sync-wave: first", "", True),
        ("", "argocd.argoproj.io/sync-wave: '5'", False),
        # A hook comes before all waves.
        ("argocd.argoproj.io/sync-wave: '-9'", "helm.sh/hook: pre-install", True),
        ("argocd.argoproj.io/sync-wave: '-9'", "argocd.argoproj.io/hook: PreSync", True),
        ("argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: '-1'", "helm.sh/hook: pre-install", False),
        ("", "helm.sh/hook: 'post-install,post-upgrade'", False),
        ("", "argocd.argoproj.io/hook: PostSync", False),
        # Never applied by a sync.
        ("", "helm.sh/hook: test", False),
        ("", "argocd.argoproj.io/hook: Skip", False),
        # Helm's weight is a wave.
        ("helm.sh/hook: pre-install, helm.sh/hook-weight: '-5'", "helm.sh/hook: pre-install", False),
    ],
)
def test_order(tmp_path: Path, secret: str, reader: str, *, late: bool) -> None:
    text = sealed(secret)
    found = judge(tmp_path, tree(application(), secret=text, job=job(reader)), (ORDER,))
    wave = secret.partition("sync-wave: ")[2]
    where = place(text, wave) if wave else place(text, "annotations" if secret else "metadata")
    assert told(found) == ([(ORDER, "warning", "scorer/secret.yaml", *where)] if late else [])


def test_what_starts_without_it_does_not_count(tmp_path: Path) -> None:
    files = tree(application(), secret=sealed(), job=job(optional=", optional: true"))
    assert judge(tmp_path, files, (ORDER,)) == ()
    assert judge(tmp_path / "b", tree(application(), secret=sealed(name="other"), job=job()), (ORDER,)) == ()


def test_several_readers_are_one_finding(tmp_path: Path) -> None:
    second = job().replace("name: scorer, namespace", "name: trainer, namespace")
    (found,) = judge(tmp_path, tree(application(), secret=sealed(), job=job(), more=second), (ORDER,))
    assert "and 1 more" in found.message
