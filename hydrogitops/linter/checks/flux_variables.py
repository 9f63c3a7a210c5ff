"""Checks on the variables that Flux puts into what it applies."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.linter.inputs import EnvironmentView, Parameters, nodes
from hydrogitops.model import Fault, Place, Related, Route, Stage, Suggestion
from hydrogitops.source.shapes import as_list, node


def substitution_unset(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A variable that has neither value nor default: it becomes empty."""
    for stage in view.environment.stages:
        if stage.variables is None or stage.unknown:
            continue
        found: dict[str, list[Place]] = {name: [] for name in sorted(stage.unset or ())}
        for name, place in _uses(view, stage, stage.variables):
            # Of what was built it is known; else what is applied as it is written tells.
            if name in found or stage.unset is None:
                found.setdefault(name, []).append(place)
        for name, places in found.items():
            yield _unset(stage, name, places)


def _unset(stage: Stage, name: str, places: list[Place]) -> Fault:
    at = stage.declared
    declared = Place(at.file, at.document, (*at.path, "spec", "postBuild"), "key")
    return Fault(
        rule="",
        message=f"${{{name}}} has no value in the Kustomization {stage.name} and no default: it becomes empty",
        at=places[0] if places else declared,
        label="becomes empty",
        related=(
            *(Related(place, "here too") for place in places[1:]),
            *((Related(declared, "the variables that have a value"),) if places else ()),
        ),
        fix=Suggestion(f"give {name} a value, or write $${{{name}}} where the text itself is meant"),
    )


def _uses(view: EnvironmentView, stage: Stage, variables: Mapping[str, str]) -> Iterator[tuple[str, Place]]:
    """Variables without value in what a stage is made of: documents, patches, files of generators."""
    whole = {(one.source.file, one.source.document) for one in view.objects if one.source is not None}
    for file, index in stage.documents:
        if stage.unset is not None or (file, index) in whole:
            yield from _in_document(view, file, index, variables)
    if stage.unset is None:
        return
    for patch in view.environment.patches:
        if patch.release == "":
            start, index = ((), patch.document) if patch.inline is None else (patch.inline, patch.outer)
            for route, name, word in _in_texts(patch.data, variables):
                yield name, Place(patch.file, index, (*start, *route), "value", word)
    for file in sorted(_generating(view)):
        read = view.read(file)
        for document in read.documents if read is not None else ():
            yield from _in_document(view, file, document.number, variables)


def _generating(view: EnvironmentView) -> Iterator[str]:
    """The files that generators take."""
    for file in view.environment.files:
        read = view.read(file) if is_kustomization(file) else None
        data = read.documents[0].data if read is not None and read.documents else None
        for generator in ("configMapGenerator", "secretGenerator"):
            for item in as_list(node(data, (generator,))):
                for text in as_list(node(item, ("files",))):
                    yield join(posixpath.dirname(file), str(text).rpartition("=")[2])


def _in_document(
    view: EnvironmentView, file: str, index: int, variables: Mapping[str, str]
) -> Iterator[tuple[str, Place]]:
    # Only an engine that has variables asks.
    from hydrogitops.charts.substitution import keeps_variables

    read = view.read(file)
    data = next((one.data for one in read.documents if one.number == index), None) if read is not None else None
    if keeps_variables(data):
        return
    for route, name, word in _in_texts(data, variables):
        yield name, Place(file, index, route, "value", word)


def _in_texts(data: object, variables: Mapping[str, str]) -> Iterator[tuple[Route, str, tuple[int, int]]]:
    from hydrogitops.charts.substitution import SubstitutionError, substituted

    for route, text in nodes(data):
        if isinstance(text, str) and "${" in text:
            try:
                _, uses = substituted(text, variables)
            except SubstitutionError:
                continue
            yield from ((route, use.name, (use.start, use.end)) for use in uses)
