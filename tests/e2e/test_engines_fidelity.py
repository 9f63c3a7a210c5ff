"""What our engines print against what the real programs print: `helm template`, `kustomize build` with the real helm.

The programs: HYDROGITOPS_HELM_BINARY and HYDROGITOPS_KUSTOMIZE_BINARY, else `helm` and `kustomize` on the PATH. A real
chart to compare over, where HYDROGITOPS_REAL_CHART names its folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hydrogitops.charts.engines import Engines, RenderFailure
from hydrogitops.charts.programs import embedded_helm
from tests.unit.charts.trees import CHART, CONFIG, chart, reader, write

KUBERNETES = "1.33.0"


def program(name: str) -> str:
    """A real program of version 4 (helm) or 5.8 and newer (kustomize); skips loudly where there is none."""
    found = os.environ.get(f"HYDROGITOPS_{name.upper()}_BINARY") or shutil.which(name)
    if found is None:
        pytest.skip(f"no real {name} to compare with: set HYDROGITOPS_{name.upper()}_BINARY")
    return found


pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    root = tmp_path_factory.mktemp("repository")
    for name, files in CHARTS.items():
        write(root / name, files)
    for name, folder in REAL.items():
        shutil.copytree(folder, root / name / "charts" / "app")
    with Engines(root, reader(root)) as opened:
        yield opened


def document(kind: str, name: str, **annotations: str) -> str:
    lines = [f"    helm.sh/{key.replace('_', '-')}: {value!r}" for key, value in annotations.items()]
    head = f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n"
    return head + ("  annotations:\n" + "\n".join(lines) + "\n" if lines else "")


SUBCHART = {
    "charts/db/Chart.yaml": CHART.replace("app", "db"),
    "charts/db/values.yaml": "word: beneath\nexports: {shared: {imported: yes}}\n",
    "charts/db/templates/db.yaml": "kind: Service\nmetadata: {name: db}\nword: {{ .Values.word }}\n",
    "charts/db/templates/NOTES.txt": "not printed",
    "charts/db/crds/table.yaml": document("CustomResourceDefinition", "tables"),
}
DEPENDENCY = "dependencies: [{name: db, version: 1.0.0, condition: db.on, import-values: [shared]}]\n"

CHARTS = {
    "order": chart(
        templates={
            "z.yaml": "---\n---\n" + document("Namespace", "z") + "--- \n" + document("Deployment", "d") + "---   \n\n",
            "a.yaml": document("Zebra", "z") + "---\n" + document("Aardvark", "a") + "---\n" + document("Service", "s"),
            "m.yaml": document("Service", "first") + "---\n# nothing but a remark\n---\n" + document("Secret", "s"),
            "_helpers.tpl": '{{ define "x" }}y{{ end }}',
            "_hidden.yaml": document("Secret", "hidden"),
            "empty.yaml": "{{ if false }}a: 1{{ end }}\n\n",
            "NOTES.txt": "Thank you",
            "nested/NOTES.txt": "Thank you again",
            "nested/deep.yaml": "\n\n" + document("Job", "deep") + "\n\n\n",
        }
    ),
    "hooks": chart(
        templates={
            "test.yaml": document("Pod", "test", hook="test"),
            "old-test.yaml": document("Pod", "old", hook="test-success"),
            "pre.yaml": document("Job", "pre", hook="pre-install, Post-Upgrade", hook_weight="-5"),
            "both.yaml": document("ServiceAccount", "both", hook="pre-install,test"),
            "unknown.yaml": document("Job", "unknown", hook="crd-install"),
            "void.yaml": document("Job", "void", hook=""),
            "kept.yaml": document("Job", "kept", resource_policy="keep"),
            "plain.yaml": document("ConfigMap", "plain"),
        }
    ),
    "subchart-on": chart(metadata=CHART + DEPENDENCY, values="word: 1\ndb: {on: true, word: above}\n", files=SUBCHART),
    "subchart-off": chart(metadata=CHART + DEPENDENCY, values="word: 1\ndb: {on: false}\n", files=SUBCHART),
    "crds": chart(
        files={
            "crds/b.yaml": document("CustomResourceDefinition", "b")
            + "---\n"
            + document("CustomResourceDefinition", "c"),
            "crds/a.yaml": document("CustomResourceDefinition", "a"),
            "crds/README.md": "not a resource",
        }
    ),
    "numbers": chart(
        values="{big: 12345678901, million: 1000000, half: 0.5, yes: yes, octal: 0777, text: '08', nothing: ~, "
        "gone: {a: 1}}\n",
        templates={"n.yaml": "{{ toYaml .Values | nindent 0 }}\nplain: {{ .Values.big }} {{ .Values.million }}\n"},
    ),
    "files": chart(
        templates={"f.yaml": '{{ range $path, $_ := .Files.Glob "**" }}{{ $path }}: y\n{{ end }}'},
        files={".helmignore": "secret/\n*.bak\n", "secret/a": "1", "b.bak": "1", ".hidden": "1", "doc/c.txt": "1"},
    ),
    "capabilities": chart(
        templates={
            "c.yaml": "v: {{ .Capabilities.KubeVersion }}\nm: {{ .Capabilities.KubeVersion.Minor | quote }}\n"
            'has: {{ .Capabilities.APIVersions.Has "policy/v1" }}\n'
            'not: {{ .Capabilities.APIVersions.Has "extensions/v1beta1" }}\n'
            'release: {{ .Release | toJson }}\nlookup: {{ lookup "v1" "Secret" "a" "b" | toJson }}\n',
        }
    ),
    "kubernetes-too-old": chart(metadata=CHART + "kubeVersion: '>=1.40.0-0'\n"),
    "kubernetes-fits": chart(metadata=CHART + "kubeVersion: '>=1.20.0-0 <1.34'\n"),
    "library": chart(metadata=CHART + "type: library\n"),
    "without-dependency": chart(metadata=CHART + "dependencies: [{name: gone, version: 1.0.0}]\n"),
    "schema": chart(files={"values.schema.json": '{"properties": {"word": {"type": "integer"}}}'}),
    "broken-output": chart(templates={"b.yaml": "a: [1\nb: 2\n"}),
    "list-output": chart(templates={"b.yaml": "- a\n- b\n"}),
    "broken-template": chart(templates={"b.yaml": "a: {{ .Values.word }\n"}),
    "fails": chart(templates={"b.yaml": '{{ fail "word must be set" }}\n'}),
    "required": chart(templates={"b.yaml": '{{ required "host is needed" .Values.host }}\n'}),
    "itself": chart(templates={"b.yaml": '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}'}),
    "windows-lines": chart(templates={"c.yaml": CONFIG.replace("\n", "\r\n")}, values="word: a\r\nother: b\r\n"),
}
REAL = {"real": folder} if (folder := os.environ.get("HYDROGITOPS_REAL_CHART", "")) else {}

LAYERS = {
    "none": {},
    "several": {"a.yaml": "word: one\ngone: null\ndeep: {a: 1, b: 2}\n", "b.yaml": "deep: {b: 3}\nnothing: x\n"},
    "documents": {"a.yaml": "word: one\n--- # second\nword: two\n---\n\n---\ndeep: {a: 1}\n"},
    "separator": {"a.yaml": "word: one\n--- word: two\n"},
    "null-key": {"a.yaml": "null: x\n"},
    "no-map": {"a.yaml": "- a\n"},
    "empty": {"a.yaml": ""},
    "anchors": {"a.yaml": "base: &b {x: 1}\ndeep: {<<: *b, y: 2}\nword: !!str 5\n"},
    "large": {"a.yaml": f"word: {'x' * 70_000}\nlast: true"},
}


def said(text: str) -> str:
    """The sentence that both give: without the prefix, the folder, and Helm's advice on its own options."""
    text = text.replace("Error: ", "").replace("cannot unmarshal yaml document: ", "").split("\n\nUse --debug")[0]
    return re.sub(r"into Go value of type \S+", "", " ".join(text.split()))


@pytest.mark.parametrize("flags", [(), ("--include-crds", "--skip-tests")], ids=["plain", "crds-no-tests"])
@pytest.mark.parametrize("name", [*CHARTS, *REAL])
def test_charts(engines: Engines, name: str, flags: tuple[str, ...]) -> None:
    expect(engines, name, [], flags)


@pytest.mark.parametrize("layers", LAYERS)
def test_layers_of_values(engines: Engines, layers: str) -> None:
    write(engines.root, {f"layers/{layers}/{file}": text for file, text in LAYERS[layers].items()})
    expect(engines, "numbers", [f"layers/{layers}/{file}" for file in LAYERS[layers]], ())


def expect(engines: Engines, name: str, values: list[str], flags: tuple[str, ...]) -> None:
    """Helm and we print the same bytes for a chart, or refuse it with the same words."""
    helm = program("helm")
    folder = engines.root / name / "charts" / "app"
    command = [helm, "template", "rel", str(folder), "--namespace", "shop", "--kube-version", KUBERNETES, *flags]
    for file in values:
        command += ["-f", str(engines.root / file)]
    real = subprocess.run(command, capture_output=True, check=False)
    try:
        ours = engines.render(
            folder,
            [Path(file) for file in values],
            release="rel",
            namespace="shop",
            kubernetes=KUBERNETES,
            include_crds="--include-crds" in flags,
            skip_tests="--skip-tests" in flags,
        )
    except RenderFailure as failure:
        assert real.returncode, f"we refuse what Helm prints: {failure.message}"
        # Engines fetch what a chart lacks; we don't, so that is a gap and no failure.
        assert failure.kind == ("missing" if name == "without-dependency" else "failed")
        theirs = said(real.stderr.decode().replace(f"{engines.root}/", ""))
        assert all(part in theirs for part in said(failure.message).split(" … "))
    else:
        assert not real.returncode, real.stderr
        assert ours == real.stdout.decode()


KUSTOMIZATIONS = {
    "plain": "helmCharts: [{name: app, releaseName: rel, namespace: shop}]\n",
    "no-release-name": "helmCharts: [{name: app}]\n",
    "name-template": "helmCharts: [{name: app, nameTemplate: fixed}]\n",
    "inline": "helmCharts: [{name: app, releaseName: rel, valuesInline: {word: inline, deep: {a: [1, 2]}}}]\n",
    "merge": "helmCharts: [{name: app, releaseName: rel, valuesMerge: merge, valuesFile: v.yaml, "
    "valuesInline: {word: x}}]\n",
    "replace": "helmCharts: [{name: app, releaseName: rel, valuesMerge: replace, valuesInline: {other: x}}]\n",
    "additional": "helmCharts: [{name: app, releaseName: rel, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}]\n",
    "crds": "helmCharts: [{name: app, releaseName: rel, includeCRDs: true}]\n",
    "no-tests": "helmCharts: [{name: app, releaseName: rel, skipTests: true}]\n",
    "no-hooks": "helmCharts: [{name: app, releaseName: rel, skipHooks: true}]\n",
    "kubernetes": "helmCharts: [{name: app, releaseName: rel, kubeVersion: 1.27.3, apiVersions: [a/v1, b/v1/Kind]}]\n",
    "twice": "helmCharts: [{name: app, releaseName: one}, {name: small, releaseName: two, namespace: other}]\n",
    "deprecated": "helmChartInflationGenerator: [{chartName: app, releaseName: rel, values: v.yaml}]\n",
    "patched": "helmCharts: [{name: app, releaseName: rel}]\nnamePrefix: pre-\ncommonLabels: {a: b}\n"
    "patches:\n  - target: {kind: ConfigMap}\n    patch: |\n      - {op: add, path: /data/patched, value: 'y'}\n",
    "generator": "generators: [generator.yaml]\n",
}
BUILT = {
    **chart(
        templates={
            "config.yaml": CONFIG
            + "  deep: {{ .Values.deep | toJson | quote }}\n"
            + '  has: {{ .Capabilities.APIVersions.Has "b/v1/Kind" | quote }}\n',
            "account.yaml": document("ServiceAccount", "account"),
            "pre.yaml": document("Pod", "pre", hook="pre-install"),
            "test.yaml": document("Pod", "test", hook="test"),
        },
        files={"crds/a.yaml": document("CustomResourceDefinition", "a")},
    ),
    **chart("small"),
    **{
        f"{name}/{file}": text
        for name in KUSTOMIZATIONS
        for file, text in {
            "kustomization.yaml": "namespace: shop\nhelmGlobals: {chartHome: ../charts}\n" + KUSTOMIZATIONS[name],
            "v.yaml": "word: file\ndeep: {a: 1}\n",
            "w.yaml": "word: last\n",
            "generator.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: g}\n"
            "name: app\nreleaseName: rel\nchartHome: ../charts\nvaluesFile: v.yaml\n",
        }.items()
    },
}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    root = write(tmp_path_factory.mktemp("builds"), BUILT)
    with Engines(root, reader(root)) as opened:
        yield opened


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_builds(builds: Engines, name: str) -> None:
    command = [program("kustomize"), "build", "--enable-helm", "--helm-command", program("helm")]
    command += ["--load-restrictor", "LoadRestrictionsNone", "--helm-kube-version", KUBERNETES, str(builds.root / name)]
    real = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not real.returncode, real.stderr

    built = builds.build(name, kubernetes=KUBERNETES)

    assert list(yaml.safe_load_all(built.text)) == list(yaml.safe_load_all(real.stdout))
    assert [chart.chart for chart in built.charts][:1] == ["charts/app"]
