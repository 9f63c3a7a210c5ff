"""A generated repository under git, for tests that change it and ask what becomes of the change."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new
from tests.unit.config.answers_data import example

PROD = "apps/hydrosphere/envs/prod"
STAGING = "apps/hydrosphere/envs/staging"
VERSION = f"{PROD}/version/values.yaml"


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree; `environment` is all that programs see which run in it."""

    root: Path
    environment: Mapping[str, str]

    def run(
        self, *command: str, more: Mapping[str, str] | None = None, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a program at the root; `more` goes into its environment."""
        return subprocess.run(
            command, cwd=self.root, env={**self.environment, **(more or {})},
            capture_output=True, text=True, check=check, timeout=900,
        )  # fmt: skip

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments, check=True).stdout

    def commit(self, message: str = "change") -> str:
        """Commit all that has changed, without hooks; the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def restore(self, revision: str) -> None:
        self.git("reset", "--quiet", "--hard", revision)
        self.git("clean", "--quiet", "--force", "-d")

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Put `new` where `old` stands for the first time."""
        text = self.text(name)
        assert old in text, f"{name} no longer has {old!r}"
        (self.root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def line(self, name: str, needle: str, after: str = "") -> int:
        """The line on which `needle` stands first behind `after`."""
        text = self.text(name)
        return text.count("\n", 0, text.index(needle, text.index(after))) + 1


def generate(
    root: Path,
    home: Path,
    *,
    answers: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    chart: str | None = None,
) -> Repository:
    """Write and commit a repository, by default that of the production example: staging and prod.

    The stand-in chart renders it, unless it has `chart`. `home` becomes the HOME of everything that runs in it: nobody's settings count.
    """
    home.mkdir(exist_ok=True)
    new(
        root.name,
        answers=example("production-external") if answers is None else answers,
        no_input=True,
        chart=chart,
        offline=True,
        target=root,
        lint=lambda _: Report((), Coverage()),
    )
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_SPEAKING)}
    made = {
        "HOME": str(home),
        "NO_COLOR": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in _IDENTITY.items()},
    }
    return Repository(root, {**kept, **made, **(environment or {})})


_SPEAKING = ("GIT_", "PRE_COMMIT", "PREK_", "HYDROGITOPS_", "GITHUB_", "XDG_", "FORCE_COLOR", "COLUMNS")
"""Beginnings of variables that would tell the programs under test something about the programs around the tests."""
_IDENTITY = {"NAME": "A tester", "EMAIL": "tester@example.com"}
