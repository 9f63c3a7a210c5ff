"""What checks are given: one view for each scope. A check reads these and yields faults; it renders and reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..charts.contract import Contract
from ..charts.provenance import LayerValues, ReleaseValues
from ..config.configuration import Configuration
from ..kube.scheduling import NodePool
from ..model import (
    AppliedObject,
    Container,
    Document,
    Environment,
    Evidence,
    Field,
    ObjectRef,
    Patch,
    Place,
    Route,
    SealedSecret,
    SourceFile,
    Workload,
)

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """An environment as the cluster will see it.

    `built`: `objects` are all that the engine applies; else only what could be read without it.
    `before`: the objects before patches, where the build could see them.
    `assured_pools`: None where no pools are declared.
    """

    environment: Environment
    releases: Mapping[str, ReleaseValues]
    objects: tuple[AppliedObject, ...]
    workloads: tuple[Workload, ...]
    sealed: tuple[SealedSecret, ...]
    evidence: Evidence
    built: bool
    before: tuple[AppliedObject, ...]
    pools: tuple[NodePool, ...] | None
    has_certificate: bool

    @property
    def name(self) -> str:
        return self.environment.name

    def contracts(self) -> Iterator[tuple[ReleaseValues, Contract]]:
        """The releases whose chart is known."""
        for values in self.releases.values():
            if values.contract is not None:
                yield values, values.contract


@dataclass(frozen=True, slots=True)
class WorkloadView:
    workload: Workload
    environment: EnvironmentView

    def field(self, container: Container | None, *route: str | int, missing: bool = False) -> Field:
        """A field of a container, or of the pod's spec where `container` is None."""
        path = (container.path if container is not None else self.workload.pod) + route
        return Field(self.workload.ref, path, missing=missing)


@dataclass(frozen=True, slots=True)
class ObjectView:
    object: AppliedObject
    environment: EnvironmentView


@dataclass(frozen=True, slots=True)
class SecretView:
    secret: SealedSecret
    environment: EnvironmentView


@dataclass(frozen=True, slots=True)
class ValuesView:
    """One layer of a release's values, as one environment reads it."""

    layer: LayerValues
    values: ReleaseValues
    environment: EnvironmentView

    def place(self, path: Route, *, key: bool = False) -> Place:
        return self.layer.place(path, part="key" if key else "value")

    def leaves(self) -> Iterator[tuple[Route, object]]:
        """Every path that the layer writes, maps before what is in them; lists are leaves."""
        yield from walk(self.layer.data)


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as written. `role`: what the repository takes it for. `environments`: names of those that read it."""

    file: SourceFile
    document: Document
    role: str
    """`values`, `kustomization`, `configuration`, `generator` (read by an ApplicationSet), `manifest` or `other`."""
    environments: tuple[str, ...]
    contract: Contract | None = None
    """Of the chart whose values these are."""
    repository: RepositoryView | None = None


@dataclass(frozen=True, slots=True)
class DanglingReference:
    """A path that is written at `place` and leads nowhere; `near`: an existing path like it, as it would be written."""

    place: Place
    text: str
    target: str
    kind: str
    near: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepositoryView:
    environments: tuple[EnvironmentView, ...]
    configuration: Configuration
    dangling: tuple[DanglingReference, ...]
    files: Mapping[str, SourceFile]


def walk(data: object, route: Route = ()) -> Iterator[tuple[Route, object]]:
    """Every path below a mapping with its value, in the order written; lists are leaves."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            below = (*route, str(key))
            yield below, value
            yield from walk(value, below)


def target_name(patch: Patch) -> str:
    """A patch's target in words."""
    kind = patch.target.get("kind", "")
    name = patch.target.get("name", "").replace("\\", "")
    selector = patch.target.get("labelSelector", "")
    return " ".join(part for part in (kind, name, f"with {selector}" if selector else "") if part) or "anything"


def text_of(reference: ObjectRef) -> str:
    return f"{reference.kind}/{reference.name}"
