"""What starting costs, counted in imports: each case runs in a process of its own and prints `sys.modules`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.trees import write

HEAVY = {"pydantic", "rich", "cookiecutter", "git", "questionary", "ruamel", "helm_python", "jinja2", "requests"}

PROGRAM = """
import atexit, sys
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
sys.argv = ["hydrogitops", *{arguments!r}]
from hydrogitops.__main__ import main
sys.exit(main())
"""


def modules(code: str, cwd: Path, **environment: str) -> tuple[int, str, set[str]]:
    """Exit code, standard output and the modules that were imported, those of a bare interpreter apart."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=os.environ | {"NO_COLOR": "1", "XDG_CACHE_HOME": str(cwd / ".cache")} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, set(done.stderr.splitlines()[-1].split())


def bare(cwd: Path) -> set[str]:
    """What this interpreter imports by itself: `.pth` files of installed packages included."""
    return modules("import sys; print(*sorted(sys.modules), file=sys.stderr)", cwd)[2]


def test_the_version_imports_nothing(tmp_path: Path) -> None:
    code, out, seen = modules(PROGRAM.format(arguments=["--version"]), tmp_path)
    assert (code, out.split()[0]) == (0, "hydrogitops")
    added = {name for name in seen - bare(tmp_path) if not name.startswith("hydrogitops")}
    assert added <= {"atexit", "__future__"}
    assert {name for name in seen if name.startswith("hydrogitops")} == {"hydrogitops", "hydrogitops.__main__"}


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    _, _, seen = modules("import sys, hydrogitops; print(*sorted(sys.modules), file=sys.stderr)", tmp_path)
    assert not (seen - bare(tmp_path)) & (HEAVY | {"click", "yaml"})
    assert {name for name in seen if name.startswith("hydrogitops.")} == set()


def test_help_imports_no_command(tmp_path: Path) -> None:
    code, out, seen = modules(PROGRAM.format(arguments=["--help"]), tmp_path)
    assert code == 0 and "Commands:" in out
    rooms = {name for name in seen if name.startswith("hydrogitops.cli.")}
    assert rooms == {"hydrogitops.cli.root", "hydrogitops.cli.frame", "hydrogitops.cli.interrupts"}
    assert not (seen - bare(tmp_path)) & (HEAVY | {"yaml"})


PLAIN = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  a: "1"
"""


@pytest.mark.parametrize("arguments", [["lint"], ["lint", "--no-render"], ["lint", "--format", "json"]])
def test_linting_plain_manifests_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(PLAIN, encoding="utf-8")
    code, out, seen = modules(PROGRAM.format(arguments=arguments), tmp_path)
    assert code == 0, out
    assert "hydrogitops.linter.run" in seen
    assert "hydrogitops.charts.engines" not in seen
    assert {name.partition(".")[0] for name in seen - bare(tmp_path)} & HEAVY == set()


RELEASED = {
    "envs/prod/kustomization.yaml": (
        "helmCharts: [{name: serving, repo: https://hydrospheredata.github.io/hydro-serving/helm/, version: 3.0.3,"
        " releaseName: hydro, namespace: hydrosphere, valuesFile: values.yaml}]\nresources: [settings.yaml]\n"
    ),
    "envs/prod/values.yaml": "manager: {javaOpts: -Xmx1g}\n",
    "envs/prod/settings.yaml": PLAIN,
}
WITHOUT_WORKLOADS = {
    "hydrogitops.jvm",
    "hydrogitops.kube.resources",
    "hydrogitops.kube.scheduling",
    "hydrogitops.charts.engines",
    "hydrogitops.charts.launches",
    "hydrogitops.secrets.templates",
}
"""What a repository needs only for workloads, renders and templates of secrets."""


def test_what_nothing_asks_for_is_not_loaded(tmp_path: Path) -> None:
    write(tmp_path, RELEASED)
    code, out, seen = modules(PROGRAM.format(arguments=["lint", "--no-render"]), tmp_path)
    assert code in (0, 1), out
    assert "hydrogitops.charts.provenance" in seen
    assert seen & WITHOUT_WORKLOADS == set()


NOTING = """
import atexit, dataclasses, sys
made, process = [], dataclasses._process_class
def noted(cls, *rest):
    made.append(f"{cls.__module__}.{cls.__name__}")
    return process(cls, *rest)
dataclasses._process_class = noted
atexit.register(lambda: print(*(name for name in made if name.startswith("hydrogitops")), file=sys.stderr))
"""
INTERFACE = {
    *("model.report.Report", "kube.problems.Problem", "kube.quantity.Quantity", "secrets.sealing.Sealed"),
    *(f"model.findings.{name}" for name in ("Finding", "Occurrence", "RelatedPlace", "Fix", "Edit")),
    *(f"model.findings.{name}" for name in ("Coverage", "Unseen")),
    *(f"charts.values.{name}" for name in ("Chart", "Dependency", "Coalesced", "LeafOrigin")),
}
"""What the package gives back, which is a dataclass by its word."""


def test_only_the_interface_is_made_of_dataclasses_at_a_start(tmp_path: Path) -> None:
    """Making one takes a third of a millisecond, five times as long as a named tuple."""
    write(tmp_path, RELEASED)
    code, out, made = modules(NOTING + PROGRAM.format(arguments=["lint", "--no-render"]), tmp_path)
    assert code in (0, 1), out
    assert {name.removeprefix("hydrogitops.") for name in made} - INTERFACE == set()


BEGINNING = """
import os, sys
from hydrogitops.linter.rendering import Rendering
def begun(self):
    print(*sorted(sys.modules), file=sys.stderr, flush=True)
    os._exit(0)
Rendering.start = begun
"""
BESIDE_THE_ENGINES = {
    *("hydrogitops.linter.views", "hydrogitops.linter.judging", "hydrogitops.linter.checks"),
    *("hydrogitops.charts.provenance", "hydrogitops.charts.contract", "hydrogitops.charts.printed"),
    *("hydrogitops.charts.workloads", "hydrogitops.kube"),
}
"""What can be loaded while they work."""


def test_the_engines_wait_for_nothing_that_can_wait_for_them(tmp_path: Path) -> None:
    write(tmp_path, RELEASED)
    code, out, seen = modules(BEGINNING + PROGRAM.format(arguments=["lint"]), tmp_path)
    assert code == 0, out
    assert "hydrogitops.linter.rendering" in seen
    assert seen & BESIDE_THE_ENGINES == set()


def test_colour_is_what_brings_rich(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(PLAIN, encoding="utf-8")
    _, _, seen = modules(PROGRAM.format(arguments=["lint", "--color", "always"]), tmp_path)
    assert "rich" in seen
