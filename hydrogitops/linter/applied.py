"""What an environment applies, as text: every object that the engine would send to the cluster, in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydrogitops.charts.lineage import CLUSTER_SCOPED
from hydrogitops.model import AppliedObject, Environment, UserError
from hydrogitops.repo.environments import discover
from hydrogitops.secrets.plaintext import NOT_SHOWN, SECRET_FIELDS
from hydrogitops.source import emitting

from .inputs import EnvironmentView
from .look import see
from .options import check_names, open_sources
from .run import read_configuration

_BUILT_IN = re.compile(r"[^./]*(?:/[^/]*)?|[^/]*\.k8s\.io/.*")
"""API versions of Kubernetes itself. What is custom is in a namespace or not, as its definition in the cluster says."""


def applied(
    start: Path, environments: Sequence[str], *, into: Path | None = None
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, text and remarks of each environment (all of them where none is named).

    Values of Secrets are not in the text. UserError for an unknown environment or one that cannot be rendered, and,
    where the texts go `into` the folder that an engine applies them from, for a text that must not be applied.
    """
    sources = open_sources([start])
    configuration = read_configuration(sources)
    found = list(discover(sources, configuration).environments)
    check_names(environments, [environment.name for environment in found])
    if not found:
        raise UserError("there is no environment here", "hydrogitops lint says what it finds")
    wanted = [environment for environment in found if not environments or environment.name in environments]
    seen = see(sources, wanted, configuration, render=True)
    for view in seen.views:
        if not view.built:
            reasons = [gap.reason for gap in seen.unseen if gap.environment == view.name]
            raise UserError(f"{view.name} cannot be rendered: {'; '.join(reasons)}")
        if into is not None and _is_applied_from(sources.root, view.environment, into):
            _refuse_what_is_not_whole(view)
        remarks = []
        if view.evidence == "stand-in":
            remarks.append(f"{view.name}: the chart is not in the repository; the stand-in chart takes its place")
        if any(one.ref.kind == "Secret" for one in view.objects):
            remarks.append(f"{view.name}: what its Secrets hold is not shown")
        yield view.name, text(view.objects, destination(view.environment)), tuple(remarks)


def _is_applied_from(root: Path, environment: Environment, folder: Path) -> bool:
    rendered = environment.rendered
    return bool(rendered) and (folder / environment.name).resolve() == (root / rendered).resolve()


def _refuse_what_is_not_whole(view: EnvironmentView) -> None:
    where = f"{view.environment.rendered} is what is applied to {view.name}"
    if view.evidence == "stand-in":
        raise UserError(
            f"{where}, and the chart that it is made from is not in the repository",
            "unpack it into charts/serving, and drop repo and version from helmCharts",
        )
    if any(one.ref.kind == "Secret" for one in view.objects):
        raise UserError(
            f"{where}, and it would hold a plain Secret", "seal it: hydrogitops explain secrets/plain-secret"
        )


def destination(environment: Environment) -> str:
    """The namespace of what states none, where the engine fills it in and has not done so yet; else empty."""
    return environment.namespace if environment.application is not None else ""


def text(objects: Sequence[AppliedObject], namespace: str = "") -> str:
    """Objects as a YAML stream, sorted by kind, namespace and name; keys as the engine has them.

    `namespace`: put on what states none and has to be in one.
    """
    placed = [(namespace if _wants_namespace(one) else one.ref.namespace, one) for one in objects]
    ordered = sorted(placed, key=lambda item: (item[1].ref.kind, item[0], item[1].ref.name, item[1].ref.api_version))
    return emitting.stream(_namespaced(_masked(one), space) for space, one in ordered)


def _wants_namespace(one: AppliedObject) -> bool:
    built_in = _BUILT_IN.fullmatch(str(one.data.get("apiVersion", ""))) is not None
    return not one.ref.namespace and built_in and one.ref.kind not in CLUSTER_SCOPED


def _namespaced(data: Mapping[str, Any], namespace: str) -> Mapping[str, Any]:
    metadata = data.get("metadata")
    if not namespace or not isinstance(metadata, Mapping) or metadata.get("namespace"):
        return data
    return {**data, "metadata": {**metadata, "namespace": namespace}}


def _masked(one: AppliedObject) -> Mapping[str, Any]:
    if one.ref.kind != "Secret":
        return one.data
    return {
        key: dict.fromkeys(value, NOT_SHOWN) if key in SECRET_FIELDS and isinstance(value, Mapping) else value
        for key, value in one.data.items()
    }
