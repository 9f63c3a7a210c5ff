"""Times whole processes beside a bare Python, and inner loops; prints ratios and writes docs/benchmarks.md.

    python bench/run.py [RUNS]

Uses the interpreter that it is run with, in which hydrogitops and its engines are installed. Makes its corpus on the
spot: a generated repository with three environments, rendered by the stand-in chart.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hydrogitops
from hydrogitops import scaffold
from hydrogitops.model import Coverage, Report

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PROGRAM = [str(Path(sys.executable).with_name("hydrogitops"))]
BARE = [sys.executable, "-c", "pass"]
LIBRARIES = [sys.executable, "-c", "import click, yaml, dataclasses"]
"""What no start can do without: how fast the machine is today, by something that does not change here."""
SEALING = [
    sys.executable,
    "-c",
    "import sys, pathlib; from hydrogitops.secrets.sealing import seal; pem = pathlib.Path(sys.argv[1]).read_bytes();"
    " [seal(pem, b'%032d' % n, namespace='ns', name='n') for n in range(100)]",
]
"""Seals 100 values for the certificate in a file."""
CHANGED = "apps/hydrosphere/envs/prod/version/values.yaml"
SHARED = "apps/hydrosphere/base/values.yaml"
REFERENCE = 0.008
"""Seconds of a bare Python where the targets were set: a target in seconds is so many times that anywhere."""
PROFILER = ("hydro-serving-data-profiler", "hydro-profiler")
"""What a change of all environments makes of the name of a database."""
MEMORY = "memory: 1Gi}"
"""What a commit changes in it: the limit of the gateway."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians of one command: seconds on the clock, and seconds of processor with all that it starts."""

    seconds: float
    processor: float


@dataclass(frozen=True, slots=True)
class Row:
    """A whole process: what it does, its target, its cost and that of the bare interpreter beside it.

    `target`: seconds on the machine where it was set, None for none.
    """

    what: str
    target: float | None
    cost: Cost
    bare: Cost

    @property
    def ratio(self) -> float:
        return self.cost.seconds / self.bare.seconds

    @property
    def wanted(self) -> str:
        """The target in words: times the bare interpreter, and the seconds that this was there."""
        if self.target is None:
            return ""
        return f"under {self.target / REFERENCE:.3g} x ({self.target:.3g} s of {REFERENCE * 1000:.0f} ms)"


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
        print(
            f"{row.what}: {row.cost.seconds:.3f} s, {row.ratio:.1f} x bare Python ({row.wanted or 'no target'}),"
            f" processor {row.cost.processor:.3f} s"
        )
    for loop in loops:
        print(f"{loop.what}: {loop.figure} ({loop.target or 'no target'})")
    PAGE.write_text(page(rows, loops, runs), encoding="utf-8")
    print(f"written: {PAGE.name}")


def processes(folder: Path, runs: int) -> list[Row]:
    repository = generated(folder / "prod-cluster")
    environment = dict(os.environ, XDG_CACHE_HOME=str(folder / "cache"), NO_COLOR="1")
    # Without compiled modules every start would be a first one.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def row(
        what: str, target: float | None, arguments: Sequence[str], before: Callable[[int], None] = unchanged
    ) -> Row:
        return Row(what, target, *paired([*PROGRAM, *arguments], runs, repository, environment, before))

    pem = folder / "sealing.pem"
    pem.write_bytes(certificate())

    def shared(_: int) -> None:
        """A line that every environment reads is another one than in the last commit."""
        path = repository / SHARED
        path.write_text(path.read_text(encoding="utf-8").replace(*PROFILER), encoding="utf-8")

    def stage(number: int) -> None:
        change(repository, f"memory: {1100 + number}Mi}}")

    whole(repository, environment, ["dev", "prod", "staging"], "--no-cache")
    cold = row("three environments, really rendered, cold", 0.8, ["lint", "--no-cache"])
    unrendered = row("`lint --no-render`, three environments, nothing changed", 0.2, ["lint", "--no-render"])
    unrendered_cold = row("`lint --no-render`, three environments, cold", 0.2, ["lint", "--no-render", "--no-cache"])
    stage(0)
    whole(repository, environment, ["prod"], "--staged")
    return [
        Row(
            "click and PyYAML imported, for comparison",
            None,
            *paired(LIBRARIES, runs, repository, environment, unchanged),
        ),
        row("`hydrogitops --version`", 2 * REFERENCE, ["--version"]),
        cold,
        row("the commit hook, one environment reached", 0.5, ["lint", "--staged"], stage),
        row("the commit hook, nothing changed", 0.2, ["lint", "--staged"]),
        row(
            "the commit hook with `--no-render`, one environment reached",
            0.2,
            ["lint", "--staged", "--no-render"],
            stage,
        ),
        unrendered,
        unrendered_cold,
        Row("100 values sealed", 0.5, *paired([*SEALING, str(pem)], runs, repository, environment, unchanged)),
        row("`hydrogitops diff`, three environments, both sides rendered", 1.5, ["diff"], shared),
    ]


def unchanged(_: int) -> None:
    """Nothing is done before a run."""


def certificate() -> bytes:
    """A certificate of the size that the controller of Sealed Secrets makes."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 4096)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    today = datetime.now(tz=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    valid = made.not_valid_before(today).not_valid_after(today + timedelta(days=1))
    return valid.sign(key, SHA256()).public_bytes(Encoding.PEM)


def generated(target: Path) -> Path:
    """A committed repository of three environments."""
    scaffold.new(
        target.name, answers={}, no_input=True, offline=True, target=target, lint=lambda _: Report((), Coverage())
    )
    return target


def change(repository: Path, memory: str) -> None:
    """Stage a change of prod: another limit."""
    subprocess.run(["git", "checkout", "--quiet", "HEAD", "--", CHANGED], cwd=repository, check=True)
    path = repository / CHANGED
    path.write_text(path.read_text(encoding="utf-8").replace(MEMORY, memory, 1), encoding="utf-8")
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)


def whole(repository: Path, environment: dict[str, str], expected: Sequence[str], *arguments: str) -> None:
    """Make sure that what is timed does its whole job: these environments, rendered, nothing left out."""
    command = [*PROGRAM, "lint", "--format", "json", *arguments]
    done = subprocess.run(command, cwd=repository, env=environment, stdout=subprocess.PIPE, check=True)
    coverage = json.loads(done.stdout)["coverage"]
    if sorted(coverage["environments"]) != expected or coverage["not_seen"] or not coverage["objects"]:
        raise SystemExit(f"{' '.join(command[1:])} did not see everything: {coverage}")


def paired(
    command: Sequence[str], runs: int, cwd: Path, environment: dict[str, str], before: Callable[[int], None]
) -> tuple[Cost, Cost]:
    """Costs of a command and of a bare interpreter, run in turn after one run of each that does not count.

    `before` is called with the number of the run; its time is not the command's.
    """
    ours: list[Cost] = []
    bare: list[Cost] = []
    for number in range(runs + 1):
        before(number + 1)
        ours.append(timed(command, cwd, environment))
        bare.append(timed(BARE, cwd, environment))
    return medians(ours[1:]), medians(bare[1:])


def timed(command: Sequence[str], cwd: Path, environment: dict[str, str]) -> Cost:
    used, start = processor(), time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, check=True)
    return Cost(time.perf_counter() - start, processor() - used)


def processor() -> float:
    """Seconds that all children took so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def medians(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(c.seconds for c in costs), statistics.median(c.processor for c in costs))


def inner_loops() -> list[Loop]:
    from hydrogitops.charts import stand_in
    from hydrogitops.charts.values import Chart, coalesce
    from hydrogitops.jvm import assess
    from hydrogitops.kube.quantity import Quantity
    from hydrogitops.kube.tolerations import tolerates
    from hydrogitops.secrets.sealing import inspect, seal

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

    pem = certificate()
    sealed = [seal(pem, b"%032d" % number, namespace="ns", name="n") for number in range(1000)]

    def inspecting() -> None:
        for text in sealed:
            inspect(text, pem)

    def matching() -> None:
        for toleration in tolerations:
            for taint in taints:
                tolerates(toleration, taint)

    return [
        Loop("a quantity parsed", "at most 3 µs", f"{best(quantities, 2000) / len(texts) * 1e6:.2f} µs"),
        Loop("a JVM assessed", "at most 100 µs", f"{best(heap, 500) * 1e6:.0f} µs"),
        Loop("1,000 tolerations x 10 taints", "at most 50 ms", f"{best(matching, 5) * 1e3:.1f} ms"),
        Loop("1,000 sealed values judged", "at most 50 ms", f"{best(inspecting, 5) * 1e3:.1f} ms"),
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
        f" medians of {runs} runs. Compare the ratios; the seconds are those of one machine on one day. Targets were"
        f" set in seconds where a bare Python takes {REFERENCE * 1000:.0f} ms; here they are so many times that."
        " *Processor* is what a process and all that it starts use of all processors.",
        "",
        f"{datetime.now(tz=UTC).date().isoformat()}: hydrogitops {hydrogitops.__version__},"
        f" Python {platform.python_version()}, Helm {engines.helm}, kustomize {engines.kustomize},"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
        "",
        "| what | x bare Python | target | median | processor |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {r.what} | {r.ratio:.1f} | {r.wanted} | {r.cost.seconds:.3f} s | {r.cost.processor:.3f} s |"
            for r in rows
        ),
        "",
        "| inner loop | target | median |",
        "| --- | --- | --- |",
        *(f"| {loop.what} | {loop.target} | {loop.figure} |" for loop in loops),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
