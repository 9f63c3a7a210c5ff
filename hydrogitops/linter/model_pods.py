"""The pods of deployed models, which no manifest shows: as the configuration of Hydrosphere's manager shapes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydrogitops.charts.contract import named
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.charts.workloads import node
from hydrogitops.model import ObjectRef, Route

from .inputs import EnvironmentView

VALUE: Route = ("manager", "depconfig")
"""The value that shapes them; the chart appends it to the configuration."""

_NAME = "default-deployment-configuration"
_COMMENT = re.compile(r"^\s*(?:#|//).*$", re.MULTILINE)
_STATED = re.compile(rf'"?{_NAME}"?\s*[=:]\s*"""(.*?)"""', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ModelPods:
    """`spec`: what a pod's spec would hold of it: tolerations, nodeSelector, affinity. `configuration`: who says so."""

    spec: Mapping[str, Any]
    configuration: ObjectRef
    path: Route


def model_pods(view: EnvironmentView, values: ReleaseValues) -> ModelPods | None:
    """How the manager of a release shapes the pods of models; None where there is none, or nobody can tell."""
    for source in values.contract.fields if values.contract is not None else ():
        if source.value != VALUE:
            continue
        for applied in view.objects:
            if applied.ref.kind != source.kind or not named(source.name, applied.ref.name, values.release.name):
                continue
            text = node(applied.data, source.path)
            spec = _spec(text) if isinstance(text, str) else None
            return ModelPods(spec, applied.ref, source.path) if spec is not None else None
    return None


def _spec(configuration: str) -> Mapping[str, Any] | None:
    """What a configuration says of pods, the last time that it does; None where it says it in a way of its own."""
    text = _COMMENT.sub("", configuration)
    stated = _STATED.findall(text)
    if not stated:
        return None if _NAME in text else {}
    try:
        data = json.loads(stated[-1])
    except ValueError:
        return None
    pod = data.get("pod") if isinstance(data, Mapping) else None
    return pod if isinstance(pod, Mapping) else {}
