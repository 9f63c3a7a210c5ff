"""What surrounds the platform in a generated repository does what it is there for: Renovate's rules, pipelines, README."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops.cli.root import cli
from hydrogitops.config.answers import read_answers
from hydrogitops.scaffold.chart_source import VendoredChart
from hydrogitops.scaffold.parts import File
from hydrogitops.scaffold.plan import plan
from tests.unit.config.answers_data import changed, example

EXTERNAL, INSIDE = example("production-external"), example("in-cluster")
CHART = VendoredChart("3.0.3", (File("charts/serving/Chart.yaml", b"name: serving\nversion: 3.0.3\n"),), "0" * 64)
ARNS = {
    f"environments__{name}__cluster__server": f"arn:aws:eks:us-east-1:123456789012:cluster/{name}"
    for name in ("staging", "prod")
}
ANSWERS: Mapping[str, dict[str, Any]] = {
    "argocd": EXTERNAL,
    "inside": INSIDE,
    "gitlab": changed(EXTERNAL, ci="gitlab"),
    "no pipeline": changed(EXTERNAL, ci="none"),
    "rendered": changed(EXTERNAL, flavour="rendered"),
    "capability": changed(EXTERNAL, flavour="eks-capability", **ARNS),
    "flux": changed(EXTERNAL, engine="flux"),
    "flux inside": changed(INSIDE, engine="flux", repository="git@git.example.com:platform/hydro-lab.git"),
    "ecr": changed(
        EXTERNAL,
        registry={
            "kind": "ecr",
            "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hydro",
            "create_on_push_template": True,
        },
        environments__staging__overrides={},
        mongodb={"kind": "documentdb", "host": "m.example.com", "engine_version": "8.0.2"},
        storage={"kind": "other", "url": "https://s3.example.com", "buckets": EXTERNAL["storage"]["buckets"]},
    ),
    "artifact": changed(EXTERNAL, engine="flux", repository="oci://registry.example.com/platform/prod-cluster"),
    "artifact in ECR": changed(
        EXTERNAL, engine="flux", repository="oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/prod-cluster"
    ),
    "nothing known": {"name": "x"},
    "capability, nothing known": {"name": "x", "flavour": "eks-capability"},
    "flux, nothing known": {"name": "x", "engine": "flux"},
}
ARTIFACTS = ("artifact", "artifact in ECR")
"""Flux takes no chart out of one."""
WITHOUT_CHART = ("argocd", "capability", "flux", *ARTIFACTS, "nothing known")
every = pytest.mark.parametrize(
    ("name", "vendored"),
    [
        # One worker for each repository: it is written once.
        pytest.param(name, vendored, marks=pytest.mark.xdist_group(f"surroundings {name} {vendored}"))
        for vendored in (True, False)
        for name in (ANSWERS if vendored else WITHOUT_CHART)
        if not (vendored and name in ARTIFACTS)
    ],
)


@cache
def written(name: str, *, vendored: bool) -> Mapping[str, str]:
    """All files of a repository as texts, by path."""
    answers = read_answers(ANSWERS[name], allow_open=name.endswith("nothing known"))
    files = plan(answers, CHART if vendored else None)
    return {file.path: file.content.decode() for file in files}


def pattern(text: str) -> re.Pattern[str]:
    """A regular expression as Renovate's engine (RE2 by JavaScript's grammar) reads it; in files `/…/`."""
    return re.compile(text.removeprefix("/").removesuffix("/").replace("(?<", "(?P<"))


def extracted(files: Mapping[str, str], renovate: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """What Renovate's regex managers find: datasource, dependency, version, file."""
    for manager in renovate["customManagers"]:
        assert manager["customType"] == "regex"
        paths = [path for path in files if any(pattern(p).search(path) for p in manager["managerFilePatterns"])]
        for one in manager["managerFilePatterns"]:
            assert [path for path in paths if pattern(one).search(path)], f"{one} is no file"
        for path in paths:
            for expression in manager["matchStrings"]:
                for found in pattern(expression).finditer(files[path]):
                    groups = found.groupdict()
                    name = groups.get("depName") or manager["depNameTemplate"]
                    yield manager["datasourceTemplate"], name, groups["currentValue"], path


@every
def test_renovate_finds_what_it_is_meant_for(name: str, vendored: bool) -> None:
    files = written(name, vendored=vendored)
    renovate = json.loads(files["renovate.json"])
    found = list(extracted(files, renovate))
    answers = read_answers(ANSWERS[name], allow_open=True)
    flux, managed = answers.engine == "flux", answers.flavour == "eks-capability"

    def of(datasource: str) -> dict[str, set[tuple[str, str]]]:
        by_path: dict[str, set[tuple[str, str]]] = {}
        for source, dependency, version, path in found:
            if source == datasource:
                by_path.setdefault(path, set()).add((dependency, version))
        return by_path

    # Every image that the chart takes as one text, in each environment, and nothing else.
    for environment in answers.environments:
        path = f"apps/hydrosphere/envs/{environment}/version/values.yaml"
        images = {one["image"]["full"] for one in yaml.safe_load(files[path]).values() if "full" in one["image"]}
        assert len(images) == 8
        assert {f"{dependency}:{version}" for dependency, version in of("docker")[path]} == images
    # The linter, wherever its version stands.
    stated = {path for path, text in files.items() if "hydrogitops[engines]==" in text}
    assert set(of("pypi")) == stated
    assert len(stated) == (2 if answers.ci == "none" else 3)
    # What applies it all, by the version that README.md has installed.
    controller = {("fluxcd/flux2", "v2.9.5")} if flux else set() if managed else {("argoproj/argo-cd", "v3.5.1")}
    assert of("github-releases").get("README.md", set()) == controller
    # The chart: vendored or referred to by the HelmRelease; the manager of kustomize finds it in helmCharts by itself.
    where = "charts/serving.lock.yaml" if vendored else "apps/hydrosphere/base/helmrelease.yaml" if flux else ""
    assert of("helm") == ({where: {("serving", "3.0.3")}} if where else {})
    if not where:
        (chart,) = yaml.safe_load(files[f"apps/hydrosphere/envs/{environment}/kustomization.yaml"])["helmCharts"]
        assert {"name": "serving", "version": "3.0.3"}.items() <= chart.items()
        assert chart["repo"].startswith("https://")


@every
def test_renovate_s_own_managers_are_pointed_at_what_they_read(name: str, vendored: bool) -> None:
    files = written(name, vendored=vendored)
    renovate = json.loads(files["renovate.json"])

    def documents(manager: str) -> list[Any]:
        patterns = [pattern(one) for one in renovate[manager]["managerFilePatterns"]]
        paths = [path for path in files if any(one.search(path) for one in patterns)]
        assert paths, manager
        return [item for path in paths for item in yaml.safe_load_all(files[path])]

    if ANSWERS[name].get("engine") == "flux":
        assert "argocd" not in renovate
        found = documents("flux")
        # lib/modules/manager/flux/extract.ts: both need a namespace, and the same one.
        (release,) = [item for item in found if item["kind"] == "HelmRelease"]
        (repository,) = [item for item in found if item["kind"] == "HelmRepository"]
        chart = release["spec"]["chart"]["spec"]
        assert chart["sourceRef"] == {"kind": "HelmRepository", "name": repository["metadata"]["name"]}
        assert release["metadata"]["namespace"] == repository["metadata"]["namespace"]
        assert (chart["chart"], repository["spec"]["url"][:8]) == ("sealed-secrets", "https://")
        assert re.fullmatch(r"\d+\.\d+\.\d+", chart["version"])
    else:
        assert "flux" not in renovate
        sources = [
            item["spec"]["template"]["spec"]["source"]
            for item in documents("argocd")
            if item["kind"] == "ApplicationSet"
        ]
        (source,) = [item for item in sources if "chart" in item]
        assert (source["chart"], source["repoURL"][:8]) == ("sealed-secrets", "https://")
        assert re.fullmatch(r"\d+\.\d+\.\d+", source["targetRevision"])
    # lib/modules/manager/helm-values: maps under `image` with repository and tag.
    tagged = [one["image"] for item in documents("helm-values") for one in item.values() if "tag" in one["image"]]
    assert all({"repository", "tag"} <= set(one) for one in tagged)
    inside = {"postgresql", "mongodb", "minio", "registry"} if "inside" in name else set()
    assert {one["repository"].rpartition("/")[2] for one in tagged} == {"alertmanager"} | inside
    containers = [
        container["image"]
        for item in documents("kubernetes")
        for container in item["spec"]["template"]["spec"]["containers"]
    ]
    assert containers
    assert all(re.fullmatch(r"[a-z0-9./-]+:[\w.-]+", image) for image in containers)


@every
def test_nothing_of_argo_cd_s_or_github_s_or_renovate_s_is_eaten(name: str, vendored: bool) -> None:
    files = written(name, vendored=vendored)
    assert '"additionalBranchPrefix": "{{packageFileDir}}-"' in files["renovate.json"]
    if ".github/workflows/check.yaml" in files:
        assert "${{ github.base_ref }}" in files[".github/workflows/check.yaml"]
    if "platform/hydrosphere.yaml" in files:
        assert '"{{ .cluster.server }}"' in files["platform/hydrosphere.yaml"]
        assert "{{- if .autoSync }}" in files["platform/hydrosphere.yaml"]
    for path, text in files.items():
        for mark in ("[%", "%]", "[#", "cookiecutter"):
            assert mark not in text, path
        # `[[ ` is a template's; `[[ -n … ]]` of a shell would be one, too.
        assert "[[" not in text, path


@every
def test_form(name: str, vendored: bool, tmp_path: Path) -> None:
    """yamllint finds nothing, not even a warning, with the repository's own settings, nor much with its default ones."""
    from yamllint.cli import run

    files = written(name, vendored=vendored)
    for path, text in files.items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert not text.startswith("\n"), path
        assert "\t" not in text, path
        assert not re.search(r"[ ]+$", text, re.MULTILINE), path
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for arguments in (["-c", str(tmp_path / ".yamllint.yaml")], ["-d", LENGTHS_APART]):
        said = io.StringIO()
        with redirect_stdout(said), pytest.raises(SystemExit) as ended:
            run([*arguments, "--strict", "--format", "parsable", str(tmp_path)])
        assert said.getvalue() == ""
        assert ended.value.code == 0


LENGTHS_APART = (
    "{extends: default, rules: {line-length: disable, document-start: disable, truthy: {check-keys: false}}}"
)


@every
def test_every_command_of_the_readme_is_one(name: str, vendored: bool) -> None:
    text = written(name, vendored=vendored)["README.md"]
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    bash = shutil.which("bash")
    assert bash
    for block in blocks:
        done = subprocess.run([bash, "-n"], input=block, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr + block
        assert "\n\n" not in block
    context = cli.make_context("hydrogitops", ["--help"], resilient_parsing=True)
    named = set(re.findall(r"hydrogitops ([a-z]+)(?=[ `\n])", text))
    assert {"lint", "render", "seal", "secrets", "why", "explain"} <= named
    assert named <= set(cli.list_commands(context))


@every
def test_every_environment_is_led_from_an_empty_cluster_to_a_synced_platform(name: str, vendored: bool) -> None:
    answers = read_answers(ANSWERS[name], allow_open=True)
    text = written(name, vendored=vendored)["README.md"]
    steps = [
        text.index(heading)
        for heading in ("### 1. In AWS", "### 2. ", "### 3. Secrets", "### 4. Commit and sync", "## The sealing key")
    ]
    assert steps == sorted(steps)
    for environment, one in answers.environments.items():
        cluster = one.cluster.name
        assert f"aws eks update-kubeconfig --alias {cluster} " in text
        assert f"hydrogitops seal --env {environment} --fetch-certificate /dev/stdin" in text
        assert f"\nhydrogitops seal --env {environment}\n" in text
        if answers.engine == "flux":
            assert f"kubectl apply --context {cluster} -f clusters/{environment}/flux-system.yaml" in text
            assert f"flux install --context {cluster} " in text
            resumed = f"flux resume kustomization secrets apps --context {cluster}"
            assert (resumed in text) is not one.auto_sync
        else:
            assert (f"argocd app sync hydrosphere-{environment}\n" in text) is not one.auto_sync
            assert "-f bootstrap/root.yaml" in text
            plain = answers.flavour == "plain"
            assert ("-f bootstrap/argocd-cm.yaml" in text) is plain
            assert ("bootstrap/argocd-cm.yaml" in written(name, vendored=vendored)) is plain
            assert ("hydrogitops render -o rendered\n" in text) is not plain
    assert "None" not in text
    assert "Undefined" not in text


@every
def test_pipelines(name: str, vendored: bool) -> None:
    files = written(name, vendored=vendored)
    answers = read_answers(ANSWERS[name], allow_open=True)
    pipelines = {".github/workflows/check.yaml": "github", ".gitlab-ci.yml": "gitlab"}
    assert {kind for path, kind in pipelines.items() if path in files} == {answers.ci} - {"none"}
    for path in set(pipelines) & set(files):
        keeps = answers.flavour != "plain"
        assert ("diff --recursive rendered " in files[path]) is keeps
        assert "hydrogitops render -o " in files[path]
        assert "hydrogitops lint" in files[path]


def test_owners_are_named_for_what_is_there() -> None:
    for name in ANSWERS:
        files = written(name, vendored=name not in ARTIFACTS)
        for line in files["CODEOWNERS"].splitlines()[3:]:
            path, *owners = line.removeprefix("# ").split()
            assert owners, line
            assert all(owner.startswith("@") for owner in owners), line
            wanted = re.compile(re.escape(path.removeprefix("/")).replace(r"\*", "[^/]*"))
            assert any(wanted.match(file) for file in files) or path == "/environments/", (name, line)
