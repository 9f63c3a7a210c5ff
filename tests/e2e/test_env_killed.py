"""Killed at moments of chance while it changes many files: the tree is as it was, or done."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new

VERSION = "apps/hydrosphere/envs/{}/version/values.yaml"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is killed: this system cannot fork")
@pytest.mark.parametrize(("what", "kills", "git"), [("env", 40, True), ("env", 30, False), ("promote", 14, True)])
def test_killed_at_any_moment(tmp_path: Path, what: str, kills: int, git: bool) -> None:
    root = tmp_path / "prod-cluster"
    new("prod-cluster", answers={}, no_input=True, offline=True, git=git, target=root,
        lint=lambda _: Report((), Coverage()))  # fmt: skip
    if what == "promote":
        changed = root / VERSION.format("dev")
        text = changed.read_text(encoding="utf-8")
        changed.write_text(text.replace("-Xmx1g -Xms512m", "-Xmx1200m -Xms512m"), encoding="utf-8")
        assert changed.read_text(encoding="utf-8") != text
    for folder in ("home", "tmp"):
        (tmp_path / folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.change_and_kill", what, str(root), str(kills)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = re.search(r"^old (\d+) new (\d+)$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    old, changed_trees = map(int, found.groups())
    assert old + changed_trees == kills
    # Both have to occur, or the moments were not spread over the run.
    assert old >= kills // 10 and changed_trees >= kills // 10, done.stdout
