"""Heap sizes as HotSpot computes them at start, by collector and JDK.

arguments.cpp set_heap_size and set_aggressive_heap_flags; collectorPolicy.cpp (8u272, 11.0.13), gcArguments.cpp and
genArguments.cpp (17, 21, 25). The formulas hold for x86-64 Linux without huge pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from hydrogitops.jvm.machine import Machine
from hydrogitops.jvm.settings import Failure, Options
from hydrogitops.jvm.words import Word

KI, MI, GI = 2**10, 2**20, 2**30
_WRAP = 2**64
# Defaults of MaxHeapSize, OldSize, NewSize: 96, 4 and 1 MiB times 1.3, rounded down to 8 bytes (globals.hpp).
DEFAULT_MAX = 130_862_280
_DEFAULT_OLD = 5_452_592
_DEFAULT_NEW = 1_363_144
_UNLIMITED = _WRAP - 1
_DEFAULT_MAX_RAM = 128 * GI
_LEAST_AGGRESSIVE = 256 * MI
_PERCENT = {"Max": 25.0, "Min": 50.0, "Initial": 1.5625}
_LARGEST_Z = 16 * 2**40
_LARGEST = 2**46
_NO_ROOM_IN_2M = {("Z", 11), ("Z", 17), ("Z", 25)}
_GENERATIONAL = ("Serial", "Parallel", "ConcMarkSweep", "ParNew")


@dataclass(slots=True)
class Heap:
    """Sizes on their way through the ergonomics: bytes; `ram` and `percent` tell what percentages stand on."""

    max: int = DEFAULT_MAX
    initial: int = 0
    least: int = 0
    new: int = _DEFAULT_NEW
    max_new: int = _UNLIMITED
    old: int = _DEFAULT_OLD
    max_given: bool = False
    initial_given: bool = False
    least_given: bool = False
    new_given: bool = False
    max_new_default: bool = True
    ergonomic_max: int = 0
    """The maximum before -Xms raises it."""
    ram: int = 0
    by_percentage: float = 0.0
    by_least_percentage: float = 0.0
    compressed: bool = True
    region: int = 0
    """Bytes of a region of G1 or Shenandoah."""


def size(options: Options, machine: Machine, collector: str, threads: int) -> Heap:
    """Maximum and initial heap; adds failures to the options where the VM exits."""
    heap = _given(options)
    if options.on("AggressiveHeap"):
        _aggressive(options, machine, heap)
    _ergonomic(options, machine, collector, heap)
    if collector == "ConcMarkSweep":
        _concurrent_mark_sweep(options, heap, threads)
    _fit(options, collector, heap)
    return heap


def percentage(options: Options, which: str) -> float:
    """Max-, Min- or InitialRAMPercentage, by the older fraction where only that is given."""
    setting = options.settings.get(f"{which}RAMPercentage")
    if setting is not None:
        return float(setting.value)
    fraction = options.number(f"{which}RAMFraction", 0)
    if which == "Max" and options.jdk == 8:
        fraction = options.number("DefaultMaxRAMFraction", fraction)
    return 100.0 / fraction if fraction else _PERCENT[which]


def _given(options: Options) -> Heap:
    given = options.settings
    heap = Heap()
    if not given:
        return heap
    heap.max = options.number("MaxHeapSize", DEFAULT_MAX)
    heap.initial = options.number("InitialHeapSize", 0)
    heap.least = options.number("MinHeapSize", 0)
    heap.new = options.number("NewSize", _DEFAULT_NEW)
    heap.max_new = options.number("MaxNewSize", _UNLIMITED)
    heap.old = options.number("OldSize", _DEFAULT_OLD)
    heap.max_given = options.by_command_line("MaxHeapSize")
    heap.initial_given = options.by_command_line("InitialHeapSize")
    heap.least_given = options.by_command_line("MinHeapSize")
    heap.new_given = options.by_command_line("NewSize")
    heap.max_new_default = "MaxNewSize" not in given
    return heap


def _aggressive(options: Options, machine: Machine, heap: Heap) -> None:
    word = options.word("AggressiveHeap")
    assert word is not None
    if machine.memory < _LEAST_AGGRESSIVE:
        options.failures.append(
            Failure("contradiction", word, "AggressiveHeap", detail="-XX:+AggressiveHeap needs 256Mi of memory")
        )
        return
    if "MaxHeapSize" not in options.settings:
        heap.max = heap.initial = heap.least = min(machine.memory // 2, machine.memory - 160 * MI)
        heap.max_given = heap.initial_given = heap.least_given = True
    if "NewSize" not in options.settings:
        heap.new = heap.max_new = heap.max // 8 * 3
        heap.new_given = True
        heap.max_new_default = False


def _ergonomic(options: Options, machine: Machine, collector: str, heap: Heap) -> None:
    """set_heap_size."""
    given = options.settings
    old_rules = options.jdk <= 11
    whole_memory = not old_rules and any(
        f"{which}RAM{unit}" in given for which in _PERCENT for unit in ("Percentage", "Fraction")
    )
    if "MaxRAM" in given:
        whole_memory = not old_rules
        heap.ram = options.number("MaxRAM", 0)
    else:
        heap.ram = machine.memory if whole_memory else min(machine.memory, _DEFAULT_MAX_RAM)
    if machine.limit is not None and options.on("UseCGroupMemoryLimitForHeap"):
        heap.ram = min(heap.ram, machine.limit)
    heap.by_percentage = heap.ram * percentage(options, "Max") / 100
    heap.by_least_percentage = heap.ram * percentage(options, "Min") / 100
    most = _most_compressed(options, collector)
    largest = max(heap.max, heap.initial, 0 if old_rules else heap.least)
    wanted = options.on("UseCompressedOops", default=True)
    heap.compressed = wanted and largest <= most
    if not (heap.max_given or "MaxHeapSize" in given):
        chosen = _cut(heap.by_least_percentage)
        if chosen >= DEFAULT_MAX:
            chosen = max(_cut(heap.by_percentage), DEFAULT_MAX)
        limit = options.number("ErgoHeapSizeLimit", 0)
        if limit:
            chosen = min(chosen, limit)
        if heap.compressed:
            base = options.number("HeapBaseMinAddress", 2 * GI)
            base = base if options.jdk == 8 else max(base, 2 * GI)
            most -= base if base + DEFAULT_MAX < most else 0
            if chosen > most and whole_memory and "UseCompressedOops" not in given:
                heap.compressed = False
            else:
                chosen = min(chosen, most)
        heap.ergonomic_max = chosen
        raised = heap.initial if "InitialHeapSize" in given else 0 if old_rules else heap.least
        heap.max = max(chosen, raised)
    if heap.initial == 0 or heap.least == 0:
        least = min((heap.old + heap.new) % _WRAP, heap.max)
        if heap.initial == 0:
            by_percentage = _cut(heap.ram * percentage(options, "Initial") / 100)
            heap.initial = min(max(by_percentage, least, heap.least), heap.max)
        if heap.least == 0:
            heap.least = min(least, heap.initial)


def _cut(number: float) -> int:
    """C's conversion of a double to an unsigned 64-bit integer."""
    return int(number) % _WRAP


def _most_compressed(options: Options, collector: str) -> int:
    """max_heap_for_compressed_oops: what 32 bits address, less the strictest alignment of the collector."""
    alignment = _heap_alignment(options)
    if collector == "G1":
        widest = options.jdk == 21 or (options.jdk == 25 and "G1HeapRegionSize" in options.settings)
        alignment = 512 * MI if widest else 32 * MI
    elif collector == "Shenandoah":
        alignment = max(options.number("ShenandoahMaxRegionSize", 32 * MI), alignment)
    return 2**32 * options.number("ObjectAlignmentInBytes", 8) - alignment


def _heap_alignment(options: Options) -> int:
    """Heap that one page of the card table covers."""
    return 4 * KI * (options.number("GCCardSizeInBytes", 512) if options.jdk >= 21 else 512)


def _concurrent_mark_sweep(options: Options, heap: Heap, threads: int) -> None:
    """Young generation for short pauses (arguments.cpp set_cms_and_parnew_gc_flags, cmsArguments.cpp)."""
    if not heap.max_new_default or "NewRatio" in options.settings:
        return
    ratio = 2
    by_threads = options.number("CMSYoungGenPerWorker", 64 * MI) * max(threads, 1) * 13 // 10 // 8 * 8
    most = heap.max // (2 * MI) * (2 * MI)
    preferred = _up(min(most // (ratio + 1), by_threads), 4 * KI)
    new_set = "NewSize" in options.settings or heap.new_given
    heap.max_new = max(heap.new, preferred) if new_set else preferred
    heap.max_new_default = False
    least_new = heap.new if heap.new_given else preferred
    if most > least_new and heap.least > least_new:
        if not new_set:
            heap.new = min(preferred, max(heap.new, least_new))
        if "OldSize" not in options.settings and most > heap.new:
            heap.old = min(ratio * heap.new, most - heap.new)


def _fit(options: Options, collector: str, heap: Heap) -> None:
    """The collector's own checks and rounding."""
    if collector == "G1":
        heap.region = _g1_region(options, heap)
        alignment = max(_heap_alignment(options), heap.region)
    elif collector == "Z":
        alignment = 2 * MI
    elif collector == "Shenandoah":
        heap.region = alignment = _shenandoah_region(options, heap)
    elif collector == "Epsilon":
        alignment = 4 * KI
    else:
        alignment = _heap_alignment(options)
    if not _check(options, heap):
        return
    heap.least = _up(heap.least, alignment)
    heap.initial = _up(heap.initial, alignment)
    heap.max = _up(heap.max, alignment)
    if _min_over_initial(options, heap) and options.jdk < 25:
        _contradict(options, "MinHeapSize", "the smallest heap is above the initial heap")
        return
    heap.max = max(heap.max, heap.initial)
    if collector in _GENERATIONAL:
        _generations(options, heap, alignment, 512 * KI if collector == "Parallel" else 64 * KI)
    _extremes(options, collector, heap)


def _check(options: Options, heap: Heap) -> bool:
    """Whether minimum, initial and maximum heap can stand together."""
    if heap.max_given and heap.initial_given and heap.initial > heap.max:
        _initial_over_max(options, options.word("InitialHeapSize"))
        return False
    least_counts = heap.least_given or options.jdk <= 11
    if heap.max_given and least_counts and heap.max < heap.least:
        _initial_over_max(options, options.word("MinHeapSize"))
        return False
    if _min_over_initial(options, heap) and options.jdk >= 25:
        _contradict(options, "MinHeapSize", "the smallest heap is above the initial heap")
        return False
    if heap.max < 2 * MI and options.jdk > 8:
        _contradict(options, "MaxHeapSize", "the maximum heap must be 2m or more")
        return False
    if heap.initial < MI:
        name = "InitialHeapSize" if options.number("InitialHeapSize", 0) else "MaxHeapSize"
        _contradict(options, name, "the initial heap must be 1m or more")
        return False
    if heap.least < MI:
        name = "MinHeapSize" if options.number("MinHeapSize", 0) else "InitialHeapSize"
        _contradict(options, name, "the smallest heap must be 1m or more")
        return False
    return True


def _min_over_initial(options: Options, heap: Heap) -> bool:
    counts = heap.initial_given and (heap.least_given or options.jdk <= 11)
    return counts and heap.initial < heap.least


def _initial_over_max(options: Options, word: Word | None) -> None:
    word = word or options.word("MaxHeapSize") or options.word("AggressiveHeap")
    if word is not None:
        options.failures.append(Failure("initial-over-max", word))


def _contradict(options: Options, flag: str, detail: str) -> None:
    word = options.word(flag) or next(
        (
            word
            for name in ("MaxHeapSize", "InitialHeapSize", "MaxRAM", "ErgoHeapSizeLimit", "MaxRAMPercentage")
            if (word := options.word(name))
        ),
        Word("", "args", 0, 0),
    )
    options.failures.append(Failure("contradiction", word, flag, detail=detail))


def _generations(options: Options, heap: Heap, heap_alignment: int, alignment: int) -> None:
    """initialize_flags of the collectors with a young and an old generation."""
    least_new = 3 * alignment
    smallest = _up(least_new + alignment, heap_alignment)
    heap.max = max(heap.max, smallest)
    if heap.least < smallest:
        heap.least = smallest
        heap.initial = max(heap.initial, smallest)
    if options.jdk == 8:
        heap.new = max(least_new, heap.new // alignment * alignment)
    else:
        if heap.new_given and heap.new >= heap.initial:
            heap.new = heap.initial - alignment
        heap.new = max(least_new, min(heap.new, heap.max - alignment) // alignment * alignment)
    if not heap.max_new_default:
        if heap.max_new >= heap.max:
            heap.max_new = heap.max - alignment
            heap.new = min(heap.new, heap.max_new)
        elif heap.max_new < (alignment if options.jdk == 8 else heap.new):
            heap.max_new = alignment if options.jdk == 8 else heap.new
        else:
            heap.max_new = heap.max_new // alignment * alignment
    heap.max_new = max(heap.max_new, heap.new)
    _ratios(options)
    if options.jdk >= 25:
        heap.old = alignment
    elif options.jdk > 8:
        heap.old = max(heap.old, alignment)
    heap.old = heap.old // alignment * alignment
    if heap.new + heap.old > heap.max and not heap.max_given:
        heap.max = _up(heap.new + heap.old, heap_alignment)


def _ratios(options: Options) -> None:
    for flag in ("SurvivorRatio", "NewRatio"):
        if options.number(flag, 1) < 1:
            _contradict(options, flag, f"{flag} must be 1 or more")


def _extremes(options: Options, collector: str, heap: Heap) -> None:
    """Heaps that no machine can address, and those too small for the VM's own first objects (measured)."""
    if heap.max > (_LARGEST_Z if collector == "Z" else _LARGEST):
        _contradict(options, "MaxHeapSize", "no machine has the address space for that heap")
    if collector == "G1" and options.jdk > 8 and heap.max <= heap.region * (2 if options.jdk == 17 else 1):
        _contradict(options, "G1HeapRegionSize", f"a heap of {heap.max // MI}m has too few regions for G1")
    if heap.max <= 2 * MI and (collector, options.jdk) in _NO_ROOM_IN_2M:
        _contradict(options, "MaxHeapSize", f"2m of heap are too little for {collector} on JDK {options.jdk}")


def _g1_region(options: Options, heap: Heap) -> int:
    """HeapRegion::setup_heap_region_size: a power of two; by the maximum from 17 on, by the average before."""
    given = options.number("G1HeapRegionSize", 0)
    if options.jdk <= 11:
        wanted = given if "G1HeapRegionSize" in options.settings else (heap.initial + heap.max) // 2 // 2048
        return min(max(1 << max(wanted.bit_length() - 1, 0), MI), 32 * MI)
    wanted = given or heap.max // 2048
    most = 512 * MI if given and options.jdk >= 21 else 32 * MI
    return min(max(1 << max(wanted - 1, 0).bit_length(), MI), most)


def _shenandoah_region(options: Options, heap: Heap) -> int:
    """ShenandoahHeapRegion::setup_sizes."""
    least = options.number("ShenandoahMinRegionSize", 256 * KI)
    most = options.number("ShenandoahMaxRegionSize", 32 * MI)
    given = options.number("ShenandoahRegionSize", 0)
    region = given or min(max(least, heap.max // options.number("ShenandoahTargetNumRegions", 2048)), most)
    if (given or least) > heap.max // 10:
        _contradict(options, "MaxHeapSize", "the heap is too small for Shenandoah's ten regions")
    return 1 << (_up(region, 4 * KI).bit_length() - 1)


def _up(number: int, alignment: int) -> int:
    return -(-number // alignment) * alignment
