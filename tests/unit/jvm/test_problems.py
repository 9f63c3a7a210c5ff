"""What is said of a VM that starts: all of it, with its places; each rule has a case that is one and one that nearly is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hydrogitops.jvm import Thresholds
from tests.unit.jvm.asking import GI, KI, MI, ask, marked

G1 = "-XX:+UseG1GC"
FINE = f"-Xmx1200m {G1}"
BLIND: dict[str, Any] = {"jdk": 8, "sees_limits": False}
JDWP = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n"
JMX = "-Dcom.sun.management.jmxremote"
FULL_1024 = " ".join(["-Xmx1200m", *["-Dk=v"] * 169])
"""1,023 bytes."""

CASES: list[tuple[str | list[str], dict[str, Any], list[tuple[str, str]]]] = [
    # options, changes, all that is said: rule, marked words
    (FINE, {}, []),
    # heap-over-limit, total-over-limit
    ("-Xmx2g", {}, [("heap-over-limit", "-Xmx2g")]),
    ("-Xmx2046m -XX:+UseSerialGC", {}, [("total-over-limit", "-Xmx2046m")]),
    ("-Xmx2047m", {}, [("heap-over-limit", "-Xmx2047m")]),  # the VM rounds up
    ("-Xmx2g", {"memory": None}, []),
    ("-ea -Xmx4g", {"env": {"JAVA_TOOL_OPTIONS": G1}}, [("heap-over-limit", "-Xmx4g")]),
    (f"-Xms2g {G1}", {}, [("xms-raises-max", "-Xms2g"), ("heap-over-limit", "-Xms2g")]),
    ("-XX:MaxRAMPercentage=100.0", {}, [("heap-over-limit", "-XX:MaxRAMPercentage=100.0")]),
    ("-XX:+AggressiveHeap", BLIND, [("heap-over-limit", "-XX:+AggressiveHeap")]),
    ("-XX:+AggressiveHeap", {}, []),
    ("-Xmx4g", BLIND, [("heap-over-limit", "-Xmx4g")]),
    (f"-Xmx1800m {G1}", {}, [("total-over-limit", "-Xmx1800m")]),
    (f"-Xmx1700m {G1}", {}, []),
    ("-Xmx14g -XX:+UseSerialGC", {"memory": 16 * GI}, [("total-over-limit", "-Xmx14g")]),
    ("-Xmx13g -XX:+UseSerialGC", {"memory": 16 * GI}, []),
    (f"-Xmx1g -XX:MaxDirectMemorySize=800m {G1}", {}, [("total-over-limit", "-Xmx1g")]),
    # heap-unset
    ("", BLIND, [("heap-unset", "")]),
    ("-ea", BLIND, [("heap-unset", "")]),
    ("-XX:MaxRAMPercentage=75.0", BLIND, [("heap-unset", "-XX:MaxRAMPercentage=75.0")]),
    ("-XX:MaxRAMPercentage=0.75", BLIND, [("heap-unset", "-XX:MaxRAMPercentage=0.75")]),
    ("-Xms200g", BLIND, [("heap-unset", "")]),
    ("-Xmx1g", BLIND, []),
    ("", BLIND | {"memory": None}, []),
    ("-Xmx1g", BLIND | {"via": "JAVA_TOOL_OPTIONS"}, []),
    # no-container-support
    (f"-XX:-UseContainerSupport {G1}", {}, [("no-container-support", "-XX:-UseContainerSupport")]),
    (f"{FINE} -XX:-UseContainerSupport", {}, [("no-container-support", "-XX:-UseContainerSupport")]),
    (f"-XX:-UseContainerSupport -XX:MaxRAMPercentage=0.5 {G1}", {}, [("no-container-support", "-XX:-UseContainerSupport")]),
    ("-XX:-UseContainerSupport", BLIND, [("no-container-support", "-XX:-UseContainerSupport")]),
    (f"{FINE} -XX:+UseContainerSupport", {}, []),
    # no-limit-pct
    (f"-XX:MaxRAMPercentage=75.0 {G1}", {"memory": None}, [("no-limit-pct", "-XX:MaxRAMPercentage=75.0")]),
    (G1, {"memory": None}, [("no-limit-pct", "")]),
    (f"-Xmx1g {G1}", {"memory": None}, []),
    # xms-raises-max
    (f"-Xms1200m {G1}", {}, [("xms-raises-max", "-Xms1200m")]),
    (f"-Xms1200m -Xmx1200m {G1}", {}, []),
    (f"-Xms1g -XX:MaxRAMPercentage=50.0 {G1}", {}, []),
    # xmn-over-heap
    ("-Xmx1200m -Xmn721m", {}, [("xmn-over-heap", "-Xmn721m")]),
    ("-Xmx1200m -Xmn719m", {}, []),
    ("-Xmx1200m -XX:MaxNewSize=900m", {}, [("xmn-over-heap", "-XX:MaxNewSize=900m")]),
    # pct-fraction
    (f"-XX:MaxRAMPercentage=0.75 {G1}", {}, [("pct-fraction", "-XX:MaxRAMPercentage=0.75")]),
    (f"-XX:MaxRAMPercentage=1 {G1}", {}, [("pct-fraction", "-XX:MaxRAMPercentage=1")]),
    (f"-Xmx1200m -XX:MaxRAMPercentage=0.75 {G1}", {}, [("pct-with-xmx", "-XX:MaxRAMPercentage=0.75")]),
    # pct-with-xmx
    (f"-XX:MaxRAMPercentage=50.0 {FINE}", {}, [("pct-with-xmx", "-XX:MaxRAMPercentage=50.0")]),
    (f"{FINE} -XX:InitialRAMPercentage=50.0", {}, []),
    # pct-high
    (f"-XX:MaxRAMPercentage=90.0 {G1}", {"memory": 16 * GI}, [("pct-high", "-XX:MaxRAMPercentage=90.0")]),
    (f"-XX:MaxRAMPercentage=85.0 {G1}", {"memory": 16 * GI}, []),
    (f"-XX:MaxRAMPercentage=90.0 {G1}", {}, [("total-over-limit", "-XX:MaxRAMPercentage=90.0")]),
    # pct-small-limit, minram-misread
    (
        "-XX:MaxRAMPercentage=50.0 -XX:+UseSerialGC",
        {"memory": 240 * MI},
        [("pct-small-limit", "-XX:MaxRAMPercentage=50.0"), ("total-over-limit", "-XX:MaxRAMPercentage=50.0")],
    ),
    (f"-XX:MaxRAMPercentage=6.0 {G1}", {}, [("pct-small-limit", "-XX:MaxRAMPercentage=6.0")]),
    (f"-XX:MaxRAMPercentage=50.0 {G1}", {}, []),
    (f"-XX:MinRAMPercentage=70.0 {FINE}", {}, [("minram-misread", "-XX:MinRAMPercentage=70.0")]),
    (
        "-XX:MinRAMPercentage=20.0 -XX:+UseSerialGC",
        {"memory": 400 * MI},
        [("heap-waste", "-XX:MinRAMPercentage=20.0")],
    ),
    # duplicate
    (f"-Xmx1100m -ea {FINE}", {}, [("duplicate", "-Xmx1100m")]),
    (f"-Xmx1100m -XX:MaxHeapSize=1200m {G1}", {}, [("duplicate", "-Xmx1100m")]),
    (f"-Xmx1200m -XX:MaxHeapSize=1228800k {G1}", {}, []),
    (FINE, {"env": {"JAVA_TOOL_OPTIONS": "-Xmx1100m"}}, [("duplicate", "-Xmx1100m")]),
    (FINE, {"env": {"_JAVA_OPTIONS": "-Xmx1100m"}}, [("duplicate", "-Xmx1200m")]),
    (f"-XX:+UseStringDeduplication -XX:-UseStringDeduplication {FINE}", {}, [("duplicate", "-XX:+UseStringDeduplication")]),
    (f"-XX:OnError=a -XX:OnError=b -Da=1 -Da=2 {FINE}", {}, []),
    # deprecated-flag
    (f"-XX:+PrintGCDetails {FINE}", {}, [("deprecated-flag", "-XX:+PrintGCDetails")]),
    (f"-XX:+UseBiasedLocking {FINE}", {}, [("deprecated-flag", "-XX:+UseBiasedLocking")]),
    (f"-XX:MaxPermSize=1g {FINE}", {"jdk": 8}, [("deprecated-flag", "-XX:MaxPermSize=1g")]),
    (f"-XX:+PrintGCTimeStamps {FINE}", {"jdk": 8}, [("deprecated-flag", "-XX:+PrintGCTimeStamps")]),
    (f"-XX:+PrintGCDetails {FINE}", {"jdk": 8}, []),
    # ignore-unrecognized
    (f"-XX:+IgnoreUnrecognizedVMOptions {FINE}", {}, [("ignore-unrecognized", "-XX:+IgnoreUnrecognizedVMOptions")]),
    (f"-XX:-IgnoreUnrecognizedVMOptions {FINE}", {}, []),
    # remote-debug
    (f"{FINE} {JDWP},address=*:5005", {}, [("remote-debug", f"{JDWP},address=*:5005")]),
    (f"{FINE} {JDWP},address=0.0.0.0:5005", {}, [("remote-debug", f"{JDWP},address=0.0.0.0:5005")]),
    (f"{FINE} {JDWP},address=5005", {"jdk": 8}, [("remote-debug", f"{JDWP},address=5005")]),
    (f"{FINE} {JDWP},address=5005", {}, []),
    (f"{FINE} {JDWP},address=localhost:5005", {"jdk": 8}, []),
    (f"{FINE} {JDWP},address=127.0.0.1:5005", {}, []),
    (f"{FINE} -agentlib:jdwp=transport=dt_socket,server=n,address=ide:5005", {}, []),
    (f"{FINE} -Xrunjdwp:transport=dt_socket,server=y,address=*:1", {}, [("remote-debug", "-Xrunjdwp:transport=dt_socket,server=y,address=*:1")]),
    (f"{FINE} {JMX}.port=9010 {JMX}.authenticate=false", {}, [("remote-debug", f"{JMX}.port=9010")]),
    (f"{FINE} {JMX}.port=9010 {JMX}.ssl=false", {}, []),
    (f"{FINE} {JMX}.port=9010 {JMX}.authenticate=false {JMX}.host=localhost", {}, []),
    # variable-unread
    (FINE, {"jdk": 8, "env": {"JDK_JAVA_OPTIONS": "-Xss1m"}}, [("variable-unread", "-Xss1m")]),
    (FINE, {"env": {"JDK_JAVA_OPTIONS": "-Xss1m"}}, []),
    (f"{FULL_1024}x", {"jdk": 8, "via": "JAVA_TOOL_OPTIONS"}, [("variable-unread", f"{FULL_1024}x")]),
    (FULL_1024.replace(" -Dk=v", "", 107), {"jdk": 8, "via": "JAVA_TOOL_OPTIONS"}, []),
    (f"{FULL_1024}x", {"via": "JAVA_TOOL_OPTIONS"}, []),
    (" ".join(["-ea"] * 64 + ["-Xmx1g", "-Xss1m"]), {"jdk": 8, "via": "_JAVA_OPTIONS"}, [("variable-unread", "-Xmx1g -Xss1m")]),
    ("-Xmx1g", BLIND | {"via": "JDK_JAVA_OPTIONS"}, [("variable-unread", "-Xmx1g")]),
    # gc-ergonomics
    ("-ea -Xmx1200m", {"cpus": 1.0}, [("gc-ergonomics", "-ea -Xmx1200m")]),
    ("-Xmx600m", {"memory": 1791 * MI, "cpus": 4.0}, [("heap-waste", "-Xmx600m"), ("gc-ergonomics", "-Xmx600m")]),
    ("-Xmx1g", {"memory": 1792 * MI}, []),
    ("-Xmx1200m", {"cpus": 1.1}, []),
    (FINE, {"cpus": 1.0}, []),
    ("-Xmx1200m", {"cpus": 1.0, "sees_limits": False}, []),
    ("-Xmx1200m -XX:ActiveProcessorCount=1", {}, [("gc-ergonomics", "-Xmx1200m -XX:ActiveProcessorCount=1")]),
    # heap-waste
    (f"-Xmx1g {G1}", {"memory": 4 * GI}, [("heap-waste", "-Xmx1g")]),
    (f"-Xmx2g {G1}", {"memory": 4 * GI}, []),
    (G1, {}, [("heap-waste", "")]),
    (f"-Xmx1g -XX:MaxDirectMemorySize=1g {G1}", {"memory": 4 * GI}, []),
    (f"-Xmx1g -XX:MaxMetaspaceSize=1g {G1}", {"memory": 4 * GI}, []),
    (G1, {"memory": 300 * MI}, [("total-over-limit", "")]),
    # stacks
    (f"{FINE} -Xss255k", {}, [("xss-small", "-Xss255k")]),
    (f"{FINE} -Xss256k", {}, []),
    (f"{FINE} -Xss228k", {"jdk": 8}, [("xss-small", "-Xss228k")]),
    (f"{FINE} -Xss0", {}, []),
    (f"{FINE} -XX:ThreadStackSize=1m", {}, [("xss-unit", "-XX:ThreadStackSize=1m")]),
    (f"{FINE} -XX:ThreadStackSize=1024", {}, []),
    (f"{FINE} -XX:ThreadStackSize=0xff", {}, [("xss-small", "-XX:ThreadStackSize=0xff")]),
    # size-syntax where the VM starts
    (f"{FINE} -XX:ActiveProcessorCount=2000m", {}, [("size-syntax", "-XX:ActiveProcessorCount=2000m")]),
    (f"{FINE} -XX:ActiveProcessorCount=2", {}, []),
    # quoting where the VM starts
    (f"{FINE} -Da=\"b\"", {}, [("quoting", '-Da="b"')]),
    (f"{FINE} -Da=\"b\"", {"via": "JAVA_TOOL_OPTIONS"}, []),
    ([*FINE.split(), '-Da="b"'], {}, []),
    (f"{FINE} -Da=b'c", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("options", "changes", "said"), CASES)
def test_what_is_said(options: str | Sequence[str], changes: dict[str, Any], said: list[tuple[str, str]]) -> None:
    found = ask(options, **changes)
    assert found.starts
    assert not any(problem.fatal for problem in found.problems)
    pairs = [(problem.rule, marked(problem, options, changes)) for problem in found.problems]
    assert sorted(pairs) == sorted(said)


@pytest.mark.parametrize(
    ("options", "changes", "mild"),
    [
        (f"{FINE} -XX:-UseContainerSupport", {}, "warning"),
        (f"-XX:-UseContainerSupport {G1}", {}, None),
        (f"{FINE} -Xss200k", {}, "warning"),
        (f"{FINE} -XX:+PrintGCTimeStamps", {"jdk": 8}, "info"),
        (f"{FINE} -XX:+PrintGCDetails", {}, None),
        (f"{FINE} -Da='b'", {}, "warning"),
    ],
)
def test_what_is_milder_than_its_rule(options: str, changes: dict[str, Any], mild: str | None) -> None:
    assert [problem.mild for problem in ask(options, **changes).problems] == [mild]


@pytest.mark.parametrize(
    ("options", "changes", "suggestion"),
    [
        (f"-XX:MaxRAMPercentage=0.75 {G1}", {}, "-XX:MaxRAMPercentage=75.0"),
        (f"-XX:MaxRAMPercentage=1 {G1}", {}, ""),
        (f"{FINE} -Xss200k", {}, "-Xss512k"),
        (f"{FINE} -XX:ThreadStackSize=1m", {}, "-Xss1m"),
        (f"{FINE} -XX:+PrintGCDetails", {}, "-Xlog:gc*"),
        (f"-XX:MaxRAMFraction=2 {G1}", {}, "-XX:MaxRAMPercentage=50.0"),
        (f"{FINE} -XX:MaxPermSize=200m", {"jdk": 8}, "-XX:MaxMetaspaceSize=200m"),
        (f"{FINE} -XX:+UseBiasedLocking", {}, ""),
    ],
)
def test_what_is_suggested(options: str, changes: dict[str, Any], suggestion: str) -> None:
    (problem,) = ask(options, **changes).problems
    assert problem.suggestion == suggestion


@pytest.mark.parametrize(
    ("options", "thresholds", "rules"),
    [
        (f"-Xmx1700m {G1}", Thresholds(threads=250), ["total-over-limit"]),
        (FINE, Thresholds(total_percent=50), ["total-over-limit"]),
        (f"{FINE} -Xss300k", Thresholds(stack_warn_below=512 * KI), ["xss-small"]),
        (f"{FINE} -Xss200k", Thresholds(stack_warn_below=0), []),
        (f"{FINE} -Xmn600m", Thresholds(young_percent=40), ["xmn-over-heap"]),
        (f"-XX:MaxRAMPercentage=75.0 {G1}", Thresholds(high_percent=70), ["pct-high"]),
        (G1, Thresholds(waste_percent=20), []),
    ],
)
def test_parameters_of_the_rules(options: str, thresholds: Thresholds, rules: list[str]) -> None:
    assert [problem.rule for problem in ask(options, thresholds=thresholds).problems] == rules


def test_messages_speak_in_units_that_people_use() -> None:
    (problem,) = ask("-Xmx4g", memory=2 * GI).problems
    assert problem.message == "-Xmx4g: the heap of 4096Mi alone fills the limit of 2048Mi, the kernel kills the JVM"


def test_a_misread_stack_is_not_told_twice() -> None:
    """The bill is over the limit only because of the stacks."""
    found = ask(f"{FINE} -XX:ThreadStackSize=1m")
    assert found.bill is not None and found.bill.expected > found.bill.limit
    assert [problem.rule for problem in found.problems] == ["xss-unit"]
