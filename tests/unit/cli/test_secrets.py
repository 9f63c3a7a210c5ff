"""`hydrogitops secrets` as it is typed: columns, colours, exit codes, and that no value shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hydrogitops.cli import root as cli
from hydrogitops.cli import secrets as module
from tests.golden.trees import write

Say = Callable[..., tuple[int, str, str]]

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: ml}
spec:
  template:
    spec:
      containers:
        - name: main
          image: x
          env:
            - {name: FIRST, valueFrom: {secretKeyRef: {name: db, key: password}}}
            - {name: SECOND, valueFrom: {secretKeyRef: {name: db, key: password}}}
"""
CIPHERTEXT = "hunter2hunter2=="
SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: ml}\n"
    f"spec: {{encryptedData: {{password: __UNSEALED__, user: {CIPHERTEXT}}}}}\n"
)
FILES = {
    "envs/prod/kustomization.yaml": "resources: [app.yaml, db.yaml]\n",
    "envs/prod/app.yaml": APP,
    "envs/prod/db.yaml": SEALED,
}


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Runs `secrets` in a small repository: exit code, standard output, standard error."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(write(tmp_path / "repository", FILES))

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.run(("secrets", *arguments))
        return code, *capsys.readouterr()

    return run


def test_columns(say: Say) -> None:
    code, out, err = say()
    assert out == (
        "ENVIRONMENT  OBJECT  KEY       STATE        AGE  CERTIFICATE  CONSUMERS\n"
        "prod         db      password  placeholder  -    -            Deployment/app env FIRST, Deployment/app env SECOND\n"
        "prod         db      user      broken       -    -            -\n"
    )
    assert code == 0
    assert "2 keys: 1 placeholder, 1 broken" in err
    assert "no certificate to seal with yet" in err
    assert CIPHERTEXT not in out + err


def test_quiet_is_the_table_alone(say: Say) -> None:
    assert say("--quiet") == (0, say()[1], "")


def test_an_environment_of_that_name(say: Say) -> None:
    assert say("--env", "prod")[:2] == say()[:2]
    code, out, err = say("--env", "prdo")
    assert (code, out) == (2, "")
    assert "did you mean prod?" in err


def test_colour_is_asked_for(say: Say) -> None:
    assert "\x1b[" not in say()[1]
    coloured = say("--color", "always")[1]
    assert "\x1b[1;33mplaceholder" in coloured
    assert "\x1b[1;31mbroken" in coloured


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        (200, "Deployment/app env FIRST, Deployment/app env SECOND"),
        (90, "Deployment/app env FIRST +1"),
        (20, "Deployment/app env FIRST +1"),
    ],
)
def test_a_terminal_shows_the_consumers_that_fit(
    say: Say, monkeypatch: pytest.MonkeyPatch, columns: int, last: str
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr(module.shutil, "get_terminal_size", lambda: os.terminal_size((columns, 20)))
    lines = say("--color", "never")[1].splitlines()
    assert lines[1].endswith(f"  {last}")


def test_an_environment_that_does_not_render_is_exit_2(say: Say) -> None:
    Path("envs/prod/app.yaml").unlink()
    code, out, err = say()
    assert (code, out) == (2, "")
    assert "prod cannot be rendered" in err
    assert "no SealedSecret" not in err


def test_nothing_sealed_here(say: Say) -> None:
    Path("envs/prod/kustomization.yaml").write_text("resources: [app.yaml]\n")
    Path("envs/prod/db.yaml").unlink()
    code, out, err = say()
    assert (code, out) == (0, "")
    assert "there is no SealedSecret here" in err


def test_a_name_does_not_drive_the_terminal(say: Say) -> None:
    Path("envs/prod/db.yaml").write_text(SEALED.replace("user:", '"a\\e[31mb":'))
    assert "\x1b" not in say()[1]


def test_help_tells_every_state(say: Say) -> None:
    from typing import get_args

    from hydrogitops.sealing.table import State

    out = say("--help")[1]
    assert [state for state in get_args(State) if f"  {state} " not in out] == []
