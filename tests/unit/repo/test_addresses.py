"""Addresses of one repository in all the ways in which they are written."""

from __future__ import annotations

import pytest

from hydrogitops.repo.addresses import named, same

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
