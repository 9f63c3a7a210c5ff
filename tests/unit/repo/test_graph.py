"""The repository as a diagram."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hydrogitops.linter.drawing import diagram
from hydrogitops.model import UserError
from hydrogitops.repo.graph import Edge, Graph, Node
from hydrogitops.repo.mermaid import mermaid
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\n"
SEALED = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s, namespace: apps}\n"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/x.git, path: envs/NAME}
  destination: {server: https://kubernetes.default.svc, namespace: apps}
"""
ENVIRONMENT = """\
resources: [../../base, s.yaml, a.yaml]
patches: [{path: patch.yaml}]
helmCharts:
  - name: serving
    repo: https://hydrospheredata.github.io/hydro-serving/helm/
    version: "3.0.3"
    releaseName: hydro
    namespace: apps
    valuesFile: ../../values.yaml
    additionalValuesFiles: [own.yaml]
"""
TREE = {"base/kustomization.yaml": "resources: [b.yaml]\n", "base/b.yaml": CONFIG.replace("name: a", "name: b"), "values.yaml": "a: 1\n"} | {
    name.replace("NAME", environment): text.replace("NAME", environment)
    for environment in ("dev", "prod")
    for name, text in {
        "apps/NAME.yaml": APPLICATION,
        "envs/NAME/kustomization.yaml": ENVIRONMENT,
        "envs/NAME/s.yaml": SEALED,
        "envs/NAME/a.yaml": CONFIG,
        "envs/NAME/own.yaml": "a: 2\n",
        "envs/NAME/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: apps}\ndata: {x: y}\n",
    }.items()
}  # fmt: skip
CHART = "charts/serving-3.0.3/serving"


def edges(text: str) -> set[tuple[str, str, str]]:
    """Edges by the first lines of their nodes."""
    names = dict(re.findall(r'^ *(n\d+)[>(\[/]+"([^"]*?)(?:<br/>[^"]*)?"', text, re.MULTILINE))
    found = re.findall(r'^ *(n\d+) -->(?:\|"([^"]*)"\|)? (n\d+)$', text, re.MULTILINE)
    return {(names[start], label, names[end]) for start, label, end in found}


def test_one_environment(tmp_path: Path) -> None:
    text = diagram(Sources(write(tmp_path, TREE)), ["dev"])
    assert edges(text) == {
        ("apps/dev.yaml", "", "environment dev"),
        ("environment dev", "", "envs/dev"),
        ("envs/dev", "", "base"),
        ("envs/dev", "values 1", "values.yaml"),
        ("envs/dev", "values 2", "envs/dev/own.yaml"),
        ("envs/dev", "", f"envs/dev/{CHART}"),
    }
    assert '["envs/dev<br/>1 sealed secret, 1 manifest, 1 patch"]' in text
    assert "subgraph" not in text


def test_what_is_shared_stands_outside_the_boxes(tmp_path: Path) -> None:
    text = diagram(Sources(write(tmp_path, TREE)))
    shared, *boxes = text.split("subgraph ")
    assert [re.findall(r'"([^"<]*)', box)[0] for box in boxes] == ["dev", "prod"]
    for name in ("base", "values.yaml"):
        assert f'"{name}' in shared and all(f'"{name}' not in box.split("  end")[0] for box in boxes)
    assert '"envs/prod/own.yaml"' in boxes[1] and '"envs/prod/own.yaml"' not in boxes[0]
    assert text == diagram(Sources(tmp_path))


def test_manifests_without_an_engine(tmp_path: Path) -> None:
    text = diagram(Sources(write(tmp_path, {"k8s/a.yaml": CONFIG, "k8s/b.yaml": CONFIG.replace("name: a", "name: b")})))
    assert edges(text) == {("environment plain", "", "k8s")}
    assert "2 manifests" in text


def test_kustomizations_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    tree = {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}
    assert ("a", "", "b") in edges(diagram(Sources(write(tmp_path, tree))))


def test_environments_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no environment here"):
        diagram(Sources(write(tmp_path / "x", {"notes.yaml": "a: 1\n"})))
    sources = Sources(write(tmp_path / "y", TREE))
    with pytest.raises(UserError, match="no environment pord") as raised:
        diagram(sources, ["pord"])
    assert raised.value.hint == "did you mean prod?"


@pytest.mark.parametrize(
    "name", ['a"]; click b "javascript:x"', "%%{init: {}}%%", "a<script>&amp;`b`#x", "a\nb", "end"]
)
def test_no_name_changes_the_diagram(name: str) -> None:
    text = mermaid(
        Graph((Node(name, "values", "", ("dev",)), Node("b", "chart", name, ("prod",))), (Edge(name, "b", name),))
    )
    plain = mermaid(
        Graph((Node("x", "values", "", ("dev",)), Node("b", "chart", "x", ("prod",))), (Edge("x", "b", "x"),))
    )

    def frame(drawing: str) -> str:
        """The text without what stands between quotes."""
        return re.sub(r'"[^"\n]*"', '""', drawing)

    assert frame(text) == frame(plain)
    assert not set("%`&<>") & set(text.replace("<br/>", "").replace("-->", "").replace("&", ""))
