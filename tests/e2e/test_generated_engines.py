"""Repositories for both engines, rendered as their engines do: the same objects, and what must hold for each of them.

The real chart: a folder that HYDROGITOPS_REAL_CHART names (serving 3.0.3 with its subcharts).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from hydrogitops import lint
from hydrogitops.charts import stand_in
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.cli.root import run
from hydrogitops.linter.applied import applied
from hydrogitops.model import Coverage, Report
from hydrogitops.scaffold import new
from tests.unit.config.answers_data import changed
from tests.unit.scaffold.planned import TWICE

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


def test_two_environments_in_a_cluster_of_flux(tmp_path: Path) -> None:
    root = generate(tmp_path / "repository", TWICE, None)
    report = lint(root)
    assert {one.rule for one in report.findings} == {"secrets/placeholder"}
    assert (report.incomplete, report.coverage.not_seen) == ((), ())
    found = render(root)
    # The namespace apart they are the same.
    kinds = [sorted(key[:2] + key[3:] for key in one if key[1] != "Namespace") for one in found.environments.values()]
    assert kinds[0] == kinds[1]
    for name, everything in found.environments.items():
        assert {key[2] for key in everything} == {"", found.namespaces[name]}


# What is rendered beforehand ------------------------------------------------------------------------------------------

ARN = "arn:aws:eks:us-east-1:123456789012:cluster"
KEPT: Mapping[str, dict[str, Any]] = {
    "external": changed(ANSWERS["external"], flavour="rendered"),
    "inside": changed(ANSWERS["inside"], flavour="rendered"),
    "capability": changed(
        ANSWERS["external"],
        flavour="eks-capability",
        environments__staging__cluster__server=f"{ARN}/staging",
        environments__prod__cluster__server=f"{ARN}/prod",
    ),
}


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(
    scope="module", params=[(name, chart) for chart in CHARTS for name in KEPT], ids=lambda p: f"{p[0]}, {p[1]}"
)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Repositories of the same answers: one that carries what is applied, a plain one."""
    name, chart = request.param
    if chart == "real" and not REAL:
        pytest.skip("no real chart to render: set HYDROGITOPS_REAL_CHART")
    place = tmp_path_factory.mktemp("kept")
    # Vendored like the real one: a stand-in is not applied.
    source = REAL if chart == "real" else str(stand_in.folder())
    plain = changed(KEPT[name], flavour="plain")
    for environment in plain["environments"].values():
        environment["cluster"]["server"] = f"https://{environment['cluster']['name']}.example.com"
    return generate(place / "kept", KEPT[name], source), generate(place / "plain", plain, source)


def test_what_is_kept_is_what_the_sources_give(kept: tuple[Path, Path]) -> None:
    root, plain = kept
    given = dict(render(plain).environments)
    files = {path.parent.name: path for path in sorted(root.glob("rendered/*/*"))}
    assert {path.name for path in files.values()} == {"manifests.yaml"}
    found = {name: objects(path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert found == given
    for name, everything in found.items():
        assert {key[1] for key in everything if not key[2]} == {"Namespace"}
        configuration = yaml.safe_load((root / f"environments/{name}/config.yaml").read_text(encoding="utf-8"))
        assert configuration["path"] == f"rendered/{name}"


def test_rendering_again_changes_nothing_and_nothing_is_wrong(
    kept: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = kept
    before = content(root)
    monkeypatch.chdir(root)
    assert run(["render", "-o", "rendered"]) == 0
    assert content(root) == before
    report = lint(root)
    assert [(one.rule, one.file, one.line) for one in report.findings if one.severity == "error"] == []
    assert (report.incomplete, report.coverage.not_seen) == ((), ())


def test_a_changed_source_is_told_until_it_is_rendered(
    kept: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(kept[0], root)
    values = next(root.glob("apps/hydrosphere/envs/*/version/values.yaml"))
    values.write_text(values.read_text(encoding="utf-8").replace("-Xms512m", "-Xms600m"), encoding="utf-8")
    monkeypatch.chdir(root)

    def errors() -> list[str]:
        return [one.rule for one in lint(root).findings if one.severity == "error"]

    assert errors() == ["repo/not-rendered"]
    assert run(["render", "-o", "rendered"]) == 0
    assert errors() == []


def test_a_stand_in_is_not_rendered_to_be_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = generate(tmp_path / "repository", KEPT["external"], None)
    before = content(root)
    assert not [name for name in before if name.startswith("rendered/")]
    monkeypatch.chdir(root)
    assert run(["render", "-o", "rendered"]) == 2
    assert "rendered/staging is what is applied to staging, and the chart" in capsys.readouterr().err
    assert content(root) == before
    # Elsewhere it may lie, for people to look at.
    assert run(["render", "-o", str(tmp_path / "elsewhere")]) == 0


def test_a_plain_secret_is_not_rendered_to_be_applied(
    kept: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it holds is not shown, so what is applied would not be what it holds."""
    root = tmp_path / "repository"
    shutil.copytree(kept[0], root)
    secrets = root / "apps/hydrosphere/components/secrets/kustomization.yaml"
    entry = "  - path: chart-secrets.yaml\n    target: {version: v1, kind: Secret}\n"
    assert entry in secrets.read_text(encoding="utf-8")
    secrets.write_text(secrets.read_text(encoding="utf-8").replace(entry, ""), encoding="utf-8")
    before = content(root)
    monkeypatch.chdir(root)
    assert run(["render", "-o", "rendered"]) == 2
    assert "it would hold a plain Secret" in capsys.readouterr().err
    assert content(root) == before


@pytest.mark.parametrize("engine", ["argocd", "flux"])
def test_generating_twice_gives_the_same_bytes(engine: str, tmp_path: Path) -> None:
    one, other = (generate(tmp_path / name, ANSWERS["inside"], None, engine=engine) for name in ("one", "other"))
    assert content(one) == content(other)


def test_rendering_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = str(stand_in.folder())
    one, other = (generate(tmp_path / name, KEPT["external"], source) for name in ("one", "other"))
    assert content(one) == content(other)
