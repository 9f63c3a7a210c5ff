"""What faults speak of, as comparable keys: a fault can silence those that only follow from what it speaks of."""

from __future__ import annotations

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


def covers(strong: Subject, weak: Subject) -> bool:
    """Whether `weak` is the thing that `strong` names, or lies in it."""
    if strong[0] == "document" and weak[0] == "node":
        return weak[1:3] == strong[1:3]
    if strong[0] == weak[0] == "workload" and None in (strong[3], weak[3]):
        strong, weak = (*strong[:3], *strong[4:]), (*weak[:3], *weak[4:])
    return weak[: len(strong)] == strong


def _which(reference: ObjectRef) -> tuple[str, int]:
    return reference.namespace, reference.nth
