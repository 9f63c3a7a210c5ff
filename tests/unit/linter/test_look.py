"""A look at environments: engines at work beside the caller, and nothing left of them whatever happens meanwhile."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.config.configuration import DEFAULT
from hydrogitops.linter.look import Look
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write
from tests.unit.charts.trees import chart

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

OVERLAY = (
    "helmGlobals: {chartHome: ../../charts}\nhelmCharts: [{name: app, releaseName: app, valuesFile: values.yaml}]\n"
)
TREE = {
    **chart(),
    "envs/dev/kustomization.yaml": OVERLAY,
    "envs/dev/values.yaml": "word: dev\n",
    "envs/prod/kustomization.yaml": OVERLAY,
    "envs/prod/values.yaml": "word: prod\n",
}


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of its own: what is in it at the end was left behind."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert [one.name for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon] == []


def look(root: Path) -> Look:
    write(root, TREE)
    sources = Sources(root)
    return Look(sources, discover(sources, DEFAULT).environments, DEFAULT, render=True)


def test_what_is_written_is_seen_while_the_engines_work(tmp_path: Path, left: Path) -> None:
    with look(tmp_path / "r") as one:
        written = one.as_written()
        seen = one.seen()
    assert [(view.name, view.built) for view in written.views] == [("dev", False), ("prod", False)]
    assert [(view.name, view.built, len(view.objects) > 0) for view in seen.views] == [
        ("dev", True, True),
        ("prod", True, True),
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_it_meanwhile_ends_the_engines(error: type[BaseException], tmp_path: Path, left: Path) -> None:
    with pytest.raises(error), look(tmp_path / "r"):
        raise error


def test_an_interrupt_before_the_first_build_has_begun(
    tmp_path: Path, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = look(tmp_path / "r")
    assert one._rendering is not None

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(one._rendering._under_way, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt), one:
        raise AssertionError("it was entered")


def test_a_look_that_is_not_waited_for_ends_at_once(tmp_path: Path, left: Path) -> None:
    with look(tmp_path / "r"):
        pass
