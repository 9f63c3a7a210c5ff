"""The table of `secrets`: the state of each key, what its record says, who reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hydrogitops.model import UserError
from hydrogitops.sealing.table import Row, table
from hydrogitops.secrets import certificates, records
from hydrogitops.secrets.records import Record
from hydrogitops.secrets.sealing import Scope, inspect, seal
from hydrogitops.source import emitting
from tests.golden.trees import write
from tests.sealing_keys import certificate

TODAY = date(2026, 11, 28)
NEW, _ = certificate(not_before=datetime(2026, 10, 1, tzinfo=UTC))
OLD, _ = certificate(not_before=datetime(2026, 9, 1, tzinfo=UTC), which=1)
FOREIGN, _ = certificate(which=2)
LARGE, _ = certificate(3072)
PLAINTEXT = b"correct-horse-battery"
PLACEHOLDER = "__UNSEALED__"


def sealed(pem: bytes = NEW, name: str = "db", scope: Scope = "strict") -> str:
    return seal(pem, PLAINTEXT, namespace="ml", name=name, scope=scope)


def sha256(pem: bytes) -> str:
    return certificates.read(pem)[0].sha256


def record(value: str, pem: bytes = NEW, name: str = "db", at: str = "2026-11-18", scope: Scope = "strict") -> Record:
    return Record(sha256(pem), scope, "ml", name, at, records.digest(value))


def secret(name: str, keys: dict[str, object], **annotations: str) -> str:
    return emitting.text(
        {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": {"name": name, "namespace": "ml", "annotations": dict(annotations)},
            "spec": {"encryptedData": keys, "template": {"metadata": {"name": name, "namespace": "ml"}}},
        }
    )


def repository(
    root: Path, objects: dict[str, str], recorded: dict[str, Record] | None = None, *, overlay: str = ""
) -> Path:
    """An environment `prod` that applies the objects, sealing with NEW and knowing OLD."""
    files = {f"envs/prod/{name}.yaml": text for name, text in objects.items()}
    files["envs/prod/kustomization.yaml"] = f"{overlay}resources: [{', '.join(f'{name}.yaml' for name in objects)}]\n"
    files["environments/prod/sealing.pem"] = NEW.decode()
    files["environments/prod/sealing-old/2026-09-01.pem"] = OLD.decode()
    if recorded is not None:
        files["environments/prod/sealed.json"] = records.write(recorded)
    return write(root, files)


def states(found: tuple[Row, ...]) -> dict[str, str]:
    return {f"{row.object}/{row.key}": row.state for row in found}


def strange() -> str:
    """For another key, which this value does not betray: some have a number that NEW could not have made."""
    return next(text for _ in range(1000) if inspect(text := sealed(FOREIGN), NEW).problem is None)


VALUE, OLDER, STRANGE = sealed(), sealed(OLD), strange()


@pytest.mark.parametrize(
    ("value", "recorded", "expected"),
    [
        (PLACEHOLDER, None, ("placeholder", None, "", "")),
        ("CHANGEME", None, ("placeholder", None, "", "")),
        (VALUE, record(VALUE), ("sealed", 10, sha256(NEW)[:8], "current")),
        (VALUE, record(VALUE, at="2027-01-01"), ("sealed", 0, sha256(NEW)[:8], "current")),
        (VALUE, None, ("sealed", None, "", "")),
        (VALUE, record("another value"), ("sealed", None, "", "")),
        (PLACEHOLDER, record("another value"), ("placeholder", None, "", "")),
        (OLDER, record(OLDER, OLD), ("stale", 10, sha256(OLD)[:8], "old")),
        (STRANGE, record(STRANGE, FOREIGN), ("stale", 10, sha256(FOREIGN)[:8], "unknown")),
        (VALUE, record(VALUE, name="other"), ("wrong label", 10, sha256(NEW)[:8], "current")),
        (VALUE, record(VALUE, scope="cluster-wide"), ("wrong label", 10, sha256(NEW)[:8], "current")),
        (sealed(LARGE), None, ("wrong certificate", None, "", "")),
        ("hello world", None, ("broken", None, "", "")),
        (VALUE[:100], None, ("broken", None, "", "")),
    ],
    # The values are other ones in every process.
    ids=lambda value: value[0] if type(value) is tuple else "",
)
def test_states(
    tmp_path: Path, value: str, recorded: Record | None, expected: tuple[str, int | None, str, str]
) -> None:
    kept = {"db/password": recorded} if recorded is not None else None
    root = repository(tmp_path, {"db": secret("db", {"password": value})}, kept)
    (row,) = table(root, today=TODAY).rows
    assert (row.environment, row.object, row.key) == ("prod", "db", "password")
    assert (row.state, row.age, row.certificate, row.standing) == expected


@pytest.mark.parametrize(("annotation", "state"), [("true", "sealed"), ("True", "wrong label"), ("yes", "wrong label")])
def test_a_scope_that_the_controller_does_not_see(tmp_path: Path, annotation: str, state: str) -> None:
    value = sealed(scope="namespace-wide")
    text = secret("db", {"password": value}, **{"sealedsecrets.bitnami.com/namespace-wide": annotation})
    assert states(table(repository(tmp_path, {"db": text}), today=TODAY).rows) == {"db/password": state}


def test_an_overlay_that_renames(tmp_path: Path) -> None:
    root = repository(tmp_path, {"db": secret("db", {"password": VALUE})}, overlay="namePrefix: eu-\n")
    (row,) = table(root, today=TODAY).rows
    assert (row.object, row.state) == ("db", "wrong label")


def test_a_copy(tmp_path: Path) -> None:
    objects = {
        "db": secret("db", {"password": VALUE, "other": sealed()}),
        "copy": secret("copy", {"password": VALUE, "own": sealed(name="copy")}),
    }
    found = table(repository(tmp_path, objects, {"db/password": record(VALUE)}), today=TODAY)
    assert states(found.rows) == {
        "copy/own": "sealed",
        "copy/password": "wrong label",
        "db/other": "sealed",
        "db/password": "sealed",
    }
    (tmp_path / "environments/prod/sealed.json").unlink()
    unrecorded = states(table(tmp_path, today=TODAY).rows)
    assert sorted(name for name, state in unrecorded.items() if state == "copied") in (
        ["copy/password"],
        ["db/password"],
    )


def test_an_object_without_keys(tmp_path: Path) -> None:
    (row,) = table(repository(tmp_path, {"db": secret("db", {})}), today=TODAY).rows
    assert (row.object, row.key, row.state) == ("db", "", "empty")


APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: ml}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      imagePullSecrets: [{name: db}]
      initContainers:
        - {name: wait, image: x, env: [{name: PASS, valueFrom: {secretKeyRef: {name: db, key: password}}}]}
      containers:
        - name: main
          image: x
          envFrom: [{secretRef: {name: all}, prefix: P_}]
          env:
            - {name: PASS, valueFrom: {secretKeyRef: {name: db, key: password}}}
            - {name: OTHER, valueFrom: {secretKeyRef: {name: db, key: other}}}
            - {name: TEXT, value: db}
      volumes:
        - {name: some, secret: {secretName: files, items: [{key: one, path: one}]}}
        - {name: mixed, projected: {sources: [{configMap: {name: db}}, {secret: {name: files}}]}}
"""
OTHERS = """\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: ml}
spec: {selector: {app: db}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: ml}
imagePullSecrets: [{name: db}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: ml}
spec: {tls: [{hosts: [a], secretName: files}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: ml}
data: {name: db}
---
apiVersion: example.com/v1
kind: Backup
metadata: {name: nightly, namespace: ml}
spec: {passwordSecretRef: {name: db, key: password}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: elsewhere, namespace: other}
spec:
  template:
    spec:
      containers: [{name: main, image: x, envFrom: [{secretRef: {name: db}}]}]
"""


def test_consumers(tmp_path: Path) -> None:
    objects = {
        "db": secret("db", dict.fromkeys(("password", "other", ".dockerconfigjson"), PLACEHOLDER)),
        "all": secret("all", {"token": PLACEHOLDER}),
        "files": secret("files", {"one": PLACEHOLDER, "two": PLACEHOLDER}),
        "app": APP,
        "others": OTHERS,
    }
    found = {f"{row.object}/{row.key}": row.consumers for row in table(repository(tmp_path, objects), today=TODAY).rows}
    assert found == {
        "db/password": ("Deployment/app env PASS", "Backup/nightly"),
        "db/other": ("Deployment/app env OTHER", "Backup/nightly"),
        "db/.dockerconfigjson": (
            "ServiceAccount/default imagePullSecrets",
            "Deployment/app imagePullSecrets",
            "Backup/nightly",
        ),
        "all/token": ("Deployment/app env P_token",),
        "files/one": ("Deployment/app volume some", "Deployment/app volume mixed", "Ingress/web"),
        "files/two": ("Deployment/app volume mixed", "Ingress/web"),
    }


def test_environments_are_chosen_by_name(tmp_path: Path) -> None:
    root = repository(tmp_path, {"db": secret("db", {"password": PLACEHOLDER})})
    write(root, {"envs/dev/kustomization.yaml": "resources: [db.yaml]\n"})
    write(root, {"envs/dev/db.yaml": secret("db", {"password": PLACEHOLDER})})
    assert [row.environment for row in table(root, today=TODAY).rows] == ["dev", "prod"]
    assert [row.environment for row in table(root, ["prod", "prod"], today=TODAY).rows] == ["prod"]
    with pytest.raises(UserError, match="no environment prdo"):
        table(root, ["prdo"], today=TODAY)


@pytest.mark.parametrize("name", ["dev", "test"], ids=["before them", "behind them"])
def test_an_environment_that_does_not_render_does_not_hide_the_others(tmp_path: Path, name: str) -> None:
    root = repository(tmp_path, {"db": secret("db", {"password": PLACEHOLDER})})
    write(root, {f"envs/{name}/kustomization.yaml": "resources: [missing.yaml]\n"})
    found = table(root, today=TODAY)
    assert [row.environment for row in found.rows] == ["prod"]
    (trouble,) = found.troubles
    assert f"{name} cannot be rendered" in trouble


def test_what_else_has_to_be_known(tmp_path: Path) -> None:
    root = repository(tmp_path, {"db": secret("db", {"password": VALUE})})
    assert table(root, today=TODAY).remarks == ()
    write(root, {"environments/prod/sealed.json": "{", "environments/prod/sealing.pem": "nothing"})
    told = " ".join(table(root, today=TODAY).remarks)
    assert "sealed.json cannot be read" in told
    assert "nothing can be sealed with environments/prod/sealing.pem" in told
    (root / "environments/prod/sealing.pem").unlink()
    assert "prod has no certificate" in " ".join(table(root, today=TODAY).remarks)


def test_where_nothing_is_sealed_nobody_waits_for_a_certificate(tmp_path: Path) -> None:
    write(tmp_path, {"envs/dev/kustomization.yaml": "resources: [a.yaml]\n"})
    write(tmp_path, {"envs/dev/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ml}\n"})
    assert table(tmp_path, today=TODAY).remarks == ()
