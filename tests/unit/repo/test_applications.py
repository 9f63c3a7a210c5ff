"""Applications of Argo CD: what their sources make, what leads nowhere, what is not built and where that is said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.config.configuration import DEFAULT
from hydrogitops.linter.look import see
from hydrogitops.model import Environment, Finding
from hydrogitops.repo.environments import Discovered, discover
from hydrogitops.repo.reach import reached
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write
from tests.unit.linter.small import judge, place, told

DANGLING, NOT_SEEN = "repo/dangling-reference", "lint/not-seen"
HOME = "https://git.example.com/platform/prod.git"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ml}\ndata: {a: b}\n"
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n"
TARGET = "  destination: {server: https://prod, namespace: ml}\n"
KUSTOMIZED = {"k/prod/kustomization.yaml": "resources: [settings.yaml]\n", "k/prod/settings.yaml": OBJECT}
CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "charts/web/values.yaml": "replicas: 1\nlist: []\n",
    "charts/web/templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-map, namespace: {{ .Release.Namespace }}}\n"
        "data:\n  values: {{ .Values | toJson | quote }}\n"
    ),
}


def application(path: str, more: str = "", *, repository: str = HOME) -> str:
    """An Application of one source; `more`: further lines of it."""
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    return f"{HEAD}  source:\n    repoURL: {repository}\n    path: {path}\n{lines}{TARGET}"


def discovered(root: Path, files: Mapping[str, str]) -> Discovered:
    return discover(Sources(write(root, files)), DEFAULT)


def only(found: Discovered) -> Environment:
    (environment,) = found.environments
    return environment


def remote(root: Path, address: str) -> None:
    for arguments in (("init", "--quiet"), ("remote", "add", "origin", address)):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, timeout=60)


# A path that is not there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        HOME,
        "git@git.example.com:platform/prod.git",
        "ssh://git@git.example.com/platform/prod",
        HOME.removesuffix(".git"),
    ],
)
def test_a_path_of_this_repository_by_its_remote(tmp_path: Path, address: str) -> None:
    remote(tmp_path, address)
    text = application("quite/other")
    found = judge(tmp_path, {"apps/web.yaml": text, "x.yaml": OBJECT}, (DANGLING, NOT_SEEN))
    assert told(found) == [(DANGLING, "error", "apps/web.yaml", *place(text, "quite/other"))]


@pytest.mark.parametrize(("name", "expected"), [("other", []), ("prod", [NOT_SEEN])])
def test_a_path_of_another_repository(tmp_path: Path, name: str, expected: list[str]) -> None:
    """A clone of a fork has another address and the same name; then nobody can tell."""
    remote(tmp_path, f"https://git.example.com/me/{name}.git")
    files = {"apps/web.yaml": application("quite/other"), "x.yaml": OBJECT}
    assert [one.rule for one in judge(tmp_path, files, (DANGLING, NOT_SEEN))] == expected


def test_the_same_address_as_a_source_that_is_here(tmp_path: Path) -> None:
    other = application("quite/other", repository="git@git.example.com:platform/prod.git").replace(
        "name: web", "name: two"
    )
    files = {"apps/one.yaml": application("k/prod"), "apps/two.yaml": other, **KUSTOMIZED}
    assert told(judge(tmp_path, files, (DANGLING,))) == [
        (DANGLING, "error", "apps/two.yaml", *place(other, "quite/other"))
    ]


@pytest.mark.parametrize(
    ("path", "meant", "rules"),
    [
        ("k/prd", "k/prod", [DANGLING]),
        ("kk/prod", "k/prod", [DANGLING]),
        ("k/something", None, [DANGLING]),
        ("overlays/something", None, [NOT_SEEN]),
    ],
)
def test_without_a_remote_what_stands_beside_it_decides(
    tmp_path: Path, path: str, meant: str | None, rules: list[str]
) -> None:
    files = {"apps/web.yaml": application(path), "charts/x/Chart.yaml": "name: x\n", **KUSTOMIZED}
    found = judge(tmp_path, files, (DANGLING, NOT_SEEN))
    told_here = [one for one in found if one.file == "apps/web.yaml"]
    assert [one.rule for one in told_here] == rules
    assert (told_here[0].line, told_here[0].column) == place(files["apps/web.yaml"], path)
    fix = told_here[0].fix
    assert [edit.text for edit in fix.edits] == ([meant] if meant else []) if fix is not None else meant is None


SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: web, namespace: argocd}}
spec:
  goTemplate: true
  generators:
    - {generator}
  template:
    metadata: {{name: "web-{{{{.name}}}}"}}
    spec:
      source: {{repoURL: {home}, path: "{path}"}}
      destination: {{server: https://prod, namespace: ml}}
"""
ELEMENTS = "list: {elements: [{name: dev, at: k/prod}, {name: prd, at: k/prd}]}"
FILES = f"git: {{repoURL: {HOME}, pathParamPrefix: file, files: [{{path: environments/*/config.yaml}}]}}"


@pytest.mark.parametrize(
    ("generator", "path", "file", "needle", "meant"),
    [
        (ELEMENTS, "{{.at}}", "apps/set.yaml", "k/prd", "k/prod"),
        (ELEMENTS, "{{ .at }}", "apps/set.yaml", "k/prd", "k/prod"),
        (FILES, "{{.path}}", "environments/a/config.yaml", "k/prd", "k/prod"),
        (FILES, "k/{{.name}}", "environments/a/config.yaml", "prd", "prod"),
        (FILES, "kk/{{.name}}", "apps/set.yaml", '"kk/', ""),
        (FILES, "kk/prod", "apps/set.yaml", '"kk/', "k/prod"),
        (FILES, "k/{{.file.path.basename}}x", "apps/set.yaml", '"k/', ""),
    ],
)
def test_the_path_of_a_set(tmp_path: Path, generator: str, path: str, file: str, needle: str, meant: str) -> None:
    files = {
        "apps/set.yaml": SET.format(generator=generator, path=path, home=HOME),
        "environments/a/config.yaml": "name: prd\npath: k/prd\n",
        **KUSTOMIZED,
    }
    if generator == ELEMENTS:
        del files["environments/a/config.yaml"]
    (found,) = judge(tmp_path, files, (DANGLING,))
    assert (found.file, found.line, found.column) == (file, *place(files[file], needle))
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ([meant] if meant else [])


def test_a_path_that_nobody_could_fill_in_leads_nowhere_by_no_means(tmp_path: Path) -> None:
    files = {"apps/set.yaml": SET.format(generator=ELEMENTS, path="k/{{ .name | lower }}", home=HOME), **KUSTOMIZED}
    assert {one.rule for one in judge(tmp_path, files, (DANGLING, NOT_SEEN))} == {NOT_SEEN}


def test_a_source_that_others_only_take_values_from_makes_nothing(tmp_path: Path) -> None:
    sources = (
        f"  sources:\n    - {{repoURL: {HOME}, ref: here}}\n"
        f"    - repoURL: {HOME}\n      path: charts/web\n      helm: {{valueFiles: [$here/values/prod.yaml]}}\n"
    )
    files = {
        "apps/web.yaml": f"{HEAD}{sources}{TARGET}",
        "values/prod.yaml": "replicas: 2\n",
        "x.yaml": OBJECT,
        **CHART,
    }
    found = discovered(tmp_path, files)
    web = next(one for one in found.environments if one.name == "web")
    assert ([layer.file for layer in web.releases[0].layers], web.resources) == (["values/prod.yaml"], ())
    assert found.dangling == ()


# A folder that has lost what was built from it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "lost"),
    [
        ({"k/prod/settings.yaml": OBJECT}, False),
        ({"k/prod/values.yaml": "a: 1\n"}, True),
        ({"k/prod/README.md": "x\n"}, True),
        ({"k/prod/settings.yaml": OBJECT, "k/prod/values.yaml": "a: 1\n"}, False),
        (
            {
                "k/prod/settings.yaml": OBJECT,
                "k/prod/values.yaml": "a: 1\n",
                "k/prod/secrets/kustomization.yaml": "resources: []\n",
            },
            True,
        ),
        ({"k/prod/settings.yaml": OBJECT, "k/prod/secrets/kustomization.yaml": "resources: []\n"}, False),
        ({"k/prod/main.jsonnet": "{}"}, False),
    ],
)
def test_a_folder_without_kustomization(tmp_path: Path, files: Mapping[str, str], lost: bool) -> None:
    found = judge(tmp_path, {"apps/web.yaml": application("k/prod"), **files}, (DANGLING,))
    expected = [(DANGLING, "error", "apps/web.yaml", *place(application("k/prod"), "k/prod"))]
    assert told(found) == (expected if lost else [])


def test_the_other_applications_of_a_set_show_what_is_lost(tmp_path: Path) -> None:
    files = {
        "apps/set.yaml": SET.format(generator=FILES, path="{{.path}}", home=HOME),
        "environments/dev/config.yaml": "name: dev\npath: k/dev\n",
        "environments/prod/config.yaml": "name: prod\npath: k/prod\n",
        "k/dev/settings.yaml": OBJECT,
        **KUSTOMIZED,
    }
    (found,) = judge(tmp_path, files, (DANGLING,))
    assert (found.file, found.line, found.column) == ("environments/dev/config.yaml", 2, 7)
    assert "k/dev holds no kustomization.yaml" in found.message
    assert found.environments == ("dev",)


# What an Application says of a source ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "needle"),
    [
        ("kustomize: {namePrefix: x-}", "x-}"),
        ("kustomize: {nameSuffix: -x}", "-x}"),
        ("kustomize: {namespace: other}", "other}"),
        ("kustomize: {images: ['nginx=nginx:1.28']}", "['nginx"),
        ("kustomize: {replicas: [{name: a, count: 2}]}", "[{name"),
        ("kustomize: {patches: [{target: {kind: Deployment}, patch: x}]}", "[{target"),
        ("kustomize: {components: [../c]}", "[../c"),
        ("kustomize: {commonLabels: {a: b}}", "{a: b"),
        ("kustomize: {commonAnnotations: {a: b}}", "{a: b"),
        ("plugin: {name: x}", "{name: x}"),
        ("kustomize: {namePrefix: x-}\ndirectory: {recurse: true}", "{recurse"),
    ],
)
def test_what_is_not_built_is_told_at_its_field_and_nothing_is_judged(tmp_path: Path, more: str, needle: str) -> None:
    text = application("k/prod", more)
    bare = OBJECT.replace("kind: ConfigMap", "kind: Pod").replace(
        "data: {a: b}", "spec: {containers: [{name: a, image: b}]}"
    )
    files = {"apps/web.yaml": text, **KUSTOMIZED, "k/prod/settings.yaml": bare}
    found = judge(tmp_path, files, (NOT_SEEN, "resources/memory-limit-missing"), render=True)
    assert told(found) == [(NOT_SEEN, "warning", "apps/web.yaml", *place(text, needle))]


@pytest.mark.parametrize(
    "more", ["", "kustomize: {}", "kustomize: {version: v5.8.1}", "kustomize: {images: []}", "helm: {}"]
)
def test_what_changes_nothing_is_no_gap(tmp_path: Path, more: str) -> None:
    files = {"apps/web.yaml": application("k/prod", more), **KUSTOMIZED}
    assert judge(tmp_path, files, (NOT_SEEN, DANGLING), render=True) == ()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("directory: {recurse: true}", ["k/prod/a/b.yaml", "k/prod/settings.yaml"]),
        ("directory: {include: '*.yaml'}", ["k/prod/settings.yaml"]),
        ("directory: {recurse: true, exclude: 'a/*'}", ["k/prod/settings.yaml"]),
    ],
)
def test_a_folder_of_manifests_is_one_if_the_application_says_so(
    tmp_path: Path, more: str, expected: list[str]
) -> None:
    files = {"apps/web.yaml": application("k/prod", more), "k/prod/a/b.yaml": OBJECT, **KUSTOMIZED}
    files["k/prod/kustomization.yaml"] = "resources: []\n"
    environment = next(one for one in discovered(tmp_path, files).environments if one.name == "web")
    assert sorted(name for name, _ in environment.resources) == expected


def test_a_source_of_another_kind_than_the_first_is_a_gap(tmp_path: Path) -> None:
    sources = f"  sources:\n    - {{repoURL: {HOME}, path: k/prod}}\n    - {{repoURL: {HOME}, path: charts/web}}\n"
    text = f"{HEAD}{sources}{TARGET}"
    (found,) = judge(tmp_path, {"apps/web.yaml": text, **KUSTOMIZED, **CHART}, (NOT_SEEN,), render=True)
    assert (found.line, found.column) == place(text, "{repoURL", 2)


def test_manifests_of_two_sources_are_all_judged(tmp_path: Path) -> None:
    sources = f"  sources:\n    - {{repoURL: {HOME}, path: a}}\n    - {{repoURL: {HOME}, path: b}}\n"
    files = {"apps/web.yaml": f"{HEAD}{sources}{TARGET}", "a/a.yaml": OBJECT, "b/b.yaml": OBJECT}
    environment = only(discovered(tmp_path, files))
    assert environment.resources == (("a/a.yaml", 0), ("b/b.yaml", 0))
    assert [bool(reached([environment], [name], {})) for name in ("a/gone.yaml", "b/gone.yaml", "c/c.yaml")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("name", [".argocd-source.yaml", ".argocd-source-web.yaml"])
def test_a_file_that_is_merged_over_the_source(tmp_path: Path, name: str) -> None:
    files = {"apps/web.yaml": application("k/prod"), f"k/prod/{name}": "kustomize: {namePrefix: x-}\n", **KUSTOMIZED}
    (found,) = judge(tmp_path, files, (NOT_SEEN,), render=True)
    assert found.file == f"k/prod/{name}"


# Charts -----------------------------------------------------------------------------------------------------------


def values(root: Path, helm: str, **files: str) -> object:
    """What the templates of a chart see, really rendered; or the gap that is told."""
    more = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    tree = {"apps/web.yaml": application("charts/web", helm), **CHART, **more}
    sources = Sources(write(root, tree))
    seen = see(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True)
    (view,) = seen.views
    if not view.objects:
        return [gap.reason for gap in seen.unseen]
    (rendered,) = view.objects
    data = json.loads(rendered.data["data"]["values"])
    # What is merged here is what Helm sees.
    assert view.releases["web"].merged == data
    return {key: value for key, value in data.items() if key not in ("list", "replicas") or value not in ([], 1)}


@pytest.mark.parametrize(
    ("helm", "expected"),
    [
        ("helm:\n  parameters: [{name: a, value: '2'}]", {"a": 2}),
        ("helm:\n  parameters: [{name: a, value: '2', forceString: true}]", {"a": "2"}),
        ("helm:\n  parameters: [{name: a.b, value: x}, {name: a.c, value: 'true'}]", {"a": {"b": "x", "c": True}}),
        ("helm:\n  parameters: [{name: 'l[1].c', value: x}]", {"l": [None, {"c": "x"}]}),
        ("helm:\n  parameters: [{name: list, value: '{a,1}'}]", {"list": ["a", 1]}),
        ("helm:\n  parameters: [{name: 's.a\\.b/c', value: 'x,y'}]", {"s": {"a.b/c": "x,y"}}),
        ("helm:\n  parameters: [{name: a, value: $ARGOCD_APP_NAME-$ARGOCD_APP_NAMESPACE}]", {"a": "web-ml"}),
        ("helm:\n  parameters: [{name: a, value: x}, {name: a, value: z}]", {"a": "z"}),
        ("helm:\n  parameters: [{name: a, value: x, forceString: true}, {name: a, value: z}]", {"a": "x"}),
        ("helm:\n  parameters: [{name: v, value: '3'}]\n  valueFiles: [../../values/prod.yaml]", {"v": 3, "w": 1}),
        ("helm:\n  valuesObject: {v: 5}\n  valueFiles: [/values/prod.yaml]", {"v": 5, "w": 1}),
        ("helm:\n  valuesObject: {v: 5}\n  values: '{w: 9}'\n  valueFiles: [/values/prod.yaml]", {"v": 5, "w": 1}),
        ("helm:\n  values: '{w: 9}'\n  parameters: [{name: w, value: a}]", {"w": "a"}),
        ("helm:\n  parameters: [{name: replicas, value: 'null'}]", {}),
        ("helm:\n  fileParameters: [{name: a, path: ../../values/text.yaml}]", {"a": "x: y\n"}),
        (
            "helm:\n  parameters: [{name: a, value: x}]\n  fileParameters: [{name: a, path: /values/text.yaml}]",
            {"a": "x: y\n"},
        ),
        ("helm:\n  ignoreMissingValueFiles: true\n  valueFiles: [none.yaml]\n  valuesObject: {v: 5}", {"v": 5}),
    ],
)
def test_what_a_chart_sees(tmp_path: Path, helm: str, expected: object) -> None:
    found = values(tmp_path, helm, values__prod="v: 1\nw: 1\n", values__text="x: y\n")
    assert found == expected


@pytest.mark.parametrize(
    ("helm", "needle", "words"),
    [
        ("parameters: [{name: v.x, value: '3'}]\n  valueFiles: [/values/prod.yaml]", "'3'", "no map"),
        ("parameters: [{name: 'l[0]', value: '3'}]\n  valueFiles: [/values/prod.yaml]", "'3'", "position of a list"),
        ("parameters: [{name: a, value: x}, {name: a.b, value: z}]", "z}", "no order"),
        ("parameters: [{name: a, value: $ARGOCD_APP_REVISION}]", "{name: a, value", "only known when Argo CD syncs"),
        ("parameters: [{name: 'a[', value: x}]", "{name: 'a[", "no path of values"),
        ("parameters: [{name: a, value: '1000000'}]", "'1000000'", "printed otherwise"),
        ("version: v2", "v2", "Helm 3"),
        ("valueFiles: ['https://example.com/values.yaml']", "'https", "an address"),
    ],
)
def test_what_cannot_be_told_of_a_chart_is_not_judged(tmp_path: Path, helm: str, needle: str, words: str) -> None:
    text = application("charts/web", f"helm:\n  {helm}")
    files = {"apps/web.yaml": text, "values/prod.yaml": "v: 1\nl: [1]\n", **CHART}
    (found,) = judge(tmp_path, files, (NOT_SEEN, DANGLING, "values/contract"), render=True)
    assert (found.rule, found.file, found.line, found.column) == (NOT_SEEN, "apps/web.yaml", *place(text, needle))
    assert words in found.message


@pytest.mark.parametrize(
    ("helm", "needle"),
    [("valueFiles: [none.yaml]", "none.yaml"), ("fileParameters: [{name: a, path: none.txt}]", "none.txt")],
)
def test_a_file_of_a_chart_that_is_not_there(tmp_path: Path, helm: str, needle: str) -> None:
    text = application("charts/web", f"helm:\n  {helm}")
    found: tuple[Finding, ...] = judge(tmp_path, {"apps/web.yaml": text, **CHART}, (DANGLING, NOT_SEEN), render=True)
    assert told(found) == [(DANGLING, "error", "apps/web.yaml", *place(text, needle))]


def test_without_one_of_its_values_files_nothing_is_judged_of_a_chart(tmp_path: Path) -> None:
    text = application("charts/web", "helm:\n  valueFiles: [none.yaml]")
    sources = Sources(write(tmp_path, {"apps/web.yaml": text, **CHART}))
    (view,) = see(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True).views
    assert (view.objects, view.built, view.releases["web"].layers) == ((), False, ())


def test_names_of_a_release(tmp_path: Path) -> None:
    helm = "helm: {releaseName: rel, namespace: other, skipTests: true}"
    files = {"apps/web.yaml": application("charts/web", helm), **CHART}
    (release,) = only(discovered(tmp_path, files)).releases
    assert (release.name, release.namespace, release.skip_tests) == ("rel", "other", True)


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: webs.example.com}
spec: {group: example.com}
"""


@pytest.mark.parametrize(
    ("helm", "applied"), [("", True), ("helm: {skipCrds: false}", True), ("helm: {skipCrds: true}", False)]
)
def test_definitions_of_a_chart_are_applied_unless_the_application_leaves_them_out(
    tmp_path: Path, helm: str, applied: bool
) -> None:
    files = {"apps/web.yaml": application("charts/web", helm), **CHART, "charts/web/crds/webs.yaml": CRD}
    sources = Sources(write(tmp_path, files))
    (view,) = see(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True).views
    assert view.built
    assert ("CustomResourceDefinition" in {one.ref.kind for one in view.objects}) == applied


def test_a_value_that_a_parameter_sets_is_wrong_where_the_parameter_is(tmp_path: Path) -> None:
    helm = (
        "targetRevision: 3.0.3\nchart: serving\nhelm:\n  parameters:\n"
        "    - {name: manager.resources.limits.memory, value: 1gb}\n"
        "    - {name: 'vizualization.image', value: x}\n"
    )
    text = application("''", helm, repository="https://hydrospheredata.github.io/hydro-serving/helm/")
    text = text.replace("    path: ''\n", "")
    found = judge(tmp_path, {"apps/web.yaml": text}, ("resources/quantity-invalid", "values/contract"), render=True)
    assert told(found) == [
        ("resources/quantity-invalid", "error", "apps/web.yaml", *place(text, "1gb")),
        ("values/contract", "warning", "apps/web.yaml", *place(text, "'vizualization.image'")),
    ]


FILLED = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: hydro, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list:
        elements:
          - {name: dev, heap: 512M}
          - {name: prod, heap: 2G}
  template:
    metadata: {name: 'hydro-{{ .name }}'}
    spec:
      project: ml
      source:
        repoURL: https://hydrospheredata.github.io/hydro-serving/helm/
        chart: serving
        targetRevision: 3.0.3
        helm:
          VALUES
      destination: {server: https://kubernetes.default.svc, namespace: 'ml-{{ .name }}'}
"""
GATEWAY = "resources: {limits: {memory: 1Gi}, requests: {cpu: 1, memory: 1Gi}}"


@pytest.mark.parametrize(
    ("values", "needle"),
    [
        (f"valuesObject: {{gateway: {{JAVA_XMX: '{{{{ .heap }}}}', {GATEWAY}}}}}", "2G"),
        (f"valuesObject: {{gateway: {{JAVA_XMX: '{{{{ .heap }}}}B', {GATEWAY}}}}}", "'{{ .heap }}B'"),
        (f"{{valuesObject: {{gateway: {{{GATEWAY}}}}}, parameters: [{{name: gateway.JAVA_XMX, value: 2G}}]}}", "2G}]"),
    ],
)
def test_fields_of_a_template_in_values(tmp_path: Path, values: str, needle: str) -> None:
    text = FILLED.replace(
        "helm:\n          VALUES", f"helm: {values}" if values[0] == "{" else f"helm:\n          {values}"
    )
    found = judge(tmp_path, {"set.yaml": text}, ("jvm/heap-over-limit", "jvm/size-syntax"), render=True)
    assert {(one.file, one.line, one.column) for one in found if "prod" in one.environments} == {
        ("set.yaml", *place(text, needle))
    }


@pytest.mark.parametrize(
    "values",
    ["values: 'gateway: {JAVA_XMX: {{ .heap }}}'", "valuesObject: {gateway: {env: [{name: A, value: '{{ .heap }}'}]}}"],
)
def test_fields_of_a_template_that_are_not_followed_are_said(tmp_path: Path, values: str) -> None:
    text = FILLED.replace("VALUES", values)
    sources = Sources(write(tmp_path, {"set.yaml": text}))
    found = discover(sources, DEFAULT).environments
    assert [one.unbuilt is not None and "field" in one.unbuilt.reason for one in found] == [True, True]


# Names ------------------------------------------------------------------------------------------------------------


def test_applications_of_one_name_are_told_apart_by_where_they_are_written(tmp_path: Path) -> None:
    files = {f"{cluster}/apps/web.yaml": application("k/prod") for cluster in ("east", "west")}
    found = discovered(tmp_path, {**files, **KUSTOMIZED})
    assert sorted(one.name for one in found.environments) == ["east/apps/web", "west/apps/web"]


def test_applications_of_one_name_in_one_folder_are_numbered(tmp_path: Path) -> None:
    files = {f"apps/{name}.yaml": application("k/prod") for name in ("one", "two")}
    found = discovered(tmp_path, {**files, **KUSTOMIZED})
    assert sorted(one.name for one in found.environments) == ["web", "web-2"]


# Patched by a kustomization ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patch", "rules"),
    [
        ("- {op: replace, path: /spec/source/path, value: k/prod}", [NOT_SEEN]),
        ("{kind: Application, metadata: {name: web}, spec: {source: {path: k/prod}}}", [NOT_SEEN]),
        ("- {op: add, path: /spec/syncPolicy, value: {automated: {}}}", [DANGLING]),
        ("- {op: add, path: /metadata/labels, value: {a: b}}", [DANGLING]),
    ],
)
def test_an_application_that_an_overlay_changes_is_not_judged_as_it_is_written(
    tmp_path: Path, patch: str, rules: list[str]
) -> None:
    remote(tmp_path, HOME)
    files = {
        "apps/base/kustomization.yaml": "resources: [web.yaml]\n",
        "apps/base/web.yaml": application("set-by-overlay"),
        "apps/prod/kustomization.yaml": (
            f"resources: [../base]\npatches:\n  - target: {{kind: Application, name: web}}\n    patch: |\n      {patch}\n"
        ),
    }
    found = judge(tmp_path, files, (DANGLING, NOT_SEEN))
    assert [(one.rule, one.file) for one in found] == [(rule, "apps/base/web.yaml") for rule in rules]


def test_a_generator_that_an_overlay_fills_is_not_empty(tmp_path: Path) -> None:
    made = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: web, namespace: argocd}\nspec:\n"
        "  generators: [{list: {elements: []}}]\n  template:\n    metadata: {name: web}\n"
        "    spec: {source: {repoURL: https://git.example.com/set-by-overlay, path: x, targetRevision: set-by-overlay}}\n"
    )
    files = {
        "base/kustomization.yaml": "resources: [set.yaml]\n",
        "base/set.yaml": made,
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
        "prod/p.yaml": (
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: web, namespace: argocd}\n"
            "spec: {generators: [{list: {elements: [{a: b}]}}]}\n"
        ),
    }
    (tmp_path / "one").mkdir()
    rules = ("argocd/generator-empty", "repo/floating-revision", NOT_SEEN)
    assert [one.rule for one in judge(tmp_path / "one", files, rules)] == [NOT_SEEN]
    del files["prod/kustomization.yaml"], files["prod/p.yaml"]
    assert "argocd/generator-empty" in [one.rule for one in judge(tmp_path / "two", files, rules)]
