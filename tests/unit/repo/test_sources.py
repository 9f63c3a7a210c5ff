"""Names that a repository writes, whatever is in them: what can be no file is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

NEVER = {
    "NUL": "a\0b.yaml",
    "NUL below": "folder/a\0b.yaml",
    "NUL above": "a\0b/one.yaml",
    "half a character": "\ud800.yaml",
    "half a character below": "folder/\ud800",
    "long": f"{'x' * 300}.yaml",
    "long below": f"folder/{'x' * 300}",
    "deep": "/".join("x" * 5000),
    "below a file": "folder/one.yaml/two",
}


@pytest.mark.parametrize("name", NEVER.values(), ids=NEVER)
def test_what_no_file_can_be_called_is_not_there(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"folder/one.yaml": "a: 1\n"})
    sources = Sources(tmp_path)
    assert sources.get(name) is None
    assert not sources.is_file(name)
    assert not sources.is_folder(name)
    assert not sources.leads_out(name)
    assert sources.real(name) == name


@pytest.mark.parametrize(
    ("name", "there", "real"),
    [
        ("in/one.yaml", True, "folder/one.yaml"),
        ("in/../folder/one.yaml", True, "folder/one.yaml"),
        ("chain/one.yaml", True, "folder/one.yaml"),
        ("in/up/in/one.yaml", True, "folder/one.yaml"),
        ("out/one.yaml", False, "out/one.yaml"),
        ("folder/leaves", False, "folder/leaves"),
        ("loop", False, "loop"),
        ("loop/one.yaml", False, "loop/one.yaml"),
        ("nowhere/one.yaml", False, "gone/one.yaml"),
    ],
)
def test_links_are_followed_as_far_as_they_stay_inside(tmp_path: Path, name: str, real: str, *, there: bool) -> None:
    root = tmp_path / "root"
    write(tmp_path, {"root/folder/one.yaml": "a: 1\n", "beside/one.yaml": "a: 1\n"})
    for link, target in {
        "in": "folder",
        "chain": "in",
        "folder/up": "..",
        "out": "../beside",
        "loop": "loop",
        "nowhere": "gone",
        "folder/leaves": "../../beside/one.yaml",
    }.items():
        (root / link).symlink_to(target)
    sources = Sources(root)
    assert sources.is_file(name) == there
    assert (sources.get(name) is not None) == there
    assert sources.real(name) == real
