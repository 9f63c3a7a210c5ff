"""`hydrogitops seal` on the command line: sources, refusals that repeat nothing, output and exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hydrogitops.cli.root import run
from hydrogitops.model import UserError
from hydrogitops.sealing import certificate, guard
from hydrogitops.sealing.targets import open_repository
from tests.sealing_keys import certificate as pem_of
from tests.unit.sealing.plain import CERTIFICATE, RECORDS, opened, sealed_secret, tree, write

CANARY = "hunter2-canary"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs `seal` in a repository with the SealedSecret `db`, without a terminal: exit code, both outputs."""
    write(tmp_path, {"db.yaml": sealed_secret(keys=["password", "user"]), "one.yaml": sealed_secret("one")})
    monkeypatch.chdir(tmp_path)
    # The process of the tests may dump.
    monkeypatch.setattr(guard, "no_core_dumps", lambda: None)

    def run_it(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(["seal", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


def values(root: Path) -> dict[str, object]:
    return {
        one.title: opened(str(one.value), name=one.written) if one.state == "sealed" else one.state
        for one in open_repository(root).targets("plain")
    }


def test_standard_input(call: Call, tmp_path: Path) -> None:
    code, out, err = call("db", "password", stdin=b"canary\n")
    assert code == 0
    assert out.splitlines() == ["sealed db/password for plain (strict data/db)", f"wrote db.yaml, {RECORDS}"]
    assert "newline" in err.splitlines()[0]
    assert values(tmp_path)["db/password"] == b"canary"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_sources(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: bytes) -> None:
    # The file lies outside: what is in the repository is read as such.
    file = tmp_path.parent / f"{tmp_path.name}-value"
    file.write_bytes(b"canary" + ending)
    monkeypatch.setenv("CANARY", "canary" + ending.decode())
    assert call("--env", "plain", "db", "password", "--from-env", "CANARY")[0] == 0
    assert call("db", "user", "--from-file", str(file))[0] == 0
    assert call("one", "--generate")[0] == 0
    found = values(tmp_path)
    assert (found["db/password"], found["db/user"]) == (b"canary", b"canary" + ending)
    assert isinstance(found["one/password"], bytes) and len(found["one/password"]) == 32
    assert call("one", "--generate")[0] == 2
    assert call("one", "password", "--replace", stdin=b"new")[0] == 0
    assert values(tmp_path)["one/password"] == b"new"


def test_yes_takes_what_is_doubtful(call: Call, tmp_path: Path) -> None:
    value = b"Y2FuYXJ5Y2FuYXJ5"
    code, _, err = call("one", stdin=value)
    assert (code, value.decode() in err) == (2, False) and "--yes" in err
    assert call("one", "--yes", stdin=value)[0] == 0
    assert values(tmp_path)["one/password"] == value


REFUSED: Sequence[tuple[Sequence[str], bytes, str]] = [
    (["db", "password", CANARY], b"x", "never taken from an argument"),
    (["db", "password", CANARY, CANARY], b"x", "never taken from an argument"),
    (["db", CANARY], b"x", "has no such key"),
    ([CANARY], b"x", "no environment has a SealedSecret of that name"),
    (["--env", "plain", CANARY, CANARY], b"x", "plain has no SealedSecret of that name"),
    (["db", "password", f"--{CANARY}"], b"x", "no such option"),
    (["db", "password", f"--{CANARY}=x"], b"x", "no such option"),
    (["db", "password", f"-p{CANARY}"], b"x", "no such option"),
    (["db", "password", f"--generate={CANARY}"], b"x", "wrong use"),
    (["db", "password", "--from-env"], b"x", "--from-env"),
    (["db", "password", "--from-env", CANARY], b"x", "no variable of that name"),
    (["db", "password", "--from-file", CANARY], b"x", "cannot be read"),
    (["db", "password", "--from-env", "HOME", "--generate"], b"x", "one source"),
    (["db", "password", "--from-env", "HOME", "--from-env", CANARY], b"x", "one source"),
    (["db", "password", "--from-file", CANARY, "--from-env", "HOME"], b"x", "one source"),
    (["--from-env", "HOME"], b"x", "the value for what"),
    (["--generate"], b"x", "the value for what"),
    (["db"], b"x", "has several keys: password and user"),
    (["db", "password"], b"", "is empty"),
    (["db", "password"], b"\n", "a newline alone"),
    (["db", "password"], b"Y2FuYXJ5Y2FuYXJ5", "base64"),
    (["db", "password"], b"__UNSEALED__", "placeholder"),
    ([], b"", "no terminal"),
    (["--env", "plain"], b"", "no terminal"),
    (["--env", "prod", "db", "password"], b"x", "no environment prod"),
    (["--fetch-certificate", "x", "db"], b"", "a step of its own"),
    (["--fetch-certificate", "x", "--generate"], b"", "the value for what"),
]


@pytest.mark.parametrize(("arguments", "stdin", "message"), REFUSED)
def test_a_refusal_changes_nothing_and_repeats_nothing(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], stdin: bytes, message: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    before = tree(tmp_path)
    code, out, err = call(*arguments, stdin=stdin)
    assert code == 2
    assert message in err
    assert out == ""
    assert CANARY not in err and "Y2FuYXJ5" not in err
    assert tree(tmp_path) == before


def test_a_sealed_key_needs_replace(call: Call, tmp_path: Path) -> None:
    assert call("one", stdin=b"first")[0] == 0
    before = tree(tmp_path)
    code, _, err = call("one", stdin=b"second")
    assert code == 2 and "--replace" in err
    assert tree(tmp_path) == before


def test_without_a_terminal_reseal_lists_what_is_older(call: Call, tmp_path: Path) -> None:
    assert call("--reseal")[0] == 0
    assert call("one", stdin=b"value")[0] == 0
    assert call("--reseal") == (
        0,
        "nothing in any environment is sealed for an older certificate or another label\n",
        "",
    )
    (tmp_path / CERTIFICATE).write_bytes(pem_of(which=1)[0])
    before = tree(tmp_path)
    code, out, err = call("--reseal", "--env", "plain")
    assert (code, err) == (1, "")
    assert out.startswith("plain: one/password: sealed on ")
    assert call("--reseal", "one")[:2] == (1, out)
    assert tree(tmp_path) == before
    # Given again it is sealed for the new one, without --replace.
    assert call("--reseal", "one", "password", stdin=b"value")[0] == 0
    assert call("--reseal")[0] == 0


def test_fetching_a_certificate_is_handed_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(start: Path, environment: str, source: str) -> str:
        return f"{start} {environment} {source}"

    monkeypatch.setattr(certificate, "fetch", fetch)
    assert call("--fetch-certificate", "cert.pem") == (0, ". plain cert.pem\n", "")
    assert call("--env", "prod", "--fetch-certificate", "cert.pem")[1] == ". prod cert.pem\n"


def test_quiet_says_nothing_but_remarks(call: Call) -> None:
    code, out, err = call("-q", "one", stdin=b"value\n")
    assert (code, out) == (0, "")
    assert "newline" in err


def test_one_at_a_time(tmp_path: Path) -> None:
    # A second descriptor is another holder, in this process too.
    refused = pytest.raises(UserError, match="another `hydrogitops seal`")
    with guard.alone(tmp_path), refused, guard.alone(tmp_path, patience=0):
        pass
    with guard.alone(tmp_path, patience=0):
        pass
    assert tree(tmp_path) == {}
