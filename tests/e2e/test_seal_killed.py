"""Killed at 300 moments of chance while it seals: the file is the old or the new one, and no plaintext lies about."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hydrogitops.secrets import rollout
from tests.e2e import seal_and_kill
from tests.sealing_keys import certificate
from tests.unit.sealing.plain import sealed_secret, write

KILLS = 300
PATCH = f"spec:\n  template:\n    metadata:\n      annotations:\n        {rollout.PLACE[-1]}: '0'\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is killed: this system cannot fork")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    assert rollout.file("plain") == seal_and_kill.ROLLOUT
    text = sealed_secret("other") + "---\r\n" + sealed_secret().replace("\n", "\r\n")
    root = write(tmp_path / "x", {"db.yaml": text, seal_and_kill.ROLLOUT: PATCH})
    (tmp_path / "key.pem").write_bytes(certificate()[1])
    for folder in ("home", "tmp"):
        (tmp_path / folder).mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.seal_and_kill", str(root), str(KILLS), str(tmp_path / "key.pem")],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": ""},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"old (\d+) new (\d+) left \[\]\n", done.stdout)
    assert found, done.stdout
    old, new = map(int, found.groups())
    assert old + new == KILLS
    # Both have to occur, or the moments were not spread over the run.
    assert old > KILLS // 20 and new > KILLS // 20, done.stdout
    for folder in ("home", "tmp"):
        for path in (tmp_path / folder).rglob("*"):
            assert not path.is_file() or seal_and_kill.CANARY not in path.read_bytes()
