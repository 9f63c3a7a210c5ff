"""Small repositories for tests of rules: written, judged without an engine, findings as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Finding
from tests.golden.trees import write

FOLDER = "envs/prod"
BASE, LAST = f"{FOLDER}/base.yaml", f"{FOLDER}/last.yaml"
CONFIGURATION = ".hydrogitops.yaml"
PRODUCTION = "version: 1\nenvironments:\n  prod: {profile: production}\n"

Told = tuple[str, str, str, int, int]
"""Rule, severity, file, line, column."""


def judge(root: Path, files: Mapping[str, str], rules: Iterable[str], *, render: bool = False) -> tuple[Finding, ...]:
    """The findings of some rules on a repository."""
    write(root, files)
    return cached_run([root], Options(only=frozenset(rules), render=render), use=False).report.findings


def release(last: str, base: str = "{}\n", *, answers: str = "", name: str = "hydro") -> dict[str, str]:
    """A release of serving in the environment prod, production, with two layers of values."""
    return {
        CONFIGURATION: PRODUCTION + (f"answers:\n{answers}" if answers else ""),
        f"{FOLDER}/kustomization.yaml": (
            "helmCharts:\n"
            "  - name: serving\n"
            "    repo: https://hydrospheredata.github.io/hydro-serving/helm/\n"
            '    version: "3.0.3"\n'
            f"    releaseName: {name}\n"
            "    namespace: hydrosphere\n"
            "    valuesFile: base.yaml\n"
            "    additionalValuesFiles: [last.yaml]\n"
        ),
        BASE: base,
        LAST: last,
    }


def told(findings: Iterable[Finding]) -> list[Told]:
    return [(one.rule, one.severity, one.file, one.line, one.column) for one in findings]


def place(text: str, needle: str, nth: int = 1) -> tuple[int, int]:
    """Line and column at which `needle` stands in `text` for the `nth` time."""
    position = -1
    for _ in range(nth):
        position = text.index(needle, position + 1)
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
