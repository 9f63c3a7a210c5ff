"""Environments of Flux, built by the real engines: the same objects and findings as with Argo CD, and layouts of others.

The real chart: a folder that HYDROGITOPS_REAL_CHART names (serving 3.0.3 with its subcharts).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.applied import applied
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.linter.views import Seen, see
from hydrogitops.linter.why import why
from hydrogitops.model import Coverage, Environment, Report
from hydrogitops.repo.environments import discover
from hydrogitops.scaffold import new
from tests.flux_layout import APP, flux
from tests.golden.test_faults import CASES, Case, Expected, apply, told
from tests.golden.trees import judged, write
from tests.unit.config.answers_data import example

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")
OWN = ("Kustomization", "HelmRelease", "HelmRepository", "GitRepository")
"""What is there for Flux alone."""


@dataclass(frozen=True, slots=True)
class Both:
    """One repository in the layouts of both engines."""

    argocd: Path
    flux: Path


def generate(folder: Path, chart: str | None) -> Both:
    argocd = folder / "argocd"
    new(
        "prod-cluster", answers=example("production-external"), no_input=True, chart=chart, offline=chart is None,
        git=False, target=argocd, lint=lambda _: Report((), Coverage()),
    )  # fmt: skip
    return Both(argocd, flux(argocd, folder / "flux"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return generate(tmp_path_factory.mktemp("both"), None)


def look(root: Path, *names: str) -> tuple[list[Environment], Seen]:
    sources = open_sources([root])
    configuration = read_configuration(sources)
    found = [one for one in discover(sources, configuration).environments if not names or one.name in names]
    return found, see(sources, found, configuration, render=True)


def view(root: Path, name: str) -> EnvironmentView:
    (found,) = look(root, name)[1].views
    return found


# The same truth ------------------------------------------------------------------------------------------------------


def comparable(one: EnvironmentView) -> dict[tuple[str, str], Any]:
    """The objects of a chart and those beside it by kind and name, as they come to lie in the cluster."""
    layers = {f"{release}-{part}" for release in one.releases for part in ("base", "environment", "version")}
    found = {}
    for item in one.objects:
        if item.ref.kind in OWN or (item.ref.kind == "ConfigMap" and item.ref.name in layers):
            continue
        data = json.loads(json.dumps(item.data), object_hook=_without_last_break)
        # Argo CD puts what states no namespace into that of the Application.
        if data["metadata"].get("namespace") in (None, one.environment.namespace):
            data["metadata"].pop("namespace", None)
        found[item.ref.kind, item.ref.name] = data
    return found


def _without_last_break(data: dict[str, Any]) -> dict[str, Any]:
    # kustomize trims a patch that is given as text, as a post-renderer's is, and not one in a file: the last line of
    # a block text at its very end loses its break.
    return {key: value.removesuffix("\n") if isinstance(value, str) else value for key, value in data.items()}


@pytest.mark.parametrize("chart", ["stand-in", "real"])
def test_the_objects_are_those_of_argo_cd(chart: str, both: Both, tmp_path: Path) -> None:
    if chart == "real":
        if not REAL:
            pytest.skip("HYDROGITOPS_REAL_CHART names no chart: only the stand-in is compared")
        both = generate(tmp_path, REAL)
    for name in ("staging", "prod"):
        ours, theirs = view(both.flux, name), view(both.argocd, name)
        assert ours.built and theirs.built
        assert ours.evidence == theirs.evidence
        assert len(comparable(theirs)) > 30
        assert comparable(ours) == comparable(theirs)


def test_nothing_is_unseen_and_nothing_is_found(both: Both) -> None:
    report = judged(both.flux)
    assert (report.incomplete, report.coverage.not_seen) == ((), ())
    assert report.coverage.environments == ("staging", "prod")
    assert told(both.flux) == []


def test_what_is_read_is_what_is_built(both: Both) -> None:
    """Layers and patches as they are written are those that kustomize then makes: nothing is merged twice."""
    found, seen = look(both.flux)
    for before, after in zip(found, seen.views, strict=True):
        assert before.releases == after.environment.releases
        assert before.patches == after.environment.patches
        (release,) = before.releases
        assert [layer.file for layer in release.layers] == [
            f"{APP}/base/values.yaml",
            f"{APP}/envs/{before.name}/values.yaml",
            f"{APP}/envs/{before.name}/version/values.yaml",
        ]
        assert all(patch.inline is None for patch in before.patches)


SHARED = [case for case in CASES if not any(name.endswith("kustomization.yaml") for name in case.edits)]
"""Faults in files that are the same for both; a kustomization is not."""


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.name)
def test_the_same_fault_is_the_same_finding(case: Case, both: Both, tmp_path: Path) -> None:
    root = tmp_path / "flux"
    shutil.copytree(both.flux, root)
    if not all((root / name).exists() for name in case.edits):
        pytest.skip("a fault in a file of Argo CD")
    apply(root, case)
    expected = [one for one in case.expected if not one.file.endswith("kustomization.yaml")]
    assert [one for one in told(root) if not one[2].endswith("kustomization.yaml")] == sorted(
        one.place(root) for one in expected
    )


PROD = f"{APP}/envs/prod"
FAULTS = (
    Case(
        "a component's patch that is not there",
        {f"{PROD}/kustomization.yaml": ("components/java-options/sonar.yaml", "components/java-option/sonar.yaml")},
        (
            Expected(
                "repo/dangling-reference",
                f"{PROD}/kustomization.yaml",
                "p6.yaml=../../components/java-option/sonar.yaml",
            ),
        ),
    ),
    Case(
        "a Kustomization whose path is not there",
        {"clusters/prod/secrets.yaml": (f"{PROD}/secrets", f"{PROD}/secret")},
        (Expected("repo/dangling-reference", "clusters/prod/secrets.yaml", f"./{PROD}/secret"),),
    ),
    Case(
        "a patch for a service that isn't there",
        {f"{PROD}/helmrelease.yaml": ("name: hydro-sonar", "name: hydro-sonarr")},
        (Expected("repo/patch-unmatched", f"{PROD}/helmrelease.yaml", "hydro-sonarr"),),
    ),
    Case(
        "an environment without its kustomization",
        {f"{PROD}/kustomization.yaml": None},
        (Expected("repo/dangling-reference", "clusters/prod/apps.yaml", f"./{PROD}"),),
    ),
)


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_fault_of_flux(case: Case, both: Both, tmp_path: Path) -> None:
    root = tmp_path / "flux"
    shutil.copytree(both.flux, root)
    apply(root, case)
    rules = {one.rule for one in case.expected}
    assert [one for one in told(root) if one[1] in rules] == sorted(expected.place(root) for expected in case.expected)


# Layouts of others ---------------------------------------------------------------------------------------------------

CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": "word: chart\nfrom: chart\nport: 1\nimage: {tag: one}\n",
    "charts/app/crds/crd.yaml": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: xs.example.com}\n"
    ),
    "charts/app/templates/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
        'data:\n  word: {{ .Values.word }}\n  from: {{ .Values.from }}\n  port: "{{ .Values.port }}"\n'
        '  image: "app:{{ .Values.image.tag }}"\n  kept: "yes"\n'
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: elsewhere, namespace: other}\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: role}\n"
        '---\napiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {"helm.sh/hook": test}}\n'
    ),
}
SYNC = {
    "clusters/prod/flux-system.yaml": (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        "metadata: {name: flux-system, namespace: flux-system}\n"
        "spec: {path: ./clusters/prod, sourceRef: {kind: GitRepository, name: flux-system}}\n"
    )
}


def stage(name: str, path: str, *more: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
        + "".join(f"  {line}\n" for line in more)
    )


def release(*more: str, name: str = "app", chart: str = "./charts/app") -> str:
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        f"metadata: {{name: {name}, namespace: apps}}\n"
        f"spec:\n  chart: {{spec: {{chart: {chart}, sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}}}}}\n"
        + "".join(f"  {line}\n" for line in more)
    )


def small(root: Path, files: Mapping[str, str]) -> EnvironmentView:
    write(root, {**CHART, **SYNC, **files})
    return view(root, "prod")


def made(one: EnvironmentView, kind: str, name: str) -> Mapping[str, Any]:
    (found,) = [item.data for item in one.objects if (item.ref.kind, item.ref.name) == (kind, name)]
    return found


def test_a_release_as_helm_controller_makes_it(tmp_path: Path) -> None:
    values = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: VALUES, namespace: apps}\ndata:\n  KEY: |\n    TEXT\n"

    def held(name: str, key: str, text: str) -> str:
        return values.replace("VALUES", name).replace("KEY", key).replace("TEXT", text.replace("\n", "\n    "))

    one = small(
        tmp_path,
        {
            "clusters/prod/apps.yaml": stage("apps", "./apps"),
            "apps/first.yaml": held("first", "values.yaml", "word: first\nfrom: first"),
            "apps/second.yaml": held("second", "other.yaml", "word: second"),
            "apps/port.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: port, namespace: apps}\ndata: {p: '80'}\n",
            "apps/release.yaml": release(
                "targetNamespace: run",
                "valuesFrom:",
                "  - {kind: ConfigMap, name: first}",
                "  - {kind: ConfigMap, name: second, valuesKey: other.yaml}",
                "  - {kind: ConfigMap, name: port, valuesKey: p, targetPath: port}",
                "values: {image: {tag: two}}",
                "commonMetadata: {labels: {team: a}}",
                "postRenderers:",
                "  - kustomize:",
                "      patches:",
                "        - target: {kind: ConfigMap}",
                "          patch: |",
                "            - {op: remove, path: /data/kept}",
                "  - kustomize: {images: [{name: app, newTag: three}]}",
            ),
        },
    )
    assert one.built
    config = made(one, "ConfigMap", "run-app")
    assert config["data"] == {"word": "second", "from": "first", "port": "80", "image": "app:two"}
    # Helm puts what states no namespace into that of the release, and nothing else.
    assert config["metadata"] == {"name": "run-app", "namespace": "run", "labels": {"team": "a"}}
    assert made(one, "ServiceAccount", "elsewhere")["metadata"]["namespace"] == "other"
    assert "namespace" not in made(one, "ClusterRole", "role")["metadata"]
    # Definitions go to the cluster as they are; what `helm test` runs does not.
    assert made(one, "CustomResourceDefinition", "xs.example.com")["metadata"] == {"name": "xs.example.com"}
    assert not [item for item in one.objects if item.ref.kind == "Pod"]
    assert {item.release for item in one.objects if item.ref.kind == "ConfigMap"} == {"", "run-app"}
    made(one, "HelmRelease", "app")


def test_where_values_are_written(tmp_path: Path) -> None:
    small(
        tmp_path,
        {
            "clusters/prod/apps.yaml": stage("apps", "./apps/prod"),
            "apps/base/kustomization.yaml": "resources: [release.yaml]\nconfigMapGenerator:\n"
            "  - {name: words, namespace: apps, files: [values.yaml=words.yaml]}\n"
            "configurations: [names.yaml]\n",
            "apps/base/names.yaml": "nameReference:\n  - kind: ConfigMap\n    version: v1\n    fieldSpecs:\n"
            "      - {path: spec/valuesFrom/name, kind: HelmRelease}\n",
            "apps/base/words.yaml": "word: base\nfrom: base\n",
            "apps/base/release.yaml": release(
                "valuesFrom: [{kind: ConfigMap, name: words}]", "values: {port: 2, image: {tag: two}}"
            ),
            "apps/prod/kustomization.yaml": "resources: [../base]\n"
            "patches: [{path: prod.yaml, target: {kind: HelmRelease}}]\n",
            "apps/prod/prod.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app}\n"
            "spec:\n  values:\n    port: 3\n",
        },
    )
    places = {
        path: [(cause.span.file if cause.span else "", cause.value) for cause in why(tmp_path, "prod", path).causes]
        for path in ("word", "port", "image.tag")
    }
    assert places == {
        "word": [("apps/base/words.yaml", "base"), ("", "chart")],
        "port": [("apps/prod/prod.yaml", 3), ("apps/base/release.yaml", 2), ("", 1)],
        "image.tag": [("apps/base/release.yaml", "two"), ("", "one")],
    }
    (name, text, _) = next(applied(tmp_path, ["prod"]))
    assert (name, "app:two" in text, "word: base" in text) == ("prod", True, True)


def test_a_kustomization_as_kustomize_controller_builds_it(tmp_path: Path) -> None:
    one = small(
        tmp_path,
        {
            "clusters/prod/apps.yaml": stage(
                "apps",
                "./apps",
                "targetNamespace: run",
                "nameSuffix: -x",
                "components: [../extra]",
                "images: [{name: web, newTag: '2'}]",
                "patches:",
                "  - target: {kind: ConfigMap, name: plain}",
                "    patch: |",
                "      - {op: add, path: /data/added, value: more}",
                "commonMetadata: {labels: {app: over}, annotations: {by: flux}}",
            ),
            "apps/kustomization.yaml": "resources: [pod.yaml, plain.yaml]\nimages: [{name: web, newName: mirror/web}]\n",
            "apps/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: own}}\n"
            "spec: {containers: [{name: c, image: 'web:1'}]}\n",
            "apps/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\ndata: {a: b}\n",
            "extra/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "resources: [more.yaml]\n",
            "extra/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n",
        },
    )
    assert one.built
    pod = made(one, "Pod", "p-x")
    marks = {"labels": {"app": "over"}, "annotations": {"by": "flux"}}
    assert pod["metadata"] == {"name": "p-x", "namespace": "run", **marks}
    assert pod["spec"]["containers"][0]["image"] == "mirror/web:2"
    assert made(one, "ConfigMap", "plain-x")["data"] == {"a": "b", "added": "more"}
    assert made(one, "ConfigMap", "more-x")["metadata"] == {"name": "more-x", "namespace": "run", **marks}


SUBSTITUTED = {
    "clusters/prod/settings.yaml": "apiVersion: v1\nkind: ConfigMap\n"
    "metadata: {name: settings, namespace: flux-system}\ndata: {host: h.example.com, port: '8080'}\n",
    "apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n"
    "data: {host: 'https://${host}', level: '${level:=info}', raw: '$${host}', empty: '-${none}-'}\n",
    "apps/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: x}\n"
    "spec: {ports: [{port: '${port}'}]}\n",
    "apps/kept.yaml": "apiVersion: v1\nkind: ConfigMap\n"
    "metadata: {name: kept, namespace: x, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\n"
    "data: {host: '${host}'}\n",
}


def test_variables(tmp_path: Path) -> None:
    build = "postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}"
    one = small(tmp_path, SUBSTITUTED | {"clusters/prod/apps.yaml": stage("apps", "./apps", build)})
    assert one.built
    assert made(one, "ConfigMap", "a")["data"] == {
        "host": "https://h.example.com", "level": "info", "raw": "${host}", "empty": "--",
    }  # fmt: skip
    # What stands without quotes in kustomize's result is a number by then.
    assert made(one, "Service", "s")["spec"]["ports"] == [{"port": 8080}]
    assert made(one, "ConfigMap", "kept")["data"] == {"host": "${host}"}


def test_a_variable_that_the_cluster_alone_knows(tmp_path: Path) -> None:
    build = "postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}, {kind: Secret, name: hidden}]}"
    write(tmp_path, {**CHART, **SYNC, **SUBSTITUTED, "clusters/prod/apps.yaml": stage("apps", "./apps", build)})
    seen = look(tmp_path, "prod")[1]
    (one,) = seen.views
    assert not one.built
    assert not [item for item in one.objects if item.ref.name == "a"]
    made(one, "Service", "s")
    (gap,) = seen.unseen
    assert (gap.what, "none" in gap.reason, "Secret hidden" in gap.reason) == ("ConfigMap a of apps", True, True)


def test_a_kustomization_that_an_outer_one_changes(tmp_path: Path) -> None:
    one = small(
        tmp_path,
        {
            "clusters/prod/kustomization.yaml": "resources: [flux-system.yaml, apps.yaml]\n"
            "patches:\n  - target: {kind: Kustomization, name: apps}\n"
            "    patch: |\n      - {op: add, path: /spec/targetNamespace, value: changed}\n",
            "clusters/prod/apps.yaml": stage("apps", "./apps"),
            "apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        },
    )
    assert made(one, "ConfigMap", "a")["metadata"]["namespace"] == "changed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (release("values: {word: x}", chart="./charts/gone"), "chart gone is not at hand"),
        (release("valuesFrom: [{kind: Secret, name: hidden}]"), "Secret hidden"),
        (release("chart: {spec: {chart: x, version: 1.x, sourceRef: {kind: HelmRepository, name: r}}}",
             "postRenderers: [{kustomize: {images: [{name: a, newTag: b}]}}]"),
         "chart x 1.x is not at hand"),
        (release("postRenderStrategy: separate", "postRenderers: [{kustomize: {images: []}}]"), "separate"),
    ],
)  # fmt: skip
def test_a_release_that_cannot_be_known_is_a_gap_of_its_own(text: str, reason: str, tmp_path: Path) -> None:
    if text.count("  chart:") > 1:
        text = "".join(line for line in text.splitlines(keepends=True) if "./charts/app" not in line)
    files = {"clusters/prod/apps.yaml": stage("apps", "./apps"), "apps/one.yaml": text,
             "apps/two.yaml": release("values: {word: seen}", name="two")}  # fmt: skip
    write(tmp_path, {**CHART, **SYNC, **files})
    seen = look(tmp_path, "prod")[1]
    assert made(seen.views[0], "ConfigMap", "two")["data"]["word"] == "seen"
    (gap,) = seen.unseen
    assert (gap.what, reason in gap.reason, gap.file) == ("what release app applies", True, "apps/one.yaml")
    assert not seen.incomplete


@pytest.mark.parametrize(
    "files",
    [
        {"apps/kustomization.yaml": "helmCharts: [{name: app}]\nhelmGlobals: {chartHome: ../charts}\n"},
        {"apps/values.yaml": "word: no manifest\n"},
        {"apps/kustomization.yaml": "resources: [gone.yaml]\n"},
        {"apps/release.yaml": release("values: {image: text}")},
        {"apps/release.yaml": release("postRenderers: [{kustomize: {patches: [{patch: 'kind: X'}]}}]")},
    ],
    ids=["charts in a kustomization", "no manifest", "a resource that is not there", "a render", "a post-renderer"],
)
def test_what_the_engine_refuses(files: Mapping[str, str], tmp_path: Path) -> None:
    write(tmp_path, {**CHART, **SYNC, "clusters/prod/apps.yaml": stage("apps", "./apps"), **files})
    seen = look(tmp_path, "prod")[1]
    assert not seen.views[0].built
    assert len(seen.incomplete) == 1


def test_two_releases_of_one_chart(tmp_path: Path) -> None:
    files = {f"apps/{name}.yaml": release(f"targetNamespace: {name}", f"releaseName: {name}", name=name)
             for name in ("one", "two")}  # fmt: skip
    one = small(tmp_path, {"clusters/prod/apps.yaml": stage("apps", "./apps"), **files})
    config = [item for item in one.objects if item.ref.kind == "ConfigMap"]
    assert {(item.release, item.ref.namespace, item.ref.name) for item in config} == {
        ("one", "one", "one"), ("two", "two", "two"),
    }  # fmt: skip


def test_nothing_outlives_a_look(both: Both, tmp_path: Path) -> None:
    def left() -> Iterator[str]:
        yield from (path.name for path in Path("/tmp").glob("hydrogitops-trees-*"))

    before = set(left())
    judged(both.flux)
    assert set(left()) <= before
