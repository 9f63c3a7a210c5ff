"""Repositories as planned, by the answers that they are made from."""

from __future__ import annotations

import json
from typing import Any

from hydrogitops.config.answers import read_answers
from hydrogitops.scaffold.chart_source import VendoredChart
from hydrogitops.scaffold.parts import File
from hydrogitops.scaffold.plan import plan
from hydrogitops.source import load
from hydrogitops.source.reading import read
from tests.unit.config.answers_data import ABSENT, changed, example

CHART = VendoredChart("3.0.3", (File("charts/serving/Chart.yaml", b"name: serving\nversion: 3.0.3\n"),), "0" * 64)
EXTERNAL = example("production-external")
INSIDE = example("in-cluster")
OPEN = {"name": "x"}
ARN = "arn:aws:eks:us-east-1:123456789012:cluster"
CAPABILITY = changed(
    EXTERNAL,
    flavour="eks-capability",
    environments__staging__cluster__server=f"{ARN}/staging",
    environments__prod__cluster__server=f"{ARN}/prod",
)
TWICE = changed(
    INSIDE,
    engine="flux",
    environments__second={
        **INSIDE["environments"]["lab"],
        "namespace": "second",
        "auto_sync": False,
        "overrides": {"ingress": {"host": "second.example.com"}},
    },
)
"""Two environments in one cluster."""

ENGINES = {
    "external": EXTERNAL,
    "inside": INSIDE,
    "open": OPEN,
    "without mail": changed(EXTERNAL, smtp=ABSENT),
    "registry inside": changed(
        EXTERNAL,
        registry={"kind": "in-cluster"},
        storage__buckets__model_registry="acme-models",
        environments__staging__overrides__registry=ABSENT,
    ),
    "no taints": changed(INSIDE, tolerations=[], environments__lab__pools=ABSENT),
}
"""What is written for both engines."""
SETUPS = {
    **ENGINES,
    "gitlab": changed(EXTERNAL, ci="gitlab"),
    "no pipeline": changed(EXTERNAL, ci="none"),
    "plain http": changed(INSIDE, ingress__certificate=ABSENT),
    "postgres itself": changed(INSIDE, postgresql__username="postgres"),
    "rendered": changed(INSIDE, flavour="rendered"),
    "capability": CAPABILITY,
    **{f"flux, {name}": changed(given, engine="flux") for name, given in ENGINES.items()},
}

_PLANNED: dict[tuple[str, bool], dict[str, str]] = {}


def anew(given: dict[str, Any], chart: VendoredChart | None = CHART) -> dict[str, str]:
    return {file.path: file.content.decode() for file in plan(read_answers(given, allow_open=True), chart)}


def files(given: dict[str, Any], chart: VendoredChart | None = CHART) -> dict[str, str]:
    """Planned once for all tests that look at the same answers."""
    key = (json.dumps(given), chart is None)
    if key not in _PLANNED:
        _PLANNED[key] = anew(given, chart)
    return _PLANNED[key]


def data(text: str) -> Any:
    return load(text)


def documents(text: str) -> list[Any]:
    return [document.data for document in read("", text).documents]
