"""Rules on values and on YAML itself: what is found, at which line and column, how grave, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from .small import BASE, CONFIGURATION, FOLDER, LAST, Told, judge, place, release, told

RULES = (
    "values/contract",
    "values/condition-not-boolean",
    "values/type-change",
    "values/yaml-trap",
    "values/duplicate-key",
)
CONTRACT, CONDITION, TYPE, TRAP, TWICE = RULES


def nest(dotted: str, value: str) -> str:
    """`a.b: value` as nested YAML."""
    keys = dotted.split(".")
    return "".join(f"{'  ' * depth}{key}:\n" for depth, key in enumerate(keys))[:-1] + f" {value}\n"


# A path, the text of its value, and what is told at which piece of the file: (rule, severity, piece).
FOUND = [
    ("global.postgresql.url", "postgres://db.example.com", CONTRACT, "error", "postgres://"),
    ("global.postgresql.url", "db.example.com:5432", CONTRACT, "error", "db.example.com:5432"),
    ("global.mongodb.url", "mongodb+srv://db.example.com/x", CONTRACT, "error", "mongodb+srv"),
    ("global.persistence.url", "s3.us-east-1.amazonaws.com", CONTRACT, "error", "s3.us"),
    ("global.registry.url", "https://docker.io/acme", CONTRACT, "error", "https"),
    ("global.persistence.mode", "local", CONTRACT, "error", "local"),
    ("global.mongodb.retry", "true", CONTRACT, "error", "true"),
    ("global.postgres.enabled", "{by: false}", CONTRACT, "error", "{by"),
    ("global.postgres.enabled", "[false]", CONTRACT, "error", "[false]"),
    ("global.postgres.enabled", "0", CONTRACT, "error", "0"),
    ("global.postgres.enabled", '"false"', CONDITION, "error", '"false"'),
    ("global.mongo.enabled", "'no'", CONDITION, "error", "'no'"),
    ("global.mongo.enabled", "~", CONDITION, "error", "~"),
    ("global.mongo.enabled", "", CONDITION, "error", "enabled"),
    ("manager.fullnameOverride", "x", CONTRACT, "error", "fullnameOverride"),
    ("manager.env", "[{name: A, value: b}]", CONTRACT, "error", "env"),
    ("gateway", "true", CONTRACT, "error", "true"),
    ("vizualization.image.full", "a:1", CONTRACT, "warning", "vizualization"),
    ("global.postgresql.enabled", "false", CONTRACT, "warning", "enabled"),
    ("manager.replicaCout", "2", CONTRACT, "warning", "replicaCout"),
    ("nothing.like.this", "2", CONTRACT, "warning", "nothing"),
    ("manager.replicaCount", '"2"', TYPE, "warning", '"2"'),
    ("manager.javaOpts", "[-Xmx1g]", CONTRACT, "error", "[-Xmx1g]"),
    ("manager.resources", "[]", TYPE, "warning", "[]"),
    ("minio.image.tag", "1.21", TYPE, "warning", "1.21"),
    ("minio.disableWebUI", '"false"', TYPE, "warning", '"false"'),
    ("minio.image.tag", "on", TRAP, "warning", "on"),
    ("minio.image.tag", "1.10", TRAP, "warning", "1.10"),
    ("postgresql.image.tag", "11.10", TRAP, "warning", "11.10"),
    ("manager.replicaCount", "010", TRAP, "warning", "010"),
    ("manager.nodeSelector.account", "012345678901", TRAP, "warning", "0123"),
    ("manager.nodeSelector.account", "123456789012", TRAP, "warning", "1234"),
    ("manager.nodeSelector.zone", "1e3", TRAP, "warning", "1e3"),
    ("manager.nodeSelector.big", "12345678901234567890", TRAP, "warning", "1234"),
    ("manager.nodeSelector.no", "x", TRAP, "warning", "no:"),
]

SILENT = [
    ("global.postgresql.url", "db.example.com"),
    ("global.postgresql.url", "TODO"),
    ("global.postgresql.url", '""'),
    ("global.mongodb.retry", '"true"'),
    ("global.persistence.mode", "s3"),
    ("global.alertmanager.enabled", "no"),
    ("manager.fullnameOverride", '""'),
    ("manager.env", "[]"),
    ("stat.resources", "{limits: {memory: 1Gi}}"),  # resources/dead-value speaks of it
    ("gateway.javaOpts", "-Xmx1g"),  # jvm/variable-unread
    ("sonar.awsCredentialSecret", "x"),  # hydrosphere/aws-credential-secret
    ("x-defaults.limit", "1Gi"),
    ("manager.nodeSelector.any.thing", "x"),
    ("manager.resources.limits.cpu", "1.10"),
    ("manager.replicaCount", "2"),
    ("minio.image.tag", '"1.10"'),
    ("postgresql.image.tag", '"11.14.0"'),
    ("minio.disableWebUI", "off"),
    ("minio.securityContext.runAsUser", "1000650000"),
    ("manager.javaOpts", ""),
]


@pytest.mark.parametrize(("path", "text", "rule", "severity", "needle"), FOUND)
def test_found(tmp_path: Path, path: str, text: str, rule: str, severity: str, needle: str) -> None:
    values = nest(path, text)
    assert told(judge(tmp_path, release(values), RULES)) == [(rule, severity, LAST, *place(values, needle))]


@pytest.mark.parametrize(("path", "text"), SILENT)
def test_silent(tmp_path: Path, path: str, text: str) -> None:
    assert told(judge(tmp_path, release(nest(path, text)), RULES)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("global.postgresql.url", "postgres://db.example.com"),
        ("global.alertmanager.enabled", '"false"'),
        ("manager.replicaCount", '"2"'),
    ],
)
def test_what_a_later_layer_replaces_is_no_fault(tmp_path: Path, path: str, text: str) -> None:
    better = {
        "global.postgresql.url": "db.example.com",
        "global.alertmanager.enabled": "false",
        "manager.replicaCount": "2",
    }
    assert told(judge(tmp_path, release(nest(path, better[path]), nest(path, text)), RULES)) == []
    other = tmp_path / "other"
    bad = nest(path, text)
    (found,) = told(judge(other, release("{}\n", bad), RULES))
    assert found[2:] == (BASE, *place(bad, text))


def test_only_the_shortest_unknown_path_is_told(tmp_path: Path) -> None:
    values = "managr:\n  replicaCount: 2\n  image: {fulll: x}\n"
    (found,) = judge(tmp_path, release(values), RULES)
    assert (found.line, found.column, found.severity) == (1, 1, "warning")
    assert "did you mean manager?" in found.message
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ["manager"]


@pytest.mark.parametrize(
    ("values", "needle"),
    [
        ('global:\n  mongodb:\n    username: hydro\n    database: ""\n', '""'),
        ("global:\n  mongodb:\n    username:\n    database: hydro\n", "username"),
    ],
)
def test_half_of_a_pair_is_told_once_at_the_empty_one(tmp_path: Path, values: str, needle: str) -> None:
    (found,) = told(judge(tmp_path, release(values), (CONTRACT,)))
    assert found == (CONTRACT, "error", LAST, *place(values, needle))


OUTSIDE = "global: {%s: {enabled: false}, %s: {url: %s}}\n"


@pytest.mark.parametrize(
    ("switch", "section", "url"),
    [
        ("postgres", "postgresql", "db.example.com"),
        ("mongo", "mongodb", "db.example.com"),
        ("dockerRegistry", "registry", "docker.io/acme"),
    ],
)
def test_a_service_that_is_switched_off_needs_one_outside(tmp_path: Path, switch: str, section: str, url: str) -> None:
    """Told where its address is missing or empty; an open answer, or the service left on, is none of it."""

    def found(number: int, last: str, base: str = "{}\n") -> list[Told]:
        return told(judge(tmp_path / str(number), release(last, base), RULES))

    off = nest(f"global.{switch}.enabled", "false")
    empty = OUTSIDE % (switch, section, '""')
    assert found(0, OUTSIDE % (switch, section, url)) == []
    assert found(1, OUTSIDE % (switch, section, "TODO")) == []
    assert found(2, nest(f"global.{switch}.enabled", "true")) == []
    assert found(3, off, nest(f"global.{section}.url", url)) == []
    assert found(4, empty) == [(CONTRACT, "error", LAST, *place(empty, '""'))]
    assert found(5, off) == [(CONTRACT, "error", LAST, 1, 1)]
    assert found(6, "global:\n  ui: {}\n", off) == [(CONTRACT, "error", BASE, 1, 1)]
    assert found(7, nest(f"global.{section}.url", "~"), empty.replace('""', url)) == [
        (CONTRACT, "error", LAST, *place(nest(f"global.{section}.url", "~"), "~"))
    ]


def test_a_service_under_the_name_that_is_called_will_do(tmp_path: Path) -> None:
    files = release(nest("global.postgres.enabled", "false"))
    files[f"{FOLDER}/kustomization.yaml"] += "resources: [service.yaml]\n"
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {type: ExternalName, externalName: db.local}\n"
    )
    files[f"{FOLDER}/service.yaml"] = service % "hydro-postgresql"
    assert told(judge(tmp_path / "a", files, RULES)) == []
    files[f"{FOLDER}/service.yaml"] = service % "hydro-postgres"
    assert told(judge(tmp_path / "b", files, RULES)) == [(CONTRACT, "error", LAST, 1, 1)]


def test_a_mended_form_is_offered(tmp_path: Path) -> None:
    cases = {
        "global.postgresql.url": ("postgres://db.example.com:5432/x", "db.example.com"),
        "global.registry.url": ("https://docker.io/acme/", "docker.io/acme"),
        "global.persistence.url": ("s3.us-east-1.amazonaws.com", "https://s3.us-east-1.amazonaws.com"),
        "global.mongodb.retry": ("true", '"true"'),
        "global.mongo.enabled": ('"false"', "false"),
    }
    for number, (path, (text, mended)) in enumerate(cases.items()):
        (found,) = judge(tmp_path / str(number), release(nest(path, text)), RULES)
        assert found.fix is not None
        assert [edit.text for edit in found.fix.edits] == [mended]


def test_no_message_repeats_a_password_in_an_address(tmp_path: Path) -> None:
    for number, path in enumerate(("global.postgresql.url", "global.persistence.url", "global.registry.url")):
        (found,) = judge(tmp_path / str(number), release(nest(path, "https://u:hunter22@host/x")), (CONTRACT,))
        assert "hunter22" not in repr(found)


def test_a_chart_without_a_contract_is_held_against_its_own_defaults(tmp_path: Path) -> None:
    files = {
        CONFIGURATION: "version: 1\nenvironments:\n  app: {profile: dev}\n",
        "app/kustomization.yaml": (
            "helmGlobals: {chartHome: ../charts}\nhelmCharts:\n  - {name: app, releaseName: a, valuesFile: values.yaml}\n"
        ),
        "charts/app/Chart.yaml": (
            "apiVersion: v2\nname: app\nversion: 1.0.0\n"
            'dependencies:\n  - {name: db, version: "*", condition: db.enabled}\n'
        ),
        "charts/app/values.yaml": (
            "replicas: 1\ntag: 9.6\nlabels: {a: b}\nport: 80\nhost: ''\nname: x\ntls: false\ncpu: 1\ndb: {size: 8Gi}\n"
            "resources: {limits: {cpu: 50m, memory: 1Gi, example.com/gpu: 1}, requests: {cpu: 1, memory: 64Mi}}\n"
        ),
        "charts/app/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
        "charts/app/charts/db/values.yaml": "enabled: true\nusers: []\n",
        "app/values.yaml": (
            'replicas: "2"\ntag: 11.14.0\nlabels: []\nport: http\nhost: 8080\nname: 8\ntls: "no"\ncpu: 500m\n'
            'resources: {limits: {cpu: 1, memory: true, example.com/gpu: "1"}, requests: {cpu: "2", memory: 1e9}}\n'
            'anything: {goes: 1}\ndb:\n  enabled: "false"\n  size: 8\n  users: {a: b}\n'
        ),
    }
    text = files["app/values.yaml"]
    warnings = ['"2"', "true", "[]", "8\ntls", '"no"', "8\n  users", "{a: b}"]
    expected = [(TYPE, "warning", "app/values.yaml", *place(text, needle)) for needle in warnings]
    expected.append((CONDITION, "error", "app/values.yaml", *place(text, '"false"')))
    assert sorted(told(judge(tmp_path, files, RULES))) == sorted(expected)


def manifest(body: str) -> dict[str, str]:
    return {"app.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: ml}}\n{body}"}


@pytest.mark.parametrize(
    ("body", "needles"),
    [
        ("data: {a: yes, b: 'yes', c: true}\n", ["yes"]),
        ("data:\n  version: 1.10\n  ratio: 0.50\n", ["1.10", "0.50"]),
        ("data:\n  on: x\n  0777: x\n", ["on: x", "0777"]),
        ("spec: {tolerations: [{key: a, value: no}]}\n", ["no}"]),
        ("spec: {suspend: yes, replicas: 010, defaultMode: 0644, privileged: on, hostNetwork: n}\n", ["010"]),
        ("spec: {ratio: 1.0, weight: 0.50, version: 1.0}\n", ["1.0}"]),
        ("spec: {resources: {limits: {cpu: 010}}, sizeLimit: 010}\n", []),
        ("spec: {uid: 9223372036854775807}\n", []),
        (
            "spec: {buckets: [0.5, 1.0, 2.0], versions: [1.0, 2.1], mixed: [3.0, a], one: [4.0], even: [5.10, 6.1]}\n",
            ["1.0, 2.1", "3.0", "4.0", "5.10"],
        ),
    ],
)
def test_traps_in_manifests(tmp_path: Path, body: str, needles: list[str]) -> None:
    files = manifest(body)
    expected = [(TRAP, "warning", "app.yaml", *place(files["app.yaml"], needle)) for needle in needles]
    assert told(judge(tmp_path, files, RULES)) == expected


def test_traps_in_patches_go_by_the_path_of_the_operation(tmp_path: Path) -> None:
    patch = "- {op: replace, path: /spec/suspend, value: yes}\n- {op: replace, path: /data/a, value: yes}\n"
    files = {"kustomization.yaml": "patches:\n  - {path: p.yaml, target: {kind: Job}}\n", "p.yaml": patch}
    assert told(judge(tmp_path, files, (TRAP,))) == [(TRAP, "warning", "p.yaml", *place(patch, "yes", 2))]


def test_off_as_a_severity_is_no_trap(tmp_path: Path) -> None:
    files = {
        **manifest("data: {a: b}\n"),
        CONFIGURATION: "version: 1\nrules:\n  resources/cpu-limit: {severity: off}\n",
    }
    assert told(judge(tmp_path, files, (TRAP,))) == []


def test_a_trap_below_the_name_of_a_credential_keeps_its_text(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, release(nest("global.postgresql.password", "0123")), (TRAP,))
    assert not {"0123", "83"} & set(found.message.replace("`", " ").split())
    assert "0123" not in repr(found)
    assert found.fix is not None
    assert found.fix.edits == ()


def test_a_trap_in_a_credential_of_the_contract_keeps_its_text(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, release(nest("mongodb.replicaSet.key", "0123456")), (TRAP,))
    assert "0123456" not in repr(found)


def test_a_trap_speaks_before_the_type(tmp_path: Path) -> None:
    values = nest("minio.image.tag", "yes")
    assert told(judge(tmp_path, release(values), RULES)) == [(TRAP, "warning", LAST, *place(values, "yes"))]
    assert told(judge(tmp_path, release(values), (TYPE,))) == [(TYPE, "warning", LAST, *place(values, "yes"))]


def test_a_key_that_is_written_twice_silences_what_is_below_it(tmp_path: Path) -> None:
    values = 'manager:\n  replicaCount: 2\n  replicaCount: "3"\n'
    assert told(judge(tmp_path, release(values), RULES)) == [(TWICE, "error", LAST, 3, 3)]


def test_every_repetition_of_a_key_is_told_at_its_own_place(tmp_path: Path) -> None:
    files = manifest("data:\n  a: x\n  a: y\n  a: z\n")
    assert told(judge(tmp_path, files, (TWICE,))) == [
        (TWICE, "error", "app.yaml", 6, 3),
        (TWICE, "error", "app.yaml", 7, 3),
    ]


def test_keys_of_different_types_are_one_key(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, manifest('data:\n  80: x\n  "80": y\n'), (TWICE,))
    assert (found.line, found.column) == (6, 3)
    assert "from run to run" in found.message


def test_what_nothing_refers_to_is_not_judged(tmp_path: Path) -> None:
    files = {**manifest("data: {a: b}\n"), "notes.yaml": "a: yes\na: no\n"}
    assert told(judge(tmp_path, files, RULES)) == []
