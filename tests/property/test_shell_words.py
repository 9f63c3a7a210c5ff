"""Scripts of `sh -c`: what is made of them is what a real shell makes of them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydrogitops.charts.composed import written
from hydrogitops.charts.shell import UnclearError, commands
from hydrogitops.model import EnvVar

SHELLS = [shell for shell in ("dash", "bash", "sh") if shutil.which(shell)]
VARIABLES = {"A": "-Xmx1g", "B": "-ea  -Dx='y z' ", "E": "", "Q": '"-Xss1m"'}
ARGUMENTS = ("-Xms2g", "two words", "")
ATOMS = [
    *("-Xmx2g", "-Dk=v", "a.jar", "=", "x", "#", "~", ":", "%", ",", "@", "^", "!", "{", "}", "-"),
    *("$A", "${A}", "$B", "${B}", "$E", "$Q", "${E:-d -e}", "${A:-d}", "${E-d}", "$@", "$*", "$,"),
    *("'single $A'", '"double $A"', '"$B"', '""', "''", '"$@"', '"a\\"b\\$c\\d"', "\\ ", "\\$", "\\\n", "\\'"),
    *(" ", "  ", "\t", " 2>/dev/null ", " >/dev/null ", " </dev/null ", " 2>&1 "),
]
BEFORE = ["", "cd / && ", "N=-Dn; ", "export M='-Xmx3g -ea'\n", "true;", "set -e; ", "# what\n", "unset A; ", "E=$A ; "]
AFTER = ["", " ", "; true", "\n", " # end"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `java` that prints what it gets."""
    folder = tmp_path_factory.mktemp("bin")
    java = folder / "java"
    java.write_text('#!/bin/sh\nprintf \'%s\\0\' "$M" "$@" end >&3\n')
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return folder


def real(shell: str, script: str, folder: Path) -> list[tuple[str, list[str]]] | None:
    """M and the words of each java that the shell starts; None where the shell refuses the script."""
    out, into = os.pipe()
    # The third descriptor is out of the way of redirections.
    line = ["/bin/sh", "-c", f'exec 3>&{into}; exec "$@"', "sh", shell, "-c", script, "sh", *ARGUMENTS]
    variables = {**VARIABLES, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(line, env=variables, pass_fds=[into], capture_output=True, check=False, cwd="/")
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        words = pipe.read().decode().split("\0")[:-1]
    if done.returncode:
        return None
    found: list[tuple[str, list[str]]] = []
    while words:
        end = words.index("end")
        found.append((words[0], words[1:end]))
        del words[: end + 1]
    return found


@pytest.mark.skipif(not SHELLS, reason="no shell to compare with")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.sampled_from(BEFORE),
    prefix=st.sampled_from(["", "M=1 ", "E=$B "]),
    atoms=st.lists(st.sampled_from(ATOMS), max_size=9),
    after=st.sampled_from(AFTER),
)
def test_words_are_those_of_a_shell(before: str, prefix: str, atoms: list[str], after: str, folder: Path) -> None:
    script = f"{before}{prefix}java {''.join(atoms)}{after}"
    variables = {name: EnvVar(name, text, (name,), written(text, (name,)).pieces) for name, text in VARIABLES.items()}
    arguments = [written(text, ("args", index)) for index, text in enumerate(ARGUMENTS)]
    try:
        found = commands(written(script, ("script",)), variables, arguments)
    except UnclearError:
        return
    got = [c for c in found if c.words[0].text == "java"]
    if any(piece.unknown for command in got for word in command.words for piece in word.pieces):
        return
    mine = [
        ((c.variables["M"].value or "") if "M" in c.variables else "", [word.text for word in c.words[1:]]) for c in got
    ]
    for shell in SHELLS:
        theirs = real(shell, script, folder)
        if theirs is not None:
            assert mine == theirs, (shell, script)


@given(st.text(alphabet=" \n'\"\\$`;&|<>(){}#=aA-@*?~!", max_size=40))
def test_any_script_gets_an_answer(script: str) -> None:
    try:
        found = commands(written(script, ("script",)), {}, ())
    except UnclearError:
        return
    for command in found:
        for word in command.words:
            for piece in word.pieces:
                # What is known is written where it says.
                assert (
                    piece.unknown
                    or word.text[piece.start : piece.end] == script[piece.offset :][: piece.end - piece.start]
                )
