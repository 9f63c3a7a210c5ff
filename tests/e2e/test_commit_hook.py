"""The commit hook of a generated repository, run for real by pre-commit and by prek from the built wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from hydrogitops import __version__

from .repository import PROD, STAGING, VERSION, Repository, generate

ROOT = Path(__file__).parents[2]
WHEEL = os.environ.get("HYDROGITOPS_WHEEL", "")
PROGRAMS = ("pre-commit", "prek")
LIMIT = "    limits: {memory: 1Gi}\n"
"""The memory limit of the gateway in `VERSION`."""

pytestmark = [
    pytest.mark.skipif(not WHEEL, reason="HYDROGITOPS_WHEEL names no wheel; `nox -s e2e` builds one"),
    # One worker: each program builds its environment once.
    pytest.mark.xdist_group("hook"),
]


@dataclass(frozen=True, slots=True)
class Hooked:
    """A generated repository and the program that runs its hooks."""

    program: str
    repository: Repository
    clean: str
    """The revision of the repository as generated."""

    def run(self, *arguments: str) -> Outcome:
        """`pre-commit run` or `prek run` with what the hook prints, whatever becomes of it."""
        done = self.repository.run(self.program, "run", "--color", "never", "--verbose", *arguments)
        return Outcome(done.returncode, done.stdout + done.stderr)


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    text: str

    @property
    def errors(self) -> list[tuple[str, str, int]]:
        """Rule, file and line of every error that was printed."""
        found = re.findall(r"error\[([\w/-]+)\].*\n\s*--> ([^:\n]+):(\d+):\d+", self.text)
        return [(rule, file, int(line)) for rule, file, line in found]

    @property
    def judged(self) -> int:
        """How many environments were judged."""
        found = re.search(r" in (\d+) environments? \(", self.text)
        return int(found.group(1)) if found else 0


def program(name: str) -> str:
    """A program of the tests' own environment, or of the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not installed; `pip install {name}`")
    return found


def cache(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module", params=PROGRAMS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hooked:
    """The program with its hook environment; made once, as it brings the engines from the package registry."""
    name = str(request.param)
    needed = {name: program(name)} | ({"uv": program("uv")} if name == "prek" else {})
    folder = tmp_path_factory.mktemp(name)
    wheels = str(Path(WHEEL).resolve().parent)
    environment = {
        "PATH": os.pathsep.join([*{str(Path(path).parent) for path in needed.values()}, os.environ.get("PATH", "")]),
        "PRE_COMMIT_HOME": str(folder / "store"),
        "PREK_HOME": str(folder / "store"),
        "PIP_FIND_LINKS": f"{wheels} {os.environ.get('PIP_FIND_LINKS', '')}".strip(),
        "UV_FIND_LINKS": wheels,
        # HOME is an empty folder; what was fetched before need not be fetched again.
        "PIP_CACHE_DIR": cache(sys.executable, "-m", "pip", "cache", "dir"),
        **({"UV_CACHE_DIR": cache(needed["uv"], "cache", "dir")} if "uv" in needed else {}),
    }
    repository = generate(folder / "prod-cluster", folder / "home", environment=environment)
    hooked = Hooked(name, repository, repository.git("rev-parse", "HEAD").strip())
    done = repository.run(name, "install", "--install-hooks")
    assert done.returncode == 0, done.stdout + done.stderr
    return hooked


@pytest.fixture
def hooked(built: Hooked) -> Hooked:
    """The same, as generated: no test sees what another one did."""
    built.repository.restore(built.clean)
    return built


def test_a_commit_with_a_fault_is_refused_at_its_line(hooked: Hooked) -> None:
    """`git commit` itself, through the hook that the program has installed."""
    repository = hooked.repository
    repository.replace(VERSION, LIMIT, "")
    refused = repository.run("git", "commit", "--all", "--message", "x")
    outcome = Outcome(refused.returncode, refused.stdout + refused.stderr)
    assert outcome.code == 1, outcome.text
    line = repository.line(VERSION, "resources:", after="gateway:")
    assert outcome.errors == [("resources/memory-limit-missing", VERSION, line)]
    assert outcome.judged == 1
    assert repository.git("rev-parse", "HEAD").strip() == hooked.clean

    repository.restore(hooked.clean)
    repository.replace(VERSION, LIMIT, "    limits: {memory: 1280Mi}\n")
    passed = repository.run("git", "commit", "--all", "--message", "x")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert repository.git("rev-parse", "HEAD~1").strip() == hooked.clean


def test_what_is_changed_but_not_staged_is_not_judged(hooked: Hooked) -> None:
    """Both programs put it aside while hooks run."""
    repository = hooked.repository
    repository.replace(VERSION, LIMIT, "    limits: {memory: 1280Mi}\n")
    repository.git("add", "--all")
    repository.replace(VERSION, "    limits: {memory: 1280Mi}\n", "")
    outcome = hooked.run()
    assert (outcome.code, outcome.errors, outcome.judged) == (0, [], 1), outcome.text


def test_a_clean_change_of_one_environment_passes(hooked: Hooked) -> None:
    repository = hooked.repository
    repository.replace(f"{STAGING}/version/values.yaml", "memory: 1Gi", "memory: 1280Mi")
    repository.git("add", "--all")
    outcome = hooked.run()
    assert (outcome.code, outcome.errors, outcome.judged) == (0, [], 1), outcome.text
    assert "not seen" not in outcome.text


def test_a_change_that_all_environments_read_judges_all(hooked: Hooked) -> None:
    repository = hooked.repository
    repository.replace("apps/hydrosphere/base/values.yaml", 'retry: "false"', "retry: false")
    repository.git("add", "--all")
    outcome = hooked.run()
    line = repository.line("apps/hydrosphere/base/values.yaml", "retry: false")
    assert outcome.errors == [("values/contract", "apps/hydrosphere/base/values.yaml", line)], outcome.text
    assert (outcome.code, outcome.judged) == (1, 2)
    assert "(all environments)" in outcome.text


def test_a_commit_that_only_deletes_a_values_file_is_refused(hooked: Hooked) -> None:
    """Neither program passes deleted files on; without `always_run` the hook would not even start."""
    repository = hooked.repository
    repository.git("rm", "--quiet", VERSION)
    outcome = hooked.run()
    kustomization = f"{PROD}/kustomization.yaml"
    line = repository.line(kustomization, "version/values.yaml")
    assert ("repo/dangling-reference", kustomization, line) in outcome.errors, outcome.text
    assert outcome.code == 1


def test_a_change_that_reaches_no_environment_passes_unjudged(hooked: Hooked) -> None:
    repository = hooked.repository
    repository.replace(VERSION, LIMIT, "")
    repository.commit()
    repository.replace("README.md", "#", "##")
    repository.git("add", "--all")
    outcome = hooked.run()
    assert (outcome.code, outcome.judged) == (0, 0), outcome.text
    assert "the changes reach no environment" in outcome.text


def test_all_files_judges_everything_and_says_so(hooked: Hooked) -> None:
    repository = hooked.repository
    repository.replace(VERSION, LIMIT, "")
    repository.commit()
    outcome = hooked.run("--all-files")
    line = repository.line(VERSION, "resources:", after="gateway:")
    assert outcome.errors == [("resources/memory-limit-missing", VERSION, line)], outcome.text
    assert (outcome.code, outcome.judged) == (1, 2)
    assert "nothing is staged, so everything is judged" in outcome.text


def test_a_range_of_commits_judges_what_it_reaches(hooked: Hooked) -> None:
    repository = hooked.repository
    repository.replace(f"{STAGING}/version/values.yaml", "memory: 1Gi", "memory: 1280Mi")
    before = repository.commit()
    repository.replace(VERSION, LIMIT, "")
    repository.commit()
    outcome = hooked.run("--from-ref", before, "--to-ref", "HEAD")
    line = repository.line(VERSION, "resources:", after="gateway:")
    assert outcome.errors == [("resources/memory-limit-missing", VERSION, line)], outcome.text
    assert (outcome.code, outcome.judged) == (1, 1)


def test_the_published_hook_is_the_one_that_is_generated(tmp_path: Path) -> None:
    """`.pre-commit-hooks.yaml` is for repositories that were not generated; it must run the same way."""
    (published, *_) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    repository = generate(tmp_path / "prod-cluster", tmp_path / "home")
    (entry,) = yaml.safe_load(repository.text(".pre-commit-config.yaml"))["repos"]
    (generated,) = entry["hooks"]
    assert entry["repo"] == "local"
    assert generated["additional_dependencies"] == [f"hydrogitops[engines]=={__version__}"]
    for key in ("id", "entry", "language", "pass_filenames", "always_run"):
        assert generated[key] == published[key]


def test_the_published_hooks_are_read_by_pre_commit() -> None:
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    done = subprocess.run([program("pre-commit"), "validate-manifest", manifest], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
