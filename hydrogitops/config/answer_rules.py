"""What answers must not say together: kinds and facts, tolerations and pools, requests, limits and JVM options."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.charts import aws
from hydrogitops.jvm import assess
from hydrogitops.kube.quantity import Quantity
from hydrogitops.kube.tolerations import tolerates, validate

from .answer_models import Answers, Environment, GatewayService, JavaService, Service
from .defaults import TODO, in_cluster, services

Path = tuple[str | int, ...]
Problem = tuple[Path, str]


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
    yield from _clusters(answers)
    yield from _tolerations(answers)
    yield from _services(answers)


def _facts(answers: Answers) -> Iterator[Problem]:
    yield from _registry(answers)
    yield from _databases(answers)
    yield from _storage(answers)
    yield from _ingress(answers)


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
    if postgresql.kind == "in-cluster":
        if postgresql.host:
            yield ("postgresql", "host"), "a database in the cluster has no host; name another kind to use one outside"
    else:
        if _older(postgresql.version, 10):
            yield ("postgresql", "version"), "PostgreSQL 10 or newer is wanted"
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
    elif mongodb.kind == "external":
        if mongodb.host and aws.is_documentdb(mongodb.host):
            yield ("mongodb", "kind"), "this host is one of DocumentDB; say documentdb, with its engine_version"
        if _older(mongodb.version, 4):
            yield ("mongodb", "version"), "MongoDB 4.0 or newer is wanted"
    if mongodb.kind != "documentdb" and mongodb.engine_version is not None:
        yield ("mongodb", "engine_version"), "this is for the kind documentdb"
    if aws.is_reader(mongodb.host or ""):
        yield ("mongodb", "host"), "this endpoint reads alone, and the platform writes; take the cluster's"


def _storage(answers: Answers) -> Iterator[Problem]:
    storage = answers.storage
    if storage.kind == "minio" and storage.url:
        yield ("storage", "url"), "minio runs in the cluster and has no url; a MinIO outside is of kind other"
    stated = aws.endpoint_region(storage.url or "")
    if stated and storage.region not in (TODO, stated):
        yield ("storage", "url"), f"this address is of {stated}, storage.region says {storage.region}"


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
    homes: dict[tuple[str, str], str] = {}
    for name, environment in answers.environments.items():
        server = environment.cluster.server
        if server.startswith("arn:") and answers.flavour == "plain":
            yield (
                ("environments", name, "cluster", "server"),
                "an ARN is for the flavour eks-capability; give the address",
            )
        if server != TODO:
            other = homes.setdefault((server, environment.namespace), name)
            if other != name:
                yield (
                    ("environments", name, "namespace"),
                    f"{other} is in this namespace of the same cluster already, and the chart's names collide",
                )


def _tolerations(answers: Answers) -> Iterator[Problem]:
    written = [item.model_dump(by_alias=True, exclude_defaults=True) for item in answers.tolerations]
    for problem in validate(written):
        yield ("tolerations",), f"{problem.field.removeprefix('tolerations')}: {problem.message}"
    for index, toleration in enumerate(answers.tolerations):
        if not toleration.key and toleration.operator == "Exists":
            yield ("tolerations", index, "key"), "this tolerates every taint; name the taints"
    for name, environment in answers.environments.items():
        yield from _pools(name, environment, written)


def _pools(name: str, environment: Environment, tolerations: list[dict[str, object]]) -> Iterator[Problem]:
    pools = environment.pools or []
    for index, pool in enumerate(pools):
        if (pool.instance_types is None) == (pool.allocatable is None):
            yield ("environments", name, "pools", index), "either instance_types or allocatable is wanted"
    if not pools:
        return
    taints = [[taint.model_dump(exclude_defaults=True) for taint in pool.taints] for pool in pools]

    def bears(taint: dict[str, object]) -> bool:
        return taint["effect"] == "PreferNoSchedule" or any(tolerates(item, taint) for item in tolerations)

    if not any(all(bears(taint) for taint in pool) for pool in taints):
        yield ("tolerations",), f"every pool of {name} has a taint that nothing tolerates, so no pod would start there"
    for index, toleration in enumerate(tolerations):
        if not any(tolerates(toleration, taint) for pool in taints for taint in pool):
            yield ("tolerations", index), f"no pool of {name} has a taint that this tolerates"


def _services(answers: Answers) -> Iterator[Problem]:
    runs = services(in_cluster(answers.model_dump()))
    for field, info in type(answers.services).model_fields.items():
        service, name = getattr(answers.services, field), info.alias or field
        if service is None:
            continue
        if name not in runs:
            yield ("services", name), "this does not run in the cluster"
            continue
        problems = list(_resources(("services", name, "resources"), service))
        yield from problems
        if not problems:
            yield from _java(name, service)


def _resources(path: Path, service: Service | JavaService | GatewayService) -> Iterator[Problem]:
    requests, limits = service.resources.requests, service.resources.limits
    if "memory" not in limits:
        yield (*path, "limits", "memory"), "every container has a memory limit"
    for name, request in requests.items():
        limit = limits.get(name)
        if limit is not None and Quantity.of(request) > Quantity.of(limit):
            yield (*path, "requests", name), f"this request is above its limit {limit}"


def _java(name: str, service: Service | JavaService | GatewayService) -> Iterator[Problem]:
    """Whether the JVM starts and fits. The images' JDK 8 is older than cgroup v2: it sees no limit of its container."""
    if isinstance(service, JavaService):
        path, options = ("services", name, "java_options"), service.java_options
    elif isinstance(service, GatewayService):
        path, options = ("services", name, "java_xmx"), f"-Xmx{service.java_xmx} -Xms{service.java_xmx}"
    else:
        return
    limit, request = _bytes(service.resources.limits["memory"]), service.resources.requests.get("memory")
    # Without -Xms the initial heap is a share of a node that is not known here, so a small one is assumed.
    result = assess(options, memory=limit, cpus=None, jdk=8, sees_limits=False, host_memory=8 * 2**30)
    fatal = [problem.message for problem in result.problems if problem.fatal]
    if not result.starts or result.bill is None or result.initial_heap is None:
        yield path, "; ".join(fatal) or "the JVM does not start with these options"
    elif "-Xmx" not in options and "-XX:MaxHeapSize" not in options:
        yield path, "state -Xmx: this JVM cannot see the limit of its container and would take a share of the node"
    elif result.bill.expected > limit:
        used, given = _mebibytes(result.bill.expected), _mebibytes(limit)
        yield path, f"heap and all the rest come to about {used}Mi, above the limit of {given}Mi"
    elif request is not None and result.initial_heap > _bytes(request):
        yield path, f"the JVM takes {_mebibytes(result.initial_heap)}Mi at start, above the request of {request}"


def _bytes(quantity: str) -> int:
    return -(-Quantity.of(quantity).nano // 10**9)


def _mebibytes(amount: int) -> int:
    return -(-amount // 2**20)


def _older(version: str | None, *than: int) -> bool:
    """Whether a version is known and below `than`."""
    if version is None or version == TODO:
        return False
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (len(than) - len(parts))) < than
