"""Checks on whether Argo CD may build a kustomization the way that it has to be built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from hydrogitops.charts.kustomization import is_kustomization, references
from hydrogitops.linter.argocd_objects import CAPABILITY
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView
from hydrogitops.model import Document, Fault, Place, Related, Replacement, Suggestion
from hydrogitops.source.shapes import node

HELM, FILES = "--enable-helm", "--load-restrictor LoadRestrictionsNone"
OPTIONS = "kustomize.buildOptions"
CONFIGURATION = "argocd-cm"
INFLATOR = "HelmChartInflationGenerator"

_WHY = {HELM: "the chart is inflated by kustomize", FILES: "files outside the folder of the kustomization are read"}


class _Need(NamedTuple):
    """An option that a build needs, and what needs it."""

    option: str
    place: Place


def build_options(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A build that needs options which Argo CD does not have, or cannot be given."""
    if all(one.environment.application is None for one in view.environments):
        return
    configured = list(_configured(view))
    for environment in view.environments:
        application = environment.environment.application
        if application is None or environment.environment.rendered or environment.environment.unbuilt is not None:
            continue
        needs = list(_needs(view, environment))
        if not needs:
            continue
        if _managed(environment):
            yield _impossible(environment, needs)
            continue
        version = str(node(application.spec, ("source", "kustomize", "version")) or "")
        lacking = [[need for need in needs if not _has(one.data, need.option, version)] for one in configured]
        if not configured and not any(CONFIGURATION in file.text for file in view.files.values() if file.broken):
            yield _unknown(environment, needs)
        elif configured and all(lacking):
            yield _lacking(environment, configured[0], lacking[0])


def _configured(view: RepositoryView) -> Iterator[Document]:
    for file in view.files.values():
        for document in file.documents:
            kind, name = (node(document.data, route) for route in (("kind",), ("metadata", "name")))
            if (kind, name) == ("ConfigMap", CONFIGURATION):
                yield document


def _needs(view: RepositoryView, environment: EnvironmentView) -> Iterator[_Need]:
    """The options that a build needs, each with the first entry that needs it."""
    needs: dict[str, _Need] = {}
    own = environment.environment.folder or ""
    names = [name for name in environment.environment.files if is_kustomization(name)]
    # Of all that is built the environment's own file is what people look at first.
    for name in sorted(names, key=lambda one: (one.rpartition("/")[0] != own, one)):
        file = view.files.get(name)
        data = file.documents[0].data if file is not None and file.documents else None
        if not isinstance(data, Mapping):
            continue
        folder = name.rpartition("/")[0]
        if isinstance(data.get("helmCharts"), list) and data["helmCharts"]:
            needs.setdefault(HELM, _Need(HELM, Place(name, 0, ("helmCharts", 0))))
        for reference in references(folder, data):
            if reference.route[0] == "generators" and _inflates(view, reference.target):
                needs.setdefault(HELM, _Need(HELM, Place(name, 0, reference.route)))
            outside = bool(folder) and not reference.target.startswith(f"{folder}/")
            if reference.kind in ("component", "chart") or reference.address or not outside:
                continue
            if reference.kind == "resource" and reference.target not in view.files:
                # Another folder is built by itself.
                continue
            needs.setdefault(FILES, _Need(FILES, Place(name, 0, reference.route)))
    yield from (needs[option] for option in (HELM, FILES) if option in needs)


def _inflates(view: RepositoryView, name: str) -> bool:
    file = view.files.get(name)
    return any(node(one.data, ("kind",)) == INFLATOR for one in (file.documents if file is not None else ()))


def _managed(environment: EnvironmentView) -> bool:
    """Whether Amazon's managed Argo CD deploys it, which has no build options."""
    return environment.answers.get("flavour") == CAPABILITY or environment.environment.server.startswith("arn:")


def _has(data: Any, option: str, version: str) -> bool:
    """Whether a ConfigMap gives an option, for the version of kustomize that the Application asks for if it does."""
    keys = (f"{OPTIONS}.{version}", OPTIONS) if version else (OPTIONS,)
    return any(_gives(str(node(data, ("data", key)) or ""), option) for key in keys)


def _gives(text: str, option: str) -> bool:
    words = text.replace("=", " ").split()
    pairs = list(pairwise((*words, "")))
    if option == HELM:
        return any(word == HELM and following != "false" for word, following in pairs)
    return any(
        word in ("--load-restrictor", "--load_restrictor") and following in ("LoadRestrictionsNone", "none")
        for word, following in pairs
    )


def _lacking(environment: EnvironmentView, document: Document, needs: list[_Need]) -> Fault:
    stated = node(document.data, ("data", OPTIONS))
    route = ("data", OPTIONS) if stated is not None else ("data",) if node(document.data, ("data",)) is not None else ()
    at = Place(document.file, document.number, route, "value" if stated is not None else "insert")
    missing = " ".join(need.option for need in needs)
    text = f"{stated} {missing}" if isinstance(stated, str) and stated.strip() else missing
    return Fault(
        rule="",
        message=f"{environment.name} cannot be built by Argo CD: {OPTIONS} lacks {missing}",
        at=at,
        label=f"lacks {missing}",
        related=tuple(Related(need.place, _WHY[need.option]) for need in needs),
        environment=environment.name,
        fix=Suggestion(f"set {OPTIONS}: {text}", (Replacement(at, text),) if isinstance(stated, str) else ()),
    )


def _unknown(environment: EnvironmentView, needs: list[_Need]) -> Fault:
    wanted = " ".join(need.option for need in needs)
    return Fault(
        rule="",
        message=f"{environment.name} is built with {wanted}, and no {CONFIGURATION} in this repository says so",
        at=needs[0].place,
        mild="warning",
        label=_WHY[needs[0].option],
        environment=environment.name,
        fix=Suggestion(f"keep the ConfigMap {CONFIGURATION} here, with {OPTIONS}: {wanted}"),
    )


def _impossible(environment: EnvironmentView, needs: list[_Need]) -> Fault:
    wanted = " ".join(need.option for need in needs)
    return Fault(
        rule="",
        message=f"{environment.name} is built with {wanted}, which the EKS capability of Argo CD cannot be told",
        at=needs[0].place,
        label=_WHY[needs[0].option],
        related=tuple(Related(need.place, _WHY[need.option]) for need in needs[1:]),
        environment=environment.name,
        fix=Suggestion("keep what `hydrogitops render` gives in the repository, and point the Application there"),
    )
