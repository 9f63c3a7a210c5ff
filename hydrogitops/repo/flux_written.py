"""Where what Flux applies is written: values behind generated ConfigMaps, patches that replacements put in."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydrogitops.charts.kustomization import join
from hydrogitops.charts.lineage import UNKNOWN, Lineage
from hydrogitops.charts.patches import field_path
from hydrogitops.charts.replay import labels, replay
from hydrogitops.charts.trail import trace
from hydrogitops.charts.written import Node, below, plain, pointer
from hydrogitops.charts.written import Written as At
from hydrogitops.model import Environment, Layer, Parameter, Patch, Place, Route, Stage
from hydrogitops.source import reading
from hydrogitops.source.shapes import as_list, as_map, as_maps, node

from .flux_releases import Declared, is_release
from .flux_stages import held
from .flux_values import Held, said
from .kustomizations import patch_of
from .sources import Sources

_VALUES: Route = ("spec", "values")
_RENDERERS: Route = ("spec", "postRenderers")


@dataclass(slots=True)
class Written:
    """The objects of an environment on their way from the files. `patches`: those of no release."""

    sources: Sources
    stages: Sequence[Stage]
    patches: Sequence[Patch]
    ways: list[Lineage] = field(init=False)
    _trees: dict[int, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stages, patches = tuple(self.stages), tuple(self.patches)
        around = Environment("", "", None, None, stages=stages, patches=patches)
        self.ways = trace(around, self.sources.get, (), labels)

    def releases(self) -> Iterator[Declared]:
        """The HelmReleases, as far as can be told without an engine."""
        for way in self.ways:
            place = way.applied.source if way.applied is not None else None
            tree = self._tree(way)
            data = plain(tree)
            if place is not None and is_release(data):
                names = {"name": way.name, "namespace": way.namespace}
                metadata = {**as_map(data.get("metadata")), **{key: text for key, text in names.items() if text}}
                yield Declared(self._filled({**data, "metadata": metadata}, tree), place, way)

    def find(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """An object by kind and name."""
        way = next((one for one in self.ways if (one.kind, one.name) == (kind, name)), None)
        data = plain(self._tree(way)) if way is not None else None
        return data if isinstance(data, Mapping) else None

    # What ConfigMaps and Secrets hold --------------------------------------------------------------------------------

    def known(self, kind: str, namespace: str, name: str) -> Held | None:
        """What a ConfigMap or Secret will hold, with the places where it is written; None where nobody can say."""
        for way in self.ways:
            if (way.kind, way.name) == (kind, name) and namespace in ("", way.namespace or namespace):
                data = plain(self._tree(way))
                if isinstance(data, Mapping) and "sops" not in data:
                    return self.held(way, data)
        return None

    def held(self, way: Lineage | None, data: Mapping[str, Any]) -> Held:
        """What `data` holds, which came this way. What stands in a file is read there where it is not known yet."""
        files = self._files(way)
        texts = {key: text for key, text in held(data).items() if text != UNKNOWN}
        for key, among in files.items():
            text = self._text(among[-1])
            if key not in texts and text is not None and node(data, ("data", key)) is None:
                texts[key] = text
        last = {key: among[-1] for key, among in files.items()}
        return Held(texts, lambda key: self._layer(way, data, files.get(key, ()), key, texts[key]), last)

    def _files(self, way: Lineage | None) -> dict[str, list[str]]:
        """The files that a generated object is made of, by key; an overlay may put in another."""
        found: dict[str, list[str]] = {}
        for step in way.steps if way is not None else ():
            if step.change == "generator":
                for text in as_list(step.data.get("files")):
                    if isinstance(text, str):
                        name, given, path = text.rpartition("=")
                        target = join(posixpath.dirname(step.file), path)
                        found.setdefault(name if given else posixpath.basename(target), []).append(target)
        return found

    def _text(self, file: str) -> str | None:
        data = self.sources.content(file)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            return None

    def _layer(self, way: Lineage | None, data: Mapping[str, Any], among: Sequence[str], key: str, text: str) -> Layer:
        title = f"{data.get('kind')} {as_map(data.get('metadata')).get('name')}"
        file = next((one for one in among if self._text(one) == text), among[-1] if among else None)
        if file is not None:
            read = self.sources.get(file)
            # The controller takes the first document, where Helm takes all from a file.
            same = self._text(file) == text and read is not None and len(read.documents) < 2
            return Layer(file, file, text=None if same else text)
        part = "stringData" if key in as_map(data.get("stringData")) else "data"
        at = _last(below(self._tree(way), (part, key)))
        if at is None:
            # Put there by something that is not followed.
            place = way.applied.source if way is not None and way.applied is not None else None
            place = place or Place(self.stages[0].declared.file if self.stages else "", 0)
            return Layer(f"{place.file} ({title})", place.file, place.document, place.path, text=text, inline=True)
        place = _placed(at)
        document = self.sources.document(place.file, place.document)
        same = node(document.data if document is not None else None, place.path) == text
        written = None if same else text
        return Layer(f"{place.file} ({title})", place.file, place.document, place.path, inline=True, text=written)

    # Values of a HelmRelease -----------------------------------------------------------------------------------------

    def inline(self, declared: Declared) -> tuple[Layer, ...]:
        """The layers of `spec.values` of a HelmRelease: its own, and those of the patches that change it."""
        values = declared.spec.get("values")
        if not isinstance(values, Mapping) or not values:
            return ()
        at = declared.at
        own = Layer(f"{at.file} (values)", at.file, at.document, (*at.path, *_VALUES), inline=True)
        written = self.sources.document(at.file, at.document)
        had = isinstance(node(written.data if written is not None else None, own.path), Mapping)
        steps = declared.way.steps if declared.way is not None else ()
        changed = [layer for step in steps if step.patch is not None for layer in _changes(step.patch)]
        candidates = (*((own,) if had else ()), *changed)
        if candidates and said(self.sources, candidates) == values:
            return candidates
        place = candidates[0] if candidates else own
        return (Layer(place.name, place.file, place.document, place.path, inline=True, text=json.dumps(values)),)

    # Patches of a HelmRelease ----------------------------------------------------------------------------------------

    def post_rendered(self, declared: Declared, release: str) -> Iterator[Patch]:
        """The patches of a HelmRelease's post-renderers in order, each with the file or text that it is written in."""
        tree = self._tree(declared.way)
        for outer, renderer in enumerate(as_maps(declared.spec.get("postRenderers"))):
            for inner, item in enumerate(as_maps(as_map(renderer.get("kustomize")).get("patches"))):
                text = item.get("patch")
                if not isinstance(text, str) or text == UNKNOWN:
                    continue
                route: Route = (*_RENDERERS, outer, "kustomize", "patches", inner)
                entry = Place(declared.at.file, declared.at.document, (*declared.at.path, *route))
                found = below(tree, route)
                file = self._patch_file(found, text)
                at = _last(below(found, ("patch",)))
                place = _placed(at) if at is not None else entry._replace(path=(*entry.path, "patch"))
                target = as_map(item.get("target"))
                stated = {
                    key: _placed(where) for key in target if (where := _last(below(found, ("target", key)))) is not None
                }
                for document in reading.read(file or place.file, text).documents:
                    patch = (
                        patch_of(file, document.number, None, document, target, entry)
                        if file is not None
                        else patch_of(place.file, place.document, place.path, document, target, entry)
                    )
                    yield patch._replace(release=release, stated=stated)

    def _patch_file(self, found: Node | None, text: str) -> str | None:
        """The file whose text a replacement has put in; else the only one that holds this text."""
        files = self._replaced(found)
        same = [one for one in files if self._text(one) == text]
        if not same and not files:
            every = {one for way in self.ways for among in self._files(way).values() for one in among}
            same = [one for one in every if self._text(one) == text]
            return same[0] if len(same) == 1 else None
        return same[-1] if same else None

    def _replaced(self, found: Node | None) -> list[str]:
        """The files from which replacements fill the text of a post-renderer's patch, in order."""
        files: list[str] = []
        patch = below(found, ("patch",))
        for at in patch.places if patch is not None else ():
            if at.route[-2:-1] == ("fieldPaths",):
                document = self.sources.document(at.file)
                entry = node(document.data if document is not None else None, at.route[:-4])
                files += self._source(as_map(entry).get("source"))
        return files

    def _source(self, source: object) -> list[str]:
        """The files behind the key of a generated ConfigMap that a replacement reads."""
        stated = as_map(source)
        path = field_path(str(stated.get("fieldPath") or ""))
        if len(path) != 2 or path[0] != "data":
            return []
        key = path[1].strip("[]")
        ways = [one for one in self.ways if (one.kind, one.name) == ("ConfigMap", stated.get("name"))]
        return [file for way in ways for file in self._files(way).get(key, ())]

    def _filled(self, data: Mapping[str, Any], tree: Node) -> Mapping[str, Any]:
        """A HelmRelease with the patches that replacements will put in."""
        filled: Any = data
        for outer, renderer in enumerate(as_maps(node(data, _RENDERERS))):
            for inner, _ in enumerate(as_maps(as_map(renderer.get("kustomize")).get("patches"))):
                route: Route = (*_RENDERERS, outer, "kustomize", "patches", inner)
                files = self._replaced(below(tree, route))
                text = self._text(files[-1]) if files else None
                if text is not None:
                    filled = _put(filled, (*route, "patch"), text)
        return filled  # type: ignore[no-any-return]

    def _tree(self, way: Lineage | None) -> Node:
        if way is None:
            return Node(None)
        if id(way) not in self._trees:
            self._trees[id(way)] = replay(way)
        return self._trees[id(way)]


def _changes(patch: Patch) -> Iterator[Layer]:
    """What a patch says of a HelmRelease's own values, as layers."""
    start: Route = patch.inline or ()
    index = patch.document if patch.inline is None else patch.outer
    name = f"{patch.file} (values)"
    if not patch.json6902:
        values = node(patch.data, _VALUES)
        if isinstance(values, Mapping):
            text = json.dumps(values) if patch.inline is not None else None
            yield Layer(name, patch.file, index, (*start, *_VALUES), inline=True, text=text)
        return
    for position, operation in enumerate(as_maps(patch.data)):
        path = pointer(operation.get("path"))
        if operation.get("op") in ("add", "replace") and path[:2] == _VALUES and len(path) > 2:
            one = Parameter(path[2:], operation.get("value"), (*start, position, "value"))
            yield Layer(name, patch.file, index, (), inline=True, parameters=(one,))


def _last(found: Node | None) -> At | None:
    return found.places[-1] if found is not None and found.places else None


def _placed(at: At) -> Place:
    if at.inline is None:
        return Place(at.file, at.document, at.route)
    return Place(at.file, at.outer, (*at.inline, *at.route))


def _put(data: Any, route: Route, value: object) -> Any:
    """A copy with something else at a place; what is around it is shared."""
    if not route:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[route[0]] = _put(node(data, route[:1]), route[1:], value)
    return copy
