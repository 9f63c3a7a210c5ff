"""Writes policies/index.json from the policies beside it, which people write in YAML, a file a rule.

Usage: make_policies.py   (every run of lint reads all of them, and JSON in a tenth of the time)
"""

from __future__ import annotations

import json

from hydrogitops import data
from hydrogitops.linter import policies


def text() -> str:
    """The JSON of all policies, one a line."""
    found = policies.written(data.policies())
    return "[\n" + ",\n".join(json.dumps(one._asdict(), ensure_ascii=False) for one in found.values()) + "\n]\n"


def main() -> None:
    (data.policies() / policies.INDEX).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
