"""Addresses of one repository in all the ways in which they are written, and how they are shown."""

from __future__ import annotations

import pytest

from hydrogitops.repo.addresses import named, same, shown

HTTPS = "https://git.example.com/platform/prod.git"


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example.com/platform/prod",
        "https://git.example.com/platform/prod/",
        "https://user:token@git.example.com/platform/prod.git",
        "https://git.example.com:8443/platform/prod.git",
        "http://git.example.com/platform/prod.git",
        "git@git.example.com:platform/prod.git",
        "git.example.com:platform/prod",
        "ssh://git@git.example.com/platform/prod.git",
        "ssh://git@git.example.com:2222/platform/prod",
        " HTTPS://Git.Example.com/Platform/Prod.git ",
    ],
)
def test_one_repository(other: str) -> None:
    assert same(HTTPS, other)


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example.com/platform/prod2.git",
        "https://git.example.com/other/prod.git",
        "https://example.com/platform/prod.git",
        "git@git.example.com:2222/platform/prod.git",
        "prod",
        "",
    ],
)
def test_another_repository(other: str) -> None:
    assert not same(HTTPS, other)


def test_the_name_of_a_repository() -> None:
    assert {named(HTTPS), named("git@host:prod.git"), named("/srv/git/prod.git")} == {"prod"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("from https://me:p4ss@example.com/a: no", "from https://(not shown)@example.com/a: no"),
        ("https://tok3n@example.com", "https://(not shown)@example.com"),
        ("oci://me:p@ss@example.com/x", "oci://(not shown)@example.com/x"),
        ("ssh://git@example.com/a", "ssh://git@example.com/a"),
        ("git+ssh://me:p4ss@example.com/a", "git+ssh://(not shown)@example.com/a"),
        ("git@example.com:a", "git@example.com:a"),
        ("https://example.com/a@b, https://c/d@v1", "https://example.com/a@b, https://c/d@v1"),
        ("at https://example.com write me@example.com", "at https://example.com write me@example.com"),
    ],
)
def test_who_logs_in_is_not_shown(text: str, seen: str) -> None:
    assert shown(text) == seen
