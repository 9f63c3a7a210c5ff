"""Where what Flux applies is written: values behind generated ConfigMaps, patches that replacements put in."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.charts.patches import matches
from hydrogitops.charts.workloads import node, ref
from hydrogitops.model import AppliedObject, Layer, Patch, Place, Route
from hydrogitops.source import reading

from .flux_releases import Declared, is_release
from .flux_stages import held
from .flux_values import Held, said
from .kustomizations import patch_of
from .sources import Sources

HASH = re.compile(r"-[a-z0-9]{10}")
"""What kustomize puts behind the name of a generated object."""
_POST_RENDERED = re.compile(r"spec\.postRenderers\.(\d+)\.kustomize\.patches\.(\d+)\.patch")


@dataclass(slots=True)
class Written:
    """The files of an environment by what is made of them. `documents`: its plain documents, `files`: all it reads."""

    sources: Sources
    documents: Sequence[tuple[str, int]]
    files: Sequence[str]
    generated: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    """Files by the key that they get, for each kind and name that a generator gives; an overlay may put in another."""
    generators: dict[tuple[str, str], Place] = field(default_factory=dict)
    replaced: dict[tuple[int, int], list[tuple[str, str]]] = field(default_factory=dict)
    """Names of a generated ConfigMap and of a key in it that become a patch of a post-renderer."""

    def __post_init__(self) -> None:
        for file in self.files:
            document = self.sources.document(file) if is_kustomization(file) else None
            if document is not None and isinstance(document.data, Mapping):
                self._kustomization(file, document.data)

    def _kustomization(self, file: str, data: Mapping[str, Any]) -> None:
        for generator, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, item in enumerate(_maps(data.get(generator))):
                names = kind, str(item.get("name") or "")
                known = self.generated.setdefault(names, {})
                self.generators[names] = Place(file, 0, (generator, index))
                for text in _list(item.get("files")):
                    if isinstance(text, str):
                        name, given, path = text.rpartition("=")
                        target = join(posixpath.dirname(file), path)
                        known.setdefault(name if given else posixpath.basename(target), []).append(target)
        for entry in _maps(data.get("replacements")):
            source = _map(entry.get("source"))
            found = re.fullmatch(r"data\.(?:\[([^\]=]+)\]|(.+))", str(source.get("fieldPath") or ""))
            key = (found[1] or found[2].replace("\\.", ".")) if found is not None else ""
            for aim in _maps(entry.get("targets")):
                for path in _list(aim.get("fieldPaths")):
                    place = _POST_RENDERED.fullmatch(str(path))
                    if place is not None and key:
                        at = int(place[1]), int(place[2])
                        self.replaced.setdefault(at, []).append((str(source.get("name") or ""), key))

    # Documents -------------------------------------------------------------------------------------------------------

    def releases(self) -> Iterator[Declared]:
        """The HelmReleases as they are written."""
        for place, data in self._data():
            if is_release(data):
                yield Declared(data, place)

    def find(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """A plain document by kind and name."""
        return next((data for _, data in self._data() if _is(data, kind, name)), None)

    def held(self, kind: str, name: str, data: Mapping[str, str] | None = None) -> Held | None:
        """What a ConfigMap or Secret holds, `data` where that is known already, with the places where it is written."""
        files = self._files(kind, name)
        for place, document in self._data():
            if files is None and _is(document, kind, name) and "sops" not in document:
                own = held(document)
                texts = own if data is None else data
                return Held(texts, lambda key: self._in_document(place, document, own, texts, key))  # noqa: B023
        if files is None and data is None:
            return None
        made = files or {}
        texts = data if data is not None else self._texts(made)
        last = {key: among[-1] for key, among in made.items()}
        return Held(texts, lambda key: self._in_file(kind, name, made.get(key, ()), texts[key]), last)

    def _files(self, kind: str, name: str) -> dict[str, list[str]] | None:
        return self.generated.get(self._generated(kind, name))

    def _generated(self, kind: str, name: str) -> tuple[str, str]:
        """Kind and name of the generator that makes an object of a name."""
        hashed = (kind, name) not in self.generated and HASH.fullmatch(name[-11:]) is not None
        return kind, name[:-11] if hashed else name

    def _texts(self, files: Mapping[str, Sequence[str]]) -> dict[str, str]:
        return {key: text for key, among in files.items() if (text := self._text(among[-1])) is not None}

    def _text(self, file: str) -> str | None:
        data = self.sources.content(file)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            return None

    def _in_file(self, kind: str, name: str, among: Sequence[str], text: str) -> Layer:
        file = next((one for one in among if self._text(one) == text), among[-1] if among else None)
        if file is None:
            # Written out in a generator, or put there by a patch.
            at = self.generators.get(self._generated(kind, name), Place(self.files[0] if self.files else "", 0))
            return Layer(f"{at.file} ({kind} {name})", at.file, at.index, at.path, text=text, inline=True)
        read = self.sources.get(file)
        # The controller takes the first document, where Helm takes all from a file.
        same = self._text(file) == text and read is not None and len(read.documents) < 2
        return Layer(file, file, text=None if same else text)

    def _in_document(
        self, place: Place, document: Mapping[str, Any], own: Mapping[str, str], texts: Mapping[str, str], key: str
    ) -> Layer:
        route: Route = (*place.path, "stringData" if key in _map(document.get("stringData")) else "data", key)
        same = own.get(key) == texts[key] and node(document, route[len(place.path) :]) == texts[key]
        title = f"{place.file} ({document.get('kind')})"
        return Layer(title, place.file, place.index, route, inline=True, text=None if same else texts[key])

    def _data(self) -> Iterator[tuple[Place, Mapping[str, Any]]]:
        for file, index in self.documents:
            document = self.sources.document(file, index)
            data = document.data if document is not None else None
            if isinstance(data, Mapping):
                listed = data.get("items") if str(data.get("kind", "")).endswith("List") else None
                for position, item in enumerate(_list(listed)):
                    if isinstance(item, Mapping):
                        yield Place(file, index, ("items", position)), item
                if listed is None:
                    yield Place(file, index), data

    # Patches ---------------------------------------------------------------------------------------------------------

    def inline(self, declared: Declared, patches: Sequence[Patch]) -> tuple[Layer, ...]:
        """The layers of `spec.values` of a HelmRelease: its own, and those of the patches that change it."""
        values = declared.spec.get("values")
        if not isinstance(values, Mapping) or not values:
            return ()
        at = declared.at
        route: Route = (*at.path, "spec", "values")
        own = Layer(f"{at.file} (values)", at.file, at.index, route, inline=True)
        changed = [
            Layer(f"{patch.file} (values)", patch.file, patch.index, ("spec", "values"), inline=True)
            for patch in _patching(declared, patches)
            if patch.inline is None and isinstance(node(patch.data, ("spec", "values")), Mapping)
        ]
        written = self.sources.document(at.file, at.index)
        had = isinstance(node(written.data if written is not None else None, route), Mapping)
        candidates = (*((own,) if had else ()), *changed)
        if candidates and said(self.sources, candidates) == values:
            return candidates
        place = candidates[0] if candidates else own
        return (Layer(place.name, place.file, place.index, place.path, inline=True, text=json.dumps(values)),)

    def filled(self, declared: Declared) -> Declared:
        """A HelmRelease with the patches that replacements will put in."""
        data: Any = declared.data
        for (outer, inner), names in self.replaced.items():
            among = (self._files("ConfigMap", names[0][0]) or {}).get(names[0][1])
            text = self._text(among[-1]) if among else None
            route: Route = ("spec", "postRenderers", outer, "kustomize", "patches", inner)
            if text is not None and isinstance(node(data, route), Mapping):
                data = _put(data, (*route, "patch"), text)
        return Declared(data, declared.at)

    def post_rendered(self, declared: Declared, release: str) -> Iterator[Patch]:
        """The patches of a HelmRelease's post-renderers in order, each with the file or text that it is written in."""
        for outer, renderer in enumerate(_maps(declared.spec.get("postRenderers"))):
            for inner, item in enumerate(_maps(_map(renderer.get("kustomize")).get("patches"))):
                text = item.get("patch")
                if not isinstance(text, str):
                    continue
                at = declared.at
                route: Route = (*at.path, "spec", "postRenderers", outer, "kustomize", "patches", inner)
                entry = Place(at.file, at.index, route)
                target = _map(item.get("target"))
                file = self._patch_file((outer, inner), text)
                read = reading.read(file or at.file, text)
                inline = None if file else (*route, "patch")
                for document in read.documents:
                    patch = patch_of(file or at.file, document.index, inline, document, target, entry)
                    yield replace(patch, release=release)

    def _patch_file(self, at: tuple[int, int], text: str) -> str | None:
        """The file whose text a replacement has put in; else the only one that holds this text."""
        for name, key in self.replaced.get(at, ()):
            for file in (self._files("ConfigMap", name) or {}).get(key, ()):
                if self._text(file) == text:
                    return file
        made = (file for files in self.generated.values() for among in files.values() for file in among)
        files = {file for file in made if self._text(file) == text}
        return files.pop() if len(files) == 1 else None


def merged(data: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386), which a strategic merge is for kinds that kustomize has no schema of."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(data) if isinstance(data, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def patched(declared: Declared, patches: Sequence[Patch]) -> Declared:
    """A HelmRelease with its strategic merges, as far as can be told without the engine."""
    data: Any = declared.data
    for patch in _patching(declared, patches):
        if isinstance(patch.data, Mapping):
            # What names the object stays as it is.
            data = {**data, "spec": merged(data.get("spec"), patch.data.get("spec") or {})}
    return Declared(data, declared.at)


def _patching(declared: Declared, patches: Sequence[Patch]) -> Iterator[Patch]:
    reference = ref(declared.data)
    if reference is not None:
        applied = AppliedObject(reference, declared.data)
        yield from (patch for patch in patches if matches(patch, applied))


def _put(data: Any, route: Route, value: object) -> Any:
    """A copy with something else at a place; what is around it is shared."""
    if not route:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[route[0]] = _put(node(data, route[:1]), route[1:], value)
    return copy


def _is(data: Mapping[str, Any], kind: str, name: str) -> bool:
    return data.get("kind") == kind and _map(data.get("metadata")).get("name") == name


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [one if isinstance(one, Mapping) else {} for one in _list(value)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
