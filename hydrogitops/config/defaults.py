"""What `new` assumes where an answer is silent: right for production, and `TODO` for what nobody can know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from hydrogitops.charts.regions import REGIONS
from hydrogitops.source.shapes import as_list

# The DNS suffixes of AWS's partitions (botocore, partitions.json).
_SUFFIXES: Final[Mapping[str, str]] = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}

TODO: Final = "TODO"
"""Stands in place of an answer that nobody has given yet."""

CHART_VERSION: Final = "3.0.3"
CHART_SOURCE: Final = "https://github.com/Hydrospheredata/hydro-serving/releases/download/3.0.3/serving-3.0.3.tgz"
CHART_SHA256: Final = "e4cfb953c47001e4f208a34c4d54103ae3bc1a202ca0973f60dbdeea07c300be"

PROFILES: Final[Mapping[str, str]] = {"dev": "dev", "staging": "staging", "prod": "production"}
"""The environments of a repository for which none are named, and their profiles."""

KUBERNETES: Final = "1.34"

# As the installation guide of the platform has it: one group of large nodes, tainted so that nothing else lands there.
_POOL: Final[Mapping[str, object]] = {
    "name": "ml",
    "labels": {"node": "highPerformance"},
    "taints": [{"key": "node", "value": "highPerformance", "effect": "NoSchedule"}],
    "instance_types": ["m5.2xlarge"],
}


def _resources(cpu: str, memory: str, limit: str, cpu_limit: str = "") -> dict[str, object]:
    """`cpu_limit` where the chart's own default has one: Helm merges maps, so leaving it out would not take it away."""
    limits = {"cpu": cpu_limit, "memory": limit} if cpu_limit else {"memory": limit}
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": limits}


# Requests hold what a JVM commits at start (-Xms, and JAVA_XMX, which sets both ends), limits hold heap and the rest:
# metaspace, code cache, stacks of some fifty threads. The images' JDK 8 sees no cgroup v2 limit, so each says -Xmx.
_SERVICES: Final[Mapping[str, Mapping[str, object]]] = {
    "manager": {"java_options": "-Xmx1g -Xms512m", "resources": _resources("500m", "1Gi", "2Gi", "2")},
    "dind": {"resources": _resources("250m", "512Mi", "2Gi")},
    "kubectl-proxy": {"resources": _resources("10m", "64Mi", "128Mi")},
    "gateway": {"java_xmx": "512M", "resources": _resources("250m", "768Mi", "1Gi")},
    "sonar": {"java_options": "-Xmx2g -Xms1g", "resources": _resources("500m", "2Gi", "4Gi")},
    "ui": {"resources": _resources("50m", "64Mi", "256Mi")},
    "stat": {"resources": _resources("100m", "512Mi", "1Gi")},
    "rootcause": {"resources": _resources("100m", "512Mi", "1Gi")},
    "auto-od": {"resources": _resources("100m", "512Mi", "1Gi")},
    "visualization": {"resources": _resources("100m", "512Mi", "2Gi")},
    "alertmanager": {"resources": _resources("10m", "64Mi", "128Mi")},
    "postgresql": {"resources": _resources("250m", "1Gi", "2Gi")},
    "mongodb": {"resources": _resources("250m", "1Gi", "2Gi", "1500m")},
    "mongodb-arbiter": {"resources": _resources("50m", "256Mi", "512Mi", "500m")},
    "minio": {"resources": _resources("100m", "512Mi", "1Gi")},
    "docker-registry": {"resources": _resources("50m", "128Mi", "512Mi")},
    "docker-registry-proxy": {"resources": _resources("10m", "64Mi", "64Mi", "100m")},
}

_BUCKETS: Final[Mapping[str, str]] = {
    "feature_lake": "hydrosphere-feature-lake",
    "visualization": "hydrosphere-visualization-artifacts",
    "model_registry": "hydrosphere-model-registry",
}


def complete(given: Mapping[str, object]) -> dict[str, object]:
    """`given` with every default that follows from it; what nobody can know stays absent. `given` is not changed.

    A key with nothing behind it (null) is one that isn't given, but for amounts. Whatever has an unexpected shape stays
    as it is: saying so is the model's task.
    """
    answers: dict[str, Any] = deepcopy(dict(given))
    for key, value in (
        ("engine", "argocd"),
        ("flavour", "plain"),
        ("revision", "main"),
        ("aws", {}),
        ("release", "hydro"),
        ("namespace", "hydrosphere"),
        ("chart", {}),
        ("registry", {}),
        ("postgresql", {}),
        ("mongodb", {}),
        ("storage", {}),
        ("ingress", {}),
        ("ci", "github"),
    ):
        _fill(answers, **{key: value})
    _fill(answers["chart"], version=CHART_VERSION)
    if _get(answers["chart"], "version") == CHART_VERSION and _get(answers["chart"], "source") is None:
        _fill(answers["chart"], source=CHART_SOURCE, sha256=CHART_SHA256)
    _fill(answers["registry"], kind="dockerhub")
    if _get(answers["registry"], "kind") == "in-cluster":
        _fill(answers["registry"], username="hydro")
    if _get(answers["registry"], "kind") == "ecr":
        _fill(answers["registry"], username="AWS")  # as `aws ecr get-login-password` is used
    _fill(answers["postgresql"], kind="rds", database="hydro-serving", username="hydro")
    _complete_mongodb(answers["mongodb"])
    _complete_storage(answers)
    _fill(answers["ingress"], kind="none")
    if _get(answers["ingress"], "kind") in ("alb", "nginx"):
        _fill(answers["ingress"], **{"class": answers["ingress"]["kind"]})
    _complete_environments(answers)
    if answers.get("tolerations") is None:
        answers["tolerations"] = list(_tolerations(answers["environments"]))
    _complete_services(answers)
    return answers


def in_cluster(answers: Mapping[str, object]) -> frozenset[str]:
    """Which of postgresql, mongodb, minio and docker-registry the chart runs itself, by complete answers."""
    found = {part for part in ("postgresql", "mongodb") if _get(answers.get(part), "kind") == "in-cluster"}
    if _get(answers.get("storage"), "kind") == "minio":
        found.add("minio")
    if _get(answers.get("registry"), "kind") == "in-cluster":
        found.add("docker-registry")
    return frozenset(found)


def services(parts: frozenset[str]) -> tuple[str, ...]:
    """Names under `services` that mean something when the chart runs `parts` itself."""
    optional = {
        "postgresql": "postgresql",
        "mongodb": "mongodb",
        "mongodb-arbiter": "mongodb",
        "minio": "minio",
        "docker-registry": "docker-registry",
        "docker-registry-proxy": "docker-registry",
    }
    return tuple(name for name in _SERVICES if optional.get(name) in (None, *parts))


def _complete_mongodb(mongodb: Any) -> None:
    _fill(mongodb, kind="external", database="hydro-serving-data-profiler", username="hydro")
    # The image of the chart creates its user inside the database, and that is where it has to log in.
    inside = _get(mongodb, "kind") == "in-cluster"
    _fill(mongodb, auth_database=mongodb["database"] if inside else "admin")


def _complete_storage(answers: dict[str, Any]) -> None:
    storage = answers["storage"]
    _fill(storage, kind="s3", buckets={})
    region = _get(answers["aws"], "region")
    if region is not None:
        _fill(storage, region=region)
    if _get(storage, "kind") == "s3" and isinstance(_get(storage, "region"), str):
        _fill(storage, url=s3_endpoint(storage["region"]))
    if _get(storage, "kind") == "minio":
        _fill(storage, region="us-east-1")
        _fill(storage["buckets"], **_BUCKETS)


def s3_endpoint(region: str) -> str:
    """Address of S3 in a region, `TODO` where the region is."""
    if region == TODO:
        return TODO
    return f"https://s3.{region}.{_SUFFIXES.get(REGIONS.get(region, 'aws'), 'amazonaws.com')}"


def _complete_environments(answers: dict[str, Any]) -> None:
    if answers.get("environments") is None:
        answers["environments"] = {name: {"pools": [deepcopy(dict(_POOL))]} for name in PROFILES}
    environments = answers["environments"]
    if not isinstance(environments, dict):
        return
    for name, environment in environments.items():
        if environment is None:
            environments[name] = environment = {}
        if not isinstance(environment, dict):
            continue
        _fill(
            environment, profile=PROFILES.get(name), cluster={}, namespace=answers["namespace"], kubernetes=KUBERNETES
        )
        _fill(environment["cluster"], name=name)
        _fill(environment, auto_sync=environment["profile"] != "production")
        if environment["profile"] is None:
            del environment["profile"]
        _complete_overrides(environment.get("overrides"), _get(answers["storage"], "kind"))


def _complete_overrides(overrides: Any, storage_kind: object) -> None:
    """S3 of another region has another address."""
    if not isinstance(overrides, dict) or storage_kind != "s3":
        return
    region = _get(overrides.get("aws"), "region")
    if region is not None:
        _fill(overrides, storage={})
        _fill(overrides["storage"], region=region)
    region = _get(overrides.get("storage"), "region")
    if isinstance(region, str):
        _fill(overrides["storage"], url=s3_endpoint(region))


def _tolerations(environments: object) -> Iterator[dict[str, object]]:
    """One toleration for each taint of any pool that keeps pods away, in order."""
    seen: list[tuple[object, object, object]] = []
    for environment in environments.values() if isinstance(environments, Mapping) else ():
        for pool in as_list(_get(environment, "pools")):
            for taint in as_list(_get(pool, "taints")):
                key, value, effect = _get(taint, "key"), _get(taint, "value"), _get(taint, "effect")
                if effect in ("NoSchedule", "NoExecute") and (key, value, effect) not in seen:
                    seen.append((key, value, effect))
                    yield {"key": key, "operator": "Equal", "value": value or "", "effect": effect}


def _complete_services(answers: dict[str, Any]) -> None:
    _fill(answers, services={})
    given = answers["services"]
    if not isinstance(given, dict):
        return
    stated = (name for name, service in given.items() if service is not None)
    for name in dict.fromkeys((*services(in_cluster(answers)), *stated)):
        if name not in _SERVICES:
            continue
        _fill(given, **{name: {}})
        service = given[name]
        for key, value in _SERVICES[name].items():
            if key != "resources":
                _fill(service, **{key: value})
                continue
            _fill(service, resources={})
            resources = _get(service, "resources")
            for kind, amounts in deepcopy(dict(value)).items() if isinstance(value, Mapping) else ():
                _fill(resources, **{kind: {}})
                own = _get(resources, kind)
                for resource, amount in amounts.items() if isinstance(own, dict) else ():
                    own.setdefault(resource, amount)


def _fill(target: Any, **values: object) -> None:
    """Set what `target` lacks, or has nothing for; anything but a map stays as it is."""
    if isinstance(target, dict):
        for key, value in values.items():
            if target.get(key) is None:
                target[key] = value


def _get(target: object, key: str) -> Any:
    return target.get(key) if isinstance(target, Mapping) else None
