"""What a repository consists of: everything parses, nothing is left over, only what the answers need is there."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from typing import Any

import pytest

from hydrogitops.report import targets
from hydrogitops.scaffold import sealed
from hydrogitops.scaffold.plan import STAND_IN
from hydrogitops.source.reading import read
from tests.unit.config.answers_data import changed

from .planned import EXTERNAL, INSIDE, OPEN, SETUPS, anew, data, documents, files


@pytest.fixture(params=SETUPS, scope="module")
def written(request: pytest.FixtureRequest) -> dict[str, str]:
    return files(SETUPS[request.param])


def test_everything_parses_and_nothing_is_left_of_the_templates(written: dict[str, str]) -> None:
    for path, text in written.items():
        assert not re.search(r"\[\[|\]\]|\[%|%\]|\[#|#\]", text), path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\t" not in text, path
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path
        if path.endswith((".yaml", ".yml")):
            file = read(path, text)
            assert not file.broken, (path, file.broken)
            assert not [note for document in file.documents for note in document.notes if ".github" not in path], path
        if path.endswith(".json"):
            json.loads(text)


def test_the_same_answers_give_the_same_bytes() -> None:
    for given in (EXTERNAL, INSIDE, OPEN):
        assert anew(given) == anew(given)


def test_what_the_repository_wrote_down_gives_the_same_bytes(written: dict[str, str]) -> None:
    answers = data(written[".hydrogitops.yaml"])["answers"]
    assert anew(answers) == written


def test_every_listed_file_is_there_and_every_file_is_listed(written: dict[str, str]) -> None:
    """No kustomization names what is not there; no patch lies about that no kustomization names."""
    named = set()
    for path, text in written.items():
        if not path.endswith("/kustomization.yaml"):
            continue
        folder = path.removesuffix("/kustomization.yaml")
        kustomization = data(text)
        entries = [*kustomization.get("resources", ()), *kustomization.get("components", ())]
        entries += [patch["path"] for patch in kustomization.get("patches", ()) if "path" in patch]
        for chart in kustomization.get("helmCharts", ()):
            entries += [chart["valuesFile"], *chart["additionalValuesFiles"]]
        for generator in kustomization.get("configMapGenerator", ()):
            entries += [entry.rpartition("=")[2] for entry in generator["files"]]
        for entry in entries:
            target = _join(folder, entry)
            assert target in written or f"{target}/kustomization.yaml" in written, (path, entry)
            named |= {target, f"{target}/kustomization.yaml"}
    # What the engine is pointed at: an environment; with Flux its secrets apart, and the controller of Sealed Secrets.
    root = r"(?:apps/hydrosphere/envs/[^/]+/(?:secrets/)?|infrastructure/sealed-secrets/)kustomization.yaml"
    roots = {path for path in written if re.fullmatch(root, path)}
    built = {path for path in written if path.startswith(("apps/", "infrastructure/"))}
    assert built == (named & set(written)) | roots


def test_what_is_promoted_names_no_environment(written: dict[str, str]) -> None:
    environments = list(data(written[".hydrogitops.yaml"])["environments"])
    folders = [
        {path.partition("/version/")[2]: text for path, text in written.items() if f"envs/{name}/version/" in path}
        for name in environments
    ]
    assert folders[0]
    assert all(folder == folders[0] for folder in folders)
    words = {word for text in folders[0].values() for word in re.findall(r"[\w-]+", text)}
    assert not words & set(environments)


def test_every_open_answer_is_marked_at_its_line() -> None:
    written = files(OPEN)
    marked = 0
    for path, text in written.items():
        if not path.endswith((".yaml", ".yml")):
            continue
        for line in text.splitlines():
            code = line.partition("  # ")[0]
            if re.search(r"\bTODO\b", code) and not line.lstrip().startswith("#"):
                assert re.search(r" # TODO: \w", line), (path, line)
                marked += 1
    assert marked > 40
    assert "* `postgresql.host`: host of the PostgreSQL service\n" in written["README.md"]
    assert "Still open" not in files(EXTERNAL)["README.md"]


@pytest.mark.parametrize("word", ["no", "y", "null", "1e3", "0x10", "12", "on"])
def test_names_stay_texts_whatever_they_look_like(word: str) -> None:
    lab = INSIDE["environments"]["lab"]
    given = changed(INSIDE, environments={word: {**lab, "cluster": {"name": word, "server": "https://a"}}})
    written = files(given)
    configuration = data(written[f"environments/{word}/config.yaml"])
    assert configuration["name"] == configuration["cluster"]["name"] == word
    assert list(data(written[".hydrogitops.yaml"])["environments"]) == [word]


def test_every_fact_that_an_environment_overrides_reaches_its_values() -> None:
    overrides = {
        "postgresql": {"host": "db.example.com", "database": "other", "username": "somebody"},
        "mongodb": {"database": "profiles", "username": "reader", "auth_database": "logins"},
    }
    written = files(changed(EXTERNAL, environments__staging__overrides=overrides))
    values = data(written["apps/hydrosphere/envs/staging/values.yaml"])["global"]
    assert values["postgresql"] == {"url": "db.example.com", "database": "other", "username": "somebody"}
    assert values["mongodb"] == {
        "url": EXTERNAL["mongodb"]["host"], "database": "profiles", "username": "reader", "authDatabase": "logins"
    }  # fmt: skip
    prod = data(written["apps/hydrosphere/envs/prod/values.yaml"])["global"]
    assert set(prod["postgresql"]) == set(prod["mongodb"]) == {"url"}


@pytest.mark.parametrize("name", ["hydro@acme+x", "a.b-c_d", "0x10", "no", "12345"])
def test_a_user_name_cannot_change_a_file(name: str) -> None:
    written = files(changed(EXTERNAL, postgresql__username=name, mongodb__username=name))
    values = data(written["apps/hydrosphere/base/values.yaml"])
    assert values["global"]["postgresql"]["username"] == values["global"]["mongodb"]["username"] == name


@pytest.mark.parametrize(
    ("setup", "components", "patches"),
    [
        ("external", {"secrets", "api-versions", "disruption-budgets", "java-options"}, 6),
        ("inside", {"secrets", "api-versions", "disruption-budgets", "java-options", "tolerations"}, 8),
        ("no taints", {"secrets", "api-versions", "disruption-budgets", "java-options"}, 8),
        ("registry inside", {"secrets", "api-versions", "disruption-budgets", "java-options", "tolerations"}, 8),
    ],
)
def test_only_the_patches_that_the_answers_need(setup: str, components: set[str], patches: int) -> None:
    written = files(SETUPS[setup])
    folders = {path.split("/")[3] for path in written if path.startswith("apps/hydrosphere/components/")}
    assert folders == components
    (version, *_) = [text for path, text in written.items() if path.endswith("/version/kustomization.yaml")]
    assert len(data(version)["patches"]) == patches


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        (
            "external",
            {
                "hydro-postgresql": ["postgresql-password"],
                "hydro-mongodb": ["mongodb-password"],
                "hydro-aws-secret": ["awsAccessKeyID", "awsSecretAccessKey"],
                "docker-credentials-hydro": [".dockerconfigjson"],
                "hydro-registry-credentials": ["username", "password"],
                "hydro-alertmanager": ["alertmanager.yml"],
            },
        ),
        (
            "inside",
            {
                "hydro-postgresql": ["postgresql-password", "postgresql-postgres-password"],
                "hydro-mongodb": ["mongodb-password", "mongodb-root-password", "mongodb-replica-set-key"],
                "hydro-aws-secret": ["awsAccessKeyID", "awsSecretAccessKey"],
                "hydro-minio": ["access-key", "secret-key"],
                "docker-credentials-hydro": [".dockerconfigjson"],
                "hydro-docker-registry-secret": ["password", "storageInit"],
            },
        ),
    ],
)
def test_secrets_are_sealed_secrets_with_a_placeholder_for_each_key(setup: str, expected: dict[str, list[str]]) -> None:
    written = files(SETUPS[setup])
    objects = [data(text) for path, text in written.items() if path.endswith(".sealed.yaml")]
    names = {item["metadata"]["name"] for item in objects}
    assert names == set(expected)
    for item in objects:
        name = item["metadata"]["name"]
        assert list(item["spec"]["encryptedData"]) == expected[name]
        assert set(item["spec"]["encryptedData"].values()) == {sealed.PLACEHOLDER}
        assert item["metadata"]["annotations"] == {"argocd.argoproj.io/sync-wave": "-1"}
        template = item["spec"]["template"]
        assert template["metadata"] == {"name": name, "namespace": item["metadata"]["namespace"]}
        docker = name.startswith("docker-credentials-")
        assert template["type"] == ("kubernetes.io/dockerconfigjson" if docker else "Opaque")


def test_the_superuser_of_postgres_needs_no_second_password() -> None:
    written = files(SETUPS["postgres itself"])
    item = data(written["apps/hydrosphere/envs/lab/secrets/hydro-postgresql.sealed.yaml"])
    assert list(item["spec"]["encryptedData"]) == ["postgresql-password"]


def test_the_one_password_in_values_is_a_stand_in(written: dict[str, str]) -> None:
    assert data(written["apps/hydrosphere/base/values.yaml"])["global"]["mongodb"]["password"] == STAND_IN
    rest = "\n".join(text for path, text in written.items() if path.endswith("values.yaml")).lower()
    assert len(re.findall(r"password:|secretkey:|accesskey:", rest)) == 1


def test_without_the_chart_the_repository_refers_to_its_helm_repository() -> None:
    given = changed(EXTERNAL, chart__vendored=False)
    written = files(given, chart=None)
    entry = data(written["apps/hydrosphere/envs/prod/kustomization.yaml"])["helmCharts"][0]
    assert (entry["repo"], entry["version"]) == ("https://hydrospheredata.github.io/hydro-serving/helm/", "3.0.3")
    assert not [path for path in written if path.startswith("charts/")]
    vendored = files(EXTERNAL)
    assert "repo" not in data(vendored["apps/hydrosphere/envs/prod/kustomization.yaml"])["helmCharts"][0]
    lock = data(vendored["charts/serving.lock.yaml"])
    assert (lock["version"], lock["sha256"]) == ("3.0.3", "0" * 64)


def projects_of(written: dict[str, str]) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in documents(written["platform/projects.yaml"])}


def test_argo_cd_reads_what_is_there() -> None:
    written = files(EXTERNAL)
    application_set = data(written["platform/hydrosphere.yaml"])
    (generator,) = application_set["spec"]["generators"]
    (pattern,) = [entry["path"] for entry in generator["git"]["files"]]
    found = [path for path in written if fnmatch(path, pattern)]
    assert found == ["environments/prod/config.yaml", "environments/staging/config.yaml"]
    # The generator puts an object named `path` over the file's own key unless it is given another name.
    assert generator["git"]["pathParamPrefix"] == "file"
    projects = projects_of(written)
    for path in found:
        configuration = data(written[path])
        assert f"{configuration['path']}/kustomization.yaml" in written
        project = projects[configuration["project"]]["spec"]
        assert project["destinations"] == [
            {"server": configuration["cluster"]["server"], "namespace": configuration["namespace"]}
        ]
        assert project["sourceRepos"] == [EXTERNAL["repository"]]
    assert "syncWindows" in projects["hydrosphere-prod"]["spec"]
    assert "syncWindows" not in projects["hydrosphere-staging"]["spec"]


def test_a_shared_cluster_gets_one_controller() -> None:
    lab = INSIDE["environments"]["lab"]
    written = files(
        changed(
            INSIDE,
            environments__second={
                **lab,
                "namespace": "second",
                "overrides": {"ingress": {"host": "second.example.com"}},
            },
        )
    )
    elements = data(written["platform/sealed-secrets.yaml"])["spec"]["generators"][0]["list"]["elements"]
    assert elements == [{"cluster": "lab", "server": "https://kubernetes.default.svc"}]
    assert len(data(files(OPEN)["platform/sealed-secrets.yaml"])["spec"]["generators"][0]["list"]["elements"]) == 3


def test_marks_of_other_programs_are_left_alone() -> None:
    written = files(EXTERNAL)
    assert "BASE: ${{ github.base_ref }}" in written[".github/workflows/check.yaml"]
    assert 'name: "hydrosphere-{{ .name }}"' in written["platform/hydrosphere.yaml"]
    assert "{{- if .autoSync }}" in written["platform/hydrosphere.yaml"]


@pytest.mark.parametrize(
    ("setup", "present"),
    [
        ("external", {".github/workflows/check.yaml"}),
        ("gitlab", {".gitlab-ci.yml"}),
        ("no pipeline", set()),
    ],
)
def test_the_pipeline_that_was_asked_for(setup: str, present: set[str]) -> None:
    written = files(SETUPS[setup])
    assert set(written) & {".github/workflows/check.yaml", ".gitlab-ci.yml"} == present


def test_the_workflow_may_read_and_no_more() -> None:
    workflow = data(files(EXTERNAL)[".github/workflows/check.yaml"])
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["hydrogitops"]["steps"]
    assert steps[0]["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps if "uses" in step)
    # What comes from outside reaches the shell as a variable, never as text.
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize(
    ("setup", "path"), [("external", ".github/workflows/check.yaml"), ("gitlab", ".gitlab-ci.yml")]
)
def test_pipelines_ask_for_formats_that_go_together(setup: str, path: str) -> None:
    commands = re.findall(r"hydrogitops lint.*", files(SETUPS[setup])[path])
    assert len(commands) == 2
    for command in commands:
        assert targets(re.findall(r"--format (\S+)", command))


def test_renovate_finds_what_it_is_to_keep_current() -> None:
    written = files(INSIDE)
    renovate = json.loads(written["renovate.json"])
    found: dict[str, set[str]] = {}
    for manager in renovate["customManagers"]:
        for path, text in written.items():
            if any(re.search(pattern[1:-1], path) for pattern in manager["managerFilePatterns"]):
                for match in manager["matchStrings"]:
                    for hit in re.finditer(match.replace("(?<", "(?P<"), text):
                        name = hit.groupdict().get("depName") or manager["depNameTemplate"]
                        found.setdefault(name, set()).add(hit["currentValue"])
    images = {"serving-manager", "serving-gateway", "sonar", "hydro-serving-ui", "hydro-stat", "hydro-root-cause"}
    images |= {"hydro-auto-od", "hydro-visualization"}
    assert {name: found[name] for name in found if name.startswith("hydrosphere/")} == {
        f"hydrosphere/{image}": {"3.0.3"} for image in images
    }
    assert found["serving"] == {"3.0.3"}
    assert found["hydrogitops"]
    for manager in ("argocd", "helm-values", "kubernetes"):
        (pattern,) = renovate[manager]["managerFilePatterns"]
        assert [path for path in written if re.search(pattern[1:-1], path)], manager


def test_addresses_in_alerts_lead_to_the_user_interface() -> None:
    def address(setup: str, name: str) -> str:
        values = data(files(SETUPS[setup])[f"apps/hydrosphere/envs/{name}/values.yaml"])
        return str(values["sonar"]["alertmanager"]["hydrosphereUrl"])

    assert address("external", "prod") == "https://hydro.example.com"
    assert address("external", "staging") == "https://hydro.staging.example.com"
    assert address("plain http", "lab") == "http://hydro.lab.example.com"
    assert address("open", "dev") == "http://hydro-ui.hydrosphere.svc.cluster.local:9090"


def test_models_get_the_tolerations_too() -> None:
    values = data(files(EXTERNAL)["apps/hydrosphere/envs/prod/values.yaml"])
    text = values["manager"]["depconfig"]
    configuration = json.loads(text.partition('"""')[2].partition('"""')[0])
    assert configuration["pod"]["tolerations"] == values["global"]["tolerations"] == EXTERNAL["tolerations"]
    assert values["alertmanager"]["tolerations"] == EXTERNAL["tolerations"]


def _join(folder: str, entry: str) -> str:
    parts = folder.split("/")
    for step in entry.split("/"):
        if step == "..":
            parts.pop()
        else:
            parts.append(step)
    return "/".join(parts)
