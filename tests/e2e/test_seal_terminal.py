"""`seal` on a real terminal: hidden prompts typed twice, doubts, what is left for later, Ctrl-C."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.sealing.targets import open_repository
from tests.unit.sealing.generated import generate, values
from tests.unit.sealing.plain import opened, sealed_secret, tree, write

pexpect = pytest.importorskip("pexpect")

CANARY = "hunter2-canary"
ENTER, DOWN = "\r", "\x1b[B"


def start(folder: Path, *arguments: str) -> Any:
    """`seal` on a terminal that keeps all that it shows in `child.shown`."""
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "HOME": str(folder.parent)}
    child = pexpect.spawn(
        sys.executable, ["-m", "hydrogitops", "seal", *arguments], cwd=str(folder), env=environment,
        encoding="utf-8", timeout=60, dimensions=(50, 200),
    )  # fmt: skip
    child.shown = Shown()
    child.logfile_read = child.shown
    return child


class Shown(list[str]):
    def write(self, text: str) -> None:
        self.append(text)

    def flush(self) -> None:
        return


def answer(child: Any, question: str, text: str) -> None:
    child.expect(question)
    child.send(text + ENTER)


def ended(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.close()
    assert CANARY not in "".join(child.shown)
    return int(child.exitstatus)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write(tmp_path / "x", {"db.yaml": sealed_secret(keys=["a", "b"])})


def test_a_key_is_typed_twice_and_not_shown(plain: Path) -> None:
    child = start(plain, "db", "a")
    answer(child, "db/a", CANARY)
    answer(child, "once more", "something else")
    child.expect("differ")
    answer(child, "db/a", CANARY)
    answer(child, "once more", CANARY)
    child.expect("sealed db/a for plain")
    assert ended(child) == 0
    assert opened(str(open_repository(plain).targets("plain")[0].value)) == CANARY.encode()


def test_an_empty_value_is_refused(plain: Path) -> None:
    before = tree(plain)
    child = start(plain, "db", "a")
    answer(child, "db/a", "")
    child.expect("is empty")
    assert ended(child) == 2
    assert tree(plain) == before


def test_a_walk_leaves_what_nobody_knows_and_generates(plain: Path) -> None:
    child = start(plain)
    child.expect("plain: 2 to seal")
    answer(child, "db/a:", "")
    answer(child, "is empty", "")
    answer(child, "db/b:", "")
    answer(child, "is empty", DOWN)
    child.expect("sealed db/b for plain")
    child.expect("left for later: db/a")
    assert ended(child) == 0
    assert [one.state for one in open_repository(plain).targets("plain")] == ["placeholder", "sealed"]


def test_a_doubtful_value_is_asked_about(plain: Path) -> None:
    encoded = "aHVudGVyMi1jYW5hcnk="
    child = start(plain, "db", "a")
    for reply in ("n", "y"):
        answer(child, "db/a", encoded)
        answer(child, "once more", encoded)
        child.expect("base64-encoded.*all the same")
        child.send(reply)
    child.expect("sealed db/a")
    assert ended(child) == 0
    assert encoded not in "".join(child.shown)


def test_a_value_from_elsewhere_is_asked_about_too(plain: Path) -> None:
    (plain.parent / "value").write_text("aHVudGVyMi1jYW5hcnk=")
    before = tree(plain)
    child = start(plain, "db", "a", "--from-file", "../value")
    child.expect("base64-encoded.*all the same")
    child.send("n")
    assert ended(child) == 2
    assert tree(plain) == before


def test_ctrl_c(plain: Path) -> None:
    child = start(plain)
    answer(child, "db/a", CANARY)
    answer(child, "once more", CANARY)
    child.expect("db/b")
    child.sendintr()
    assert ended(child) == 130
    assert [one.state for one in open_repository(plain).targets("plain")] == ["sealed", "placeholder"]


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
def test_a_login_is_asked_for_once_and_sealed_wherever_it_belongs(tmp_path: Path) -> None:
    root = generate(tmp_path / "x", "production-external")
    child = start(root, "--env", "prod", "docker-credentials-hydro")
    answer(child, "User name at", "")
    answer(child, "Password or token for", CANARY)
    answer(child, "once more", CANARY)
    child.expect("sealed docker-credentials-hydro/.dockerconfigjson for prod")
    assert ended(child) == 0
    found = values(root, "prod")
    assert found["hydro-registry-credentials/password"] == CANARY.encode()
    (login,) = json.loads(found["docker-credentials-hydro/.dockerconfigjson"] or b"")["auths"].values()
    assert login["password"] == CANARY
    assert login["username"].encode() == found["hydro-registry-credentials/username"]
