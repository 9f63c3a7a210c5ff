"""What a JVM chooses by itself at start: collector, GC threads, stacks, code cache; with its heap, the whole of it.

gcConfig.cpp, arguments.cpp (8u272), vm_version.cpp and workerPolicy.cpp, compilerDefinitions.cpp, os_posix.cpp.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hydrogitops.jvm import heap as heaps
from hydrogitops.jvm.heap import KI, MI, Heap
from hydrogitops.jvm.machine import Machine
from hydrogitops.jvm.settings import Failure, Options
from hydrogitops.jvm.words import Word

_SERVER_CPUS = 2
_SERVER_MEMORY = 1792 * MI
_COLLECTORS = {
    "UseConcMarkSweepGC": "ConcMarkSweep",
    "UseEpsilonGC": "Epsilon",
    "UseG1GC": "G1",
    "UseParallelGC": "Parallel",
    "UseParallelOldGC": "Parallel",
    "UseSerialGC": "Serial",
    "UseShenandoahGC": "Shenandoah",
    "UseZGC": "Z",
    "UseParNewGC": "ParNew",
}
_LEAST_STACK = 136 * KI
_LEAST_STACK_8 = 228 * KI
_OTHER_STACKS = (("CompilerThreadStackSize", 144), ("VMThreadStackSize", 64))
_DEFAULT_STACK = 1024


class Ergonomics(NamedTuple):
    """Sizes in bytes; the stack is what ThreadStackSize says, 0 for the system's default."""

    machine: Machine
    collector: str
    named: bool
    """Whether an option names the collector."""
    threads: int
    heap: Heap
    stack: int
    code_cache: int


def choose(options: Options, machine: Machine) -> Ergonomics:
    """What the VM starts with; adds failures to the options where it exits instead."""
    collector, named = _collector(options, machine)
    threads = _threads(options, machine, collector)
    heap = heaps.size(options, machine, collector, threads)
    if collector == "Z":
        threads = _z_threads(options, machine, heap)
    return Ergonomics(machine, collector, named, threads, heap, _stack(options), _code_cache(options))


def _collector(options: Options, machine: Machine) -> tuple[str, bool]:
    on: dict[str, Word] = {}
    if options.settings:
        for flag, name in _COLLECTORS.items():
            setting = options.settings.get(flag)
            if setting is not None and setting.value:
                on.setdefault(name, setting.word)
        aggressive = options.word("AggressiveHeap") if options.on("AggressiveHeap") else None
        if aggressive is not None and (options.jdk == 8 or machine.memory >= 256 * MI):
            on.setdefault("Parallel", aggressive)
    if "ConcMarkSweep" in on:
        on.pop("ParNew", None)
    if len(on) > 1:
        _conflict(options, list(on.values()))
    if on:
        return next(iter(on)), True
    server = machine.cpus >= _SERVER_CPUS and machine.memory >= _SERVER_MEMORY
    if options.on("AlwaysActAsServerClassMachine"):
        server = True
    if options.on("NeverActAsServerClassMachine"):
        server = False
    default = ("Parallel" if options.jdk == 8 else "G1") if server else "Serial"
    off = options.settings.get(f"Use{default}GC")
    if off is not None and options.jdk > 8:
        options.failures.append(Failure("collectors", off.word, f"Use{default}GC", detail="off"))
    return default, False


def _conflict(options: Options, words: list[Word]) -> None:
    """The second of two collectors, in the order in which the VM reads them."""
    order = {id(word): at for at, (_, _, word) in enumerate(options.given)}
    second = sorted(words, key=lambda word: order.get(id(word), 0))[1]
    options.failures.append(Failure("collectors", second, detail="two"))


def _threads(options: Options, machine: Machine, collector: str) -> int:
    """ParallelGCThreads."""
    given = options.settings.get("ParallelGCThreads")
    if given is not None:
        return int(given.value)
    if collector in ("Serial", "Epsilon", "Z"):
        return 0
    if collector == "Shenandoah":
        return max(machine.cpus // 2, 1, options.number("ConcGCThreads", 0))
    return machine.cpus if machine.cpus <= 8 else 8 + (machine.cpus - 8) * 5 // 8


def _z_threads(options: Options, machine: Machine, heap: Heap) -> int:
    """60 % of the processors, from 17 on at most what 2 % of the heap holds in small pages (zHeuristics.cpp)."""
    given = options.settings.get("ParallelGCThreads")
    if given is not None:
        return int(given.value)
    share = math.ceil(machine.cpus * 0.6)
    if options.jdk <= 11:
        return share
    return max(min(share, int(heap.max * 0.02) // (2 * MI)), 1)


def _stack(options: Options) -> int:
    stack = options.number("ThreadStackSize", _DEFAULT_STACK)
    word = options.word("ThreadStackSize")
    least = _LEAST_STACK_8 if options.jdk == 8 else _LEAST_STACK
    if word is not None and 0 < stack * KI < least:
        options.failures.append(Failure("stack-too-small", word, "ThreadStackSize", str(stack * KI), f"{least // KI}k"))
    for flag, kilobytes in _OTHER_STACKS if options.jdk > 8 else ():
        other = options.word(flag)
        if other is not None and 0 < options.number(flag, 0) < kilobytes:
            options.failures.append(Failure("stack-too-small", other, flag, detail=f"{kilobytes}k"))
    return stack * KI


def _code_cache(options: Options) -> int:
    """ReservedCodeCacheSize: 240m with both compilers, 48m with one or none, 32m as a client."""
    given = options.settings.get("ReservedCodeCacheSize")
    if given is not None:
        return int(given.value)
    tiered = options.on("TieredCompilation", default=True)
    if options.jdk > 8:
        if options.on("NeverActAsServerClassMachine") and not {"TieredCompilation", "TieredStopAtLevel"} & set(
            options.settings
        ):
            return 32 * MI
        tiered = tiered and options.compiles
        if options.jdk > 11 and options.number("TieredStopAtLevel", 4) < 4:
            tiered = False
    return (240 if tiered else 48) * MI
