"""Replacements of a kustomization that take from, or write to, what the kustomization itself does not have."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.charts.patches import field_path
from hydrogitops.model import Environment, Place
from hydrogitops.source import reading
from hydrogitops.source.shapes import as_list, node

from .inputs import Read, nodes

_GENERATED = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_ITEM = r"\[([^\]=]+)=([^\]]+)\]"


class RefusedReplacement(NamedTuple):
    """What kustomize says no to. `meant`: the text that was likely meant in its place, empty where nobody knows."""

    at: Place
    message: str
    meant: str


def refused_replacements(environment: Environment, read: Read) -> Iterator[RefusedReplacement]:
    """The replacements of an environment that fail on what stands in their own kustomization."""
    for file in sorted(name for name in environment.files if is_kustomization(name)):
        found = read(file)
        data = found.documents[0].data if found is not None and found.documents else None
        added = list(_added(file, data))
        for index, item in enumerate(as_list(node(data, ("replacements",)))):
            yield from _source(file, data, index, item, read)
            for position, target in enumerate(as_list(node(item, ("targets",)))):
                for number, text in enumerate(as_list(node(target, ("fieldPaths",)))):
                    at = Place(file, 0, ("replacements", index, "targets", position, "fieldPaths", number))
                    yield from _item(at, str(text), added)


def _source(file: str, data: Any, index: int, item: Any, read: Read) -> Iterator[RefusedReplacement]:
    """A key that a generator of the same kustomization does not give."""
    kind, name = node(item, ("source", "kind")), node(item, ("source", "name"))
    text = node(item, ("source", "fieldPath"))
    path = field_path(text) if isinstance(text, str) else ()
    generators = [one for one in as_list(node(data, (_GENERATED.get(str(kind), ""),))) if node(one, ("name",)) == name]
    if len(generators) != 1 or len(path) != 2 or path[0] != "data" or node(generators[0], ("envs",)):
        return
    listed = [str(text).rpartition("=")[2] for text in as_list(node(generators[0], ("files",)))]
    if any(read(join(posixpath.dirname(file), text)) is None for text in listed):
        # A file that is not there is told as that.
        return
    keys = _keys(generators[0])
    key = path[1].strip("[]")
    if key in keys:
        return
    near = get_close_matches(key, keys, 1)
    yield RefusedReplacement(
        Place(file, 0, ("replacements", index, "source", "fieldPath")),
        f"the {kind} {name} has no key {key}, but {', '.join(keys) or 'none'}, and kustomize refuses the replacement",
        str(text).replace(key, near[0]) if near else "",
    )


def _keys(generator: Any) -> list[str]:
    keys = [str(text) for text in as_list(node(generator, ("files",)))]
    keys = [text.partition("=")[0] if "=" in text else text.rpartition("/")[2] for text in keys]
    return keys + [str(text).partition("=")[0] for text in as_list(node(generator, ("literals",)))]


def _item(at: Place, text: str, added: list[Mapping[str, Any]]) -> Iterator[RefusedReplacement]:
    """An item of a list that the patches of the same kustomization add under another name."""
    for key, wanted in re.findall(_ITEM, text):
        stated = sorted({str(one[key]) for one in added if key in one})
        if stated and wanted not in stated:
            near = get_close_matches(wanted, stated, 1)
            yield RefusedReplacement(
                at,
                f"no patch here adds an item with {key}: {wanted}, and kustomize refuses the replacement",
                text.replace(f"[{key}={wanted}]", f"[{key}={near[0]}]") if near else "",
            )


def _added(file: str, data: Any) -> Iterator[Mapping[str, Any]]:
    """The items that JSON6902 patches written in a kustomization append to lists."""
    for item in as_list(node(data, ("patches",))):
        text = node(item, ("patch",))
        for document in reading.read(file, text).documents if isinstance(text, str) else ():
            for _, value in nodes(document.data):
                if isinstance(value, Mapping) and str(value.get("path", "")).endswith("/-"):
                    inner = value.get("value")
                    if isinstance(inner, Mapping):
                        yield inner
