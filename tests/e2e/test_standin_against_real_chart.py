"""The stand-in chart gives what the real serving 3.0.3 gives, view by view, over drawn values.

The real chart, unpacked with its subcharts, is found by HYDROGITOPS_REAL_CHART; it is no part of the project.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import hydrogitops.charts
from hydrogitops.charts import contract as contracts
from hydrogitops.charts import known_charts
from hydrogitops.charts.values import Chart, coalesce

from .chart_views import differences
from .render_jobs import Renders

pytest.importorskip("helm_python", reason="the stand-in is not compared: extra `engines` is not installed")

STAND_IN = Path(hydrogitops.charts.__file__).parent / "standin" / "serving"
REAL = Path(os.environ.get("HYDROGITOPS_REAL_CHART", ""))
if not (REAL / "Chart.yaml").is_file():
    pytest.skip(
        "THE STAND-IN IS NOT COMPARED: set HYDROGITOPS_REAL_CHART to serving 3.0.3, unpacked", allow_module_level=True
    )

DELIBERATE = {
    r"init-chmod-data/command": "the shell text that prepares the data folder is in words of our own",
    r"Secret/\S+ data/aws(AccessKeyID|SecretAccessKey): 'a-published-": "somebody's real keys are not repeated",
    r"Secret/\S+ data/(mongodb|postgresql)-\S+: '\w{10}', really '\w{10}'$": "both invent one where none is given",
}

TOLERATIONS = st.lists(
    st.sampled_from(
        [
            {"key": "node", "operator": "Equal", "value": "highPerformance", "effect": "NoSchedule"},
            {"key": "spot", "operator": "Exists"},
            {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
        ]
    ),
    max_size=3,
)
LABELS = st.dictionaries(
    st.sampled_from(["node", "kubernetes.io/os", "tier"]), st.sampled_from(["a", "b-c"]), max_size=2
)
AMOUNTS = st.dictionaries(
    st.sampled_from(["cpu", "memory"]), st.sampled_from(["250m", "1", 2, "512Mi", "2Gi"]), max_size=2
)
RESOURCES = st.dictionaries(st.sampled_from(["limits", "requests"]), AMOUNTS, max_size=2)
AFFINITY = st.sampled_from([
    {},
    {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "node", "operator": "In", "values": ["a"]}]}]}}},
    {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
])  # fmt: skip
HOST = st.sampled_from(["", "db.example.com", "10.0.0.7", "https://db.example.com:5432"])
ADDRESS = st.sampled_from(["", "https://s3.us-east-1.amazonaws.com", "http://store:9000"])
TEXT = st.sampled_from(["hydro", "a b", "x-y_z", "p@ss:word/1", "0777", "yes"])
OPTIONS = st.sampled_from(["", "-Xmx1g", '-Xmx1g -XX:OnError="kill -9 %p"', "-XX:MaxRAMPercentage=75.0"])
IMAGE = st.sampled_from(["", "registry.example.com:5000/acme/app:1.2", "acme/app@sha256:" + "0" * 64])
REPOSITORY = st.sampled_from(["bitnamilegacy/thing", "acme/app"])
SIZE = st.sampled_from(["1Gi", "50Gi"])
ONOFF = st.booleans()
REPLICAS = st.integers(min_value=0, max_value=3)
ENV = st.sampled_from([[], [{"name": "A", "value": "b"}], [{"name": "JAVA_OPTS", "value": "-Xmx1g"}]])

JVM_AND_UI = ("manager", "gateway", "sonar", "ui")
WORKERS = ("stat", "rootcause", "auto-od", "visualization")
ALL = (*JVM_AND_UI, *WORKERS, "docker-registry", "minio", "mongodb", "postgresql", "alertmanager")

KNOBS: dict[str, st.SearchStrategy[Any]] = {
    # Services off, services outside.
    **{f"global.{name}.enabled": ONOFF for name in ("postgres", "mongo", "dockerRegistry", "alertmanager")},
    **{f"global.{name}.enabled": ONOFF for name in ("postgresql", "mongodb", "minio")},
    "minio.enabled": ONOFF,
    "global.postgresql.url": HOST,
    "global.mongodb.url": HOST,
    "global.alertmanager.url": HOST,
    "global.registry.url": st.sampled_from(["", "docker.io/acme", "https://registry.example.com"]),
    "global.persistence.url": ADDRESS,
    "global.persistence.mode": st.sampled_from(["minio", "s3", "local"]),
    # Databases.
    **{f"global.postgresql.{key}": TEXT for key in ("username", "password", "database")},
    **{f"global.mongodb.{key}": TEXT for key in ("username", "rootPassword", "database", "authDatabase")},
    "global.mongodb.password": st.one_of(TEXT, st.just("")),
    "global.mongodb.retry": st.sampled_from(["true", "false", True, ""]),
    "global.postgresql.existingSecret": st.sampled_from(["hydro-postgresql", "other"]),
    "mongodb.existingSecret": st.sampled_from(["hydro-mongodb", "other"]),
    "mongodb.replicaSet.enabled": ONOFF,
    "mongodb.replicaSet.key": TEXT,
    "mongodb.replicaSet.pdb.enabled": ONOFF,
    "mongodb.replicaSet.replicas.secondary": REPLICAS,
    "mongodb.replicaSet.replicas.arbiter": REPLICAS,
    "mongodb.metrics.enabled": ONOFF,
    "mongodb.volumePermissions.enabled": ONOFF,
    "mongodb.resourcesArbiter": RESOURCES,
    "mongodb.affinityArbiter": AFFINITY,
    "postgresql.metrics.enabled": ONOFF,
    "postgresql.shmVolume.enabled": ONOFF,
    "postgresql.volumePermissions.enabled": ONOFF,
    "postgresql.usePasswordFile": ONOFF,
    "postgresql.extraEnv": ENV,
    "postgresql.initdbPassword": TEXT,
    "postgresql.master.nodeSelector": LABELS,
    "postgresql.master.affinity": AFFINITY,
    # Object store.
    "global.persistence.accessKey": TEXT,
    "global.persistence.secretKey": TEXT,
    "global.persistence.region": st.sampled_from(["", "eu-west-1"]),
    "global.persistence.ingress.enabled": ONOFF,
    "global.minio.existingSecret": TEXT,
    **{f"{name}.persistence.bucket": st.sampled_from(["", "some-bucket"]) for name in ("sonar", "visualization")},
    **{f"{name}.persistence.region": st.sampled_from(["", "eu-west-2"]) for name in ("sonar", "visualization")},
    "global.registry.persistence.bucket": st.just("models"),
    "global.registry.persistence.region": st.sampled_from(["", "eu-west-3"]),
    "minio.defaultBuckets": st.sampled_from(["", "a, b, c"]),
    "minio.existingSecret": st.sampled_from(["hydro-minio", "other"]),
    "minio.extraEnv": ENV,
    "minio.extraEnvVarsSecret": TEXT,
    "minio.useCredentialsFile": ONOFF,
    "minio.podAntiAffinityPreset": st.sampled_from(["", "soft", "hard"]),
    "minio.serviceAccount.create": ONOFF,
    "minio.serviceAccount.name": st.sampled_from(["", "store"]),
    "minio.volumePermissions.enabled": ONOFF,
    "minio.volumePermissions.resources": RESOURCES,
    # Registry.
    "global.registry.insecure": ONOFF,
    "global.registry.username": TEXT,
    "global.registry.password": TEXT,
    "global.registry.ingress.enabled": ONOFF,
    "global.registry.ingress.path": st.sampled_from(["/", "/models"]),
    "registry.enabled": ONOFF,
    "registry.host": TEXT,
    # Entry, alarms.
    **{f"global.ui.ingress.{key}": ONOFF for key in ("enabled", "enableGrpc", "alb")},
    "global.ui.ingress.path": st.sampled_from(["/", "/hydro"]),
    "global.ui.ingress.host": st.just("hydro.example.com"),
    "sonar.alertmanager.hydrosphereUrl": ADDRESS,
    "global.alertmanager.config": st.sampled_from(
        [{"global": {"smtp_auth_password": "x"}, "route": {"receiver": "a"}}]
    ),
    "alertmanager.configmapReload.enabled": ONOFF,
    "alertmanager.serviceAccount.create": ONOFF,
    # The services' own.
    **{f"{name}.image.full": IMAGE for name in (*JVM_AND_UI, *WORKERS)},
    **{f"{name}.image.repository": REPOSITORY for name in ALL},
    **{f"{name}.image.tag": st.sampled_from(["v2", "1.0.1"]) for name in ALL},
    **{f"{name}.image.registry": st.just("mirror.example.com") for name in ("minio", "mongodb", "postgresql")},
    "global.imageRegistry": st.just("mirror.example.com"),
    "global.imagePullSecrets": st.just(["pull"]),
    **{f"{name}.resources": RESOURCES for name in ALL},
    **{f"{name}.replicaCount": REPLICAS for name in ALL if name not in ("minio", "mongodb", "postgresql")},
    **{f"{name}.nodeSelector": LABELS for name in ALL},
    **{f"{name}.affinity": AFFINITY for name in ALL},
    **{f"{name}.tolerations": TOLERATIONS for name in ALL},
    "global.tolerations": TOLERATIONS,
    **{f"{name}.env": ENV for name in ("gateway", "sonar", "ui", "stat", "manager")},
    **{f"{name}.javaOpts": OPTIONS for name in ("manager", "sonar", "gateway")},
    "gateway.JAVA_XMX": st.sampled_from(["512M", "2g", 512, ""]),
    **{f"{name}.persistence.size": SIZE for name in ("minio", "mongodb", "postgresql", "alertmanager")},
    **{f"{name}.persistence.enabled": ONOFF for name in ("minio", "mongodb", "postgresql", "alertmanager")},
    **{f"{name}.persistence.storageClass": st.sampled_from(["gp3", "-"]) for name in ("mongodb", "alertmanager")},
    "global.storageClass": st.just("gp3"),
    "manager.monitoring.enabled": ONOFF,
    "manager.serviceAccount.name": st.just("deployer"),
    "manager.serviceAccount.create": ONOFF,
    "manager.servingAccount": st.just({"name": "deployer"}),
    "manager.depconfig": st.just('default-deployment-configuration = """{}"""'),
    "sonar.awsCredentialSecret": st.just("aws"),
    "vizualization": st.just({"persistence": {"bucket": "b"}}),
}

NAMES = st.one_of(
    st.just("hydro"),
    st.sampled_from(
        ["build", "stat-x", "hydro-visualization", "minio-x", "my-minio", "mongodb", "a" * 40 + "-" + "b" * 12]
    ),
)


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in dotted.items():
        *folders, last = path.split(".")
        level = values
        for folder in folders:
            level = level.setdefault(folder, {})
        level[last] = value
    return values


@st.composite
def drawn(draw: st.DrawFn) -> dict[str, Any]:
    """A few knobs, or a third of all of them."""
    count = draw(st.sampled_from([1, 2, 5, 10, 20, 40, 60]))
    knobs = draw(st.lists(st.sampled_from(sorted(KNOBS)), unique=True, min_size=count, max_size=count))
    return nested({knob: draw(KNOBS[knob]) for knob in knobs})


PRODUCTION = nested({
    "global.postgres.enabled": False,
    "global.mongo.enabled": False,
    "global.dockerRegistry.enabled": False,
    "global.postgresql.url": "db.example.com",
    "global.mongodb.url": "mongo.example.com",
    "global.mongodb.password": "sealed",
    "global.registry.url": "docker.io/acme",
    "global.registry.insecure": False,
    "global.persistence.url": "https://s3.us-east-1.amazonaws.com",
    "global.persistence.mode": "s3",
    "minio.existingSecret": "hydro-minio",
    "global.ui.ingress.enableGrpc": False,
    "global.tolerations": [{"key": "node", "operator": "Exists"}],
    "alertmanager.tolerations": [{"key": "node", "operator": "Exists"}],
})  # fmt: skip
INSIDE = nested(
    {
        "global.postgresql.existingSecret": "hydro-postgresql",
        "mongodb.existingSecret": "hydro-mongodb",
        "minio.existingSecret": "hydro-minio",
        "minio.defaultBuckets": "a, b, c",
        "minio.image.repository": "bitnamilegacy/minio",
    }
)


@pytest.fixture(scope="module")
def renders() -> Iterator[Renders]:
    with Renders() as child:
        yield child


@settings(
    max_examples=80,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(values={}, name="hydro", namespace="ml")
@example(values=PRODUCTION, name="hydro", namespace="ml")
@example(values=INSIDE, name="hydro", namespace="default")
@given(values=drawn(), name=NAMES, namespace=st.sampled_from(["ml", "default", "hydro-prod"]))
def test_same_views(renders: Renders, values: dict[str, Any], name: str, namespace: str) -> None:
    ours = renders.objects(STAND_IN, values, name, namespace)
    real = renders.objects(REAL, values, name, namespace)
    if isinstance(ours, str) or isinstance(real, str):
        assert isinstance(ours, str) and isinstance(real, str), f"one alone fails: {ours!r}, really {real!r}"[:600]
        return
    unlike = [line for line in differences(ours, real) if not any(re.search(known, line) for known in DELIBERATE)]
    assert unlike == []


CONTRACT = known_charts.find("serving", "3.0.3")
assert CONTRACT is not None
DEAD = sorted(".".join(map(str, dead.value)) for dead in CONTRACT.dead)


@pytest.mark.parametrize("value", DEAD)
def test_what_the_contract_calls_dead_changes_nothing(
    renders: Renders, default_objects: list[dict[str, Any]], value: str
) -> None:
    last = value.rpartition(".")[2]
    set_to: Any = True if last == "enabled" else "changed"
    if last in ("resources", "nodeSelector", "affinity", "config"):
        set_to = {"changed": "yes"}
    elif last in ("tolerations", "env"):
        set_to = [{"name": "CHANGED", "key": "changed"}]
    assert renders.objects(REAL, nested({value: set_to})) == default_objects


@pytest.fixture(scope="module")
def default_objects(renders: Renders) -> list[dict[str, Any]]:
    answer = renders.objects(REAL, {})
    assert not isinstance(answer, str)
    return answer


def test_every_default_is_a_key_of_the_contract_or_is_dead() -> None:
    assert CONTRACT is not None
    gone = {one.value for one in CONTRACT.dead} | {one.value for one in CONTRACT.forbidden}
    seen = coalesce(Chart.from_folder(REAL), []).seen["serving"]

    def unknown(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if any(contracts.matches(one, path) for one in gone) or path[1:2] == ("global",):
            return  # Helm gives every subchart a copy of `global`
        found = CONTRACT.unknown(path) if CONTRACT is not None and path else None
        if found is not None:
            yield path
        elif isinstance(node, Mapping):
            for key, value in node.items():
                yield from unknown(value, (*path, key))

    # What the umbrella chart gives its templates does not hold the globals that only subcharts have.
    assert list(unknown(seen, ())) == []


def test_the_comparison_sees_a_difference(renders: Renders) -> None:
    ours = renders.objects(STAND_IN, nested({"gateway.JAVA_XMX": "2g"}))
    real = renders.objects(REAL, {})
    assert not isinstance(ours, str)
    assert not isinstance(real, str)
    assert "Deployment/hydro-gateway pod/containers/gateway/env/JAVA_XMX: '2g', really '1G'" in differences(ours, real)
