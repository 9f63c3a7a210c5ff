"""`new`: from answers to a repository."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydrogitops.config import answer_checks, suspicion
from hydrogitops.config.answers import Answers, open_answers, read_answers
from hydrogitops.config.defaults import CHART_VERSION, TODO
from hydrogitops.config.messages import shown
from hydrogitops.config.remarks import remarks as answer_remarks
from hydrogitops.model import Report, UserError

from . import chart_source, dialogue
from .parts import File
from .plan import plan
from .rendered import FOLDER, has_chart, keeps_rendered, rendered
from .write import check_free, write


@dataclass(frozen=True, slots=True)
class Created:
    """A repository as written, or as it would be.

    `open`: answers that are still to be given, as (path, what). `remarks`: what the user must know, a sentence each.
    `next_steps`: three commands to type.
    """

    target: Path
    files: tuple[File, ...]
    open: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    next_steps: tuple[str, ...]


def new(
    name: str,
    *,
    answers: Mapping[str, object],
    settings: Sequence[str] = (),
    no_input: bool = False,
    chart: str | None = None,
    offline: bool = False,
    dry_run: bool = False,
    git: bool = True,
    allow_open: bool = False,
    target: Path,
    lint: Callable[[Path], Report],
    ask: dialogue.Ask = dialogue.in_terminal,
) -> Created:
    """Write a repository to the folder `target`, which must not exist; `dry_run`: only say what it would hold.

    `settings` are `key.path=value` texts that win over `answers`. `chart`: folder, file or address in place of the
    release archive. `lint` judges what was written before it is moved into place. UserError for everything a person
    can mend; then, and at Ctrl-C, nothing is left behind.
    """
    problem = suspicion.refusal(name) or answer_checks.repository_name(name)
    if problem:
        raise UserError(f"NAME: {problem}")
    given = given_answers(answers, settings)
    if not dry_run:
        check_free(target)
    alone = no_input or not sys.stdin.isatty()
    # Without a single answer nobody can mean anything but to look at what comes out.
    allow_open = allow_open or (alone and given.keys() <= {"engine"})
    given["name"] = name
    if not alone:
        given = dialogue.complete(given, ask, allow_open=allow_open)
    read = read_answers(given, allow_open=allow_open)
    vendored, remarks = _chart(read, given, chart, offline=offline)
    final = _with_chart(read, vendored)
    planned = plan(final, vendored)
    further, unrendered = _rendered(final, planned)
    files = tuple(sorted([*planned, *further], key=lambda file: file.path))
    remarks += unrendered
    if not dry_run:
        fetched = final.repository != TODO and not answer_checks.is_artifact(final.repository)
        remote = final.repository if fetched else ""
        remarks += write(files, target, lint=lint, git=git, branch=final.revision, remote=remote)
    return Created(
        target=target,
        files=files,
        open=tuple((shown(path), what) for path, what in open_answers(final)),
        remarks=(*remarks, *answer_remarks(final)),
        next_steps=_next_steps(final, target, git=git and (dry_run or (target / ".git").is_dir())),
    )


def given_answers(answers: Mapping[str, object], settings: Sequence[str]) -> dict[str, Any]:
    """Answers with each `key.path=value` put in; a value is a text unless it is true, false, a list or a map."""
    from hydrogitops.source import SourceError, load

    given: dict[str, Any] = deepcopy(dict(answers))
    for setting in settings:
        key, equals, text = setting.partition("=")
        steps = key.split(".")
        if not equals or not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", step) for step in steps):
            raise UserError("--set takes KEY=VALUE with dots in KEY, such as postgresql.host=db.example.com")
        value: object = text
        if text in ("true", "false") or (text[:1] in ("[", "{") and not suspicion.refusal(text)):
            try:
                value = load(text)
            except SourceError:
                raise UserError(f"--set {key}: the value is no YAML") from None
        target = given
        for step in steps[:-1]:
            inner = target.setdefault(step, {})
            if not isinstance(inner, dict):
                raise UserError(f"--set {key}: {step} is no map in the answers")
            target = inner
        target[steps[-1]] = value
    return given


def _chart(
    answers: Answers, given: Mapping[str, Any], chart: str | None, *, offline: bool
) -> tuple[chart_source.VendoredChart | None, tuple[str, ...]]:
    """The chart to vendor, or None and why the repository refers to the Helm repository."""
    wanted = answers.chart.vendored
    if wanted is False:
        return None, ()
    if answer_checks.is_artifact(answers.repository):
        remark = (
            "Flux takes no chart out of a folder of an artifact: the HelmRelease refers to the chart's Helm repository,"
            " and a stand-in is judged in its place; with an address of git the chart is vendored"
        )
        return None, (remark,)
    stated = given.get("chart")
    source = chart or answers.chart.source
    digest = answers.chart.sha256
    if chart and not (isinstance(stated, Mapping) and "sha256" in stated):
        digest = None
    if offline and "://" in source:
        return _without(answers, "--offline")
    try:
        found = chart_source.read(source, sha256=digest)
    except chart_source.UnreachableError as error:
        if chart:
            raise UserError(f"{chart} cannot be reached: {error}") from None
        return _without(answers, str(error))
    if isinstance(stated, Mapping) and "version" in stated and found.version != answers.chart.version:
        raise UserError(f"{source} is version {found.version} of the chart; chart.version says {answers.chart.version}")
    remarks = []
    if found.version != CHART_VERSION:
        remarks.append(f"the patches of the repository are made for chart {CHART_VERSION}; this is {found.version}")
    return found, tuple(remarks)


def _without(answers: Answers, reason: str) -> tuple[None, tuple[str, ...]]:
    if answers.chart.vendored:
        raise UserError(
            f"chart.vendored is true, and the chart is not at hand ({reason})",
            hint="give it with --chart FILE or --chart DIR",
        )
    remark = (
        f"the chart is not at hand ({reason}): the repository refers to its Helm repository, and a stand-in is judged"
        " in its place; `--chart FILE|DIR` vendors the chart"
    )
    return None, (remark,)


def _rendered(answers: Answers, files: Sequence[File]) -> tuple[list[File], tuple[str, ...]]:
    """What a repository carries that Argo CD applies without a chart, or why it does not yet."""
    if not keeps_rendered(answers.flavour):
        return [], ()
    if not has_chart(files):
        remark = (
            f"there is no {FOLDER}/ yet, which is what Argo CD applies, and no stand-in may be: once the chart is in"
            f" charts/serving, `hydrogitops render -o {FOLDER}` writes it"
        )
        return [], (remark,)
    return rendered(files), ()


def _with_chart(answers: Answers, vendored: chart_source.VendoredChart | None) -> Answers:
    """The answers with what was decided about the chart written down."""
    update: dict[str, object] = {"vendored": vendored is not None}
    if vendored is not None:
        update["version"] = vendored.version
        if vendored.archive_sha256:
            update["sha256"] = vendored.archive_sha256
    return answers.model_copy(update={"chart": answers.chart.model_copy(update=update)})


def _next_steps(answers: Answers, target: Path, *, git: bool) -> tuple[str, ...]:
    # An artifact takes several commands, which stand in the README.
    publish = git and answers.repository != TODO and not answer_checks.is_artifact(answers.repository)
    last = f"git push -u origin {answers.revision}" if publish else "less README.md"
    return (f"cd {target.name}", f"{_program()} lint", last)


def _program() -> str:
    """How this program is called from another folder: by its name where the PATH has it, else by where it lies."""
    running = Path(sys.argv[0])
    if shutil.which("hydrogitops") or running.name != "hydrogitops":
        return "hydrogitops"
    return str(running.absolute())
