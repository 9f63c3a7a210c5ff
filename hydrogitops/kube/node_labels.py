"""Which labels a node is known to have, and whether a pod's nodeSelector and required node affinity may match them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .names import validate_name

Route = tuple[str | int, ...]

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
"""The affinity that keeps a pod off a node; the preferred one only ranks."""

_INSTANCE_TYPE = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_ARCHITECTURE = ("kubernetes.io/arch", "beta.kubernetes.io/arch")
_SYSTEM = ("kubernetes.io/os", "beta.kubernetes.io/os")
_FILLED_IN = frozenset(
    {
        *_INSTANCE_TYPE,
        *_ARCHITECTURE,
        "kubernetes.io/hostname",
        "topology.ebs.csi.aws.com/zone",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
    }
)
"""Labels that kubelet, the cloud and its controllers give to a node: absent from a declaration, present on the node."""
_FILLED_IN_BY = (
    "alpha.eksctl.io/",
    "eks.amazonaws.com/",
    "feature.node.kubernetes.io/",
    "k8s.io/cloud-provider-aws",
    "k8s.amazonaws.com/",
    "karpenter.k8s.aws/",
    "karpenter.sh/",
    "nvidia.com/",
    "topology.k8s.aws/",
)
"""The same, whole families: node groups, Karpenter, feature discovery."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What keeps a pod off: the label asked for, and where in the pod's spec."""

    key: str
    """Empty where no single label does: several terms fail, or there is none."""
    path: Route
    wanted: str
    """The whole demand: `disk=ssd`, `disk In ssd, nvme`."""


def known_labels(declared: Mapping[str, str], instance_type: str = "", architecture: str = "") -> dict[str, str]:
    """The labels that a node certainly has: the declared ones, and the well-known ones that follow from its type."""
    derived = dict.fromkeys(_SYSTEM, "linux")
    if instance_type:
        derived |= dict.fromkeys(_INSTANCE_TYPE, instance_type)
    if architecture:
        derived |= dict.fromkeys(_ARCHITECTURE, architecture)
    return derived | dict(declared)


def unmatched(spec: Mapping[str, object], labels: Mapping[str, str]) -> tuple[list[Mismatch], Mismatch | None]:
    """What of the pod's nodeSelector, and what of its required affinity, a node with these labels can't satisfy.

    A label that no declaration shows (zone, host name, node group) may have any value. Terms are ORed, expressions
    ANDed, an empty term or an invalid expression matches nothing, `matchFields` may match. Rules: component-helpers
    scheduling/corev1/nodeaffinity, apimachinery labels/selector.go, 1.37.2.
    """
    wanted = spec.get("nodeSelector")
    selector = [
        Mismatch(str(key), ("nodeSelector", str(key)), f"{key}={value}")
        for key, value in (wanted.items() if isinstance(wanted, Mapping) else ())
        if not _may_be(str(key), labels) and labels.get(str(key)) != value
    ]
    return selector, _affinity(spec, labels)


def _affinity(spec: Mapping[str, object], labels: Mapping[str, str]) -> Mismatch | None:
    required = _member(_member(spec.get("affinity"), "nodeAffinity"), REQUIRED)
    if not isinstance(required, Mapping):
        return None
    path: Route = ("affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms")
    terms = required.get("nodeSelectorTerms")
    failed: list[Mismatch] = []
    for index, term in enumerate(terms if isinstance(terms, list | tuple) else ()):
        mismatch = _term(term, labels, (*path, index))
        if mismatch is None:
            return None
        failed.append(mismatch)
    return failed[0] if len(failed) == 1 else Mismatch("", path, "")


def _term(term: object, labels: Mapping[str, str], path: Route) -> Mismatch | None:
    expressions, fields = _member(term, "matchExpressions"), _member(term, "matchFields")
    if not expressions and not fields:
        return Mismatch("", path, "")
    for index, expression in enumerate(expressions if isinstance(expressions, list | tuple) else ()):
        if not _expression(expression, labels):
            key, operator, values = (_member(expression, name) for name in ("key", "operator", "values"))
            listed = ", ".join(map(str, values)) if isinstance(values, list | tuple) else ""
            wanted = f"{key} {operator} {listed}".rstrip()
            return Mismatch(key if isinstance(key, str) else "", (*path, "matchExpressions", index), wanted)
    return None


def _expression(expression: object, labels: Mapping[str, str]) -> bool:
    key, operator, values = (_member(expression, name) for name in ("key", "operator", "values"))
    if not isinstance(key, str) or validate_name("label-key", key):
        return False
    listed: Sequence[object] = values if isinstance(values, list | tuple) else ()
    texts = [value for value in listed if isinstance(value, str) and not validate_name("label-value", value)]
    if len(texts) != len(listed) or not _takes(operator, texts):
        return False
    if _may_be(key, labels):
        return True
    label = labels.get(key)
    match operator:
        case "In":
            return label in texts
        case "NotIn":
            return label not in texts
        case "Exists":
            return label is not None
        case "DoesNotExist":
            return label is None
    number, bound = _integer(label), _integer(texts[0])
    if number is None or bound is None:
        return False
    return number > bound if operator == "Gt" else number < bound


def _takes(operator: object, values: Sequence[str]) -> bool:
    """Whether the operator exists and takes that many values of that kind."""
    if operator in ("In", "NotIn"):
        return len(values) > 0
    if operator in ("Exists", "DoesNotExist"):
        return not values
    return operator in ("Gt", "Lt") and len(values) == 1 and _integer(values[0]) is not None


def _may_be(key: str, labels: Mapping[str, str]) -> bool:
    return key not in labels and (key in _FILLED_IN or key.startswith(_FILLED_IN_BY))


def _integer(text: str | None) -> int | None:
    """64 bits, as Go reads them: a plus sign and leading zeros are fine."""
    if text is None or not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def _member(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
