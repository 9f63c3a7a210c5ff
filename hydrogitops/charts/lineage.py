"""The way of an object through kustomizations: what it was called on it, and what changed it, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from hydrogitops.model import AppliedObject, Patch, Place, Route

Change = Literal[
    "patch", "generator", "namespace", "namePrefix", "nameSuffix", "labels", "annotations", "replicas", "images",
    "replacement", "unknown",
]  # fmt: skip

CLUSTER_SCOPED = frozenset(
    (
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
        "ComponentStatus", "CustomResourceDefinition", "FlowSchema", "IngressClass", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PodSecurityPolicy", "PriorityClass", "PriorityLevelConfiguration",
        "RuntimeClass", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "StorageClass", "SubjectAccessReview",
        "TokenReview", "ValidatingWebhookConfiguration", "VolumeAttachment",
    )
)  # fmt: skip
HASH = 11
"""Characters of the suffix that a generator's object gets: a dash and ten more."""


class Step(NamedTuple):
    """Something that changes an object: an entry of the kustomization `file`, at `route`, as it is written there.

    `sure` is False where it may just as well be for another object.
    """

    change: Change
    file: str
    route: Route
    data: Any = None
    patch: Patch | None = None
    sure: bool = True
    document: int = 0
    """Which one of `file`."""


UNKNOWN = "\0"
"""A text that nobody here can tell."""


class Lineage:
    """An object on its way. `applied`: as written or as a chart made it; None where a generator makes it.

    `earlier`: kind, namespace and name that it had before, the first one first. `hashed`: the build adds a suffix.
    """

    __slots__ = ("api_version", "applied", "earlier", "hashed", "kind", "name", "namespace", "steps")

    def __init__(
        self,
        api_version: str,
        kind: str,
        namespace: str,
        name: str,
        applied: AppliedObject | None = None,
        *,
        hashed: bool = False,
    ) -> None:
        self.api_version = api_version
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.applied = applied
        self.steps: list[Step] = []
        self.earlier: list[tuple[str, str, str]] = []
        self.hashed = hashed

    @property
    def current(self) -> tuple[str, str, str]:
        return self.kind, self.namespace, self.name

    @property
    def first(self) -> tuple[str, str, str]:
        return self.earlier[0] if self.earlier else self.current


def matched(lineages: Sequence[Lineage], applied: Sequence[AppliedObject]) -> list[Lineage | None]:
    """The way that each applied object took; None where none or more than one leads there."""
    named: defaultdict[tuple[str, str], list[Lineage]] = defaultdict(list)
    hashed: defaultdict[tuple[str, str], list[Lineage]] = defaultdict(list)
    written: defaultdict[Place, list[Lineage]] = defaultdict(list)
    for one in lineages:
        (hashed if one.hashed else named)[one.kind, one.name].append(one)
        if one.applied is not None and one.applied.source is not None:
            written[one.applied.source].append(one)

    def found(one: AppliedObject) -> Lineage | None:
        ref = one.ref
        likely = named[ref.kind, ref.name] or hashed[ref.kind, ref.name[:-HASH]]
        for same in (
            lambda other: effective(ref.kind, other.namespace) == effective(ref.kind, ref.namespace),
            lambda other: other.api_version == ref.api_version,
        ):
            likely = [other for other in likely if same(other)] if len(likely) > 1 else likely
        if not likely and one.source is not None:
            likely = written[one.source]
        return likely[0] if len(likely) == 1 else None

    return [found(one) for one in applied]


def ids(one: Lineage) -> list[tuple[str, str, str]]:
    return [*one.earlier, one.current]


def effective_ids(one: Lineage) -> list[tuple[str, str, str]]:
    return [(kind, effective(kind, namespace), name) for kind, namespace, name in ids(one)]


def effective(kind: str, namespace: str) -> str:
    """The namespace by which kustomize compares."""
    return "_non_namespaceable_" if kind in CLUSTER_SCOPED else namespace or "default"
