"""Reading answers: complete, checked, everything that is wrong at once, no secret repeated."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.config.answers import as_data, facts, open_answers, problems, read_answers
from hydrogitops.config.defaults import TODO
from hydrogitops.config.messages import shown
from hydrogitops.model import UserError

from .answers_data import ABSENT, changed, example

EXTERNAL = example("production-external")
INSIDE = example("in-cluster")


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
        ({"namespace": "a_b"}, "namespace", "lower-case"),
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
        ({"storage__kind": "minio"}, "storage.url", "in the cluster"),
        ({"ingress__kind": "ingress"}, "ingress.kind", "alb, nginx or none"),
        ({"ingress__certificate": "letsencrypt"}, "ingress.certificate", "ARN"),
        (
            {"ingress__certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/x"},
            "ingress.certificate",
            "eu-west-1",
        ),
        ({"ingress__kind": "none"}, "ingress.host", "no ingress"),
        ({"tolerations": [{"key": "node", "operator": "Exists", "value": "x"}]}, "tolerations", "[0]."),
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


@pytest.mark.parametrize("options", ["-Xmx1g", "-Xmx1g -Xms1g -Xss1m", "-Xmx1200m -XX:MaxMetaspaceSize=256m"])
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
        {"mongodb": None},
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
