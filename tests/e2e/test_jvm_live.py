"""What the JVM room says of drawn options, against a real VM: does it start, with which heap, with which collector.

HYDROGITOPS_JAVA names the java command; HYDROGITOPS_JAVA_VERSION its JDK, asked of the command where it is not set.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from hydrogitops.jvm import assess

JAVA = os.environ.get("HYDROGITOPS_JAVA", "")
pytestmark = pytest.mark.skipif(not JAVA, reason="no VM to compare with: HYDROGITOPS_JAVA is not set")

DRAWS = 300
SECONDS = 60
GI = 2**30
HOST_MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
HOST_CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MOST_COMMITTED = max(GI, HOST_MEMORY // 64)
"""Bytes of heap that no draw may commit at start; a VM left alone commits a sixty-fourth of the memory."""
SIBLINGS = Path("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list")

COLLECTORS = {
    "UseSerialGC": "Serial",
    "UseParallelGC": "Parallel",
    "UseG1GC": "G1",
    "UseZGC": "Z",
    "UseShenandoahGC": "Shenandoah",
    "UseConcMarkSweepGC": "ConcMarkSweep",
    "UseEpsilonGC": "Epsilon",
}
FLAG = re.compile(r"^\s+\w+\s+(\w+)\s+:?=\s+(\S*)", re.MULTILINE)

SMALL = ["4m", "8m", "16M", "64m", "100m", "131072k", "256m", "300000K", "512m", "1000m", "0x20000000", "1g"]
LARGE = [*SMALL, "1025m", "2g", "4g", "31g", "32g", "33G", "64g"]
NO_SIZES = [
    "512mb",
    "1Gi",
    "1.5g",
    "-1",
    "",
    "=512m",
    ":512m",
    "512m,",
    "99999999999999999999",
    "0",
    "1k",
    '"1g"',
    "1 g",
]
PERCENTS = ["75", "75.0", "50", "33.3", "10", "5", "1", "0.75", "0", "100", "100.0", "99.99"]
NO_PERCENTS = ["75%", "75,0", "75.", ".75", "7.5e1", "-1", "-1.0", "101", "150.0", "NaN", "", "0x4b", "75f", "75m"]
SWITCHES = [
    *COLLECTORS,
    *("UseParallelOldGC", "UseParNewGC", "UseCompressedOops", "UseStringDeduplication", "UseTLAB", "UsePerfData"),
    *("ExitOnOutOfMemoryError", "PrintGCDetails", "PrintGCDateStamps", "UseBiasedLocking", "TieredCompilation"),
    *("NeverActAsServerClassMachine", "AlwaysActAsServerClassMachine", "UnlockExperimentalVMOptions", "AggressiveOpts"),
    *("UnlockDiagnosticVMOptions", "IgnoreUnrecognizedVMOptions", "ZGenerational", "UseAdaptiveSizePolicy"),
    *("UseCGroupMemoryLimitForHeap", "UseAppCDS", "CMSClassUnloadingEnabled", "AggressiveHeap", "FooBar", "useg1gc"),
]
NUMBERS = {
    "ParallelGCThreads": [0, 1, 2, 4, 20],
    "ConcGCThreads": [0, 1, 2, 8],
    "ActiveProcessorCount": [-1, 0, 1, 2, 4, 16],
    "MaxTenuringThreshold": [0, 15, 16, 17],
    "InitialTenuringThreshold": [0, 15, 16],
    "SurvivorRatio": [0, 1, 8, 100],
    "NewRatio": [0, 1, 2, 5],
    "InitiatingHeapOccupancyPercent": [0, 45, 100, 101],
    "MinHeapFreeRatio": [0, 20, 80, 101],
    "MaxHeapFreeRatio": [10, 40, 100],
    "MaxGCPauseMillis": [0, 200],
    "GCTimeRatio": [0, 9, 99],
    "TieredStopAtLevel": [0, 1, 4, 5],
    "CICompilerCount": [0, 1, 2, 4],
    "MaxRAMFraction": [0, 1, 2, 4],
    "MinRAMFraction": [1, 2, 3],
    "ThreadStackSize": [0, 100, 136, 512, 2048],
    "G1NewSizePercent": [5, 70],
    "GCCardSizeInBytes": [128, 512, 1000],
    "ObjectAlignmentInBytes": [8, 16, 24],
}
OTHERS = [
    *("-Xint", "-Xrs", "-ea", "-esa", "-server", "-Xverify:none", "-noverify", "-Xnoclassgc", "-Xdebug", "-d64"),
    *("-Xincgc", "-Xconcgc", "-Xfoo", "-X", "-Xprof", "-verbose:gc", "--enable-preview", "--illegal-access=permit"),
    *("-Xlog:gc", "-Xlog:nonsense", "--Xmx512m", "-xmx5m", "-mx512m", "-ss512k", "-Dfoo=bar", "-Djava.ext.dirs=/x"),
    *("-Xmaxf0.5", "-Xminf0.9", "-Xbootclasspath/p:/x", "-XX:", "-XX:+", "-showversion", "foo", "\u2013Xmx5m", "#"),
    *("-XX:MaxHeapSize=512m", "-XX:UseG1GC", "-XX:+UseG1GC=true", "-XX:MaxRAM=4g", "-XX:MaxRAM=200m", "-cp x.jar"),
    *("-XX:ErgoHeapSizeLimit=300m", "-XX:SoftMaxHeapSize=100m", "-XX:MaxMetaspaceSize=4m", "-XX:MaxMetaspaceSize=64m"),
    *("-XX:ReservedCodeCacheSize=1m", "-XX:ReservedCodeCacheSize=64m", "-XX:ReservedCodeCacheSize=3g"),
    *("-XX:G1HeapRegionSize=4m", "-XX:G1HeapRegionSize=64m", "-XX:MaxDirectMemorySize=1g", "-XX:NewSize=64m"),
    *("-XX:MaxNewSize=64m", "-XX:MaxNewSize=2g", "-XX:InitialRAMPercentage=2.5", "-XX:MinHeapSize=64m"),
]


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def sizes(good: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(good * 3 + NO_SIZES)


WORDS = st.one_of(
    joined(st.just("-Xmx"), sizes(LARGE)),
    joined(st.sampled_from(["-Xms", "-Xmn", "-XX:InitialHeapSize="]), sizes(SMALL)),
    joined(st.sampled_from(["-XX:MaxRAMPercentage=", "-XX:MinRAMPercentage="]), st.sampled_from(PERCENTS * 2 + NO_PERCENTS)),
    joined(st.sampled_from(["-XX:+", "-XX:+", "-XX:-"]), st.sampled_from(SWITCHES)),
    st.sampled_from([f"-XX:{name}={number}" for name, values in NUMBERS.items() for number in values]),
    joined(st.just("-Xss"), st.sampled_from(["512k", "1m", "256k", "136k", "135k", "512", "0", "1g", "2g", "524288", ""])),
    st.sampled_from(OTHERS),
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
OTHER_TEXTS = st.dictionaries(
    st.sampled_from(["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"]),
    st.lists(WORDS, max_size=2).map(" ".join),
    max_size=1,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes; None where the VM doesn't start."""

    starts: bool
    max_heap: int | None = None
    initial_heap: int | None = None
    collector: str | None = None


@dataclass(frozen=True, slots=True)
class Vm:
    """A java command, and what is said to it before the draw, so that it sees this machine as the room assumes it."""

    java: str
    jdk: int
    first: tuple[str, ...]
    folder: Path

    def ask(self, options: str, env: Mapping[str, str]) -> Answer:
        done = self._run([*self.first, *re.findall(r"[^ \t\n]+", options), "-XX:+PrintFlagsFinal", "-version"], env)
        flags = dict(FLAG.findall(done.stdout))
        if done.returncode != 0 or "MaxHeapSize" not in flags:
            return Answer(starts=False)
        collector = next(name for flag, name in COLLECTORS.items() if flags.get(flag) == "true")
        return Answer(True, int(flags["MaxHeapSize"]), int(flags["InitialHeapSize"]), collector)

    def expected(self, options: str, env: Mapping[str, str]) -> Answer:
        found = assess(
            " ".join([*self.first, options]),
            memory=None,
            cpus=None,
            jdk=self.jdk,
            env=env,
            host_memory=HOST_MEMORY,
            host_cpus=HOST_CPUS,
        )
        return Answer(found.starts, found.max_heap, found.initial_heap, found.collector)

    def _run(self, words: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.java, *words],
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **env},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def vm(tmp_path_factory: pytest.TempPathFactory) -> Vm:
    folder = tmp_path_factory.mktemp("vm")
    version = os.environ.get("HYDROGITOPS_JAVA_VERSION") or _version()
    # A container around this test is none of its business. Neither are the threads of a core: HotSpot counts cores,
    # not processors, when it decides whether a machine is a server; the room assumes one thread a core.
    first = ["-XX:-UseContainerSupport"]
    if SIBLINGS.is_file() and re.search(r"[,-]", SIBLINGS.read_text()):
        first.append("-XX:+AlwaysActAsServerClassMachine")
    return Vm(JAVA, int(version), tuple(first), folder)


def _version() -> str:
    said = subprocess.run(
        [JAVA, "-XshowSettings:properties", "-version"], capture_output=True, text=True, timeout=SECONDS, check=True
    )
    found = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", said.stderr)
    assert found is not None, said.stderr
    return found.group(1)


@settings(
    max_examples=DRAWS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
@example("", {})
@example("-Xmx512m -Xms64m", {"JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC"})
@example("-XX:MaxRAMPercentage=75", {"_JAVA_OPTIONS": "-Xmx300m"})
@example("-Xmx1Gi", {})
@given(TEXTS, OTHER_TEXTS)
def test_drawn_options(vm: Vm, options: str, env: dict[str, str]) -> None:
    expected = vm.expected(options, env)
    assume(expected.initial_heap is None or expected.initial_heap <= MOST_COMMITTED)
    assert vm.ask(options, env) == expected
