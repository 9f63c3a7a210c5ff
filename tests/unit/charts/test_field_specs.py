"""Which fields take labels and follow names: held against what kustomize does."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.charts.field_specs import is_reference, selectors, stated, templates
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.config.configuration import DEFAULT
from hydrogitops.linter.look import see
from hydrogitops.model import Field, Route
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from hydrogitops.source.shapes import node
from tests.golden.trees import write

built = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

VERSIONS = {
    "Service": "v1",
    "ReplicationController": "v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Rollout": "argoproj.io/v1alpha1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
}


@built
def test_labels_go_where_kustomize_puts_them(tmp_path: Path) -> None:
    text = "---\n".join(
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{selector: {{matchLabels: {{app: a}}}}}}\n"
        for kind, version in VERSIONS.items()
    )
    write(tmp_path, {"kustomization.yaml": "resources: [a.yaml]\ncommonLabels: {team: x}\n", "a.yaml": text})
    sources = Sources(tmp_path)
    view = see(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True).views[0]
    for applied in view.objects:
        if applied.ref.kind == "Service":
            # Its selector is a map of labels, so `matchLabels` is one of them.
            continue
        expected = {("metadata", "labels"), *templates(applied.ref.kind, "labels")}
        for route, create in selectors(applied.ref.kind):
            expected |= {route} if create or node(applied.data, route) is not None else set()
        assert set(_labelled(applied.data)) == expected, applied.ref.kind


def _labelled(data: object, route: Route = ()) -> list[Route]:
    found = []
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "team":
            found.append(route)
        found += _labelled(value, (*route, key))
    return found


@built
def test_a_label_is_not_taken_for_one_that_came_later(tmp_path: Path) -> None:
    """A kind that kustomize does not know keeps its selector, though another label ends alike."""
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api, labels: {app: api}}\n"
        "spec: {selector: {matchLabels: {app: api}}}\n"
    )
    top = "namePrefix: p-\nresources: [a.yaml]\nlabels: [{pairs: {app: a}, includeSelectors: true}]\n"
    write(tmp_path, {"kustomization.yaml": top, "a.yaml": text})
    sources = Sources(tmp_path)
    seen = see(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True)
    view = seen.views[0]
    origins = seen.origins[view.name]

    def place(*path: str) -> tuple[str, int, str]:
        located = origins.locate(Field(view.objects[0].ref, path))
        return located.place.file, sources.span(located.place).line, located.known

    assert place("spec", "selector", "matchLabels", "app") == ("a.yaml", 4, "proven")
    assert place("metadata", "labels", "app") == ("kustomization.yaml", 3, "proven")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec volumes 0 configMap name", True),
        ("spec containers 0 envFrom 0 secretRef name", True),
        ("spec imagePullSecrets 0 name", True),
        ("spec serviceAccountName", True),
        ("subjects 0 name", True),
        ("spec containers 0 name", False),
        ("metadata name", False),
        ("metadata labels app", False),
        ("name", False),
        ("", False),
    ],
)
def test_references(path: str, expected: bool) -> None:
    assert is_reference(tuple(int(key) if key.isdigit() else key for key in path.split())) is expected


def test_fields_that_a_kustomization_names() -> None:
    specs = [
        {"path": "spec/own[]/labels", "create": True, "kind": "Thing"},
        {"path": r"spec/a\/b"},
        {"path": "x", "kind": "Other"},
        "nonsense",
    ]
    assert list(stated("Thing", specs)) == [(("spec", "own", "labels"), True), (("spec", "a/b"), False)]
    assert list(stated("Thing", None)) == []
