"""The wheel as strangers install it: into empty environments, with and without the engines, with an empty HOME."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 70 * 10**6
"""Bytes that the base install may take: what product descriptions promise."""

WHEEL = os.environ.get("HYDROGITOPS_WHEEL", "")

pytestmark = [
    pytest.mark.skipif(not WHEEL, reason="HYDROGITOPS_WHEEL names no wheel; `nox -s e2e` builds one"),
    # One worker: the environments are built once.
    pytest.mark.xdist_group("wheel"),
]


class Installed:
    """An environment with the wheel in it, and what it takes to run its program as a stranger would."""

    def __init__(self, folder: Path, extra: str) -> None:
        self.folder = folder / "venv"
        self.home = folder / "home"
        self.home.mkdir()
        # As `python -m venv` does it; a copy of the interpreter would count as ours.
        venv.create(self.folder, with_pip=False, symlinks=True)
        cache = subprocess.run(
            [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True
        ).stdout.strip()
        subprocess.run(
            [
                sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"),
                "install", "--quiet", f"{WHEEL}{extra}",
            ],
            env=os.environ | {"HOME": str(self.home), "PIP_CACHE_DIR": cache},
            check=True,
        )  # fmt: skip

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """The program with an empty HOME and a PATH that has git and nothing that renders."""
        return subprocess.run(
            [self.folder / "bin" / "hydrogitops", *arguments],
            cwd=cwd,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("base"), "")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("engines"), "[engines]")


@pytest.mark.parametrize("kind", ["policies", "template"])
def test_the_wheel_holds_what_the_checkout_holds(kind: str) -> None:
    here = {
        path.relative_to(ROOT / kind).as_posix(): path.read_bytes()
        for path in (ROOT / kind).rglob("*")
        if path.is_file()
    }
    inside = f"hydrogitops/_data/{kind}/"
    with zipfile.ZipFile(WHEEL) as archive:
        there = {
            name.removeprefix(inside): archive.read(name)
            for name in archive.namelist()
            if name.startswith(inside) and not name.endswith("/")
        }
    assert here
    assert there == here


def test_the_wheel_holds_all_modules_and_their_data() -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "hydrogitops").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_data" not in path.parts
    }
    with zipfile.ZipFile(WHEEL) as archive:
        assert here <= set(archive.namelist())


def test_the_base_install_is_small(base: Installed) -> None:
    size = sum(path.lstat().st_size for path in base.folder.rglob("*") if path.is_file() and not path.is_symlink())
    assert size < LIMIT, f"{size / 10**6:.1f} MB"


def test_the_main_job(engines: Installed, tmp_path: Path) -> None:
    made = engines.run("new", "prod-cluster", "--no-input", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    judged = engines.run("lint", "--format", "json", cwd=tmp_path / "prod-cluster")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    report = json.loads(judged.stdout)
    assert sorted(report["coverage"]["environments"]) == ["dev", "prod", "staging"]
    assert report["coverage"]["objects"] > 100
    assert report["summary"]["error"] == 0
    assert {finding["rule"] for finding in report["findings"]} == {"hydrosphere/open-answer", "secrets/placeholder"}


def test_without_engines_it_says_what_was_not_seen_and_what_to_install(base: Installed, tmp_path: Path) -> None:
    made = base.run("new", "prod-cluster", "--no-input", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    judged = base.run("lint", "--format", "json", cwd=tmp_path / "prod-cluster")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    gaps = json.loads(judged.stdout)["coverage"]["not_seen"]
    assert {gap["environment"] for gap in gaps} >= {"dev", "prod", "staging"}
    assert any("hydrogitops[engines]" in gap["reason"] for gap in gaps)
    assert base.run("lint", "--strict", cwd=tmp_path / "prod-cluster").returncode == 2


def test_the_long_version_says_what_would_render(base: Installed, engines: Installed, tmp_path: Path) -> None:
    with_them = engines.run("--version", "--verbose", cwd=tmp_path)
    without = base.run("--version", "--verbose", cwd=tmp_path)
    assert (with_them.returncode, without.returncode) == (0, 0)
    assert "(embedded)" in with_them.stdout
    assert "hydrogitops[engines]" in without.stdout


def test_every_rule_explains_itself_from_the_wheel(base: Installed, tmp_path: Path) -> None:
    listed = base.run("explain", "--list", cwd=tmp_path).stdout.splitlines()
    assert len(listed) == len(list((ROOT / "policies").glob("*/*.yaml")))
    page = base.run("explain", listed[0].split()[0], cwd=tmp_path)
    assert page.returncode == 0
    assert "\nBad" in page.stdout
