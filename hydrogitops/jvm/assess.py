"""What a JVM does with its options in a container: does it start, with which heap and collector, what will it need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hydrogitops.jvm import bill as bills
from hydrogitops.jvm import ergonomics, machine, relations
from hydrogitops.jvm.bill import Bill
from hydrogitops.jvm.flags import JDKS
from hydrogitops.jvm.heap import DEFAULT_MAX
from hydrogitops.jvm.machine import Container
from hydrogitops.jvm.problem import OptionProblem
from hydrogitops.jvm.problems import Case, Thresholds, Unseen, judge
from hydrogitops.jvm.reader import Variable, read
from hydrogitops.jvm.settings import Failure, Options
from hydrogitops.jvm.words import Word, Words, split_arguments, split_variable

Via = Literal["args", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"]

VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_ORDER = {"JAVA_TOOL_OPTIONS": 0, "JDK_JAVA_OPTIONS": 1, "args": 2, "_JAVA_OPTIONS": 3}
_NO_WORDS = Words(())


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the JVM does; sizes in bytes, None where it doesn't start.

    The words after `problems` are those that decide a figure, None where the VM's default does: maximum heap, heap
    committed at start, young generation, MaxRAMPercentage.
    """

    starts: bool
    max_heap: int | None
    initial_heap: int | None
    collector: str | None
    gc_threads: int | None
    thread_stack: int | None
    code_cache: int | None
    bill: Bill | None
    problems: tuple[OptionProblem, ...]
    heap_word: Word | None = None
    initial_word: Word | None = None
    young_word: Word | None = None
    percentage_word: Word | None = None
    cpus: int | None = None
    """Processors that the VM counts."""


def assess(
    options: str | Sequence[str] = "",
    *,
    memory: int | None,
    cpus: float | None,
    jdk: int,
    cpu_request: float | None = None,
    via: Via = "args",
    env: Mapping[str, str] | None = None,
    host_memory: int = 512 * 2**30,
    host_cpus: int = 64,
    sees_limits: bool = True,
    thresholds: Thresholds | None = None,
    unseen: Unseen = "",
) -> Assessment:
    """Assess one container's JVM. Pure; any text gets an answer.

    `options`: with `via="args"` a text is an unquoted shell variable, a sequence the argument list up to the program
    (its offsets lie in the arguments joined by one blank); else the variable's whole text. `env`: the container's
    other variables, of which the VM reads three. `memory`, `host_memory`: bytes; `cpus`, `cpu_request`: cores; None
    for no limit, and for shares that nobody set. `sees_limits`: False for a JDK that cannot read cgroup v2, on such a
    node. `unseen`: the JVM may get further options, before the given ones or after them; then nothing is told that
    such an option may undo, and the figures are those of the given ones alone. A `ValueError` for an unknown `jdk` or
    `via`, and for one variable given twice.

    HotSpot of 8u272, 11.0.13, 17.0.9 to 17.0.15, 21.0.8 and 25.0.2, x86-64 Linux, one thread a core.
    """
    if jdk not in JDKS:
        raise ValueError(f"jdk must be one of {', '.join(map(str, JDKS))}, not {jdk!r}")
    if via not in _ORDER:
        raise ValueError(f"via must be one of {', '.join(_ORDER)}, not {via!r}")
    arguments, variables = _sources(options, via, env)
    found = read(arguments, variables, jdk)
    container = Container(memory, cpus, cpu_request, host_memory, host_cpus, sees_limits)
    chosen = ergonomics.choose(found, machine.machine(found, container))
    relations.check(found, chosen)
    if unseen and found.failures:
        lasting = [failure for failure in found.failures if not _undone(failure, unseen)]
        if not lasting:
            return _stopped(())
        found.failures[:] = lasting
    if found.failures:
        from hydrogitops.jvm.fatal import fatal_problems  # most options start, and imports count

        return _stopped(_sorted(fatal_problems(found)))
    limits = thresholds or _DEFAULTS
    bill = bills.draw_up(found, chosen, host_memory if memory is None else memory, limits.threads)
    heap_word, young_word = _heap_word(found, chosen), _young_word(found)
    whole = (via, 0, len(options) if isinstance(options, str) else 0)
    case = Case(found, chosen, bill, container, limits, whole, heap_word, young_word, unseen)
    return Assessment(
        starts=True,
        max_heap=chosen.heap.max,
        initial_heap=chosen.heap.initial,
        collector=chosen.collector,
        gc_threads=chosen.threads,
        thread_stack=chosen.stack,
        code_cache=chosen.code_cache,
        bill=bill,
        problems=_sorted(list(judge(case))),
        heap_word=heap_word,
        initial_word=_initial_word(found),
        young_word=young_word,
        percentage_word=found.word("MaxRAMPercentage"),
        cpus=chosen.machine.cpus,
    )


_DEFAULTS = Thresholds()


def _undone(failure: Failure, unseen: Unseen) -> bool:
    """Whether an option that is not seen may keep the VM from stopping there."""
    if failure.kind == "collectors":
        return failure.detail == "off"
    return unseen == "later" and failure.kind in ("initial-over-max", "contradiction", "stack-too-small")


def _stopped(problems: tuple[OptionProblem, ...]) -> Assessment:
    return Assessment(
        starts=False,
        max_heap=None,
        initial_heap=None,
        collector=None,
        gc_threads=None,
        thread_stack=None,
        code_cache=None,
        bill=None,
        problems=problems,
    )


def _sources(
    options: str | Sequence[str], via: Via, env: Mapping[str, str] | None
) -> tuple[Words, dict[str, Variable]]:
    variables = {}
    if env:
        variables = {name: Variable(env[name], split_variable(env[name], name)) for name in VARIABLES if name in env}
    if via == "args":
        return split_arguments(options), variables
    if via in variables:
        raise ValueError(f"{via} is given by both via and env")
    text = options if isinstance(options, str) else " ".join(options)
    variables[via] = Variable(text, split_variable(text, via))
    return _NO_WORDS, variables


def _sorted(problems: list[OptionProblem]) -> tuple[OptionProblem, ...]:
    """Reading order: the VM's order of sources, then place."""
    if len(problems) > 1:
        problems.sort(key=lambda problem: (_ORDER[problem.source], problem.start, problem.end))
    return tuple(problems)


def _heap_word(options: Options, chosen: ergonomics.Ergonomics) -> Word | None:
    """The word that decides the maximum heap."""
    given = options.settings
    if not given:
        return None
    if "MaxHeapSize" in given:
        return options.word("MaxHeapSize")
    if options.on("AggressiveHeap"):
        return options.word("AggressiveHeap")
    if chosen.heap.max > chosen.heap.ergonomic_max and options.number("InitialHeapSize", 0):
        return options.word("InitialHeapSize")
    least = ("MinRAMPercentage", "MinRAMFraction") if chosen.heap.by_least_percentage < DEFAULT_MAX else ()
    for name in (*least, "MaxRAMPercentage", "MaxRAMFraction", "DefaultMaxRAMFraction"):
        if name in given:
            return options.word(name)
    return options.word("ErgoHeapSizeLimit") or options.word("MaxRAM")


def _initial_word(options: Options) -> Word | None:
    """The word that decides the heap committed at start."""
    if options.number("InitialHeapSize", 0):
        return options.word("InitialHeapSize")
    if options.on("AggressiveHeap") and "MaxHeapSize" not in options.settings:
        return options.word("AggressiveHeap")
    return options.word("NewSize") or options.word("InitialRAMPercentage") or options.word("InitialRAMFraction")


def _young_word(options: Options) -> Word | None:
    """The word that decides the size of the young generation."""
    if options.number("MaxNewSize", 0) >= options.number("NewSize", 0):
        return options.word("MaxNewSize") or options.word("NewSize")
    return options.word("NewSize")
