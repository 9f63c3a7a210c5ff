"""Rules on a SealedSecret as a whole: each found where it says, its near miss silent, severities, precedence."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Finding
from tests.golden.trees import write
from tests.sealing_keys import certificate, not_rsa

from .small import judge, told

OBJECT_RULES = tuple(
    f"secrets/{name}"
    for name in (
        *("empty", "legacy-data", "type-keys", "template-name", "template-data", "noise", "cluster-wide"),
        *("scope-annotation", "namespace-missing", "non-string", "plain-secret"),
    )
)
PEM = "environments/plain/sealing.pem"
U = "__UNSEALED__"
A = "sealedsecrets.bitnami.com/"
HEAD = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n"
META = "metadata:\n  name: db\n  namespace: ml\n"
DATA = f"spec:\n  encryptedData:\n    k: {U}\n"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
needs_engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")


def annotated(*lines: str) -> str:
    return HEAD + META + "  annotations:\n" + "".join(f"    {line}\n" for line in lines) + DATA


def templated(text: str, keys: str = "k") -> str:
    data = "spec:\n  encryptedData:\n" + "".join(f"    {key}: {U}\n" for key in keys.split())
    return HEAD + META + data + "  template:\n" + text


def typed(name: str, keys: str, more: str = "") -> str:
    return templated(f"    type: {name}\n{more}", keys)


def template(text: str, keys: str = "user pass a-b") -> str:
    return templated(f"    data:\n      t: {json.dumps(text)}\n", keys)


def found(root: Path, text: str) -> list[tuple[str, str, int]]:
    return [
        (rule.removeprefix("secrets/"), severity, line)
        for rule, severity, _, line, _ in told(judge(root, {"db.yaml": text}, OBJECT_RULES))
    ]


Row = tuple[str, list[tuple[str, str, int]]]
EMPTY: list[Row] = [
    (HEAD + META + "spec:\n  encryptedData: {}\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData: []\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData: [a, b]\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData: AgB\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData:\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  template: {type: Opaque}\n", [("empty", "error", 6)]),
    (HEAD + META + "spec:\n  encryptedData: {}\n  template: {data: {}}\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData: {}\n  template: {type: kubernetes.io/tls}\n", [("empty", "error", 7)]),
    (HEAD + META + "spec:\n  encryptedData: {}\n  template: {data: {mode: fast}}\n", []),
    (HEAD + META + DATA, []),
]
LEGACY: list[Row] = [
    (HEAD + META + "spec:\n  data: AgB\n", [("legacy-data", "error", 7)]),
    (HEAD + META + DATA + "  data: AgB\n", [("legacy-data", "error", 9)]),
    (HEAD + META + DATA + "  data: null\n", []),
]
TYPES: list[Row] = [
    (typed("kubernetes.io/dockerconfigjson", "k"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/dockerconfigjson", ".dockercfg"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/dockercfg", ".dockerconfigjson"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/tls", "tls.crt"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/basic-auth", "user"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/ssh-auth", "ssh-public"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/service-account-token", "token"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/tls", "tls.crt", "    data: {tls.key: null}\n"), [("type-keys", "error", 10)]),
    (typed("kubernetes.io/dockerconfigjson", ".dockerconfigjson"), []),
    (typed("kubernetes.io/dockercfg", ".dockercfg"), []),
    (typed("kubernetes.io/tls", "tls.crt tls.key"), []),
    (typed("kubernetes.io/tls", "tls.key", "    data: {tls.crt: text}\n"), []),
    (typed("kubernetes.io/basic-auth", "username"), []),
    (typed("kubernetes.io/basic-auth", "password"), []),
    (typed("kubernetes.io/ssh-auth", "ssh-privatekey"), []),
    (typed("bootstrap.kubernetes.io/token", "k"), []),
    (typed("example.com/own", "k"), []),
    (typed("Opaque", "k"), []),
]  # fmt: skip
NAMES: list[Row] = [
    (templated("    metadata: {name: other, namespace: ml}\n"), [("template-name", "warning", 10)]),
    (templated("    metadata: {name: db, namespace: other}\n"), [("template-name", "warning", 10)]),
    (templated("    metadata: {name: db, namespace: ml}\n"), []),
    (templated("    metadata: {labels: {a: b}}\n"), []),
]
NOISE: list[Row] = [
    (HEAD + META + DATA + "status: {}\n", [("noise", "info", 9)]),
    (HEAD + META + "  creationTimestamp: null\n" + DATA, [("noise", "info", 6)]),
    (HEAD + META + "  creationTimestamp:\n" + DATA, [("noise", "info", 6)]),
    (HEAD + META + "  managedFields: []\n" + DATA, [("noise", "info", 6)]),
    (templated("    metadata:\n      creationTimestamp: null\n"), [("noise", "info", 11)]),
    (annotated(f"{APPLIED}: '{{}}'"), [("noise", "info", 7)]),
    (annotated(f"""{APPLIED}: '{{"kind": "Secret", "stringData": {{"a": "b"}}}}'"""), [("plain-secret", "error", 7)]),
    (HEAD + META + '  creationTimestamp: "2026-01-01T00:00:00Z"\n' + DATA, []),
    (annotated("status: ok"), []),
]
SCOPES: list[Row] = [
    (annotated(f'{A}cluster-wide: "true"'), [("cluster-wide", "warning", 7)]),
    (annotated(f'{A}namespace-wide: "true"'), []),
    (annotated(f'{A}namespace-wide: "True"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}namespace-wide: "yes"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}cluster-wide: "1"'), [("scope-annotation", "error", 7)]),
    (annotated(f"{A}cluster-wide: ' true'"), [("scope-annotation", "error", 7)]),
    (annotated(f"{A}cluster-wide: ''"), [("scope-annotation", "error", 7)]),
    (annotated(f"{A}cluster-wide: true"), [("scope-annotation", "error", 7)]),
    (annotated(f"{A}cluster-wide:"), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}cluster-wide: "false"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}namespacewide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}namespace_wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}Cluster-Wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}cluster-wid: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}manged: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}something: "true"'), [("scope-annotation", "warning", 7)]),
    (annotated('sealedsecret.bitnami.com/cluster-wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated('sealed-secrets.bitnami.com/namespace-wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated('bitnami.com/cluster-wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated('foo.bitnami.com/managed: "true"', 'example.com/cluster-wide: "true"'), []),
    (annotated('cluster-wide: "true"'), [("scope-annotation", "error", 7)]),
    (annotated(f'{A}managed: "true"', f'{A}patch: "true"', f'{A}skip-set-owner-references: "true"'), []),
    (annotated('argocd.argoproj.io/sync-wave: "-1"', "example.com/managed: 'x'"), []),
    (annotated(f'{A}namespace-wide: "true"', f'{A}cluster-wide: "true"'), [("scope-annotation", "warning", 7)]),
    (HEAD + META + f'  labels:\n    {A}cluster-wide: "true"\n' + DATA, [("scope-annotation", "error", 7)]),
    (templated(f'    metadata:\n      annotations:\n        {A}namespace-wide: "true"\n'), [("scope-annotation", "error", 12)]),
    (templated(f'    metadata:\n      annotations:\n        {A}namespace-wide: true\n'), [("scope-annotation", "error", 12)]),
    (templated(f'    metadata:\n      annotations:\n        {A}namespace-wide: "false"\n'), []),
    (templated(f'    metadata:\n      annotations:\n        {A}managed: "true"\n'), []),
    (annotated(f'{A}namespace-wide: "true"') + f'  template: {{metadata: {{annotations: {{{A}namespace-wide: "true"}}}}}}\n', []),
    # One mistake is one finding, though kubeseal writes the annotation twice.
    (annotated(f'{A}namespacewide: "true"') + f'  template: {{metadata: {{annotations: {{{A}namespace-wide: "true"}}}}}}\n',
     [("scope-annotation", "error", 7)]),
    (annotated(f'{A}namespacewide: "true"') + f'  template: {{metadata: {{annotations: {{{A}namespacewide: "true"}}}}}}\n',
     [("scope-annotation", "error", 7)]),
    (annotated(f'{A}namespace-wide: "true"') + f'  template: {{metadata: {{annotations: {{{A}namespacewide: "true"}}}}}}\n',
     [("scope-annotation", "warning", 11)]),
    (annotated(f'{A}namespace-wide: "True"') + f'  template: {{metadata: {{annotations: {{{A}namespace-wide: "true"}}}}}}\n',
     [("scope-annotation", "error", 7)]),
]  # fmt: skip
NAMESPACES: list[Row] = [
    (HEAD + "metadata:\n  name: db\n" + DATA, [("namespace-missing", "error", 3)]),
    (HEAD + f'metadata:\n  name: db\n  annotations: {{{A}namespace-wide: "true"}}\n' + DATA, [("namespace-missing", "error", 3)]),
    (HEAD + f'metadata:\n  name: db\n  annotations: {{{A}cluster-wide: "true"}}\n' + DATA, [("cluster-wide", "warning", 5)]),
    (HEAD + f'metadata:\n  name: db\n  annotations: {{{A}namespace-wide: "True"}}\n' + DATA, [("scope-annotation", "error", 5)]),
    (HEAD + META + DATA, []),
]  # fmt: skip
TEMPLATES: list[Row] = [
    (template("{{ .user }}:{{ .passwrod }}"), [("template-data", "error", 13)]),
    (template("{{ .a-b }}"), [("template-data", "error", 13)]),
    (template('{{ index . "a-c" }}'), [("template-data", "error", 13)]),
    (template('{{ env "HOME" }}'), [("template-data", "error", 13)]),
    (template("{{ .user.name }}"), [("template-data", "error", 13)]),
    (template("{{ .user"), [("template-data", "error", 13)]),
    (template("postgres://app:hunter22@db/ml"), [("template-data", "warning", 13)]),
    (template("user={{ .user }}\npassword: hunter22\n"), [("template-data", "warning", 13)]),
    (template('{{ printf "password=hunter22" }}'), [("template-data", "warning", 13)]),
    (templated("    data: {password: Zq8vKp2xLm4w}\n"), [("template-data", "warning", 10)]),
    (template("postgres://{{ .user }}:{{ .pass }}@db/ml"), []),
    (template("postgres://app:{{.pass}}@db/ml?password={{ .pass }}"), []),
    (template('{{ printf "password=%[2]s" .user .pass }}'), []),
    (template('{{ index . "a-b" }}'), []),
    (template('{{ .name | default "app" }}'), []),
    (template("{{ range .list }}{{ .name }}{{ end }}"), []),
    (template("{{ .t }}"), []),
    (templated("    data: {password: '{{ .k }}', mode: fast}\n"), []),
    (templated("    data: {k: null}\n"), []),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(text, expected, id=f"{name}-{number}")
        for name, rows in {
            "empty": EMPTY, "legacy": LEGACY, "types": TYPES, "names": NAMES, "noise": NOISE, "scopes": SCOPES,
            "namespaces": NAMESPACES, "templates": TEMPLATES,
        }.items()
        for number, (text, expected) in enumerate(rows)
    ],
)  # fmt: skip
def test_objects(tmp_path: Path, text: str, expected: list[tuple[str, str, int]]) -> None:
    assert found(tmp_path, text) == expected


def test_the_finding_on_both_scopes_names_the_one_that_wins(tmp_path: Path) -> None:
    text = annotated(f'{A}cluster-wide: "true"', f'{A}namespace-wide: "true"')
    (one,) = judge(tmp_path, {"db.yaml": text}, OBJECT_RULES)
    assert (one.rule, one.line) == ("secrets/scope-annotation", 8)
    assert any("secrets/cluster-wide" in related.message for related in one.related)


@pytest.mark.parametrize("profile", ["production", "staging", "dev"])
def test_no_profile_makes_a_mild_case_harsher(tmp_path: Path, profile: str) -> None:
    files = {
        ".hydrogitops.yaml": f"version: 1\nenvironments: {{plain: {{profile: {profile}}}}}\n",
        "db.yaml": annotated(f'{A}namespace-wide: "true"', f'{A}cluster-wide: "true"') + "status: {}\n",
    }
    severities = {one.rule: one.severity for one in judge(tmp_path, files, OBJECT_RULES)}
    assert severities == {"secrets/scope-annotation": "warning", "secrets/noise": "info"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ .a-b }}", '{{ index . "a-b" }}'),
        ("{{ .a.b }}", '{{ index . "a-b" }}'),
        ("{{ .usr }}", "user is meant"),
        ("{{ .nothing_like }}", "seal nothing_like"),
    ],
)
def test_the_way_out_of_a_template(tmp_path: Path, text: str, words: str) -> None:
    (one,) = judge(tmp_path, {"db.yaml": template(text)}, OBJECT_RULES)
    assert one.fix is not None
    assert words in one.fix.description


def test_a_template_of_several_lines_shows_each_spot(tmp_path: Path) -> None:
    text = templated(
        "    data:\n      t: |\n        user={{ .user }}\n        a={{ .a-b }}\n        x={{ .x }}\n", "user a-b"
    )
    (one,) = judge(tmp_path, {"db.yaml": text}, OBJECT_RULES)
    assert (one.rule, one.line) == ("secrets/template-data", 12)
    assert [(related.line, related.column) for related in one.related] == [(14, 14), (15, 14)]


@pytest.mark.parametrize("text", ["postgres://app:hunter22@db/ml", "password: hunter22", "{{ hunter22! }}"])
def test_nothing_of_a_template_is_said(tmp_path: Path, text: str) -> None:
    (one,) = judge(tmp_path, {"db.yaml": template(text)}, OBJECT_RULES)
    assert "hunter22" not in repr(one)


# Overlays and engines ---------------------------------------------------------------------------------------------

NO_NAMESPACE = HEAD + "metadata: {name: db}\n" + DATA
APPLICATION = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: prod, namespace: argocd}}\nspec:\n"
    "  project: default\n  source: {{repoURL: https://git.example.com/x.git, targetRevision: main, path: apps/prod}}\n"
    "  destination: {{server: https://kubernetes.default.svc{more}}}\n"
)


@pytest.mark.parametrize(
    ("files", "render", "expected"),
    [
        ({"apps/prod/kustomization.yaml": "resources: [db.yaml]\n"}, True, True),
        ({"apps/prod/kustomization.yaml": "resources: [db.yaml]\nnamespace: ml\n"}, True, False),
        # Not built: an overlay may fill it in.
        ({"apps/prod/kustomization.yaml": "resources: [db.yaml]\n"}, False, False),
        ({"app.yaml": APPLICATION.format(more=", namespace: ml")}, False, False),
        ({"app.yaml": APPLICATION.format(more="")}, False, True),
    ],
)
@needs_engines
def test_who_fills_a_namespace_in(tmp_path: Path, files: dict[str, str], *, render: bool, expected: bool) -> None:
    one = judge(tmp_path, {"apps/prod/db.yaml": NO_NAMESPACE, **files}, ("secrets/namespace-missing",), render=render)
    assert [(finding.rule, finding.file, finding.line) for finding in one] == (
        [("secrets/namespace-missing", "apps/prod/db.yaml", 3)] if expected else []
    )


@needs_engines
def test_what_kustomize_makes_a_text_of_opens(tmp_path: Path) -> None:
    """It writes annotations as texts, whatever they are in the file: the controller sees "true"."""
    files = {"db.yaml": annotated(f"{A}namespace-wide: true"), "kustomization.yaml": "resources: [db.yaml]\n"}
    assert judge(tmp_path, files, ("secrets/scope-annotation",), render=True) == ()
    assert judge(tmp_path, files, ("secrets/scope-annotation",), render=False) == ()


@needs_engines
def test_noise_is_found_in_the_file_of_a_renamed_object(tmp_path: Path) -> None:
    files = {"db.yaml": HEAD + META + "  creationTimestamp: null\n" + DATA + "status: {}\n"}
    files["kustomization.yaml"] = "resources: [db.yaml]\nnamePrefix: prod-\n"
    one = judge(tmp_path, files, ("secrets/noise",), render=True)
    assert [(finding.file, finding.line) for finding in one] == [("db.yaml", 6), ("db.yaml", 10)]


# The certificate --------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 28)


def until(year: int, month: int, day: int, hour: int = 0) -> str:
    return certificate(not_after=datetime(year, month, day, hour, tzinfo=UTC))[0].decode()


def certified(root: Path, files: dict[str, str], configuration: str = "") -> tuple[Finding, ...]:
    everything = {"db.yaml": HEAD + META + DATA, **files}
    if configuration:
        everything[".hydrogitops.yaml"] = f"version: 1\n{configuration}"
    write(root, everything)
    options = Options(only=frozenset(("secrets/certificate-expiry",)), render=False, today=TODAY)
    return cached_run([root], options, use=False).report.findings


@pytest.mark.parametrize(
    ("pem", "severity", "words"),
    [
        (until(2026, 11, 27, 23), "error", "expired"),
        (until(2026, 11, 28), "warning", "expires on 2026-11-28"),
        (until(2026, 12, 28), "warning", "expires on 2026-12-28"),
        (until(2026, 12, 28, 1), None, ""),
        (until(2036, 1, 1), None, ""),
        (until(2036, 1, 1) + until(2026, 1, 1), "warning", "one of 2"),
        (until(2026, 1, 1) + until(2036, 1, 1), "error", "expired"),
        (not_rsa()[0].decode(), "error", "RSA"),
        ("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n", "error", "read"),
        ("", "error", "read"),
    ],
)
def test_certificates(tmp_path: Path, pem: str, severity: str | None, words: str) -> None:
    one = certified(tmp_path, {PEM: pem})
    assert [(finding.severity, finding.file, finding.line) for finding in one] == (
        [(severity, PEM, 1)] if severity else []
    )
    assert all(words in finding.message for finding in one)


def test_no_certificate_is_no_finding_yet(tmp_path: Path) -> None:
    assert certified(tmp_path, {}) == ()


@pytest.mark.parametrize(("days", "expected"), [(7, 0), (90, 1)])
def test_the_days_that_are_left(tmp_path: Path, days: int, expected: int) -> None:
    rules = f"rules: {{secrets/certificate-expiry: {{parameters: {{days: {days}}}}}}}\n"
    assert len(certified(tmp_path, {PEM: until(2027, 1, 15)}, rules)) == expected


def test_the_certificate_that_the_configuration_names(tmp_path: Path) -> None:
    (one,) = certified(
        tmp_path, {"keys/prod.pem": until(2026, 1, 1)}, "environments: {plain: {certificate: keys/prod.pem}}\n"
    )
    assert one.file == "keys/prod.pem"
