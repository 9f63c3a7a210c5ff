"""Environments of Flux, built by the real engines: what `new` writes, and layouts of others."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.applied import applied
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.look import see
from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.linter.views import Seen
from hydrogitops.linter.why import why
from hydrogitops.model import Coverage, Environment, Report
from hydrogitops.repo.environments import discover
from hydrogitops.repo.reach import reached
from hydrogitops.scaffold import new
from tests.golden.test_faults import Case, Expected, apply, told
from tests.golden.trees import judged, write
from tests.unit.config.answers_data import example

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

APP = "apps/hydrosphere"
PROD = f"{APP}/envs/prod"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `new` writes for Flux; the stand-in renders it."""
    target = tmp_path_factory.mktemp("flux") / "prod-cluster"
    new(
        "prod-cluster", answers={**example("production-external"), "engine": "flux"}, no_input=True, chart=None,
        offline=True, git=False, target=target, lint=lambda _: Report((), Coverage()),
    )  # fmt: skip
    return target


def look(root: Path, *names: str) -> tuple[list[Environment], Seen]:
    sources = open_sources([root])
    configuration = read_configuration(sources)
    found = [one for one in discover(sources, configuration).environments if not names or one.name in names]
    return found, see(sources, found, configuration, render=True)


def view(root: Path, name: str) -> EnvironmentView:
    (found,) = look(root, name)[1].views
    return found


# What `new` writes ---------------------------------------------------------------------------------------------------


def test_nothing_is_unseen_and_nothing_is_found(generated: Path) -> None:
    report = judged(generated)
    assert (report.incomplete, report.coverage.not_seen) == ((), ())
    assert report.coverage.environments == ("staging", "prod")
    assert told(generated) == []


def test_what_is_read_is_what_is_built(generated: Path) -> None:
    """Layers and patches as they are written are those that kustomize then makes: nothing is merged twice."""
    found, seen = look(generated)
    for before, after in zip(found, seen.views, strict=True):
        assert before.releases == after.environment.releases
        assert before.patches == after.environment.patches
        (release,) = before.releases
        assert [layer.file for layer in release.layers] == [
            f"{APP}/base/values.yaml",
            f"{APP}/envs/{before.name}/values.yaml",
            f"{APP}/envs/{before.name}/version/values.yaml",
        ]
        assert all(patch.inline is None for patch in before.patches if patch.release)
        assert len([patch for patch in before.patches if patch.release]) > 10


@pytest.mark.parametrize(
    ("file", "environments"),
    [
        (f"{APP}/base/values.yaml", ["staging", "prod"]),
        (f"{APP}/base/helmrelease.yaml", ["staging", "prod"]),
        (f"{APP}/base/kustomization.yaml", ["staging", "prod"]),
        (f"{APP}/components/java-options/sonar.yaml", ["staging", "prod"]),
        (f"{APP}/components/java-options/kustomization.yaml", ["staging", "prod"]),
        ("infrastructure/sealed-secrets/helmrelease.yaml", ["staging", "prod"]),
        # Nothing lists what lies there: a manifest that is new, or gone, counts.
        ("infrastructure/more/new.yaml", ["staging", "prod"]),
        ("clusters/prod/new.yaml", ["prod"]),
        ("clusters/prod/apps.yaml", ["prod"]),
        ("clusters/staging/flux-system.yaml", ["staging"]),
        (f"{PROD}/kustomization.yaml", ["prod"]),
        (f"{PROD}/values.yaml", ["prod"]),
        (f"{PROD}/version/values.yaml", ["prod"]),
        (f"{PROD}/version/resources/manager.yaml", ["prod"]),
        (f"{PROD}/secrets/rollout.yaml", ["prod"]),
        (f"{PROD}/secrets/hydro-mongodb.sealed.yaml", ["prod"]),
        (".hydrogitops.yaml", ["staging", "prod"]),
        ("README.md", []),
    ],
)
def test_what_a_change_reaches(file: str, environments: list[str], generated: Path) -> None:
    sources = open_sources([generated])
    found = discover(sources, read_configuration(sources)).environments
    assert [one.name for one in reached(found, [file], {})] == environments
    # What is built is read from the same files.
    assert not (generated / file).exists() or any(file in one.files for one in found) == (
        bool(environments) and not file.startswith(".")
    )


def test_a_patch_is_known_by_its_own_file(generated: Path) -> None:
    """Values behind ConfigMaps and texts behind replacements are found where they are written."""
    fields = {
        "Deployment/hydro-stat:spec.template.spec.containers[0].resources.limits.memory":
            f"{PROD}/version/resources/stat.yaml",
        "Deployment/hydro-manager:spec.template.spec.containers[manager].resources.limits.memory":
            f"{PROD}/version/values.yaml",
    }  # fmt: skip
    for field, file in fields.items():
        first = why(generated, "prod", field).causes[0]
        assert (first.span and first.span.file, first.wins) == (file, True)
    root = judged(generated, only=frozenset({"secrets/placeholder"}))
    assert {one.origin for one in root.findings} == {"proven"}


JAVA = f"{APP}/components/java-options/kustomization.yaml"
FAULTS = (
    Case(
        "a component's patch that is not there",
        {JAVA: ("      - sonar.yaml", "      - sonaar.yaml")},
        (Expected("repo/dangling-reference", JAVA, "sonaar.yaml", ("staging", "prod")),),
    ),
    Case(
        "a Kustomization whose path is not there",
        {"clusters/prod/secrets.yaml": (f"{PROD}/secrets", f"{PROD}/secret")},
        (Expected("repo/dangling-reference", "clusters/prod/secrets.yaml", f"./{PROD}/secret"),),
    ),
    Case(
        "a patch for a service that isn't there",
        {JAVA: ("name: hydro-sonar}", "name: hydro-sonarr}")},
        (Expected("repo/patch-unmatched", JAVA, "hydro-sonarr", ("staging", "prod")),),
    ),
    Case(
        "an environment without its kustomization",
        {f"{PROD}/kustomization.yaml": None},
        (Expected("repo/dangling-reference", "clusters/prod/apps.yaml", f"./{PROD}"),),
    ),
    Case(
        "a Kustomization whose path is another's by a slip",
        {"clusters/prod/apps.yaml": (f"{APP}/envs/prod", f"{APP}/envs/prd")},
        (Expected("repo/dangling-reference", "clusters/prod/apps.yaml", f"./{APP}/envs/prd"),),
    ),
    Case(
        "a patch of an object that is not there",
        {
            f"{PROD}/kustomization.yaml": (
                "patches:\n",
                "patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n"
                "      metadata: {name: nothing, namespace: hydrosphere}\n",
            )
        },
        (Expected("repo/patch-unmatched", f"{PROD}/kustomization.yaml", "nothing"),),
    ),
    Case(
        "a replacement that takes what is not there",
        {JAVA: ('"data.[sonar.yaml]"', '"data.[sonr.yaml]"')},
        (Expected("repo/patch-unmatched", JAVA, '"data.[sonr.yaml]"', ("staging", "prod")),),
    ),
    Case(
        "a replacement into an item that nobody adds",
        {JAVA: ("[patch=components/java-options/sonar.yaml]", "[patch=components/java-options/sonr.yaml]")},
        (Expected("repo/patch-unmatched", JAVA, "spec.postRenderers", ("staging", "prod"), after="fieldPaths:"),),
    ),
    Case(
        "a source that is a slip",
        {"clusters/prod/apps.yaml": ("name: flux-system}", "name: flux-sytem}")},
        (Expected("flux/source-unknown", "clusters/prod/apps.yaml", "flux-sytem", severity="warning"),),
    ),
    Case(
        "an environment that waits for nothing",
        {"clusters/prod/apps.yaml": ("  dependsOn:\n    - name: secrets\n", "")},
        (Expected("flux/secrets-order", "clusters/prod/apps.yaml", "spec:", severity="warning"),),
    ),
    Case(
        "values of an environment under another name",
        {f"{PROD}/kustomization.yaml": ("name: hydro-values-version", "name: hydro-values-versions")},
        (
            Expected(
                "flux/values-from-missing",
                f"{APP}/base/helmrelease.yaml",
                "{kind: ConfigMap, name: hydro-values-version}",
                severity="warning",
            ),
        ),
    ),
    Case(
        "values in the HelmRelease",
        {f"{APP}/base/helmrelease.yaml": ("  install:\n", "  values: {manager: {javaOpts: -Xmx1g}}\n  install:\n")},
        (Expected("flux/inline-values-win", f"{APP}/base/helmrelease.yaml", "-Xmx1g", ("staging", "prod"), "warning"),),
    ),
)


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_fault_of_flux(case: Case, generated: Path, tmp_path: Path) -> None:
    root = tmp_path / "flux"
    shutil.copytree(generated, root)
    apply(root, case)
    # What a patch no longer does is told by other families.
    found = [one for one in told(root) if one[1].startswith(("repo/", "flux/", "lint/"))]
    assert found == sorted(expected.place(root) for expected in case.expected)


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


def test_values_files_of_a_chart(tmp_path: Path) -> None:
    def chart(*files: str, more: str = "") -> str:
        named = ", ".join(f"./charts/app/{one}" for one in files)
        return release("values: {port: 3}").replace(
            "chart: ./charts/app,", f"chart: ./charts/app, valuesFiles: [{named}],{more}"
        )

    files = {
        "clusters/prod/apps.yaml": stage("apps", "./apps"),
        "charts/app/prod.yaml": "word: prod\nport: 2\n",
        "apps/one.yaml": chart("values.yaml", "prod.yaml"),
    }
    one = small(tmp_path / "over", files)
    assert made(one, "ConfigMap", "app")["data"] | {"kept": ""} == {
        "word": "prod", "from": "chart", "port": "3", "image": "app:one", "kept": "",
    }  # fmt: skip
    (first, _) = why(tmp_path / "over", "prod", "word").causes
    assert first.span is not None
    assert (first.span.file, first.span.line) == ("charts/app/prod.yaml", 1)
    missing = {**files, "apps/one.yaml": chart("values.yaml", "gone.yaml", more=" ignoreMissingValuesFiles: true,")}
    assert made(small(tmp_path / "missing", missing), "ConfigMap", "app")["data"]["word"] == "chart"
    write(tmp_path / "instead", {**CHART, **SYNC, **files, "apps/one.yaml": chart("prod.yaml")})
    (gap,) = look(tmp_path / "instead", "prod")[1].unseen
    assert "valuesFiles" in gap.reason


def test_values_that_the_cluster_alone_knows_are_left_out(tmp_path: Path) -> None:
    text = release("valuesFrom: [{kind: Secret, name: token, valuesKey: token, targetPath: word}]")
    write(tmp_path, {**CHART, **SYNC, "clusters/prod/apps.yaml": stage("apps", "./apps"), "apps/one.yaml": text})
    seen = look(tmp_path, "prod")[1]
    assert made(seen.views[0], "ConfigMap", "app")["data"]["word"] == "chart"
    (gap,) = seen.unseen
    assert (gap.what, "Secret token" in gap.reason) == ("further values of release app", True)


def test_a_literal_map_of_values_is_read_line_by_line(tmp_path: Path) -> None:
    values = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v, namespace: apps}\ndata:\n"
        "  values.yaml: |\n    from: here\n    image:\n      tag: two\n"
    )
    text = release("valuesFrom: [{kind: ConfigMap, name: v}]")
    small(tmp_path, {"clusters/prod/apps.yaml": stage("apps", "./apps"), "apps/one.yaml": text, "apps/v.yaml": values})
    span = why(tmp_path, "prod", "image.tag").causes[0].span
    assert span is not None
    assert (span.file, span.line, span.column) == ("apps/v.yaml", 8, 12)


def test_a_value_that_a_patch_written_in_a_kustomization_sets(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": stage("apps", "./apps/prod"),
        "apps/base/kustomization.yaml": "resources: [release.yaml]\n",
        "apps/base/release.yaml": release("values: {word: base, port: 2}"),
        "apps/prod/kustomization.yaml": "resources: [../base]\npatches:\n"
        "  - target: {kind: HelmRelease}\n    patch: |\n      - op: replace\n        path: /spec/values/word\n"
        "        value: prod\n"
        "  - patch: |\n      apiVersion: helm.toolkit.fluxcd.io/v2\n      kind: HelmRelease\n"
        "      metadata: {name: app, namespace: apps}\n      spec:\n        values:\n          port: 3\n",
    }
    one = small(tmp_path, files)
    assert made(one, "ConfigMap", "app")["data"]["word"] == "prod"
    lines = {path: why(tmp_path, "prod", path).causes[0].span for path in ("word", "port")}
    assert {path: span and (span.file, span.line) for path, span in lines.items()} == {
        "word": ("apps/prod/kustomization.yaml", 7), "port": ("apps/prod/kustomization.yaml", 14),
    }  # fmt: skip


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


def test_where_a_kustomization_changes_what_it_builds(tmp_path: Path) -> None:
    """In its own document, which is not the first of its file, and inside of texts."""
    sync = SYNC["clusters/prod/flux-system.yaml"] + "---\n"
    apps = stage(
        "apps",
        "./apps",
        "targetNamespace: run",
        "images: [{name: web, newTag: '2'}]",
        "patches:",
        "  - target: {kind: Pod}",
        "    patch: |",
        "      - op: add",
        "        path: /spec/priority",
        "        value: 5",
        "  - patch: |",
        "      apiVersion: v1",
        "      kind: Pod",
        "      metadata: {name: p}",
        "      spec: {nodeName: here}",
    )
    files = {
        "clusters/prod/flux-system.yaml": sync + apps,
        "apps/p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'web:1'}]}\n",
    }
    small(tmp_path, files)
    places = {}
    for path in ("metadata.namespace", "spec.containers[0].image", "spec.priority", "spec.nodeName"):
        span = why(tmp_path, "prod", f"Pod/p:{path}").causes[0].span
        assert span is not None
        places[path] = span.file, (sync + apps).splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]
    assert places == {
        "metadata.namespace": ("clusters/prod/flux-system.yaml", "run"),
        "spec.containers[0].image": ("clusters/prod/flux-system.yaml", "'2'"),
        "spec.priority": ("clusters/prod/flux-system.yaml", "5"),
        "spec.nodeName": ("clusters/prod/flux-system.yaml", "here"),
    }


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


def test_folders_of_which_nothing_comes(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": "---\n".join(stage(name, f"./{name}") for name in ("none", "empty", "made", "apps")),
        "none/README.md": "not yet\n",
        "empty/kustomization.yaml": "resources: []\n",
        "made/kustomization.yaml": "configMapGenerator: [{name: g, literals: [a=b]}]\n"
        "generatorOptions: {disableNameSuffixHash: true}\n",
        "apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n",
    }
    one = small(tmp_path, files)
    assert one.built
    assert {item.ref.name for item in one.objects if item.ref.kind == "ConfigMap"} == {"a", "g"}
    assert judged(tmp_path, only=frozenset({"repo/dangling-reference"})).findings == ()


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
        (release("valuesFrom: [{kind: ConfigMap, name: hidden}]"), "ConfigMap hidden"),
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
        {"apps/one.yaml": stage("more", "./more"), "apps/two.yaml": stage("more", "./apps")},
        {"apps/kustomization.yaml": "resources: [gone.yaml]\n"},
        {
            "apps/kustomization.yaml": "resources: [more.yaml]\npatches:\n  - target: {kind: Kustomization}\n"
            "    patch: |\n      - {op: replace, path: /spec/path, value: ./gone}\n",
            "apps/more.yaml": stage("more", "./apps"),
        },
        {"apps/release.yaml": release("values: {image: text}")},
        {
            "clusters/prod/apps.yaml": stage("apps", "./apps", "postBuild: {substitute: {a-b: c}}"),
            "apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '${x:=y}'}\n",
        },
        {"apps/release.yaml": release("postRenderers: [{kustomize: {patches: [{patch: 'kind: X'}]}}]")},
    ],
    ids=[
        "charts in a kustomization",
        "no manifest",
        "one object twice",
        "a resource that is not there",
        "a folder",
        "a render",
        "a variable",
        "a post-renderer",
    ],
)
def test_what_the_engine_refuses(files: Mapping[str, str], tmp_path: Path) -> None:
    write(tmp_path, {**CHART, **SYNC, "clusters/prod/apps.yaml": stage("apps", "./apps"), **files})
    seen = look(tmp_path, "prod")[1]
    assert not seen.views[0].built
    assert len(seen.incomplete) == 1
    # The part that fails is named, not the cluster's own folder.
    assert [gap.at.file for gap in seen.unseen if gap.at is not None][-1] in (*files, "clusters/prod/apps.yaml")


def test_two_releases_of_one_chart(tmp_path: Path) -> None:
    files = {f"apps/{name}.yaml": release(f"targetNamespace: {name}", f"releaseName: {name}", name=name)
             for name in ("one", "two")}  # fmt: skip
    one = small(tmp_path, {"clusters/prod/apps.yaml": stage("apps", "./apps"), **files})
    config = [item for item in one.objects if item.ref.kind == "ConfigMap"]
    assert {(item.release, item.ref.namespace, item.ref.name) for item in config} == {
        ("one", "one", "one"), ("two", "two", "two"),
    }  # fmt: skip


def test_nothing_outlives_a_look(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert judged(generated).coverage.environments
    assert [path.name for path in tmp_path.iterdir()] == []
