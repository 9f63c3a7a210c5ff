"""What the VM does: sources and their order, the machine that it sees, the words that decide, wrong calls."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.jvm import Assessment, Word, assess
from tests.unit.jvm.asking import GI, MI, ask


def heap_and_gc(found: Assessment) -> tuple[int, int, str | None]:
    """In MiB."""
    heap, initial = found.max_heap, found.initial_heap
    assert heap is not None and initial is not None
    return heap // MI, initial // MI, found.collector


@pytest.mark.parametrize(
    ("options", "changes", "heap"),
    [
        ("-Xmx1g", {}, 1024),
        ("-Xmx1g", {"env": {"JAVA_TOOL_OPTIONS": "-Xmx2g"}}, 1024),
        ("", {"env": {"JAVA_TOOL_OPTIONS": "-Xmx2g", "JDK_JAVA_OPTIONS": "-Xmx1g"}}, 1024),
        ("-Xmx512m", {"env": {"JDK_JAVA_OPTIONS": "-Xmx1g"}}, 512),
        ("-Xmx1g", {"env": {"_JAVA_OPTIONS": "-Xmx512m"}}, 512),
        ("-Xmx768m", {"via": "_JAVA_OPTIONS", "env": {"JAVA_TOOL_OPTIONS": "-Xmx512m"}}, 768),
        ("", {"env": {"JDK_JAVA_OPTIONS": "-Xmx1g"}, "jdk": 8}, 512),
        ("", {"env": {"JAVA_OPTS": "-Xmx1g", "JAVA_OPTIONS": "nonsense"}}, 512),
        (["-Xmx1g", "-jar", "app.jar", "-Xmx512m"], {}, 1024),
    ],
)
def test_the_order_of_the_sources(options: str | list[str], changes: dict[str, Any], heap: int) -> None:
    assert heap_and_gc(ask(options, **changes))[0] == heap


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        # memory, cpus → heap, initial heap in MiB, collector
        ({"memory": 2 * GI, "cpus": 2}, (512, 32, "G1")),
        ({"memory": 2 * GI, "cpus": 1}, (512, 32, "Serial")),
        ({"memory": 1791 * MI, "cpus": 4}, (448, 28, "Serial")),
        ({"memory": 2 * GI, "cpus": None}, (512, 32, "G1")),
        ({"memory": None, "cpus": 2}, (30718, 2048, "G1")),
        ({"memory": None, "cpus": 2, "host_memory": 4 * GI}, (1024, 64, "G1")),
        ({"memory": None, "cpus": None, "host_memory": 4 * GI, "host_cpus": 1}, (1024, 64, "Serial")),
        ({"memory": 8 * GI, "host_memory": 4 * GI}, (1024, 64, "G1")),
        ({"memory": 8 * GI, "host_memory": 4 * GI, "jdk": 11}, (2048, 128, "G1")),
        ({"sees_limits": False, "host_memory": 16 * GI, "host_cpus": 4, "jdk": 8}, (4096, 256, "Parallel")),
        ({"sees_limits": False, "host_memory": 16 * GI, "host_cpus": 1, "cpus": 4}, (4096, 256, "Serial")),
    ],
)
def test_the_machine_that_the_vm_sees(changes: dict[str, Any], seen: tuple[int, int, str]) -> None:
    found = heap_and_gc(ask(**changes))
    # G1 rounds to regions: what counts here is which machine the figures are of.
    assert found[2] == seen[2]
    assert abs(found[0] - seen[0]) <= 32 and abs(found[1] - seen[1]) <= 32


@pytest.mark.parametrize(
    ("changes", "cpus"),
    [
        ({"cpus": 1.5}, 2),
        ({"cpus": 0.1}, 1),
        ({"cpus": 2.0000000001}, 2),
        ({"cpus": 200, "host_cpus": 8}, 8),
        ({"cpus": None, "host_cpus": 8}, 8),
        # Shares count for 8 and early 11, and only without a limit.
        ({"cpus": None, "cpu_request": 2.5, "jdk": 8}, 3),
        ({"cpus": None, "cpu_request": 0, "jdk": 8}, 1),
        ({"cpus": None, "cpu_request": 1, "jdk": 11, "host_cpus": 8}, 8),
        ({"cpus": None, "cpu_request": 2.5, "jdk": 17, "host_cpus": 8}, 8),
        ({"cpus": 4, "cpu_request": 1.5, "jdk": 11}, 4),
        ({"cpus": None, "cpu_request": None, "jdk": 8, "host_cpus": 8}, 8),
        ({"cpus": None, "cpu_request": 2.5, "jdk": 8, "sees_limits": False, "host_cpus": 8}, 8),
    ],
)
def test_processors(changes: dict[str, Any], cpus: int) -> None:
    assert ask(**changes).cpus == cpus


def test_a_vm_without_container_support_sees_the_node() -> None:
    found = ask("-XX:-UseContainerSupport", host_memory=16 * GI, host_cpus=8)
    assert (found.cpus, found.max_heap) == (8, 4 * GI)


def test_threads_stacks_and_code() -> None:
    found = ask("-Xss512k -XX:ReservedCodeCacheSize=100m -XX:+UseParallelGC", cpus=16)
    assert (found.gc_threads, found.thread_stack, found.code_cache) == (13, 512 * 1024, 100 * MI)
    plain = ask()
    assert (plain.gc_threads, plain.thread_stack, plain.code_cache) == (2, MI, 240 * MI)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        # heap, initial heap, young generation, percentage
        ("", ("", "", "", "")),
        ("-Xmx1g -Xms256m -Xmn100m", ("-Xmx1g", "-Xms256m", "-Xmn100m", "")),
        ("-Xmx1g -XX:MaxHeapSize=2g", ("-XX:MaxHeapSize=2g", "", "", "")),
        ("-XX:MaxRAMPercentage=50.0", ("-XX:MaxRAMPercentage=50.0", "", "", "-XX:MaxRAMPercentage=50.0")),
        ("-XX:MaxRAMPercentage=50.0 -Xmx1g", ("-Xmx1g", "", "", "-XX:MaxRAMPercentage=50.0")),
        ("-Xms1g", ("-Xms1g", "-Xms1g", "", "")),
        ("-Xms100m -XX:MaxRAMPercentage=50.0", ("-XX:MaxRAMPercentage=50.0", "-Xms100m", "", "-XX:MaxRAMPercentage=50.0")),
        ("-XX:MinRAMPercentage=50.0", ("", "", "", "")),
        ("-XX:+AggressiveHeap", ("-XX:+AggressiveHeap", "-XX:+AggressiveHeap", "", "")),
        ("-Xmx1g -Xmn900m", ("-Xmx1g", "-Xmn900m", "-Xmn900m", "")),
        ("-Xmx1g -XX:NewSize=100m -XX:MaxNewSize=50m", ("-Xmx1g", "-XX:NewSize=100m", "-XX:NewSize=100m", "")),
        ("-XX:MaxRAM=1g", ("-XX:MaxRAM=1g", "", "", "")),
    ],
)  # fmt: skip
def test_the_words_that_decide(options: str, words: tuple[str, ...]) -> None:
    found = ask(options)
    decisive = (found.heap_word, found.initial_word, found.young_word, found.percentage_word)
    assert tuple(word.text if word else "" for word in decisive) == words
    for word in decisive:
        assert word is None or options[word.start : word.end] == word.text


def test_a_word_knows_its_source() -> None:
    found = ask("-ea", env={"JAVA_TOOL_OPTIONS": ' "-Xmx1g"'})
    assert found.heap_word == Word("-Xmx1g", "JAVA_TOOL_OPTIONS", 1, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jdk": 10},
        {"jdk": "17"},
        {"via": "JAVA_OPTS"},
        {"via": "JAVA_TOOL_OPTIONS", "env": {"JAVA_TOOL_OPTIONS": ""}},
    ],
)
def test_calls_that_are_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"jdk|via"):
        ask(**wrong)


def test_it_is_a_value() -> None:
    assert ask("-Xmx1g") == ask("-Xmx1g")
    assert assess("-Xmx1g", memory=GI, cpus=1, jdk=17) != ask("-Xmx1g")
