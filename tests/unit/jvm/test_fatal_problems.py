"""Words that stop the VM: the rule that names each, its place, what to write instead; and what comes close and starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.jvm.asking import ask, marked

TOOL = {"via": "JAVA_TOOL_OPTIONS"}
BY_8: dict[str, Any] = {"jdk": 8}
JDWP = "-agentlib:jdwp=transport=dt_socket,server=y,address=5005"

FATAL: list[tuple[str, str | list[str], dict[str, Any], str, str]] = [
    # rule, options, changes, what is marked, suggestion
    ("wont-start", "-Xmx1g -XX:UseG1GC", {}, "-XX:UseG1GC", "-XX:+UseG1GC"),
    ("wont-start", "-XX:UseTLAB=false", {}, "-XX:UseTLAB=false", "-XX:-UseTLAB"),
    ("wont-start", "-XX:+UseG1GC=true", {}, "-XX:+UseG1GC=true", "-XX:+UseG1GC"),
    ("wont-start", "-XX:+NewRatio=2", {}, "-XX:+NewRatio=2", "-XX:NewRatio=2"),
    ("wont-start", "-XX:G1HeapRegionSize=3t", {}, "-XX:G1HeapRegionSize=3t", ""),
    ("wont-start", "-XX:MaxTenuringThreshold=17", {}, "-XX:MaxTenuringThreshold=17", ""),
    ("wont-start", "-XX:NewRatio=x", {}, "-XX:NewRatio=x", ""),
    ("wont-start", "-XX:MinHeapFreeRatio=80", {}, "-XX:MinHeapFreeRatio=80", ""),
    ("wont-start", "-Xmaxf1e999", {}, "-Xmaxf1e999", ""),
    ("wont-start", "-Xmx1g -X", {}, "-X", ""),
    ("wont-start", "-version", {}, "-version", ""),
    ("wont-start", "-Xmx1g -cp", {}, "-cp", ""),
    ("wont-start", "UseG1GC -Xmx1g", {}, "UseG1GC", ""),
    ("wont-start", "-Xmx1g server", TOOL, "server", ""),
    ("wont-start", "-server", TOOL, "-server", ""),
    ("wont-start", "-version", {"via": "JDK_JAVA_OPTIONS"}, "-version", ""),
    ("wont-start", "-Xmx0", {}, "-Xmx0", ""),
    ("wont-start", "-Xmx1m", {}, "-Xmx1m", ""),
    ("wont-start", "-Xss2g", {}, "-Xss2g", ""),
    ("wont-start", "-Xlog:gc*:file=a:bogus", {}, "-Xlog:gc*:file=a:bogus", ""),
    ("wont-start", "-XX:ReservedCodeCacheSize=1m", {}, "-XX:ReservedCodeCacheSize=1m", ""),
    ("wont-start", "-XX:MaxMetaspaceSize=8m", {"jdk": 11}, "-XX:MaxMetaspaceSize=8m", ""),
    ("quoting", '"-Xmx1g" -ea', {}, '"-Xmx1g"', "-Xmx1g"),
    ("quoting", '-ea "-Xmx1g -Xms1g"', {}, '"-Xmx1g -Xms1g"', "-Xmx1g -Xms1g"),
    ("quoting", '-Xmx"1g"', {}, '-Xmx"1g"', "-Xmx1g"),
    ("quoting", '-Dkey="a b"', {}, '-Dkey="a b"', ""),
    ("quoting", "-Xmx1g, -Xms1g", {}, "-Xmx1g,", "-Xmx1g"),
    ("quoting", "-Xmx1g,-Xms1g", {}, "-Xmx1g,-Xms1g", "-Xmx1g -Xms1g"),
    ("quoting", "-Xmx1g;", {}, "-Xmx1g;", "-Xmx1g"),
    ("quoting", "-Xmx1g \\\n -ea", {}, "\\", ""),
    ("quoting", "\u2013Xmx1g", {}, "\u2013Xmx1g", "-Xmx1g"),
    ("quoting", "-Xmx1g\u00a0-Xms1g", {}, "-Xmx1g\u00a0-Xms1g", "-Xmx1g -Xms1g"),
    ("quoting", "-XX:+UseG1GC\u200b", {}, "-XX:+UseG1GC\u200b", "-XX:+UseG1GC"),
    ("quoting", "-Xmx${HEAP}", {}, "-Xmx${HEAP}", ""),
    ("quoting", "-Xmx$(HEAP)", TOOL, "-Xmx$(HEAP)", ""),
    ("quoting", "$JAVA_OPTS", {}, "$JAVA_OPTS", ""),
    ("quoting", "-ea -Xmx{{ .Values.heap }}", {}, "-Xmx{{ .Values.heap }}", ""),
    ("quoting", '-Xmx1g "-Xms512m', TOOL, '"-Xms512m', ""),
    ("quoting", ["-Xmx1g -Xms1g"], {}, "-Xmx1g -Xms1g", ""),
    ("quoting", '"-Xmx1g -Xms1g"', TOOL, '"-Xmx1g -Xms1g"', ""),
    ("size-space", "-ea -Xmx 512m", {}, "-Xmx 512m", "-Xmx512m"),
    ("size-space", "-Xmx 512m", TOOL, "-Xmx 512m", "-Xmx512m"),
    ("size-space", ["-Xmx", "512m"], {}, "-Xmx 512m", "-Xmx512m"),
    ("size-space", ["-Xmx 512m"], {}, "-Xmx 512m", "-Xmx512m"),
    ("size-space", "-Xmx 1Gi", {}, "-Xmx 1Gi", "-Xmx1g"),
    ("size-space", "-Xmx512 m", {}, "-Xmx512 m", "-Xmx512m"),
    ("size-space", "- Xmx1g", {}, "- Xmx1g", "-Xmx1g"),
    ("size-space", "-Xmx=512m", {}, "-Xmx=512m", "-Xmx512m"),
    ("size-space", "-Xmx:512m", {}, "-Xmx:512m", "-Xmx512m"),
    ("size-space", "-XX:MaxRAMPercentage 75.0", {}, "-XX:MaxRAMPercentage 75.0", "-XX:MaxRAMPercentage=75.0"),
    ("size-space", "-XX:MaxRAMPercentage = 75.0", {}, "-XX:MaxRAMPercentage = 75.0", "-XX:MaxRAMPercentage=75.0"),
    ("size-space", "-XX:MaxRAMPercentage= 75.0", {}, "-XX:MaxRAMPercentage= 75.0", "-XX:MaxRAMPercentage=75.0"),
    ("size-space", "-XX:MaxRAMPercentage:75.0", {}, "-XX:MaxRAMPercentage:75.0", "-XX:MaxRAMPercentage=75.0"),
    ("size-space", ["-XX:NewSize =1m"], {}, "-XX:NewSize =1m", "-XX:NewSize=1m"),
    ("size-space", "-XX: +UseG1GC", {}, "-XX: +UseG1GC", "-XX:+UseG1GC"),
    (
        "size-space",
        "-XX:+IgnoreUnrecognizedVMOptions -Xmx 512m",
        TOOL,
        "-Xmx 512m",
        "-Xmx512m",
    ),
    ("size-syntax", "-Xmx1Gi -ea", {}, "-Xmx1Gi", "-Xmx1g"),
    ("size-syntax", "-Xms512MB", {}, "-Xms512MB", "-Xms512m"),
    ("size-syntax", "-Xmx1.5g", {}, "-Xmx1.5g", "-Xmx1536m"),
    ("size-syntax", "-Xmx1,5g", {}, "-Xmx1,5g", "-Xmx1536m"),
    ("size-syntax", "-Xss1Mi", {}, "-Xss1Mi", "-Xss1m"),
    ("size-syntax", "-Xmx0x4000000", BY_8, "-Xmx0x4000000", ""),
    ("size-syntax", "-Xmx", {}, "-Xmx", ""),
    ("size-syntax", "-Xmx99999999999999999999g", {}, "-Xmx99999999999999999999g", ""),
    ("size-syntax", "-XX:MaxMetaspaceSize=256Mi", {}, "-XX:MaxMetaspaceSize=256Mi", "-XX:MaxMetaspaceSize=256m"),
    ("xms-over-xmx", "-Xms2g -Xmx1g", {}, "-Xms2g", "-Xms1g"),
    ("xms-over-xmx", "-Xmx1g -XX:InitialHeapSize=2g", {}, "-XX:InitialHeapSize=2g", ""),
    ("xms-over-xmx", "-Xmx1g", {"env": {"JAVA_TOOL_OPTIONS": "-Xms2g"}}, "-Xms2g", "-Xms1g"),
    ("xss-small", "-Xss135k", {}, "-Xss135k", "-Xss512k"),
    ("xss-small", "-Xss227k", BY_8, "-Xss227k", "-Xss512k"),
    ("xss-small", "-Xss0", BY_8, "-Xss0", "-Xss512k"),
    ("xss-small", "-Xss65536", {}, "-Xss65536", "-Xss512k"),
    ("xss-small", "-XX:ThreadStackSize=100", {}, "-XX:ThreadStackSize=100", "-Xss512k"),
    ("xss-unit", "-Xss512", {}, "-Xss512", "-Xss512k"),
    ("xss-unit", "-Xss512", BY_8, "-Xss512", "-Xss512k"),
    ("xss-unit", "-Xss1024", BY_8, "-Xss1024", "-Xss1024k"),
    ("xss-unit", "-XX:ThreadStackSize=2t", {}, "-XX:ThreadStackSize=2t", ""),
    ("pct-syntax", "-XX:MaxRAMPercentage=75", BY_8, "-XX:MaxRAMPercentage=75", "-XX:MaxRAMPercentage=75.0"),
    ("pct-syntax", "-XX:MaxRAMPercentage=75%", {}, "-XX:MaxRAMPercentage=75%", "-XX:MaxRAMPercentage=75.0"),
    ("pct-syntax", "-XX:MaxRAMPercentage=75,0", {}, "-XX:MaxRAMPercentage=75,0", "-XX:MaxRAMPercentage=75.0"),
    ("pct-syntax", "-XX:MinRAMPercentage=.75", {}, "-XX:MinRAMPercentage=.75", "-XX:MinRAMPercentage=75.0"),
    ("pct-syntax", "-XX:MaxRAMPercentage=", {}, "-XX:MaxRAMPercentage=", ""),
    ("pct-range", "-XX:MaxRAMPercentage=150", {}, "-XX:MaxRAMPercentage=150", ""),
    ("pct-range", "-XX:MaxRAMPercentage=-5", {}, "-XX:MaxRAMPercentage=-5", ""),
    ("pct-range", "-XX:InitialRAMPercentage=100.1", {}, "-XX:InitialRAMPercentage=100.1", ""),
    ("removed-flag", "-XX:+UseConcMarkSweepGC", {}, "-XX:+UseConcMarkSweepGC", "-XX:+UseG1GC"),
    ("removed-flag", "-XX:-UseConcMarkSweepGC", {}, "-XX:-UseConcMarkSweepGC", ""),
    ("removed-flag", "-XX:MaxPermSize=256m", {}, "-XX:MaxPermSize=256m", "-XX:MaxMetaspaceSize=256m"),
    ("removed-flag", "-XX:+PrintGCDateStamps", {"jdk": 11}, "-XX:+PrintGCDateStamps", "-Xlog:gc*::time"),
    ("removed-flag", "-XX:+UseZGC", BY_8, "-XX:+UseZGC", ""),
    ("removed-flag", "-Xlog:gc*", BY_8, "-Xlog:gc*", ""),
    ("removed-flag", "-XX:+useg1gc", {}, "-XX:+useg1gc", "-XX:+UseG1GC"),
    ("removed-flag", "-XX:MaxRamPercentage=75", {}, "-XX:MaxRamPercentage=75", "-XX:MaxRAMPercentage=75"),
    ("removed-flag", "-XX:+HeapDumpOnOOM", {}, "-XX:+HeapDumpOnOOM", ""),
    ("removed-flag", "-xmx1g", {}, "-xmx1g", "-Xmx1g"),
    ("removed-flag", "-d64", {}, "-d64", ""),
    ("removed-flag", "-Djava.endorsed.dirs=/x", {}, "-Djava.endorsed.dirs=/x", ""),
    (
        "locked-flag",
        "-XX:+UseEpsilonGC -XX:+UnlockExperimentalVMOptions",
        {},
        "-XX:+UseEpsilonGC",
        "-XX:+UnlockExperimentalVMOptions -XX:+UseEpsilonGC",
    ),
    (
        "locked-flag",
        "-XX:+PrintAssembly",
        {},
        "-XX:+PrintAssembly",
        "-XX:+UnlockDiagnosticVMOptions -XX:+PrintAssembly",
    ),
    (
        "locked-flag",
        "-XX:+UseZGC",
        {"jdk": 11},
        "-XX:+UseZGC",
        "-XX:+UnlockExperimentalVMOptions -XX:+UseZGC",
    ),
    ("gc-conflict", "-XX:+UseG1GC -XX:+UseParallelGC", {}, "-XX:+UseParallelGC", ""),
    ("gc-conflict", "-XX:+UseParallelGC", {"env": {"_JAVA_OPTIONS": "-XX:+UseG1GC"}}, "-XX:+UseG1GC", ""),
    ("gc-conflict", "-XX:+UseG1GC -XX:+AggressiveHeap", {}, "-XX:+AggressiveHeap", ""),
    ("gc-conflict", "-XX:-UseG1GC", {}, "-XX:-UseG1GC", ""),
    ("gc-conflict", "-XX:-UseSerialGC", {"cpus": 1.0}, "-XX:-UseSerialGC", ""),
]


@pytest.mark.parametrize(("rule", "options", "changes", "words", "suggestion"), FATAL)
def test_what_stops_the_vm(
    rule: str, options: str | Sequence[str], changes: dict[str, Any], words: str, suggestion: str
) -> None:
    found = ask(options, **changes)
    assert not found.starts
    assert [problem.rule for problem in found.problems] == [rule]
    (problem,) = found.problems
    assert problem.fatal and problem.mild is None
    assert problem.message.startswith("the JVM exits")
    assert marked(problem, options, changes) == words
    assert problem.suggestion == suggestion


@pytest.mark.parametrize(
    ("options", "suggested"),
    [(options, suggestion) for rule, options, _, _, suggestion in FATAL if suggestion and isinstance(options, str)],
)
def test_what_is_suggested_is_taken(options: str, suggested: str) -> None:
    """By the same VM, unless other words of the options stop it."""
    changes = next(case[2] for case in FATAL if case[1] == options and case[4] == suggested)
    found = ask(suggested, **({key: value for key, value in changes.items() if key != "env"}))
    assert [problem.rule for problem in found.problems if problem.fatal] == []


NEAR: list[tuple[str | list[str], dict[str, Any]]] = [
    ("-XX:-UseG1GC", {"cpus": 1.0}),
    ("-XX:-UseParallelGC", {}),
    ("-XX:-UseParallelGC", BY_8),
    ("-XX:+UseG1GC -XX:-UseG1GC -XX:+UseParallelGC", {}),
    ("-XX:+UseParallelGC -XX:+UseParallelGC", {}),
    ("-XX:MaxTenuringThreshold=16", {}),
    ("-XX:MaxTenuringThreshold=15", BY_8),
    ("-Xmx2m -XX:+UseSerialGC", {}),
    ("-Xss1g", {}),
    ("-server -cp a.jar -Xmx1g", {}),
    ("-Xmx1g -server", {"via": "JDK_JAVA_OPTIONS"}),
    ("-jar app.jar app word", {}),
    ("\"-Xmx1g\" '-Xms1g'", TOOL),
    ('-Dkey="a b" -Xmx1g', TOOL),
    (["-Dkey=a b"], {}),
    ("-Dkey=a,b;c -Xmx1g", {}),
    ("-Dkey={{x}} -Xmx1g", {}),
    (["-Xmx512m"], {}),
    ("-Dkey 512m", {"via": "JDK_JAVA_OPTIONS", "jdk": 8}),
    ("-cp a.jar:b.jar", {}),
    ("-Xmx512M -Xms1K0m".replace("1K0m", "8m"), {}),
    ("-Xmx0x4000000", {}),
    ("-Xmx1024m -Xms1g", {}),
    ("-XX:InitialHeapSize=2g", {"env": {"JAVA_TOOL_OPTIONS": "-Xms8m"}}),
    ("-Xss136k", {}),
    ("-Xss228k", BY_8),
    ("-XX:ThreadStackSize=512", {}),
    ("-XX:MaxRAMPercentage=75", {}),
    ("-XX:MaxRAMPercentage=75.0", BY_8),
    ("-XX:MaxRAMPercentage=100.0", {}),
    ("-XX:MaxRAMPercentage=150.0", BY_8),
    ("-XX:MaxRAMPercentage=0", {}),
    ("-XX:+UseConcMarkSweepGC", BY_8),
    ("-XX:MaxPermSize=256m", {"jdk": 11}),
    ("-XX:+UnlockExperimentalVMOptions -XX:+UseEpsilonGC", {}),
    ("-XX:+UseZGC", {}),
    ("-XX:+Bogus -XX:+IgnoreUnrecognizedVMOptions", {}),
    ("-XX:NewRatio=x -XX:+IgnoreUnrecognizedVMOptions", BY_8),
    ("-XX:+UseEpsilonGC", {"jdk": 8, "via": "JDK_JAVA_OPTIONS"}),
]


@pytest.mark.parametrize(("options", "changes"), NEAR)
def test_what_comes_close_and_starts(options: str | Sequence[str], changes: dict[str, Any]) -> None:
    found = ask(options, **changes)
    assert found.starts, found.problems
    assert [problem for problem in found.problems if problem.fatal] == []


def test_a_locked_flag_stays_locked_beside_ignore_unrecognized() -> None:
    found = ask("-XX:+IgnoreUnrecognizedVMOptions -XX:+UseEpsilonGC")
    assert [problem.rule for problem in found.problems] == ["locked-flag"]
    assert ask("-XX:+IgnoreUnrecognizedVMOptions -XX:+PrintAssembly", jdk=8).starts


def test_of_a_vm_that_exits_only_what_stops_it_is_told() -> None:
    found = ask(f"-Xmx4g -Xmx1Gi -XX:+UseG1GC -XX:+UseParallelGC -XX:+PrintGCDetails {JDWP}", jdk=8)
    assert [problem.rule for problem in found.problems] == ["size-syntax", "gc-conflict"]
    assert (found.max_heap, found.initial_heap, found.collector, found.gc_threads) == (None, None, None, None)
    assert (found.thread_stack, found.code_cache, found.bill) == (None, None, None)


def test_one_a_word_quoting_before_torn_words_before_all_else() -> None:
    found = ask('"-Xmx1Gi" -Xms 1Gi -Xss1Mi')
    assert [problem.rule for problem in found.problems] == ["quoting", "size-space", "size-syntax"]


def test_wont_start_only_where_no_other_rule_explains_the_exit() -> None:
    assert [problem.rule for problem in ask("-Xmx1Gi -XX:SoftMaxHeapSize=1g app").problems] == ["size-syntax"]
    assert [problem.rule for problem in ask("-XX:UseG1GC app").problems] == ["wont-start", "wont-start"]


def test_in_the_order_in_which_the_vm_reads() -> None:
    found = ask("-Xmn1Gi -Xss1Mi", env={"_JAVA_OPTIONS": "-Xmx1Gi", "JAVA_TOOL_OPTIONS": "-ea -Xms1Gi"})
    assert [problem.source for problem in found.problems] == ["JAVA_TOOL_OPTIONS", "args", "args", "_JAVA_OPTIONS"]


@pytest.mark.parametrize(
    "options",
    [
        '-Dpassword="hunter2 b"',
        '"-Ddb.password=hunter2" -ea',
        "-Xmx1g,-Dpassword=hunter2",
        "\u2013ea\u00a0-Dpassword=hunter2",
        "-Dpassword='hunter2'",
    ],
)
def test_nothing_repeats_the_value_of_a_property(options: str) -> None:
    found = ask(options)
    assert "quoting" in [problem.rule for problem in found.problems]
    assert not [problem for problem in found.problems if "hunter2" in problem.message + problem.suggestion]


def test_long_words_are_cut_in_messages() -> None:
    (problem,) = ask("-XX:" + "x" * 5000).problems
    assert len(problem.message) < 200
