"""The same fault in the same file is the same finding, whichever engine deploys the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hydrogitops import scaffold
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import Coverage, Report
from tests.golden.conftest import EXAMPLES, Generated
from tests.golden.test_faults import CASES, Case, apply
from tests.golden.trees import judged

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

ENGINES = ("argocd", "flux")
REAL = os.environ.get("HYDROGITOPS_REAL_CHART", "")


def generate(folder: Path, chart: str | None) -> dict[str, Generated]:
    answers = scaffold.answers_from(EXAMPLES / "production-external.yaml")
    for engine in ENGINES:
        scaffold.new(
            "prod-cluster",
            answers=answers,
            settings=(f"engine={engine}",),
            no_input=True,
            chart=chart,
            offline=True,
            git=False,
            target=folder / engine,
            lint=lambda _: Report((), Coverage()),
        )
    return {engine: Generated(folder / engine) for engine in ENGINES}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Generated]:
    return generate(tmp_path_factory.mktemp("both"), None)


def files(root: Path) -> Iterator[str]:
    for path in sorted((root / "apps").rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix()


def shared(both: dict[str, Generated]) -> list[str]:
    """Files of the application that have one name and the same bytes for both."""
    argocd, flux = (both[engine].folder for engine in ENGINES)
    return [name for name in files(argocd) if (flux / name).is_file()
            and (flux / name).read_bytes() == (argocd / name).read_bytes()]  # fmt: skip


OWN = ("kustomization.yaml", "helmrelease.yaml", "helmrepository.yaml")
"""What tells an engine what to do with the rest."""


def test_only_what_tells_the_engine_what_to_do_differs(both: dict[str, Generated]) -> None:
    everything = {name for one in both.values() for name in files(one.folder)}
    different = everything - set(shared(both))
    assert [name for name in different if not name.endswith(OWN)] == []
    assert len(everything - different) > 30


def findings(root: Path) -> list[Any]:
    """All that a report says of each finding but what is the engine's own: its evidence, how a place is known, and
    where it says that nothing came of an environment."""
    return [
        {key: value for key, value in one.items() if key not in ("evidence",)}
        | {"related": [place for place in one["related"] if not place["message"].startswith("so also lint/not-seen")]}
        for one in judged(root).to_json()["findings"]
        if not one["rule"].startswith(("argocd/", "flux/"))
    ]


def _is_shared(case: Case) -> bool:
    edited = all(
        name.startswith("apps/") and not name.endswith(OWN) and edit is not None for name, edit in case.edits.items()
    )
    return edited and not any(one.rule.startswith("argocd/") for one in case.expected)


SHARED = list({tuple(one.rule for one in case.expected): case for case in CASES if _is_shared(case)}.values())
"""One fault for each rule: what tells the engines apart is how they come by the objects, not what is wrong with them."""


def test_there_are_enough() -> None:
    assert len(SHARED) >= 20


def test_both_are_clean(both: dict[str, Generated]) -> None:
    argocd, flux = (findings(both[engine].folder) for engine in ENGINES)
    assert [one for one in flux if one["rule"] != "secrets/placeholder"] == []
    assert flux == argocd


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.name)
def test_the_same_fault_is_the_same_finding(case: Case, both: dict[str, Generated], tmp_path: Path) -> None:
    assert set(case.edits) <= set(shared(both))
    found = []
    for engine in ENGINES:
        root = both[engine].copy(tmp_path / engine)
        apply(root, case)
        found.append(findings(root))
    argocd, flux = found
    assert [one for one in argocd if one["rule"] != "secrets/placeholder"]
    assert flux == argocd


@pytest.mark.skipif(not REAL, reason="HYDROGITOPS_REAL_CHART names no chart: only the stand-in is compared")
@pytest.mark.parametrize("case", SHARED[::4], ids=lambda case: case.name)
def test_the_same_fault_with_the_real_chart(
    case: Case, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    known: dict[str, Generated] | None = request.config.stash.get(_REAL, None)
    if known is None:
        known = generate(tmp_path_factory.mktemp("real"), REAL)
        request.config.stash[_REAL] = known
    test_the_same_fault_is_the_same_finding(case, known, tmp_path)


_REAL = pytest.StashKey[dict[str, Generated]]()
