"""What we say the templates see, against the embedded Helm 4, over drawn charts and over a real one.

A real chart: where HYDROGITOPS_REAL_CHART names its folder.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hydrogitops.charts.values import Chart, ChartError, coalesce
from tests.oracle.test_coalesce import assert_origins, typed
from tests.property.drawn_charts import cases
from tests.unit.charts.trees import write

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("helm_python") is None,
    reason="no Helm to compare with: the extra `engines` is not installed",
)

TEMPLATE = "{{ toJson .Values }}"


class Helm:
    """The child process that has Helm loaded."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.folder = folder
        self._process = process

    def ask(self, folder: Path, layers: list[str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"chart": str(folder), "layers": layers}), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helm]:
    folder = tmp_path_factory.mktemp("charts")
    program = Path(__file__).with_name("helm_values_child.py")
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        yield Helm(process, folder)
        process.communicate()


def files(chart: Chart) -> Iterator[tuple[str, str]]:
    """The chart as a folder, with a template that tells what it sees."""
    declared = [
        {
            "name": each.chart.name, "version": "1.0.0", "repository": "", "alias": each.alias,
            "condition": each.condition, "tags": list(each.tags), "import-values": list(each.import_values),
        }
        for each in chart.dependencies
    ]  # fmt: skip
    metadata = {"apiVersion": "v2", "name": chart.name, "version": "1.0.0"}
    yield "Chart.yaml", json.dumps(metadata | ({"dependencies": declared} if declared else {}))
    yield "values.yaml", chart.values
    yield "templates/seen.json", TEMPLATE
    for each in chart.dependencies:
        for path, text in files(each.chart):
            yield f"charts/{each.chart.name}/{path}", text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_drawn_charts(helm: Helm, case: tuple[Chart, list[str]]) -> None:
    chart, layers = case
    folder = helm.folder / "app"
    shutil.rmtree(folder, ignore_errors=True)
    write(folder, dict(files(chart)))
    answer = helm.ask(folder, layers)
    try:
        got = coalesce(chart, layers)
    except ChartError:
        assert "error" in answer
        return
    assert typed(dict(got.seen)) == typed(answer.get("seen"))
    if not any(each.tags or each.condition for each in chart.dependencies):
        assert coalesce(Chart.from_folder(folder), layers).seen == got.seen


REAL_LAYERS = [
    "global: {persistence: {url: x}}\nserving: {resources: {limits: {memory: 2Gi}}}\n",
    "serving: {resources: {limits: {memory: 3Gi}}}\nextra: {a: 1e6}\n",
    "serving: {javaOpts: -Xmx2g, resources: {limits: {memory: null}}}\npostgresql: {resources: {requests: {cpu: 1}}}\n",
]


@pytest.mark.skipif("HYDROGITOPS_REAL_CHART" not in os.environ, reason="HYDROGITOPS_REAL_CHART names no chart")
def test_a_real_chart(helm: Helm) -> None:
    source, folder = Path(os.environ["HYDROGITOPS_REAL_CHART"]), helm.folder / "real"
    # Its own templates would be rendered too and may refuse the values, so they stay behind.
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("templates", "values.schema.json"))
    for metadata in list(folder.rglob("Chart.yaml")):
        # A library chart renders nothing.
        metadata.write_text(metadata.read_text().replace("type: library", "type: application"))
        write(metadata.parent, {"templates/seen.json": TEMPLATE})
    chart = Chart.from_folder(folder)
    for layers in ([], REAL_LAYERS[:1], REAL_LAYERS, ["sonar: null\n"]):
        answer = helm.ask(folder, layers)
        try:
            got = coalesce(chart, layers)
        except ChartError as error:
            assert "error" in answer, error
            continue
        assert typed(dict(got.seen)) == typed(answer.get("seen"))
        assert_origins(got, chart, layers)
