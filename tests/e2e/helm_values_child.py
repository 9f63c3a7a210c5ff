"""Asks the embedded Helm what the templates of each chart see; a process of its own, since Helm's Go runtime stays loaded.

A case a line on standard input, `{"chart": folder, "layers": [text, …]}`; an answer a line: `{"seen": {path: values}}` or
`{"error": text}`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from helm_python import Chart, HelmError
from helm_python.chart import values_from_yaml


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Helm prints itself must not mix with the answers
    for line in sys.stdin:
        case = json.loads(line)
        try:
            answer: dict[str, Any] = {"seen": seen(case["chart"], case["layers"])}
        except HelmError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


def seen(folder: str, layers: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for layer in layers:
        values = overlaid(values, values_from_yaml(layer))
    with Chart.load(folder) as chart:
        rendered = chart.render(values, name="r")
    ending = "/templates/seen.json"
    return {path.removesuffix(ending): json.loads(text) for path, text in rendered.items() if path.endswith(ending)}


def overlaid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = overlaid(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


if __name__ == "__main__":
    main()
