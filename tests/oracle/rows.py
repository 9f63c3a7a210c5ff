"""Rows that real programs answered, from the data folder beside the checkout; where it is absent, tests skip."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("HYDROGITOPS_ORACLE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def path(name: str) -> Path:
    """The data file of that name; skips the calling module where the data is not at hand."""
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"oracle data not at hand: {file}", allow_module_level=True)
    return file


def rows(name: str) -> list[dict[str, Any]]:
    """All rows of a `.jsonl` file."""
    return [json.loads(line) for line in path(name).read_text(encoding="utf-8").splitlines() if line.strip()]
