"""Environments that an engine builds stage by stage, and whose releases it renders from what comes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydrogitops.charts.engines import Build, BuildJob, Engines, Probe, RenderedChart, RenderFailure
from hydrogitops.charts.helm import Values
from hydrogitops.charts.post_rendering import Tree, Trees, post_rendering
from hydrogitops.charts.provenance import layers_of
from hydrogitops.charts.substitution import SubstitutionError, keeps_variables, substituted
from hydrogitops.charts.workloads import objects, ref
from hydrogitops.model import AppliedObject, Environment, Place, Release, Stage, Unseen
from hydrogitops.repo.environments import further_stages, resolved
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.sources import Sources
from hydrogitops.source import reading
from hydrogitops.source.text import DOCUMENT_START

from .stage_files import SEPARATOR, charted, made, text_of

ROUNDS = 8
"""How often a stage may give stages that were not known before."""
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_GAPS = ("missing", "refused")
"""Failures that say what is not at hand; of any other the engine applies nothing."""


_At = tuple[str, int]
"""A chart: its environment and its number there."""


@dataclass(slots=True)
class Staged:
    """What comes of an environment. `environment`: its releases are as the engine sees them; `whole`: nothing lacks.

    `at`: what declares the part that failed.
    """

    environment: Environment
    outcome: Build | RenderFailure
    unseen: list[Unseen] = field(default_factory=list)
    whole: bool = True
    at: Place | None = None


@dataclass(slots=True)
class _Work:
    """An environment on its way. `texts`: what each stage gives, by its name; `charts`: rendered, before patches."""

    environment: Environment
    stages: dict[str, Stage]
    texts: dict[str, str] = field(default_factory=dict)
    objects: dict[str, list[AppliedObject]] = field(default_factory=dict)
    unset: dict[str, set[str]] = field(default_factory=dict)
    """Variables without value in what each stage gives, by its name."""
    failure: RenderFailure | None = None
    at: Place | None = None
    """What declares the part that failed."""
    unseen: list[Unseen] = field(default_factory=list)
    whole: bool = True
    charts: list[tuple[Release, RenderedChart, str]] = field(default_factory=list)
    """With the text of its custom resource definitions."""

    def lacks(self, what: str, reason: str, at: Place) -> None:
        self.unseen.append(Unseen(what, reason, at.file, self.environment.name, at))

    def fails(self, failure: RenderFailure, at: Place) -> None:
        """Note that nothing comes of the environment; the first failure says why."""
        if self.failure is None:
            self.failure, self.at = failure, at

    def all_objects(self) -> list[AppliedObject]:
        return [one for name in self.stages for one in self.objects.get(name, ())]


class Stages:
    """One run over environments with stages. Must be closed."""

    def __init__(self, engines: Engines, sources: Sources, probe: Callable[[Environment], Probe] | None = None) -> None:
        self._engines = engines
        self._sources = sources
        self._probe = probe
        self._trees = Trees()
        self._works: dict[str, _Work] = {}

    def end(self) -> None:
        """Let nothing run on."""
        self._trees.end()

    def close(self) -> None:
        """Remove what is left; after `end`, when `staged` has come back."""
        self._trees.close()

    def job(self, environment: Environment, stage: Stage) -> BuildJob | None:
        """The build of a stage that is a kustomization as it lies there; None for any other."""
        plain = stage.resources is None and not stage.added and not charted(self._sources, stage)
        return BuildJob(stage.folder, environment.kubernetes, environment.helm) if plain else None

    def staged(
        self, environments: Sequence[Environment], built: Mapping[tuple[str, str], str | RenderFailure]
    ) -> list[Staged]:
        """What comes of the environments; `built`: the outcomes of `job`, by environment and stage."""
        works = [_Work(one, {stage.name: stage for stage in one.stages}) for one in environments]
        waiting = [(work, stage) for work in works for stage in work.environment.stages]
        known = dict(built)
        for _ in range(ROUNDS):
            self._build(waiting, known)
            waiting, known = [], {}
            for work in works:
                if work.failure is None:
                    for stage in further_stages(self._sources, work.environment, list(work.stages.values()),
                                                work.all_objects()):  # fmt: skip
                        work.stages[stage.name] = stage
                        waiting.append((work, stage))
            if not waiting:
                break
        for work, stage in waiting:
            work.lacks(f"what {stage.name} applies", "stages lead to stages without end", stage.declared)
            work.whole = False
        return self._released(works)

    # Stages ----------------------------------------------------------------------------------------------------------

    def _build(
        self, waiting: Sequence[tuple[_Work, Stage]], built: Mapping[tuple[str, str], str | RenderFailure]
    ) -> None:
        outcomes: dict[int, str | RenderFailure] = {}
        trees: list[tuple[int, Tree]] = []
        for number, (work, stage) in enumerate(waiting):
            key = work.environment.name, stage.name
            if key in built:
                outcomes[number] = built[key]
            elif isinstance(found := made(self._sources, stage), Tree):
                trees.append((number, found))
            else:
                outcomes[number] = found
        for (number, _), outcome in zip(trees, self._trees.built([tree for _, tree in trees]), strict=True):
            outcomes[number] = outcome
        for number, (work, stage) in enumerate(waiting):
            self._take(work, stage, outcomes[number])

    def _take(self, work: _Work, stage: Stage, outcome: str | RenderFailure) -> None:
        if not isinstance(outcome, RenderFailure):
            outcome = self._finished(work, stage, outcome)
        if isinstance(outcome, RenderFailure):
            if outcome.kind in _GAPS:
                work.lacks(f"what {stage.name} applies in {work.environment.name}", _said(outcome), stage.declared)
                work.whole = False
            else:
                work.fails(outcome, stage.declared)
            return
        work.texts[stage.name] = outcome
        work.objects[stage.name] = list(objects(reading.read("", outcome)))

    def _finished(self, work: _Work, stage: Stage, text: str) -> str | RenderFailure:
        """What kustomize gives with variables filled in, and with what the engine puts on every object."""
        if stage.variables is not None:
            wrong = next((name for name in stage.variables if _NAME.fullmatch(name) is None), None)
            if wrong is not None:
                return RenderFailure(
                    f"{stage.name}: {wrong} is no name of a variable, and the engine refuses it", "failed"
                )
            texts = []
            for document in filter(str.strip, DOCUMENT_START.split(text)):
                filled = self._filled(work, stage, document)
                if isinstance(filled, RenderFailure):
                    return filled
                if filled is not None:
                    texts.append(filled)
            text = SEPARATOR.join(texts)
        return _marked(text, stage.labels, stage.annotations)

    def _filled(self, work: _Work, stage: Stage, document: str) -> str | RenderFailure | None:
        """An object with its variables; None where one of them is known to the cluster alone."""
        if "$" not in document:
            return document
        data = next((one.data for one in reading.read("", document).documents), None)
        if keeps_variables(data):
            return document
        try:
            text, uses = substituted(document, stage.variables or {})
        except SubstitutionError as error:
            return RenderFailure(f"{stage.name}: {error}", error.kind)
        missing = {one.name for one in uses}
        work.unset.setdefault(stage.name, set()).update(() if stage.unknown else missing)
        if missing and stage.unknown:
            reference = ref(data)
            what = f"{reference.kind} {reference.name}" if reference is not None else "an object"
            names, places = ", ".join(sorted(missing)), " and ".join(stage.unknown)
            work.lacks(
                f"{what} of {stage.name}", f"the value of {names} comes from {places}, not from here", stage.declared
            )
            work.whole = False
            return None
        if reading.read("", text).broken:
            return RenderFailure(f"{stage.name}: with its variables filled in, an object is no YAML", "failed")
        return text if text.endswith("\n") else f"{text}\n"

    # Releases --------------------------------------------------------------------------------------------------------

    def _released(self, works: Sequence[_Work]) -> list[Staged]:
        """The releases of all environments: charts one by one, what changes them side by side."""
        for work in works:
            if work.failure is None:
                self._charts(work)
        self._works = {work.environment.name: work for work in works}
        texts = self._post_rendered(
            {(w.environment.name, i): c.text for w in works for i, (_, c, _) in enumerate(w.charts)}
        )
        return [self._result(work, texts) for work in works]

    def probed(self, names: Sequence[str]) -> dict[str, Build | RenderFailure]:
        """What environments would apply with the probe over their values; after `staged`."""
        works = [self._works[name] for name in names]
        tried = {(w.environment.name, i): c.probed for w in works for i, (_, c, _) in enumerate(w.charts)}
        texts = self._post_rendered({at: text for at, text in tried.items() if isinstance(text, str)})
        # A release without a credential is as it was.
        rest = {at: self._works[at[0]].charts[at[1]][1].text for at, text in tried.items() if text is None}
        texts |= self._post_rendered(rest) | {at: one for at, one in tried.items() if isinstance(one, RenderFailure)}
        return {work.environment.name: self._result(work, texts).outcome for work in works}

    def _post_rendered(self, texts: Mapping[_At, str]) -> dict[_At, str | RenderFailure]:
        """What post-renderers make of rendered charts, one after the other, the charts side by side."""
        results: dict[_At, str | RenderFailure] = dict(texts)
        turn = 0
        while True:
            trees: dict[_At, Tree] = {}
            for at, text in results.items():
                release = self._works[at[0]].charts[at[1]][0]
                renderers = release.post_renderers or ({},)
                if turn < len(renderers) and isinstance(text, str) and has_object(text):
                    namespace = release.namespace if turn == len(renderers) - 1 else ""
                    trees[at] = post_rendering(f"release {release.name}", text, renderers[turn], namespace)
            if not trees:
                return results
            results |= zip(trees, self._trees.built(list(trees.values())), strict=True)
            turn += 1

    def _charts(self, work: _Work) -> None:
        """Render the charts of an environment, as its HelmReleases are by now."""
        stages = tuple(one._replace(unset=frozenset(work.unset.get(one.name, ()))) for one in work.stages.values())
        found = resolved(self._sources, work.environment._replace(stages=stages), work.all_objects())
        work.environment = found.environment
        for release, reason in found.unrendered:
            work.lacks(f"what release {release.name} applies", reason, release.declared)
        for release, reason in found.partly:
            work.lacks(f"further values of release {release.name}", reason, release.declared)
        left = {release.name for release, _ in found.unrendered}
        partly = {release.name for release, _ in found.partly}
        probe = self._probe(found.environment) if self._probe is not None else None
        for release in found.environment.releases:
            if release.name in left:
                continue
            try:
                work.charts.append(self._chart(found.environment, release, probe))
            except RenderFailure as failure:
                if failure.kind in _GAPS or release.name in partly:
                    work.lacks(f"what release {release.name} applies", _said(failure), release.declared)
                else:
                    work.fails(failure, release.declared)

    def _chart(
        self, environment: Environment, release: Release, probe: Probe | None
    ) -> tuple[Release, RenderedChart, str]:
        chart = chart_folder(self._sources, release)
        assert chart is not None
        layers = layers_of(release, {layer.file: self._sources.get(layer.file) for layer in release.layers})
        values: list[Values] = [
            layer.data if layer.layer.inline or layer.layer.text is not None else Path(layer.layer.file)
            for layer in layers
        ]

        def render(values: Sequence[Values], *, crds: bool = False) -> str:
            return self._engines.render(
                chart,
                values,
                release=release.name,
                namespace=release.namespace,
                kubernetes=environment.kubernetes,
                helm=environment.helm,
                include_crds=crds,
                skip_tests=release.skip_tests,
            )

        text = render(values)
        definitions = ""
        if release.crds and any(chart.rglob("crds")):
            # They go to the cluster as they are, before everything else.
            definitions = render(values, crds=True).removesuffix(text)
        layer = probe(release.name) if probe is not None else {}
        probed: str | RenderFailure | None = None
        if layer:
            try:
                probed = render([*values, layer])
            except RenderFailure as failure:
                probed = failure
        return release, RenderedChart(release.name, release.namespace, release.folder or "", text, probed), definitions

    def _result(self, work: _Work, texts: Mapping[_At, str | RenderFailure]) -> Staged:
        environment = work.environment
        done = [texts[environment.name, number] for number in range(len(work.charts))]
        failure, at = work.failure, work.at
        for (release, _, _), outcome in zip(work.charts, done, strict=True):
            if failure is None and isinstance(outcome, RenderFailure):
                given = {chart.release: chart.text for _, chart, _ in work.charts}
                failure, at = RenderFailure(outcome.message, outcome.kind, outcome.hint, given), release.declared
        if failure is None and not work.texts:
            failure = RenderFailure("nothing of it is at hand", "missing")
        if failure is not None:
            return Staged(environment, failure, work.unseen, whole=False, at=at)
        applied = [work.texts.get(name, "") for name in work.stages]
        for (release, _, definitions), text in zip(work.charts, done, strict=True):
            assert isinstance(text, str)
            applied += [definitions, _marked(text, release.labels, release.annotations)]
        stream = SEPARATOR.join(_ended(text) for text in applied if text.strip())
        charts = tuple(chart for _, chart, _ in work.charts)
        return Staged(environment, Build(stream, charts), work.unseen, work.whole)


def has_object(text: str) -> bool:
    """Whether there is an object in a stream: kustomize refuses to build nothing."""
    return re.search(r"^kind:", text, re.MULTILINE) is not None


def _marked(text: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """A stream with labels and annotations on every object, over those that it has."""
    if not labels and not annotations:
        return text
    marked = []
    for document in reading.read("", text).documents:
        data: Any = document.data
        if isinstance(data, Mapping):
            metadata = dict(data.get("metadata") or {})
            for key, more in (("labels", labels), ("annotations", annotations)):
                if more:
                    metadata[key] = {**(metadata.get(key) or {}), **more}
            marked.append(text_of({**data, "metadata": metadata}))
    return SEPARATOR.join(marked)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _said(failure: RenderFailure) -> str:
    return failure.message + (f"; {failure.hint}" if failure.hint else "")
