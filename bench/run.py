"""Whole-process timings beside a bare Python, and inner loops; prints ratios and writes docs/benchmarks.md.

    python bench/run.py [RUNS]

Uses the interpreter that it is run with, in which hydrogitops and its engines are installed. Makes its corpus on the
spot: a generated repository with three environments, rendered by the stand-in chart.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hydrogitops
from hydrogitops import scaffold
from hydrogitops.model import Coverage, Report

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PROGRAM = [str(Path(sys.executable).with_name("hydrogitops"))]
BARE = [sys.executable, "-c", "pass"]
CHANGED = "apps/hydrosphere/envs/prod/version/values.yaml"


@dataclass(frozen=True, slots=True)
class Row:
    """A whole process: what it does, its target in words, median seconds, of the bare interpreter beside it too."""

    what: str
    target: str
    seconds: float
    bare: float


@dataclass(frozen=True, slots=True)
class Loop:
    """An inner loop: what it does, its target and its figure in words."""

    what: str
    target: str
    figure: str


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hydrogitops-bench-") as folder:
        rows = processes(Path(folder), runs)
    loops = inner_loops()
    for row in rows:
        print(f"{row.what}: {row.seconds:.3f} s, {row.seconds / row.bare:.1f} x bare Python ({row.target})")
    for loop in loops:
        print(f"{loop.what}: {loop.figure} ({loop.target})")
    PAGE.write_text(page(rows, loops, runs), encoding="utf-8")
    print(f"written: {PAGE.name}")


def processes(folder: Path, runs: int) -> list[Row]:
    repository = generated(folder / "prod-cluster")
    environment = dict(os.environ, XDG_CACHE_HOME=str(folder / "cache"), NO_COLOR="1")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    settings = [
        ("`hydrogitops --version`", "under 2 x bare Python", ["--version"]),
        ("three environments, really rendered, cold", "under 0.8 s", ["lint", "--no-cache"]),
        ("the commit hook, one environment reached", "under 0.5 s", ["lint", "--staged", "--no-cache"]),
        ("the commit hook, nothing changed", "under 0.2 s", ["lint", "--staged"]),
        ("`lint --no-render`, cold", "under 0.2 s", ["lint", "--no-render", "--no-cache"]),
    ]
    rows = []
    for what, target, arguments in settings:
        seconds, bare = paired([*PROGRAM, *arguments], runs, repository, environment)
        rows.append(Row(what, target, seconds, bare))
    return rows


def generated(target: Path) -> Path:
    """A committed repository of three environments, with one line of prod staged."""
    scaffold.new(
        target.name, answers={}, no_input=True, offline=True, target=target, lint=lambda _: Report((), Coverage())
    )
    path = target / CHANGED
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("memory: 1Gi}", "memory: 1200Mi}", 1), encoding="utf-8")
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)
    return target


def paired(command: Sequence[str], runs: int, cwd: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Median seconds of a command and of a bare interpreter, run in turn after one run of each that does not count."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(runs + 1):
        for ours in (True, False):
            start = time.perf_counter()
            subprocess.run(
                list(command) if ours else BARE, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, check=False
            )
            if number:
                taken[ours].append(time.perf_counter() - start)
    return statistics.median(taken[True]), statistics.median(taken[False])


def inner_loops() -> list[Loop]:
    from hydrogitops.charts import stand_in
    from hydrogitops.charts.values import Chart, coalesce
    from hydrogitops.jvm import assess
    from hydrogitops.kube.quantity import Quantity
    from hydrogitops.kube.tolerations import tolerates

    texts = ["100m", "1.5Gi", "512Mi", "2", "1e3", "0.5", "4098Mi", "1200m"]
    options = "-Xmx1200m -Xms512m -XX:+UseG1GC -XX:MaxMetaspaceSize=256m -Dapp.mode=prod"
    tolerations = [{"key": f"k{i}", "operator": "Equal", "value": "v", "effect": "NoSchedule"} for i in range(1000)]
    taints = [{"key": f"k{i * 100}", "value": "v", "effect": "NoSchedule"} for i in range(10)]
    chart = Chart.from_folder(stand_in.folder())
    layers = [f"manager: {{resources: {{limits: {{memory: {n}Gi}}}}}}\n" for n in (1, 2, 3)]

    def quantities() -> None:
        for text in texts:
            Quantity.parse(text)

    def heap() -> None:
        assess(options, memory=2 * 2**30, cpus=2, jdk=17)

    def matching() -> None:
        for toleration in tolerations:
            for taint in taints:
                tolerates(toleration, taint)

    return [
        Loop("a quantity parsed", "at most 3 µs", f"{best(quantities, 2000) / len(texts) * 1e6:.2f} µs"),
        Loop("a JVM assessed", "at most 100 µs", f"{best(heap, 500) * 1e6:.0f} µs"),
        Loop("1,000 tolerations x 10 taints", "at most 50 ms", f"{best(matching, 5) * 1e3:.1f} ms"),
        Loop(
            "values of the stand-in chart, three layers",
            "",
            f"{best(lambda: coalesce(chart, layers), 10) * 1e3:.1f} ms",
        ),
    ]


def best(call: Callable[[], object], number: int) -> float:
    """Seconds of one call: the median of seven series."""
    return statistics.median(timeit.repeat(call, number=number, repeat=7)) / number


def page(rows: Sequence[Row], loops: Sequence[Loop], runs: int) -> str:
    from hydrogitops.charts.engines import versions

    engines = versions()
    lines = [
        "# Benchmarks",
        "`python bench/run.py` writes this page: whole processes, each in turn with a bare `python -c pass`,"
        f" medians of {runs} runs. Compare the ratios; the seconds are those of one machine on one day.",
        "",
        f"{datetime.now(tz=UTC).date().isoformat()}: hydrogitops {hydrogitops.__version__},"
        f" Python {platform.python_version()},"
        f" Helm {engines.helm}, kustomize {engines.kustomize}, {platform.machine()}, {os.cpu_count()} processors",
        "",
        "| what | target | median | x bare Python |",
        "| --- | --- | --- | --- |",
        *(f"| {r.what} | {r.target} | {r.seconds:.3f} s | {r.seconds / r.bare:.1f} |" for r in rows),
        "",
        "| inner loop | target | median |",
        "| --- | --- | --- |",
        *(f"| {loop.what} | {loop.target} | {loop.figure} |" for loop in loops),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
