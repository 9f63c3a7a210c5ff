"""Which line made a field of an applied object: patches, then the document itself, then values by the contract."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hydrogitops.model import AppliedObject, Environment, Field, Patch, Place, Route, SourceFile
from hydrogitops.source import reading, spans

from . import patches
from .contract import Contract
from .provenance import ReleaseValues, Winner
from .workloads import POD_ROUTES, node

Known = Literal["proven", "contract", "candidate"]
Read = Callable[[str], SourceFile | None]


@dataclass(frozen=True, slots=True)
class Located:
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
    ) -> None:
        self.environment = environment
        self.releases = releases
        self.peers: Sequence[Origins] = ()
        self._objects = {applied.ref: applied for applied in objects}
        self._read = read

    def locate(self, field: Field) -> Located:
        """The place that decides a field, or the place of what is missing."""
        applied = self._objects.get(field.object)
        if applied is None:
            return Located(self._fallback(""), "candidate", exists=False)
        if not field.missing:
            found = self._existing(applied, field)
            if found is not None:
                return found
        return self._missing(applied, field)

    def values_path(self, applied: AppliedObject, path: Route) -> tuple[ReleaseValues, Route] | None:
        """The value that drives a field, by the contract of the release that made the object."""
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
        return values, ((*value, *rest) if source.whole else value)

    def _existing(self, applied: AppliedObject, field: Field) -> Located | None:
        part = "key" if field.key else "value"
        for patch in reversed(self.environment.patches):
            if patches.matches(patch, applied):
                route = patches.setting(patch, applied, field.path)
                if route is not None:
                    return Located(self._in_patch(patch, route, part, field.word), "proven", layer=patch.file)
        if applied.source is not None:
            place = applied.source
            path = (*place.path, *field.path)
            return Located(Place(place.file, place.index, path, part, field.word), "proven", layer=place.file)  # type: ignore[arg-type]
        driven = self.values_path(applied, field.path)
        if driven is None:
            return self._likely(applied, field.path, part)
        values, path = driven
        winner: Winner | None = values.winner(path)
        if winner is None or winner.place is None or winner.layer is None:
            return None
        place = winner.place
        word = field.word if self._whole_text(applied, field.path, winner) else None
        exact = Place(place.file, place.index, place.path, part, word)  # type: ignore[arg-type]
        return Located(exact, "contract", path, layer=winner.layer.layer.name)

    def _likely(self, applied: AppliedObject, path: Route, part: str) -> Located | None:
        """For a chart without contract: the value that ends in the most of the same keys and says the same."""
        values = self.releases.get(applied.release)
        if values is None or values.contract is not None:
            return None
        wanted, value = _names(path), node(applied.data, path)
        best: tuple[int, Located] | None = None
        for layer in values.layers:
            for written, here in leaves(layer.data):
                shared = _shared_end(wanted, _names(written))
                if shared and here == value and (best is None or shared >= best[0]):
                    place = layer.place(written, part=part)
                    best = shared, Located(place, "candidate", written, layer=layer.layer.name)
        if best is not None:
            return best[1]
        return Located(values.release.declared, "candidate", exists=False)

    def _likely_parent(self, applied: AppliedObject, path: Route) -> Located | None:
        """The same for what is missing: the map that ends in the keys of the nearest thing around it."""
        values = self.releases.get(applied.release)
        if values is None or values.contract is not None:
            return None
        for length in range(len(path) - 1, 0, -1):
            wanted = _names(path[:length])
            for layer in reversed(values.layers):
                for written, here in leaves(layer.data, maps=True):
                    if isinstance(here, Mapping) and wanted[-1:] == _names(written)[-1:] and wanted[-1:] != ():
                        place = layer.place(written, part="insert")
                        return Located(place, "candidate", written, exists=False, layer=layer.layer.name)
            if wanted and isinstance(path[length - 1], int):
                break
        return Located(values.release.declared, "candidate", exists=False)

    def _whole_text(self, applied: AppliedObject, path: Route, winner: Winner) -> bool:
        """Whether the field is the value's very text, so that offsets in one are offsets in the other."""
        return bool(node(applied.data, path) == winner.value)

    # What is missing ---------------------------------------------------------------------------------------------

    def _missing(self, applied: AppliedObject, field: Field) -> Located:
        if applied.source is not None:
            place, path = applied.source, field.path
            patched = self._deepest_patch(applied, path)
            while path and not _exists(applied.data, path):
                path = path[:-1]
            if patched is not None and patched[2] > len(path):
                return patched[0]
            at = Place(place.file, place.index, (*place.path, *path), "insert")
            return Located(at, "proven", exists=False, layer=place.file)
        driven = self.values_path(applied, field.path)
        if driven is not None:
            return self.missing_value(*driven)
        patched = self._deepest_patch(applied, field.path)
        if patched is not None:
            return patched[0]
        likely = self._likely_parent(applied, field.path)
        if likely is not None:
            return likely
        return Located(self._listing_patches(applied, field.path), "candidate", exists=False)

    def missing_value(self, values: ReleaseValues, path: Route) -> Located:
        """Where a value would have to be written: product rules for the place of what is missing."""
        for layer in reversed(values.layers):
            if layer.holds(path) and node(layer.data, path) is None:
                return Located(layer.place(path), "contract", path, layer=layer.layer.name)
        roles = self._roles(values, path)
        version = [layer for layer in values.layers if layer.layer.file.endswith("/version/values.yaml")]
        order = [values.layers[i] for i in roles] + version[::-1] + list(values.layers[:1]) + list(values.layers[::-1])
        for layer in order:
            ancestor = layer.ancestor(path)
            if ancestor:
                place = layer.place(ancestor, part="insert")
                return Located(place, "contract", path, exists=False, layer=layer.layer.name)
        release = values.release.declared
        return Located(self._fallback(release.file), "candidate", path, exists=False)

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

    def _deepest_patch(self, applied: AppliedObject, path: Route) -> tuple[Located, int, int] | None:
        """The patch that comes nearest to the field, at least as far as the containers; its place and how deep."""
        floor = len(POD_ROUTES.get(applied.ref.kind, ())) + 1
        best: tuple[Located, int, int] | None = None
        for order, patch in enumerate(self.environment.patches):
            if not patches.matches(patch, applied):
                continue
            route, rest = patches.deepest(patch, applied, path)
            depth = len(path) - len(rest)
            if route is None or depth < floor or (best is not None and depth < best[2]):
                continue
            gone = _null(patch.data, route)
            place = self._in_patch(patch, route, "value" if gone else "insert", None)
            best = Located(place, "proven", exists=gone, layer=patch.file), order, depth
        return best

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
        return self._fallback("")

    def _fallback(self, file: str) -> Place:
        name = next(
            (
                candidate
                for candidate in sorted(self.environment.files)
                if posixpath.dirname(candidate) == (self.environment.folder or "\0")
                and posixpath.basename(candidate).lower().startswith("kustomization")
            ),
            file,
        )
        if not name:
            declared = self.environment.declared
            return declared if declared is not None else Place("", 0)
        return self._patches_key(name)

    def _patches_key(self, file: str) -> Place:
        read = self._read(file)
        data = read.documents[0].data if read is not None and read.documents else None
        return Place(file, 0, ("patches",) if isinstance(data, Mapping) and "patches" in data else (), "insert")

    def _in_patch(self, patch: Patch, route: Route, part: str, word: tuple[int, int] | None) -> Place:
        if patch.inline is None:
            return Place(patch.file, patch.index, route, part, word)  # type: ignore[arg-type]
        return nested(self._read, patch.file, patch.inline, Place(patch.file, patch.index, route, part, word))  # type: ignore[arg-type]


def nested(read: Read, file: str, inline: Route, inner: Place) -> Place:
    """A place inside a YAML text that is itself a scalar of `file`, as a word of that scalar."""
    outer = read(file)
    text = node(outer.documents[0].data, inline) if outer is not None and outer.documents else None
    if not isinstance(text, str):
        return Place(file, 0, inline)
    span = spans.span(reading.read(file, text), inner)
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return min(starts[min(line - 1, len(starts) - 1)] + column - 1, len(text))

    return Place(file, 0, inline, "value", (offset(span.line, span.column), offset(span.end_line, span.end_column)))


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


def leaves(data: object, route: Route = (), *, maps: bool = False) -> Iterator[tuple[Route, object]]:
    """Every scalar below a mapping or list with its path; with `maps` every mapping too."""
    steps: Iterable[tuple[str | int, object]] = ()
    if isinstance(data, Mapping):
        steps = data.items()
        if maps and route:
            yield route, data
    elif isinstance(data, list):
        steps = enumerate(data)
    elif route:
        yield route, data
    for step, below in steps:
        yield from leaves(below, (*route, step), maps=maps)


def _names(path: Route) -> tuple[str, ...]:
    return tuple(key for key in path if isinstance(key, str))


def _shared_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _exists(data: Any, path: Route) -> bool:
    for key in path:
        if (isinstance(data, Mapping) and key in data) or (
            isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data)
        ):
            data = data[key]  # type: ignore[index]
        else:
            return False
    return True


def _null(data: Any, route: Route) -> bool:
    return node(data, route) is None
