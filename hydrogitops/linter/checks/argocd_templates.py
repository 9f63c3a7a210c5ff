"""Checks on what the template of an ApplicationSet and its patch make of Applications."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.linter.argocd_objects import documents, made, missing
from hydrogitops.linter.inputs import Parameters, RepositoryView
from hydrogitops.linter.template_patches import patches
from hydrogitops.model import Document, Fault, Place, Suggestion
from hydrogitops.source.shapes import node

AUTOMATED = ("spec", "syncPolicy", "automated")


def template_unsafe(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A Go template that fills in nothing for a key that isn't there; a patch that empties or moves what it is for."""
    for document in documents(view, "ApplicationSet"):
        if node(document.data, ("spec", "goTemplate")) is not True:
            continue
        name = node(document.data, ("metadata", "name"))
        options = node(document.data, ("spec", "goTemplateOptions"))
        if "missingkey=error" not in (options if isinstance(options, list) else []):
            route = ("spec", "goTemplateOptions") if options is not None else ("spec",)
            yield Fault(
                rule="",
                message=f"where a parameter is missing the ApplicationSet {name} writes `<no value>` and goes on",
                at=Place(document.file, document.number, route, "insert"),
                label="missingkey=error is not set",
                fix=Suggestion('write goTemplateOptions: ["missingkey=error"]'),
            )
        yield from _patch(view, document, str(name))


def prune_off(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """Automated sync that leaves in the cluster what git drops."""
    for document in documents(view, "Application"):
        for environment, _ in made(view, document):
            if _leaves(node(document.data, AUTOMATED)):
                yield _left(environment, missing(document, (*AUTOMATED, "prune")))
    for document in documents(view, "ApplicationSet"):
        template, text = (node(document.data, ("spec", key)) for key in ("template", "templatePatch"))
        for environment, values in made(view, document):
            for patch in patches(text, values) if isinstance(text, str) else [{}]:
                stated = node(patch, AUTOMATED)
                if _leaves(_over(node(template, AUTOMATED), stated)):
                    at = missing(document, ("spec", "template", *AUTOMATED, "prune"))
                    if isinstance(stated, Mapping) and isinstance(text, str):
                        at = _word(Place(document.file, document.number, ("spec", "templatePatch")), text, stated)
                    yield _left(environment, at)
                    break


def _patch(view: RepositoryView, document: Document, name: str) -> Iterator[Fault]:
    text = node(document.data, ("spec", "templatePatch"))
    if not isinstance(text, str):
        return
    at = Place(document.file, document.number, ("spec", "templatePatch"))
    for environment, values in made(view, document):
        became = patches(text, values)
        emptied = any("spec" in patch and patch["spec"] is None for patch in became)
        moved = any(node(patch, ("spec", "project")) is not None for patch in became)
        if emptied:
            yield Fault(
                rule="",
                message=f"the templatePatch of {name} can be an empty spec, which clears what the template says",
                at=at,
                label="can empty spec",
                environment=environment,
                fix=Suggestion("put `spec:` into the condition as well"),
            )
        elif moved:
            yield Fault(
                rule="",
                message=f"the templatePatch of {name} sets the project, and Argo CD leaves that as the template has it",
                at=at,
                label="sets the project",
                environment=environment,
                fix=Suggestion("set the project in the template"),
            )


def _leaves(automated: object) -> bool:
    """Whether a sync is automated and leaves what is gone from git."""
    if not isinstance(automated, Mapping):
        return False
    return automated.get("enabled") is not False and automated.get("prune") in (None, False)


def _left(environment: str, at: Place) -> Fault:
    return Fault(
        rule="",
        message=f"{environment or 'it'} is synced automatically without prune: what git drops stays in the cluster",
        at=at,
        label="prune: true is missing" if at.part == "insert" else "what git drops stays",
        environment=environment,
        fix=Suggestion("set automated.prune: true"),
    )


def _over(below: object, above: object) -> object:
    """A map over another one, as a strategic merge patch puts it there."""
    if not isinstance(above, Mapping):
        return below
    return {**(below if isinstance(below, Mapping) else {}), **above}


def _word(patch: Place, text: str, automated: Mapping[str, Any]) -> Place:
    """The key in the text of a patch that prune belongs to, or is wrong at."""
    wanted = r"\bprune\s*:\s*(\S+)" if automated.get("prune") is not None else r"^[\s{,]*(automated)\s*:"
    found = re.search(wanted, text, re.MULTILINE)
    return patch._replace(word=(found.start(1), found.end(1))) if found is not None else patch
