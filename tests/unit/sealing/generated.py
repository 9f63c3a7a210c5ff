"""A repository as `new` writes it, with everything in the cluster and mails, to seal in; rendered by the stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new
from hydrogitops.sealing.targets import Repository, open_repository
from tests.sealing_keys import certificate
from tests.unit.config.answers_data import example

from .plain import opened

SMTP = {"host": "mail.example.com", "from": "alerts@example.com", "username": "mailer"}


def generate(root: Path, name: str = "in-cluster", **answers: object) -> Path:
    """The repository of an example's answers and more, each environment with the usual certificate."""
    given = {**example(name), **answers}
    new("x", answers=given, no_input=True, offline=True, git=False, target=root, lint=lambda _: Report((), Coverage()))
    for folder in (root / "environments").iterdir():
        (folder / "sealing.pem").write_bytes(certificate()[0])
    return root


def values(root: Path, environment: str) -> Mapping[str, bytes | None]:
    """What each key opens to, None where it is a placeholder."""
    here: Repository = open_repository(root)
    return {
        one.title: None
        if one.state == "placeholder"
        else opened(str(one.value), namespace=one.secret.namespace, name=one.secret.name)
        for one in here.targets(environment)
    }
