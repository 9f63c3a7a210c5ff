"""The contract of serving is true of the stand-in chart: what it says is shown by rendering with one value changed."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from hydrogitops.charts import contract as contracts
from hydrogitops.charts import stand_in
from hydrogitops.charts.contract import Contract, FieldSource
from hydrogitops.model import Route
from tests.e2e.render_jobs import Renders

pytest.importorskip("helm_python", reason="nothing is rendered: extra `engines` is not installed")

RELEASE = "hydro"
Leaf = tuple[str, str, str, Route]
"""Kind, name, container and path as the contract writes them."""


def known() -> Contract:
    found = contracts.find("serving", "3.0.3")
    assert found is not None
    return found


CONTRACT = known()


def nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in dotted.items():
        *folders, last = path.split(".")
        level = values
        for folder in folders:
            level = level.setdefault(folder, {})
        level[last] = value
    return values


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(copy.deepcopy(below))
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) and value else value
    return result


OPTIONAL_PARTS = nested({
    "global.ui.ingress.enabled": True,
    "global.registry.ingress.enabled": True,
    "global.persistence.ingress.enabled": True,
    "alertmanager.configmapReload.enabled": True,
    "mongodb.metrics.enabled": True,
    "mongodb.volumePermissions.enabled": True,
    "postgresql.metrics.enabled": True,
    "registry.enabled": True,
})  # fmt: skip
BASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "all optional parts": OPTIONAL_PARTS,
    "MongoDB alone": merged(OPTIONAL_PARTS, nested({"mongodb.replicaSet.enabled": False})),
    "MinIO before S3": nested({"global.persistence.mode": "s3"}),
    "registry outside": nested({"global.registry.url": "registry.example.com"}),
    "a user of its own": nested({"global.postgresql.username": "hydro"}),
    "images in two parts": nested({f"{name}.image.full": "" for name in ("manager", "gateway", "ui")}),
    "replication Secret named": nested({"postgresql.existingSecret": "own", "minio.existingSecret": "own"}),
    "no password for MongoDB": nested({"global.mongodb.password": ""}),
    "envFrom": nested({"minio.extraEnvVarsCM": "a", "minio.extraEnvVarsSecret": "b"}),
}
"""What the field may need to be there, in the order in which they are tried."""

CHANGES: dict[str, Any] = {
    "global.alertmanager.config": {"route": {"receiver": "another"}},
    "alertmanager.extraArgs": {"log.level": "debug"},
    "alertmanager.replicaCount": 3,
    "global.registry.insecure": False,
    "global.ui.ingress.enabled": True,
    "global.ui.configuration": '{"showHeader": false}',
    "global.postgresql.servicePort": 5433,
    "gateway.JAVA_XMX": "768M",
    "manager.depconfig": "a = b",
}

CONSEQUENCES = {
    r"global\.postgresql\.(username|database)": r"(liveness|readiness)Probe|DATA_SOURCE_|POSTGRES_POSTGRES_PASSWORD|postgresql-postgres-password",
    r"(global\.postgresql|postgresql\.service)\.(servicePort|port)": r"(liveness|readiness)Probe|DATA_SOURCE_|ports|spec/ports",
    r"(global\.)?postgresql\.existingSecret": r"DATA_SOURCE_|POSTGRES_POSTGRES_PASSWORD",
    r"global\.registry\.url": r"REMOTE_DOCKER_REGISTRY_PASSWORD|REMOTE_DOCKER_PULL_HOST",
    r"global\.ui\.ingress\.(enabled|host|path)": r"tls|env/ALERTING_FRONTEND_URL",
    r"global\.ui\.ingress\.grpchost|global\.registry\.ingress\.host": r"tls",
    r"global\.persistence\.url": r"REGISTRY_STORAGE_S3_REGIONENDPOINT",
    r"alertmanager\.replicaCount": r"spec/ports",
    r"minio\.(existingSecret|serviceAccount\.name)": r"secrets",
    r"manager\.serviceAccount\.name": r"subjects",
    r"mongodb\.replicaSet\.name|global\.mongodb\.\w+": r"^$",
}  # fmt: skip
"""What follows from a value in places that no rule looks at: paths by value, both as patterns."""


def objects(renders: Renders, values: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    answer = renders.objects(stand_in.folder(), values, RELEASE)
    assert not isinstance(answer, str), answer
    return {(data["kind"], data["metadata"]["name"]): data for data in answer}


def leaves(data: Mapping[str, Any]) -> dict[Leaf, Any]:
    """The leaves of an object below spec and data, containers apart and variables by name."""
    kind, name = data["kind"], data["metadata"]["name"]
    found: dict[Leaf, Any] = {}

    def walk(node: Any, container: str, path: Route) -> None:
        if path[-1:] in (("containers",), ("initContainers",)):
            for item in node or ():
                walk(item, item["name"], ())
        elif isinstance(node, dict) and node:
            for key, value in node.items():
                walk(value, container, (*path, key))
        elif path == ("env",):
            for variable in node or ():
                walk(variable, container, ("env", variable["name"]))
        elif isinstance(node, list) and node:
            for index, value in enumerate(node):
                walk(value, container, (*path, str(index)))
        elif node not in (None, {}, []):
            found[kind, name, container, path] = node

    for part in data.keys() - {"apiVersion", "kind", "metadata"}:
        walk(data[part], "", (part,))
    return found


def covers(source: FieldSource, leaf: Leaf) -> bool:
    kind, name, container, path = leaf
    return (
        source.kind == kind
        and contracts.named(source.name, name, RELEASE)
        and contracts.named(source.container, container, RELEASE)
        and len(source.path) <= len(path)
        and all(want in ("*", key) for want, key in zip(source.path, path, strict=False))
    )


@pytest.fixture(scope="module")
def renders() -> Iterator[Renders]:
    with Renders() as child:
        yield child


@pytest.fixture(scope="module")
def bases(renders: Renders) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    return {name: objects(renders, values) for name, values in BASES.items()}


def changed(value: str) -> Any:
    """Another value than the default, of its type."""
    if value in CHANGES:
        return CHANGES[value]
    last = value.rpartition(".")[2]
    form = CONTRACT.form(contracts_route(value))
    if form == "map":
        return {"limits": {"memory": "3Gi"}} if "esources" in last else {"changed": "yes"}
    if form == "list":
        return [{"name": "CHANGED", "value": "x"}] if "nv" in last else [{"key": "changed", "operator": "Exists"}]
    if form == "integer":
        return 7
    return "7Gi" if last == "size" else "changed"


def contracts_route(dotted: str) -> Route:
    return tuple(dotted.split("."))


BY_VALUE: dict[str, list[FieldSource]] = {}
for _source in CONTRACT.fields:
    for _value in (_source.value, *_source.also):
        BY_VALUE.setdefault(".".join(map(str, _value)), []).append(_source)


@pytest.mark.parametrize("value", sorted(BY_VALUE))
def test_a_value_changes_the_fields_that_it_is_said_to_drive_and_no_other(
    renders: Renders, bases: dict[str, dict[tuple[str, str], dict[str, Any]]], value: str
) -> None:
    sources = BY_VALUE[value]
    unseen = set(sources)
    for base, before in bases.items():
        after = objects(renders, merged(BASES[base], nested({value: changed(value)})))
        for key in before.keys() & after.keys():
            old, new = leaves(before[key]), leaves(after[key])
            for leaf in old.keys() | new.keys():
                if old.get(leaf) == new.get(leaf):
                    continue
                driving = {source for source in sources if covers(source, leaf)}
                unseen -= driving
                assert driving or expected(value, leaf), f"{value} also changes {leaf} ({base})"
        if not unseen:
            return
    assert not unseen, f"{value} does not change {sorted((s.kind, s.name, s.container, s.path) for s in unseen)}"


def expected(value: str, leaf: Leaf) -> bool:
    path = "/".join(map(str, leaf[3]))
    return any(re.fullmatch(values, value) and re.search(paths, path) for values, paths in CONSEQUENCES.items())
