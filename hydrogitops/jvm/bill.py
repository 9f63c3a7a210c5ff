"""The memory bill of a JVM: what its parts are expected to use and could use at worst, and where each figure is from.

Heap, stacks and set limits are the VM's own figures; metaspace, code, direct memory and the rest are estimates after
Paketo's memory calculator (libjvm) and native memory tracking of idle VMs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hydrogitops.jvm.ergonomics import Ergonomics
from hydrogitops.jvm.heap import KI, MI
from hydrogitops.jvm.settings import Options

Origin = Literal["set", "default", "estimate"]

EXPECTED_THREADS = 50
STACKS = "thread stacks"
_WORST_THREADS = 250
# A stack is committed page by page: an idle thread has touched about a quarter.
_STACK_TOUCHED = 0.25
_METASPACE = 100 * MI
_CODE_USED = 64 * MI
_DIRECT_USED = 10 * MI
_BASE = 30 * MI
_DEFAULT_STACK = 1024 * KI
# Native memory of the collector: bytes, and share of the maximum heap (NMT of JDK 17; from 21 on G1 has fewer tables).
_COLLECTOR = {
    "Serial": (0, 0.0033),
    "Parallel": (16 * MI, 0.037),
    "G1": (41 * MI, 0.037),
    "ConcMarkSweep": (41 * MI, 0.037),
    "ParNew": (16 * MI, 0.037),
    "Z": (41 * MI, 0.037),
    "Shenandoah": (41 * MI, 0.037),
    "Epsilon": (0, 0.0),
}
_G1_SHARE_FROM_21 = 0.02


@dataclass(frozen=True, slots=True)
class BillLine:
    """One part of a JVM's memory in bytes; origin: set by an option, the VM's default, or an estimate."""

    part: str
    expected: int
    worst: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Bill:
    """All parts, their sums, and the memory that they must fit: the container's limit, else the host's, in bytes."""

    lines: tuple[BillLine, ...]
    expected: int
    worst: int
    limit: int


def draw_up(options: Options, ergonomics: Ergonomics, limit: int, threads: int) -> Bill:
    """The bill of a VM that starts; `threads` is how many application threads are expected."""
    given = options.settings
    heap = ergonomics.heap.max
    heap_set = any(name in given for name in _HEAP_FLAGS) or options.on("AggressiveHeap")
    lines = (
        BillLine("heap", heap, heap, "set" if heap_set else "default"),
        _metaspace(options),
        _code_cache(ergonomics, is_set="ReservedCodeCacheSize" in given),
        _stacks(ergonomics, threads, is_set="ThreadStackSize" in given),
        _direct(options, heap),
        _collector(options, ergonomics),
        BillLine("JVM itself", _BASE, _BASE, "estimate"),
    )
    return Bill(lines, sum([line.expected for line in lines]), sum([line.worst for line in lines]), limit)


_HEAP_FLAGS = ("MaxHeapSize", "MaxRAMPercentage", "MinRAMPercentage", "MaxRAMFraction", "InitialHeapSize", "MaxRAM")


def _metaspace(options: Options) -> BillLine:
    if "MaxMetaspaceSize" not in options.settings:
        return BillLine("metaspace", _METASPACE, _METASPACE, "estimate")
    most = options.number("MaxMetaspaceSize", 0)
    return BillLine("metaspace", min(most, _METASPACE), most, "set")


def _code_cache(ergonomics: Ergonomics, *, is_set: bool) -> BillLine:
    cache = ergonomics.code_cache
    if is_set:
        return BillLine("code cache", cache, cache, "set")
    return BillLine("code cache", min(cache, _CODE_USED), cache, "default")


def _stacks(ergonomics: Ergonomics, threads: int, *, is_set: bool) -> BillLine:
    stack = ergonomics.stack if ergonomics.stack > 0 else _DEFAULT_STACK
    expected = int(threads * stack * _STACK_TOUCHED)
    return BillLine(STACKS, expected, max(_WORST_THREADS, threads) * stack, "set" if is_set else "default")


def _direct(options: Options, heap: int) -> BillLine:
    most = options.number("MaxDirectMemorySize", 0)
    if most:
        return BillLine("direct memory", most, most, "set")
    return BillLine("direct memory", _DIRECT_USED, heap, "default")


def _collector(options: Options, ergonomics: Ergonomics) -> BillLine:
    fixed, share = _COLLECTOR[ergonomics.collector]
    if ergonomics.collector == "G1" and options.jdk >= 21:
        share = _G1_SHARE_FROM_21
    size = fixed + int(ergonomics.heap.max * share)
    return BillLine("garbage collector", size, size, "estimate")
