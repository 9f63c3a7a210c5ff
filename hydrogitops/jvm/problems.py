"""What is wrong, wasteful or risky about options with which a JVM starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hydrogitops.jvm import flags, mending
from hydrogitops.jvm.bill import EXPECTED_THREADS, STACKS, Bill
from hydrogitops.jvm.ergonomics import Ergonomics
from hydrogitops.jvm.heap import DEFAULT_MAX, KI, MI
from hydrogitops.jvm.machine import Container
from hydrogitops.jvm.numbers import UNITS, human
from hydrogitops.jvm.problem import OptionProblem, at, shown
from hydrogitops.jvm.settings import Options
from hydrogitops.jvm.words import Word

Unseen = Literal["", "earlier", "later"]
"""Whether there may be options that nobody sees, and whether they come before those that are given or after them."""

_SERVER_MEMORY = 1792 * MI
_MANY_PROCESSORS = 1024
_LOOPBACK = re.compile(r"(?:localhost|127\.[0-9.]+|\[?::1]?)(?::[0-9]+)?", re.IGNORECASE)
_JMX = "com.sun.management.jmxremote"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Parameters of the rules: expected threads, bytes of stack, percents of the limit or of the heap."""

    threads: int = EXPECTED_THREADS
    total_percent: float = 85
    stack_warn_below: int = 256 * KI
    young_percent: float = 60
    high_percent: float = 85
    waste_percent: float = 50


class Case(NamedTuple):
    """A JVM that starts, with all that the rules look at; `whole` is the span of all options: source, start, end."""

    options: Options
    ergonomics: Ergonomics
    bill: Bill
    container: Container
    thresholds: Thresholds
    whole: tuple[str, int, int]
    heap_word: Word | None
    young_word: Word | None
    unseen: Unseen = ""

    @property
    def heap_known(self) -> bool:
        """Whether the heap is what the VM will have: all options are seen, or one of them decides it."""
        if not self.unseen:
            return True
        return self.unseen == "earlier" and self.heap_word not in (None, self.options.word("InitialHeapSize"))


def judge(case: Case) -> Iterator[OptionProblem]:
    """Problems of a JVM that starts, precedence applied, in no order."""
    yield from _heap(case)
    yield from _unread(case)
    if case.options.words:
        yield from _sizes(case)
        yield from _repeated(case)
        yield from _old(case)
        yield from _debugging(case)
        yield from _quotes(case)
    yield from _collector(case)


def _heap(case: Case) -> Iterator[OptionProblem]:
    options, heap, container = case.options, case.ergonomics.heap, case.container
    max_word = options.word("MaxHeapSize")
    limit = container.memory
    support = options.word("UseContainerSupport")
    unsupported = support is not None and not options.on("UseContainerSupport")
    if unsupported:
        seen = "its heap is set, yet processors are the node's" if max_word else f"its heap is {human(heap.max)}"
        message = f"-XX:-UseContainerSupport: the JVM sees the node, not the container; {seen}"
        if not case.heap_known:
            message = "-XX:-UseContainerSupport: the JVM sees the node, not the container"
        unsure = max_word is not None or not case.heap_known
        yield at(support, "no-container-support", message, mild="warning" if unsure else None)
    percent_word = options.word("MaxRAMPercentage")
    if percent_word is not None and max_word is not None:
        message = f"{percent_word.text} has no effect: {max_word.text} wins wherever it stands"
        yield at(percent_word, "pct-with-xmx", message)
    if not case.heap_known:
        return
    aggressive = options.on("AggressiveHeap")
    if max_word is None and (unsupported or (not container.sees_limits and not aggressive)):
        if not unsupported and limit is not None and not options.unread:
            message = (
                f"the JVM cannot see the limit of {human(limit)} and takes its heap from the node: "
                f"{human(heap.max)} on one of {human(container.host_memory)}"
            )
            yield at(percent_word, "heap-unset", message)
        return
    if max_word is None and not aggressive:
        yield from _percentages(case, percent_word)
    if limit is None:
        if max_word is None and case.ergonomics.machine.sees:
            message = f"no memory limit: the heap is {human(heap.max)}, a share of the node's memory"
            yield at(percent_word, "no-limit-pct", message)
        return
    yield from _against_limit(case, limit, percent_word)


def _percentages(case: Case, percent_word: Word | None) -> Iterator[OptionProblem]:
    options, heap = case.options, case.ergonomics.heap
    initial = options.word("InitialHeapSize")
    if initial is not None and options.number("InitialHeapSize", 0) > heap.ergonomic_max:
        message = (
            f"{initial.text} raises the maximum heap from {human(heap.ergonomic_max)} to {human(heap.max)}: "
            "no -Xmx bounds it"
        )
        yield at(initial, "xms-raises-max", message)
    if percent_word is None:
        return
    percent = float(options.settings["MaxRAMPercentage"].value)
    if 0 < percent <= 1:
        fix = mending.percentage(percent_word.text, percent_word.text.partition("=")[2]) if percent < 1 else ""
        message = f"{percent_word.text} is {percent:g} percent, not a fraction: the heap is {human(heap.max)}"
        yield at(percent_word, "pct-fraction", message, suggestion=fix)


def _against_limit(case: Case, limit: int, percent_word: Word | None) -> Iterator[OptionProblem]:
    options, heap, thresholds = case.options, case.ergonomics.heap, case.thresholds
    max_word = options.word("MaxHeapSize")
    word = case.heap_word
    percent = None if percent_word is None or max_word else float(options.settings["MaxRAMPercentage"].value)
    fraction = percent is not None and 0 < percent <= 1
    small = False
    if percent is not None and not fraction:
        by_least = heap.by_least_percentage < DEFAULT_MAX
        small = by_least or heap.by_percentage < DEFAULT_MAX
        if small and percent_word is not None:
            why = "so small a limit" if by_least else "so small a share"
            message = f"{percent_word.text} has no effect with {why}: the heap is {human(heap.max)} of {human(limit)}"
            yield at(percent_word, "pct-small-limit", message)
    yield from _least_percentage(case)
    share = heap.max / max(limit, 1) * 100
    expected = case.bill.expected
    if _misread_stack(options) is not None:
        expected -= sum(line.expected for line in case.bill.lines if line.part == STACKS)
    if heap.max >= limit:
        by = f"{word.text}: " if word else ""
        message = f"{by}the heap of {human(heap.max)} alone fills the limit of {human(limit)}, the kernel kills the JVM"
        yield at(word, "heap-over-limit", message)
    elif expected > limit or (share > thresholds.total_percent and word is not percent_word):
        # A high percentage whose bill still fits has a rule of its own.
        rest = human(expected - heap.max)
        message = f"the heap of {human(heap.max)} and about {rest} beside it need {human(expected)} of {human(limit)}"
        yield at(word, "total-over-limit", message)
    elif percent is not None and percent > thresholds.high_percent and not small:
        yield at(percent_word, "pct-high", f"{percent:g} percent of the limit for the heap leave little for the rest")
    elif share < thresholds.waste_percent and not (small or fraction or options.unread or _explained(case, limit)):
        message = f"the heap is {human(heap.max)}, {share:.0f} percent of the limit of {human(limit)}"
        yield at(word, "heap-waste", message)


def _explained(case: Case, limit: int) -> bool:
    """Whether other parts that options set, or the whole bill, account for what the heap leaves."""
    stated = sum(line.worst for line in case.bill.lines if line.origin == "set" and line.part not in _NOT_CAPS)
    stated += case.ergonomics.heap.max
    return (
        stated / limit * 100 >= case.thresholds.waste_percent
        or case.bill.expected / limit * 100 >= case.thresholds.total_percent
    )


_NOT_CAPS = ("heap", STACKS)


def _least_percentage(case: Case) -> Iterator[OptionProblem]:
    heap = case.ergonomics.heap
    word = case.options.word("MinRAMPercentage")
    if word is None or not case.ergonomics.machine.sees:
        return
    if heap.by_least_percentage >= DEFAULT_MAX and heap.ram * 0.5 >= DEFAULT_MAX:
        message = f"{word.text} has no effect above a limit of about 250Mi; it is no lower bound of the heap"
        yield at(word, "minram-misread", message)


def _unread(case: Case) -> Iterator[OptionProblem]:
    for name, start, end in case.options.unread:
        if name == "JDK_JAVA_OPTIONS":
            message = "JDK 8 doesn't read JDK_JAVA_OPTIONS"
        elif start:
            message = f"JDK 8 reads 64 options of {name}, the rest is dropped silently"
        else:
            message = f"JDK 8 ignores {name} silently from 1024 bytes on"
        yield OptionProblem("variable-unread", message, fatal=False, source=name, start=start, end=end)


def _sizes(case: Case) -> Iterator[OptionProblem]:
    options, heap = case.options, case.ergonomics.heap
    stack_word = options.word("ThreadStackSize")
    stack = case.ergonomics.stack
    if stack_word is not None and stack_word is _misread_stack(options):
        value = stack_word.text.partition("=")[2]
        message = f"{stack_word.text} counts kilobytes: {human(stack)} a thread"
        yield at(stack_word, "xss-unit", message, suggestion=f"-Xss{value}")
    elif stack_word is not None and 0 < stack < case.thresholds.stack_warn_below:
        message = f"a stack of {human(stack)} is close to the least that starts, and below it on other processors"
        yield at(stack_word, "xss-small", message, mild="warning", suggestion="-Xss512k")
    cpus = options.number("ActiveProcessorCount", 0)
    word = options.word("ActiveProcessorCount")
    if word is not None and cpus >= _MANY_PROCESSORS and word.text[-1] in UNITS:
        message = f"{word.text} means {cpus} processors: m is mega here, not a thousandth"
        yield at(word, "size-syntax", message)
    young = max(options.number("NewSize", 0), options.number("MaxNewSize", 0))
    if case.young_word is not None and case.heap_known and young > heap.max * case.thresholds.young_percent / 100:
        message = f"{case.young_word.text} gives the young generation {human(young)} of a heap of {human(heap.max)}"
        yield at(case.young_word, "xmn-over-heap", message)


def _misread_stack(options: Options) -> Word | None:
    """The word that gives kilobytes a unit: a stack some thousand times as large as meant."""
    word = options.word("ThreadStackSize")
    return word if word is not None and word.text.startswith("-XX:") and word.text[-1] in UNITS else None


def _repeated(case: Case) -> Iterator[OptionProblem]:
    options = case.options
    if len(options.given) < 2:
        return
    last = {name: (value, word) for name, value, word in options.given}
    told: set[Word] = set()
    for name, value, word in options.given:
        final, winner = last[name]
        if value == final or word in told or word == winner:
            continue
        flag = flags.find(name, options.jdk)
        if flag is not None and flag.kind in ("string", "strings"):
            continue
        told.add(word)
        yield at(word, "duplicate", f"{shown(winner.text)} comes later and counts in place of {shown(word.text)}")


def _old(case: Case) -> Iterator[OptionProblem]:
    options, jdk = case.options, case.options.jdk
    told = set()
    for warned in options.warned:
        told.add(warned.word)
        fix = mending.successor(warned.word.text, flags.successor(warned.name))
        if warned.ignored:
            message = f"JDK {jdk} ignores {warned.name} and warns of it"
        else:
            since = flags.since(warned.name)
            message = f"JDK {jdk} warns of {warned.name}" + (f": deprecated since {since}" if since else "")
        yield at(warned.word, "deprecated-flag", message, suggestion=fix)
    ignore = options.word("IgnoreUnrecognizedVMOptions")
    if ignore is not None and options.on("IgnoreUnrecognizedVMOptions"):
        hidden = "misspelt flags, bad values and locked flags" if jdk == 8 else "misspelt flags"
        yield at(ignore, "ignore-unrecognized", f"{ignore.text} hides {hidden}")
    later = flags.next_jdk(jdk)
    if later is None:
        return
    for name, _, word in options.given:
        if word in told or not word.text.startswith("-XX:") or flags.find(name, later) is not None:
            continue
        told.add(word)
        message = f"JDK {later} no longer has {name} and exits at it"
        fix = mending.successor(word.text, flags.successor(name)) if jdk > 8 else ""
        yield at(word, "deprecated-flag", message, mild="info", suggestion=fix)


def _debugging(case: Case) -> Iterator[OptionProblem]:
    options = case.options
    port = options.properties.get(f"{_JMX}.port")
    is_open = _property(options, "authenticate", "true").casefold() != "true"
    if port is not None and is_open and not _LOOPBACK.fullmatch(_property(options, "host", "")):
        message = f"JMX answers anybody at port {shown(port[0])}: whoever reaches it runs code in the JVM"
        yield at(port[1], "remote-debug", message)
    for word in options.agents:
        described = word.text.removeprefix("-agentlib:jdwp=").removeprefix("-Xrunjdwp:")
        settings = dict(pair.partition("=")[::2] for pair in described.split(","))
        if settings.get("server") != "y" or settings.get("transport", "dt_socket") != "dt_socket":
            continue
        address = settings.get("address", "")
        bare = address == "" or address.isdecimal()
        if (bare and options.jdk > 8) or _LOOPBACK.fullmatch(address):
            continue
        where = f"the debugger's port {shown(address)}" if address else "a port of the debugger's choice"
        yield at(word, "remote-debug", f"{where} is open to the network: whoever reaches it runs code in the JVM")


def _property(options: Options, name: str, default: str) -> str:
    found = options.properties.get(f"{_JMX}.{name}")
    return default if found is None else found[0]


def _quotes(case: Case) -> Iterator[OptionProblem]:
    """Quotes around a value in an unquoted shell variable stay part of the value."""
    if case.whole[0] != "args" or case.whole[2] == 0:
        return
    for word in case.options.words:
        value = word.text.partition("=")[2]
        if word.source == "args" and len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
            message = f"the quotes in {shown(word.text)} reach the application as part of the value"
            yield at(word, "quoting", message, mild="warning", suggestion=mending.plain(word))


def _collector(case: Case) -> Iterator[OptionProblem]:
    ergonomics = case.ergonomics
    if case.unseen or ergonomics.collector != "Serial" or ergonomics.named or not ergonomics.machine.sees:
        return
    reasons = []
    if ergonomics.machine.cpus < 2:
        reasons.append("one processor")
    if ergonomics.machine.memory < _SERVER_MEMORY:
        reasons.append(f"{human(ergonomics.machine.memory)} of memory, below 1792Mi")
    if reasons:
        message = f"no collector is named: with {' and '.join(reasons)} the JVM takes the Serial collector"
        source, start, end = case.whole
        yield OptionProblem("gc-ergonomics", message, fatal=False, source=source, start=start, end=end)
