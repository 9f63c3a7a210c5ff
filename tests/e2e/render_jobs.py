"""Renders charts in a process of its own, many one after the other: Helm's library stays out of the test process.

Run as a script it is that process: one job a line on standard input, one answer a line on standard output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Renders:
    """Asks the child for renders. `objects` gives the objects of one, or the text of the error that ended it."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait(timeout=30)

    def objects(
        self, chart: Path, values: Mapping[str, Any], release: str = "hydro", namespace: str = "ml"
    ) -> list[dict[str, Any]] | str:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps([str(chart), values, release, namespace]) + "\n")
        self.child.stdin.flush()
        answer: list[dict[str, Any]] | str = json.loads(self.child.stdout.readline())
        return answer


def serve() -> None:
    import yaml
    from helm_python import Chart, HelmError

    for line in sys.stdin:
        chart, values, release, namespace = json.loads(line)
        answer: list[object] | str
        try:
            # Loaded anew each time: a render leaves its values and its missing subcharts in the loaded chart.
            texts = Chart.load(chart).render(values, name=release, namespace=namespace)
            answer = [
                data
                for path, text in sorted(texts.items())
                if not path.endswith("NOTES.txt")
                for data in yaml.load_all(text, yaml.CSafeLoader)
                if data
            ]
        except (HelmError, yaml.YAMLError) as error:
            answer = f"{type(error).__name__}: {error}"
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
