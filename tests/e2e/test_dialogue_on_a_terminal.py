"""The dialogue on a real terminal: questions, a wrong answer, Ctrl-C; what comes of it is what a file gives."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops.charts.programs import embedded_helm
from tests.unit.config.answers_data import changed
from tests.unit.scaffold.folders import names

pexpect = pytest.importorskip("pexpect")

CTRL_U = "\x15"
DOWN = "\x1b[B"

ARN = "arn:aws:eks:us-east-1:123456789012:cluster/"
SERVERS = {f"API server.*{name}": f"https://{name}.example.com" for name in ("dev", "staging", "prod")}
ARNS = {f"ARN of.*{name}": f"{ARN}{name}" for name in ("dev", "staging", "prod")}
FACTS = {
    "reads this repository": "https://git.example.com/a/b.git",
    "AWS account": "123456789012",
    "AWS region": "us-east-1",
    "models are pushed": "docker.io/acme",
    "User name at": "acme",
    "Host of the PostgreSQL": "db.example.com",
    "Version of the PostgreSQL": "15",
    "Host of the MongoDB": "mongo.example.com",
    "Version of the MongoDB": "6.0",
    "feature lake": "acme-lake",
    "visualization": "acme-viz",
}
KINDS = ("Registry that models", "PostgreSQL", "MongoDB", "Object store", "Ingress", "Environments")

# The file that says the same.
POOL = {
    "name": "ml",
    "labels": {"node": "highPerformance"},
    "taints": [{"key": "node", "value": "highPerformance", "effect": "NoSchedule"}],
    "instance_types": ["m5.2xlarge"],
}
FILE: dict[str, Any] = {
    "engine": "argocd",
    "flavour": "plain",
    "repository": "https://git.example.com/a/b.git",
    "aws": {"account": "123456789012", "region": "us-east-1"},
    "registry": {"kind": "dockerhub", "url": "docker.io/acme", "username": "acme"},
    "postgresql": {"kind": "rds", "host": "db.example.com", "version": "15"},
    "mongodb": {"kind": "external", "host": "mongo.example.com", "version": "6.0"},
    "storage": {"kind": "s3", "buckets": {"feature_lake": "acme-lake", "visualization": "acme-viz"}},
    "ingress": {"kind": "none"},
    "environments": {
        name: {"cluster": {"server": f"https://{name}.example.com"}, "pools": [POOL]}
        for name in ("dev", "staging", "prod")
    },
}


def start(folder: Path, *arguments: str) -> Any:
    environment = {**os.environ, "TERM": "xterm", "PYTHONWARNINGS": "default"}
    command = ["-m", "hydrogitops", "new", "x", "--offline", *arguments]
    return pexpect.spawn(
        sys.executable, command, cwd=str(folder), env=environment, encoding="utf-8", timeout=120, dimensions=(50, 160)
    )


def choose(child: Any, question: str, downwards: int = 0) -> None:
    """Take the default of a question, or the answer so many lines below it."""
    child.expect(question)
    child.send(DOWN * downwards + "\r")


def finish(child: Any) -> None:
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before


def test_a_whole_dialogue(tmp_path: Path) -> None:
    child = start(tmp_path, "--dry-run")
    for question in ("What applies", "How Argo CD", *KINDS):
        choose(child, question)
    for question, answer in {**FACTS, **SERVERS}.items():
        child.expect(question)
        if question == "AWS account":
            child.send("123\r")
            child.expect("an account id is twelve digits")
            child.send(CTRL_U)
        child.send(f"{answer}\r")
    child.expect("renovate.json")
    finish(child)
    assert names(tmp_path) == []


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
@pytest.mark.parametrize("kind", ["plain", "eks-capability", "flux"])
def test_a_file_with_the_same_answers_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    asked, file = tmp_path / "asked", tmp_path / "file"
    asked.mkdir()
    file.mkdir()
    child = start(asked, "--no-git", *(("--engine", "flux") if kind == "flux" else ()))
    given = changed(FILE, engine="flux") if kind == "flux" else changed(FILE, flavour=kind)
    if kind != "flux":
        choose(child, "What applies")
        choose(child, "How Argo CD", ("plain", "rendered", "eks-capability").index(kind))
    for question in KINDS:
        choose(child, question)
    for question, answer in {
        **FACTS,
        **({} if kind == "flux" else ARNS if kind == "eks-capability" else SERVERS),
    }.items():
        child.expect(question)
        child.send(f"{answer}\r")
    child.expect("wrote x/")
    finish(child)
    for name, environment in given["environments"].items():
        if kind == "flux":
            del environment["cluster"]
        elif kind == "eks-capability":
            environment["cluster"]["server"] = f"{ARN}{name}"
    (file / "answers.yaml").write_text(yaml.safe_dump(given, sort_keys=False), encoding="utf-8")
    finish(start(file, "--no-git", "--no-input", "--answers", "answers.yaml"))
    one, other = contents(asked / "x"), contents(file / "x")
    assert one == other
    assert ".hydrogitops.yaml" in one


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_ctrl_c(tmp_path: Path) -> None:
    child = start(tmp_path)
    child.expect("What applies")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert names(tmp_path) == []
