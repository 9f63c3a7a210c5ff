"""Rules on what Hydrosphere wants of its surroundings: facts from values, answers, names and rendered images."""

from __future__ import annotations

from pathlib import Path

import pytest

from .small import CONFIGURATION, FOLDER, LAST, judge, place, release, told
from .test_values import nest

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/models"
DOCUMENTDB = "db.cluster-c9akciq32xyz.us-east-1.docdb.amazonaws.com"
KUSTOMIZATION = f"{FOLDER}/kustomization.yaml"


def rule(name: str) -> str:
    return f"hydrosphere/{name}"


# Open answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["TODO", '"TODO"', "TODO ask the platform team", "docker.io/TODO", "https://TODO"])
def test_open_in_values(tmp_path: Path, value: str) -> None:
    values = nest("global.registry.url", value)
    found = judge(tmp_path, release(values), (rule("open-answer"), "values/contract"))
    assert told(found) == [(rule("open-answer"), "warning", LAST, *place(values, value))]


@pytest.mark.parametrize("value", ["todo", "TODOS", "no TODO here", "|\n    # TODO: later\n    x"])
def test_not_open(tmp_path: Path, value: str) -> None:
    assert told(judge(tmp_path, release(f"manager:\n  depconfig: {value}\n"), (rule("open-answer"),))) == []


def test_open_in_answers_and_in_what_a_generator_reads(tmp_path: Path) -> None:
    files = release("{}\n", answers="  aws: {region: TODO}\n  tolerations: [{key: TODO}]\n")
    files["environments/prod/config.yaml"] = "name: prod\nserver: TODO\npath: envs/prod\n"
    files["platform.yaml"] = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: hydrosphere, namespace: argocd}
spec:
  generators:
    - git: {repoURL: TODO, files: [{path: "environments/*/config.yaml"}]}
  template:
    metadata: {name: "{{name}}"}
    spec:
      source: {repoURL: TODO, path: "{{path}}"}
      destination: {server: "{{server}}", namespace: hydrosphere}
"""
    text = files[CONFIGURATION]
    assert told(judge(tmp_path, files, (rule("open-answer"),))) == [
        (rule("open-answer"), "warning", CONFIGURATION, *place(text, "TODO")),
        (rule("open-answer"), "warning", CONFIGURATION, *place(text, "TODO", 2)),
        (rule("open-answer"), "warning", "environments/prod/config.yaml", 2, 9),
        (rule("open-answer"), "warning", "platform.yaml", 6, 22),
        (rule("open-answer"), "warning", "platform.yaml", 10, 25),
    ]


def test_open_in_values_that_are_written_inline(tmp_path: Path) -> None:
    files = release("{}\n")
    files[KUSTOMIZATION] += "    valuesInline: {global: {registry: {url: TODO}}}\n"
    expected = (rule("open-answer"), "warning", KUSTOMIZATION, *place(files[KUSTOMIZATION], "TODO"))
    assert told(judge(tmp_path, files, (rule("open-answer"),))) == [expected]


# Registry -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "severity"),
    [
        ("", "warning"),
        ("  registry: {kind: ecr}\n", "warning"),
        ("  registry: {create_on_push_template: false}\n", "error"),
        ("  registry: {create_on_push_template: true}\n", ""),
        (
            "  registry: {create_on_push_template: false}\n"
            "  environments: {prod: {overrides: {registry: {create_on_push_template: true}}}}\n",
            "",
        ),
    ],
)
def test_create_on_push(tmp_path: Path, answers: str, severity: str) -> None:
    values = nest("global.registry.url", ECR)
    expected = [(rule("ecr-create-on-push"), severity, LAST, *place(values, ECR))] if severity else []
    assert told(judge(tmp_path, release(values, answers=answers), (rule("ecr-create-on-push"),))) == expected


@pytest.mark.parametrize("url", ["docker.io/acme", "public.ecr.aws/acme", "TODO", '""'])
def test_other_registries_make_what_is_pushed(tmp_path: Path, url: str) -> None:
    rules = (rule("ecr-create-on-push"), rule("ecr-static-password"))
    assert told(judge(tmp_path, release(nest("global.registry.url", url)), rules)) == []


@pytest.mark.parametrize(
    ("values", "needle", "severity"),
    [
        ("global:\n  registry: {url: docker.io/acme, insecure: true}\n", "true", "error"),
        ("global:\n  registry:\n    url: docker.io/acme\n", "registry", "error"),
        ("global:\n  registry: {url: docker.io/acme, insecure: false}\n", "", ""),
        ("global:\n  registry: {insecure: true}\n", "", ""),
    ],
)
def test_insecure_registry(tmp_path: Path, values: str, needle: str, severity: str) -> None:
    expected = [(rule("registry-insecure"), severity, LAST, *place(values, needle))] if needle else []
    assert told(judge(tmp_path, release(values), (rule("registry-insecure"),))) == expected


def test_insecure_registry_is_a_warning_outside_production(tmp_path: Path) -> None:
    files = release("global:\n  registry: {url: docker.io/acme, insecure: true}\n")
    files[CONFIGURATION] = "version: 1\n"
    assert [one.severity for one in judge(tmp_path, files, (rule("registry-insecure"),))] == ["warning"]


def test_the_registry_url_is_still_held_against_the_contract(tmp_path: Path) -> None:
    values = "global:\n  registry: {url: https://docker.io/acme}\n"
    found = judge(tmp_path, release(values), (rule("registry-insecure"), "values/contract"))
    assert sorted(one.rule for one in found) == [rule("registry-insecure"), "values/contract"]


# Databases ------------------------------------------------------------------------------------------------------

OUTSIDE = "global: {postgresql: {url: db.example.com}, mongodb: {url: mongo.example.com}}\n"


@pytest.mark.parametrize(
    ("answers", "needles"),
    [
        ('  postgresql: {version: "9.6"}\n  mongodb: {version: "3.6"}\n', ['"9.6"', '"3.6"']),
        ("  postgresql: {version: 9.6}\n", ["9.6"]),
        ('  postgresql: {version: "10"}\n  mongodb: {version: "4.0"}\n', []),
        ("  postgresql: {version: TODO}\n", []),
        (
            '  postgresql: {version: "15"}\n  environments: {prod: {overrides: {postgresql: {version: "9.4"}}}}\n',
            ['"9.4"'],
        ),
    ],
)
def test_versions_as_declared(tmp_path: Path, answers: str, needles: list[str]) -> None:
    files = release(OUTSIDE, answers=answers)
    text = files[CONFIGURATION]
    expected = [(rule("database-version"), "error", CONFIGURATION, *place(text, needle)) for needle in needles]
    assert told(judge(tmp_path, files, (rule("database-version"),))) == expected


def test_what_is_declared_of_a_database_that_is_not_used_does_not_count(tmp_path: Path) -> None:
    files = release("{}\n", answers='  postgresql: {version: "9.6"}\n')
    assert told(judge(tmp_path, files, (rule("database-version"),))) == []


def test_versions_in_the_cluster_by_the_image(tmp_path: Path) -> None:
    values = "postgresql: {image: {tag: 9.6.24}}\nmongodb: {image: {tag: 4.0.13}}\n"
    found = judge(tmp_path, release(values), (rule("database-version"),), render=True)
    assert told(found) == [(rule("database-version"), "info", LAST, *place(values, "9.6.24"))]


def test_one_tag_for_several_containers_is_told_once(tmp_path: Path) -> None:
    values = "mongodb: {image: {tag: 3.6.23}}\n"
    found = judge(tmp_path, release(values), (rule("database-version"),), render=True)
    assert [one for one in told(found) if one[2:] == (LAST, *place(values, "3.6.23"))] == [
        (rule("database-version"), "info", LAST, *place(values, "3.6.23"))
    ]


@pytest.mark.parametrize(
    ("host", "answers", "severity"),
    [
        (DOCUMENTDB, "", "warning"),
        (DOCUMENTDB, '  mongodb: {engine_version: "5.0.0"}\n', "error"),
        (DOCUMENTDB, '  mongodb: {engine_version: "8.0.1"}\n', "error"),
        (DOCUMENTDB, '  mongodb: {engine_version: "8.0.2"}\n', ""),
        ("mongo.example.com", '  mongodb: {kind: documentdb, engine_version: "5.0"}\n', "error"),
        ("mongo.example.com", "", ""),
        ("TODO", "  mongodb: {kind: documentdb}\n", ""),
    ],
)
def test_documentdb(tmp_path: Path, host: str, answers: str, severity: str) -> None:
    values = nest("global.mongodb.url", host)
    expected = [(rule("documentdb-writes"), severity, LAST, *place(values, host))] if severity else []
    assert told(judge(tmp_path, release(values, answers=answers), (rule("documentdb-writes"),))) == expected


def test_an_open_version_is_told_as_open(tmp_path: Path) -> None:
    files = release(nest("global.mongodb.url", DOCUMENTDB), answers="  mongodb: {engine_version: TODO}\n")
    found = judge(tmp_path, files, (rule("documentdb-writes"), rule("open-answer")))
    assert [one.rule for one in found] == [rule("open-answer")]


# Buckets and regions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("Acme_Lake", "error"),
        ("ab", "error"),
        ("acme..lake", "error"),
        ("10.0.0.1", "error"),
        ("sthree-acme", "error"),
        ("acme.lake", "warning"),
        ("my-bucket", "warning"),
        ("acme-prod-lake", ""),
        ("TODO", ""),
    ],
)
def test_buckets(tmp_path: Path, name: str, severity: str) -> None:
    values = nest("sonar.persistence.bucket", name)
    expected = [(rule("bucket-name"), severity, LAST, *place(values, name))] if severity else []
    assert told(judge(tmp_path, release(values), (rule("bucket-name"),))) == expected


@pytest.mark.parametrize(
    ("name", "severity", "mended"),
    [
        ("us-east-1a", "error", ["us-east-1"]),
        ("us-est-1", "error", []),
        ("us-east-9", "error", []),
        ("us-east-9a", "error", []),
        ("us-gov-east-3", "error", []),
        ("Frankfurt", "error", []),
        ("us-east-1", "", []),
        ("cn-north-1", "", []),
        ("TODO", "", []),
    ],
)
def test_regions(tmp_path: Path, name: str, severity: str, mended: list[str]) -> None:
    values = nest("visualization.persistence.region", name)
    found = judge(tmp_path, release(values), (rule("region"), "values/contract"))
    assert told(found) == ([(rule("region"), severity, LAST, *place(values, name))] if severity else [])
    assert [edit.text for one in found if one.fix for edit in one.fix.edits] == mended


@pytest.mark.parametrize(
    ("values", "needle"),
    [
        ("global: {persistence: {url: https://s3.eu-west-1.amazonaws.com, region: us-east-1}}\n", "https"),
        ("global: {persistence: {url: https://s3.eu-west-1.amazonaws.com}}\n", "https"),
        ("global: {persistence: {url: https://s3.eu-west-1.amazonaws.com, region: eu-west-1}}\n", ""),
        ("global: {persistence: {url: https://s3.us-east-9.amazonaws.com}}\n", "https"),
        ("global: {postgresql: {url: db.c9akciq32xyz.eu-west-1.rds.amazonaws.com}}\n", "db."),
        ("global: {postgresql: {url: db.c9akciq32xyz.us-east-1.rds.amazonaws.com}}\n", ""),
        ("ui: {env: [{name: KEY, value: 'arn:aws:kms:eu-west-1:123456789012:key/x'}]}\n", "'arn"),
        ("ui: {env: [{name: ROLE, value: 'arn:aws:iam::123456789012:role/x'}]}\n", ""),
    ],
)
def test_endpoints_of_another_region(tmp_path: Path, values: str, needle: str) -> None:
    found = judge(tmp_path, release(values, answers="  aws: {region: us-east-1}\n"), (rule("region"),))
    assert told(found) == ([(rule("region"), "warning", LAST, *place(values, needle))] if needle else [])


@pytest.mark.parametrize("url", ["https://fra1.digitaloceanspaces.com", "TODO"])
def test_another_store_has_regions_of_its_own(tmp_path: Path, url: str) -> None:
    values = f"global: {{persistence: {{url: {url}, region: fra1}}}}\n"
    assert not judge(tmp_path, release(values), (rule("region"), "values/contract"))


def test_what_is_no_region_is_told_alone(tmp_path: Path) -> None:
    """The address of the object store is right; held against a region that is none it would be told as well."""
    values = "global: {persistence: {url: https://s3.eu-west-1.amazonaws.com, region: us-east-9}}\n"
    (found,) = judge(tmp_path, release(values), (rule("region"),))
    assert told([found]) == [(rule("region"), "error", LAST, *place(values, "us-east-9"))]
    assert "no region of the partition aws" in found.message
    assert "did you mean us-east-1?" in found.message


# Releases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "told_of"), [("my-minio", True), ("minio", True), ("mini", False)])
def test_release_names(tmp_path: Path, name: str, told_of: bool) -> None:
    files = release("{}\n", name=name)
    expected = (rule("release-name"), "error", KUSTOMIZATION, *place(files[KUSTOMIZATION], name))
    assert told(judge(tmp_path, files, (rule("release-name"),))) == ([expected] if told_of else [])


def application(name: str, server: str, namespace: str, more: str = "") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source:
    repoURL: https://hydrospheredata.github.io/hydro-serving/helm/
    chart: serving
    targetRevision: 3.0.3
    helm: {{valuesObject: {{manager: {{replicaCount: 1}}}}{more}}}
  destination: {{server: "{server}", namespace: {namespace}}}
"""


def test_a_release_that_takes_its_name_from_an_application(tmp_path: Path) -> None:
    files = {"a.yaml": application("minio-x", "https://a", "ml")}
    assert told(judge(tmp_path, files, (rule("release-name"),))) == [(rule("release-name"), "error", "a.yaml", 3, 18)]


def test_a_release_name_that_a_generator_puts_together(tmp_path: Path) -> None:
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a, namespace: argocd}
spec:
  generators: [{list: {elements: [{env: prod}]}}]
  template:
    metadata: {name: "{{env}}-minio"}
    spec:
      source:
        repoURL: https://hydrospheredata.github.io/hydro-serving/helm/
        chart: serving
        targetRevision: 3.0.3
        helm: {valuesObject: {manager: {replicaCount: 1}}}
      destination: {server: "https://a", namespace: ml}
"""
    found = judge(tmp_path, {"a.yaml": text}, (rule("release-name"),))
    assert told(found) == [(rule("release-name"), "error", "a.yaml", *place(text, '"{{env}}'))]


@pytest.mark.parametrize(
    ("first", "second", "told_of"),
    [
        (("https://a", "ml"), ("https://a", "ml"), True),
        (("https://a", "ml"), ("https://b", "ml"), False),
        (("https://a", "ml"), ("https://a", "other"), False),
        (("TODO", "ml"), ("TODO", "ml"), False),
    ],
)
def test_two_releases_in_one_namespace(
    tmp_path: Path, first: tuple[str, str], second: tuple[str, str], told_of: bool
) -> None:
    files = {"a.yaml": application("a", *first), "b.yaml": application("b", *second)}
    found = judge(tmp_path, files, (rule("one-release"),))
    expected = (rule("one-release"), "error", "b.yaml", *place(files["b.yaml"], f"{second[1]}}}"))
    assert told(found) == ([expected] if told_of else [])
    assert [one.environments for one in found] == ([("b",)] if told_of else [])
    assert [related.file for one in found for related in one.related] == (["a.yaml"] if told_of else [])


def test_two_releases_of_one_environment(tmp_path: Path) -> None:
    files = release("{}\n")
    entry = files[KUSTOMIZATION].removeprefix("helmCharts:\n")
    files[KUSTOMIZATION] += entry.replace("hydro\n", "second\n")
    found = judge(tmp_path, files, (rule("one-release"),))
    assert told(found) == [
        (rule("one-release"), "error", KUSTOMIZATION, *place(files[KUSTOMIZATION], "hydrosphere\n", 2))
    ]


def test_keys_out_of_the_public_chart(tmp_path: Path) -> None:
    values = "sonar:\n  awsCredentialSecret: aws\n"
    found = judge(tmp_path, release(values), (rule("aws-credential-secret"), "values/contract"))
    assert told(found) == [(rule("aws-credential-secret"), "error", LAST, 2, 24)]
    assert judge(tmp_path / "b", release('sonar:\n  awsCredentialSecret: ""\n'), (rule("aws-credential-secret"),)) == ()


def test_a_sealed_password_for_ecr(tmp_path: Path) -> None:
    files = release(nest("global.registry.url", ECR))
    files[KUSTOMIZATION] += "resources: [sealed.yaml]\n"
    files[f"{FOLDER}/sealed.yaml"] = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: docker-credentials-hydro, namespace: hydrosphere}
spec: {encryptedData: {.dockerconfigjson: AgBx}}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: hydro-registry-credentials, namespace: hydrosphere}
spec: {encryptedData: {username: AgBx, password: AgBx}}
"""
    found = judge(tmp_path, files, (rule("ecr-static-password"),), render=True)
    assert told(found) == [
        (rule("ecr-static-password"), "warning", f"{FOLDER}/sealed.yaml", 4, 24),
        (rule("ecr-static-password"), "warning", f"{FOLDER}/sealed.yaml", 9, 40),
    ]


def test_two_releases_of_one_template_collide_where_it_says_the_namespace(tmp_path: Path) -> None:
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: hydro, namespace: argocd}
spec:
  generators: [{list: {elements: [{name: a}, {name: b}]}}]
  template:
    metadata: {name: 'hydro-{{name}}'}
    spec:
      source: {repoURL: https://hydrospheredata.github.io/hydro-serving/helm/, chart: serving, targetRevision: 3.0.3}
      destination: {server: https://kubernetes.default.svc, namespace: ml}
"""
    found = judge(tmp_path, {"set.yaml": text}, (rule("one-release"),))
    assert told(found) == [(rule("one-release"), "error", "set.yaml", *place(text, "ml}"))]
