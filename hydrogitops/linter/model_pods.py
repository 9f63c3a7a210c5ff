"""The pods of deployed models, which no manifest shows: as the configuration of Hydrosphere's manager shapes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hydrogitops.charts.contract import named
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.model import ObjectRef, Route
from hydrogitops.source.shapes import node

from .inputs import EnvironmentView

VALUE: Route = ("manager", "depconfig")
"""The value that shapes them; the chart appends it to the configuration."""

_NAME = "default-deployment-configuration"
_COMMENT = r"(?m)^\s*(?:#|//).*$"
_STATED = rf'(?s)"?{_NAME}"?\s*[=:]\s*"""(.*?)"""'


class ModelPods(NamedTuple):
    """`spec`: what a pod's spec would hold of it: tolerations, nodeSelector, affinity. `configuration`: who says so."""

    spec: Mapping[str, Any]
    configuration: ObjectRef
    path: Route


def model_pods(view: EnvironmentView, values: ReleaseValues) -> ModelPods | None:
    """How the manager of a release shapes the pods of models; None where there is none, or nobody can tell."""
    for reference, path, text in _configurations(view, values):
        spec = _spec(text)
        return ModelPods(spec, reference, path) if spec is not None else None
    return None


def is_unclear(view: EnvironmentView, values: ReleaseValues) -> bool:
    """Whether a configuration says something of these pods, and nobody can tell what."""
    return any(_spec(text) is None for _, _, text in _configurations(view, values))


def _configurations(view: EnvironmentView, values: ReleaseValues) -> Iterator[tuple[ObjectRef, Route, str]]:
    """The texts that a manager is configured by, each with the object and the field that hold it."""
    for source in values.contract.fields if values.contract is not None else ():
        for applied in view.objects if source.value == VALUE else ():
            if applied.ref.kind == source.kind and named(source.name, applied.ref.name, values.release.name):
                text = node(applied.data, source.path)
                if isinstance(text, str):
                    yield applied.ref, source.path, text


def _spec(configuration: str) -> Mapping[str, Any] | None:
    """What a configuration says of pods, the last time that it does; None where it says it in a way of its own."""
    text = re.sub(_COMMENT, "", configuration)
    stated = re.findall(_STATED, text)
    if not stated:
        return None if _NAME in text else {}
    try:
        data = json.loads(stated[-1])
    except ValueError:
        return None
    pod = data.get("pod") if isinstance(data, Mapping) else None
    return pod if isinstance(pod, Mapping) else {}
