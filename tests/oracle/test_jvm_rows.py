"""What HotSpot did with some 1,400 option strings in a container: 11 to 25 the VMs, 8 the code of 8u272 itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hydrogitops.jvm import assess
from tests.oracle.rows import rows

ROWS = {"11 to 25": rows("jvm-cases.jsonl"), "8": rows("jvm8-cases.jsonl")}
AT_LEAST = {"starts": 0.99, "max_heap": 0.995, "collector": 0.995, "initial_heap": 0.99}
EXPLAINED: dict[tuple[str, int], str] = {}
"""Rows that are missed, and why: (file, number of the row) to reason. An entry that is not missed fails the test."""


def differences(row: dict[str, Any]) -> list[str]:
    """Names of the fields that differ from the row."""
    found = assess(
        row["opts"],
        memory=row["limit_bytes"],
        cpus=row["cpus"],
        jdk=row["jdk"],
        via=row["via"],
        env=row.get("env"),
    )
    if found.starts != row["starts"]:
        return ["starts"]
    if not row["starts"]:
        assert any(problem.fatal for problem in found.problems), row
        return []
    assert found.thread_stack is not None
    figures = {
        "max_heap": (found.max_heap, row["max_heap"]),
        "initial_heap": (found.initial_heap, row["initial_heap"]),
        "collector": (found.collector, row["gc"]),
        "gc_threads": (found.gc_threads, row["gc_threads"]),
        "thread_stack": (found.thread_stack // 1024, row["stack_kb"]),
        "code_cache": (found.code_cache, row["code_cache"]),
    }
    return [name for name, (ours, theirs) in figures.items() if ours != theirs]


@pytest.mark.parametrize("file", ROWS)
def test_every_row(file: str) -> None:
    missed = {number: names for number, row in enumerate(ROWS[file]) if (names := differences(row))}
    explained = {number for which, number in EXPLAINED if which == file}
    assert {number: names for number, names in missed.items() if number not in explained} == {}
    assert explained <= missed.keys(), "explained rows are no longer missed"


@pytest.mark.parametrize("file", ROWS)
def test_shares(file: str) -> None:
    counted = Counter(name for row in ROWS[file] for name in differences(row))
    started = sum(row["starts"] for row in ROWS[file])
    for name, share in AT_LEAST.items():
        count = len(ROWS[file]) if name == "starts" else started
        assert 1 - counted[name] / count >= share, f"{name}: {counted[name]} of {count} missed"


def test_the_examples_of_the_interface() -> None:
    found = assess("-XX:MaxRAMPercentage=75.0", via="JAVA_TOOL_OPTIONS", memory=300 * 2**20, cpus=3, jdk=11)
    assert (found.starts, found.max_heap, found.initial_heap, found.collector) == (True, 236978176, 8388608, "Serial")
    refused = assess("-Xmx:512m -Xmx66560K", via="JAVA_TOOL_OPTIONS", memory=499998720, cpus=None, jdk=17)
    assert refused.starts is False
    assert (refused.max_heap, refused.bill) == (None, None)
