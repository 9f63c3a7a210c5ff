"""Checks on Applications and ApplicationSets: destinations, generators, what deleting and pruning does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.linter.argocd_objects import CAPABILITY, documents, made, missing
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView
from hydrogitops.linter.stated_values import OPEN
from hydrogitops.model import Fault, Place, Replacement, Suggestion
from hydrogitops.source.shapes import node

FINALIZER = "resources-finalizer.argocd.argoproj.io"

_ARN = r"arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster/[A-Za-z0-9][A-Za-z0-9_-]*"


def destination_invalid(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A destination with server and name, with neither, or of a kind that the EKS capability does not take."""
    application = view.environment.application
    if application is None:
        return
    stated = application.spec.get("destination")
    destination: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    server, name = (str(destination.get(key) or "") for key in ("server", "name"))
    if any("{{" in text for text in (server, name)):
        return
    if server and name:
        yield _wrong(
            f"{view.name} states server {server} and name {name} of its cluster, and Argo CD refuses both at once",
            application.place("destination"),
            "server and name",
            "keep one of the two",
        )
        return
    if not server and not name:
        at = next(
            (application.place("destination", key) for key in ("server", "name") if key in destination),
            application.place("destination") if isinstance(stated, Mapping) else application.missing("destination"),
        )
        message = f"{view.name} states neither server nor name of its cluster"
        yield _wrong(message, at, "no cluster", "state the server or the name")
        return
    managed = view.answers.get("flavour") == CAPABILITY or server.startswith("arn:")
    if managed and not server.startswith(OPEN) and re.fullmatch(_ARN, server) is None:
        at = application.place("destination", "server" if server else "name")
        message = f"{view.name} goes to {server or name}: the EKS capability of Argo CD takes the cluster's ARN only"
        yield _wrong(message, at, "no ARN of a cluster", "write arn:aws:eks:REGION:ACCOUNT:cluster/NAME as server")


def generator_empty(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A generator of an ApplicationSet that gives nothing, so no Application is made of it."""
    for one in view.empty_generators:
        meant = one.mend[1] if one.mend is not None else ""
        yield Fault(
            rule="",
            message=f"the generator finds nothing, so there is no Application: it looks for {one.what}"
            + (f"; did you mean {meant}?" if meant else ""),
            at=one.place,
            label=f"did you mean {meant}?" if meant else "finds nothing",
            fix=Suggestion(
                f"write {meant}" if meant else "correct what it looks for, or add that",
                (Replacement(*one.mend),) if one.mend is not None else (),
            ),
        )


def cascade_delete(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """An ApplicationSet that takes along all that it deployed when it is deleted."""
    for document in documents(view, "ApplicationSet"):
        stated = node(document.data, ("spec", "syncPolicy", "preserveResourcesOnDeletion"))
        finalizers = node(document.data, ("spec", "template", "metadata", "finalizers"))
        listed = finalizers if isinstance(finalizers, list) else []
        cascading = next((i for i, one in enumerate(listed) if str(one).startswith(FINALIZER)), None)
        if cascading is None and (listed or stated is True):
            continue
        if cascading is not None:
            at = Place(document.file, document.number, ("spec", "template", "metadata", "finalizers", cascading))
        else:
            at = missing(document, ("spec", "syncPolicy", "preserveResourcesOnDeletion"))
        name = node(document.data, ("metadata", "name"))
        for environment, _ in made(view, document):
            yield Fault(
                rule="",
                message=f"deleting the ApplicationSet {name} deletes its Applications and all that they deployed",
                at=at,
                label="deletion takes all along" if cascading is not None else "preserveResourcesOnDeletion: true",
                environment=environment,
                fix=Suggestion(
                    "drop the finalizer from the template"
                    if cascading is not None
                    else "set preserveResourcesOnDeletion: true in spec.syncPolicy"
                ),
            )


def _wrong(message: str, at: Place, label: str, mend: str) -> Fault:
    return Fault(rule="", message=message, at=at, label=label, fix=Suggestion(mend))
