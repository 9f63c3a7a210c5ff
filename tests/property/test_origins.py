"""The promise of a place: what is told to be proven is so. Change the scalar there, and the field follows.

Every scalar of every drawn object is located; all the places that are called proven get texts of their own, each once,
and after a second build each field must hold the text of its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.likely import leaves
from hydrogitops.charts.origins import Located, Origins
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.config.configuration import DEFAULT
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.look import see
from hydrogitops.linter.views import Seen
from hydrogitops.model import AppliedObject, Field, ObjectRef, Place, Route, Span
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

from .drawn_kustomizations import drawn
from .drawn_objects import Drawn

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="PLACES ARE NOT PROVEN: extra `engines` is missing")

NAMING = ("name", "containerPort", "protocol", "mountPath", "kind", "apiVersion", "namespace", "schedule", "port")
"""What names something: to change it is to change what else belongs together."""
CASES = range(18)
MOST = 60
"""Builds for claims that do not hold at once."""


@dataclass(frozen=True)
class Claim:
    """A field of a draw's object, its value, and the place that is said to decide it."""

    draw: Drawn
    ref: ObjectRef
    path: Route
    value: Any
    span: Span

    @property
    def selects(self) -> bool:
        """A label decides which patches are for an object: with many changed at once it is another repository."""
        return bool({"labels", "annotations", "matchLabels"}.intersection(self.path))

    @property
    def names(self) -> bool:
        return self.path[-1] in NAMING


@dataclass
class Outcome:
    known: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    built: int = 0
    wrong: list[str] = field(default_factory=list)


def looked(root: Path) -> tuple[Sources, Seen]:
    sources = Sources(root)
    discovered = discover(sources, DEFAULT)
    return sources, see(sources, discovered.environments, DEFAULT, render=True)


def fields(view: EnvironmentView) -> Iterator[tuple[ObjectRef, Route, Any]]:
    for applied in view.objects:
        for path, value in leaves(applied.data):
            if value is not None and path not in (("kind",), ("apiVersion",)):
                yield applied.ref, path, value


def located(sources: Sources, seen: Seen, name: str) -> dict[tuple[ObjectRef, Route], tuple[Located, Span, Any]]:
    view = next(view for view in seen.views if view.name == name)
    found = {}
    for ref, path, value in fields(view):
        at = seen.origins[name].locate(Field(ref, path))
        found[ref, path] = at, sources.span(at.place), value
    return found


def marked(text: str, value: Any, number: int) -> str:
    """A text for a place that no other place has; numbers stay numbers, and an image keeps its name."""
    if isinstance(value, bool):
        return "true" if text == "false" else "false"
    if isinstance(value, int):
        return str(70000 + number)
    before, text, behind = re.fullmatch(r"""(\\?["']?)(.*?)(\\?["']?)""", text).groups()  # type: ignore[union-attr]
    key, equals, _ = text.partition("=")
    name, colon, tag = text.rpartition(":")
    kept = f"{key}=" if equals else f"{name}:" if colon and "/" not in tag and "sha256" not in text else ""
    return f"{before}{kept}m{number}x{behind}"


def edited(files: Mapping[str, str], edits: Mapping[Span, str]) -> dict[str, str]:
    changed = dict(files)
    for name in {span.file for span in edits}:
        lines = changed[name].splitlines(keepends=True)
        for span in sorted((s for s in edits if s.file == name), reverse=True):
            assert span.line == span.end_line, f"{span} is no scalar on one line"
            line = lines[span.line - 1]
            lines[span.line - 1] = line[: span.column - 1] + edits[span] + line[span.end_column - 1 :]
        changed[name] = "".join(lines)
    return changed


def _holds(mark: str, now: Any, before: Any) -> bool:
    """Whether a field has what of a mark is its own: the number; of a truth value there is only the other one."""
    own = re.findall(r"m\d+x|7\d{4,}", mark)
    return str(own[-1]) in str(now) if own else now != before


def _named(ref: ObjectRef) -> ObjectRef:
    """The name without what the content of a generated object adds to it."""
    return (
        ref._replace(name=re.sub(r"^(.*cfg\d+.*?)-[a-z0-9]{10}$", r"\1", ref.name)) if ref.kind == "ConfigMap" else ref
    )


def text_at(files: Mapping[str, str], span: Span) -> str:
    return files[span.file].splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


def judge(root: Path, draws: list[Drawn]) -> Outcome:
    outcome = Outcome()
    files = {name: text for draw in draws for name, text in draw.files.items()}
    write(root / "one", files)
    sources, seen = looked(root / "one")
    views = {view.environment.folder: view for view in seen.views}
    marks: dict[Span, str] = {}
    claims = []
    for draw in draws:
        view = views.get(draw.top)
        if view is None or not view.built:
            outcome.broken.append(draw.folder)
            continue
        outcome.built += 1
        for (ref, path), (at, span, value) in located(sources, seen, view.name).items():
            outcome.known[at.known if at.exists else f"{at.known}, missing"] += 1
            if at.known == "proven":
                marks.setdefault(span, marked(text_at(files, span), value, len(marks)))
                claims.append(Claim(draw, ref, path, value, span))
                if not at.exists:
                    outcome.wrong.append(f"{ref.kind}/{ref.name} {path}: proven, but not there: {span}")
    trial = _Trial(root, marks)
    for selects in (False, True):
        trial.held(files, [claim for claim in claims if claim.selects is selects and not claim.names])
    outcome.wrong += trial.wrong
    return outcome


@dataclass
class _Trial:
    """Builds with the places of claims changed. `left`: how many more there may be for what did not hold at once."""

    root: Path
    marks: Mapping[Span, str]
    left: int = field(default_factory=lambda: MOST)
    wrong: list[str] = field(default_factory=list)
    count: int = 0

    def held(self, files: Mapping[str, str], claims: Sequence[Claim]) -> None:
        """Change the places of all claims; those whose field does not follow are tried again, by and by each alone."""
        self.count += 1
        now, built = after(self.root / f"try{self.count}", files, claims, self.marks)
        unsure = [one for one in claims if not _holds(self.marks[one.span], now.get(_key(one)), one.value)]
        if len(claims) == 1:
            # Alone, a label may leave a patch without its object, so that nothing is built, or the field is gone with it.
            self.wrong += [_said(one) for one in unsure if one.draw.top in built and now.get(_key(one)) == one.value]
            return
        for draw in dict.fromkeys(one.draw.folder for one in unsure):
            again = [one for one in unsure if one.draw.folder == draw]
            for some in (again[: len(again) // 2], again[len(again) // 2 :]):
                if some and self.left:
                    self.left -= 1
                    self.held(some[0].draw.files, some)
                else:
                    self.wrong += [f"{_said(one)} (not tried)" for one in some]


def _said(one: Claim) -> str:
    where = f"{one.span.file}:{one.span.line}:{one.span.column}"
    return f"{one.ref.kind}/{one.ref.name} {one.path} {one.value!r} is not from {where}"


Key = tuple[str, ObjectRef, Route]


def after(
    root: Path, files: Mapping[str, str], claims: Sequence[Claim], marks: Mapping[Span, str]
) -> tuple[dict[Key, Any], set[str]]:
    """All fields once the places of the claims are changed, and the folders that can still be built."""
    write(root, edited(files, {claim.span: marks[claim.span] for claim in claims}))
    _, seen = looked(root)
    built = {view.environment.folder or "": view for view in seen.views if view.built}
    now = {(top, _named(ref), path): value for top, view in built.items() for ref, path, value in fields(view)}
    return now, set(built)


def _key(claim: Claim) -> Key:
    return claim.draw.top, _named(claim.ref), claim.path


def test_a_proven_place_decides_its_field(tmp_path: Path) -> None:
    outcome = judge(tmp_path, [drawn(seed, f"c{seed}") for seed in CASES])
    assert outcome.wrong == []
    assert outcome.built > len(CASES) * 0.6, outcome.broken
    # Were nothing proven, nothing could be wrong.
    assert outcome.known["proven"] > 0.95 * outcome.known.total(), outcome.known


def test_a_false_promise_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_written(origins: Origins, applied: AppliedObject, field: Field) -> Located | None:
        place = applied.source
        if place is None:
            return None
        return Located(Place(place.file, place.document, (*place.path, *field.path)), "proven")

    monkeypatch.setattr(Origins, "_existing", as_written)
    monkeypatch.setattr("tests.property.test_origins.MOST", 4)
    assert judge(tmp_path, [drawn(seed, f"c{seed}") for seed in CASES[:3]]).wrong != []
