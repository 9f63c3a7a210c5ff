"""What is applied to a cluster and by what: environments, rendered objects, typed views of workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .places import ObjectRef, Place, Route

Profile = Literal["production", "staging", "dev"]
Evidence = Literal["rendered", "stand-in", "source"]
Role = Literal["main", "init", "sidecar"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Nodes that the configuration declares: labels and taints as in manifests.

    `allocatable`: resource name to quantity text, where stated instead of instance types.
    """

    name: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]
    instance_types: tuple[str, ...] = ()
    allocatable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of Helm values: a file, or values written inline in a kustomization or Application."""

    name: str
    """What people call it: the path of the file, or `FILE (inline)`."""
    file: str
    index: int = 0
    path: Route = ()
    """Where the values begin inside the document; empty for a values file."""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """A Helm release of an environment: chart, names and value layers in order, later ones win."""

    name: str
    namespace: str
    chart: str
    version: str
    folder: str | None
    """The chart in the repository, relative to its root; None where it is not at hand."""
    repository: str
    layers: tuple[Layer, ...]
    declared: Place
    """The entry (helmCharts item, Application source) that names the chart."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A kustomize patch of an environment, in order of application.

    `body` is the file or the block text that holds it: `file`, `index` for a patch in a file of its own;
    `inline` is the path of the text inside the kustomization `file` otherwise.
    """

    file: str
    index: int
    inline: Route | None
    json6902: bool
    data: object
    target: Mapping[str, str]
    """kind, name, namespace, group, version: regular expressions; labelSelector, annotationSelector."""
    declared: Place


@dataclass(frozen=True, slots=True)
class Environment:
    """One place that a repository is applied to, and everything that makes it."""

    name: str
    engine: str
    """`argocd`, `flux`, `kustomize` or `plain`."""
    folder: str | None
    """Folder of the kustomization, chart or manifests that is built; None where there is nothing to build."""
    declared: Place | None
    """What makes the environment: the generator's configuration file, Application or kustomization."""
    cluster: str = ""
    server: str = ""
    namespace: str = ""
    profile: Profile = "staging"
    kubernetes: str = ""
    helm: Literal[3, 4] = 4
    pools: tuple[Pool, ...] | None = None
    """None: not declared, so nothing about nodes can be said."""
    releases: tuple[Release, ...] = ()
    patches: tuple[Patch, ...] = ()
    resources: tuple[tuple[str, int], ...] = ()
    """Plain documents that it applies: (file, index)."""
    files: frozenset[str] = frozenset()
    """Every file that takes part, charts apart."""


@dataclass(frozen=True, slots=True)
class AppliedObject:
    """One object as the engine applies it."""

    ref: ObjectRef
    data: Mapping[str, Any]
    source: Place | None = None
    """The document it was written as; None where a chart made it."""
    release: str = ""
    """The Helm release that made it, else empty."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a composed text, from `start` to `end`, and where it is written: a field and the offset in it."""

    start: int
    end: int
    path: Route
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EnvVar:
    """An environment variable of a container. `value` is expanded as Kubernetes does; None: it comes by reference.

    `path` is the path of its `value` field in the object.
    """

    name: str
    value: str | None
    path: Route
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class LaunchText:
    """A text with JVM options, and where its parts are written."""

    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class JvmLaunch:
    """How a container starts its JVM.

    `options` is the command line that its start script makes: one text that the shell splits, or the argument list.
    `texts` maps "args" and the variables that the VM itself reads to their texts.
    """

    jdk: int | None
    """None: nobody declared it."""
    sees_limits: bool
    options: str | tuple[str, ...]
    texts: Mapping[str, LaunchText]
    reads: tuple[str, ...]
    """Variables that the start script passes to java; what is missing belongs into the first."""
    known: bool
    """The image is in a table; else all of this is read off the container's variables and command."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a workload; `path` is where it stands in the object."""

    name: str
    role: Role
    image: str
    path: Route
    command: tuple[str, ...]
    args: tuple[str, ...]
    env: tuple[EnvVar, ...]
    env_from: tuple[Mapping[str, Any], ...]
    resources: Mapping[str, Any]
    data: Mapping[str, Any]
    launch: JvmLaunch | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Anything that makes pods. `pod` is the path of the pod's spec in the object."""

    object: AppliedObject
    pod: Route
    spec: Mapping[str, Any]
    """The pod's spec."""
    labels: Mapping[str, str]
    """The pod's labels."""
    replicas: int | None
    containers: tuple[Container, ...]

    @property
    def ref(self) -> ObjectRef:
        return self.object.ref

    @property
    def kind(self) -> str:
        return self.object.ref.kind

    @property
    def name(self) -> str:
        return self.object.ref.name


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A SealedSecret as applied: its label, and its keys with what is written for each (ciphertext or placeholder)."""

    object: AppliedObject
    name: str
    namespace: str
    scope: Literal["strict", "namespace-wide", "cluster-wide"]
    keys: Mapping[str, Any]
    template: Mapping[str, Any]
