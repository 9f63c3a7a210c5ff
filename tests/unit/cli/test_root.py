"""The command line as a whole: help, usage, errors, exit codes."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from hydrogitops import __version__
from hydrogitops.cli import root
from hydrogitops.cli.frame import Command, settings
from hydrogitops.model import Span, UserError

Say = Callable[..., tuple[int, str, str]]
Install = Callable[[Callable[[], object]], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Runs the command line in this process, in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = root.run(arguments)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a function in as the command `probe`."""

    def install(function: Callable[[], object]) -> None:
        module = ModuleType("hydrogitops.cli.probe")
        module.command = click.command("probe", cls=Command)(function)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(root.COMMANDS, "probe", "For this test.")

    yield install


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hydrogitops", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", root.COMMANDS)
def test_every_command_teaches(name: str, say: Say) -> None:
    code, out, err = say(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: hydrogitops {name} ")
    examples = out.partition("\nExamples:\n")[2].splitlines()
    assert examples
    assert any(f"hydrogitops {name}" in line for line in examples)
    assert "--quiet" in out and "--color" in out
    assert say(name, "-h") == (code, out, err)


def test_the_help_of_the_group_names_all_commands_and_exit_codes(say: Say) -> None:
    code, out, _ = say("--help")
    assert code == 0
    for name, words in root.COMMANDS.items():
        assert f"  {name}" in out and words in out
    assert "  hydrogitops new prod-cluster  " in out
    assert "  130  interrupted\n" in out


def test_without_a_command_there_is_help_and_it_counts_as_usage(say: Say) -> None:
    code, out, err = say()
    assert (code, out) == (2, "")
    assert err.startswith("Usage: hydrogitops ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["lnt"], "error: no such command 'lnt'\nhint: did you mean lint?\n"),
        (["xyzzy"], "error: no such command 'xyzzy'\nhint: hydrogitops --help\n"),
        (["schema"], "error: missing argument 'answers|config|policies|report'\nhint: hydrogitops schema --help\n"),
        (["schema", "report", "--colour"], "error: no such option --colour\nhint: did you mean --color?\n"),
        (["--verbose"], "error: --verbose goes with --version\nhint: hydrogitops --version --verbose\n"),
        (
            ["schema", "x", "y"],
            "error: got unexpected extra argument (y)\nhint: hydrogitops schema --help\n",
        ),
    ],
)
def test_mistakes_of_usage(arguments: list[str], expected: str, say: Say) -> None:
    assert say(*arguments) == (2, "", expected)


@pytest.mark.parametrize(
    ("arguments", "quiet", "color"),
    [
        (["probe"], False, "auto"),
        (["-q", "probe"], True, "auto"),
        (["probe", "--quiet"], True, "auto"),
        (["--color", "always", "probe"], False, "always"),
        (["--color", "always", "probe", "--color", "never"], False, "never"),
        (["--quiet", "probe", "--color=never"], True, "never"),
    ],
)
def test_global_options_before_and_after_the_command(
    arguments: list[str], quiet: bool, color: str, say: Say, command: Install
) -> None:
    seen: list[tuple[bool, str]] = []
    command(lambda: seen.append((settings().quiet, settings().color)))
    assert say(*arguments)[0] == 0
    assert seen == [(quiet, color)]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_a_command_gives_the_exit_code(code: int, say: Say, command: Install) -> None:
    command(lambda: code)
    assert say("probe")[0] == code
    command(lambda: click.get_current_context().exit(code))
    assert say("probe")[0] == code


def raising(error: BaseException) -> Callable[[], object]:
    def function() -> object:
        raise error

    return function


def test_a_mistake_shows_the_place_and_the_way_out(say: Say, command: Install, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "a.yaml").write_text("rules:\n\trl: {}\n", encoding="utf-8")

    def function() -> None:
        settings().root = tmp_path / "repo"
        raise UserError("unknown key rl\nanother one", "did you mean rule?\nor nothing", Span("a.yaml", 2, 2, 2, 4))

    command(function)
    assert say("probe") == (
        2,
        "",
        """\
error: unknown key rl
  another one
 --> a.yaml:2:2
  |
2 |     rl: {}
  |     ^^
hint: did you mean rule?
      or nothing
""",
    )


def test_a_place_without_width_is_shown_without_its_line(say: Say, command: Install, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("hunter2\n", encoding="utf-8")
    command(raising(UserError("this looks like a secret", span=Span("a.yaml", 1, 1, 1, 1))))
    assert say("probe") == (2, "", "error: this looks like a secret\n --> a.yaml:1:1\n")


def test_colour_of_errors(say: Say, command: Install) -> None:
    command(raising(UserError("no", "yes")))
    assert "\x1b[1;31merror\x1b[0m" in say("probe", "--color", "always")[2]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "interrupted\n"),
        (click.Abort(), "interrupted\n"),
        (KeyboardInterrupt("nothing was left behind"), "interrupted; nothing was left behind\n"),
    ],
)
def test_an_interrupt_is_one_short_line(error: BaseException, said: str, say: Say, command: Install) -> None:
    command(raising(error))
    assert say("probe") == (130, "", said)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "error: No space left on device\n"),
        (PermissionError(errno.EACCES, "Permission denied", "x/y"), "error: Permission denied: x/y\n"),
    ],
)
def test_what_the_machine_refuses_is_no_bug(error: OSError, expected: str, say: Say, command: Install) -> None:
    command(raising(error))
    assert say("probe") == (2, "", expected)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("hunter2"),
        KeyError("hunter2"),
        OSError(errno.EIO, "hunter2"),
        BrokenPipeError(errno.EPIPE, "hunter2"),
    ],
)
def test_a_bug_is_one_message_and_a_log_without_values(
    error: Exception, say: Say, command: Install, tmp_path: Path
) -> None:
    def function() -> None:
        password = "hunter2"
        raise error from TypeError(f"cannot add {type(password)}")

    command(function)
    code, out, err = say("probe", "--quiet")
    log = tmp_path / "cache" / "hydrogitops" / "internal-error.log"
    assert (code, out) == (2, "")
    assert err.startswith(f"internal error: {type(error).__name__} in ")
    assert "; this is a bug in hydrogitops\n" in err
    assert str(log) in err
    text = log.read_text(encoding="utf-8")
    assert text.startswith(f"hydrogitops {__version__}, Python ")
    assert "command: probe\n" in text
    assert "builtins.TypeError: cannot add" in text
    assert "in function" in text
    assert "hunter2" not in err
    assert "hunter2" not in text.replace('password = "hunter2"', "")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_kept_is_printed(say: Say, command: Install, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    command(raising(IndexError("list index out of range")))
    code, _, err = say("probe")
    assert code == 2
    assert "builtins.IndexError: list index out of range" in err
    assert "with these lines" in err


def test_a_reader_that_goes_away_is_quiet() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "hydrogitops", "schema", "report"],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (2, b"")


def test_the_version_is_the_same_either_way(say: Say) -> None:
    assert say("--version") == (0, f"hydrogitops {__version__}\n", "")
    done = process("--version")
    assert (done.returncode, done.stdout) == (0, f"hydrogitops {__version__}\n")


def test_the_long_version_names_what_would_render(say: Say) -> None:
    code, out, _ = say("--version", "--verbose")
    names = [line.split()[0] for line in out.splitlines()]
    assert code == 0
    assert names[:4] == ["hydrogitops", "Python", "platform", "cache"]
    assert {"helm", "kustomize"} <= set(names)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, say: Say) -> None:
    code, out, _ = say("completion", shell)
    assert code == 0
    assert f"_HYDROGITOPS_COMPLETE={shell}_complete" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hydrogitops l", ["plain,lint"]),
        ("hydrogitops --ver", ["plain,--version", "plain,--verbose"]),
        ("hydrogitops completion f", ["plain,fish"]),
        ("hydrogitops schema --col", ["plain,--color"]),
    ],
)
def test_completion_answers_the_shell(words: str, expected: list[str]) -> None:
    done = process(_HYDROGITOPS_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    assert done.stdout.splitlines() == expected


def test_a_report_for_programs_says_why_nothing_was_judged(tmp_path: Path, say: Say) -> None:
    (tmp_path / ".hydrogitops.yaml").write_text("version: 2\n")
    code, out, _ = say("lint", "--format", "json")
    report = json.loads(out)
    assert (code, report["findings"]) == (2, [])
    assert [(gap["file"], "version" in gap["reason"]) for gap in report["coverage"]["not_seen"]] == [
        (".hydrogitops.yaml", True)
    ]
