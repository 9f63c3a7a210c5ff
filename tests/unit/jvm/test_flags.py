"""The table of flags: what each JDK knows of a name."""

from __future__ import annotations

import pytest

from hydrogitops.jvm import flags
from hydrogitops.jvm.flags_table import SINCE, SUCCESSOR


@pytest.mark.parametrize(
    ("name", "jdk", "kind", "lock"),
    [
        ("UseG1GC", 17, "bool", ""),
        ("MaxHeapSize", 8, "uintx", ""),
        ("MaxRAMPercentage", 11, "double", ""),
        ("ActiveProcessorCount", 8, "intx", ""),
        ("ActiveProcessorCount", 11, "int", ""),
        ("UseEpsilonGC", 17, "bool", "UnlockExperimentalVMOptions"),
        ("PrintAssembly", 21, "bool", "UnlockDiagnosticVMOptions"),
        ("OnError", 25, "strings", ""),
        ("HeapDumpPath", 25, "string", ""),
        ("MaxPermSize", 8, "obsolete", ""),
        ("TraceClassLoading", 11, "logging", ""),
    ],
)
def test_a_flag(name: str, jdk: int, kind: str, lock: str) -> None:
    flag = flags.find(name, jdk)
    assert flag is not None
    assert (flag.name, flag.kind, flag.lock) == (name, kind, lock)


@pytest.mark.parametrize(
    ("name", "jdk"), [("useG1GC", 17), ("", 17), ("UseZGC", 8), ("UseConcMarkSweepGC", 17), ("MaxPermSize", 17)]
)
def test_no_flag(name: str, jdk: int) -> None:
    assert flags.find(name, jdk) is None


def test_ranges_are_in_the_type_or_narrower() -> None:
    percent = flags.find("MaxRAMPercentage", 17)
    assert percent is not None and (percent.least, percent.most) == (0, 100)
    processors = flags.find("ActiveProcessorCount", 17)
    assert processors is not None and (processors.least, processors.most) == (-(2**31), 2**31 - 1)


def test_jdk_8_ignores_old_names_by_their_beginning() -> None:
    assert flags.ignored_by_prefix("MaxPermSizes=1", 8)
    assert not flags.ignored_by_prefix("MaxPermSizes=1", 11)
    assert not flags.ignored_by_prefix("MaxHeapSize=1", 8)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("MaxRamPercentage", "MaxRAMPercentage"),
        ("usezgc", "UseZGC"),
        ("HeapDumpOnOutOfMemory", "HeapDumpOnOutOfMemoryError"),
        ("Zzzzz", None),
    ],
)
def test_the_nearest_name(name: str, near: str | None) -> None:
    assert flags.nearest(name, 17) == near


def test_the_next_jdk() -> None:
    assert [flags.next_jdk(jdk) for jdk in flags.JDKS] == [11, 17, 21, 25, None]


def test_what_is_told_of_old_flags_is_of_flags_that_a_jdk_had() -> None:
    for name in {*SINCE, *SUCCESSOR}:
        assert any(flags.find(name, jdk) for jdk in flags.JDKS), name


def test_every_line_of_the_table_reads() -> None:
    for jdk in flags.JDKS:
        for name in flags._codes(jdk):
            flag = flags.find(name, jdk)
            assert flag is not None
            assert flag.kind != "alias" or flags.find(flag.real, jdk) is not None
