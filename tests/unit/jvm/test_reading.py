"""Single words: which ones a JDK takes, which it refuses."""

from __future__ import annotations

import pytest

from tests.unit.jvm.asking import ask

ALL = (8, 11, 17, 21, 25)


@pytest.mark.parametrize(
    ("word", "jdks"),
    [
        # the word, the JDKs that take it on the command line
        ("-server", ALL),
        ("-d64", (8,)),
        ("-showversion", ALL),
        ("--show-version", (11, 17, 21, 25)),
        ("-version", ()),
        ("--version", ()),
        ("-XshowSettings:all", ALL),
        ("-Xdiag", ALL),
        ("-ea:com.example...", ALL),
        ("-esa", ALL),
        ("-eax", ()),
        ("-verbose:gc", ALL),
        ("-verbosegc", ALL),
        ("-Xverify:none", ALL),
        ("-Xverify:some", ()),
        ("-Xint", ALL),
        ("-Xfuture", ALL[:-1]),
        ("-Xrs", ALL),
        ("-Xcomp", ALL),
        ("-Xshare:dump", ()),
        ("-Xinternalversion", ()),
        ("-Xbogus", ()),
        ("-Xprof", ALL),
        ("-Xnoagent", ALL[:-1]),
        ("-Xincgc", (8,)),
        ("-Xconcgc", (8, 11)),
        ("-Xmaxf0.5", ALL),
        ("-Xmaxf1.5", ()),
        ("-Xminf-0.1", ()),
        ("-Xloggc:gc-%t.log", ALL),
        ("-Xloggc:gc-%t-%t.log", (11, 17, 21, 25)),
        ("-Xlog:gc*", (11, 17, 21, 25)),
        ("-Xlog:help", ()),
        ("-ms256m", ALL),
        ("-mx64m", ALL),
        ("-ss1m", ALL),
        ("--add-opens=java.base/java.lang=ALL-UNNAMED", (11, 17, 21, 25)),
        ("--illegal-access=permit", (11, 17, 21, 25)),
        ("--illegal-access=bogus", (17, 21, 25)),
        ("--enable-native-access=ALL-UNNAMED", (17, 21, 25)),
        ("--sun-misc-unsafe-memory-access=allow", (25,)),
        ("--enable-preview", (11, 17, 21, 25)),
        ("--patch-module=java.base", ()),
        ("-Xbootclasspath/a:x.jar", ALL),
        ("-Xbootclasspath/p:x.jar", (8,)),
        ("-Djava.ext.dirs=/x", (8,)),
        ("-Djava.ext.dirs=", ALL),
        ("@arguments", (11, 17, 21, 25)),
        ("@@arguments", ()),
        ("-XX:+UseG1GC", ALL),
        ("-XX:UseG1GC", ()),
        ("-XX:+PrintGCDetails", ALL),
        ("-XX:+PrintGCDateStamps", (8,)),
        ("-XX:+UseConcMarkSweepGC", (8, 11)),
        ("-XX:+UseZGC", (17, 21, 25)),
        ("-XX:+UseParallelOldGC", (8, 11)),
        ("-XX:+AggressiveOpts", (8, 11)),
        ("-XX:MaxPermSize=1", (8, 11)),
        ("-XX:MaxRAMFraction=4", (8, 11, 17, 21)),
        ("-XX:+UseCGroupMemoryLimitForHeap", ()),
        ("-XX:NativeMemoryTracking=summary", ALL),
        ("-XX:NativeMemoryTracking=all", ()),
        ("-XX:StartFlightRecording", ALL),
        ("-XX:Flags=.hotspotrc", ALL),
        ("-XX:VMOptionsFile=/etc/options", (11, 17, 21, 25)),
        ("-XX:+PrintFlagsInitial", ()),
        ("-XX:+PrintFlagsFinal", ALL),
        ("-XX:OnOutOfMemoryError=kill", ALL),
        ("-XX:", ()),
        ("-XX:=", ()),
        ("-XX:+", ()),
        ("-XX:ParallelGCThreads=-1", ()),
        ("-XX:ConcGCThreads=65", (8, 21, 25)),
        ("-XX:MaxGCPauseMillis=0", (8,)),
        ("-XX:ObjectAlignmentInBytes=24", ()),
        ("-XX:TieredStopAtLevel=1", ALL),
        ("-XX:CICompilerCount=1", ()),
    ],
)
def test_who_takes_it(word: str, jdks: tuple[int, ...]) -> None:
    assert tuple(jdk for jdk in ALL if ask(word, jdk=jdk).starts) == tuple(sorted(jdks))


@pytest.mark.parametrize(
    ("word", "jdks"),
    [
        ("-server", ()),
        ("-cp", ()),
        ("-XshowSettings", ()),
        ("-version", ()),
        ("-Xmx64m", ALL),
        ("--add-opens=java.base/java.lang=ALL-UNNAMED", (11, 17, 21, 25)),
        ("-ea", ALL),
        ("word", ()),
    ],
)
def test_who_takes_it_in_a_variable_of_the_vm(word: str, jdks: tuple[int, ...]) -> None:
    for via in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"):
        assert tuple(jdk for jdk in ALL if ask(word, jdk=jdk, via=via).starts) == jdks


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (":gc", True),
        ("", True),
        (":disable", True),
        (":all=info", True),
        (":gc*=debug,safepoint:file=/tmp/a.log:time,level,tags:filecount=5,filesize=10m", True),
        (':gc:"file=a:b.log":uptime', True),
        (":gc:stdout:none", True),
        (":gc+heap=trace", True),
        (":gc=loud", False),
        (":gcx", False),
        (":gc+gc", False),
        (":gc:stdout:clock", False),
        (":gc:file=a::filecount=1001", False),
        (":gc:file=a::filesize=x", False),
        (":gc:file=a::bogus=1", False),
        ("gc", False),
    ],
)
def test_log_options(text: str, starts: bool) -> None:
    assert ask(f"-Xlog{text}").starts is starts


def test_later_words_unlock_nothing_before_them_and_ignore_everywhere() -> None:
    unlock = "-XX:+UnlockDiagnosticVMOptions"
    assert ask(f"{unlock} -XX:+PrintAssembly").starts
    assert not ask(f"-XX:+PrintAssembly {unlock}").starts
    assert ask("-XX:+PrintAssembly", env={"JAVA_TOOL_OPTIONS": unlock}).starts
    assert not ask("", env={"JAVA_TOOL_OPTIONS": "-XX:+PrintAssembly", "_JAVA_OPTIONS": unlock}).starts
    assert ask("-XX:+Bogus", env={"_JAVA_OPTIONS": "-XX:+IgnoreUnrecognizedVMOptions"}).starts


def test_flags_in_a_variable_are_no_command_line_flags() -> None:
    """So the ergonomics raise what contradicts on the command line."""
    options = "-XX:MaxHeapSize=256m -XX:InitialHeapSize=512m"
    assert not ask(options).starts
    assert ask(options, via="JAVA_TOOL_OPTIONS").max_heap == 512 * 2**20
