"""Writes hydrogitops/charts/contracts/*.json from the contracts beside them, which people write in YAML.

Usage: make_contracts.py   (every run of lint reads a contract, and JSON in a tenth of the time)
"""

from __future__ import annotations

import json
from pathlib import Path

from hydrogitops.charts.known_charts import CONTRACTS
from hydrogitops.source import load


def text(source: Path) -> str:
    """The JSON of a contract, an entry a line."""
    data = load(source.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    parts = []
    for key, value in data.items():
        if isinstance(value, list):
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"{json.dumps(key)}: [\n{items}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    for source in sorted(CONTRACTS.glob("*.yaml")):
        source.with_suffix(".json").write_text(text(source), encoding="utf-8")


if __name__ == "__main__":
    main()
