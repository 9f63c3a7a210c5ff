"""Any text gets an answer: nothing raises, places lie in their text, a VM that starts has all its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hydrogitops.jvm import VARIABLES, assess
from hydrogitops.jvm.flags import JDKS
from hydrogitops.jvm.flags_table import TABLE

NAMES = [line.split(" ")[0] for line in TABLE.splitlines()]
VALUES = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.from_regex(r"[0-9]{1,4}[kmgtKMGT]?[iI]?[bB]?", fullmatch=True),
    st.from_regex(r"-?[0-9]{0,3}[.,]?[0-9]{0,3}[%f]?", fullmatch=True),
    st.from_regex(r"0x[0-9a-fp]{0,20}[km]?", fullmatch=True),
    st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}[eE][+-]?[0-9]{0,4}", fullmatch=True),
    st.sampled_from(["", "true", "false", "summary", "nan", "inf", "1" * 5000, "\u0663", "${X}", "{{ x }}", "'a b'"]),
)
WORDS = st.one_of(
    st.builds("-XX:{}{}{}{}".format, st.sampled_from(["", "+", "-"]), st.sampled_from(NAMES), st.sampled_from(["", "=", ":", " = ", ":="]), VALUES),
    st.builds("{}{}".format, st.sampled_from(["-Xmx", "-Xms", "-Xmn", "-Xss", "-Xmx ", "-Xmaxf", "-Xminf", "-Xlog:", "-Xloggc:", "-Xmaxjitcodesize", "-mx", "-D", "-Dcom.sun.management.jmxremote.port="]), VALUES),
    st.sampled_from(
        ["-server", "-jar", "-cp", "-version", "-X", "--module", "-", "--", "", "@f", "#", "\u2013Xmx1g", "-Xmx1g;", '"', "'", "app", "-agentlib:jdwp=", "-Xrunjdwp:x=y,server=y"]
    ),
    st.text(max_size=12),
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=8).map(" ".join))
PLACES = st.fixed_dictionaries(
    {
        "memory": st.none() | st.integers(0, 2**40),
        "cpus": st.none() | st.floats(0.001, 512),
        "jdk": st.sampled_from(JDKS),
    },
    optional={
        "cpu_request": st.none() | st.floats(0, 512),
        "host_memory": st.integers(2**20, 2**44),
        "host_cpus": st.integers(1, 1024),
        "sees_limits": st.booleans(),
    },
)


def check(options: str | Sequence[str], via: str, env: dict[str, str], place: dict[str, Any]) -> None:
    found = assess(options, via=via, env=env, **place)  # type: ignore[arg-type]
    figures = (found.max_heap, found.initial_heap, found.collector, found.gc_threads, found.thread_stack, found.bill)
    if found.starts:
        assert None not in figures
        assert found.bill is not None and 0 <= found.bill.expected <= found.bill.worst
        assert found.max_heap is not None and found.initial_heap is not None
        assert 0 < found.initial_heap <= found.max_heap
        assert not any(problem.fatal for problem in found.problems)
    else:
        assert set(figures) == {None}
        assert found.problems
        assert all(problem.fatal for problem in found.problems)
    texts = {"args": "", **env, via: options if isinstance(options, str) else " ".join(options)}
    deciding = (found.heap_word, found.initial_word, found.young_word, found.percentage_word)
    stretches = [(problem.source, problem.start, problem.end) for problem in found.problems]
    stretches += [(word.source, word.start, word.end) for word in deciding if word is not None]
    for source, start, end in stretches:
        assert 0 <= start <= end <= len(texts[source])
    places = [(problem.source, problem.start) for problem in found.problems if problem.fatal]
    assert len(set(places)) == len(places)


@settings(max_examples=1000, deadline=None, derandomize=True)
@example("\ud800", "args", {"JAVA_TOOL_OPTIONS": "\ud800"}, {"memory": 1, "cpus": None, "jdk": 8})
@example("-XX:MaxRAMPercentage=0x1p9999", "args", {}, {"memory": 2**30, "cpus": 1, "jdk": 25})
@example("-Xmaxf" + "9" * 400, "args", {}, {"memory": 2**30, "cpus": 1, "jdk": 17})
@given(TEXTS, st.sampled_from(["args", *VARIABLES]), st.dictionaries(st.sampled_from(VARIABLES), TEXTS), PLACES)
def test_a_text(options: str, via: str, env: dict[str, str], place: dict[str, Any]) -> None:
    check(options, via, {name: text for name, text in env.items() if name != via}, place)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=8), PLACES)
def test_a_list_of_arguments(options: list[str], place: dict[str, Any]) -> None:
    check(options, "args", {}, place)
