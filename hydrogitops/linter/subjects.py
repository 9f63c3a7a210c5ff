"""What faults speak of, as comparable keys: a fault can silence those that only follow from what it speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.model import ObjectRef, Route, Subject


def document(file: str, index: int) -> Subject:
    return ("document", file, index)


def node(file: str, index: int, route: Route) -> Subject:
    """A node of a document: what is below it is covered too."""
    return ("node", file, index, *route)


def workload(reference: ObjectRef) -> Subject:
    """A workload; one without API version is any of that kind and name, as a contract knows them."""
    return ("workload", reference.kind, reference.name, _which(reference) if reference.api_version else None)


def container(reference: ObjectRef, name: str) -> Subject:
    return (*workload(reference), name)


def machine(reference: ObjectRef, name: str) -> Subject:
    """The JVM of a container, as something that starts or does not."""
    return ("machine", *container(reference, name)[1:])


def field(reference: ObjectRef, path: Route) -> Subject:
    """A field of an object: what is below it is covered too."""
    return ("field", reference.kind, _which(reference), reference.name, *path)


def toleration(reference: ObjectRef, index: int) -> Subject:
    """A toleration as the reason why a workload lands where it lands."""
    return ("toleration", reference.kind, _which(reference), reference.name, index)


def value(release: str, path: Route) -> Subject:
    """A value of a release: what is below it is covered too."""
    return ("value", release, *path)


def label(reference: ObjectRef) -> Subject:
    """What a SealedSecret is sealed for: its name, namespace and scope."""
    return ("label", reference.namespace, reference.name)


def file(name: str) -> Subject:
    """What a path leads to, whether it is there or not."""
    return ("file", name)


def render(environment: str) -> Subject:
    """Whether anything comes of building an environment."""
    return ("render", environment)


def failure(environment: str) -> Subject:
    """That nothing comes of building an environment: a part of whether anything does."""
    return (*render(environment), "failed")


def keys(strong: Subject) -> Iterator[Subject]:
    """The keys under which a subject is kept for what it covers, to look up by `found_by`."""
    yield strong
    if strong[0] == "workload":
        unversioned = (*strong[1:3], *strong[4:])
        yield ("workload, whatever its version", *unversioned)
        if strong[3] is None:
            yield ("workload without version", *unversioned)


def found_by(weak: Subject) -> Iterator[Subject]:
    """One key at least of each subject that covers this one: of itself, and of all that it lies in."""
    for length in range(len(weak), 0, -1):
        yield weak[:length]
    if weak[0] == "node":
        yield ("document", *weak[1:3])
    elif weak[0] == "workload":
        kind = "workload, whatever its version" if weak[3] is None else "workload without version"
        unversioned = (kind, *weak[1:3], *weak[4:])
        for length in range(len(unversioned), 2, -1):
            yield unversioned[:length]


def _which(reference: ObjectRef) -> tuple[str, int]:
    return reference.namespace, reference.nth
