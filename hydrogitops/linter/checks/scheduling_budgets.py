"""Checks on disruption budgets: whether a drain of a node ever ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.linter.inputs import EnvironmentView, Parameters, text_of
from hydrogitops.model import Fault, Field, Related, Suggestion, Workload
from hydrogitops.source.shapes import node

MANY = 10_000
"""Replicas, for whether more of them would help."""
_SHARE = r"([0-9]{1,9})(%)?"


def single_replica_pdb(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A PodDisruptionBudget that lets no pod go, so that a drain of the node never ends."""
    for budget in view.objects:
        if budget.ref.kind != "PodDisruptionBudget":
            continue
        spec = budget.data.get("spec")
        spec = spec if isinstance(spec, Mapping) else {}
        for workload in view.workloads:
            if workload.kind not in ("Deployment", "StatefulSet", "ReplicaSet") or not _selected(budget.data, workload):
                continue
            if (
                workload.object.ref.namespace != budget.ref.namespace
                and budget.ref.namespace
                and workload.ref.namespace
            ):
                continue
            replicas = workload.replicas if workload.replicas is not None else 1
            # Of a workload that is scaled to none an autoscaler keeps its hands off.
            replicas = replicas and max(replicas, _scaled_to(view, workload))
            kept = "minAvailable" if "minAvailable" in spec else "maxUnavailable"
            if replicas == 0 or _lets_go(spec, replicas):
                continue
            # Where it lets none go of however many, there is no sense in more of them.
            mendable = _lets_go(spec, max(MANY, replicas))
            stated = mendable and replicas == 1 and "replicas" in workload.object.data.get("spec", {})
            least = Field(budget.ref, ("spec", kept), missing=kept not in spec)
            yield Fault(
                rule="",
                message=f"PodDisruptionBudget/{budget.ref.name} lets none of the {replicas} "
                f"{'pod' if replicas == 1 else 'pods'} of {text_of(workload.ref)} go: a node with one is never drained",
                at=Field(workload.ref, ("spec", "replicas")) if stated else least,
                object=workload.ref,
                path=("spec", "replicas"),
                label="one pod, and it must stay" if replicas == 1 else "no pod may go",
                related=(Related(least, "the budget"),),
                fix=Suggestion("two replicas, or no budget" if mendable else "a budget that lets one go, or none"),
            )


def _scaled_to(view: EnvironmentView, workload: Workload) -> int:
    """The replicas below which an autoscaler lets a workload not fall; 0 where it has none."""
    least = 0
    for one in view.objects:
        if one.ref.kind != "HorizontalPodAutoscaler" or one.ref.namespace != workload.object.ref.namespace:
            continue
        target = node(one.data, ("spec", "scaleTargetRef"))
        if (node(target, ("kind",)), node(target, ("name",))) == (workload.kind, workload.ref.name):
            stated = node(one.data, ("spec", "minReplicas"))
            least = max(least, stated if isinstance(stated, int) else 1)
    return least


def _selected(budget: Mapping[str, Any], workload: Workload) -> bool:
    """Whether the budget's selector picks the workload's pods; an empty selector of policy/v1 picks all."""
    spec = budget.get("spec")
    selector = spec.get("selector") if isinstance(spec, Mapping) else None
    if not isinstance(selector, Mapping):
        return False
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not isinstance(wanted, Mapping) or not isinstance(expressions, list):
        # The API server refuses it.
        return False
    matched = all(workload.labels.get(str(key)) == str(value) for key, value in wanted.items())
    return matched and all(_expressed(one, workload.labels) for one in expressions if isinstance(one, Mapping))


def _expressed(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    stated = expression.get("values")
    key, values = str(expression.get("key")), [str(value) for value in stated] if isinstance(stated, list) else []
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(expression.get("operator")), False)


def _lets_go(spec: Mapping[str, Any], replicas: int) -> bool:
    """Whether a budget lets a pod go (disruption controller: percentages round up; default minAvailable 1)."""
    if "maxUnavailable" in spec:
        return _share(spec["maxUnavailable"], replicas) > 0
    return replicas - _share(spec.get("minAvailable", 1), replicas) > 0


def _share(value: object, replicas: int) -> int:
    found = re.fullmatch(_SHARE, str(value))
    if found is None:
        return 0
    return -(-int(found[1]) * replicas // 100) if found[2] else int(found[1])
