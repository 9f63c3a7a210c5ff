"""Repositories for both engines, rendered as their engines do: the same objects, and what must hold for each of them.

The real chart: a folder that HYDROGITOPS_REAL_CHART names (serving 3.0.3 with its subcharts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.applied import applied
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new

from .invariants import jvm_violations, violations, workloads
from .test_generated_repository import ANSWERS, CHARTS, REAL

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

OWN = ("Kustomization", "HelmRelease", "HelmRepository", "GitRepository")
"""What is there for Flux alone, but for the ConfigMaps with values."""
Objects = dict[tuple[str, str, str, str], Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What each environment of a repository applies, Flux's own objects apart, and what it runs on."""

    environments: Mapping[str, Objects]
    pools: Mapping[str, list[Any]]
    namespaces: Mapping[str, str]


def generate(root: Path, answers: Mapping[str, Any], chart: str | None, **more: str) -> Path:
    new(
        "prod-cluster",
        answers={**answers, **more},
        no_input=True,
        allow_open=True,
        chart=chart,
        offline=True,
        git=False,
        target=root,
        lint=lambda _: Report((), Coverage()),
    )
    return root


def render(root: Path) -> Rendered:
    configuration = yaml.safe_load((root / ".hydrogitops.yaml").read_text(encoding="utf-8"))
    environments = {name: objects(text) for name, text, _ in applied(root, ())}
    return Rendered(
        environments,
        {name: one.get("pools", []) for name, one in configuration["environments"].items()},
        {name: one["namespace"] for name, one in configuration["answers"]["environments"].items()},
    )


def objects(text: str) -> Objects:
    found: Objects = {}
    for one in yaml.load_all(text, Loader=yaml.CSafeLoader):
        metadata = one["metadata"]
        if one["kind"] in OWN or (one["kind"] == "ConfigMap" and "-values-" in metadata["name"]):
            continue
        key = (one["apiVersion"], one["kind"], metadata.get("namespace", ""), metadata["name"])
        assert key not in found
        found[key] = one
    return found


@pytest.fixture(
    scope="module", params=[(name, chart) for chart in CHARTS for name in ANSWERS], ids=lambda p: f"{p[0]}, {p[1]}"
)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rendered, Rendered]:
    """The same answers for Argo CD and for Flux."""
    name, chart = request.param
    if chart == "real" and not REAL:
        pytest.skip("no real chart to render: set HYDROGITOPS_REAL_CHART")
    place = tmp_path_factory.mktemp("both")
    source = REAL if chart == "real" else None
    argocd, flux = (generate(place / engine, ANSWERS[name], source, engine=engine) for engine in ("argocd", "flux"))
    return render(argocd), render(flux)


def test_both_engines_apply_the_same_objects(both: tuple[Rendered, Rendered]) -> None:
    argocd, flux = both
    assert list(flux.environments) == list(argocd.environments)
    for name, theirs in argocd.environments.items():
        ours = flux.environments[name]
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if ours[key] != theirs[key]] == []
        assert len(ours) > 30


def test_the_invariants_hold_with_flux(both: tuple[Rendered, Rendered]) -> None:
    _, flux = both
    for name, found in flux.environments.items():
        everything = list(found.values())
        assert list(violations(everything, namespace=flux.namespaces[name], pools=flux.pools[name])) == []
        assert list(jvm_violations(everything)) == []
        assert len(workloads(everything)) >= 8
        # Nobody fills in a namespace any more.
        assert {key[1] for key in found if not key[2]} == {"Namespace"}
