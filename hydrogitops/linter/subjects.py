"""What faults speak of, as comparable keys: a fault can silence those that only follow from what it speaks of."""

from __future__ import annotations

from hydrogitops.model import ObjectRef, Route, Subject


def document(file: str, index: int) -> Subject:
    return ("document", file, index)


def node(file: str, index: int, route: Route) -> Subject:
    """A node of a document: what is below it is covered too."""
    return ("node", file, index, *route)


def workload(reference: ObjectRef) -> Subject:
    return ("workload", reference.kind, reference.name)


def container(reference: ObjectRef, name: str) -> Subject:
    return ("workload", reference.kind, reference.name, name)


def field(reference: ObjectRef, path: Route) -> Subject:
    """A field of an object: what is below it is covered too."""
    return ("field", reference.kind, reference.namespace, reference.name, *path)


def toleration(reference: ObjectRef, index: int) -> Subject:
    """A toleration as the reason why a workload lands where it lands."""
    return ("toleration", reference.kind, reference.namespace, reference.name, index)


def value(release: str, path: Route) -> Subject:
    """A value of a release: what is below it is covered too."""
    return ("value", release, *path)


def label(reference: ObjectRef) -> Subject:
    """What a SealedSecret is sealed for: its name, namespace and scope."""
    return ("label", reference.namespace, reference.name)


def file(name: str) -> Subject:
    """What a path leads to, whether it is there or not."""
    return ("file", name)


def covers(strong: Subject, weak: Subject) -> bool:
    """Whether `weak` is the thing that `strong` names, or lies in it."""
    if strong[0] == "document" and weak[0] == "node":
        return weak[1:3] == strong[1:3]
    return weak[: len(strong)] == strong
