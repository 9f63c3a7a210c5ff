"""Changes a repository over and over, each time in a process that is killed at a moment of chance.

Arguments: `env` (by turns an environment is added and removed) or `promote`, the repository, the number of kills. Prints
how often the old and the new tree was there. Forking what is imported already is what makes hundreds of them quick.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydrogitops
from hydrogitops.cli import env
from hydrogitops.cli.root import run
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import written
from hydrogitops.source.transaction import BESIDE, INSIDE_GIT

ADD = ["--quiet", "env", "add", "qa", "--no-input", "--set", "profile=staging", "--set",
       "cluster.server=https://qa.example.com"]  # fmt: skip
REMOVE = ["--quiet", "env", "remove", "qa"]
PROMOTE = ["--quiet", "promote", "dev", "prod", "--yes"]
SOUND = Report((), Coverage())
Tree = dict[str, bytes]


def cache(plan: Callable[..., Any]) -> Callable[..., Any]:
    plans: dict[str, Any] = {}

    def planned(answers: Any, chart: Any) -> Any:
        key = answers.model_dump_json()
        if key not in plans:
            plans[key] = plan(answers, chart)
        return plans[key]

    return planned


def tree(root: Path) -> Tree:
    """Every file but git's own, and but what has been left to wait for its place: nobody looks there."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", BESIDE)]
        for name in names:
            path = Path(folder, name)
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def killed(arguments: Sequence[str], after: float, *, group: bool) -> None:
    """Come back when nobody is at work any more: whoever is has the other end of a pipe."""
    ours, theirs = os.pipe()
    process = os.fork()
    if not process:
        os.setpgid(0, 0)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
        os._exit(run(list(arguments)))
    os.close(theirs)
    time.sleep(after)
    (os.killpg if group else os.kill)(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert os.read(ours, 1) == b""
    os.close(ours)


def undisturbed(arguments: Sequence[str]) -> float:
    begun = time.monotonic()
    process = os.fork()
    if not process:
        os._exit(run(list(arguments)))
    assert os.waitpid(process, 0)[1] == 0, arguments
    return time.monotonic() - begun


def rounds(root: Path, kills: int, turn: Callable[[], tuple[Sequence[str], Tree, Tree]], window: float) -> None:
    """`turn` gives what to run next, and the trees before and behind it."""
    chance = random.Random(11)
    counts = {"old": 0, "new": 0}
    for number in range(kills):
        arguments, old, new = turn()
        killed(arguments, chance.uniform(0, window), group=number % 2 == 1)
        found = tree(root)
        assert not os.path.lexists(root / INSIDE_GIT) and not os.path.lexists(root / BESIDE)
        assert found in (old, new), sorted({*found.items()} ^ {*new.items()})
        counts["new" if found == new else "old"] += 1
        # As many before the moment that counts as behind it, however busy the machine is.
        window *= 0.9 if found == new else 1.1
    print(f"old {counts['old']} new {counts['new']}")  # noqa: T201


def environments_come_and_go(root: Path, kills: int) -> None:
    # What is judged is the same each time, and so is what is planned: they are no part of the moments.
    env._lint = lambda _folder: SOUND
    written.plan = cache(written.plan)  # type: ignore[assignment]
    start = tree(root)
    assert run(ADD) == 0
    added = tree(root)
    assert run(REMOVE) == 0
    assert tree(root) == start, sorted({*tree(root).items()} ^ {*start.items()})
    window = max(undisturbed(ADD), undisturbed(REMOVE))
    rounds(root, kills, lambda: (ADD, start, added) if tree(root) == start else (REMOVE, added, start), window)


def version_is_promoted(root: Path, kills: int) -> None:
    hydrogitops.lint = lambda _folder, **_options: SOUND  # type: ignore[assignment]
    version, before = root / "apps/hydrosphere/envs/prod/version", root.parent / "before"
    shutil.copytree(version, before)
    start = tree(root)
    window = undisturbed(PROMOTE)
    promoted = tree(root)
    assert promoted != start

    def turn() -> tuple[Sequence[str], Tree, Tree]:
        shutil.rmtree(version)
        shutil.copytree(before, version)
        return PROMOTE, start, promoted

    rounds(root, kills, turn, window)


if __name__ == "__main__":
    os.chdir(sys.argv[2])
    {"env": environments_come_and_go, "promote": version_is_promoted}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
