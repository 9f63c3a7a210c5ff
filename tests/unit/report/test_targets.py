"""What `--format` asks for, and writing to several places."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from hydrogitops.model import UserError
from hydrogitops.report import Target, emit, targets

from .samples import FILES, HEAP, report


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [Target("text")]),
        (["json"], [Target("json")]),
        (["text", "json=out/a=b.json"], [Target("text"), Target("json", Path("out/a=b.json"))]),
    ],
)
def test_reading(words: list[str], expected: list[Target]) -> None:
    assert list(targets(words)) == expected


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["sarif"], "sarif comes with a later version; text, json and github are there now", ""),
        (["gitlab=x"], "gitlab comes with a later version; text, json and github are there now", ""),
        (["junit"], "junit comes with a later version; text, json and github are there now", ""),
        (["jsn"], "unknown format 'jsn'", "did you mean json? text, json and github are there"),
        (["="], "unknown format ''", "text, json and github are there"),
        (["json="], "no file after 'json='", "--format json=FILE, or --format json"),
        (
            ["text", "json"],
            "text and json cannot both go to standard output",
            "give one of them a file of its own: --format json=FILE",
        ),
        (
            ["text=a", "json=a"],
            "text and json cannot both go to the file a",
            "give one of them a file of its own: --format json=FILE",
        ),
    ],
)
def test_refusals(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        targets(words)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_file_gets_a_whole_plain_report_whatever_the_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    text, data = tmp_path / "a.txt", tmp_path / "a.json"
    text.write_text("older and much longer " * 1000, encoding="utf-8")
    emit(
        report(HEAP),
        [Target("text", text), Target("json", data), Target("github")],
        stdout=stream,
        sources=FILES.get,
        color=True,
    )
    assert stream.getvalue().startswith("::error ")
    assert text.read_text(encoding="utf-8").startswith("error[jvm/heap-over-limit]: ")
    assert json.loads(data.read_bytes()) == report(HEAP).to_json()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.txt"]


def test_a_file_that_cannot_be_written_is_a_message_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "absent" / "a.json", tmp_path / "taken"):
        with pytest.raises(UserError, match=str(path)):
            emit(report(HEAP), [Target("json", path)], stdout=io.StringIO(), sources=FILES.get)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
