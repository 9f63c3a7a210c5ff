"""The memory bill, line by line, in MiB."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.jvm import Bill
from tests.unit.jvm.asking import GI, MI, ask

REAL = "-Xmx2048m -Xmn2048m -Xss258k -XX:MaxMetaspaceSize=1024m -XX:+AggressiveHeap"


def bill(options: str, **changes: Any) -> Bill:
    found = ask(options, **changes).bill
    assert found is not None
    return found


@pytest.mark.parametrize("jdk", [8, 11, 17, 21, 25])
def test_the_options_of_a_real_repository(jdk: int) -> None:
    found = bill(REAL, jdk=jdk)
    assert [(line.part, round(line.expected / MI, 1), round(line.worst / MI, 1), line.origin) for line in found.lines] == [
        ("heap", 2048.0, 2048.0, "set"),
        ("metaspace", 100.0, 1024.0, "set"),
        ("code cache", 64.0, 240.0, "default"),
        ("thread stacks", 3.1, 63.0, "set"),
        ("direct memory", 10.0, 2048.0, "default"),
        ("garbage collector", 91.8, 91.8, "estimate"),
        ("JVM itself", 30.0, 30.0, "estimate"),
    ]  # fmt: skip
    assert found.limit == 2 * GI
    assert found.expected == sum(line.expected for line in found.lines)
    assert found.worst == sum(line.worst for line in found.lines)


@pytest.mark.parametrize(
    ("options", "changes", "part", "line"),
    [
        # expected and worst in MiB, origin
        ("", {}, "heap", (512, 512, "default")),
        ("-XX:MaxRAMPercentage=50.0", {}, "heap", (1024, 1024, "set")),
        ("-Xms1g", {}, "heap", (1024, 1024, "set")),
        ("", {}, "metaspace", (100, 100, "estimate")),
        ("-XX:MaxMetaspaceSize=64m", {}, "metaspace", (64, 64, "set")),
        ("-XX:MaxMetaspaceSize=512m", {}, "metaspace", (100, 512, "set")),
        ("", {}, "code cache", (64, 240, "default")),
        ("-XX:-TieredCompilation", {}, "code cache", (48, 48, "default")),
        ("-XX:ReservedCodeCacheSize=512m", {}, "code cache", (512, 512, "set")),
        ("", {}, "thread stacks", (12.5, 250, "default")),
        ("-Xss4m", {}, "thread stacks", (50, 1000, "set")),
        ("-Xss0", {}, "thread stacks", (12.5, 250, "set")),
        ("", {}, "direct memory", (10, 512, "default")),
        ("-XX:MaxDirectMemorySize=200m", {}, "direct memory", (200, 200, "set")),
        ("-XX:MaxDirectMemorySize=0", {}, "direct memory", (10, 512, "default")),
        ("-Xmx1000m -XX:+UseSerialGC", {}, "garbage collector", (3.3, 3.3, "estimate")),
        ("-Xmx1000m -XX:+UseParallelGC", {}, "garbage collector", (53, 53, "estimate")),
        ("-Xmx1000m -XX:+UseG1GC", {}, "garbage collector", (78, 78, "estimate")),
        ("-Xmx1000m -XX:+UseG1GC", {"jdk": 21}, "garbage collector", (61, 61, "estimate")),
        ("-Xmx1000m -XX:+UnlockExperimentalVMOptions -XX:+UseEpsilonGC", {}, "garbage collector", (0, 0, "estimate")),
    ],
)
def test_a_line(options: str, changes: dict[str, Any], part: str, line: tuple[float, float, str]) -> None:
    (found,) = [line for line in bill(options, **changes).lines if line.part == part]
    assert (found.expected / MI, found.worst / MI) == pytest.approx(line[:2], abs=0.01)
    assert found.origin == line[2]


def test_without_a_limit_it_must_fit_the_node() -> None:
    assert bill("-Xmx1g", memory=None, host_memory=8 * GI).limit == 8 * GI
