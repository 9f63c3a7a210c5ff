"""Which document an applied object was written as: what an overlay does to names and namespaces leaves traces only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from hydrogitops.charts.lineage import Lineage, matched
from hydrogitops.charts.replay import labels
from hydrogitops.charts.trail import Read, trace
from hydrogitops.model import AppliedObject, Environment, ObjectRef, Place

_AROUND = frozenset(("namespace", "namePrefix", "nameSuffix", "labels", "annotations"))
"""Changes that leave alone what an object is to do."""
Key = Callable[[ObjectRef], Hashable]


def originals(applied: Sequence[ObjectRef], written: Sequence[AppliedObject]) -> list[Place | None]:
    """The place of the document of each applied object, in their order.

    It is the document of the same kind, namespace and name, else the only one of that kind and name that is left, else
    the one whose name is the longest stretch of the applied name (a prefix or suffix was put to it). One document may
    become several objects. None: none is, or it could be two.
    """
    found: list[Place | None] = [None] * len(applied)
    open_ones = list(range(len(applied)))
    left = [one for one in written if one.source is not None and one.ref.name]
    for key in (_whole, _named):
        documents = _only(left, key)
        matched = [index for index in open_ones if key(applied[index]) in documents]
        for index in matched:
            found[index] = documents[key(applied[index])].source
        taken = {key(applied[index]) for index in matched}
        left = [one for one in left if key(one.ref) not in taken]
        open_ones = [index for index in open_ones if found[index] is None]
    # A document may be applied as it is and, by another way, with a prefix: those that are left are asked first.
    rest, every = _only(left, _named), _only((one for one in written if one.ref.name), _named)
    for index in open_ones:
        found[index] = _renamed(applied[index], rest) or _renamed(applied[index], every)
    return found


def attributed(
    environment: Environment, read: Read, charted: Sequence[AppliedObject], built: Sequence[AppliedObject]
) -> tuple[AppliedObject, ...]:
    """Objects of a build with what they come from, where their way through the kustomizations is known."""
    ways = trace(environment, read, charted, labels)
    return tuple(
        one
        if way is None
        else one._replace(source=way.applied.source, release=way.applied.release)
        if way.applied is not None
        else one._replace(source=None, release="")
        for one, way in zip(built, matched(ways, built), strict=True)
    )


def untouched(environment: Environment, read: Read, written: Iterable[AppliedObject]) -> Iterator[AppliedObject]:
    """The documents that are applied as they are written, but for names, namespaces, labels and annotations."""
    ways = trace(environment, read, (), labels)
    if not ways:
        yield from written
        return
    left = {way.applied.source for way in ways if way.applied is not None}
    touched = {way.applied.source for way in ways if way.applied is not None and _changes(way)}
    yield from (one for one in written if one.source in left - touched)


def _changes(way: Lineage) -> bool:
    return not all(step.change in _AROUND for step in way.steps)


def apart(written: Iterable[AppliedObject]) -> Iterator[AppliedObject]:
    """The same objects; those that one document after the other gives the same name are numbered."""
    seen: Counter[ObjectRef] = Counter()
    for one in written:
        nth = seen[one.ref]
        seen[one.ref] += 1
        yield one._replace(ref=one.ref._replace(nth=nth)) if nth else one


def _whole(ref: ObjectRef) -> Hashable:
    return ref.kind, ref.namespace, ref.name


def _named(ref: ObjectRef) -> Hashable:
    return ref.kind, ref.name


def _only(written: Iterable[AppliedObject], key: Key) -> dict[Hashable, AppliedObject]:
    """The documents by a key that no other one has."""
    groups: defaultdict[Hashable, list[AppliedObject]] = defaultdict(list)
    for one in written:
        groups[key(one.ref)].append(one)
    return {name: group[0] for name, group in groups.items() if len(group) == 1}


def _renamed(ref: ObjectRef, documents: Mapping[Hashable, AppliedObject]) -> Place | None:
    if not documents:
        return None
    for stretches in _stretches(ref.name):
        found = [documents[ref.kind, name] for name in set(stretches) if (ref.kind, name) in documents]
        if found:
            return found[0].source if len(found) == 1 else None
    return None


def _stretches(name: str) -> Iterator[list[str]]:
    """The parts of a name by length, the longest first."""
    for length in range(len(name) - 1, 0, -1):
        yield [name[start : start + length] for start in range(len(name) - length + 1)]
