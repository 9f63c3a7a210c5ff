"""No credential of the chart shows in what a generated repository applies, and each patch that sees to it is needed.

The real chart: a folder that HYDROGITOPS_REAL_CHART names (serving 3.0.3 with its subcharts).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter import leaks
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.linter.rendering import Rendering
from hydrogitops.model import Coverage, Finding, Report
from hydrogitops.scaffold import new

from .test_generated_repository import ANSWERS

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")
RENDERED, DEFAULT = "secrets/plaintext-rendered", "secrets/default-credential"
BASE = "apps/hydrosphere/base/values.yaml"
PATCHES = Path("apps/hydrosphere/components/secrets/kustomization.yaml")

Told = tuple[str, str, str]
"""Rule, value, and the beginning of the line that is named, in the shared values."""

MAIL: Told = (DEFAULT, "global.alertmanager.config.global.smtp_auth_password", "global:")
REGISTRY: Told = (DEFAULT, "global.registry.password", "  registry:")
POSTGRES: Told = (DEFAULT, "global.postgresql.password", "  postgresql:")
MONGO: Told = (RENDERED, "global.mongodb.password", "    password: in-a-sealed-secret")
STORE: tuple[Told, ...] = tuple(
    (DEFAULT, f"global.persistence.{key}", "  persistence:") for key in ("accessKey", "secretKey")
)


@pytest.fixture(scope="module", params=["stand-in", "real"])
def chart(request: pytest.FixtureRequest) -> str:
    if request.param == "real" and not REAL:
        pytest.skip("no real chart to render: set HYDROGITOPS_REAL_CHART")
    return str(request.param)


@pytest.fixture(params=ANSWERS)
def repository(request: pytest.FixtureRequest, chart: str, tmp_path: Path) -> Iterator[Path]:
    yield generated(tmp_path / "prod-cluster", request.param, chart)
    shutil.rmtree(tmp_path / "prod-cluster")


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments that were built once more."""
    names: list[str] = []
    probed = Rendering.probed

    def counted(self: Rendering, environments: object) -> object:
        names.extend(environment.name for environment in environments)  # type: ignore[attr-defined]
        return probed(self, environments)  # type: ignore[arg-type]

    monkeypatch.setattr(Rendering, "probed", counted)
    return names


def generated(root: Path, name: str, chart: str) -> Path:
    new(
        root.name,
        answers=ANSWERS[name],
        no_input=True,
        allow_open=True,
        chart=REAL if chart == "real" else None,
        offline=True,
        git=False,
        target=root,
        lint=lambda _: Report((), Coverage()),
    )
    return root


def judged(root: Path) -> tuple[Finding, ...]:
    report = cached_run([root], Options(only=frozenset((RENDERED, DEFAULT))), use=False).report
    assert not report.incomplete
    assert not report.coverage.not_seen
    return report.findings


def told(root: Path) -> set[Told]:
    lines = (root / BASE).read_text(encoding="utf-8").splitlines()
    found = judged(root)
    assert {finding.file for finding in found} == {BASE}
    every = {path.name for path in (root / "environments").iterdir()}
    assert all(set(finding.environments) == every and finding.severity == "error" for finding in found)
    values = [next(word for word in finding.message.split() if word.startswith("global.")) for finding in found]
    named = [lines[finding.line - 1].partition("#")[0].rstrip() for finding in found]
    return set(zip((finding.rule for finding in found), values, named, strict=True))


def test_nothing_shows_and_one_build_proves_it(repository: Path, again: list[str]) -> None:
    assert judged(repository) == ()
    assert again == []


def test_a_build_with_canaries_says_so_too(repository: Path, again: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is concluded from one build is what the other shows."""
    monkeypatch.setattr(leaks, "_gone", lambda trial, read: False)
    assert judged(repository) == ()
    assert sorted(again) == sorted(path.name for path in (repository / "environments").iterdir())


@pytest.mark.parametrize(
    ("name", "patch", "expected"),
    [
        ("without mail", "alertmanager-config.yaml", {MAIL}),
        ("without mail", "registry-credentials.yaml", {REGISTRY}),
        ("without mail", "chart-secrets.yaml", {REGISTRY, POSTGRES, MONGO, *STORE}),
        ("registry inside", "registry-htpasswd.yaml", {REGISTRY}),
        ("registry inside", "alertmanager-config.yaml", {MAIL}),
    ],
)
def test_each_patch_is_needed(name: str, patch: str, expected: set[Told], chart: str, tmp_path: Path) -> None:
    root = generated(tmp_path / "prod-cluster", name, chart)
    component = yaml.safe_load((root / PATCHES).read_text(encoding="utf-8"))
    kept = [one for one in component["patches"] if one["path"] != patch]
    assert len(kept) == len(component["patches"]) - 1
    (root / PATCHES).write_text(yaml.safe_dump({**component, "patches": kept}), encoding="utf-8")
    assert told(root) == expected
