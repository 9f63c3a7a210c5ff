"""Small repositories for tests: texts become trees; a generated repository to edit."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Report

MARK = re.compile(r"\s*#\s*<-\s*(\S+)\s*$")
FILE = re.compile(r"^# file: (\S+)\s*$")


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Files by path below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def chunks(text: str, first: str) -> dict[str, str]:
    """The files of an example: what stands before the first `# file:` line is `first`."""
    files: dict[str, list[str]] = {first: []}
    name = first
    for line in text.splitlines(keepends=True):
        found = FILE.match(line)
        if found:
            name = found.group(1)
            files[name] = []
        else:
            files[name].append(line)
    return {name: "".join(lines) for name, lines in files.items() if name != first or "".join(lines).strip()}


def marked(files: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str, int]]]:
    """The files without their marks, and what the marks expect: (rule, file, line)."""
    clean: dict[str, str] = {}
    expected: list[tuple[str, str, int]] = []
    for name, text in files.items():
        lines = text.splitlines()
        for number, line in enumerate(lines, 1):
            found = MARK.search(line)
            if found:
                expected.append((found.group(1), name, number))
                lines[number - 1] = line[: found.start()]
        clean[name] = "\n".join(lines) + "\n"
    return clean, sorted(expected)


def commit(root: Path) -> None:
    """Make a tree a git repository of one commit, or add one with all that is in it."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--allow-empty", "--message", "m"]):
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, timeout=60)


def judged(root: Path, *, only: frozenset[str] | None = None, since: str | None = None) -> Report:
    """The report on a tree, never from the cache."""
    return cached_run([root], Options(only=only, since=since), use=False).report


def found(report: Report) -> list[tuple[str, str, int]]:
    return sorted((finding.rule, finding.file, finding.line) for finding in report.findings)
