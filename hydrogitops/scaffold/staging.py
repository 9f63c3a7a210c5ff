"""A copy of a repository in which a change is made and judged before it is made in the repository itself."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hydrogitops.charts import stand_in
from hydrogitops.linter.run import read_configuration
from hydrogitops.model import Finding, Report, UserError
from hydrogitops.repo.environments import discover
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.sources import Sources
from hydrogitops.source.temporary import temporary_folder
from hydrogitops.source.transaction import Change, ChangedError, New, carry_out

Lint = Callable[[Path], Report]
_CHARTS = "charts"


@contextmanager
def copied(sources: Sources) -> Iterator[Path]:
    """A folder with the repository's files, those apart that git ignores; gone at the end. UserError."""
    try:
        with temporary_folder("hydrogitops-") as place:
            # A kustomization at the root is an environment by the folder's name.
            folder = Path(place, sources.root.name or "repository")
            folder.mkdir(mode=0o700)
            for name in sources.listed:
                _copy(sources.root / name, folder / name)
            if not (folder / _CHARTS).exists():
                _copy(sources.root / _CHARTS, folder / _CHARTS)
            yield folder
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"cannot make a copy to try the change in: {reason}", "TMPDIR names another folder") from None


def put(folder: Path, changes: Mapping[str, Change]) -> None:
    """Make a change in a copy."""
    for name, change in changes.items():
        target = folder / name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        files = {"": change} if isinstance(change, New) else change or {}
        for inner, file in files.items():
            path = target / inner if inner else target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)


def rendered(sources: Sources, name: str) -> dict[str, Change]:
    """What the repository carries of an environment rendered, anew; nothing where it carries none, or has no chart."""
    environments = discover(sources, read_configuration(sources)).environments
    environment = next(one for one in environments if one.name == name)
    if not environment.rendered or any(chart_folder(sources, one) == stand_in.folder() for one in environment.releases):
        return {}
    # Only what writes YAML needs its library.
    from hydrogitops.linter.applied import applied

    ((_, text, _),) = applied(sources.root, (name,), into=sources.root / posixpath.dirname(environment.rendered))
    return {f"{environment.rendered}/manifests.yaml": New(text.encode())}


def new_errors(before: Report, after: Report) -> list[Finding]:
    """The errors that a change brings."""
    known = {finding.fingerprint for finding in before.findings if _is_error(finding)}
    return [finding for finding in after.findings if _is_error(finding) and finding.fingerprint not in known]


def new_errors_in(before: Report, after: Report, environment: str) -> list[Finding]:
    """The errors that a change brings to one environment, be they old ones of others."""
    known = {finding.fingerprint for finding in before.findings if _holds_in(finding, environment)}
    return [one for one in after.findings if _holds_in(one, environment) and one.fingerprint not in known]


def unjudged(report: Report, environment: str) -> list[str]:
    """What a lint could not see of an environment, a sentence each."""
    gaps = (gap for gap in report.coverage.not_seen if gap.environment == environment)
    return [f"not judged: {gap.what}: {gap.reason}" for gap in gaps]


def listed(findings: Collection[Finding]) -> str:
    return "\n".join(f"  {one.file}:{one.line}: {one.message} [{one.rule}]" for one in findings)


def make(root: Path, changes: Mapping[str, Change], expected: Mapping[str, bytes]) -> None:
    """Make a change in the repository itself, all of it or nothing. UserError where that is not possible."""
    try:
        carry_out(root, changes, expected)
    except ChangedError as error:
        raise UserError(f"{error} has changed in the meantime", "nothing was written; run it again") from None
    except OSError as error:
        where = f": {Path(error.filename).name}" if error.filename else ""
        reason = error.strerror or str(error)
        raise UserError(f"cannot change the repository: {reason.lower()}{where}", "nothing was changed") from None


def _is_error(finding: Finding) -> bool:
    return finding.severity == "error" and not finding.suppressed


def _holds_in(finding: Finding, environment: str) -> bool:
    if finding.suppressed:
        return False
    if not finding.occurrences:
        return finding.severity == "error" and environment in finding.environments
    return any(one.environment == environment and one.severity == "error" for one in finding.occurrences)


def _copy(path: Path, target: Path) -> None:
    """A link stays one; what is not there, a file that git still has say, is left out."""
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, target, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
    elif path.is_symlink() or path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
