"""One value for one key, and values by chance with everything that has to be made of them."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import UserError
from hydrogitops.sealing.orders import seal_generated, seal_value
from hydrogitops.sealing.targets import open_repository
from hydrogitops.sealing.values import Given

from .generated import SMTP, generate, values
from .plain import AT, opened, repository, sealed_secret, tree

engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")


def test_one_value_and_its_newline(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    done = seal_value(here, "plain", "db", None, Given(b"canary", stripped=True), AT)
    assert [one.title for one in done.sealed] == ["db/password"]
    assert any("newline" in remark for remark in done.remarks)
    again = open_repository(tmp_path).targets("plain")[0]
    assert opened(str(again.value)) == b"canary"


@engines
def test_what_is_kept_rendered_does_not_have_it_yet(tmp_path: Path) -> None:
    here = open_repository(generate(tmp_path / "repository", flavour="rendered"))
    said = [
        remark
        for key in ("awsAccessKeyID", "awsSecretAccessKey")
        for remark in seal_value(here, "lab", "hydro-aws-secret", key, Given(b"AKIAcanary"), AT).remarks
        if "rendered" in remark
    ]
    # Once is enough, however many there are.
    assert said == ["rendered/lab is what is applied, and does not have it yet: hydrogitops render -o rendered"]


@pytest.mark.parametrize(
    ("given", "key", "message"),
    [
        (Given(b""), "a", "is empty"),
        (Given(b"", stripped=True), "a", "a newline alone"),
        (Given(b"Y2FuYXJ5Y2FuYXJ5"), "a", "looks base64-encoded"),
        (Given(b"canary"), None, "has several keys: a and b"),
        (Given(b"canary"), "c", "has no such key"),
    ],
)
def test_refused_values(tmp_path: Path, given: Given, key: str | None, message: str) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret(keys=["a", "b"])})
    before = tree(tmp_path)
    with pytest.raises(UserError, match=message) as refused:
        seal_value(here, "plain", "db", key, given, AT)
    assert tree(tmp_path) == before
    assert "canary" not in f"{refused.value.message}{refused.value.hint}"


def test_a_doubtful_value_is_sealed_when_confirmed(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    asked: list[str] = []
    seal_value(here, "plain", "db", None, Given(b"Y2FuYXJ5Y2FuYXJ5"), AT, confirm=lambda q: not asked.append(q))
    assert len(asked) == 1 and "base64" in asked[0]
    assert opened(str(open_repository(tmp_path).targets("plain")[0].value)) == b"Y2FuYXJ5Y2FuYXJ5"


def test_by_chance_without_a_contract(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret(keys=["a", "b"])})
    seal_value(here, "plain", "db", "a", Given(b"kept"), AT)
    again = open_repository(tmp_path)
    done = seal_generated(again, "plain", "db", None, AT)
    assert [one.title for one in done.sealed] == ["db/b"]
    a, b = (opened(str(one.value)) for one in open_repository(tmp_path).targets("plain"))
    assert a == b"kept" and b.isalnum() and len(b) == 32
    with pytest.raises(UserError, match="no key that a value could be generated for"):
        seal_generated(open_repository(tmp_path), "plain", "db", None, AT)
    with pytest.raises(UserError, match="holds a sealed value"):
        seal_generated(open_repository(tmp_path), "plain", "db", "a", AT)
    seal_generated(open_repository(tmp_path), "plain", "db", "a", AT, replace=True)
    assert opened(str(open_repository(tmp_path).targets("plain")[0].value)) not in (a, b)


@engines
def test_what_is_made_of_a_value_by_chance_is_sealed_with_it(tmp_path: Path) -> None:
    root = generate(tmp_path / "x", smtp=SMTP)
    done = seal_generated(open_repository(root), "lab", "hydro-docker-registry-secret", None, AT)
    assert [one.title for one in done.sealed] == [
        "hydro-docker-registry-secret/password", "docker-credentials-hydro/.dockerconfigjson",
    ]  # fmt: skip
    with pytest.raises(UserError, match="hydro-docker-registry-secret/storageInit is composed of it"):
        seal_generated(open_repository(root), "lab", "hydro-minio", "access-key", AT)
    seal_generated(open_repository(root), "lab", "hydro-minio", None, AT)
    found = values(root, "lab")
    password = found["hydro-docker-registry-secret/password"]
    assert password is not None and len(password) == 32
    config = json.loads(found["docker-credentials-hydro/.dockerconfigjson"] or b"")
    assert set(config["auths"]) == {"hydro-docker-registry.hydrosphere.svc.cluster.local:5000", "localhost:5000"}
    for login in config["auths"].values():
        assert login["username"] == "hydro" and login["password"] == password.decode()
        assert b64decode(login["auth"]) == b"hydro:" + password
    assert found["hydro-minio/access-key"] == found["hydro-aws-secret/awsAccessKeyID"]
    assert found["hydro-minio/secret-key"] == found["hydro-aws-secret/awsSecretAccessKey"]
    assert len(found["hydro-minio/access-key"] or b"") == 20
    assert found["hydro-postgresql/postgresql-password"] is None
    script = found["hydro-docker-registry-secret/storageInit"] or b""
    assert (found["hydro-minio/access-key"] or b"?") in script and (found["hydro-minio/secret-key"] or b"?") in script


@engines
def test_both_at_once_make_the_script_too(tmp_path: Path) -> None:
    root = generate(tmp_path / "x")
    seal_generated(open_repository(root), "lab", "hydro-aws-secret", None, AT)
    found = values(root, "lab")
    script = (found["hydro-docker-registry-secret/storageInit"] or b"").decode().splitlines()
    ids = [(found[f"hydro-aws-secret/{key}"] or b"").decode() for key in ("awsAccessKeyID", "awsSecretAccessKey")]
    assert script == [
        "#!/bin/bash",
        "set -e",
        f"mc alias set storage http://hydro-minio:9000 {ids[0]} {ids[1]}",
        "mc mb -p --region eu-central-1 storage/hydrosphere-model-registry",
    ]


@engines
def test_a_value_in_use_is_not_parted_from_what_repeats_it(tmp_path: Path) -> None:
    root = generate(tmp_path / "x")
    done = seal_value(open_repository(root), "lab", "hydro-aws-secret", "awsAccessKeyID", Given(b"minio-user"), AT)
    assert [remark for remark in done.remarks if "has to repeat it" in remark] == [
        "hydro-minio/access-key has to repeat it, and was not sealed: hydrogitops seal --env lab hydro-minio access-key"
    ]
    assert [remark for remark in done.remarks if "is composed of it" in remark]
    before = tree(root)
    with pytest.raises(UserError, match="hydro-aws-secret/awsAccessKeyID is sealed already"):
        seal_generated(open_repository(root), "lab", "hydro-minio", "access-key", AT)
    with pytest.raises(UserError, match="is composed of other values"):
        seal_generated(open_repository(root), "lab", "docker-credentials-hydro", ".dockerconfigjson", AT)
    assert tree(root) == before
    seal_generated(open_repository(root), "lab", "hydro-minio", None, AT, replace=True)
    found = values(root, "lab")
    assert found["hydro-minio/access-key"] == found["hydro-aws-secret/awsAccessKeyID"] != b"minio-user"


@engines
@pytest.mark.parametrize("key", [None, "username"])
def test_what_somebody_else_decides_is_not_generated(tmp_path: Path, key: str | None) -> None:
    root = generate(tmp_path / "x", "production-external")
    before = tree(root)
    with pytest.raises(UserError, match="somebody outside decides") as refusal:
        seal_generated(open_repository(root), "prod", "hydro-registry-credentials", key, AT)
    assert "standard input" in refusal.value.hint
    assert tree(root) == before
