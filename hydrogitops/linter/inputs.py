"""What checks are given: one view for each scope. A check reads these and yields faults; it renders nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hydrogitops.charts.contract import Contract, Credential, DeadKey, named
from hydrogitops.charts.provenance import LayerValues, ReleaseValues
from hydrogitops.config.configuration import FILE, Configuration
from hydrogitops.model import (
    AppliedObject,
    Container,
    Document,
    EmptyGenerator,
    Environment,
    Evidence,
    Field,
    HandedValues,
    ObjectRef,
    Patch,
    Place,
    Revision,
    Route,
    SealedSecret,
    SourceFile,
    Unseen,
    Workload,
)
from hydrogitops.secrets.private_keys import PrivateKey

from .seals import Seals

if TYPE_CHECKING:
    from hydrogitops.kube.scheduling import NodePool

Parameters = Mapping[str, Any]
Read = Callable[[str], SourceFile | None]
"""A file of the repository by its path; None where there is none."""


class Answer(NamedTuple):
    """What `new` was told, and where it is written down."""

    value: object
    place: Place


class Leak(NamedTuple):
    """A credential value of a chart that shows in what is applied.

    Shown by a render with a canary in place of the value. `path`: the text that holds it; `how`: a few words for the
    form it has there ("plain", "base64"); `public`: what really stands there is the default that the chart publishes.
    """

    release: str
    credential: Credential
    object: ObjectRef
    path: Route
    how: str
    public: bool


class Failed(NamedTuple):
    """What an engine said that made nothing of an environment, and what it had by then.

    `written`: the objects of its documents; `charts`: those of its releases, empty where not all of them came.
    """

    message: str
    written: tuple[AppliedObject, ...]
    charts: tuple[AppliedObject, ...]


class EnvironmentView(NamedTuple):
    """An environment as the cluster will see it.

    `built`: `objects` are all that the engine applies; else only what could be read without it.
    `before`: the objects before patches, where the build could see them.
    `base`: the SealedSecrets as they were applied at the revision that a run compares with, None where it compares with
    none. `leaks`: None where nobody asked, or nothing could be rendered.
    """

    environment: Environment
    releases: Mapping[str, ReleaseValues]
    objects: tuple[AppliedObject, ...]
    workloads: tuple[Workload, ...]
    sealed: tuple[SealedSecret, ...]
    evidence: Evidence
    built: bool
    before: tuple[AppliedObject, ...]
    node_pools: Callable[[], "tuple[NodePool, ...] | None"]
    seals: Seals
    written: Callable[[Field], str | None]
    """The text of a plain scalar that is read as something else than it says (`010`), by the field that it made."""
    answers: Mapping[str, Any]
    """All answers of the configuration, as written."""
    read: Read
    absent: Callable[[ReleaseValues, Route], Place]
    """The place of a value that no layer writes."""
    taken: Callable[[Field], Sequence[tuple[Any, Place]]]
    """What patches took out of a list, each with the line that did."""
    base: tuple[SealedSecret, ...] | None = None
    beside: tuple[AppliedObject, ...] = ()
    """Objects of other environments in the same cluster: as applied where they were looked at, else as written."""
    loose: tuple[AppliedObject, ...] = ()
    """Objects in files that nothing refers to: whoever applies them, this environment does not."""
    leaks: tuple[Leak, ...] | None = None
    failed: Failed | None = None

    @property
    def name(self) -> str:
        return self.environment.name

    @property
    def pools(self) -> "tuple[NodePool, ...] | None":
        """The declared pools of nodes; None where none are."""
        return self.node_pools()

    def answer(self, *route: str) -> Answer | None:
        """The answer at `route` as this environment sees it, its own override first; None where nobody gave one."""
        for path in (("environments", self.name, "overrides", *route), route):
            value: Any = self.answers
            for key in path:
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None:
                return Answer(value, Place(FILE, 0, ("answers", *path)))
        return None

    def place_of(self, values: ReleaseValues, path: Route) -> Place:
        """Where a value is written, else the place of what is missing: its own, not that of what stands beside it."""
        winner = values.winner(path)
        if winner is not None and winner.place is not None:
            return winner.place
        place = self.absent(values, path)
        for layer in values.layers:
            at = layer.place(path)
            if place.part == "insert" and (at.file, at.document) == (place.file, place.document):
                return at._replace(part="insert")
        return place

    def declares(self, applied: AppliedObject) -> bool:
        """Whether an object declares a release of which all objects are here: it has nothing to say beyond them."""
        at = applied.source
        declared = [values.release for values in self.releases.values()] if at is not None else []
        names = {
            one.name
            for one in declared
            if at is not None and (one.declared.file, one.declared.document) == (at.file, at.document)
        }
        return bool(names) and any(one.release in names for one in self.objects)

    def contracts(self) -> Iterator[tuple[ReleaseValues, Contract]]:
        """The releases whose chart is known."""
        for values in self.releases.values():
            if values.contract is not None:
                yield values, values.contract


class WorkloadView(NamedTuple):
    workload: Workload
    environment: EnvironmentView

    def field(self, container: Container | None, *route: str | int, missing: bool = False) -> Field:
        """A field of a container, or of the pod's spec where `container` is None."""
        path = (container.path if container is not None else self.workload.pod) + route
        return Field(self.workload.ref, path, missing=missing)


class ObjectView(NamedTuple):
    object: AppliedObject
    environment: EnvironmentView


class SecretView(NamedTuple):
    secret: SealedSecret
    environment: EnvironmentView


class ValuesView(NamedTuple):
    """One layer of a release's values, as one environment reads it."""

    layer: LayerValues
    values: ReleaseValues
    environment: EnvironmentView

    def place(self, path: Route, *, key: bool = False) -> Place:
        return self.layer.place(path, part="key" if key else "value")

    def leaves(self) -> Iterator[tuple[Route, object]]:
        """Every path that the layer writes, maps before what is in them; lists are leaves."""
        yield from walk(self.layer.data)


class DanglingReference(NamedTuple):
    """A path that is written at `place` and leads nowhere; `near`: an existing path like it, as it would be written."""

    place: Place
    text: str
    target: str
    kind: str
    near: str
    environments: tuple[str, ...]


class SealedElsewhere(NamedTuple):
    """What an environment that is not judged in this run seals: its objects as written, before any overlay."""

    environment: Environment
    seals: Seals
    sealed: tuple[SealedSecret, ...]


class RepositoryView(NamedTuple):
    environments: tuple[EnvironmentView, ...]
    configuration: Configuration
    dangling: tuple[DanglingReference, ...]
    files: Mapping[str, SourceFile]
    unseen: tuple[Unseen, ...] = ()
    """What could not be judged; the finding about it is lint/not-seen."""
    elsewhere: Callable[[], Iterable[SealedElsewhere]] = tuple
    """The environments that are not among `environments`. Read when it is called."""
    private_keys: Callable[[], Iterable[tuple[str, PrivateKey]]] = tuple
    """The private keys in the files of the repository, of all kinds: file and key. Looked for when it is called."""
    empty_generators: tuple[EmptyGenerator, ...] = ()
    revisions: tuple[Revision, ...] = ()
    """What is asked for from outside the repository."""
    handed: Callable[[], Iterable[HandedValues]] = tuple
    """The values that engines' own objects hand to charts. Read when it is called."""


class DocumentView(NamedTuple):
    """A document as written. `role`: what the repository takes it for. `environments`: names of those that read it."""

    file: SourceFile
    document: Document
    role: str
    """`values`, `kustomization`, `configuration`, `generator` (read by an ApplicationSet), `manifest` or `other`."""
    environments: tuple[str, ...]
    contract: Contract | None = None
    """Of the chart whose values these are."""
    repository: RepositoryView | None = None
    referenced: bool = False
    """Something in the repository names the file, or the folder that it lies in."""

    @property
    def judged(self) -> bool:
        """Whether it is ours to judge: a document that nothing refers to and that is no object is not."""
        return self.referenced or bool(self.environments) or self.role != "other"


def meant(dead: DeadKey, release: str, objects: Iterable[AppliedObject]) -> list[tuple[ObjectRef, str]]:
    """The objects and containers that a dead value was meant for, as far as they are there."""
    return [
        (applied.ref, target.container)
        for target in dead.objects
        for applied in objects
        if applied.ref.kind == target.kind and named(target.name, applied.ref.name, release)
    ]


def walk(data: object, route: Route = ()) -> Iterator[tuple[Route, object]]:
    """Every path below a mapping with its value, in the order written; lists are leaves."""
    if isinstance(data, dict):
        for key, value in data.items():
            below = (*route, str(key))
            yield below, value
            if isinstance(value, dict):
                yield from walk(value, below)


def nodes(data: object, route: Route = ()) -> Iterator[tuple[Route, object]]:
    """Every node of a document but its root, items of lists too, in the order written."""
    steps: Iterable[tuple[str | int, object]] = ()
    if isinstance(data, dict):
        steps = data.items()
    elif isinstance(data, list):
        steps = enumerate(data)
    for step, value in steps:
        below = (*route, step)
        yield below, value
        # Most are leaves.
        if isinstance(value, (dict, list)):
            yield from nodes(value, below)


def dotted(path: Route) -> str:
    """A path of values as people write it: `global.tolerations[0].key`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def target_name(patch: Patch) -> str:
    """A patch's target in words."""
    kind = patch.target.get("kind", "")
    name = patch.target.get("name", "").replace("\\", "")
    selector = patch.target.get("labelSelector", "")
    return " ".join(part for part in (kind, name, f"with {selector}" if selector else "") if part) or "anything"


def text_of(reference: ObjectRef) -> str:
    return f"{reference.kind}/{reference.name}"
