"""Repositories with a past for tests: a tree that is committed, another over it, judged against the commit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Report
from tests.golden.trees import commit, write

Told = tuple[str, str, int]
"""Rule without its family, file, line."""


@dataclass(frozen=True, slots=True)
class Past:
    """A work tree whose first state is committed."""

    root: Path

    @classmethod
    def of(cls, root: Path, files: Mapping[str, str]) -> Past:
        commit(write(root, files))
        return cls(root)

    def change(self, files: Mapping[str, str | None]) -> None:
        """Write files, delete those that are None."""
        write(self.root, {name: text for name, text in files.items() if text is not None})
        for name in [name for name, text in files.items() if text is None]:
            (self.root / name).unlink()

    def judge(self, *rules: str, render: bool = True, since: str | None = "HEAD", staged: bool = False) -> Report:
        options = Options(only=frozenset(rules), since=None if staged else since, staged=staged, render=render)
        return cached_run([self.root], options, use=False).report


def told(report: Report) -> list[Told]:
    return [(one.rule.removeprefix("secrets/"), one.file, one.line) for one in report.findings]


def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the git that runs the tests nor the settings of whoever runs them."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
