"""What is applied to a cluster and by what: environments, rendered objects, typed views of workloads."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .declarations import Application
from .places import EMPTY_MAP, ObjectRef, Place, Route

Profile = Literal["production", "staging", "dev"]
Evidence = Literal["rendered", "stand-in", "source"]
Role = Literal["main", "init", "sidecar"]


class Pool(NamedTuple):
    """Nodes that the configuration declares: labels and taints as in manifests.

    `allocatable`: resource name to quantity text, where stated instead of instance types.
    """

    name: str
    labels: Mapping[str, str]
    taints: tuple[Mapping[str, str], ...]
    instance_types: tuple[str, ...] = ()
    allocatable: Mapping[str, str] = EMPTY_MAP


class Parameter(NamedTuple):
    """A single value as `--set` writes it: where it goes in the values, what it is, and where the document says so."""

    path: Route
    value: object
    at: Route


class Layer(NamedTuple):
    """One layer of Helm values: a file, or values written inline in a kustomization or Application."""

    name: str
    """What people call it: the path of the file, or `FILE (inline)`."""
    file: str
    document: int = 0
    path: Route = ()
    """Where the values begin inside the document; empty for a values file."""
    inline: bool = False
    parameters: tuple[Parameter, ...] = ()
    """Where the values are not written as a map, but one by one."""
    text: str | None = None
    """What the engine takes, where it made something else of what is written there."""


class Release(NamedTuple):
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
    skip_tests: bool = False
    """The engine leaves out what `helm test` would run."""
    crds: bool = False
    """The engine applies the chart's custom resource definitions, as they are."""
    post_renderers: tuple[Mapping[str, Any], ...] = ()
    """What changes the rendered objects, one after the other: `patches` and `images` as in a kustomization."""
    labels: Mapping[str, str] = EMPTY_MAP
    annotations: Mapping[str, str] = EMPTY_MAP
    """What the engine puts on every object of the release."""


class Patch(NamedTuple):
    """A kustomize patch of an environment, in order of application.

    `body` is the file or the block text that holds it: `file`, `document` for a patch in a file of its own;
    `inline` is the path of the text inside the kustomization `file` otherwise.
    """

    file: str
    document: int
    inline: Route | None
    json6902: bool
    data: object
    target: Mapping[str, str]
    """kind, name, namespace, group, version: regular expressions; labelSelector, annotationSelector."""
    declared: Place
    release: str | None = None
    """The release whose objects it is for, empty for those of no release; None: it is for all."""
    stated: Mapping[str, Place] = EMPTY_MAP
    """Where the parts of its target are written, where that is not in `declared`."""
    outer: int = 0
    """The document of `file` that has the scalar `inline`."""


class Stage(NamedTuple):
    """A folder that an engine builds and applies by itself, where an environment consists of several.

    `resources`: what the folder's kustomization lists, where the engine has to make one. `added`: what the engine
    writes into the kustomization; lists are appended to those in it. `variables`: put in place of `${NAME}` in what
    comes of it, None where the engine looks for none; `unknown`: where further ones come from that are not at hand.
    """

    name: str
    folder: str
    declared: Place
    resources: tuple[str, ...] | None = None
    added: Mapping[str, Any] = EMPTY_MAP
    labels: Mapping[str, str] = EMPTY_MAP
    annotations: Mapping[str, str] = EMPTY_MAP
    variables: Mapping[str, str] | None = None
    unknown: tuple[str, ...] = ()
    spec: Mapping[str, Any] = EMPTY_MAP
    """What its engine's own object says, all of the above is made from it."""
    namespace: str = ""
    """Of its engine's own object."""
    documents: tuple[tuple[str, int], ...] = ()
    """The plain documents that it applies: (file, number)."""
    unset: frozenset[str] | None = None
    """Variables that had no value when it was built; None where it was not."""


class Unbuilt(NamedTuple):
    """Why the engine makes something else of an environment than what can be built here, and where that is written."""

    at: Place
    reason: str


class Environment(NamedTuple):
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
    fills_namespace: bool = False
    """Whether the engine puts what states no namespace into that one."""
    declaring: frozenset[str] = frozenset()
    """Files that say where all of it goes: a change there moves what lies elsewhere unchanged."""
    profile: Profile = "staging"
    kubernetes: str = ""
    helm: Literal[3, 4] = 4
    pools: tuple[Pool, ...] | None = None
    """None: not declared, so nothing about nodes can be said."""
    releases: tuple[Release, ...] = ()
    patches: tuple[Patch, ...] = ()
    resources: tuple[tuple[str, int], ...] = ()
    """Plain documents that it applies: (file, number)."""
    files: frozenset[str] = frozenset()
    """Every file that takes part, charts apart."""
    unbuilt: Unbuilt | None = None
    """It is not built, and nothing is judged of what it would apply."""
    stages: tuple[Stage, ...] = ()
    """What is built one by one, where that is more than `folder`; releases are then rendered from what comes of it."""
    application: Application | None = None
    """The engine's object that declares it, where that speaks of one environment only."""
    rendered: str = ""
    """The folder that is applied in place of what is built, and that has to hold the same; empty where none is."""


class AppliedObject(NamedTuple):
    """One object as the engine applies it."""

    ref: ObjectRef
    data: Mapping[str, Any]
    source: Place | None = None
    """The document it was written as; None where a chart made it."""
    release: str = ""
    """The Helm release that made it, else empty."""


class Piece(NamedTuple):
    """A stretch of a composed text, from `start` to `end`, and where it is written: a field and the offset in it."""

    start: int
    end: int
    path: Route
    offset: int = 0
    object: ObjectRef | None = None
    """The object that has the field, where that is not the container's own."""
    unknown: str = ""
    """Why nobody knows what will stand there; the text has the reference to it in its place."""


class EnvVar(NamedTuple):
    """An environment variable of a container. `value` is expanded as Kubernetes does; None: it is not known.

    `path` is the path in the object of its `value` field, or of the reference that it comes by.
    """

    name: str
    value: str | None
    path: Route
    pieces: tuple[Piece, ...] = ()
    unknown: str = ""
    """Why the value is not known: a few words for where it comes from."""


class LaunchText(NamedTuple):
    """A text that is put together from several fields, and where its parts are written."""

    text: str
    pieces: tuple[Piece, ...]


class JvmLaunch(NamedTuple):
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
    unseen: Literal["", "earlier", "later"] = ""
    """Further options may be there that are not known, before those that are, or after them: then they may win."""
    why: str = ""
    """A clause that says why they are not known."""
    closed: bool = True
    """It is known which variables reach java: `reads`, and those that the command line is made of."""


class Container(NamedTuple):
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


class Workload(NamedTuple):
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


class SealedSecret(NamedTuple):
    """A SealedSecret as applied: its label, and its keys with what is written for each (ciphertext or placeholder)."""

    object: AppliedObject
    name: str
    namespace: str
    scope: Literal["strict", "namespace-wide", "cluster-wide"]
    keys: Mapping[str, Any]
    template: Mapping[str, Any]
