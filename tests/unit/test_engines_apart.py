"""Which engine applies a repository is known where that is the subject, and nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "hydrogitops"

KNOWING = (
    "repo/*",
    "linter/argocd_*",
    "linter/template_patches.py",
    "linter/checks/argocd*",
    "linter/checks/flux*",
    "scaffold/*",
    "config/answer_*",
    "config/defaults.py",
    "config/required.py",
    "cli/new.py",
    "cli/render.py",
    "cli/root.py",
)
"""The adapters, the checks of their families, and what writes a repository, and what is said to people."""
LABELS = {
    "linter/checks/secrets_consumers.py": {"argocd.argoproj.io/secret-type", "reconcile.fluxcd.io/"},
    "charts/substitution.py": {"kustomize.toolkit.fluxcd.io/substitute"},
}
"""Marks that users put on their own objects."""
ENGINE = re.compile(r"argo|flux|HelmRelease|ApplicationSet", re.IGNORECASE)
RULE = re.compile(r"(argocd|flux)/[a-z-]+")


def texts(path: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in told:
            yield one.value


def test_only_what_is_about_an_engine_names_one() -> None:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT)
        if not any(name.match(pattern) for pattern in KNOWING):
            named = {text for text in texts(path) if ENGINE.search(text) and not RULE.fullmatch(text)}
            if named:
                found[name.as_posix()] = named
    assert found == LABELS
