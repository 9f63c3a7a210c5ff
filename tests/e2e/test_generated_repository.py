"""Every environment of a generated repository, rendered by the real engines, with the stand-in and with the real chart.

The real chart: a folder that HYDROGITOPS_REAL_CHART names (serving 3.0.3 with its subcharts).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops.charts import stand_in
from hydrogitops.charts.engines import Build, BuildJob, Engines, StandIn
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new
from tests.unit.charts.trees import reader
from tests.unit.config.answers_data import ABSENT, changed, example

from .invariants import jvm_violations, violations, workloads

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

EXTERNAL = example("production-external")
INSIDE = example("in-cluster")
ANSWERS: Mapping[str, dict[str, Any]] = {
    "external": EXTERNAL,
    "inside": INSIDE,
    "nothing known": {},
    "without mail": changed(EXTERNAL, smtp=ABSENT),
    "registry inside": changed(
        EXTERNAL,
        registry={"kind": "in-cluster"},
        storage__buckets__model_registry="acme-models",
        environments__staging__overrides__registry=ABSENT,
    ),
    "postgres inside": changed(
        EXTERNAL, postgresql={"kind": "in-cluster"}, environments__staging__overrides__postgresql=ABSENT
    ),
    "mongodb inside": changed(
        EXTERNAL, mongodb={"kind": "in-cluster"}, environments__staging__overrides__mongodb=ABSENT
    ),
    "postgres itself": changed(INSIDE, postgresql__username="postgres"),
    "other names": changed(INSIDE, release="ml", namespace="ml-platform", environments__lab__namespace="ml-lab"),
}
REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")
CHARTS = ("stand-in", "real")
# What belongs to no namespace among all that is applied.
CLUSTER_SCOPED = frozenset({"Namespace"})


class Repository:
    """A generated repository and what its environments render to."""

    def __init__(self, root: Path, name: str, chart: str) -> None:
        self.root, self.name, self.stand_in = root, name, None
        new(
            root.name,
            answers=ANSWERS[name],
            no_input=True,
            allow_open=True,
            chart=REAL if chart == "real" else None,
            offline=True,
            git=False,
            target=root,
            lint=lambda _: Report((), Coverage()),
        )
        if chart == "stand-in":
            self.stand_in = StandIn("charts/serving-3.0.3/serving", stand_in.folder())
        configuration = yaml.safe_load((root / ".hydrogitops.yaml").read_text(encoding="utf-8"))
        self.pools = {name: one.get("pools", []) for name, one in configuration["environments"].items()}
        self.configurations = {
            name: yaml.safe_load((root / f"environments/{name}/config.yaml").read_text(encoding="utf-8"))
            for name in self.pools
        }

    def engines(self) -> Engines:
        return Engines(self.root, reader(self.root))

    def render(self, engines: Engines, *folders: str) -> list[list[dict[str, Any]]]:
        built = engines.build_many([BuildJob(folder, "1.34", 4, self.stand_in) for folder in folders])
        for build in built:
            assert isinstance(build, Build), build
        return [
            [document for document in yaml.load_all(build.text, Loader=yaml.CSafeLoader) if document]
            for build in built
            if isinstance(build, Build)
        ]


@pytest.fixture(
    scope="module", params=[(name, chart) for chart in CHARTS for name in ANSWERS], ids=lambda p: f"{p[0]}, {p[1]}"
)
def repository(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    name, chart = request.param
    if chart == "real" and not REAL:
        pytest.skip("no real chart to render: set HYDROGITOPS_REAL_CHART")
    root = tmp_path_factory.mktemp("repository") / "prod-cluster"
    yield Repository(root, name, chart)
    shutil.rmtree(root.parent)


@pytest.fixture(scope="module")
def rendered(repository: Repository) -> dict[str, list[dict[str, Any]]]:
    names = list(repository.configurations)
    with repository.engines() as engines:
        outcome = repository.render(engines, *(repository.configurations[name]["path"] for name in names))
    return dict(zip(names, outcome, strict=True))


def test_the_invariants_hold(repository: Repository, rendered: dict[str, list[dict[str, Any]]]) -> None:
    for name, objects in rendered.items():
        namespace = repository.configurations[name]["namespace"]
        assert list(violations(objects, namespace=namespace, pools=repository.pools[name])) == []
        assert len(workloads(objects)) >= 8
        # Argo CD fills in its destination's namespace where there is none; the Namespace itself must be that one.
        assert [item["metadata"]["name"] for item in objects if item["kind"] == "Namespace"] == [namespace]


def test_every_jvm_starts_and_fits(rendered: dict[str, list[dict[str, Any]]]) -> None:
    for objects in rendered.values():
        assert list(jvm_violations(objects)) == []


def test_no_object_is_there_twice(rendered: dict[str, list[dict[str, Any]]]) -> None:
    for objects in rendered.values():
        names = [(item["apiVersion"], item["kind"], item["metadata"]["name"]) for item in objects]
        assert len(set(names)) == len(names)


def test_every_seal_is_read_and_comes_before_its_reader(rendered: dict[str, list[dict[str, Any]]]) -> None:
    for objects in rendered.values():
        text = yaml.safe_dump([item for item in objects if item["kind"] != "SealedSecret"])
        for item in objects:
            wave = int(item["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))
            if item["kind"] == "SealedSecret":
                assert wave == -1
                assert f"ame: {item['metadata']['name']}\n" in text, "nobody reads it"
            elif item["kind"] == "Namespace":
                assert wave == -2
            else:
                assert wave == 0


def test_a_new_seal_is_a_rollout_of_whoever_reads_it(rendered: dict[str, list[dict[str, Any]]]) -> None:
    for objects in rendered.values():
        sealed = {item["metadata"]["name"] for item in objects if item["kind"] == "SealedSecret"}
        for workload in workloads(objects):
            pod = workload["spec"]["template"]
            reads = {name for name in sealed if f"ame: {name}\n" in yaml.safe_dump(pod["spec"])}
            annotated = "hydrogitops.io/sealed-values" in pod["metadata"].get("annotations", {})
            assert annotated is bool(reads), (workload["metadata"]["name"], reads)


def test_ingress_leads_to_what_is_there(rendered: dict[str, list[dict[str, Any]]]) -> None:
    for objects in rendered.values():
        ports = {
            (item["metadata"]["name"], port["port"])
            for item in objects
            if item["kind"] == "Service"
            for port in item["spec"]["ports"]
        }
        for item in objects:
            if item["kind"] == "Ingress":
                for rule in item["spec"]["rules"]:
                    for path in rule["http"]["paths"]:
                        service = path["backend"]["service"]
                        assert (service["name"], service["port"]["number"]) in ports


def test_every_patch_changes_something(repository: Repository, rendered: dict[str, list[dict[str, Any]]]) -> None:
    """kustomize says nothing of a patch that matches nothing, so each is left out once."""
    if repository.name not in ("external", "without mail", "inside"):
        pytest.skip("its patches are those of another setup")
    name = next(iter(rendered))
    folder = repository.configurations[name]["path"]
    patches = [
        (path, index)
        for path in sorted(repository.root.glob("apps/hydrosphere/**/kustomization.yaml"))
        if "/envs/" not in str(path) or f"/envs/{name}/" in str(path)
        for index in range(len(yaml.safe_load(path.read_text(encoding="utf-8")).get("patches", ())))
    ]
    assert len(patches) >= 12
    with repository.engines() as engines:
        for path, index in patches:
            original = path.read_text(encoding="utf-8")
            data = yaml.safe_load(original)
            dropped = data["patches"].pop(index)
            path.write_text(yaml.safe_dump(data), encoding="utf-8")
            assert repository.render(engines, folder) != [rendered[name]], (path, dropped)
            path.write_text(original, encoding="utf-8")
