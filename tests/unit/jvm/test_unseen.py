"""Options that nobody sees: nothing is told that they may undo."""

from __future__ import annotations

from typing import Literal

import pytest

from hydrogitops.jvm import Unseen, assess

GI = 2**30
CASES: list[tuple[str, Literal[8, 17], dict[Unseen, set[str]]]] = [
    ("", 17, {"": {"heap-waste"}, "earlier": set(), "later": set()}),
    ("", 8, {"": {"heap-unset"}, "earlier": set(), "later": set()}),
    ("-Xmx4g", 17, {"": {"heap-over-limit"}, "earlier": {"heap-over-limit"}, "later": set()}),
    ("-Xmx512m", 17, {"": {"heap-waste"}, "earlier": {"heap-waste"}, "later": set()}),
    ("-XX:MaxRAMPercentage=10.0", 17, {"": {"heap-waste"}, "earlier": {"heap-waste"}, "later": set()}),
    ("-XX:MaxRAMPercentage=75.0", 8, {"": {"heap-unset"}, "earlier": {"heap-unset"}, "later": set()}),
    ("-Xms1g", 17, {"": {"xms-raises-max"}, "earlier": set(), "later": set()}),
    ("-Xmx1g -Xms2g", 17, {"": {"xms-over-xmx"}, "earlier": {"xms-over-xmx"}, "later": set()}),
    ("-XX:-UseG1GC", 17, {"": {"gc-conflict"}, "earlier": set(), "later": set()}),
    ("-Xmx1Gi", 17, {"": {"size-syntax"}, "earlier": {"size-syntax"}, "later": {"size-syntax"}}),
    ("-Xss100k", 17, {"": {"xss-small"}, "earlier": {"xss-small"}, "later": set()}),
    ("-Xmx1g -Xmx1200m", 17, {one: {"duplicate"} for one in ("", "earlier", "later")}),
    ("-XX:-UseContainerSupport", 17, {one: {"no-container-support"} for one in ("", "earlier", "later")}),
]


@pytest.mark.parametrize(("options", "jdk", "rules"), CASES)
def test_tells_what_lasts(options: str, jdk: int, rules: dict[Unseen, set[str]]) -> None:
    for unseen, expected in rules.items():
        found = assess(options, memory=2 * GI, cpus=2, jdk=jdk, sees_limits=jdk != 8, unseen=unseen)
        assert {problem.rule for problem in found.problems} == expected, unseen


def test_no_heap_is_stated_that_nobody_knows() -> None:
    seen = assess("-XX:-UseContainerSupport", memory=2 * GI, cpus=2, jdk=17)
    unseen = assess("-XX:-UseContainerSupport", memory=2 * GI, cpus=2, jdk=17, unseen="later")
    assert [problem.mild for problem in (*seen.problems, *unseen.problems)] == [None, "warning"]
    assert "heap" in seen.problems[0].message
    assert "heap" not in unseen.problems[0].message
