"""The dialogue: what is asked, what is asked once, and what becomes of the answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import UserError
from hydrogitops.sealing import reseal
from hydrogitops.sealing.orders import Outcome, seal_value
from hydrogitops.sealing.targets import find, open_repository
from hydrogitops.sealing.values import Given
from hydrogitops.sealing.walk import CHANCE, LATER, Walked, unsealed, walk
from hydrogitops.source import load
from tests.sealing_keys import certificate

from .generated import SMTP, generate, values
from .plain import AT, CERTIFICATE, opened, repository, sealed_secret, tree, write

engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")


@dataclass(slots=True)
class Script:
    """Answers by the question; what is not in it is left empty. Keeps what was asked."""

    answers: dict[str, str | list[str]] = field(default_factory=dict)
    choice: str = LATER
    sure: bool = True
    asked: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def _answer(self, question: str, default: str) -> str:
        self.asked.append(question)
        found = self.answers.get(question, default)
        return found.pop(0) if isinstance(found, list) else found

    def hidden(self, question: str) -> str:
        return self._answer(question, "")

    def text(self, question: str, default: str) -> str:
        return self._answer(f"open: {question}", default)

    def choose(self, question: str, choices: Sequence[str]) -> str:
        assert self.choice in choices
        return self.choice

    def confirm(self, question: str) -> bool:
        self.doubts.append(question)
        return self.sure


def run(root: Path, script: Script, environment: str = "plain", **options: bool) -> tuple[Walked, list[Outcome]]:
    here = open_repository(root)
    said: list[Outcome] = []
    wanted = unsealed(here.targets(environment))
    return walk(here, environment, wanted, script, AT, say=said.append, **options), said


def test_each_key_in_turn_and_enter_leaves_it(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret(keys=["a", "b", "c"])})
    script = Script({"db/a": "canary-a", "db/c": "canary-c\n"})
    walked, said = run(tmp_path, script)
    assert script.asked == ["db/a", "db/b", "db/c"]
    assert [one.title for one in walked.left] == ["db/b"] and not walked.refused
    assert [[one.title for one in done.sealed] for done in said] == [["db/a"], ["db/c"]]
    assert any("newline" in remark for remark in said[1].remarks)
    a, b, c = open_repository(tmp_path).targets("plain")
    assert [opened(str(a.value)), opened(str(c.value)), b.state] == [b"canary-a", b"canary-c", "placeholder"]
    assert "canary" not in repr(said) + repr(walked)


def test_generated_instead_of_typed(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret()})
    run(tmp_path, Script(choice=CHANCE))
    assert opened(str(open_repository(tmp_path).targets("plain")[0].value)).isalnum()


@pytest.mark.parametrize(("sure", "value"), [(True, b"Y2FuYXJ5Y2FuYXJ5"), (False, b"canary")])
def test_a_doubtful_value_is_asked_about(tmp_path: Path, sure: bool, value: bytes) -> None:
    write(tmp_path, {"db.yaml": sealed_secret()})
    script = Script({"db/password": ["Y2FuYXJ5Y2FuYXJ5", "canary"]}, sure=sure)
    run(tmp_path, script)
    assert len(script.doubts) == 1
    assert opened(str(open_repository(tmp_path).targets("plain")[0].value)) == value


def test_a_named_key_wants_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret()})
    before = tree(tmp_path)
    with pytest.raises(UserError, match="is empty"):
        run(tmp_path, Script(), named=True)
    assert tree(tmp_path) == before


def test_without_a_certificate_nobody_is_asked(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret()})
    (tmp_path / CERTIFICATE).unlink()
    script = Script()
    with pytest.raises(UserError, match="no certificate"):
        run(tmp_path, script)
    assert not script.asked


def test_one_that_is_refused_does_not_keep_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": sealed_secret("a", namespace=""), "b.yaml": sealed_secret("b")})
    script = Script({"b/password": "x"})
    walked, _ = run(tmp_path, script)
    assert script.asked == ["b/password"]
    assert [(one.title, "no namespace" in reason) for one, reason in walked.refused] == [("a/password", True)]


def test_what_was_sealed_stays_when_somebody_has_enough(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret(keys=["a", "b"])})

    class Tired(Script):
        def hidden(self, question: str) -> str:
            if question == "db/b":
                raise KeyboardInterrupt
            return "canary"

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Tired())
    assert [one.state for one in open_repository(tmp_path).targets("plain")] == ["sealed", "placeholder"]


def test_a_login_that_no_contract_knows(tmp_path: Path) -> None:
    text = sealed_secret("pull", keys=[".dockerconfigjson"]).replace(
        "  template:\n", "  template:\n    type: kubernetes.io/dockerconfigjson\n"
    )
    write(tmp_path, {"pull.yaml": text})
    title = "pull/.dockerconfigjson"
    run(tmp_path, Script({f"open: {title}: registry": "ghcr.io", f"open: {title}: user name": "me",
                          f"{title}: password or token": 't"\\ö'}))  # fmt: skip
    sealed = str(open_repository(tmp_path).targets("plain")[0].value)
    login = json.loads(opened(sealed, name="pull"))["auths"]["ghcr.io"]
    assert (login["username"], login["password"]) == ("me", 't"\\ö')


@engines
def test_a_repository_with_everything_in_the_cluster(tmp_path: Path) -> None:
    """Each thing is asked for once, and every placeholder is gone in the end."""
    root = generate(tmp_path / "x", smtp=SMTP)
    script = Script(
        {
            "hydro-postgresql/postgresql-password": "pg",
            "hydro-mongodb/mongodb-password": "mongo",
            "Access key id of the object store": "minio-user",
            "Secret access key of the object store": "minio $ecret",
            "Password of the registry in the cluster": "registry-pw",
            "open: Receivers of alerts, with commas between": "a@example.com, b@example.com",
            "Password for the mail relay": 'mail: "pw" #1',
        },
        choice=CHANCE,
    )
    walked, said = run(root, script, "lab")
    assert not walked.left and not walked.refused
    assert len(script.asked) == len(set(script.asked))
    found = values(root, "lab")
    assert None not in found.values()
    assert found["hydro-minio/access-key"] == found["hydro-aws-secret/awsAccessKeyID"] == b"minio-user"
    assert (
        "mc alias set storage http://hydro-minio:9000 minio-user 'minio $ecret'"
        in (found["hydro-docker-registry-secret/storageInit"] or b"").decode()
    )
    config = load((found["hydro-alertmanager/alertmanager.yml"] or b"").decode())
    assert isinstance(config, dict)
    assert config["global"] == {
        "smtp_smarthost": "mail.example.com:587",
        "smtp_from": "alerts@example.com",
        "smtp_auth_username": "mailer",
        "smtp_auth_identity": "mailer",
        "smtp_auth_password": 'mail: "pw" #1',
    }
    assert config["receivers"][0]["email_configs"] == [{"to": "a@example.com"}, {"to": "b@example.com"}]
    assert not any(done.remarks for done in said)


@engines
def test_an_external_registry_is_asked_for_once(tmp_path: Path) -> None:
    root = generate(tmp_path / "x", "production-external")
    here = open_repository(root)
    host = here.view("prod").releases["hydro"].value(("global", "registry", "url"))
    script = Script({f"Password or token for {host}": "token"})
    walk(here, "prod", find(here, "prod", "docker-credentials-hydro", None), script, AT, say=lambda _: None)
    found = values(root, "prod")
    assert found["hydro-registry-credentials/password"] == b"token"
    login = json.loads(found["docker-credentials-hydro/.dockerconfigjson"] or b"")["auths"][host]
    assert login["username"].encode() == found["hydro-registry-credentials/username"] != b""
    assert script.asked == [f"open: User name at {host}", f"Password or token for {host}"]
    # The same key by name is a secret like any other: hidden, and nothing else is asked.
    again = open_repository(root)
    named = Script({"hydro-registry-credentials/password": "new"})
    said: list[Outcome] = []
    wanted = find(again, "prod", "hydro-registry-credentials", "password")
    walk(again, "prod", wanted, named, AT, say=said.append, replace=True, named=True)
    assert named.asked == ["hydro-registry-credentials/password"]
    assert values(root, "prod")["hydro-registry-credentials/password"] == b"new"
    assert "docker-credentials-hydro/.dockerconfigjson is composed of it" in said[-1].remarks[0]


@engines
def test_a_key_that_was_sealed_before_has_to_hold_the_same(tmp_path: Path) -> None:
    root = generate(tmp_path / "x", "production-external")
    seal_value(open_repository(root), "prod", "hydro-registry-credentials", "username", Given(b"me-and-me"), AT)
    here = open_repository(root)
    host = here.view("prod").releases["hydro"].value(("global", "registry", "url"))
    said: list[Outcome] = []
    wanted = find(here, "prod", "docker-credentials-hydro", None)
    script = Script({f"open: User name at {host}": "another", f"Password or token for {host}": "token-token"})
    walk(here, "prod", wanted, script, AT, say=said.append)
    assert said[-1].remarks == (
        "hydro-registry-credentials/username was sealed before: see that it is the value that was given now",
    )
    assert values(root, "prod")["hydro-registry-credentials/username"] == b"me-and-me"


@engines
def test_a_password_left_for_later_leaves_its_user_name_too(tmp_path: Path) -> None:
    root = generate(tmp_path / "x", "production-external")
    before = tree(root)
    here = open_repository(root)
    wanted = [one for one in here.targets("prod") if "registry" in one.title or "docker" in one.title]
    script = Script()
    walked = walk(here, "prod", wanted, script, AT, say=lambda _: None)
    assert [one.title for one in walked.left] == [one.title for one in wanted]
    assert len(wanted) == 3 and len(script.asked) == 2
    assert tree(root) == before


def _resealed(root: Path, script: Script) -> Walked:
    here = open_repository(root)
    return walk(here, "plain", reseal.for_older(here, "plain"), script, AT, say=lambda _: None)


def test_sealing_anew_for_another_certificate(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret(keys=["a", "b", "c"])})
    for key in ("a", "b"):
        seal_value(here, "plain", "db", key, Given(key.encode()), AT)
    assert reseal.for_older(open_repository(tmp_path), "plain") == []
    (tmp_path / CERTIFICATE).write_bytes(certificate(which=1)[0])
    before = (tmp_path / "db.yaml").read_text()
    older = open_repository(tmp_path)
    left = reseal.for_older(older, "plain")
    assert [(one.title, one.state) for one in left] == [("db/a", "stale"), ("db/b", "stale")]
    assert reseal.reasons(left)[0].startswith("plain: db/a: sealed on 2026-11-24 for certificate ")
    walked = _resealed(tmp_path, Script({"db/a": "a again"}))
    assert [one.title for one in walked.left] == ["db/b"]
    now = open_repository(tmp_path)
    assert [one.title for one in reseal.for_older(now, "plain")] == ["db/b"]
    # Everything but the one value is as it was: template, labels, comments, the other ciphertexts.
    old, new = (str(one.targets("plain")[0].value) for one in (older, now))
    assert (tmp_path / "db.yaml").read_text() == before.replace(old, new)


@pytest.mark.parametrize("change", ["no record", "another value", "another name"])
def test_what_nobody_recorded_is_not_known_to_be_right(tmp_path: Path, change: str) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    seal_value(here, "plain", "db", None, Given(b"x"), AT)
    file = tmp_path / "environments/plain/sealed.json"
    if change == "another value":
        data = json.loads(file.read_text())
        data["values"]["db/password"]["ciphertext"] = "0" * 64
        file.write_text(json.dumps(data))
    elif change == "no record":
        file.unlink()
    else:
        text = (tmp_path / "db.yaml").read_text()
        (tmp_path / "db.yaml").write_text(text.replace("name: db", "name: dc"))
    again = open_repository(tmp_path)
    assert len(reseal.for_older(again, "plain")) == 1
