"""The dialogue on a real terminal: questions, a wrong answer, Ctrl-C."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.scaffold.folders import names

pexpect = pytest.importorskip("pexpect")

CTRL_U = "\x15"


def start(folder: Path, *arguments: str) -> Any:
    environment = {**os.environ, "TERM": "xterm", "PYTHONWARNINGS": "default"}
    command = ["-m", "hydrogitops", "new", "x", "--offline", *arguments]
    return pexpect.spawn(
        sys.executable, command, cwd=str(folder), env=environment, encoding="utf-8", timeout=60, dimensions=(50, 140)
    )


def test_a_whole_dialogue(tmp_path: Path) -> None:
    child = start(tmp_path, "--dry-run")
    for question in ("Registry that models", "PostgreSQL", "MongoDB", "Object store", "Ingress", "Environments"):
        child.expect(question)
        child.send("\r")
    child.expect("reads this repository")
    child.send("https://git.example.com/a/b.git\r")
    child.expect("AWS account")
    child.send("123\r")
    child.expect("an account id is twelve digits")
    child.send(f"{CTRL_U}123456789012\r")
    for question, answer in {
        "AWS region": "us-east-1",
        "models are pushed": "docker.io/acme",
        "User name at": "acme",
        "Host of the PostgreSQL": "db.example.com",
        "Version of the PostgreSQL": "15",
        "Host of the MongoDB": "mongo.example.com",
        "Version of the MongoDB": "6.0",
        "feature lake": "acme-lake",
        "visualization": "acme-viz",
        "API server.*dev": "https://dev.example.com",
        "API server.*staging": "https://staging.example.com",
        "API server.*prod": "https://prod.example.com",
    }.items():
        child.expect(question)
        child.send(f"{answer}\r")
    child.expect("renovate.json")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert names(tmp_path) == []


def test_ctrl_c(tmp_path: Path) -> None:
    child = start(tmp_path)
    child.expect("Registry that models")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert names(tmp_path) == []
