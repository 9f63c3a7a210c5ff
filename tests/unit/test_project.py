"""What stands in several files of the project says the same in each."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from hydrogitops import __version__
from hydrogitops.cli.root import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        (
            "main",
            "python3 -m venv .venv && .venv/bin/pip install '.[engines]' && .venv/bin/hydrogitops new prod-cluster",
        ),
        ("test", "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox"),
    ],
)
def test_the_two_commands_stand_in_the_readme_once(mark: str, command: str) -> None:
    assert re.findall(rf"<!-- command: {mark} -->\n```sh\n(.*)\n```\n", README) == [command]


def test_the_readme_names_every_command() -> None:
    assert [name for name in COMMANDS if f"hydrogitops {name}" not in README] == []


def test_versions_that_people_copy_are_this_version() -> None:
    found = {
        match for path in MANUAL for match in re.findall(r"hydrogitops\[engines\]==([\w.]+)", path.read_text("utf-8"))
    }
    assert found == {__version__}
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_hooks_bring_the_engines_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["hydrogitops", "hydrogitops-lint-all"]
    for hook in hooks:
        assert hook["additional_dependencies"] == project["optional-dependencies"]["engines"]
        assert (hook["pass_filenames"], hook["always_run"], hook["require_serial"]) == (False, True, True)
