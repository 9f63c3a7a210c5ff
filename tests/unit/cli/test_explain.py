"""Pages of rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from hydrogitops.cli import root
from hydrogitops.linter import policies
from hydrogitops.model import Policy

HEAP = Policy(
    id="jvm/heap-over-limit",
    severity="error",
    profiles={"dev": "warning"},
    scope="workload",
    check="jvm.heap_over_limit",
    parameters={"percent": 85},
    since="0.1.0",
    title="a heap that does not fit its container",
    why="The kernel kills the container.\n" + "Words and words. " * 8 + "\n\n  kept: as it is\n",
    fix="Lower `-Xmx`.\n",
    source="https://example.org/source",
    examples={"good": "a: -Xmx1g\n", "bad": "a: -Xmx4g   # <- jvm/heap-over-limit\n", "fixed": "a: -Xmx1g\n"},
)
TREE = Policy(
    id="repo/yaml",
    severity="off",
    profiles={},
    scope="document",
    check="repo.yaml",
    parameters={},
    since="",
    title="unparsable",
    why="w",
    fix="f",
    source="s",
    examples={"bad": {"a.yaml": "x: 1\n", "b.yaml": "y: 2\n"}, "good": ["one\n", "two\n"]},
)


@pytest.fixture(autouse=True)
def two_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "load", lambda: {policy.id: policy for policy in (HEAP, TREE)})


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = root.run(["explain", *arguments])
    return code, *capsys.readouterr()


def test_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "jvm/heap-over-limit") == (
        0,
        """\
jvm/heap-over-limit: a heap that does not fit its container

severity  error; dev: warning
scope     workload
check     jvm.heap_over_limit
since     0.1.0

Why
  The kernel kills the container. Words and words. Words and words. Words and words. Words and words.
  Words and words. Words and words. Words and words. Words and words.

    kept: as it is

Fix
  Lower `-Xmx`.

Parameters
  percent: 85

Bad
  a: -Xmx4g   # <- jvm/heap-over-limit

Good
  a: -Xmx1g

Fixed
  a: -Xmx1g

Source
  https://example.org/source
""",
        "",
    )


def test_an_example_of_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "repo/yaml")
    assert "\nBad, a.yaml\n  x: 1\n\nBad, b.yaml\n  y: 2\n\nGood, 1\n  one\n\nGood, 2\n  two\n" in out
    assert "severity  off\n" in out
    assert "since" not in out and "Parameters" not in out


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--list") == (
        0,
        "jvm/heap-over-limit  error    a heap that does not fit its container\n"
        "repo/yaml            off      unparsable\n",
        "",
    )


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("jvm/heap-over-limt", "did you mean jvm/heap-over-limit? "),
        ("heap-over-limit", "did you mean jvm/heap-over-limit? "),
        ("repo", "did you mean repo/yaml? "),
        ("xyzzy", ""),
    ],
)
def test_an_unknown_rule(rule: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, rule) == (
        2,
        "",
        f"error: no rule {rule!r}\nhint: {hint}`hydrogitops explain --list` shows all of them\n",
    )


def test_no_rule_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == (2, "", "error: which rule?\nhint: hydrogitops explain --list shows all of them\n")


def test_colour_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[1;31mjvm/heap-over-limit\x1b[0m" in said(capsys, "--color=always", "jvm/heap-over-limit")[1]


def test_rule_ids_are_completed() -> None:
    words = {"_HYDROGITOPS_COMPLETE": "bash_complete", "COMP_WORDS": "hydrogitops explain jvm/heap", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "hydrogitops"],
        env=os.environ | words,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "plain,jvm/heap-over-limit" in done.stdout.splitlines()


def test_schemas_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("answers", "config", "policies", "report"):
        assert root.run(["schema", name]) == 0
        schema = json.loads(capsys.readouterr().out)
        assert schema["type"] == "object", name
        assert schema["properties"], name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "waivers",
            "error: waivers comes with a later version; answers, config, policies and report are there now\n",
        ),
        ("answer", "error: no schema 'answer'\nhint: did you mean answers?\n"),
        ("x", "error: no schema 'x'\nhint: answers, config, policies and report are there\n"),
    ],
)
def test_schemas_that_are_not_there(name: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["schema", name]) == 2
    assert capsys.readouterr() == ("", expected)
