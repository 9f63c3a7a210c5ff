"""What answers must not say together: engine, flavour and addresses, kinds of services and their facts, clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydrogitops.charts import aws

from . import answer_checks
from .answer_models import Answers, Environment
from .answer_sizes import Problem, sizes
from .defaults import TODO, in_cluster


def violations(answers: Answers, overridden: dict[str, Answers]) -> Iterator[Problem]:
    """Problems of complete answers; `overridden` holds them as each environment sees them."""
    said: set[Problem] = set()
    for name, effective in overridden.items():
        overrides = answers.environments[name].overrides
        given = overrides.model_dump(exclude_none=True) if overrides else {}
        for path, message in _facts(effective):
            section = given.get(str(path[0]))
            here = isinstance(section, dict) and str(path[1]) in section
            problem = ((("environments", name, "overrides", *path) if here else path), message)
            if problem not in said:
                said.add(problem)
                yield problem
    yield from _engine(answers)
    yield from _overrides(answers)
    yield from _clusters(answers)
    yield from sizes(answers)


def _facts(answers: Answers) -> Iterator[Problem]:
    yield from _registry(answers)
    yield from _databases(answers)
    yield from _storage(answers)
    yield from _ingress(answers)


def _engine(answers: Answers) -> Iterator[Problem]:
    artifact = answer_checks.is_artifact(answers.repository)
    if answers.engine == "argocd":
        if artifact:
            # The git generator of an ApplicationSet, which has none for artifacts (3.5).
            yield ("repository",), "Argo CD finds the environments in git; an artifact (oci://) is for engine flux"
        return
    if answers.flavour != "plain":
        yield ("flavour",), f"{answers.flavour} is a flavour of Argo CD; flux has plain alone"
    if answers.repository.startswith(("git://", "file://")):
        # GitRepository.spec.url, source.toolkit.fluxcd.io/v1: ^(http|https|ssh)://.*$; git@HOST:PATH is written so.
        yield ("repository",), "Flux reads git by https and ssh alone"
    if artifact:
        if said := answer_checks.tag(answers.revision):
            yield ("revision",), said
        if answers.chart.vendored:
            # HelmChart.spec.sourceRef, source.toolkit.fluxcd.io/v1: HelmRepository, GitRepository or Bucket.
            yield (
                ("chart", "vendored"),
                "Flux takes no chart out of a folder of an artifact; say false, and the HelmRelease takes it from its"
                " Helm repository, or give an address of git as repository",
            )


def _overrides(answers: Answers) -> Iterator[Problem]:
    """What runs in the cluster is the same in every environment; said once, above what else is wrong there."""
    inside = in_cluster(answers.model_dump())
    for name, environment in answers.environments.items():
        for section, part in (("registry", "docker-registry"), ("postgresql", "postgresql"), ("mongodb", "mongodb")):
            if part in inside and getattr(environment.overrides, section, None) is not None:
                yield (
                    ("environments", name, "overrides", section),
                    "overrides are facts of a service outside, and this one runs in the cluster",
                )


def _registry(answers: Answers) -> Iterator[Problem]:
    registry = answers.registry
    url = registry.url or ""
    if registry.kind == "in-cluster":
        if url:
            yield ("registry", "url"), "a registry in the cluster has no url; name its kind to use one outside"
    elif registry.kind == "ecr":
        if url and url != TODO and not aws.is_ecr(url):
            yield ("registry", "url"), "an ECR registry is ACCOUNT.dkr.ecr.REGION.amazonaws.com"
        elif aws.is_ecr(url):
            if answers.aws.region not in (TODO, aws.ecr_region(url)):
                yield (
                    ("registry", "url"),
                    f"this registry is in {aws.ecr_region(url)}, aws.region says {answers.aws.region}",
                )
            if answers.aws.account not in (TODO, aws.ecr_account(url)):
                yield ("registry", "url"), "this registry belongs to another account than aws.account"
        if registry.create_on_push_template is not True:
            yield (
                ("registry", "create_on_push_template"),
                "ECR creates a repository on push only where a repository creation template says CREATE_ON_PUSH; "
                "create one and declare it with true, or take another registry",
            )
    elif aws.is_ecr(url):
        yield ("registry", "kind"), "this registry is one of ECR; say ecr"
    if registry.kind != "ecr" and registry.create_on_push_template is not None:
        yield ("registry", "create_on_push_template"), "this is for the kind ecr"


def _databases(answers: Answers) -> Iterator[Problem]:
    postgresql, mongodb = answers.postgresql, answers.mongodb
    if _older(postgresql.version, 10):
        yield ("postgresql", "version"), "PostgreSQL 10 or newer is wanted"
    if _older(mongodb.version, 4) and mongodb.kind != "documentdb":
        yield ("mongodb", "version"), "MongoDB 4.0 or newer is wanted"
    if postgresql.kind == "in-cluster":
        if postgresql.host:
            yield ("postgresql", "host"), "a database in the cluster has no host; name another kind to use one outside"
    else:
        if aws.is_reader(postgresql.host or ""):
            yield ("postgresql", "host"), "this endpoint reads alone, and the platform writes; take the cluster's"
    if mongodb.kind == "in-cluster":
        if mongodb.host:
            yield ("mongodb", "host"), "a database in the cluster has no host; name another kind to use one outside"
        if mongodb.username == "root":
            yield ("mongodb", "username"), "root has a password of its own; name another user"
    elif mongodb.kind == "documentdb":
        if _older(mongodb.engine_version, 8, 0, 2):
            yield (
                ("mongodb", "engine_version"),
                "DocumentDB below engine 8.0.2 has no retryable writes, which the platform's drivers use; "
                "upgrade it to 8.0.2, or use MongoDB",
            )
    elif mongodb.kind == "external" and mongodb.host and aws.is_documentdb(mongodb.host):
        yield ("mongodb", "kind"), "this host is one of DocumentDB; say documentdb, with its engine_version"
    if mongodb.kind != "documentdb" and mongodb.engine_version is not None:
        yield ("mongodb", "engine_version"), "this is for the kind documentdb"
    if aws.is_reader(mongodb.host or ""):
        yield ("mongodb", "host"), "this endpoint reads alone, and the platform writes; take the cluster's"


def _storage(answers: Answers) -> Iterator[Problem]:
    storage = answers.storage
    url, region = storage.url or "", storage.region or ""
    if storage.kind == "minio" and url:
        yield ("storage", "url"), "minio runs in the cluster and has no url; a MinIO outside is of kind other"
    if storage.kind == "s3" and url not in ("", TODO) and not aws.is_aws_host(url):
        yield ("storage", "url"), "this is no address of S3; an object store of another make is of kind other"
    if region not in ("", TODO) and (storage.kind != "other" or aws.is_aws_host(url)):
        said = answer_checks.region(region)
        if said:
            yield ("storage", "region"), said
            return
    stated = aws.endpoint_region(url)
    if stated and region not in (TODO, stated):
        yield ("storage", "url"), f"this address is of {stated}, storage.region says {region}"


def _ingress(answers: Answers) -> Iterator[Problem]:
    ingress = answers.ingress
    certificate = ingress.certificate
    if ingress.kind == "none":
        for key in ("host", "class_", "certificate"):
            if getattr(ingress, key) is not None:
                yield ("ingress", key.rstrip("_")), "there is no ingress; say alb or nginx"
    elif certificate is not None and certificate != TODO:
        region = aws.arn_region(certificate)
        if ingress.kind == "alb" and not certificate.startswith("arn:"):
            yield ("ingress", "certificate"), "an ALB takes the ARN of a certificate of ACM"
        elif ingress.kind == "nginx" and certificate.startswith("arn:"):
            yield ("ingress", "certificate"), "nginx takes the name of a cert-manager ClusterIssuer"
        elif region and answers.aws.region not in (TODO, region):
            yield ("ingress", "certificate"), f"this certificate is in {region}, aws.region says {answers.aws.region}"


def _clusters(answers: Answers) -> Iterator[Problem]:
    """Two environments in one place, whose objects would collide, and clusters that are named or addressed wrongly."""
    taken: dict[tuple[str, str], str] = {}
    addresses: dict[str, tuple[str, str]] = {}
    for name, environment in answers.environments.items():
        cluster = environment.cluster
        if answers.engine == "argocd":
            yield from _server(name, environment, answers.flavour)
            first, address = addresses.setdefault(cluster.name, (name, _same(cluster.server or "")))
            if address != _same(cluster.server or ""):
                yield (
                    ("environments", name, "cluster", "name"),
                    f"{first} has a cluster of this name with another address; one name is one cluster",
                )
        home = _home(answers, environment)
        if home:
            other = taken.setdefault((home, environment.namespace), name)
            if other != name:
                yield (
                    ("environments", name, "namespace"),
                    f"{other} is in this namespace of the same cluster already, and the chart's names collide",
                )


def _home(answers: Answers, environment: Environment) -> str:
    """What two environments of one cluster have in common; empty where nobody knows the cluster yet."""
    if answers.engine == "flux":
        return environment.cluster.name
    return _same(environment.cluster.server or "") if environment.cluster.server != TODO else ""


def _same(server: str) -> str:
    """An address as it is compared: hosts know no case."""
    return server if server.startswith("arn:") or server == TODO else server.lower().rstrip("/").removesuffix(":443")


def _server(name: str, environment: Environment, flavour: str) -> Iterator[Problem]:
    server, path = environment.cluster.server or "", ("environments", name, "cluster", "server")
    if server in ("", TODO):
        return
    if flavour != "eks-capability":
        if server.startswith("arn:"):
            yield path, "an ARN is for the flavour eks-capability; give the address"
    elif not server.startswith("arn:"):
        # docs.aws.amazon.com/eks, "Register target clusters": neither an address nor kubernetes.default.svc is taken.
        yield path, "the EKS capability knows a cluster by its ARN: arn:aws:eks:REGION:ACCOUNT:cluster/NAME"
    elif not re.fullmatch(r"cluster/[0-9A-Za-z][A-Za-z0-9_-]{0,99}", server.split(":", 5)[5]):
        yield path, "the ARN of a cluster ends with cluster/NAME"


def _older(version: str | None, *than: int) -> bool:
    """Whether a version is known and below `than`."""
    if version is None or version == TODO:
        return False
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (len(than) - len(parts))) < than
