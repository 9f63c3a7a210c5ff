"""Globs of Argo CD's git generator."""

from __future__ import annotations

import pytest

from hydrogitops.repo.generators import matches


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("environments/*/config.yaml", "environments/prod/config.yaml", True),
        ("environments/*/config.yaml", "environments/eu/prod/config.yaml", False),
        ("environments/**/config.yaml", "environments/config.yaml", True),
        ("environments/**/config.yaml", "environments/eu/prod/config.yaml", True),
        ("**/config.yaml", "config.yaml", True),
        ("apps/**", "apps/a/b", True),
        ("apps/**", "apps", False),
        ("apps/*-prod", "apps/web-prod", True),
        ("apps/*-prod*x", "apps/a-prod-prodx", True),
        ("apps/*-prod*x", "apps/a-prod-prody", False),
        ("env?", "env1", True),
        ("env?", "env12", False),
        ("a.b", "axb", False),
        ("", "a", False),
        # Patterns that tempt an engine that goes back into trying for ever.
        ("**/" * 30 + "x", "a/" * 40 + "y", False),
        ("*a" * 25 + "b", "a" * 120, False),
    ],
)
def test_globs(pattern: str, name: str, *, expected: bool) -> None:
    assert matches(pattern, name) is expected
