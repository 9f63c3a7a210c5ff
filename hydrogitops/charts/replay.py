"""What the changes on an object's way made of it: every field with the line that the engine must have taken it from.

The engine's own answer counts. `agrees` says whether a replayed field is what the engine gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.model import Route

from . import field_specs, patches
from .lineage import UNKNOWN, Lineage, Step
from .merges import merged
from .operations import operated
from .written import At, Known, Node, Written, below, charted, grown, overwritten, plain, put

REPLICATED = frozenset(("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"))


def replay(lineage: Lineage) -> Node:
    """The tree of an object behind all steps of its way so far."""
    applied = lineage.applied
    if applied is None:
        root = Node({})
    elif applied.source is not None:
        root = grown(applied.data, _at(applied.source.file, applied.source.document, applied.source.path))
    else:
        root = charted(applied.data)
    api_version = applied.ref.api_version if applied is not None else lineage.api_version
    for step in lineage.steps:
        changed = _taken(root, step, api_version)
        if changed is None:
            return root
        root = changed
        stated = below(root, ("apiVersion",))
        api_version = str(stated.value) if stated is not None else api_version
    return root


def labels(lineage: Lineage, part: str) -> object:
    """Labels or annotations of an object as they are by now: what selectors are held against."""
    if not lineage.steps:
        applied = lineage.applied
        metadata = applied.data.get("metadata") if applied is not None else None
        return metadata.get(part) if isinstance(metadata, Mapping) else None
    return plain(below(replay(lineage), ("metadata", part)))


def agrees(replayed: object, applied: object, *, renamed: bool) -> bool:
    """Whether a replayed scalar is what the engine gave; with `renamed` it is a name that may have got more to it."""
    if isinstance(replayed, (dict, list)) or isinstance(applied, (dict, list)):
        return type(replayed) is type(applied)
    if replayed == applied and isinstance(replayed, bool) == isinstance(applied, bool):
        return True
    texts = isinstance(replayed, str) and isinstance(applied, str)
    return renamed and texts and bool(replayed) and str(replayed) in str(applied)


def _taken(root: Node, step: Step, api_version: str) -> Node | None:
    at = _at(step.file, step.document, step.route, known="proven" if step.sure else "candidate")
    data = step.data
    match step.change:
        case "patch" if step.patch is not None:
            patch = step.patch
            known: Known = "proven" if step.sure else "candidate"
            there = _at(patch.file, patch.document, (), patch.inline, known, patch.outer)
            if patch.json6902:
                operated(root, patch.data if isinstance(patch.data, list) else (), there)
                if not step.sure:
                    _doubt(root)
                return root
            return merged(root, patch.data if isinstance(patch.data, Mapping) else {}, there, api_version, _kept(step))
        case "namespace":
            kind = below(root, ("kind",))
            name = ("metadata", "name" if kind is not None and kind.value == "Namespace" else "namespace")
            put(root, name, Node(data, (at(()),)), create=True)
        case "namePrefix" | "nameSuffix":
            named = below(root, ("metadata", "name"))
            if named is not None:
                named.value = f"{data}{named.value}" if step.change == "namePrefix" else f"{named.value}{data}"
        case "labels":
            _label(root, step, at)
        case "annotations":
            for key, value in data.items():
                node = Node(value, (at((key,)),))
                kind = plain(below(root, ("kind",)))
                for route in (("metadata", "annotations"), *field_specs.templates(kind, "annotations")):
                    put(root, (*route, key), node, create=True)
        case "replicas":
            if str(plain(below(root, ("kind",)))) in REPLICATED:
                put(root, ("spec", "replicas"), Node(data.get("count"), (at(("count",)),)), create=True)
        case "images":
            for node in _images(root):
                _image(node, data, at)
        case "generator":
            _generate(root, data, at)
        case "replacement":
            _replace(root, data, at)
        case _:
            _doubt(root)
    return root


def _at(
    file: str, index: int, start: Route, inline: Route | None = None, known: Known = "proven", outer: int = 0
) -> At:
    return lambda route: Written(file, index, (*start, *route), inline, known, outer)


def _kept(step: Step) -> frozenset[Route]:
    """What a strategic merge cannot change: what names the object, unless the patch says that it may."""
    kept: set[Route] = {("apiVersion",), ("metadata", "namespace")}
    if not step.data.get("allowKindChange"):
        kept.add(("kind",))
    if not step.data.get("allowNameChange"):
        kept.add(("metadata", "name"))
    return frozenset(kept)


# Labels ----------------------------------------------------------------------------------------------------------


def _label(root: Node, step: Step, at: At) -> None:
    common = step.route[:1] == ("commonLabels",)
    pairs = step.data if common else step.data.get("pairs")
    inside: Route = () if common else ("pairs",)
    selectors = common or step.data.get("includeSelectors") is True
    templates = selectors or step.data.get("includeTemplates") is True
    kind = plain(below(root, ("kind",)))
    for key, value in pairs.items() if isinstance(pairs, Mapping) else ():
        node = Node(value, (at((*inside, key)),))
        put(root, ("metadata", "labels", key), node, create=True)
        for route in field_specs.templates(kind, "labels") if templates else ():
            put(root, (*route, key), node, create=True)
        stated = () if common else field_specs.stated(kind, step.data.get("fields"))
        for route, create in (*field_specs.selectors(kind), *stated) if selectors else stated:
            for labelled in _reached(root, route, node, create=create):
                labelled.value[key] = overwritten(labelled.value.get(key), node)


def _reached(here: Node, route: Route, made_by: Node, *, create: bool) -> Iterator[Node]:
    """The maps at a route that goes through lists; with `create` those that are not there are made."""
    if isinstance(here.value, list):
        for one in here.value:
            yield from _reached(one, route, made_by, create=create)
    elif isinstance(here.value, dict):
        if not route:
            yield here
            return
        if create and route[0] not in here.value:
            here.value[route[0]] = Node({}, made_by.places)
        if route[0] in here.value:
            yield from _reached(here.value[route[0]], route[1:], made_by, create=create)


def _is_scalar(node: Node) -> bool:
    return not isinstance(node.value, (dict, list))


# Images ----------------------------------------------------------------------------------------------------------


def _images(node: Node) -> Iterator[Node]:
    """The images of containers, wherever an object holds a list of them."""
    if isinstance(node.value, dict):
        for key, one in node.value.items():
            if key in ("containers", "initContainers") and isinstance(one.value, list):
                found = (below(item, ("image",)) for item in one.value)
                yield from (image for image in found if image is not None and isinstance(image.value, str))
            else:
                yield from _images(one)
    elif isinstance(node.value, list):
        for one in node.value:
            yield from _images(one)


def _image(node: Node, entry: Mapping[str, Any], at: At) -> None:
    name, tag, digest = _parts(node.value)
    if not isinstance(entry.get("name"), str) or not patches.fits(entry["name"], name):
        return
    new = {key: str(entry[key]) for key in ("newName", "newTag", "digest", "tagSuffix") if entry.get(key)}
    if not new:
        return
    name = new.get("newName", name)
    if "newTag" in new or "digest" in new:
        tag, digest = new.get("newTag", ""), new.get("digest", "")
    elif "tagSuffix" in new:
        tag, digest = tag + new["tagSuffix"], ""
    key = next(key for key in ("digest", "newTag", "tagSuffix", "newName") if key in new)
    node.value = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    node.places = (*node.places, at((key,)))
    node.chart = None


def _parts(image: str) -> tuple[str, str, str]:
    """Name, tag and digest as kustomize splits them: a colon before the first slash belongs to the name."""
    rest, _, digest = image.partition("@")
    start = max(rest.find("/"), 0)
    colon = rest.find(":", start)
    return (rest, "", digest) if colon < 0 else (rest[:colon], rest[colon + 1 :], digest)


# Generators, replacements, what cannot be followed ------------------------------------------------------------------


def _generate(root: Node, entry: Mapping[str, Any], at: At) -> None:
    """The keys of a generated object; what stands in a file is no scalar of ours."""
    root.places = (*root.places, at(()))
    if entry.get("behavior") == "replace":
        root.value.pop("data", None)
    for part in ("literals", "files", "envs"):
        listed = entry.get(part)
        for index, text in enumerate(listed if isinstance(listed, list) else ()):
            key, equals, value = str(text).partition("=")
            key = key if equals or part != "files" else key.rpartition("/")[2]
            place = at((part, index))
            if part == "literals":
                put(root, ("data", key), Node(value.strip("\"'"), (place,)), create=True)
            elif part == "files":
                put(root, ("data", key), Node(None, (_doubted(place),)), create=True)


def _replace(root: Node, target: Mapping[str, Any], at: At) -> None:
    """Fields that a replacement writes: what it says is decided elsewhere."""
    listed = target.get("fieldPaths")
    for index, text in enumerate(listed if isinstance(listed, list) else ()):
        for node, rest in _named(root, patches.field_path(str(text))):
            if rest:
                node.awaited.add(rest)
                continue
            node.value = UNKNOWN if _is_scalar(node) else node.value
            node.places = (*node.places, at(("fieldPaths", index)))
            node.chart = None
            _doubt(node)


def _named(node: Node, route: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """What a field path of a replacement leads to (keys, positions, `*`, `[key=value]`), and what lacks below it."""
    if not route:
        yield node, ()
        return
    key, rest = route[0], route[1:]
    if isinstance(node.value, dict) and key != "*" and key not in node.value:
        yield node, route
        return
    if isinstance(node.value, dict):
        found = list(node.value.values()) if key == "*" else [node.value[key]]
    elif isinstance(node.value, list):
        inner, _, wanted = key.strip("[]").partition("=")
        found = [
            one
            for index, one in enumerate(node.value)
            if key in ("*", str(index)) or (key.startswith("[") and str(plain(below(one, (inner,)))) == wanted)
        ]
    else:
        found = []
    for one in found:
        yield from _named(one, rest)


def _doubt(node: Node) -> None:
    """Nothing of a tree is proven any more."""
    node.places = tuple(map(_doubted, node.places))
    if isinstance(node.value, dict):
        for one in node.value.values():
            _doubt(one)
    elif isinstance(node.value, list):
        for one in node.value:
            _doubt(one)


def _doubted(place: Written) -> Written:
    return place._replace(known="candidate")
