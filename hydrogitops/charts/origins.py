"""Which line made a field of an applied object: patches, then the document itself, then values by the contract."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from hydrogitops.model import AppliedObject, Environment, Field, ObjectRef, Part, Place, Release, Route
from hydrogitops.source.shapes import node

from . import patches
from .contract import Contract
from .field_specs import is_reference
from .likely import likely, likely_parent
from .lineage import Lineage, matched
from .provenance import ReleaseValues, Winner
from .replay import agrees, labels, replay
from .trail import Read, trace
from .workloads import POD_ROUTES
from .written import Node, Written, aligned, name_of
from .written_places import place_of, text_at

Known = Literal["proven", "contract", "candidate"]


class Located(NamedTuple):
    """Where to edit, how that is known, and the value behind it where a contract says so.

    `values`: path in the release's values. `exists`: the place holds the field; else it is where the field would go.
    """

    place: Place
    known: Known
    values: Route = ()
    exists: bool = True
    layer: str = ""


class Origins:
    """Origins of one environment. `peers` are those of the other environments, for what is missing here."""

    def __init__(
        self,
        environment: Environment,
        releases: Mapping[str, ReleaseValues],
        objects: Sequence[AppliedObject],
        read: Read,
        before: Sequence[AppliedObject] = (),
    ) -> None:
        """`before`: the objects that went into the build, those of charts among them."""
        self.environment = environment
        self.releases = releases
        self.peers: Sequence[Origins] = ()
        self._objects = {applied.ref: applied for applied in objects}
        self._before = before
        self._read = read
        self._ways: dict[ObjectRef, Lineage | None] | None = None
        self._trees: dict[ObjectRef, Node] = {}

    def locate(self, field: Field) -> Located:
        """The place that decides a field, or the place of what is missing."""
        applied = self._objects.get(field.object)
        if applied is None:
            return Located(self._fallback(None), "candidate", exists=False)
        if not field.missing:
            found = self._existing(applied, field) or self._by_chart(applied, field)
            if found is not None:
                return found
        return self._missing(applied, field)

    def taken(self, field: Field) -> list[tuple[Any, Place]]:
        """What patches took out of a list, each with the line that did; only where that is proven."""
        applied = self._objects.get(field.object)
        tree = self._way(applied)[1] if applied is not None and not self._as_written(applied) else None
        here = aligned(tree, applied.data, field.path) if applied is not None else None
        found = here.taken if here is not None else []
        return [(value, self._place(at, "value")) for value, at in found if at.known == "proven"]

    def values_path(self, applied: AppliedObject, path: Route) -> tuple[ReleaseValues, Route] | None:
        """The value that drives a field, by the contract of the release that made the object."""
        way, _ = self._way(applied) if applied.release else (None, None)
        if way is not None and way.applied is not None:
            # The chart knows it by the name that it gave it.
            applied = applied._replace(ref=way.applied.ref)
        found = self._value(applied, path)
        return found[:2] if found is not None else None

    def _value(self, applied: AppliedObject, path: Route) -> tuple[ReleaseValues, Route, Known] | None:
        values = self.releases.get(applied.release)
        if values is None or values.contract is None:
            return None
        container, inner = _split(applied, path)
        contract: Contract = values.contract
        found = contract.sources(applied.ref.kind, applied.ref.name, values.release.name, container, inner)
        if found is None:
            return None
        source, rest = found
        value = source.value
        if source.also and not values.value(value):
            value = next((other for other in source.also if values.value(other)), value)
        if source.path[-2:] == ("env", "*") and _exists(applied.data, path):
            # A list of variables: the one of that name, if it is among them.
            items = values.value(value)
            names = [node(item, ("name",)) for item in items] if isinstance(items, list) else []
            return (values, (*value, names.index(inner[1]), *rest), "contract") if inner[1] in names else None
        if source.whole:
            return values, (*value, *rest), "contract"
        # Of a list that it decides it need not decide each item, nor a text that others take part in.
        text = node(applied.data, path)
        elsewhere = source.also and not rest and isinstance(text, str) and str(values.value(value)) not in text
        inside = any(isinstance(key, int) for key in rest)
        return values, value, "candidate" if inside or elsewhere else "contract"

    def _existing(self, applied: AppliedObject, field: Field) -> Located | None:
        part: Part = "key" if field.key else "value"
        if self._as_written(applied):
            return self._in_source(applied, field, part, "proven")
        way, tree = self._way(applied)
        found = aligned(tree, applied.data, field.path)
        if tree is None or way is None:
            if applied.source is not None:
                return self._in_source(applied, field, part, "candidate")
            return self._driven(applied, field, field.path, part)
        if found is None:
            # Something that is not followed made it.
            return None if field.key else self._missing(applied, field, sure=False)
        value = node(applied.data, field.path)
        same = agrees(found.value, value, renamed=_is_name(way, field.path))
        if found.places:
            last = found.places[-1]
            word = field.word if isinstance(value, str) and text_at(self._read, last) == value else None
            return Located(self._place(last, part, word), last.known if same else "candidate", layer=last.file)
        if way.applied is None or found.chart is None:
            return None
        driven = self._driven(way.applied, field, found.chart, part)
        # Something that is not followed may have had the last word.
        return driven if driven is None or same else driven._replace(known="candidate")

    def _by_chart(self, applied: AppliedObject, field: Field) -> Located | None:
        """What a chart's templates say by themselves: nothing in the repository does but the entry of the chart."""
        values = self.releases.get(applied.release)
        way, tree = self._way(applied)
        found = aligned(tree, applied.data, field.path)
        if values is None or way is None or way.applied is None or found is None or found.places:
            return None
        if found.chart is None or self._value(way.applied, found.chart) is not None:
            return None
        return Located(values.release.declared, "candidate", exists=False)

    def _in_source(self, applied: AppliedObject, field: Field, part: Part, known: Known) -> Located | None:
        place = applied.source
        if place is None:
            return None
        path = (*place.path, *field.path)
        return Located(Place(place.file, place.document, path, part, field.word), known, layer=place.file)

    def _driven(self, applied: AppliedObject, field: Field, path: Route, part: Part) -> Located | None:
        """By values, for what a chart made: `applied` and `path` as the chart made them."""
        driven = self._value(applied, path)
        if driven is None:
            unknown = self._without_contract(applied)
            if unknown is None:
                return None
            at, written, name = likely(unknown, applied, path, part)
            return Located(at, "candidate", written, exists=bool(written), layer=name)
        values, route, known = driven
        winner: Winner | None = values.winner(route)
        if winner is None or winner.place is None or winner.layer is None:
            return None
        place = winner.place
        word = field.word if self._whole_text(applied, path, winner) else None
        exact = Place(place.file, place.document, place.path, part, word)
        return Located(exact, known, route, layer=winner.layer.layer.name)

    def _as_written(self, applied: AppliedObject) -> bool:
        """Whether an object is its document, untouched by any engine."""
        place = applied.source
        file = self._read(place.file) if place is not None else None
        documents = file.documents if file is not None else ()
        return place is not None and any(
            one.number == place.document and node(one.data, place.path) is applied.data for one in documents
        )

    def _way(self, applied: AppliedObject) -> tuple[Lineage | None, Node | None]:
        """What happened to an object on its way, and what comes out of it with the places."""
        if self._ways is None:
            made = [one for one in self._before if one.release] or [
                one for one in self._objects.values() if one.release
            ]
            objects = list(self._objects.values())
            found = matched(trace(self.environment, self._read, made, labels), objects)
            self._ways = {one.ref: way for one, way in zip(objects, found, strict=True)}
        way = self._ways.get(applied.ref)
        if way is None:
            return None, None
        if applied.ref not in self._trees:
            self._trees[applied.ref] = replay(way)
        return way, self._trees[applied.ref]

    def _place(self, written: Written, part: Part, word: tuple[int, int] | None = None) -> Place:
        return place_of(self._read, written, part, word)

    def _without_contract(self, applied: AppliedObject) -> ReleaseValues | None:
        values = self.releases.get(applied.release)
        return values if values is not None and values.contract is None else None

    def _whole_text(self, applied: AppliedObject, path: Route, winner: Winner) -> bool:
        """Whether the field is the value's very text, so that offsets in one are offsets in the other."""
        return bool(node(applied.data, path) == winner.value)

    # What is missing ---------------------------------------------------------------------------------------------

    def _missing(self, applied: AppliedObject, field: Field, *, sure: bool = True) -> Located:
        known: Known = "proven" if sure else "candidate"
        path = field.path
        while path and not _exists(applied.data, path):
            path = path[:-1]
        way, tree = self._way(applied) if not self._as_written(applied) else (None, None)
        if tree is None:
            if applied.source is not None:
                place = applied.source
                at = Place(place.file, place.document, (*place.path, *path), "insert")
                return Located(at, known if self._as_written(applied) else "candidate", exists=False, layer=place.file)
        else:
            gone = self._taken_away(tree, applied, field.path)
            if gone is not None:
                return gone._replace(known=known if gone.known == "proven" else gone.known)
        around = aligned(tree, applied.data, path)
        # What a patch put in the place of the chart's own no value reaches any more.
        replaced = around is not None and around.chart is None and bool(around.places)
        driven = self.values_path(applied, field.path) if not replaced else None
        if driven is not None:
            return self.missing_value(*driven)
        floor = len(POD_ROUTES.get(applied.ref.kind, ())) + 1
        for length in range(len(path), -1, -1):
            found = aligned(tree, applied.data, path[:length])
            if found is None or field.path[length:] in found.awaited:
                # It is there, but nobody knows what it was before; or a replacement would have the last word.
                known = "candidate"
            if found is None or not found.places:
                continue
            if isinstance(next(iter(field.path[length:]), None), int):
                # The list is written there, but not the item that lacks it.
                known = "candidate"
            written_in_full = way is not None and way.applied is not None and way.applied.source is not None
            if not written_in_full and length < floor:
                break
            # A document says it before its patches do; beside a chart the last patch has the last word.
            here = found.places[0] if written_in_full else found.places[-1]
            known = known if here.known == "proven" else here.known
            return Located(self._place(here, "insert"), known, exists=False, layer=here.file)
        values = self._without_contract(applied)
        if values is not None:
            place, route, name = likely_parent(values, field.path)
            return Located(place, "candidate", route, exists=False, layer=name)
        return Located(self._listing_patches(applied, field.path), "candidate", exists=False)

    def _taken_away(self, tree: Node, applied: AppliedObject, path: Route) -> Located | None:
        """The line that took a field away, or something around it."""
        for length in range(len(path)):
            here, key = aligned(tree, applied.data, path[:length]), path[length]
            if here is None:
                return None
            if isinstance(key, str) and key in here.gone and not _has(here, key):
                return self._gone(here.gone[key], key)
        here = aligned(tree, applied.data, path)
        if here is not None and here.value == [] and here.gone:
            return self._gone(list(here.gone.values())[-1], "")
        return None

    def _gone(self, at: Written, key: str) -> Located:
        return Located(self._place(at, "value"), at.known, exists=at.route[-1] == key, layer=at.file)

    def missing_value(self, values: ReleaseValues, path: Route) -> Located:
        """Where a value would have to be written: product rules for the place of what is missing."""
        for layer in reversed(values.layers):
            if layer.holds(path) and node(layer.data, path) is None:
                return Located(layer.place(path), "contract", path, layer=layer.layer.name)
        roles = self._roles(values, path)
        version = [layer for layer in values.layers if layer.layer.file.endswith("/version/values.yaml")]
        # Where the base alone says more of it, what is missing is missing there, and for every environment.
        deepest = max((len(layer.ancestor(path)) for layer in values.layers), default=0)
        near = [layer for layer in version[::-1] if len(layer.ancestor(path)) == deepest]
        own = [*near, *values.layers[:1], *version[::-1], *values.layers[::-1]]
        order = [*(values.layers[i] for i in roles), *own]
        for layer in order:
            ancestor = layer.ancestor(path)
            if ancestor:
                place = layer.place(ancestor, part="insert")
                return Located(place, "contract", path, exists=False, layer=layer.layer.name)
        return Located(self._fallback(values.release), "candidate", path, exists=False)

    def _roles(self, values: ReleaseValues, path: Route) -> list[int]:
        """Layers of this release whose like in another environment writes the value, the strongest first."""
        found: set[int] = set()
        for peer in self.peers:
            other = peer.releases.get(values.release.name)
            if peer is self or other is None or len(other.layers) != len(values.layers):
                continue
            found |= {
                index
                for index, layer in enumerate(other.layers)
                if layer.holds(path) and layer.layer.inline == values.layers[index].layer.inline
            }
        return sorted(found, reverse=True)

    def _listing_patches(self, applied: AppliedObject, path: Route) -> Place:
        """The kustomization that would list the patch: as in another environment, else the environment's own."""
        own = self.environment.folder or ""
        for peer in self.peers:
            if peer is self or peer.environment.folder is None:
                continue
            for patch in peer.environment.patches:
                if not patches.matches(patch, applied) or not patches.deepest(patch, applied, path)[0]:
                    continue
                inside = posixpath.relpath(posixpath.dirname(patch.declared.file), peer.environment.folder or ".")
                name = posixpath.join(own, inside, posixpath.basename(patch.declared.file))
                if not inside.startswith("..") and self._read(posixpath.normpath(name)) is not None:
                    return self._patches_key(posixpath.normpath(name))
        values = self.releases.get(applied.release)
        return self._fallback(values.release if values is not None else None)

    def _fallback(self, release: Release | None) -> Place:
        """Where a patch would be listed; what nothing builds by kustomize has its chart named somewhere."""
        name = next(
            (
                candidate
                for candidate in sorted(self.environment.files)
                if posixpath.dirname(candidate) == (self.environment.folder or "\0")
                and posixpath.basename(candidate).lower().startswith("kustomization")
            ),
            "",
        )
        if name:
            return self._patches_key(name)
        declared = release.declared if release is not None else self.environment.declared
        return declared._replace(part="insert") if declared is not None else Place("", 0)

    def _patches_key(self, file: str) -> Place:
        read = self._read(file)
        data = read.documents[0].data if read is not None and read.documents else None
        return Place(file, 0, ("patches",) if isinstance(data, Mapping) and "patches" in data else (), "insert")


def _split(applied: AppliedObject, path: Route) -> tuple[str, Route]:
    """A path in an object as the contract writes it: container name, and the route from there, env by its name."""
    pod = POD_ROUTES.get(applied.ref.kind)
    if pod is None or path[: len(pod)] != pod:
        return "", path
    inner = path[len(pod) :]
    if len(inner) < 2 or inner[0] not in ("containers", "initContainers") or not isinstance(inner[1], int):
        return "", path
    container = node(applied.data, path[: len(pod) + 2])
    name = container.get("name") if isinstance(container, Mapping) else None
    rest = inner[2:]
    if len(rest) >= 2 and rest[0] == "env" and isinstance(rest[1], int):
        variable: Any = node(container, rest[:2])
        if isinstance(variable, Mapping):
            rest = ("env", str(variable.get("name")), *rest[2:])
    return str(name or ""), rest


def _exists(data: Any, path: Route) -> bool:
    for key in path:
        if (isinstance(data, Mapping) and key in data) or (
            isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data)
        ):
            data = data[key]  # type: ignore[index]
        else:
            return False
    return True


def _has(here: Node, key: str) -> bool:
    """Whether a map has a key, or a list an item of that name."""
    if isinstance(here.value, dict):
        return key in here.value
    return isinstance(here.value, list) and any(name_of(item) == key for item in here.value)


def _is_name(way: Lineage, path: Route) -> bool:
    """Whether kustomize may have put more to what stands there: to a reference, or to what it calls by its content."""
    return is_reference(path) or (way.hashed and path == ("metadata", "name"))
