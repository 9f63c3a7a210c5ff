"""Fields that kustomize writes of its own accord: selectors that take labels, references that follow a name.

As in api/internal/konfig/builtinpluginconsts of kustomize 5.8. A step through a list goes to each of its items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hydrogitops.model import Route

TEMPLATED = frozenset(("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job"))
"""Kinds with a pod template that takes labels and annotations."""
_SELECTING = ("labelSelector", "matchLabels")
_AFFINITY = tuple(
    ("spec", "template", "spec", "affinity", kind, *rule, *_SELECTING)
    for kind in ("podAffinity", "podAntiAffinity")
    for rule in (
        ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm"),
        ("requiredDuringSchedulingIgnoredDuringExecution",),
    )
)
_SPREAD = ("spec", "template", "spec", "topologySpreadConstraints", *_SELECTING)
_MATCH = ("spec", "selector", "matchLabels")
_MADE: Mapping[str, Route] = {
    "Service": ("spec", "selector"),
    "ReplicationController": ("spec", "selector"),
    "Deployment": _MATCH,
    "ReplicaSet": _MATCH,
    "DaemonSet": _MATCH,
    "StatefulSet": _MATCH,
}
"""Selectors that are made where there is none."""
_FOUND: Mapping[str, tuple[Route, ...]] = {
    "Deployment": (*_AFFINITY, _SPREAD),
    "StatefulSet": (*_AFFINITY, _SPREAD),
    "Job": (_MATCH,),
    "CronJob": (("spec", "jobTemplate", *_MATCH),),
    "PodDisruptionBudget": (_MATCH,),
    "NetworkPolicy": (
        ("spec", "podSelector", "matchLabels"),
        ("spec", "ingress", "from", "podSelector", "matchLabels"),
        ("spec", "egress", "to", "podSelector", "matchLabels"),
    ),
}
_REFERENCES = frozenset(
    (
        "adminSecretName", "claimName", "ingressClassName", "policyName", "priorityClassName", "secretName",
        "serviceAccountName", "serviceName", "storageClassName", "userSecretName", "volumeName",
    )
)  # fmt: skip
_HOLDERS = frozenset(
    (
        "backendRefs", "configMap", "configMapKeyRef", "configMapRef", "imagePullSecrets", "roleRef", "scaleTargetRef",
        "secret", "secretKeyRef", "secretRef", "service", "subjects",
    )
)  # fmt: skip
"""What refers to something by its key `name`."""


def selectors(kind: object) -> Iterator[tuple[Route, bool]]:
    """The selectors of a kind that take labels, and whether one is made where there is none."""
    if kind in _MADE:
        yield _MADE[str(kind)], True
    for route in _FOUND.get(str(kind), ()):
        yield route, False


def stated(kind: object, specs: object) -> Iterator[tuple[Route, bool]]:
    """The fields of a kind that a kustomization names for its labels, and whether one is made where it is not there."""
    for spec in specs if isinstance(specs, list) else ():
        path = spec.get("path") if isinstance(spec, Mapping) else None
        if isinstance(path, str) and spec.get("kind") in (None, "", kind):
            steps = re.split(r"(?<!\\)/", path.replace("[]", ""))
            yield tuple(step.replace("\\/", "/") for step in steps), spec.get("create") is True


def templates(kind: object, part: str) -> Iterator[Route]:
    """Where the labels or annotations of a kind's templates stand."""
    if kind in TEMPLATED:
        yield ("spec", "template", "metadata", part)
    elif kind == "CronJob":
        yield ("spec", "jobTemplate", "metadata", part)
        yield ("spec", "jobTemplate", "spec", "template", "metadata", part)


def is_reference(path: Route) -> bool:
    """Whether a field names another object, so that it changes with what that is called."""
    keys = [key for key in path if isinstance(key, str)]
    return keys[-1:] != [] and (
        keys[-1] in _REFERENCES or (keys[-1] == "name" and keys[-2:-1] != [] and keys[-2] in _HOLDERS)
    )
