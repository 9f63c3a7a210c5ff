"""The contract of serving is true of the stand-in chart: what it says is shown by rendering with one value changed."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hydrogitops.charts import contract as contracts
from hydrogitops.charts import known_charts, stand_in
from hydrogitops.charts.contract import Contract, FieldSource, Shape
from hydrogitops.model import Route
from tests.e2e.render_jobs import Renders

pytest.importorskip("helm_python", reason="nothing is rendered: extra `engines` is not installed")

RELEASE = "hydro"
Leaf = tuple[str, str, str, Route]
"""Kind, name, container and path as the contract writes them."""


def known() -> Contract:
    found = known_charts.find("serving", "3.0.3")
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
    "alertmanager.replicaCount": "spec/ports",
    "global.postgresql.database": "Probe/exec",
    "global.postgresql.username": "Probe/exec|env/POSTGRES_POSTGRES_PASSWORD|data/postgresql-postgres-password",
    "global.postgresql.servicePort": "Probe/exec|ports",
    "postgresql.service.port": "Probe/exec|ports",
    "global.registry.url": "env/REMOTE_DOCKER_(REGISTRY_PASSWORD|PULL_HOST)",
    "manager.serviceAccount.name": "subjects",
}
"""What else follows from a value: paths that are there or not because of it, or that no rule looks at."""


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
    return bool(re.search(CONSEQUENCES.get(value, "^$"), "/".join(map(str, leaf[3]))))


DEAD = sorted(".".join(map(str, dead.value)) for dead in CONTRACT.dead)
BEYOND = sorted(".".join(map(str, value)) for value in CONTRACT.beyond)


@pytest.mark.parametrize("value", [*DEAD, *(one for one in BEYOND if one != "minio.mode")])
def test_a_dead_value_changes_nothing_and_neither_does_one_that_the_stand_in_leaves_out(
    renders: Renders, bases: dict[str, dict[tuple[str, str], dict[str, Any]]], value: str
) -> None:
    base = "all optional parts"
    last = value.rpartition(".")[2]
    set_to: Any = True if last == "enabled" else "changed"
    if last in ("resources", "nodeSelector", "affinity"):
        set_to = {"changed": "yes"}
    elif last in ("tolerations", "env", "extraDeploy"):
        set_to = [{"name": "CHANGED", "key": "changed"}]
    after = objects(renders, merged(BASES[base], nested({value: set_to})))
    assert {key: leaves(data) for key, data in after.items()} == {
        key: leaves(data) for key, data in bases[base].items()
    }


@pytest.mark.parametrize(
    "value", sorted(".".join(map(str, one.value)) for one in CONTRACT.forbidden if "*" not in one.value)
)
def test_what_is_forbidden(renders: Renders, value: str) -> None:
    answer = renders.objects(stand_in.folder(), nested({value: [{"name": "A", "value": "b"}]}), RELEASE)
    if value == "manager.env":
        for env in ([{"name": "A", "value": "b"}], {"A": "b"}, "A"):
            answer = renders.objects(stand_in.folder(), nested({value: env}), RELEASE)
            assert isinstance(answer, str)
            assert "did not find expected" in answer
    elif value == "sonar.awsCredentialSecret":
        made = objects(renders, nested({value: "aws"}))
        assert ("Secret", "aws") in made


@pytest.mark.parametrize(
    "shape", [one for one in CONTRACT.shapes if one.needed], ids=lambda shape: ".".join(map(str, shape.value))
)
def test_what_is_needed_is_looked_for_and_not_there(renders: Renders, shape: Shape) -> None:
    off = nested({".".join(map(str, one.value)): False for one in shape.needed})
    service = shape.service.replace("{release}", RELEASE)

    def called(made: Mapping[tuple[str, str], dict[str, Any]]) -> bool:
        """Whether a variable of a container is the Service's name, maybe with more behind it."""
        texts = (
            value
            for data in made.values()
            for (*_, path), value in leaves(data).items()
            if path[:1] == ("env",) and path[2:] == ("value",)
        )
        return any(re.match(rf"{service}(?!-|\w)", str(text)) for text in texts)

    without = objects(renders, off)
    assert ("Service", service) in objects(renders, {})
    assert ("Service", service) not in without
    assert called(without)
    assert not called(objects(renders, merged(off, nested({".".join(map(str, shape.value)): "elsewhere.example.com"}))))


# Secrets ---------------------------------------------------------------------------------------------------------

OUTSIDE = nested({
    "global.postgres.enabled": False,
    "global.mongo.enabled": False,
    "global.dockerRegistry.enabled": False,
    "global.postgresql.url": "db.example.com",
    "global.mongodb.url": "mongo.example.com",
    "global.registry.url": "docker.io/acme",
    "global.persistence.url": "https://s3.us-east-1.amazonaws.com",
    "global.persistence.mode": "s3",
})  # fmt: skip
SITUATIONS = {
    "inside": {},
    "outside": OUTSIDE,
    "urls alone": {"global": {part: {"url": "db"} for part in ("postgresql", "mongodb", "registry")}},
    "store outside": nested({"global.persistence.url": "https://store", "global.persistence.mode": "s3"}),
    "a user of its own": nested({"global.postgresql.username": "hydro"}),
    "MongoDB alone": nested({"mongodb.replicaSet.enabled": False}),
    "pull secret": nested({"registry.enabled": True}),
    "registry off": nested({"global.dockerRegistry.enabled": False, "global.registry.url": "r"}),
}


@pytest.mark.parametrize("situation", sorted(SITUATIONS))
def test_secrets_are_rendered_and_read_as_the_contract_says(
    renders: Renders, defaults: dict[str, Any], situation: str
) -> None:
    values = merged(defaults, SITUATIONS[situation])
    made = objects(renders, SITUATIONS[situation])
    references = {reference for data in made.values() for reference in read_by(data)}
    for secret in CONTRACT.secrets:
        name = secret.name.replace("{release}", RELEASE)
        keys = {key.name for key in secret.keys if all(test.holds(values) for test in key.when)}
        rendered = not secret.by_patch and all(test.holds(values) for test in secret.rendered)
        assert (("Secret", name) in made) == rendered, f"{name}: {situation}"
        stated = {
            (name, key.name, reader.kind, reader.name.replace("{release}", RELEASE), reader.how, reader.variable)
            for key in secret.keys
            for reader in key.readers
        }
        found = {reference for reference in references if reference[0] == name}
        by_whole_secret = {(*one[:1], "", *one[2:]) for one in stated if one[4] == "imagePullSecrets"}
        assert found <= stated | by_whole_secret, f"{name} has further readers: {sorted(found - stated)}"
        if rendered:
            data = made["Secret", name]
            assert data.get("type") == secret.type
            assert keys <= data["data"].keys(), f"{name}: {situation}"
        if not secret.optional and found:
            assert {one[1] for one in found} <= keys, f"{name}: {situation}"
            assert all(test.holds(values) for test in secret.needed), f"{name}: {situation}"


def test_every_reader_is_seen_somewhere(renders: Renders) -> None:
    seen = {
        reference
        for values in SITUATIONS.values()
        for data in objects(renders, values).values()
        for reference in read_by(data)
    }
    for secret in CONTRACT.secrets:
        for key in secret.keys if not secret.by_patch else ():
            for reader in key.readers:
                name = secret.name.replace("{release}", RELEASE)
                kept = "" if reader.how == "imagePullSecrets" else key.name
                who = reader.kind, reader.name.replace("{release}", RELEASE), reader.how, reader.variable
                assert (name, kept, *who) in seen


@pytest.mark.parametrize("secret", [one for one in CONTRACT.secrets if one.kept_out], ids=lambda one: str(one.name))
def test_a_secret_of_ones_own_keeps_the_charts_secret_out(renders: Renders, secret: contracts.ChartSecret) -> None:
    name = secret.name.replace("{release}", RELEASE)
    made = objects(renders, nested({".".join(map(str, secret.kept_out)): name}))
    assert ("Secret", name) not in made
    assert any(reference[0] == name for data in made.values() for reference in read_by(data))


def test_every_published_credential_is_in_the_default_render(renders: Renders) -> None:
    made = objects(renders, {})
    for credential in CONTRACT.credentials:
        if not credential.default or credential.value[0] == "postgresql":
            continue
        name = credential.secret.replace("{release}", RELEASE)
        data = made.get(("Secret", name)) or made["ConfigMap", name]
        text = data["data"][credential.key]
        plain = text if data["kind"] == "ConfigMap" else base64.b64decode(text).decode()
        assert credential.default in plain


def test_without_its_stand_in_text_a_credential_is_no_longer_read(renders: Renders) -> None:
    (credential,) = [one for one in CONTRACT.credentials if one.stand_in]
    name = credential.secret.replace("{release}", RELEASE)

    def readers(text: str) -> set[str]:
        made = objects(renders, nested({".".join(map(str, credential.value)): text}))
        return {one[3] for data in made.values() for one in read_by(data) if one[:2] == (name, credential.key)}

    assert readers("in-a-sealed-secret") - readers("") == {
        f"{RELEASE}-{service}" for service in ("sonar", "stat", "auto-od", "rootcause", "visualization")
    }


# Components, images, defaults ------------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", CONTRACT.switches, ids=lambda one: str(one.component))
def test_a_component_is_left_out_as_the_contract_says(renders: Renders, switch: contracts.Switch) -> None:
    kinds = {"Deployment", "StatefulSet", "DaemonSet"}

    def workloads(values: Mapping[str, Any]) -> set[str]:
        return {name for kind, name in objects(renders, values) if kind in kinds and f"-{switch.component}" in name}

    assert workloads({})
    if switch.off:
        off = objects(renders, nested({".".join(map(str, switch.off)): False}))
        assert not [
            name for _, name in off if name.startswith(f"{RELEASE}-{switch.component}") and "-secret" not in name
        ]
    outside = nested({
        ".".join(map(str, one.value)): one.text or "https://elsewhere" for one in switch.outside
    })  # fmt: skip
    assert not workloads(outside)
    assert {(kind, name.replace("{release}", RELEASE)) for kind, name in switch.leaves} <= objects(
        renders, outside
    ).keys()


def test_fixed_images_stand_where_the_contract_says(renders: Renders) -> None:
    made = objects(renders, nested({"manager.monitoring.enabled": True}))
    for fixed in CONTRACT.fixed_images:
        data = made[fixed.target.kind, fixed.target.name.replace("{release}", RELEASE)]
        container = fixed.target.container.replace("{release}", RELEASE)
        images = [
            value for (_, _, name, path), value in leaves(data).items() if name == container and path == ("image",)
        ]
        assert images == [fixed.image]


def test_every_image_of_the_chart_follows_a_value_or_is_fixed(renders: Renders) -> None:
    fixed = {one.image for one in CONTRACT.fixed_images}
    for data in objects(renders, merged(OPTIONAL_PARTS, nested({"manager.monitoring.enabled": True}))).values():
        for leaf, value in leaves(data).items():
            if leaf[3] == ("image",):
                assert value in fixed or any(covers(source, leaf) for source in CONTRACT.fields), leaf


def test_known_jvm_images_are_those_of_the_chart(renders: Renders) -> None:
    made = [
        value for data in objects(renders, {}).values() for leaf, value in leaves(data).items() if leaf[3] == ("image",)
    ]
    assert {image.match for image in CONTRACT.images if any(image.matches(one) for one in made)} == {
        image.match for image in CONTRACT.images
    }


def test_every_default_has_the_type_that_the_contract_states(defaults: dict[str, Any]) -> None:
    types: dict[str, Any] = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "list": list,
        "map": dict,
    }

    def walk(node: Any, path: Route) -> None:
        form = CONTRACT.form(path)
        if form is None and isinstance(node, dict) and CONTRACT.unknown(path) is None:
            for key, value in node.items():
                if key != "global" or not path:  # Helm gives every subchart a copy
                    walk(value, (*path, key))
            return
        if CONTRACT.unknown(path) is not None:
            gone = {one.value for one in CONTRACT.dead} | {one.value for one in CONTRACT.forbidden}
            assert any(contracts.matches(one, path[:depth]) for one in gone for depth in range(1, len(path) + 1)), path
        elif form != "any" and node is not None and path != ("minio", "extraEnv"):
            assert isinstance(node, types[str(form)]), path

    walk(defaults, ())


@pytest.fixture(scope="module")
def defaults() -> dict[str, Any]:
    """What templates see where nobody says anything."""
    from hydrogitops.charts.values import Chart, coalesce

    seen: dict[str, Any] = coalesce(Chart.from_folder(stand_in.folder()), []).seen["serving"]
    return seen


def read_by(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str, str]]:
    """What pods read of Secrets: Secret, key, kind and name of the workload, how, variable."""
    spec = data.get("spec", {}).get("template", {}).get("spec")
    if spec is None:
        return
    who = data["kind"], data["metadata"]["name"]
    for container in [*(spec.get("initContainers") or ()), *spec["containers"]]:
        for variable in container.get("env") or ():
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                yield reference["name"], reference["key"], *who, "env", variable["name"]
    for volume in spec.get("volumes") or ():
        for item in volume.get("secret", {}).get("items", ()):
            yield volume["secret"]["secretName"], item["key"], *who, "volume", ""
    for secret in spec.get("imagePullSecrets") or ():
        yield secret["name"], "", *who, "imagePullSecrets", ""
