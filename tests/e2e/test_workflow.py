"""The pipeline of a generated repository: its own lines, run as a runner would for a pull request, without a network."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops import __version__
from hydrogitops.charts import stand_in
from hydrogitops.charts.programs import embedded_helm
from tests.unit.config.answers_data import changed, example

from .repository import STAGING, VERSION, Repository, generate

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

WORKFLOW = ".github/workflows/check.yaml"
INSTALL = f'python -m pip install "hydrogitops[engines]=={__version__}"'
LIMIT = "    limits: {memory: 1Gi}\n"


def checked_out(folder: Path, *, chart: str | None = None, **answers: object) -> Repository:
    """A clone as a runner has it: of a bare repository that holds `main`, on a commit that no branch names."""
    scripts = Path(sys.executable).parent
    made = generate(
        folder / "prod-cluster",
        folder / "home",
        answers=changed(example("production-external"), **answers),
        environment={"PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"},
        chart=chart,
    )
    origin = folder / "origin.git"
    made.git("clone", "--quiet", "--bare", str(made.root), str(origin))
    made.git("clone", "--quiet", f"file://{origin}", str(folder / "work"))
    shutil.rmtree(made.root)
    clone = Repository(folder / "work", made.environment)
    clone.git("switch", "--quiet", "--detach", "origin/main")
    return clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return checked_out(tmp_path)


def workflow(repository: Repository) -> dict[str, Any]:
    data = yaml.safe_load(repository.text(WORKFLOW))
    assert isinstance(data, dict)
    # `on` is a boolean to YAML 1.1; GitHub reads 1.2.
    return {("on" if key is True else key): value for key, value in data.items()}


def values(node: object) -> Iterator[tuple[str, object]]:
    """Every key below a node with its value."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield str(key), value
        yield from values(value)


def run(repository: Repository, github: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Run the job's steps until one fails; the exit code and all that was printed."""
    (job,) = workflow(repository)["jobs"].values()
    folder.mkdir(exist_ok=True)
    said = ""
    for step in job["steps"]:
        if "run" not in step or step["run"] == INSTALL or not applies(step.get("if", ""), github):
            continue
        script = folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        given = {name: filled(text, github) for name, text in step.get("env", {}).items()}
        runner = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "RUNNER_TEMP": str(folder),
        }
        done = repository.run("bash", "-e", str(script), more={**runner, **given})
        said += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, said
    return 0, said


def applies(condition: str, github: Mapping[str, str]) -> bool:
    """A step's `if`; this knows no more of expressions than the generated workflow needs."""
    if not condition:
        return True
    found = re.fullmatch(r"github\.(\w+) == '(\w+)'", condition)
    assert found, condition
    return github[found.group(1)] == found.group(2)


def filled(text: str, github: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ github\.(\w+) \}\}", lambda found: github[found.group(1)], text)


PULL_REQUEST = {"event_name": "pull_request", "base_ref": "main"}
PUSH = {"event_name": "push", "base_ref": ""}


def test_a_pull_request_with_a_fault_is_annotated_at_its_line(clone: Repository, tmp_path: Path) -> None:
    clone.replace(VERSION, LIMIT, "")
    clone.commit()
    code, said = run(clone, PULL_REQUEST, tmp_path / "runner")
    line = clone.line(VERSION, "resources:", after="gateway:")
    assert code == 1, said
    (error,) = re.findall(r"^::error .*$", said, re.MULTILINE)
    assert error.startswith(f"::error file={VERSION},line={line},col=")
    assert "title=resources/memory-limit-missing" in error
    assert "in 1 environment (" in said
    summary = (tmp_path / "runner/summary.md").read_text(encoding="utf-8")
    assert f"{VERSION}:{line}:" in summary
    # The step that failed was the last one.
    assert not (tmp_path / "runner/rendered").exists()


def test_a_pull_request_without_fault_is_rendered(clone: Repository, tmp_path: Path) -> None:
    clone.replace(f"{STAGING}/version/values.yaml", "memory: 1Gi", "memory: 1280Mi")
    clone.commit()
    code, said = run(clone, PULL_REQUEST, tmp_path / "runner")
    assert code == 0, said
    assert "::error" not in said
    assert "in 1 environment (" in said
    rendered = {path.parent.name: path for path in (tmp_path / "runner/rendered").glob("*/*.yaml")}
    assert sorted(rendered) == ["prod", "staging"]
    kinds = {one["kind"] for one in yaml.safe_load_all(rendered["staging"].read_text(encoding="utf-8"))}
    assert {"Deployment", "Service", "ConfigMap", "SealedSecret"} <= kinds
    summary = (tmp_path / "runner/summary.md").read_text(encoding="utf-8")
    assert "1280Mi" in summary, "what changes in the cluster is shown to whoever reviews"
    assert "staging" in summary


def test_a_push_judges_everything(clone: Repository, tmp_path: Path) -> None:
    clone.replace(VERSION, LIMIT, "")
    clone.commit()
    clone.replace(f"{STAGING}/version/values.yaml", LIMIT, "")
    clone.commit()
    code, said = run(clone, PUSH, tmp_path / "runner")
    assert code == 1, said
    assert "in 2 environments (" in said
    files = re.findall(r"^::error file=([^,]+),", said, re.MULTILINE)
    assert sorted(files) == [VERSION, f"{STAGING}/version/values.yaml"]


def test_what_was_merged_into_the_base_meanwhile_is_not_the_branch_s(clone: Repository, tmp_path: Path) -> None:
    clone.git("switch", "--quiet", "main")
    clone.replace(VERSION, LIMIT, "")
    clone.commit()
    clone.git("push", "--quiet", "origin", "main")
    clone.git("switch", "--quiet", "--detach", "HEAD~1")
    clone.replace("README.md", "#", "##")
    clone.commit()
    code, said = run(clone, PULL_REQUEST, tmp_path / "runner")
    assert code == 0, said
    assert "the changes reach no environment" in said


def test_a_base_that_was_not_fetched_is_said(clone: Repository, tmp_path: Path) -> None:
    code, said = run(clone, {**PULL_REQUEST, "base_ref": "release"}, tmp_path / "runner")
    assert code == 2
    assert "origin/release" in said
    assert "fetch-depth: 0" in said


def test_the_name_of_a_branch_runs_nothing(clone: Repository, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for name in (f"$(touch {marker})", f'"; touch {marker}; "', f"`touch {marker}`", f"x\ntouch {marker}"):
        code, said = run(clone, {**PULL_REQUEST, "base_ref": name}, tmp_path / "runner")
        assert code == 2
        assert "git knows no revision" in said
        assert not marker.exists()


def test_the_workflow_asks_for_the_least(clone: Repository) -> None:
    data = workflow(clone)
    assert data["permissions"] == {"contents": "read"}
    assert "pull_request" in data["on"]
    assert "pull_request_target" not in data["on"]
    assert set(data["on"]) <= {"pull_request", "push"}
    everything = list(values(data))
    assert [value for key, value in everything if key == "permissions"] == [{"contents": "read"}]
    (job,) = data["jobs"].values()
    assert job["timeout-minutes"] <= 15
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    for key, value in everything:
        if key == "run":
            # An expression in a script is a script of whoever names the branch.
            assert "${{" not in str(value)
        if key == "uses":
            assert re.fullmatch(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})", str(value)), value
    assert "secrets." not in clone.text(WORKFLOW)
    assert INSTALL in [step.get("run") for step in job["steps"]]


def test_the_pipeline_of_gitlab_judges_a_merge_request(tmp_path: Path) -> None:
    clone = checked_out(tmp_path, ci="gitlab")
    assert not (clone.root / WORKFLOW).exists()
    base = clone.git("rev-parse", "HEAD").strip()
    clone.replace(VERSION, LIMIT, "")
    clone.commit()
    (job,) = yaml.safe_load(clone.text(".gitlab-ci.yml")).values()
    assert INSTALL in job["before_script"]
    lint, render = job["script"]
    assert render.startswith("hydrogitops render -o ")
    line = clone.line(VERSION, "resources:", after="gateway:")
    for more, environments in (({"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}, 1), ({}, 2)):
        done = clone.run("bash", "-e", "-c", lint, more=more)
        assert done.returncode == 1, done.stdout + done.stderr
        assert f"--> {VERSION}:{line}:" in done.stdout
        assert f"in {environments} environment" in done.stdout


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_what_argo_cd_applies_is_held_against_its_sources(ci: str, tmp_path: Path) -> None:
    clone = checked_out(tmp_path, chart=str(stand_in.folder()), flavour="rendered", ci=ci)

    def check() -> tuple[int, str]:
        if ci == "github":
            return run(clone, PUSH, tmp_path / "runner")
        (job,) = yaml.safe_load(clone.text(".gitlab-ci.yml")).values()
        script = "\n".join(job["script"]).replace("/tmp/rendered", str(tmp_path / "rendered"))
        done = clone.run("bash", "-e", "-c", script)
        return done.returncode, done.stdout + done.stderr

    code, said = check()
    assert code == 0, said
    clone.replace(VERSION, "memory: 1Gi", "memory: 1280Mi")
    clone.commit()
    code, said = check()
    assert code == 1, said
    assert "repo/not-rendered" in said
    clone.run("hydrogitops", "render", "-o", "rendered", check=True)
    clone.commit()
    code, said = check()
    assert code == 0, said
