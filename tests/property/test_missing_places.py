"""The promise of the place of what is missing: write it there, and the object has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.origins import Origins
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.charts.written import Written
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.views import Seen
from hydrogitops.model import Field, ObjectRef, Part, Place, Route
from tests.golden.trees import write

from .absent_fields import absent, named, read, supplied, value_of
from .drawn_kustomizations import drawn
from .test_origins import looked

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="PLACES ARE NOT PROVEN: extra `engines` is missing")

CASES = range(100, 106)


@dataclass(frozen=True)
class Claim:
    """A field that an object lacks, by its path and by names, the place for it, and what is to be written there."""

    ref: ObjectRef
    path: Route
    names: Route
    at: Written
    exists: bool
    value: Any

    @property
    def spot(self) -> tuple[object, ...]:
        """Only one of those that are alike can be written at a time."""
        route = () if self.at.route[1:2] in (("op",), ("value",)) else self.at.route
        return self.at.file, self.at.document, self.at.inline, route

    def __str__(self) -> str:
        return f"{self.ref.kind}/{self.ref.name} {self.path} {'over' if self.exists else 'below'} {self.at}"


def claims(view: EnvironmentView, origins: Origins, places: Mapping[Place, Written]) -> Iterable[Claim]:
    objects = {one.ref: one.data for one in view.objects}
    for number, (ref, path) in enumerate(absent(view)):
        located = origins.locate(Field(ref, path, missing=True))
        if located.known == "proven":
            names = named(objects[ref], path)
            yield Claim(ref, path, names, places[located.place], located.exists, value_of(path, 70000 + number))


def rounds(found: Iterable[Claim]) -> list[dict[tuple[object, ...], Claim]]:
    made: list[dict[tuple[object, ...], Claim]] = []
    for claim in found:
        room = next((one for one in made if claim.spot not in one), None)
        if room is None:
            made.append({claim.spot: claim})
        else:
            room[claim.spot] = claim
    return made


def _view(seen: Seen, top: str) -> EnvironmentView | None:
    return next((view for view in seen.views if view.environment.folder == top and view.built), None)


def unkept(root: Path, files: Mapping[str, str], top: str, asked: Iterable[Claim]) -> list[Claim]:
    """The claims whose field is not there once it is written at its place."""
    asked = list(asked)
    for claim in asked:
        files = supplied(files, claim.at, claim.path, claim.value, exists=claim.exists)
    _, seen = looked(write(root, files))
    view = _view(seen, top)
    now = {one.ref: one.data for one in view.objects} if view is not None else {}
    return [one for one in asked if read(now.get(one.ref), one.names) != one.value]


def judge(root: Path, seeds: Iterable[int], places: Mapping[Place, Written]) -> tuple[int, list[Claim]]:
    """How many claims were tried on some draws, and those that do not hold."""
    tried, wrong = 0, []
    for seed in seeds:
        draw, folder = drawn(seed, f"c{seed}"), root / str(seed)
        _, seen = looked(write(folder / "one", draw.files))
        view = _view(seen, draw.top)
        if view is None:
            continue
        for number, together in enumerate(rounds(claims(view, seen.origins[view.name], places))):
            tried += len(together)
            unsure = unkept(folder / f"round{number}", draw.files, draw.top, together.values())
            for one in unsure:
                # Beside others it may be another repository.
                wrong += unkept(folder / f"alone{number}-{unsure.index(one)}", draw.files, draw.top, [one])
    return tried, wrong


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Mapping[Place, Written]:
    """What origins called a place before it became one."""
    found: dict[Place, Written] = {}
    told = Origins._place

    def noted(origins: Origins, written: Written, part: Part, word: tuple[int, int] | None = None) -> Place:
        place = told(origins, written, part, word)
        found[place] = written
        return place

    monkeypatch.setattr(Origins, "_place", noted)
    return found


def test_what_is_missing_is_there_once_it_is_written_at_its_place(
    tmp_path: Path, places: Mapping[Place, Written]
) -> None:
    tried, wrong = judge(tmp_path, CASES, places)
    assert [str(one) for one in wrong] == []
    assert tried > 10 * len(CASES)
