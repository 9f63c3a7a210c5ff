"""The JVMs of an environment: what each is given by its container, and what of their options nobody sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from hydrogitops.config.configuration import FILE
from hydrogitops.jvm import Assessment, OptionProblem, Thresholds, Unseen, assess
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.model import Container, Field, JvmLaunch, Place
from hydrogitops.model import Unseen as Gap

from .inputs import EnvironmentView, WorkloadView

JDKS = (8, 11, 17, 21, 25)
WITHOUT_LIMITS = (8,)
"""JDKs that, undeclared, are taken not to read cgroup v2: Hydrosphere's images run 8u272."""
GIGA = 10**9


@dataclass(frozen=True, slots=True)
class Machine:
    """A container with a JVM and what the VM is given: bytes and cores, None for no limit.

    `request`: bytes of memory that the pod asks for, by a request or by the limit that becomes one.
    """

    view: WorkloadView
    container: Container
    launch: JvmLaunch
    memory: int | None
    cpus: float | None
    cpu_request: float
    request: int | None
    request_side: str

    def jdks(self) -> tuple[int, ...]:
        return JDKS if self.launch.jdk is None else (self.launch.jdk,)

    def assessments(self, thresholds: Thresholds) -> list[Assessment]:
        """One for each JDK that it may be."""
        launch, texts = self.launch, self.launch.texts
        env = tuple((name, text.text) for name, text in texts.items() if name != "args")
        result = []
        for jdk in self.jdks():
            sees = launch.sees_limits if launch.jdk is not None else jdk not in WITHOUT_LIMITS
            request = self.cpu_request if self.cpus is None else None
            key = (launch.options, self.memory, self.cpus, jdk, request, env, sees, thresholds, launch.unseen)
            result.append(_assessed(*key))
        return result

    def heap_known(self) -> bool:
        """Whether the heap is decided by options that are seen, or there will be no JVM to have one."""
        if not self.launch.unseen:
            return True
        for found in self.assessments(Thresholds()):
            stated = self.launch.unseen == "earlier" and found.heap_word not in (None, found.initial_word)
            if not (stated if found.starts else found.problems):
                return False
        return True


def machines(view: WorkloadView) -> Iterator[Machine]:
    """The JVMs of a workload. One whose limits or requests cannot be read is another rule's business."""
    for container in view.workload.containers:
        if container.launch is None:
            continue
        try:
            limits, requests = _amounts(container, "limits"), _amounts(container, "requests")
        except QuantityError:
            continue
        memory, cpus = limits.get("memory"), limits.get("cpu")
        side = "requests" if "memory" in requests else "limits"
        request = requests.get("memory", memory)
        yield Machine(
            view=view,
            container=container,
            launch=container.launch,
            memory=_whole_bytes(memory) if memory is not None and memory.nano > 0 else None,
            cpus=cpus.nano / GIGA if cpus is not None and cpus.nano > 0 else None,
            cpu_request=max(requests["cpu"].nano / GIGA, 0.0) if "cpu" in requests else 0.0,
            request=_whole_bytes(request) if request is not None else None,
            request_side=side,
        )


def common(machine: Machine, thresholds: Thresholds) -> list[OptionProblem]:
    """The problems of a container's options: where the JDK is unknown, only those that every JDK has."""
    first, *others = machine.assessments(thresholds)
    keys = [{(p.rule, p.source, p.start, p.end) for p in other.problems} for other in others]
    return [p for p in first.problems if all((p.rule, p.source, p.start, p.end) in known for known in keys)]


def gaps(view: EnvironmentView, locate: Callable[[Field], Place]) -> Iterator[Gap]:
    """JVMs that are judged in part only, each image and each reason once.

    Those whose JDK nobody declared, and those whose heap is decided by options that are not seen.
    """
    told: set[tuple[str, str]] = set()
    for workload in view.workloads:
        for machine in machines(WorkloadView(workload, view)):
            container, launch = machine.container, machine.launch
            if not launch.known:
                what = f"the JVM of {container.image}"
                reason = "nobody declared its JDK, so only what holds for every JDK is judged; "
                reason += f"add it to images in {FILE}"
            elif not machine.heap_known():
                what = f"the JVM options of {container.name}"
                reason = f"{launch.why}, so its heap is not known"
            else:
                continue
            if (container.image, what) not in told:
                told.add((container.image, what))
                place = locate(Field(workload.ref, (*container.path, "image")))
                yield Gap(what, reason, place.file, view.name, place)


@lru_cache(maxsize=4096)
def _assessed(
    options: str | tuple[str, ...],
    memory: int | None,
    cpus: float | None,
    jdk: int,
    cpu_request: float | None,
    env: tuple[tuple[str, str], ...],
    sees_limits: bool,
    thresholds: Thresholds,
    unseen: Unseen,
) -> Assessment:
    return assess(
        options,
        memory=memory,
        cpus=cpus,
        jdk=jdk,
        cpu_request=cpu_request,
        env=dict(env),
        sees_limits=sees_limits,
        thresholds=thresholds,
        unseen=unseen,
    )


def _amounts(container: Container, kind: str) -> dict[str, Quantity]:
    """cpu and memory of a container as quantities. QuantityError for what is none."""
    listed = container.resources.get(kind)
    if not isinstance(listed, Mapping):
        return {}
    return {name: Quantity.of(listed[name]) for name in ("cpu", "memory") if name in listed}


def _whole_bytes(quantity: Quantity) -> int:
    """As the kubelet counts: a part of a byte is a byte (`500m`)."""
    return -(-quantity.nano // GIGA)
