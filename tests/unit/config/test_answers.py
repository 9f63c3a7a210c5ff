"""Reading answers: complete, checked, everything that is wrong at once, no secret repeated."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hydrogitops.config.answers import Answers, as_data, facts, open_answers, problems, read_answers
from hydrogitops.config.defaults import TODO
from hydrogitops.config.messages import shown
from hydrogitops.model import UserError
from hydrogitops.source import load

from .answers_data import ABSENT, EXAMPLES, changed, example

EXTERNAL = example("production-external")
INSIDE = example("in-cluster")
ARTIFACT = "oci://registry.example.com/platform/prod-cluster"
POOL: dict[str, Any] = EXTERNAL["environments"]["prod"]["pools"][0]
ARN = "arn:aws:eks:us-east-1:123456789012:cluster/"


def answered(given: dict[str, Any], *, allow_open: bool = False) -> dict[str, str]:
    return {shown(path): message for path, message in problems(given, allow_open=allow_open)}


@pytest.mark.parametrize("name", ["production-external", "in-cluster"])
def test_examples_are_complete(name: str) -> None:
    answers = read_answers(example(name))
    assert open_answers(answers) == []


@pytest.mark.parametrize("given", [EXTERNAL, INSIDE, {"name": "x"}], ids=["external", "inside", "nothing"])
def test_what_is_written_down_reads_the_same(given: dict[str, Any]) -> None:
    once = read_answers(given, allow_open=True)
    again = read_answers(as_data(once), allow_open=True)
    assert again == once
    assert as_data(again) == as_data(once)


def test_given_answers_are_not_changed() -> None:
    given = example("in-cluster")
    read_answers(given)
    assert given == INSIDE


def test_without_answers_there_are_three_environments_as_in_the_guide() -> None:
    answers = read_answers({"name": "x"}, allow_open=True)
    assert {name: one.profile for name, one in answers.environments.items()} == {
        "dev": "dev",
        "staging": "staging",
        "prod": "production",
    }
    for name, one in answers.environments.items():
        assert (one.cluster.name, one.cluster.server) == (name, TODO)
        assert one.auto_sync is (one.profile != "production")
        assert one.pools is not None
        (pool,) = one.pools
        assert (pool.name, pool.instance_types, pool.labels) == ("ml", ["m5.2xlarge"], {"node": "highPerformance"})
        assert [taint.model_dump() for taint in pool.taints] == [
            {"key": "node", "value": "highPerformance", "effect": "NoSchedule"}
        ]
    assert as_data(answers)["tolerations"] == [
        {"key": "node", "operator": "Equal", "value": "highPerformance", "effect": "NoSchedule"}
    ]
    assert {answers.postgresql.kind, answers.mongodb.kind, answers.storage.kind, answers.registry.kind} == {
        "rds",
        "external",
        "s3",
        "dockerhub",
    }


def test_open_answers_say_what_is_wanted() -> None:
    found = {shown(path): what for path, what in open_answers(read_answers({"name": "x"}, allow_open=True))}
    assert found["postgresql.host"] == "host of the PostgreSQL service"
    assert found["environments.prod.cluster.server"].startswith("address of the API server")
    assert all(found.values())


def test_all_that_is_missing_is_said_at_once() -> None:
    assert set(answered({})) == {
        "name",
        "repository",
        "aws.account",
        "aws.region",
        "registry.url",
        "registry.username",
        "postgresql.host",
        "postgresql.version",
        "mongodb.host",
        "mongodb.version",
        "storage.buckets.feature_lake",
        "storage.buckets.visualization",
        "environments.dev.cluster.server",
        "environments.staging.cluster.server",
        "environments.prod.cluster.server",
    }


def test_missing_wrong_and_contradictory_answers_are_said_together() -> None:
    given = changed(
        EXTERNAL,
        repository=ABSENT,  # missing
        aws__region="eu-west-1a",  # wrong
        postgresql__version="9.6",  # legal by itself
        registry__kind="ecr",  # contradicts the url
        servces={},  # unknown
        services__manager__resources={"limits": {"memory": "1.5gb"}},  # wrong, deep
    )
    found = answered(given)
    assert {
        "repository",
        "aws.region",
        "postgresql.version",
        "registry.url",
        "servces",
        "services.manager.resources.limits.memory",
    } <= set(found)
    with pytest.raises(UserError) as caught:
        read_answers(given)
    for path, message in found.items():
        assert f"{path}: {message}" in caught.value.message
    assert caught.value.message.startswith(f"{len(found)} answers are missing or wrong:")


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"engine": "fluxcd"}, "engine", "argocd or flux"),
        ({"aws__account": 123456789012}, "aws.account", "quotes"),
        ({"aws__account": "12345678901"}, "aws.account", "twelve digits"),
        ({"aws__region": "eu-west-1a"}, "aws.region", "eu-west-1"),
        ({"aws__region": "us-esat-1"}, "aws.region", "did you mean us-east-1?"),
        ({"release": "minio-x"}, "release", "minio"),
        ({"release": "Hydro"}, "release", "lower case"),
        ({"release": "hydro.ml"}, "release", "lower case"),
        ({"release": "hydro-"}, "release", "lower case"),
        ({"release": "1-hydro"}, "release", "beginning with a letter"),
        ({"release": "y"}, "release", "without quotes"),
        ({"release": "h" * 33}, "release", "32 characters"),
        ({"release": "on-minio"}, "release", "minio"),
        ({"namespace": "a_b"}, "namespace", "lower-case"),
        ({"namespace": "on"}, "namespace", "without quotes"),
        ({"namespace": "1e3"}, "namespace", "without quotes"),
        ({"namespace": "kube-system"}, "namespace", "belongs to others"),
        ({"namespace": "argocd"}, "namespace", "belongs to others"),
        ({"environments__prod__namespace": "flux-system"}, "environments.prod.namespace", "belongs to others"),
        ({"environments__prod__cluster__name": "c" * 49}, "environments.prod.cluster.name", "48 characters"),
        ({"environments__prod__cluster__name": "Prod"}, "environments.prod.cluster.name", "lower"),
        (
            {"environments__staging__cluster__name": "prod"},
            "environments.prod.cluster.name",
            "staging has a cluster of this name",
        ),
        (
            {
                "environments__staging__cluster__server": "https://7b1d9e4f5a.gr7.us-east-1.eks.amazonaws.com:443/",
                "environments__staging__cluster__name": "prod",
            },
            "environments.prod.namespace",
            "staging is in this namespace",
        ),
        ({"flavour": "redered"}, "flavour", "plain, rendered or eks-capability"),
        ({"flavour": "eks-capability"}, "environments.prod.cluster.server", "ARN"),
        ({"engine": "flux", "flavour": "rendered"}, "flavour", "flavour of Argo CD"),
        ({"engine": "flux", "flavour": "eks-capability"}, "flavour", "flavour of Argo CD"),
        ({"engine": "flux", "repository": "git://git.example.com/platform/prod.git"}, "repository", "https and ssh"),
        ({"repository": ARTIFACT}, "repository", "for engine flux"),
        ({"flavour": "rendered", "repository": ARTIFACT}, "repository", "for engine flux"),
        ({"engine": "flux", "repository": f"{ARTIFACT}:main"}, "repository", "without a tag"),
        ({"engine": "flux", "repository": f"{ARTIFACT}@sha256:{'a' * 64}"}, "repository", "without a tag"),
        ({"engine": "flux", "repository": "oci://registry.example.com"}, "repository", "that a registry can have"),
        ({"engine": "flux", "repository": "oci://registry.example.com/"}, "repository", "that a registry can have"),
        ({"engine": "flux", "repository": "oci://registry.example.com/a"}, "repository", "that a registry can have"),
        ({"engine": "flux", "repository": "oci://localhost/prod"}, "repository", "that a registry can have"),
        ({"engine": "flux", "repository": "oci://registry.example.com/A/b"}, "repository", "in lower case"),
        ({"engine": "flux", "repository": "oci://platform/prod"}, "repository", "that a registry can have"),
        (
            {"engine": "flux", "repository": "oci://me@registry.example.com/ab"},
            "repository",
            "that a registry can have",
        ),
        ({"engine": "flux", "repository": ARTIFACT, "revision": "release/next"}, "revision", "tag of the artifact"),
        ({"engine": "flux", "repository": ARTIFACT, "revision": "v" * 129}, "revision", "tag of the artifact"),
        ({"engine": "flux", "repository": ARTIFACT, "chart__vendored": True}, "chart.vendored", "say false"),
        ({"repository": "https://git.example.com"}, "repository", "git can fetch"),
        ({"repository": "prod-cluster"}, "repository", "git can fetch"),
        ({"revision": "a..b"}, "revision", "branch or tag"),
        ({"revision": "-x"}, "revision", "branch or tag"),
        ({"chart__version": "3.x"}, "chart.version", "exact version"),
        ({"chart__sha256": "abc"}, "chart.sha256", "64"),
        ({"registry__url": "https://docker.io/acme"}, "registry.url", "without a scheme"),
        ({"registry__url": "docker.io/Acme"}, "registry.url", "lower case"),
        ({"registry__url": "us-east-1"}, "registry.url", "begins with its host"),
        ({"registry__url": "acme/models"}, "registry.url", "begins with its host"),
        ({"aws__region": "us-east-9"}, "aws.region", "this is no region of the partition aws"),
        ({"registry__url": "123456789012.dkr.ecr.us-east-1.amazonaws.com"}, "registry.kind", "ecr"),
        (
            {"registry": {"kind": "ecr", "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com", "username": "AWS"}},
            "registry.create_on_push_template",
            "CREATE_ON_PUSH",
        ),
        (
            {
                "registry": {
                    "kind": "ecr",
                    "url": "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                    "username": "AWS",
                    "create_on_push_template": True,
                }
            },
            "registry.url",
            "eu-west-1",
        ),
        ({"registry__kind": "in-cluster"}, "registry.url", "no url"),
        ({"postgresql__host": "postgres://db.example.com"}, "postgresql.host", "without a scheme"),
        ({"postgresql__host": "db.example.com:5432"}, "postgresql.host", "without the port"),
        ({"postgresql__version": "9.6"}, "postgresql.version", "10 or newer"),
        ({"postgresql__version": 15}, "postgresql.version", "quotes"),
        ({"postgresql__kind": "in-cluster"}, "postgresql.host", "no host"),
        ({"mongodb__version": "3.6"}, "mongodb.version", "4.0 or newer"),
        ({"mongodb__host": "x.cluster-c9akciq32xyz.us-east-1.docdb.amazonaws.com"}, "mongodb.kind", "documentdb"),
        (
            {"mongodb__kind": "documentdb", "mongodb__engine_version": "5.0.0"},
            "mongodb.engine_version",
            "retryable writes",
        ),
        ({"mongodb__kind": "documentdb"}, "mongodb.engine_version", "missing"),
        ({"storage__url": "s3.us-east-1.amazonaws.com"}, "storage.url", "such as https://s3."),
        ({"storage__url": "https://s3.eu-west-1.amazonaws.com"}, "storage.url", "eu-west-1"),
        ({"storage__buckets__feature_lake": "Lake"}, "storage.buckets.feature_lake", "lower case"),
        ({"storage__buckets__feature_lake": "ab"}, "storage.buckets.feature_lake", "3 to 63"),
        ({"storage__buckets__feature_lake": "10.0.0.1"}, "storage.buckets.feature_lake", "IP address"),
        ({"storage__buckets__feature_lake": "s3://acme-lake"}, "storage.buckets.feature_lake", "lower case"),
        ({"storage__buckets__feature_lake": "lake-"}, "storage.buckets.feature_lake", "begins and ends"),
        ({"storage__buckets__feature_lake": "xn--lake"}, "storage.buckets.feature_lake", "for itself"),
        ({"storage__buckets__feature_lake": "lake-s3alias"}, "storage.buckets.feature_lake", "for itself"),
        ({"storage__buckets__feature_lake": "1234567"}, "storage.buckets.feature_lake", "without quotes"),
        (
            {"environments__staging__overrides__storage__buckets__feature_lake": "Lake"},
            "environments.staging.overrides.storage.buckets.feature_lake",
            "lower case",
        ),
        ({"storage__region": "eu-west-1"}, "storage.url", "storage.region says eu-west-1"),
        ({"storage__region": "us-east-1a"}, "storage.region", "the region is us-east-1"),
        ({"storage__url": "s3://acme"}, "storage.url", "http or https"),
        ({"storage__url": "https://minio.example.com"}, "storage.url", "of kind other"),
        (
            {"storage__kind": "other", "storage__region": "us-esat-1"},
            "storage.region",
            "did you mean us-east-1?",
        ),
        ({"storage": {"kind": "minio", "region": "here"}}, "storage.region", "not an AWS region"),
        ({"ingress__host": "10.0.0.1"}, "ingress.host", "no IP address"),
        ({"ingress__host": "*.example.com"}, "ingress.host", "host name"),
        ({"revision": "refs/heads/main"}, "revision", "the name alone"),
        ({"revision": "HEAD"}, "revision", "the name alone"),
        ({"revision": "a//b"}, "revision", "branch or tag"),
        ({"mongodb__host": "m-123456789012.us-east-1.docdb-elastic.amazonaws.com"}, "mongodb.kind", "documentdb"),
        ({"mongodb": {"kind": "in-cluster", "version": "3.6"}}, "mongodb.version", "4.0 or newer"),
        ({"postgresql": {"kind": "in-cluster", "version": "9.6"}}, "postgresql.version", "10 or newer"),
        ({"ingress__host": "https://hydro.example.com"}, "ingress.host", "without a scheme"),
        ({"ingress__host": "hydro.example.com/ui"}, "ingress.host", "without a path"),
        ({"ingress__host": "Hydro.example.com"}, "ingress.host", "lower case"),
        ({"smtp__host": "smtp://mail.example.com"}, "smtp.host", "without a scheme"),
        ({"mongodb__host": "mongodb://m.example.com/db"}, "mongodb.host", "without a scheme"),
        ({"mongodb__host": "mongodb+srv://m.example.com"}, "mongodb.host", "without a scheme"),
        ({"mongodb__host": "m1.example.com,m2.example.com"}, "mongodb.host", "host name"),
        ({"storage__kind": "minio"}, "storage.url", "in the cluster"),
        ({"ingress__kind": "ingress"}, "ingress.kind", "alb, nginx or none"),
        ({"ingress__certificate": "letsencrypt"}, "ingress.certificate", "ARN"),
        (
            {"ingress__certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/x"},
            "ingress.certificate",
            "eu-west-1",
        ),
        ({"ingress__kind": "none"}, "ingress.host", "no ingress"),
        ({"tolerations": [{"key": "node", "operator": "Exists", "value": "x"}]}, "tolerations[0].operator", "no value"),
        ({"tolerations": [{"key": "Node!", "operator": "Exists"}]}, "tolerations[0].key", "label key"),
        (
            {"tolerations": [{"key": "node", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 9}]},
            "tolerations[0].effect",
            "NoExecute",
        ),
        ({"tolerations": [{"key": "node", "operator": "Gt", "value": "1"}]}, "tolerations[0].operator", "Exists or"),
        ({"tolerations": [{"operator": "Exists"}]}, "tolerations[0].key", "every taint"),
        ({"tolerations": [{"key": "gpu", "operator": "Exists"}]}, "tolerations", "nothing tolerates"),
        (
            {"tolerations": [{"key": "node", "value": "highPerformance"}, {"key": "gpu", "operator": "Exists"}]},
            "tolerations[1]",
            "no pool of",
        ),
        ({"tolerations": [{"key": "node", "effect": "NoShedule"}]}, "tolerations[0].effect", "NoSchedule"),
        ({"services__manager__java_options": "-Xmx1g '-Xms512m'"}, "services.manager.java_options", "quotes"),
        ({"services__gateway__java_xmx": "1.5G"}, "services.gateway.java_xmx", "-Xmx"),
        (
            {"services__stat__resources": {"limits": {"memory": "256Mi"}}},
            "services.stat.resources.requests.memory",
            "above its limit 256Mi",
        ),
        (
            {"services__stat__resources": {"limits": {"memory": "-1"}}},
            "services.stat.resources.limits.memory",
            "negative",
        ),
        ({"services__stat__resources": {"limits": {"mem": "1Gi"}}}, "services.stat.resources.limits.mem", "memory"),
        (
            {"services__stat__resources": {"requests": {"memory": "500m"}}},
            "services.stat.resources.requests.memory",
            "did you mean 500Mi?",
        ),
        (
            {"services__stat__resources": {"requests": {"cpu": "4000"}}},
            "services.stat.resources.requests.cpu",
            "did you mean 4000m?",
        ),
        (
            {"services__stat__resources": {"limits": {"memory": None}}},
            "services.stat.resources.limits.memory",
            "a quantity is wanted",
        ),
        (
            {"services__stat__resources": {"requests": {"memory": "Mi"}}},
            "services.stat.resources.requests.memory",
            "no digit",
        ),
        (
            {"services__stat__resources": {"requests": {"memory": "1Gb"}}},
            "services.stat.resources.requests.memory",
            "a quantity is wanted",
        ),
        (
            {"services__stat__resources": {"requests": {"nvidia.com/gpu": "1"}}},
            "services.stat.resources.limits",
            "needs a limit",
        ),
        (
            {"services__stat__resources": {"limits": {"nvidia.com/gpu": "500m"}}},
            "services.stat.resources.limits.nvidia.com/gpu",
            "whole number",
        ),
        (
            {"services__stat__resources": {"limits": {"pods": "1"}}},
            "services.stat.resources.limits.pods",
            "extended resource",
        ),
        (
            {"services__stat__resources": {"requests": {"memory": "64Gi"}, "limits": {"memory": "64Gi"}}},
            "services.stat.resources.requests.memory",
            "no node of staging holds this",
        ),
        (
            {"services__rootcause__resources": {"requests": {"memory": "20Gi"}, "limits": {"memory": "20Gi"}}},
            "services.rootcause.resources.requests.memory",
            "requests memory 40Gi",
        ),
        (
            {"services__dind__resources": {"requests": {"memory": "31Gi"}, "limits": {"memory": "31Gi"}}},
            "services.dind.resources.requests.memory",
            "no node of staging holds this",
        ),
        (
            {
                "environments__prod__pools": [
                    {"name": "ml", "allocatable": {"cpu": "500m", "memory": "8Gi"}, "taints": POOL["taints"]}
                ]
            },
            "services.manager.resources.requests.cpu",
            "no node of prod holds this",
        ),
        ({"environments__prod__pools": [POOL, POOL]}, "environments.prod.pools[1].name", "another pool"),
        (
            {"environments__prod__pools": [{**POOL, "taints": POOL["taints"] * 2}]},
            "environments.prod.pools[0].taints[1]",
            "one taint",
        ),
        (
            {"environments__prod__pools": [{**POOL, "taints": [{"key": "node", "effect": "noschedule"}]}]},
            "environments.prod.pools[0].taints[0].effect",
            "NoSchedule",
        ),
        (
            {"environments__prod__pools": [{**POOL, "labels": {"no de": "x"}}]},
            "environments.prod.pools[0].labels.no de",
            "",
        ),
        (
            {"environments__prod__pools": [{**POOL, "instance_types": []}]},
            "environments.prod.pools[0].instance_types",
            "at least one",
        ),
        (
            {"environments__prod__pools": [{"name": "ml", "allocatable": {"memory": "8Gi"}}]},
            "environments.prod.pools[0].allocatable.cpu",
            "missing",
        ),
        (
            {"environments__prod__pools": [{"name": "ml", "allocatable": {"cpu": "8", "memory": "8gb"}}]},
            "environments.prod.pools[0].allocatable.memory",
            "a quantity is wanted",
        ),
        ({"services__postgresql": {}}, "services.postgresql", "does not run in the cluster"),
        ({"services__sonnar": {}}, "services.sonnar", "did you mean sonar?"),
        ({"smtp__host": "mail.example.com:smtp"}, "smtp.host", "port"),
        ({"registry__create_on_push_template": True}, "registry.create_on_push_template", "ecr"),
        ({"mongodb__engine_version": "8.0.2"}, "mongodb.engine_version", "documentdb"),
        (
            {"postgresql__host": "hydro.cluster-ro-c9akciq32xyz.us-east-1.rds.amazonaws.com"},
            "postgresql.host",
            "reads alone",
        ),
        (
            {"environments__prod__pools": [{"name": "ml", "instance_types": ["m5.99xlarge"]}]},
            "environments.prod.pools[0].instance_types[0]",
            "allocatable",
        ),
        ({"environments__prod__kubernetes": "1.34.2"}, "environments.prod.kubernetes", "1.25 to 1.37"),
        ({"environments__prod__kubernetes": "1.99"}, "environments.prod.kubernetes", "1.37"),
        ({"smtp__from": "nobody"}, "smtp.from", "mail address"),
        ({"ci": "jenkins"}, "ci", "github, gitlab or none"),
        ({"environments": {}}, "environments", "at least one"),
        ({"environments__Prod": {}}, "environments.Prod", "lower-case"),
        ({"environments__prod__kubernetes": "1.24"}, "environments.prod.kubernetes", "1.25"),
        ({"environments__prod__kubernetes": 1.3}, "environments.prod.kubernetes", "quotes"),
        ({"environments__prod__auto_sync": "yes"}, "environments.prod.auto_sync", "true or false"),
        ({"environments__prod__cluster__server": "prod"}, "environments.prod.cluster.server", "eks.amazonaws.com"),
        (
            {"environments__prod__cluster__server": "arn:aws:eks:us-east-1:123456789012:cluster/prod"},
            "environments.prod.cluster.server",
            "eks-capability",
        ),
        (
            {"environments__prod__overrides": {"postgresql": {"kind": "aurora"}}},
            "environments.prod.overrides.postgresql.kind",
            "unknown key",
        ),
        (
            {"environments__staging__overrides__postgresql__version": "9.6"},
            "environments.staging.overrides.postgresql.version",
            "10 or newer",
        ),
        (
            {"mongodb": {"kind": "in-cluster"}},
            "environments.staging.overrides.mongodb",
            "this one runs in the cluster",
        ),
        (
            {"postgresql": {"kind": "in-cluster"}},
            "environments.staging.overrides.postgresql",
            "this one runs in the cluster",
        ),
        ({"environments__prod__pools": [{"name": "ml"}]}, "environments.prod.pools[0]", "instance_types"),
        (
            {"environments__extra": {"cluster": {"server": "https://x.example.com"}}},
            "environments.extra.profile",
            "missing",
        ),
    ],
)
def test_a_wrong_answer(changes: dict[str, Any], path: str, message: str) -> None:
    found = answered(changed(EXTERNAL, **changes))
    assert path in found, found
    assert message in found[path]


def test_two_environments_of_one_cluster_have_a_namespace_each() -> None:
    given = changed(INSIDE, environments__second=INSIDE["environments"]["lab"])
    assert "lab is in this namespace" in answered(given)["environments.second.namespace"]
    given["environments"]["second"] = {**INSIDE["environments"]["lab"], "namespace": "second"}
    assert answered(given) == {}


def of_flux(given: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The same answers for Flux, which wants no address of a cluster."""
    made = changed(given, engine="flux", **changes)
    for environment in made["environments"].values():
        del environment["cluster"]["server"]
    return made


def test_flux_wants_no_address_of_a_cluster() -> None:
    answers = read_answers(of_flux(EXTERNAL))
    assert as_data(answers)["environments"]["prod"]["cluster"] == {"name": "prod"}
    assert not [path for path in answered({"engine": "flux"}) if "server" in path]


def test_in_flux_clusters_are_told_apart_by_their_names() -> None:
    given = of_flux(EXTERNAL, environments__staging__cluster__name="prod")
    found = answered(given)
    assert set(found) == {"environments.prod.namespace"}
    assert "staging is in this namespace" in found["environments.prod.namespace"]
    given["environments"]["staging"]["namespace"] = "hydro-staging"
    assert answered(given) == {}


def on_eks(given: dict[str, Any], **servers: str) -> dict[str, Any]:
    """The same answers for the EKS capability of Argo CD, which knows clusters by their ARNs."""
    made = changed(given, flavour="eks-capability")
    for name, environment in made["environments"].items():
        environment["cluster"]["server"] = servers.get(name, f"{ARN}{name}")
    return made


def test_the_eks_capability_knows_clusters_by_their_arns() -> None:
    assert answered(on_eks(EXTERNAL)) == {}
    assert "ARN of this environment" in answered({"flavour": "eks-capability"})["environments.prod.cluster.server"]
    same = answered(on_eks(EXTERNAL, staging=f"{ARN}prod"))
    assert "staging is in this namespace" in same["environments.prod.namespace"]


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("https://kubernetes.default.svc", "by its ARN"),
        ("arn:aws:eks:us-east-1:123456789012:nodegroup/prod", "cluster/NAME"),
        ("arn:aws:eks:us-east-1:123456789012:cluster/", "cluster/NAME"),
        ("arn:aws:eks:us-east-1:123456789012:cluster/-x", "cluster/NAME"),
        ("arn:aws:rds:us-east-1:123456789012:cluster/prod", "one of eks is wanted"),
        ("arn:aws:eks:us-east-1a:123456789012:cluster/prod", "zone"),
        ("arn:aws:eks:cn-north-1:123456789012:cluster/prod", "partition"),
        ("arn:aws:eks:us-east-1:12345:cluster/prod", "twelve digits"),
        ("arn:aws:eks:us-east-1", "arn:PARTITION"),
    ],
)
def test_no_arn_of_a_cluster(server: str, said: str) -> None:
    assert said in answered(on_eks(EXTERNAL, prod=server))["environments.prod.cluster.server"]


@pytest.mark.parametrize("flavour", ["plain", "rendered"])
def test_an_arn_is_for_the_eks_capability_alone(flavour: str) -> None:
    found = answered({**on_eks(EXTERNAL), "flavour": flavour})
    assert set(found) == {"environments.staging.cluster.server", "environments.prod.cluster.server"}


def test_what_follows_from_a_wrong_answer_is_not_told_beside_it() -> None:
    given = {"name": "x", "aws": {"region": "us-esat-1"}, "namespace": "kube-system"}
    assert set(answered(given, allow_open=True)) == {"aws.region", "namespace"}


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("us-gov-west-1", "https://s3.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "https://s3.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_each_partition_has_its_own_addresses(region: str, address: str) -> None:
    answers = read_answers({"name": "x", "aws": {"region": region}}, allow_open=True)
    assert (answers.storage.region, answers.storage.url) == (region, address)


def test_another_object_store_has_regions_of_its_own() -> None:
    storage = {
        "kind": "other",
        "url": "https://fra1.digitaloceanspaces.com",
        "region": "fra1",
        "buckets": {"feature_lake": "acme-lake", "visualization": "acme-vis"},
    }
    assert answered(changed(EXTERNAL, storage=storage)) == {}
    assert "lower case" in answered(changed(EXTERNAL, storage={**storage, "region": "FRA1"}))["storage.region"]


def test_the_user_of_ecr_is_aws() -> None:
    registry = {"kind": "ecr", "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com", "create_on_push_template": True}
    given = changed(EXTERNAL, registry=registry, environments__staging__overrides__registry=ABSENT)
    assert read_answers(given).registry.username == "AWS"


@pytest.mark.parametrize(
    ("service", "key", "options", "said"),
    [
        ("manager", "java_options", "-Xmx1Gi", "Gi"),
        ("manager", "java_options", "-Xmx1g -Xms2g", ""),
        ("manager", "java_options", "-Xms512m", "state -Xmx"),
        ("manager", "java_options", "-XX:MaxRAMPercentage=75.0", "state -Xmx"),
        ("manager", "java_options", "-Xmx2g", "above the limit of 2048Mi"),
        ("manager", "java_options", "-Xmx1g -Xms1200m", ""),
        ("manager", "java_options", "-Xmx1500m -Xms1500m", "above the request of 1Gi"),
        ("manager", "java_options", "-Xmx1g -XX:+UseZGC", ""),
        ("sonar", "java_options", "-Xmx4g", "above the limit of 4096Mi"),
        ("gateway", "java_xmx", "1G", "above the limit of 1024Mi"),
    ],
)
def test_a_jvm_that_does_not_start_or_fit(service: str, key: str, options: str, said: str) -> None:
    found = answered(changed(EXTERNAL, **{f"services__{service}": {key: options}}))
    assert set(found) == {f"services.{service}.{key}"}
    assert said in found[f"services.{service}.{key}"]


def test_what_java_xmx_takes_at_start() -> None:
    gateway = {"java_xmx": "512M", "resources": {"requests": {"memory": "256Mi"}}}
    found = answered(changed(EXTERNAL, services__gateway=gateway))
    assert found == {"services.gateway.java_xmx": "the JVM takes 512Mi at start, above the request of 256Mi"}


@pytest.mark.parametrize(
    "options",
    [
        "-Xmx1g",
        "-Xmx1g -Xms1g -Xss1m",
        "-Xmx1200m -XX:MaxMetaspaceSize=256m",
        "-Xmx1g -XX:MaxDirectMemorySize=128m -XX:ReservedCodeCacheSize=128m -XX:+UseStringDeduplication -XX:+UseG1GC",
        "-Xmx1g -Dsun.net.inetaddr.ttl=60 -Dcom.sun.management.jmxremote.port=9010",
    ],
)
def test_a_jvm_that_starts_and_fits(options: str) -> None:
    assert answered(changed(EXTERNAL, services__manager={"java_options": options})) == {}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"registry__password": "hunter2hunter2"}, "registry.password"),
        ({"aws__secret_access_key": "whatever"}, "aws.secret_access_key"),
        ({"postgresql__username": "AKIAIOSFODNN7EXAMPLE"}, "postgresql.username"),
        ({"postgresql__username": "password=hunter2"}, "postgresql.username"),
        ({"postgresql__database": "-----BEGIN RSA PRIVATE KEY-----"}, "postgresql.database"),
        ({"postgresql__host": "postgres://hydro:hunter2@db.example.com/hydro"}, "postgresql.host"),
        ({"registry__username": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYA"}, "registry.username"),
        ({"repository": "https://deploy:hunter2@git.example.com/a/b.git"}, "repository"),
        ({"repository": "oci://deploy:hunter2@registry.example.com/a/b"}, "repository"),
        ({"repository": "https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@git.example.com/a/b.git"}, "repository"),
        ({"services__manager__java_options": "-Xmx1g -Ddb.password=hunter2"}, "services.manager.java_options"),
    ],
)
def test_what_looks_like_a_secret_is_refused_and_never_repeated(changes: dict[str, Any], path: str) -> None:
    given = changed(EXTERNAL, **changes)
    assert "looks like a secret" in answered(given)[path]
    with pytest.raises(UserError) as caught:
        read_answers(given)
    (value,) = changes.values()
    for word in (str(value), "hunter2", "wJalr", "ghp_", "AKIA"):
        assert word not in caught.value.message + caught.value.hint


def test_a_secret_in_place_of_a_key_is_not_repeated_either() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    with pytest.raises(UserError) as caught:
        read_answers({**EXTERNAL, "aws": {**EXTERNAL["aws"], secret: "x"}})
    assert secret not in caught.value.message
    assert "aws.?: this looks like a secret" in caught.value.message


@pytest.mark.parametrize("text", ["{{ cookiecutter.name }}", "${HOME}", "{% raw %}", "[[ release ]]", "[% if x %]"])
@pytest.mark.parametrize("path", ["repository", "namespace", "postgresql__username", "ingress__host"])
def test_what_looks_like_a_template_is_refused(text: str, path: str) -> None:
    assert "looks like a template" in answered(changed(EXTERNAL, **{path: text}))[path.replace("__", ".")]


@pytest.mark.parametrize("text", ['db"\n  evil: true', "db\u2028evil", "a\x00b", "a\tb"])
def test_what_breaks_a_line_is_refused(text: str) -> None:
    assert "line break" in answered(changed(EXTERNAL, postgresql__username=text))["postgresql.username"]


def test_open_answers_only_where_they_are_allowed() -> None:
    given = changed(EXTERNAL, postgresql__host=TODO)
    assert "not answered yet" in answered(given)["postgresql.host"]
    assert answered(given, allow_open=True) == {}
    assert "namespace" in answered(changed(EXTERNAL, namespace=TODO), allow_open=True), "names cannot stay open"


def test_overrides_hold_for_their_environment_alone() -> None:
    answers = read_answers(EXTERNAL)
    staging, prod = facts(answers, "staging"), facts(answers, "prod")
    assert staging.postgresql.host == "hydro-staging.c9akciq32xyz.us-east-1.rds.amazonaws.com"
    assert prod.postgresql.host == EXTERNAL["postgresql"]["host"]
    assert staging.postgresql.database == prod.postgresql.database
    assert staging.storage.buckets.feature_lake == "acme-staging-feature-lake"
    assert staging.storage.url == prod.storage.url


def test_a_fact_that_every_environment_states_is_not_missing_above() -> None:
    given = changed(EXTERNAL, postgresql__host=ABSENT)
    assert "postgresql.host" in answered(given)
    given["environments"]["prod"]["overrides"] = {"postgresql": {"host": "db.example.com"}}
    assert answered(given) == {}


def test_another_region_has_another_address_of_s3() -> None:
    given = changed(EXTERNAL, environments__staging__overrides__aws={"region": "eu-west-1"}, ingress=ABSENT)
    del given["environments"]["staging"]["overrides"]["ingress"]
    storage = facts(read_answers(given), "staging").storage
    assert (storage.region, storage.url) == ("eu-west-1", "https://s3.eu-west-1.amazonaws.com")
    assert facts(read_answers(given), "prod").storage.region == "us-east-1"


def test_a_key_with_nothing_behind_it_is_not_given() -> None:
    bare = read_answers({"name": "x"}, allow_open=True)
    written: dict[str, Any] = as_data(bare)
    for key in written:
        if key != "name":
            assert read_answers({"name": "x", key: None}, allow_open=True) == bare, key
    sections = ("aws", "chart", "registry", "postgresql", "mongodb", "storage", "ingress", "services")
    for section in sections:
        emptied = dict.fromkeys(written[section])
        assert read_answers({"name": "x", section: emptied}, allow_open=True) == bare, section
    environment = {"prod": dict.fromkeys(("profile", "cluster", "namespace", "kubernetes", "auto_sync", "overrides"))}
    alone = read_answers({"name": "x", "environments": {"prod": {}}}, allow_open=True)
    assert read_answers({"name": "x", "environments": environment}, allow_open=True) == alone
    assert read_answers({"name": "x", "environments": {"prod": None}}, allow_open=True) == alone
    assert read_answers({"name": "x", "services": {"postgresql": None}}, allow_open=True) == bare


@pytest.mark.parametrize(
    "given",
    [
        {"environments": 3},
        {"environments": {"dev": 3}},
        {"environments": {"dev": {"cluster": []}}},
        {"environments": {"dev": {"pools": [{"taints": 1}]}}},
        {"services": []},
        {"services": {"manager": 1}},
        {"services": {"manager": {"resources": {"limits": "2Gi"}}}},
        {"aws": "us-east-1"},
        {"tolerations": "x"},
        {"tolerations": [[]]},
        {"storage": {"buckets": ["a"]}},
        {"chart": 3},
    ],
)
def test_any_shape_gets_an_answer(given: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        read_answers({"name": "x", **given}, allow_open=True)


def test_tolerations_follow_from_the_taints_of_the_pools() -> None:
    given = changed(EXTERNAL, tolerations=ABSENT)
    assert as_data(read_answers(given))["tolerations"] == EXTERNAL["tolerations"]
    for one in given["environments"].values():
        one["pools"] = [{"name": "plain", "instance_types": ["m5.large"]}]
    assert as_data(read_answers(given))["tolerations"] == []


def test_a_database_user_in_the_cluster_logs_in_where_the_image_makes_it() -> None:
    given = changed(INSIDE, mongodb={"kind": "in-cluster", "database": "profiles"})
    assert read_answers(given).mongodb.auth_database == "profiles"
    assert read_answers(changed(EXTERNAL, mongodb__auth_database=ABSENT)).mongodb.auth_database == "admin"


def test_the_example_in_the_manual_is_complete() -> None:
    manual = EXAMPLES.parent / "docs" / "reference" / "answers.md"
    (written,) = re.findall(r"^```yaml\n(.*?)^```$", manual.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    given = load(written)
    assert isinstance(given, dict)
    assert answered(given) == {}
    assert {name for name in Answers.model_fields if name not in given} == {"chart"}
