"""Rules on credentials: what is one, what only names one, and that no report ever holds the text of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hydrogitops.secrets.plaintext import (
    is_secret_key,
    known_secret,
    literal,
    names_credential,
    placeholder,
    random_text,
)

from .small import FOLDER, LAST, judge, place, release, told
from .test_values import nest

PLAINTEXT, SECRET, PLACEHOLDER = "secrets/plaintext-in-values", "secrets/plain-secret", "secrets/placeholder"
WORD = "Zq8vKp2xLm4w"
RANDOM = "q7Rk2vX9mZ4tB8nW3cY6pL1s"
SEALED_BY_SOPS = "ENC[AES256_GCM,data:abcd,type:str]"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2


@pytest.mark.parametrize(
    ("path", "value", "severity"),
    [
        ("global.postgresql.password", WORD, "error"),
        ("global.postgresql.password", "12345", "error"),
        ("global.postgresql.password", "hydr0s3rving", "error"),
        ("global.persistence.secretKey", "my-secret-key", "error"),
        ("mongodb.replicaSet.key", "T3R6UkNld204SA==", "error"),
        ("ui.anything.dbPassword", WORD, "error"),
        ("ui.anything.API_TOKEN", WORD, "error"),
        ("ui.anything.clientSecret", WORD, "error"),
        ("ui.anything.url", f"postgres://u:{WORD}@h/db", "error"),
        ("ui.anything.options", f"--verbose --password={WORD}", "error"),
        ("ui.anything.anything", GITHUB, "error"),
        ("ui.anything.anything", RANDOM, "warning"),
        ("manager.javaOpts", f'"-Xmx1g -Ddb.password={WORD}"', "error"),
    ],
)
def test_a_credential_in_values(tmp_path: Path, path: str, value: str, severity: str) -> None:
    values = nest(path, value)
    (found,) = judge(tmp_path, release(values), (PLAINTEXT,))
    assert told((found,)) == [(PLAINTEXT, severity, LAST, *place(values, value))]
    text = value.strip('"')
    assert text not in repr(found)
    assert WORD not in repr(found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("global.postgresql.password", '""'),
        ("global.postgresql.password", ""),
        ("global.mongodb.password", "in-a-sealed-secret"),
        ("global.mongodb.password", "__SEALED__"),
        ("global.postgresql.password", "CHANGEME"),
        ("global.postgresql.password", '"${DB_PASSWORD}"'),
        ("global.postgresql.password", "vault:secret/db#password"),
        ("global.postgresql.password", "ENC[AES256_GCM,data:abcd,type:str]"),
        ("global.postgresql.existingSecret", "hydro-postgresql"),
        ("ui.anything.automountServiceAccountToken", "true"),
        ("ui.anything.passwordFile", "/run/secrets/db"),
        ("ui.anything.secretKey", "postgresql-password"),
        ("ui.anything.maxTokens", "4096"),
        ("ui.anything.tokenTtl", "3600"),
        ("ui.anything.imagePullSecrets", "[{name: registry}]"),
        ("ui.image.full", "registry.example.com/ui@sha256:" + "0123456789abcdef" * 4),
        ("ui.anything.checksum", "0123456789abcdef" * 4),
        ("ui.anything.bucket", "acme-prod-feature-lake-2026-eu"),
        (
            "ui.anything.certificate",
            "arn:aws:acm:us-east-1:123456789012:certificate/6a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        ),
        ("ui.anything.options", '"-Dfile=$(cat /run/x) --token-ttl=1h"'),
        ("ui.expiry.idTokens", "24h"),
        ("ui.env.OPENAI_API_KEY", "not-needed"),
        ("ui.basicAuth.password", "noauth"),
        ("ui.expiry.signingKeys", "1h30m"),
        ("ui.users.sudo", "ALL=(ALL) NOPASSWD:ALL"),
        ("ui.anything.secretKeys.password", "db-password"),
        ("ui.anything.existingSecretKeys.clientSecret", "client_secret"),
        ("ui.anything.oidcSecretKeys.clientSecret", "CLIENT_SECRET"),
        ("ui.anything.secretRef.keys.secretAccessKey", "S3_PASSWORD"),
        ("ui.anything", "{existingSecret: db, secretKey: jwtSecret}"),
        ("ui.anything", "{secretName: db, secretKey: connection-string}"),
    ],
)
def test_what_only_names_a_credential(tmp_path: Path, path: str, value: str) -> None:
    assert told(judge(tmp_path, release(nest(path, value)), (PLAINTEXT,))) == []


@pytest.mark.parametrize(
    ("path", "value", "severity"),
    [
        ("ui.anything", f"{{existingSecret: '', secretKey: {WORD}}}", "error"),
        ("ui.anything", f"{{existingSecret: db, password: {WORD}}}", "error"),
        ("ui.anything", f"{{secret: __SEALED__, apiKey: {WORD}}}", "error"),
        ("ui.anything", f"{{existingSecret: db, secretKey: {RANDOM}}}", "warning"),
        ("ui.anything.secretKeys.password", RANDOM, "warning"),
        ("ui.anything.secretKeys.password", "'two words!'", "error"),
        ("ui.anything.secretKeys.password", GITHUB, "error"),
        ("ui.anything.password", "24h", "error"),
    ],
)
def test_a_credential_where_names_of_keys_are_kept(tmp_path: Path, path: str, value: str, severity: str) -> None:
    """What has not the look of a key's name, or too much of chance, is told there as well."""
    found = judge(tmp_path, release(nest(path, value)), (PLAINTEXT,))
    assert [(one.rule, one.severity) for one in found] == [(PLAINTEXT, severity)]


def test_a_variable_is_judged_by_its_name(tmp_path: Path) -> None:
    values = (
        "ui:\n  env:\n"
        f"    - {{name: LOG_LEVEL, value: {WORD}}}\n"
        f"    - {{name: DB_PASSWORD, value: {WORD}}}\n"
        "    - {name: API_TOKEN, valueFrom: {secretKeyRef: {name: ui, key: token}}}\n"
    )
    expected = (PLAINTEXT, "error", LAST, *place(values, WORD, 2))
    assert told(judge(tmp_path, release(values), (PLAINTEXT,))) == [expected]


def test_a_later_layer_does_not_hide_what_is_in_git(tmp_path: Path) -> None:
    secret, other = nest("global.postgresql.password", WORD), nest("global.postgresql.password", '""')
    (found,) = judge(tmp_path, release(other, secret), (PLAINTEXT,))
    assert found.file == "envs/prod/base.yaml"


@pytest.mark.parametrize(
    ("held", "way_out"),
    [
        (None, "into a SealedSecret hydro-postgresql with the key postgresql-password"),
        ("__UNSEALED__", "hydrogitops seal --env prod hydro-postgresql postgresql-password"),
        ("AgB" + "Qx7z" * 100, "hydrogitops seal --env prod --replace hydro-postgresql postgresql-password"),
    ],
)
def test_the_fix_seals_the_key_that_the_chart_reads(tmp_path: Path, held: str | None, way_out: str) -> None:
    files = release(nest("global.postgresql.password", WORD))
    if held is not None:
        files[f"{FOLDER}/kustomization.yaml"] += "resources: [db.yaml]\n"
        files[f"{FOLDER}/db.yaml"] = sealed(held, name="hydro-postgresql", key="postgresql-password")
    (found,) = judge(tmp_path, files, (PLAINTEXT,))
    assert found.fix is not None
    assert found.fix.description.endswith(way_out)
    assert found.fix.edits == ()


def test_a_dead_key_with_a_credential_is_told_as_a_credential(tmp_path: Path) -> None:
    values = nest("global.dockerRegistry.password", WORD)
    expected = (PLAINTEXT, "error", LAST, *place(values, WORD))
    assert told(judge(tmp_path, release(values), (PLAINTEXT, "values/contract"))) == [expected]


HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ml}\n"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"{HEAD}data: {{password: Y29ycmVjdA==}}\n", [(4, 1)]),
        (f"{HEAD}stringData:\n  password: {WORD}\n", [(4, 1)]),
        (f"{HEAD}data: {{a: Yg==}}\nstringData: {{c: d}}\n", [(4, 1), (5, 1)]),
        (f"{HEAD}data: {{}}\n", []),
        (HEAD, []),
        (f"{HEAD}stringData: {{password: ''}}\n", []),
        (f"{HEAD}stringData: {{password: '${{DB_PASSWORD}}'}}\n", []),
        (f"{HEAD}stringData: {{password: <path:secret/data/db#password>}}\n", []),
        (f"{HEAD}data: {{password: 'ENC[AES256_GCM,data:x,type:str]'}}\nsops: {{version: 3.9.0}}\n", []),
        ("apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: a}\n"
         "    data: {a: Yg==}\n", [(7, 5)]),
        ("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a, namespace: b}\n"
         "spec: {encryptedData: {a: AgB}}\n", []),
        # The API server refuses these, and everybody can read them.
        (f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {WORD}\n", [(4, 1)]),
        (f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata: [{WORD}]\n", [(4, 1)]),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\nstringData: ''\n", []),
    ],
)  # fmt: skip
def test_plain_secrets(tmp_path: Path, text: str, places: list[tuple[int, int]]) -> None:
    found = judge(tmp_path, {"secret.yaml": text}, (SECRET,))
    assert told(found) == [(SECRET, "error", "secret.yaml", *place) for place in places]
    assert WORD not in repr(found)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"{HEAD}stringData:\n  password: '{WORD}\n", [(4, 1)]),
        (f"{HEAD}data: {{password: @{WORD}}}\n", [(4, 1)]),
        (f"{{kind: Secret, stringData: {{password: '{WORD}\n", [(1, 16)]),
        (f"{HEAD}type: Opaque\nstringData:  # of the database\n  password: *{WORD}\n", [(5, 1)]),
        (f"a: b\n---\n{HEAD}stringData:\r\n\tpassword: {WORD}\n", [(6, 1)]),
        (f"{HEAD.replace('Secret', 'SealedSecret')}data: {{password: @{WORD}}}\n", []),
        (f"{HEAD.replace('Secret', 'ConfigMap')}data: {{password: @{WORD}}}\n", []),
        (f"{HEAD}data:\ntype: [\n", []),
        (f"{HEAD}data: {{}}\ntype: [\n", []),
        # A template of something.
        (f"{HEAD}stringData:\n  password: {{{{ .password }}}}\n  other: '{WORD}\n", []),
    ],
)
def test_a_secret_that_cannot_be_read(tmp_path: Path, text: str, places: list[tuple[int, int]]) -> None:
    found = judge(tmp_path, {"secret.yaml": text}, (SECRET,))
    assert told(found) == [(SECRET, "error", "secret.yaml", *place) for place in places]
    assert WORD not in repr(found)
    both = judge(tmp_path, {"secret.yaml": text}, (SECRET, "repo/yaml"))
    assert SECRET not in [one.rule for one in both]


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("s3:${ENDPOINT}/restic/${APP}", 0),
        ("${USER}:${PASSWORD}", 0),
        ("postgres://web:${PASSWORD}@db/web", 0),
        (f"{WORD}${{SALT}}", 1),
        (f"postgres://web:{WORD}@${{HOST}}/web", 1),
        (f"token={RANDOM} ${{APP}}", 1),
    ],
)
def test_variables_in_a_secret_are_what_it_holds(tmp_path: Path, value: str, count: int) -> None:
    """Flux fills them in: around them may stand what is no secret."""
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData:\n  a: '{value}'\n  b: ${{B}}\n"
    assert len(judge(tmp_path, {"a.yaml": text}, (SECRET,))) == count


def test_a_secret_in_the_annotation_of_kubectl(tmp_path: Path) -> None:
    applied = json.dumps({"kind": "Secret", "stringData": {"password": WORD}})
    harmless = json.dumps({"kind": "ConfigMap", "data": {"a": "b"}})
    key = "kubectl.kubernetes.io/last-applied-configuration"
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: ml\n  annotations:\n"
    (found,) = judge(tmp_path, {"a.yaml": f"{head}    {key}: '{applied}'\n"}, (SECRET,))
    assert (found.line, found.column) == (7, 5)
    assert WORD not in repr(found)
    assert judge(tmp_path / "b", {"a.yaml": f"{head}    {key}: '{harmless}'\n"}, (SECRET,)) == ()


def test_a_secret_that_kustomize_makes_from_literals(tmp_path: Path) -> None:
    text = f"secretGenerator:\n  - name: db\n    literals: [password={WORD}]\n  - name: x\n    files: [tls.crt]\n"
    assert told(judge(tmp_path, {"kustomization.yaml": text}, (SECRET,))) == [
        (SECRET, "error", "kustomization.yaml", 3, 5)
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("secretGenerator:\n  - name: db\n    files: [password.txt]\n", 3),
        ("secretGenerator:\n  - name: db\n    files: [password=password.txt, ca.crt]\n", 3),
        ("secretGenerator:\n  - name: db\n    envs:\n      - db.env\n", 3),
        ("secretGenerator:\n  - name: db\n    env: db.env\n", 3),
        ("secretGenerator:\n  - name: db\n    files: [ca.crt]\n", 0),
        ("secretGenerator:\n  - name: db\n    files: [gone.txt]\n", 0),
        ("secretGenerator:\n  - name: db\n    files: [v.yaml=sealed.yaml, users.sops.toml, ./more/a.yaml]\n", 0),
        ("secretGenerator:\n  - name: db\n    files: [v.yaml=sealed.yaml, v.yaml=open.yaml]\n", 3),
        ("configMapGenerator:\n  - name: db\n    files: [password.txt]\n", 0),
        (
            "patches:\n  - patch: |\n      kind: Secret\n      metadata: {name: db}\n      stringData: {password: W}\n",
            2,
        ),
        (
            "patches:\n  - target: {kind: Secret}\n    patch: |\n      - {op: add, path: /data/password, value: Vw==}\n",
            3,
        ),
        ("patches:\n  - target: {kind: Secret}\n    patch: |\n      - {op: add, path: /data, value: {p: Vw==}}\n", 3),
        ("patches:\n  - target: {kind: Secret}\n    patch: |\n      - {op: remove, path: /data/password}\n", 0),
        ("patches:\n  - target: {kind: ConfigMap}\n    patch: |\n      - {op: add, path: /data/p, value: Vw==}\n", 0),
        ("patches:\n  - patch: |\n      $patch: delete\n      kind: Secret\n      metadata: {name: db}\n", 0),
        ("patches:\n  - patch: |\n      kind: Secret\n      metadata: {name: db, labels: {a: b}}\n", 0),
    ],
)
def test_a_secret_that_kustomize_makes_or_patches(text: str, line: int, tmp_path: Path) -> None:
    files = {"kustomization.yaml": text.replace("W}", f"{WORD}}}"), "password.txt": WORD, "db.env": WORD, "ca.crt": "x"}
    encrypted = f"a: {SEALED_BY_SOPS}\nb: as it is\nsops:\n  mac: {SEALED_BY_SOPS}\n"
    files |= {
        "sealed.yaml": encrypted,
        "more/a.yaml": encrypted,
        "users.sops.toml": "x",
        "open.yaml": "sops: [a]\nb: c\n",
    }
    found = judge(tmp_path, files, (SECRET,))
    assert [(one.file, one.line) for one in found] == ([("kustomization.yaml", line)] if line else [])
    assert WORD not in repr(found)


@pytest.mark.parametrize(
    ("value", "rule"), [("__UNSEALED__", "secrets/not-base64"), ("CHANGEME", "secrets/bad-prefix")]
)
def test_a_rule_that_is_off_silences_nothing(value: str, rule: str, tmp_path: Path) -> None:
    rules = ("secrets/placeholder", "secrets/not-base64", "secrets/bad-prefix", "secrets/too-short")
    off = 'version: 1\nrules: {secrets/placeholder: {severity: "off"}}\n'
    found = judge(tmp_path / "a", {"db.yaml": sealed(value), ".hydrogitops.yaml": off}, rules)
    assert [one.rule for one in found] == [rule]
    assert [one.rule for one in judge(tmp_path / "b", {"db.yaml": sealed(value)}, rules)] == ["secrets/placeholder"]


def sealed(value: str, *, name: str = "db", key: str = "password") -> str:
    return (
        f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: {name}, namespace: ml}}\n"
        f"spec:\n  encryptedData:\n    {key}: {value}\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        "__UNSEALED__",
        "CHANGEME",
        "TODO",
        '"<password>"',
        '"${DB_PASSWORD}"',
        "REPLACE_ME",
        "xxxxx",
        "AgBy...",
        "placeholder",
    ],
)
def test_placeholders(tmp_path: Path, value: str) -> None:
    files = {"db.yaml": sealed(value), "environments/plain/sealing.pem": "a certificate\n"}
    (found,) = judge(tmp_path, files, (PLACEHOLDER,))
    assert told((found,)) == [(PLACEHOLDER, "warning", "db.yaml", 6, 15)]
    assert found.fix is not None
    assert found.fix.description.endswith("hydrogitops seal --env plain db password")


@pytest.mark.parametrize(("certificate", "severity"), [(True, "error"), (False, "warning")])
def test_a_placeholder_in_production_is_an_error_once_there_is_a_certificate(
    tmp_path: Path, certificate: bool, severity: str
) -> None:
    files = {"db.yaml": sealed("__UNSEALED__")}
    files[".hydrogitops.yaml"] = "version: 1\nenvironments:\n  plain: {profile: production, certificate: the.pem}\n"
    if certificate:
        files["the.pem"] = "a certificate\n"
    assert [one.severity for one in judge(tmp_path, files, (PLACEHOLDER,))] == [severity]


def test_the_command_names_the_object_as_its_file_does(tmp_path: Path) -> None:
    files = {
        "envs/prod/kustomization.yaml": "namePrefix: eu-\nnamespace: ml\nresources: [db.yaml, mail.yaml]\n",
        "envs/prod/db.yaml": sealed("__UNSEALED__"),
        "envs/prod/mail.yaml": sealed("__UNSEALED__", name="mail"),
    }
    found = judge(tmp_path, files, (PLACEHOLDER,), render=True)
    commands = {str(one.fix.description).partition("seal --env")[2] for one in found if one.fix is not None}
    assert commands == {" prod db password", " prod mail password"}


def test_a_name_from_a_repository_is_no_shell_command(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, {"db.yaml": sealed("__UNSEALED__", key="'$(id)'")}, (PLACEHOLDER,))
    assert found.fix is not None
    assert found.fix.description.endswith("hydrogitops seal --env plain db '$(id)'")


def test_what_is_sealed_is_no_placeholder(tmp_path: Path) -> None:
    assert judge(tmp_path, {"db.yaml": sealed("AgB" + "Qx7z" * 100)}, (PLACEHOLDER,)) == ()


def test_a_placeholder_silences_the_open_answer_and_keeps_its_own_severity(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, {"db.yaml": sealed("TODO")}, (PLACEHOLDER, "hydrosphere/open-answer"))
    assert (found.rule, found.severity) == (PLACEHOLDER, "warning")


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "DB_PASS",
        "smtp_auth_password",
        "PGPASSWORD",
        "accessKeyId",
        "sshPrivateKey",
        "rootpw",
        "DB_PW",
        "token",
    ],
)
def test_names_of_credentials(key: str) -> None:
    assert names_credential(key)


@pytest.mark.parametrize(
    "key",
    [
        "existingSecret",
        "passwordSecretName",
        "tokenTtl",
        "maxTokens",
        "publicKey",
        "bypass",
        "key",
        "secretName",
        "mapw",
    ],
)
def test_names_of_something_else(key: str) -> None:
    assert not names_credential(key)


def test_words_about_a_credential_are_none() -> None:
    for text in ("none", "TODO: ask", "$(DB_PASSWORD)", "op://vault/item", "kept-elsewhere", "{{ .Values.x }}"):
        assert not literal(text), text
    assert placeholder("not-sealed-yet")
    assert not placeholder("sealed123")


def test_a_name_is_not_taken_for_chance() -> None:
    for text in (RANDOM, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY9", "9f86d081884c7d659a2feaa0c55ad015"):
        assert random_text(text, "anything"), text
    for text in ("hydro-serving-data-profiler", "HydrosphereServing2026Config", "ReadWriteOnceReadOnlyMany2"):
        assert not random_text(text, "anything"), text


def test_the_example_key_of_aws_is_known_to_everybody() -> None:
    assert known_secret("AKIAABCDEFGHIJKLMNOP")
    assert not known_secret("AKIAIOSFODNN7EXAMPLE")
    assert known_secret("AKIAIOSFODNN7EXAMPLE", examples=True)
    assert known_secret("AKIAIOSFODNN7EXAMPLE AKIAABCDEFGHIJKLMNOP")


@pytest.mark.parametrize("text", ["postgres://u:pass@h/db", "postgres://u:password@h/db", "API_KEY=abc"])
def test_a_weak_password_is_one(text: str) -> None:
    assert known_secret(text)


@pytest.mark.parametrize(
    "text", ["postgres://u:${PASS}@h/db", "postgres://u@h/db", "--password=", "--token=no", "SECRET_KEY=db-password"]
)
def test_an_address_or_option_without_one(text: str) -> None:
    assert not known_secret(text)


@pytest.mark.parametrize(
    "key", ["encryptionKey", "dbPass", "existingSecret", "passwordFile", "credentials", "tokenTtl"]
)
def test_below_whose_names_nothing_is_shown(key: str) -> None:
    assert is_secret_key(key)
