"""All answers: a pairwise cover of everything they may say is written, rendered and judged; the invariants hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops import scaffold
from hydrogitops.charts import stand_in
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.applied import applied
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.e2e.invariants import jvm_violations, violations, workloads

from .pairs import Row, cover

REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")
MEANT = {"secrets/placeholder"}
ARTIFACT = "oci://registry.example.com:5000/platform/hydro"
ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"

FACTORS: Mapping[str, tuple[str, ...]] = {
    "engine": ("argocd, plain", "argocd, rendered", "argocd, eks-capability", "flux, plain", "flux, artifact"),
    "registry": ("dockerhub", "artifactory", "harbor", "ecr", "other", "in-cluster"),
    "postgresql": ("rds", "aurora", "external", "in-cluster"),
    "mongodb": ("external", "documentdb", "in-cluster"),
    "storage": ("s3", "minio", "other"),
    "ingress": ("alb", "alb with certificate", "nginx", "nginx with certificate", "none"),
    "ci": ("github", "gitlab", "none"),
    "smtp": ("mail", "no mail"),
    "nodes": ("tainted", "plain", "unknown"),
    "environments": ("one", "two clusters", "one cluster"),
    "chart": ("vendored", "referred to"),
    "names": ("usual", "others"),
}
PARTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "registry": {
        "dockerhub": {"url": "docker.io/acme", "username": "acme"},
        "artifactory": {"url": "acme.jfrog.io/models", "username": "acme"},
        "harbor": {"url": "harbor.example.com:8443/hydro", "username": "robot$hydro"},
        "ecr": {"url": f"{ECR}/hydro", "create_on_push_template": True},
        "other": {"url": "registry.example.com", "username": "acme"},
        "in-cluster": {},
    },
    "postgresql": {
        "rds": {"host": "hydro.c9akciq32xyz.eu-west-1.rds.amazonaws.com", "version": "15"},
        "aurora": {"host": "hydro.cluster-c9akciq32xyz.eu-west-1.rds.amazonaws.com", "version": "16.4"},
        "external": {"host": "db.example.com", "version": "10"},
        "in-cluster": {},
    },
    "mongodb": {
        "external": {"host": "mongo.example.com", "version": "6.0"},
        "documentdb": {
            "host": "hydro.cluster-c9akciq32xyz.eu-west-1.docdb.amazonaws.com", "engine_version": "8.0.2"
        },
        "in-cluster": {},
    },
    "storage": {
        "s3": {"buckets": {"feature_lake": "acme-lake", "visualization": "acme-vis", "model_registry": "acme-models"}},
        "minio": {},
        "other": {
            "url": "http://s3.example.com:9000",
            "buckets": {"feature_lake": "acme-lake", "visualization": "acme-lake", "model_registry": "acme-lake"},
        },
    },
}  # fmt: skip
INGRESS: Mapping[str, dict[str, str]] = {
    "alb": {"kind": "alb", "host": "hydro.example.com"},
    "alb with certificate": {
        "kind": "alb",
        "host": "hydro.example.com",
        "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/6a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    },
    "nginx": {"kind": "nginx", "host": "hydro.example.com", "class": "internal-nginx"},
    "nginx with certificate": {"kind": "nginx", "host": "hydro.example.com", "certificate": "letsencrypt-prod"},
    "none": {"kind": "none"},
}
POOLS: Mapping[str, list[dict[str, Any]]] = {
    "tainted": [
        {
            "name": "ml",
            "labels": {"node": "highPerformance"},
            "taints": [
                {"key": "node", "value": "highPerformance", "effect": "NoSchedule"},
                {"key": "dedicated", "effect": "NoExecute"},
            ],
            "allocatable": {"cpu": "7910m", "memory": "28Gi", "pods": "58"},
        }
    ],
    "plain": [{"name": "any", "instance_types": ["m5.2xlarge", "m5.4xlarge"]}],
}


ROWS = cover(FACTORS)


def answers(row: Row) -> dict[str, Any]:
    """The answers that a row stands for; whatever it does not name is left to the defaults."""
    engine, flavour = row["engine"].split(", ")
    artifact = flavour == "artifact"
    given: dict[str, Any] = {
        "engine": engine,
        "flavour": "plain" if artifact else flavour,
        "repository": ARTIFACT if artifact else "https://git.example.com/platform/hydro.git",
        "aws": {"account": "123456789012", "region": "eu-west-1"},
        "ingress": dict(INGRESS[row["ingress"]]),
        "ci": row["ci"],
        "environments": dict(environments(row)),
    }
    for part, kinds in PARTS.items():
        given[part] = {"kind": row[part], **kinds[row[part]]}
    if row["registry"] != "in-cluster":
        given["storage"] = without(given["storage"], "model_registry")
    if row["smtp"] == "mail":
        given["smtp"] = {"host": "mail.example.com:587", "from": "hydro@example.com", "username": "hydro"}
    if row["names"] == "others":
        given |= {"release": "ml-2", "namespace": "ml-platform", "revision": "next" if artifact else "release/next"}
        given["postgresql"] |= {"database": "serving", "username": "postgres"}
        given["mongodb"] |= {"database": "profiles", "username": "reader"}
    return given


def without(storage: dict[str, Any], bucket: str) -> dict[str, Any]:
    buckets = {name: value for name, value in storage.get("buckets", {}).items() if name != bucket}
    return {**storage, **({"buckets": buckets} if buckets else {})}


def environments(row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, profile in (("no", "dev"), ("prod", "production"))[row["environments"] == "one" :]:
        cluster = "shared" if row["environments"] == "one cluster" else f"{name}-cluster"
        server = f"{ARN}{cluster}" if "eks" in row["engine"] else f"https://{cluster}.gr7.eu-west-1.eks.amazonaws.com"
        one: dict[str, Any] = {"profile": profile, "cluster": {"name": cluster}}
        if "flux" not in row["engine"]:
            one["cluster"]["server"] = server
        if row["nodes"] in POOLS:
            one["pools"] = POOLS[row["nodes"]]
        if name == "no" and row["environments"] == "one cluster":
            one["namespace"] = "hydro-second"
        if name == "no":
            one["overrides"] = dict(overrides(row))
        yield name, one


def overrides(row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whatever may differ for one environment does in one of them."""
    if row["postgresql"] != "in-cluster":
        yield "postgresql", {"host": "other-db.example.com", "database": "other", "username": "somebody"}
    if row["mongodb"] == "external":
        yield "mongodb", {"host": "other-mongo.example.com", "database": "other", "auth_database": "other"}
    if row["registry"] not in ("in-cluster", "ecr"):
        yield "registry", {"url": "other-registry.example.com/hydro", "username": "other"}
    if row["ingress"] != "none":
        yield "ingress", {"host": "other.example.com"}
    if row["storage"] != "minio":
        yield "storage", {"buckets": {"feature_lake": "acme-other-lake"}}


def cell(row: Row) -> str:
    return "; ".join(row.values())


def test_every_pair_is_covered_by_few_rows() -> None:
    pairs = {
        ((one, first), (other, second))
        for one, other in combinations(FACTORS, 2)
        for first in FACTORS[one]
        for second in FACTORS[other]
    }
    assert {pair for row in ROWS for pair in combinations(row.items(), 2)} == pairs
    assert len(ROWS) <= 40
    assert cover(FACTORS) == ROWS, "the same rows every time"


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
@pytest.mark.parametrize("row", ROWS, ids=cell)
def test_what_answers_give(row: Row, tmp_path: Path) -> None:
    target = tmp_path / "hydro"
    chart = (REAL or str(stand_in.folder())) if row["chart"] == "vendored" else None
    given = answers(row)
    scaffold.new(
        "hydro",
        answers=given,
        no_input=True,
        chart=chart,
        offline=True,
        git=False,
        target=target,
        lint=lambda folder: cached_run([folder], Options(), use=False).report,
    )
    # As it will be judged from now on: nothing but what is still to be sealed, and nothing that was not seen.
    report = cached_run([target], Options(), use=False).report
    # A chart that is not at hand cannot be rendered for Argo CD; `new` says so, and so does the linter.
    keeps = row["engine"] in ("argocd, rendered", "argocd, eks-capability")
    meant = {*MEANT, *(("repo/not-rendered",) if keeps and chart is None else ())}
    assert [f"{one.rule}: {one.file}: {one.message}" for one in report.findings if one.rule not in meant] == []
    assert report.exit_code() == 0
    assert report.coverage.not_seen == ()
    assert set(report.coverage.environments) == set(given["environments"])
    configuration = yaml.safe_load((target / ".hydrogitops.yaml").read_text(encoding="utf-8"))
    for name, text, _ in applied(target, []):
        objects = [item for item in yaml.load_all(text, Loader=yaml.CSafeLoader) if item]
        own = [item for item in objects if not item["apiVersion"].partition("/")[0].endswith("toolkit.fluxcd.io")]
        namespace = configuration["answers"]["environments"][name]["namespace"]
        pools = configuration["environments"][name].get("pools", [])
        assert list(violations(own, namespace=namespace, pools=pools)) == []
        assert list(jvm_violations(own)) == []
        assert len(workloads(own)) >= 8
        if keeps:
            kept = target / "rendered" / name / "manifests.yaml"
            assert kept.exists() is (chart is not None)
            assert chart is None or kept.read_text(encoding="utf-8") == text
