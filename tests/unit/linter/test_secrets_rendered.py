"""Credentials that show in what is applied: small charts that do what real ones do, and what patches make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.linter.rendering import Rendering
from hydrogitops.model import Finding, Report
from tests.golden.trees import write

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

RENDERED, DEFAULT = "secrets/plaintext-rendered", "secrets/default-credential"
VALUES = "envs/prod/values.yaml"
KUSTOMIZATION = "envs/prod/kustomization.yaml"
OWN = "global:\n  registry:\n    password: in-a-sealed-secret\n"
LINE = 3
"""Where OWN has the value."""

PASSWORD = "{{ .Values.global.registry.password }}"
ENCODED = "{{ .Values.global.registry.password | b64enc }}"


def config_map(text: str, *, name: str = "facts", more: str = "") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{more}data:\n  text: {text}\n"


def secret(text: str, kind: str = "data") -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: own}}\n{kind}:\n  text: {text}\n"


def deployment(container: str, annotations: str = "{}", initial: str = "[]") -> str:
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata:
      labels: {{app: web}}
      annotations: {annotations}
    spec:
      initContainers: {initial}
      containers:
        - {{name: side, image: side:1}}
        - name: main
          image: main:1
{container}"""


VARIABLE = f"          env:\n            - {{name: A, value: a}}\n            - {{name: PASS, value: '{PASSWORD}'}}\n"


def files(template: str, values: str = OWN, kustomization: str = "") -> dict[str, str]:
    """A chart that goes by the name of the one that is known, with a single template."""
    return {
        "charts/serving/Chart.yaml": "apiVersion: v2\nname: serving\nversion: 3.0.3\n",
        "charts/serving/values.yaml": "global:\n  registry:\n    password: example\n    user: example\n",
        "charts/serving/templates/all.yaml": template,
        KUSTOMIZATION: (
            "helmGlobals: {chartHome: ../../charts}\n"
            "helmCharts: [{name: serving, releaseName: hydro, namespace: ml, valuesFile: values.yaml}]\n"
            + kustomization
        ),
        VALUES: values,
    }


def report(root: Path, tree: dict[str, str], *rules: str) -> Report:
    write(root, tree)
    return cached_run([root], Options(only=frozenset(rules or (RENDERED, DEFAULT))), use=False).report


def judged(root: Path, tree: dict[str, str], *rules: str) -> tuple[Finding, ...]:
    made = report(root, tree, *rules)
    assert not made.incomplete
    assert not made.coverage.not_seen
    return made.findings


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments that were built once more."""
    names: list[str] = []
    probed = Rendering.probed

    def counted(self: Rendering, environments: object) -> object:
        names.extend(environment.name for environment in environments)  # type: ignore[attr-defined]
        return probed(self, environments)  # type: ignore[arg-type]

    monkeypatch.setattr(Rendering, "probed", counted)
    return names


@pytest.mark.parametrize(
    ("template", "where"),
    [
        (config_map(PASSWORD), "ConfigMap/facts, text"),
        (config_map(f"'login acme {PASSWORD}!'"), "ConfigMap/facts, text"),
        (config_map(f'|\n    url: "https://acme:{PASSWORD}@host/"'), "ConfigMap/facts, text"),
        (config_map(ENCODED), "ConfigMap/facts, text (base64)"),
        (config_map("{{ .Values.global.registry.password | b64enc | b64enc }}"), "facts, text (base64 in base64)"),
        (config_map('{{ printf "acme:%s" .Values.global.registry.password | b64enc }}'), "facts, text (base64)"),
        (config_map("{{ .Values.global.registry.password | upper }}"), "ConfigMap/facts, text"),
        (config_map('{{ .Values.global.registry.password | urlquery | printf "p=%s&q=1" | quote }}'), "facts, text"),
        (config_map("x", more=f"  annotations:\n    note: {PASSWORD}\n"), "facts, metadata.annotations.note"),
        (config_map("x", name=f"facts-{PASSWORD}"), "metadata.name"),
        (f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: facts}}\ndata: {{'{PASSWORD}': x}}\n", "ConfigMap/facts, "),
        (deployment(VARIABLE), "Deployment/web, variable PASS of main"),
        (deployment(f"          args: [run, '--password={PASSWORD}']\n"), "Deployment/web, args of main"),
        (deployment(f"          command: [sh, -c, 'login {PASSWORD}']\n"), "Deployment/web, command of main"),
        (deployment("", f"{{note: {PASSWORD}}}"), "web, spec.template.metadata.annotations.note"),
        (deployment("", initial=f"[{{name: first, image: a:1, args: ['{PASSWORD}']}}]"), "args of first"),
        (secret(ENCODED), "Secret/own, text (base64)"),
        (secret(PASSWORD, "stringData"), "Secret/own, text"),
        (f"apiVersion: v1\nkind: List\nitems:\n  - {secret(ENCODED).strip().replace(chr(10), chr(10) + '    ')}\n", "own, t"),
        (f"{{{{ if ne .Values.global.registry.password \"in-a-sealed-secret\" }}}}{config_map(PASSWORD)}{{{{ end }}}}", "facts"),
    ],
)  # fmt: skip
def test_wherever_a_chart_puts_it(template: str, where: str, tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, files(template))
    assert (finding.rule, finding.severity, finding.file, finding.line) == (RENDERED, "error", VALUES, LINE)
    assert where in finding.message
    assert finding.evidence == "rendered"


@pytest.mark.parametrize(
    "template",
    [
        config_map("{{ .Values.global.registry.user }}"),
        config_map("{{ .Values.global.registry.password | sha256sum }}"),
        config_map("'{{ len .Values.global.registry.password }}'"),
        deployment(
            "          env:\n            - name: PASS\n              valueFrom: {secretKeyRef: {name: s, key: p}}\n"
        ),
        "{{ if not .Values.global.registry.password }}" + config_map("x") + "{{ end }}",
    ],
)
def test_what_only_comes_near(template: str, tmp_path: Path, again: list[str]) -> None:
    assert judged(tmp_path, files(template + "\n---\n" + config_map("y", name="other"))) == ()
    assert again == []


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        ("{}\n", [DEFAULT]),
        ("global: {registry: {password: example}}\n", [DEFAULT]),
        ("global: {registry: {password: in-a-sealed-secret}}\n", [RENDERED]),
        ("global: {registry: {password: '${PASSWORD}'}}\n", [RENDERED]),
        ("global: {registry: {password: 12345}}\n", [RENDERED]),
        ("global: {registry: {password: ''}}\n", []),
        ("global: {registry: {password: null}}\n", []),
    ],
)
def test_what_the_value_is(values: str, rules: list[str], tmp_path: Path) -> None:
    template = config_map("{{ .Values.global.registry.password | quote }}")
    assert [finding.rule for finding in judged(tmp_path, files(template, values))] == rules


def test_a_default_is_no_default_where_another_field_says_the_same(tmp_path: Path) -> None:
    """`example` is the user's name as well: the text alone proves nothing."""
    template = config_map("'{{ .Values.global.registry.user }} {{ .Values.global.registry.password }}'")
    assert [finding.rule for finding in judged(tmp_path, files(template))] == [RENDERED]


def test_one_finding_a_credential_and_the_outside_first(tmp_path: Path) -> None:
    template = "\n---\n".join((secret(ENCODED), config_map(PASSWORD), deployment(VARIABLE)))
    (finding,) = judged(tmp_path, files(template))
    assert "ConfigMap/facts, text, and in 2 more" in finding.message


def test_the_harder_rule_speaks_and_the_text_is_never_shown(tmp_path: Path) -> None:
    values = "global:\n  registry:\n    password: correct-horse-battery\n"
    rules = ("secrets/plaintext-in-values", RENDERED, DEFAULT)
    made = report(tmp_path, files(config_map(PASSWORD), values), *rules)
    assert [finding.rule for finding in made.findings] == ["secrets/plaintext-in-values"]
    assert "correct-horse" not in str(made.to_json())


def test_without_the_rule_on_defaults_the_other_speaks(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, files(config_map(PASSWORD), "{}\n"), RENDERED)
    assert (finding.rule, finding.file) == (RENDERED, KUSTOMIZATION)


def test_a_secret_of_the_chart_without_any_credential_that_is_known(tmp_path: Path) -> None:
    (finding,) = judged(tmp_path, files(secret('{{ "x" | b64enc }}')))
    assert (finding.rule, finding.file) == (RENDERED, KUSTOMIZATION)
    assert "Secret/own" in finding.message


def test_a_secret_that_is_deleted_is_gone(tmp_path: Path, again: list[str]) -> None:
    patch = "patches: [{patch: '{$patch: delete, apiVersion: v1, kind: Secret, metadata: {name: own}}'}]\n"
    assert judged(tmp_path, files(secret(ENCODED), kustomization=patch)) == ()
    assert again == []


def test_a_chart_that_refuses_canaries_is_a_gap(tmp_path: Path) -> None:
    template = '{{ if hasSuffix "t" .Values.global.registry.password }}' + config_map(PASSWORD)
    template += '{{ else }}{{ fail "it ends in t" }}{{ end }}'
    made = report(tmp_path, files(template))
    assert made.findings == ()
    assert ["whether credentials show in what prod applies" in gap.what for gap in made.coverage.not_seen] == [True]


def test_nothing_is_rendered_twice_while_both_rules_are_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = files(config_map(PASSWORD))
    tree[".hydrogitops.yaml"] = (
        f'version: 1\nrules: {{{RENDERED}: {{severity: "off"}}, {DEFAULT}: {{severity: "off"}}}}\n'
    )
    from hydrogitops.linter import leaks

    monkeypatch.setattr(leaks, "layer", lambda values: pytest.fail("a layer of canaries was asked for"))
    assert judged(tmp_path, tree) == ()


def test_releases_are_told_apart(tmp_path: Path) -> None:
    tree = files(config_map("{{ .Values.global.registry.password }}", name="{{ .Release.Name }}"))
    tree[KUSTOMIZATION] = (
        "helmGlobals: {chartHome: ../../charts}\n"
        "helmCharts:\n"
        "  - {name: serving, releaseName: one, namespace: a, valuesFile: values.yaml}\n"
        "  - {name: serving, releaseName: two, namespace: b, valuesFile: other.yaml}\n"
    )
    tree["envs/prod/other.yaml"] = "global: {registry: {password: ''}}\n"
    (finding,) = judged(tmp_path, tree)
    assert "ConfigMap/one" in finding.message


# What patches make of it: (template, more of the kustomization, whether it shows, whether a second build was needed).
REFERENCE = (
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: main,"
    " env: [{name: PASS, value: null, valueFrom: {secretKeyRef: {name: s, key: p}}}]}]}}}}"
)
ENV = "/spec/template/spec/containers/1/env"


def patched(*patches: str, target: str = "Deployment") -> str:
    """JSON6902 patches, each the flow maps of its operations, then the one that lets PASS come from a Secret."""
    texts = [f"  - {{target: {{kind: {target}}}, patch: '[{one}]'}}\n" for one in patches]
    return "patches:\n" + "".join(texts) + f"  - {{patch: '{REFERENCE}'}}\n"


@pytest.mark.parametrize(
    ("template", "kustomization", "shows", "built_again"),
    [
        pytest.param(deployment(VARIABLE), patched(), False, False, id="by reference"),
        pytest.param(
            deployment(VARIABLE),
            patched(f'{{"op": "add", "path": "{ENV}/0", "value": {{"name": "B", "value": "b"}}}}'),
            False, False, id="by reference, after the list has moved",
        ),
        pytest.param(
            deployment(VARIABLE),
            patched(f'{{"op": "add", "path": "{ENV}/0", "value": {{"name": "B", "value": "in-a-sealed-secret"}}}}'),
            False, True, id="another variable says the same",
        ),
        pytest.param(
            deployment(VARIABLE), patched(f'{{"op": "replace", "path": "{ENV}/1/name", "value": "OTHER"}}'),
            True, True, id="variable renamed",
        ),
        pytest.param(
            deployment(VARIABLE),
            patched(f'{{"op": "copy", "from": "{ENV}/1/value", "path": "{ENV}/0/value"}}'),
            True, True, id="copied",
        ),
        pytest.param(
            deployment(VARIABLE),
            patched(f'{{"op": "move", "from": "{ENV}/1", "path": "/metadata/annotations"}}', target="Nothing"),
            False, True, id="a move that matches nothing",
        ),
        pytest.param(
            deployment(VARIABLE), patched(f'{{"op": "remove", "path": "{ENV}/1"}}'), False, False, id="removed",
        ),
        pytest.param(
            deployment(VARIABLE), patched(f'{{"op": "replace", "path": "{ENV}/1/value", "value": "other"}}'),
            False, False, id="another text",
        ),
        pytest.param(
            deployment(VARIABLE), patched(f'{{"op": "test", "path": "{ENV}/0/name", "value": "A"}}'),
            False, True, id="tested",
        ),
        pytest.param(
            deployment(VARIABLE), "namePrefix: x-\n" + patched(), False, True, id="names with a prefix",
        ),
        pytest.param(
            config_map(PASSWORD),
            "patches: [{target: {kind: ConfigMap}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\","
            " \"value\": \"other\"}]'}]\n",
            True, True, id="renamed",
        ),
        pytest.param(
            config_map(PASSWORD) + "---\n" + config_map("x", name="other"),
            "patches:\n  - {patch: '{$patch: delete, apiVersion: v1, kind: ConfigMap, metadata: {name: other}}'}\n"
            "  - {target: {name: facts}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\","
            " \"value\": \"other\"}]'}\n",
            True, True, id="renamed to one that is deleted",
        ),
        pytest.param(
            config_map(PASSWORD),
            "patches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: facts}, data: {text: x}}'}]\n"
            "configMapGenerator: [{name: own, literals: [a=b]}]\n",
            False, False, id="a generator of something else",
        ),
        pytest.param(
            config_map(PASSWORD) + "---\n" + config_map("x", name="other"),
            "replacements:\n  - source: {kind: ConfigMap, name: facts, fieldPath: data.text}\n"
            "    targets: [{select: {name: other}, fieldPaths: [data.text]}]\n",
            True, True, id="copied by a replacement",
        ),
        pytest.param(
            config_map(PASSWORD, more="  labels: {part: '{{ .Values.global.registry.password | trunc 2 }}'}\n"),
            "patches: [{target: {labelSelector: part=in}, patch: '{$patch: delete, apiVersion: v1, kind: ConfigMap,"
            " metadata: {name: facts}}'}]\n",
            True, True, id="deleted only for what its label says",
        ),
        pytest.param(
            config_map(f"{PASSWORD}\n{{{{ if eq .Values.global.registry.password \"in-a-sealed-secret\" }}}}"
                       "  more: x\n{{ end }}"),
            "patches: [{target: {kind: ConfigMap}, patch: '[{\"op\": \"replace\", \"path\": \"/data\", \"value\": {}}]'}]\n",
            False, True, id="another shape with another text",
        ),
    ],
)  # fmt: skip
def test_what_patches_leave(
    template: str, kustomization: str, shows: bool, built_again: bool, tmp_path: Path, again: list[str]
) -> None:
    assert [one.rule for one in judged(tmp_path, files(template, kustomization=kustomization))] == [RENDERED] * shows
    assert bool(again) is built_again


@pytest.mark.parametrize("name", ["patch.yaml", "patch.json", "patch.txt"])
@pytest.mark.parametrize(("operation", "shows"), [("copy", True), ("test", False)])
def test_a_patch_in_a_file_of_any_name(
    name: str, operation: str, shows: bool, tmp_path: Path, again: list[str]
) -> None:
    more = {"copy": f'"from": "{ENV}/1/value"', "test": '"value": "a"'}[operation]
    first = f"  - {{target: {{kind: Deployment}}, path: {name}}}\n"
    tree = files(deployment(VARIABLE), kustomization=patched().replace("patches:\n", f"patches:\n{first}"))
    tree[f"envs/prod/{name}"] = f'[{{"op": "{operation}", {more}, "path": "{ENV}/0/value"}}]\n'
    assert [one.rule for one in judged(tmp_path, tree)] == [RENDERED] * shows
    assert again == ["prod"]


@pytest.mark.parametrize(("literal", "shows"), [("more=x", True), ("text=x", False)])
def test_a_generator_that_merges_into_what_the_chart_made(
    literal: str, shows: bool, tmp_path: Path, again: list[str]
) -> None:
    """The name then ends in a hash of all that it holds, so that nothing of the old name is left."""
    tree = files(config_map(PASSWORD))
    tree["base/kustomization.yaml"] = tree[KUSTOMIZATION].replace("../../", "../").replace("values.yaml", "v.yaml")
    tree["base/v.yaml"] = tree.pop(VALUES)
    tree[KUSTOMIZATION] = (
        "resources: [../../base]\n"
        f"configMapGenerator: [{{name: facts, namespace: '', behavior: merge, literals: [{literal}]}}]\n"
    )
    assert [(one.rule, one.file) for one in judged(tmp_path, tree)] == [(RENDERED, "base/v.yaml")] * shows
    assert again == ["prod"]


def test_a_release_that_is_rendered_by_helm_alone(tmp_path: Path, again: list[str]) -> None:
    tree = files(deployment(VARIABLE))
    del tree[KUSTOMIZATION]
    tree["apps/prod.yaml"] = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: prod, namespace: argocd}
spec:
  project: ml
  source:
    repoURL: https://git.example.com/platform/prod.git
    path: charts/serving
    helm: {releaseName: hydro, valueFiles: [/envs/prod/values.yaml]}
  destination: {name: prod, namespace: ml}
"""
    (finding,) = judged(tmp_path, tree)
    assert (finding.rule, finding.file, finding.line) == (RENDERED, VALUES, LINE)
    assert again == []
