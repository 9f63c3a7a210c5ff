"""Values that a JVM refuses together: ranges that depend on other flags, on the collector or on the heap.

check_vm_args_consistency (arguments.cpp, 8u272); jvmFlagConstraints*.cpp (11.0.13); the VMs 17.0.9, 21.0.8, 25.0.2.
"""

from __future__ import annotations

from hydrogitops.jvm import flags, xx_words
from hydrogitops.jvm.ergonomics import Ergonomics
from hydrogitops.jvm.heap import KI, MI
from hydrogitops.jvm.settings import Failure, Options

_INITIAL_CODE_CACHE = 2496 * KI
_MOST_CODE_CACHE = 2048 * MI
_LEAST_TLAB = 2048
_UNLIMITED = 2**64
_LEAST_SPACE = {"Serial": 64 * KI, "Parallel": 512 * KI, "ConcMarkSweep": 64 * KI, "Z": 2 * MI, "Epsilon": 4 * KI}
_PERCENT_G1_8 = ("G1NewSizePercent", "G1MaxNewSizePercent", "InitiatingHeapOccupancyPercent")
_PERCENT_CMS_8 = (
    *("CMSIncrementalDutyCycle", "CMSIncrementalDutyCycleMin", "CMSIncrementalSafetyFactor", "CMSIncrementalOffset"),
    *("CMSExpAvgFactor", "CMSBootstrapOccupancy", "CMSScheduleRemarkEdenPenetration", "CMSTriggerRatio"),
    "CMSIsTooFullPercentage",
)


def check(options: Options, ergonomics: Ergonomics) -> None:
    """Add a failure for each relation that the VM refuses."""
    _code_cache(options, ergonomics)
    if not options.settings:
        return
    if options.jdk == 8:
        _ranges_8(options, ergonomics)
    _free_ratios(options)
    _metaspace(options)
    _compilers(options)
    _threads(options, ergonomics)
    _ages(options, ergonomics)
    _pauses(options, ergonomics)
    _heap(options, ergonomics)
    _powers(options)


def _fail(options: Options, flag: str, detail: str) -> None:
    word = options.word(flag)
    assert word is not None
    options.failures.append(Failure("contradiction", word, flag, detail=detail))


def _ranges_8(options: Options, ergonomics: Ergonomics) -> None:
    for name, setting in options.settings.items():
        flag = flags.find(name, 8)
        if flag is None or flag.least is None or flag.most is None or isinstance(setting.value, str):
            continue
        if not flag.least <= setting.value <= flag.most:
            options.failures.append(xx_words.out_of_range(flag, setting.word, str(setting.value)))
    percents = {"G1": _PERCENT_G1_8, "ConcMarkSweep": _PERCENT_CMS_8}.get(ergonomics.collector, ())
    for name in percents:
        if options.number(name, 0) > 100:
            _fail(options, name, f"with {ergonomics.collector} {name} must be 100 or less")
    if options.on("CMSIncrementalMode") and ergonomics.collector != "ConcMarkSweep":
        _fail(options, "CMSIncrementalMode", "CMSIncrementalMode needs UseConcMarkSweepGC")


def _code_cache(options: Options, ergonomics: Ergonomics) -> None:
    initial = options.number("InitialCodeCacheSize", _INITIAL_CODE_CACHE)
    reserved = ergonomics.code_cache
    if "ReservedCodeCacheSize" in options.settings:
        if reserved < initial:
            _fail(options, "ReservedCodeCacheSize", f"the code cache must be {initial // KI}k or more")
        elif reserved > _MOST_CODE_CACHE:
            _fail(options, "ReservedCodeCacheSize", "the code cache must be 2048m or less")
    elif initial > 48 * MI:
        _fail(options, "InitialCodeCacheSize", "InitialCodeCacheSize is above ReservedCodeCacheSize")


def _free_ratios(options: Options) -> None:
    for kind, least, most in (("Heap", 40, 70), ("Metaspace", 40, 70)):
        low, high = f"Min{kind}FreeRatio", f"Max{kind}FreeRatio"
        if options.number(low, least) > options.number(high, most):
            _fail(options, low if low in options.settings else high, f"{low} is above {high}")


def _metaspace(options: Options) -> None:
    if "MaxMetaspaceSize" not in options.settings:
        return
    most = options.number("MaxMetaspaceSize", 0) // (4 * KI) * (4 * KI)
    if options.jdk <= 11:
        least = 2 * options.number("InitialBootClassLoaderMetaspaceSize", 4 * MI)
        if most <= least:
            _fail(options, "MaxMetaspaceSize", f"MaxMetaspaceSize must be above {least // MI}m")


def _compilers(options: Options) -> None:
    if "CICompilerCount" not in options.settings:
        return
    tiered = options.on("TieredCompilation", default=True) and options.number("TieredStopAtLevel", 4) >= 4
    least = 2 if tiered and (options.compiles or options.jdk == 8) else 1
    if options.jdk >= 17 and (not options.compiles or options.number("TieredStopAtLevel", 4) == 0):
        least = 0
    if options.number("CICompilerCount", least) < least:
        _fail(options, "CICompilerCount", f"CICompilerCount must be {least} or more")


def _threads(options: Options, ergonomics: Ergonomics) -> None:
    collector = ergonomics.collector
    if collector not in ("Serial", "Epsilon") and ergonomics.threads == 0 and "ParallelGCThreads" in options.settings:
        _fail(options, "ParallelGCThreads", f"{collector} needs ParallelGCThreads of 1 or more")
    if "ConcGCThreads" not in options.settings:
        return
    concurrent = options.number("ConcGCThreads", 0)
    if collector in ("Z", "Shenandoah") and concurrent == 0:
        _fail(options, "ConcGCThreads", f"{collector} needs ConcGCThreads of 1 or more")
    bound = {"G1": options.jdk <= 17, "ConcMarkSweep": options.jdk == 11, "Shenandoah": True}.get(collector, False)
    if bound and concurrent > ergonomics.threads:
        _fail(options, "ConcGCThreads", f"ConcGCThreads is above the {ergonomics.threads} ParallelGCThreads")


def _ages(options: Options, ergonomics: Ergonomics) -> None:
    if "InitialTenuringThreshold" not in options.settings:
        return
    most = options.number("MaxTenuringThreshold", 15)
    counts = ergonomics.collector == "Parallel" or options.jdk == 8
    if counts and options.number("InitialTenuringThreshold", 7) > most:
        _fail(options, "InitialTenuringThreshold", "InitialTenuringThreshold is above MaxTenuringThreshold")


def _pauses(options: Options, ergonomics: Ergonomics) -> None:
    if ergonomics.collector != "G1":
        return
    interval, pause = options.settings.get("GCPauseIntervalMillis"), options.settings.get("MaxGCPauseMillis")
    if interval is None or not interval.by_command_line or options.jdk == 8:
        pass
    elif pause is None:
        _fail(options, "GCPauseIntervalMillis", "GCPauseIntervalMillis needs MaxGCPauseMillis beside it")
    elif float(interval.value) <= float(pause.value):
        _fail(options, "GCPauseIntervalMillis", "GCPauseIntervalMillis must be above MaxGCPauseMillis")
    least, most = options.number("G1NewSizePercent", 5), options.number("G1MaxNewSizePercent", 60)
    if least > most:
        name = "G1NewSizePercent" if "G1NewSizePercent" in options.settings else "G1MaxNewSizePercent"
        _fail(options, name, "G1NewSizePercent is above G1MaxNewSizePercent")


def _heap(options: Options, ergonomics: Ergonomics) -> None:
    heap = ergonomics.heap
    soft = "ShenandoahSoftMaxHeapSize" if options.jdk == 11 else "SoftMaxHeapSize"
    soft_counts = options.jdk > 11 or ergonomics.collector == "Shenandoah"
    if soft_counts and soft in options.settings and options.number(soft, 0) > heap.max:
        _fail(options, soft, f"{soft} is above the maximum heap")
    if options.jdk > 8 and options.by_command_line("SurvivorRatio"):
        space = _LEAST_SPACE.get(ergonomics.collector) or heap.region
        if options.number("SurvivorRatio", 8) > heap.max // space:
            _fail(options, "SurvivorRatio", f"SurvivorRatio must be {heap.max // space} or less with that heap")
    tlab = options.settings.get("TLABSize")
    if options.jdk > 8 and tlab is not None and tlab.by_command_line:
        most = {"G1": heap.region // 2, "Shenandoah": heap.region}.get(ergonomics.collector, _UNLIMITED)
        if not _LEAST_TLAB <= int(tlab.value) <= most:
            _fail(options, "TLABSize", f"TLABSize must lie between 2048 and {most} bytes with that heap")


def _powers(options: Options) -> None:
    if "ObjectAlignmentInBytes" in options.settings:
        alignment = options.number("ObjectAlignmentInBytes", 8)
        if alignment < 8 or alignment > 256 or alignment & (alignment - 1):
            _fail(options, "ObjectAlignmentInBytes", "ObjectAlignmentInBytes must be a power of two from 8 to 256")
