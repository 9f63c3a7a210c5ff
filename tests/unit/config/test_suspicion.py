"""What looks like a secret, and what only looks odd."""

from __future__ import annotations

import pytest

from hydrogitops.config.suspicion import looks_secret, refusal, refusals
from hydrogitops.secrets.plaintext import is_secret_key


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "key ASIAIOSFODNN7EXAMPLE here",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "password=hunter2",
        "db_password: hunter2",
        "SECRET_KEY=abc",
        "aws_secret_access_key = abc",
        "api-key:abc",
        "https://user:pass@example.com/x",
        "postgres://hydro:pw@db/hydro",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "glpat-abcdefghij0123456789",
        "dckr_pat_abcdefghij0123456789",
        "xoxb-123456789012-abcdefghijkl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "d41d8cd98f00b204e9800998ecf8427e",
        "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==",
    ],
)
def test_secrets(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hydro",
        "hydro-serving-data-profiler",
        "acme-6a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "hydro-prod.c9akciq32xyz.us-east-1.rds.amazonaws.com",
        "https://3F0A6C8D2BE94A17B35C80D6F1E24A9B.gr7.us-east-1.eks.amazonaws.com",
        "arn:aws:acm:us-east-1:123456789012:certificate/6a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "arn:aws:eks:us-east-1:123456789012:cluster/3F0A6C8D2BE94A17B35C80D6F1E24A9B",
        "https://github.com/Hydrospheredata/hydro-serving/releases/download/3.0.3/serving-3.0.3.tgz",
        "git@github.com:Acme/Platform-Repositories/prod-cluster-01.git",
        "-Xmx1g -Xms512m -XX:MaxMetaspaceSize=512m -XX:+UseG1GC",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/hydrosphere/models",
        "passwordless",
        "mongodb://db.example.com/token",
    ],
)
def test_no_secrets(text: str) -> None:
    assert not looks_secret(text)


def test_a_digest_is_one_where_a_digest_belongs() -> None:
    digest = "e4cfb953c47001e4f208a34c4d54103ae3bc1a202ca0973f60dbdeea07c300be"
    assert not looks_secret(digest, ("chart", "sha256"))
    assert looks_secret(digest, ("chart", "version"))


def test_every_place_is_looked_at() -> None:
    answers = {"a": {"b": ["fine", "{{ x }}", {"c": "AKIAIOSFODNN7EXAMPLE"}]}, "d\ne": 1, "f": 2}
    assert [path for path, _ in refusals(answers)] == [("a", "b", 1), ("a", "b", 2, "c"), ("?",)]


def test_what_may_stand() -> None:
    assert refusal("https://hydro.example.com/a?b=c") == ""
    assert "line break" in refusal("a\r\nb")
    assert "template" in refusal("a${b}")


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("password", True),
        ("awsSecretAccessKey", True),
        ("secret_access_key", True),
        ("registry_token", True),
        ("privateKey", True),
        ("certificate", False),
        ("auth_database", False),
        ("key", False),
    ],
)
def test_keys_that_ask_for_a_secret(key: str, secret: bool) -> None:
    assert is_secret_key(key) is secret
