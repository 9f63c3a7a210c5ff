"""The generated table of flags against the listing that the VMs print, and against its own generator."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from hydrogitops.jvm import flags, flags_table
from tests.oracle.rows import path

LISTING = path("jvm-flags.json")
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_jvm_flags.py"


@pytest.fixture
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_jvm_flags", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_its_generator_writes(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "TARGET", tmp_path / "flags_table.py")
    generator.main(LISTING)
    written: dict[str, object] = {}
    exec((tmp_path / "flags_table.py").read_text(encoding="utf-8"), written)
    for name in ("TABLE", "SINCE", "SUCCESSOR", "LOG_TAGS"):
        assert written[name] == getattr(flags_table, name), f"{name}: run scripts/make_jvm_flags.py"


def test_each_jdk_knows_the_flags_that_it_lists() -> None:
    listed = json.loads(LISTING.read_text(encoding="utf-8"))["flags"]
    missing = [
        (name, jdk)
        for name, entry in listed.items()
        for jdk in map(int, entry.get("per_jdk") or entry["jdks"])
        if (flag := flags.find(name, jdk)) is None or flag.kind in ("obsolete", "alias", "debug-build")
    ]
    assert missing == []
