"""`hydrogitops jvm`, as typed."""

from __future__ import annotations

import inspect
import json

import pytest

from hydrogitops.cli import root
from hydrogitops.jvm import assess
from hydrogitops.linter import policies
from tests.unit.jvm.test_fatal_problems import FATAL
from tests.unit.jvm.test_problems import CASES

REAL = "-Xmx2048m -Xmn2048m -Xss258k -XX:MaxMetaspaceSize=1024m -XX:+AggressiveHeap"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = root.run(["jvm", *arguments])
    return code, *capsys.readouterr()


def test_what_may_be_chosen_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "-Xmx1g")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: missing option '--jdk'. Choose from: 8, 11, 17, 21, 25",
        "hint: hydrogitops jvm --help",
    ]


def test_the_bill_a_bar_and_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, REAL, "--memory", "2Gi", "--cpu", "1", "--jdk", "17") == (
        1,
        """\
JDK 17 starts: heap 2048Mi, 2048Mi of it at start; Parallel collector, 1 thread; 1 processor

part                expected     worst  from
heap                  2048Mi    2048Mi  set
metaspace              100Mi    1024Mi  set
code cache              64Mi     240Mi  default
thread stacks            3Mi      63Mi  set
direct memory           10Mi    2048Mi  default
garbage collector       92Mi      92Mi  estimate
JVM itself              30Mi      30Mi  estimate
together              2347Mi    5545Mi
limit                 2048Mi

expected  [################################################] 115% of the limit
worst     [################################################] 271% of the limit

error[jvm/heap-over-limit]: -Xmx2048m: the heap of 2048Mi alone fills the limit of 2048Mi, the kernel kills the JVM
  -Xmx2048m -Xmn2048m -Xss258k -XX:MaxMetaspaceSize=1024m -XX:+AggressiveHeap
  ^^^^^^^^^

warning[jvm/xmn-over-heap]: -Xmn2048m gives the young generation 2048Mi of a heap of 2048Mi
  -Xmx2048m -Xmn2048m -Xss258k -XX:MaxMetaspaceSize=1024m -XX:+AggressiveHeap
            ^^^^^^^^^
""",
        "",
    )


def test_a_vm_that_exits_has_no_bill(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "-ea -Xmx1Gi", "--memory", "2Gi", "--jdk", "17") == (
        1,
        """\
JDK 17 exits: no application runs with these options

error[jvm/size-syntax]: the JVM exits: '1Gi' is no size to it, only digits and one of k, m, g, t are
  -ea -Xmx1Gi
      ^^^^^^^
  hint: write -Xmx1g
""",
        "",
    )


def test_without_a_limit_there_is_nothing_to_compare_with(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-Xmx1g", "--cpu", "2", "--jdk", "21")
    assert code == 0
    assert "together" in out
    assert "limit" not in out and "#" not in out


def test_a_problem_of_what_is_not_there_has_no_caret(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--memory", "2Gi", "--cpu", "2", "--jdk", "17")
    assert code == 0
    assert out.splitlines()[-1].startswith("info[jvm/heap-waste]: ")


def test_lines_of_a_variable_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "-Xmx1g\n-Xmx4g", "--memory", "2Gi", "--jdk", "17", "--quiet")
    assert out.splitlines()[-2:] == ["  -Xmx1g -Xmx4g", "         ^^^^^^"]


@pytest.mark.parametrize(
    ("arguments", "heap"),
    [
        # Options are one text or several arguments, before and after ours, with or without `--`.
        (("-Xmx1g -Xms64m", "--jdk", "17"), 1024),
        (("--jdk=17", "-Xmx1g", "-Xms64m"), 1024),
        (("-Xmx1g", "--jdk", "17", "-Xms64m", "-q"), 1024),
        (("--jdk", "17", "--", "-Xmx1g", "--add-opens=a/b=c"), 1024),
        (("--add-opens=a/b=c -Xmx1g", "--jdk", "17"), 1024),
        (("-XX:+UseShenandoahGC -Xmx1g", "--jdk", "17"), 1024),
        (("-Dhelp=-h -Xmx1g", "--jdk", "17"), 1024),
        (("-Xmx1g", "-Da=b c", "--jdk", "17"), 1024),
        (("--jdk", "17", "--memory", "2Gi"), 512),
        (("--jdk", "17", "--memory", "2147483648"), 512),
        (("--jdk", "17", "--memory", "1.5Gi", "--cpu", "500m"), 384),
        # One that cannot see its limit has the node's heap: the default of 8.
        (("--jdk", "8", "--memory", "2Gi"), 30688),
        (("--jdk", "8", "--memory", "2Gi", "--sees-limits"), 512),
        (("--jdk", "11", "--memory", "2Gi", "--cgroup-blind"), 30720),
        (("'-Xmx1g'", "--jdk", "17", "--via", "JAVA_TOOL_OPTIONS"), 1024),
        (("-Xmx1g", "-Da='b c'", "--jdk", "17", "--via", "_JAVA_OPTIONS"), 1024),
    ],
)
def test_what_is_asked(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], heap: int) -> None:
    _, out, err = said(capsys, "--format", "json", *arguments)
    assert err == ""
    found = json.loads(out)["max_heap"] // 2**20
    assert abs(found - heap) < 40


def test_words_of_an_argument_list_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-Xmx", "512m", "--memory", "2Gi", "--jdk", "17", "-q")
    assert code == 1
    assert out.splitlines()[1:3] == ["  -Xmx 512m", "  ^^^^^^^^^"]


def test_json_has_the_fields_of_an_assessment(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-Xmx1g", "--memory", "1Gi", "--cpu", "2", "--jdk", "17", "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert list(found) == [
        *("starts", "max_heap", "initial_heap", "collector", "gc_threads", "thread_stack", "code_cache", "bill"),
        *("problems", "heap_word", "initial_word", "young_word", "percentage_word", "cpus"),
    ]
    assert found["bill"]["lines"][0] == {"part": "heap", "expected": 2**30, "worst": 2**30, "origin": "set"}
    assert found["problems"][0]["rule"] == "heap-over-limit"
    assert found["heap_word"] == {"text": "-Xmx1g", "source": "args", "start": 0, "end": 6}


def test_json_of_a_vm_that_exits(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-Xmx1Gi", "--jdk", "17", "--format", "json")
    found = json.loads(out)
    assert (code, found["starts"], found["bill"], found["problems"][0]["fatal"]) == (1, False, None, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-Xmx1g",), "missing option '--jdk'"),
        (("-Xmx1g", "--jdk", "10"), "'10' is not one of '8', '11', '17', '21', '25'"),
        (("-Xmx1g", "--jdk", "17", "--memory", "2G1"), "invalid value for '--memory': \"2G1\" has no suffix"),
        (("-Xmx1g", "--jdk", "17", "--memory", "0"), "invalid value for '--memory': 0 is not above 0"),
        (("-Xmx1g", "--jdk", "17", "--cpu", "-1"), "invalid value for '--cpu': -1 is not above 0"),
        (("-Xmx1g", "--jdk", "17", "--via", "JAVA_OPTS"), "invalid value for '--via'"),
        (("-Xmx1g", "--jdk", "17", "--memroy", "2Gi"), "no such option --memroy"),
        (("-Xmx1g", "--jdk"), "'--jdk' requires an argument"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == 0
    assert '  hydrogitops jvm "-Xmx1200m -XX:+UseG1GC" --memory 2Gi --cpu 1 --jdk 17\n' in out


def test_colours_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "-Xmx1g", "--memory", "1Gi", "--jdk", "17", "--color", "always")
    assert "\x1b[1;31m" in out
    _, out, _ = said(capsys, "-Xmx1g", "--memory", "1Gi", "--jdk", "17")
    assert "\x1b" not in out


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "-Xmx1g\x1b[2J", "--jdk", "17")
    assert "\x1b" not in out


def test_every_rule_of_the_room_has_its_policy() -> None:
    told = {rule for rule, *_ in FATAL} | {rule for *_, said in CASES for rule, _ in said}
    family = {rule.removeprefix("jvm/") for rule in policies.load() if rule.startswith("jvm/")}
    # Requests of memory are no business of the room.
    assert told == family - {"initial-heap-over-request"}


def test_help_tells_the_node_that_is_taken_without_limits(capsys: pytest.CaptureFixture[str]) -> None:
    node = {name: one.default for name, one in inspect.signature(assess).parameters.items()}
    text = " ".join(said(capsys, "--help")[1].split())
    assert f"no limit, on a node of {node['host_memory'] // 2**30}Gi." in text
    assert f"no limit, on a node of {node['host_cpus']} processors." in text
