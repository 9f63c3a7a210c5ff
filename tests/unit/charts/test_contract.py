"""The contract of serving 3.0.3 as a file, and what is asked of it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, StringConstraints

from hydrogitops.charts import contract as contracts
from hydrogitops.charts import known_charts
from hydrogitops.charts.contract import Condition, Contract, Unknown
from hydrogitops.charts.contract_reading import route
from hydrogitops.charts.known_charts import CONTRACTS
from hydrogitops.model import Route
from hydrogitops.source import load

ROOT = Path(__file__).parents[3]

FILES = sorted(CONTRACTS.glob("*.yaml"))

Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z*][\w-]*(\.[A-Za-z*][\w-]*)*$")]
Sentence = Annotated[str, StringConstraints(pattern=r"^([^A-Z]|[A-Z][A-Z]|MinIO).*[^.]$")]
At = Annotated[str, StringConstraints(pattern=r"^[A-Z]\w+/[a-z0-9{}*-]+(/[a-z0-9{}*-]+)?$")]
Test = Annotated[str, StringConstraints(pattern=r"^[\w.-]+ (set|unset|on|off|is \S+|is-not \S+)$")]
Reads = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]\w+/[a-z0-9{}-]+(/[a-z0-9{}-]+ env [A-Z_0-9]+| volume| imagePullSecrets)$")
]
Form = Literal[
    "boolean",
    "bucket",
    "host",
    "integer",
    "list",
    "map",
    "mode",
    "number",
    "region",
    "registry",
    "string",
    "url",
    "any",
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FieldItem(Strict):
    value: Dotted
    also: list[Dotted] = []
    whole: Literal[False] | None = None
    at: At | list[At]
    path: str | list[str]


class DeadItem(Strict):
    value: Dotted | list[Dotted]
    rule: Literal["resources/dead-value", "jvm/variable-unread", "scheduling/dead-tolerations", "values/contract"]
    meant: Dotted | None = None
    message: Sentence
    at: At | list[At] = []


class ShapeItem(Strict):
    value: Dotted
    form: Form
    message: Sentence | Literal[""]
    choices: list[str] = []
    pair: Dotted | None = None
    breaks: Literal[True] | None = None
    needed: list[Test] = []
    service: str = ""
    wanting: Sentence | Literal[""] = ""


class ForbiddenItem(Strict):
    value: Dotted
    rule: Literal["values/contract", "hydrosphere/aws-credential-secret"]
    message: Sentence
    breaks: Literal[True] | None = None


class CredentialItem(Strict):
    value: Dotted
    secret: str
    key: str
    default: str = ""
    stand_in: Literal[True] | None = None


class KeyItem(Strict):
    readers: list[Reads] = []
    alphabet: str = ""
    length: int = 0
    minimum: int = 0
    maximum: int = 0
    composed: Literal["dockerconfigjson", "registry-storage-init", "alertmanager"] | None = None
    same_as: tuple[str, str] | list[str] | None = None
    when: list[Test] = []


class SecretItem(Strict):
    name: str
    type: Literal["Opaque", "kubernetes.io/dockerconfigjson"]
    keys: dict[str, KeyItem]
    needed: list[Test] = []
    rendered: list[Test] = []
    kept_out: Dotted | None = None
    optional: bool = False
    dead: bool = False
    by_patch: bool = False


class CaseItem(Strict):
    variable: str = ""
    options: str


class ImageItem(Strict):
    match: str
    jdk: int | None
    update: int | None
    sees_limits: bool
    variables: list[str]
    script: list[CaseItem]
    defaults: dict[str, str] = {}


class MovedItem(Strict):
    match: str
    successor: str
    message: Sentence


class FixedItem(Strict):
    image: str
    at: At


class SwitchItem(Strict):
    component: str
    switch: Dotted | None = None
    outside: list[Test]
    leaves: list[At] = []


class ContractFile(Strict):
    chart: str
    version: str
    fields: list[FieldItem]
    dead: list[DeadItem]
    shapes: list[ShapeItem]
    forbidden: list[ForbiddenItem]
    credentials: list[CredentialItem]
    secrets: list[SecretItem]
    images: list[ImageItem]
    without_jvm: list[str]
    moved: list[MovedItem]
    fixed_images: list[FixedItem]
    switches: list[SwitchItem]
    beyond: list[Dotted]
    keys: dict[str, Any]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_a_contract_is_written_as_it_should_be(file: Any) -> None:
    data = load(file.read_text(encoding="utf-8"))
    read = ContractFile.model_validate(data)
    assert file.stem == f"{read.chart}-{read.version}"
    forms = {"boolean", "integer", "number", "string", "list", "map", "any"}
    assert set(leaves(read.keys)) <= forms


def leaves(tree: Any) -> list[str]:
    return [leaf for below in tree.values() for leaf in leaves(below)] if isinstance(tree, dict) else [tree]


@pytest.fixture(scope="module")
def contract() -> Contract:
    found = known_charts.find("serving", "3.0.3")
    assert found is not None
    return found


@pytest.mark.parametrize("source", sorted(CONTRACTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_read_is_what_is_written(source: Path) -> None:
    """Else: python scripts/make_contracts.py."""
    made = runpy.run_path(str(ROOT / "scripts" / "make_contracts.py"))["text"](source)
    assert source.with_suffix(".json").read_text(encoding="utf-8") == made
    assert json.loads(made) == load(source.read_text(encoding="utf-8"))


def test_contracts_are_found_by_chart_and_version_and_read_once(contract: Contract) -> None:
    assert known_charts.find("serving", "3.0.3") is contract
    assert (contract.chart, contract.version) == ("serving", "3.0.3")
    for chart, version in (
        ("serving", "3.0.2"),
        ("serving", ""),
        ("other", "3.0.3"),
        ("../contracts/serving", "3.0.3"),
    ):
        assert known_charts.find(chart, version) is None


def test_every_value_that_the_contract_speaks_of_is_a_key_or_is_dead(contract: Contract) -> None:
    spoken: list[Route] = [one.value for one in contract.shapes]
    spoken += [value for one in contract.fields for value in (one.value, *one.also)]
    spoken += [one.value for one in contract.credentials] + [one.kept_out for one in contract.secrets if one.kept_out]
    spoken += [one.off for one in contract.switches if one.off] + list(contract.beyond)
    spoken += [test.value for one in contract.secrets for test in (*one.needed, *one.rendered)]
    spoken += [route(one.meant) for one in contract.dead if one.meant]
    assert [value for value in spoken if contract.unknown(value) is not None] == []
    gone = [*(one.value for one in contract.dead), *(one.value for one in contract.forbidden)]
    assert [value for value in gone if "*" not in value and contract.unknown(value) is None] == []


def test_pairs_point_at_each_other(contract: Contract) -> None:
    pairs = {(one.value, one.pair) for one in contract.shapes if one.pair}
    assert pairs
    assert {(right, left) for left, right in pairs} == pairs


@pytest.mark.parametrize(
    ("at", "path", "value", "rest"),
    [
        ("Deployment/hydro-manager/manager", "resources/limits/memory", "manager.resources", "limits/memory"),
        ("Deployment/hydro-manager/manager", "env/JAVA_OPTS/value", "manager.javaOpts", ""),
        ("Deployment/hydro-sonar/sonar", "env/JAVE_OPTS/value", "sonar.javaOpts", ""),
        ("Deployment/hydro-gateway/gateway", "env/JAVA_XMX/value", "gateway.JAVA_XMX", ""),
        ("Deployment/hydro-gateway/gateway", "env/OTHER/value", "gateway.env", "value"),
        ("Deployment/hydro-stat/", "spec/template/spec/tolerations/0/effect", "global.tolerations", "0/effect"),
        ("Deployment/hydro-minio/", "spec/template/spec/tolerations", "minio.tolerations", ""),
        ("StatefulSet/hydro-postgresql/hydro-postgresql", "resources", "postgresql.resources", ""),
        ("StatefulSet/hydro-postgresql/init-chmod-data", "resources", "postgresql.resources", ""),
        ("StatefulSet/hydro-mongodb-arbiter/mongodb-arbiter", "resources", "mongodb.resourcesArbiter", ""),
        (
            "StatefulSet/hydro-postgresql/",
            "spec/volumeClaimTemplates/0/spec/resources/requests/storage",
            "postgresql.persistence.size",
            "",
        ),
        ("Deployment/hydro-visualization/visualization-worker", "image", "visualization.image.full", ""),
        ("Deployment/hydro-sonar/sonar", "env/STORAGE_REGION/value", "sonar.persistence.region", ""),
        ("Deployment/hydro-ui/", "spec/replicas", "ui.replicaCount", ""),
    ],
)
def test_the_value_behind_a_field(contract: Contract, at: str, path: str, value: str, rest: str) -> None:
    kind, name, container = at.split("/")
    found = contract.sources(kind, name, "hydro", container, positions(path))
    assert found is not None
    assert (found[0].value, found[1]) == (route(value), positions(rest))


def positions(path: str) -> Route:
    return tuple(int(key) if key.isdigit() else key for key in path.split("/")) if path else ()


@pytest.mark.parametrize(
    ("kind", "name", "container", "path"),
    [
        ("Deployment", "hydro-stat", "stat", ("resources",)),
        ("Deployment", "hydro-manager", "dind", ("resources",)),
        ("Deployment", "hydro-manager", "dind", ("image",)),
        ("DaemonSet", "hydro-docker-registry-proxy", "hydro-docker-registry-proxy", ("resources",)),
        ("DaemonSet", "hydro-docker-registry-proxy", "", ("spec", "template", "spec", "tolerations")),
        ("Deployment", "other-manager", "manager", ("resources",)),
        ("Deployment", "hydro-manager", "manager", ("env",)),
    ],
)
def test_fields_that_no_value_reaches(contract: Contract, kind: str, name: str, container: str, path: Route) -> None:
    assert contract.sources(kind, name, "hydro", container, path) is None


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("global.tolerations", None),
        ("manager.resources.limits.memory", None),
        ("manager.affinity.anything.below", None),
        ("global.alertmanager.config.receivers", None),
        ("global.postgres.enabled", None),
        ("gateway.env", None),
        ("vizualization.persistence.bucket", Unknown(("vizualization",), ("visualization",))),
        ("global.postgresql.user", Unknown(route("global.postgresql.user"), route("global.postgresql.url"))),
        ("global.toleration", Unknown(route("global.toleration"), route("global.tolerations"))),
        ("gateway.resource.limits", Unknown(route("gateway.resource"), route("gateway.resources"))),
        ("gateway.java_xmx", Unknown(route("gateway.java_xmx"), route("gateway.JAVA_XMX"))),
        ("manager.javaopts", Unknown(route("manager.javaopts"), route("manager.javaOpts"))),
        ("nothing.like.it", Unknown(("nothing",), ())),
    ],
)
def test_unknown_keys(contract: Contract, path: str, answer: Unknown | None) -> None:
    found = contract.unknown(route(path))
    if answer is not None and answer.meant == route("global.postgresql.url"):
        assert found is not None
        assert found.path == answer.path
    else:
        assert found == answer


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("manager.javaOpts", "string"),
        ("manager.replicaCount", "integer"),
        ("global.tolerations", "list"),
        ("manager.resources", "map"),
        ("manager.resources.limits", None),
        ("global.registry.insecure", "boolean"),
        ("postgresql.image.tag", "any"),
        ("manager", None),
        ("managr", None),
    ],
)
def test_types_of_defaults(contract: Contract, path: str, form: str | None) -> None:
    assert contract.form(route(path)) == form


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("a.b set", {"a": {"b": "x"}}, True),
        ("a.b set", {"a": {"b": ""}}, False),
        ("a.b set", {"a": {}}, False),
        ("a.b unset", {"a": {"b": False}}, True),
        ("a.b unset", {"a": "text"}, True),
        ("a.b on", {"a": {}}, True),
        ("a.b on", {"a": {"b": "false"}}, True),
        ("a.b on", {"a": {"b": False}}, False),
        ("a.b off", {"a": {"b": False}}, True),
        ("a.b is s3", {"a": {"b": "s3"}}, True),
        ("a.b is s3", {"a": {"b": "minio"}}, False),
        ("a.b is-not s3", {"a": {}}, True),
    ],
)
def test_conditions(text: str, values: dict[str, Any], holds: bool) -> None:
    value, test, *rest = text.split(" ")
    assert Condition(route(value), test, "".join(rest)).holds(values) is holds  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "match"),
    [
        ("hydrosphere/sonar:3.0.3", "hydrosphere/sonar:3.0.3"),
        ("docker.io/hydrosphere/sonar:3.0.3", "hydrosphere/sonar:3.0.3"),
        ("registry.example.com:5000/mirror/hydrosphere/serving-gateway:3.0.3", "hydrosphere/serving-gateway:3.0.[123]"),
        ("hydrosphere/serving-manager:3.0.3@sha256:" + "0" * 64, "hydrosphere/serving-manager:3.0.[123]"),
        ("hydrosphere/sonar:3.0.2", None),
        ("hydrosphere/serving-gateway:3.0.0", None),
        ("hydrosphere/sonar", None),
        ("acme/sonar:3.0.3", None),
        ("otherhydrosphere/sonar:3.0.3", None),
        ("hydrosphere/hydro-stat:3.0.3", None),
    ],
)
def test_known_images(image: str, match: str | None) -> None:
    assert next((known.match for known in known_charts.images() if known.matches(image)), None) == match


@pytest.mark.parametrize(
    ("pattern", "name", "release", "named"),
    [
        ("{release}-manager", "hydro-manager", "hydro", True),
        ("{release}-manager", "hydro-manager-x", "hydro", False),
        ("*-pdb", "ui-pdb", "hydro", True),
        ("{release}-docker-registry", "r" * 53 + "-docker-re", "r" * 53, True),
        ("{release}-auto-od", "r" * 53 + "-auto", "r" * 53, False),
        ("", "", "hydro", True),
        ("", "manager", "hydro", False),
    ],
)
def test_names_of_objects(pattern: str, name: str, release: str, named: bool) -> None:
    assert contracts.named(pattern, name, release) is named


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.nameOverride", "manager.nameOverride", True),
        ("*.nameOverride", "nameOverride", False),
        ("*.nameOverride", "manager.image.nameOverride", False),
        ("stat.resources", "stat.resources", True),
        ("stat.resources", "stat.resources.limits", False),
    ],
)
def test_patterns_of_values(pattern: str, path: str, matches: bool) -> None:
    assert contracts.matches(route(pattern), route(path)) is matches
