"""Putting a repository on disk: beside its place, judged there, put under git, moved into place by one rename."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hydrogitops.model import Report, UserError

from .parts import File, write_below

if TYPE_CHECKING:
    from git import Repo

IDENTITY = ("hydrogitops", "hydrogitops@localhost")
"""Who commits where git knows no user: for that one commit, nothing is configured."""

LEAST_FREE = 2**20
"""Bytes that a first commit needs for certain, chart or not."""


def write(
    files: Sequence[File],
    target: Path,
    *,
    lint: Callable[[Path], Report],
    git: bool,
    branch: str = "main",
    remote: str = "",
) -> tuple[str, ...]:
    """Write `files` to the new folder `target`; what is worth saying comes back.

    `lint` judges the folder before it is moved; an error that it finds stops everything. Whatever goes wrong, nothing
    is left behind: UserError for what a person can mend, and Ctrl-C as it came.
    """
    check_free(target)
    with _staging(target) as folder:
        with _explained(target):
            write_below(folder, files)
        _judge(folder, lint)
        with _explained(target):
            remarks = _commit(folder, branch=branch, remote=remote) if git else ()
            check_free(target)
            folder.rename(target)
    return remarks


def check_free(target: Path) -> None:
    if os.path.lexists(target):
        raise UserError(f"{target.name} is there already", hint="take another name, or move it away first")
    if not target.parent.is_dir():
        raise UserError(f"there is no folder {target.parent}")


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder beside the target, on the same file system; gone at the end unless it was moved."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise UserError(f"cannot write into {target.parent}: {_reason(error)}") from None
    try:
        umask = os.umask(0)
        os.umask(umask)
        folder.chmod(0o777 & ~umask)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """What a disk refuses, in words."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot write {target.name}: {_reason(error)}; nothing was left behind") from None


def _judge(folder: Path, lint: Callable[[Path], Report]) -> None:
    report = lint(folder)
    errors = [finding for finding in report.findings if finding.severity == "error" and not finding.suppressed]
    if errors or report.incomplete:
        told = [f"{item.file}:{item.line}: {item.message} [{item.rule}]" for item in errors]
        listed = "\n".join(f"  {line}" for line in (*told, *report.incomplete))
        hint = "change the answers" if errors else "give another chart with --chart FILE or --chart DIR"
        raise UserError(f"with these answers the repository would not be sound:\n{listed}", hint)


def _commit(folder: Path, *, branch: str, remote: str) -> tuple[str, ...]:
    """The first commit, by GitPython; what is worth saying."""
    if shutil.which("git") is None:
        return ("there is no git on this machine, so the repository is a plain folder; `git init` makes it one",)
    # GitPython looks for git while it is imported, and must not complain on its own.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    try:
        from git import Actor, Repo
        from git.exc import GitError
    except ImportError as error:
        # It runs git while it is imported: a broken configuration of the user stops it there.
        return (_refused(error),)
    try:
        repository = Repo.init(folder, initial_branch=branch)
        try:
            if remote:
                repository.create_remote("origin", remote)
            repository.index.add(_tracked(folder))
            known = _knows_user(repository)
            author = None if known else Actor(*IDENTITY)
            # The hooks of a user's template are for commits of people.
            repository.index.commit(
                "Write the repository with hydrogitops", author=author, committer=author, skip_hooks=True
            )
        finally:
            repository.close()
    except GitError as error:
        if _is_full(folder, error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        shutil.rmtree(folder / ".git", ignore_errors=True)
        return (_refused(error),)
    return () if known else (f"git knows no user.name here, so the first commit is by {IDENTITY[0]} <{IDENTITY[1]}>",)


def _is_full(folder: Path, error: BaseException) -> bool:
    """Whether it is the disk that git failed for; it does not always say so."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        link = link.__cause__ or link.__context__
    if any(os.strerror(code) in str(error) for code in (errno.ENOSPC, errno.EDQUOT)):
        return True
    return not _said(error) and shutil.disk_usage(folder).free < LEAST_FREE


def _refused(error: Exception) -> str:
    return f"git refused the first commit ({_said(error) or type(error).__name__}), so the repository is a plain folder"


def _said(error: BaseException) -> str:
    """The last line that git printed, empty where it printed none."""
    printed = getattr(error, "stderr", None)
    said = str(error if printed is None else printed).strip().splitlines()
    return said[-1].strip().removeprefix("stderr: ").strip("'") if said else ""


def _tracked(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != ".git"
    )


def _knows_user(repository: Repo) -> bool:
    with repository.config_reader() as configuration:
        name = os.environ.get("GIT_AUTHOR_NAME") or configuration.get_value("user", "name", "")
        mail = os.environ.get("GIT_AUTHOR_EMAIL") or configuration.get_value("user", "email", "")
    return bool(name) and bool(mail)


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
