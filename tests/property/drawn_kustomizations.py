"""Kustomizations drawn at random: bases, overlays and components that rename, patch, label and replace.

A draw keeps track of what its objects are called, so that most patches are for something that is there.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from .drawn_objects import IMAGES, KINDS, NAMES, WORDS, Drawn, Thing, settings, workload
from .drawn_patches import patch, replacement


def drawn(seed: int, folder: str) -> Drawn:
    """The tree of a seed."""
    draw = Drawn(Random(seed), folder)
    draw.plain = draw.often(0.3)
    below = f"{folder}/base"
    things = _base(draw, below, {})
    if draw.often(0.25):
        below = _beside(draw, below, things)
    for _ in range(draw.pick((0, 1, 1, 2))):
        above = f"{folder}/{draw.fresh('overlay')}"
        _layer(draw, above, {"resources": [_from(above, below)]}, things)
        below = above
    if draw.often(0.12):
        below = _twice(draw, below, things)
    draw.top = below
    return draw


def _base(draw: Drawn, folder: str, made: dict[str, Any]) -> list[Thing]:
    things, documents = [], []
    for name in NAMES[: draw.pick((1, 2, 2, 3))]:
        kind = draw.pick(KINDS)
        namespace = draw.pick(("", "", "n1", "n2"))
        containers = [name, *(["side"] if draw.often(0.4) else [])]
        labels = {"app": name, "tier": draw.pick(WORDS)}
        things.append(Thing(kind, [(namespace, name)], containers, labels))
        documents.append(workload(draw, things[-1]))
        if draw.often(0.15):
            # One of the same name in another namespace.
            twin = Thing(kind, [(draw.pick(("n4", "n5")), name)], list(containers), dict(labels))
            things.append(twin)
            documents.append(workload(draw, twin))
    if draw.often(0.3):
        documents.append(settings("settings", draw.pick(things).names[0][0]))
    if draw.often(0.1):
        documents = [{"apiVersion": "v1", "kind": "List", "items": documents}]
    if draw.often(0.3):
        draw.random.shuffle(documents)
    listed = []
    if draw.often(0.1):
        draw.files[f"{folder}/z.json"] = json.dumps(documents.pop(), indent=draw.pick((None, 2)))
        listed.append("z.json")
    cut = draw.random.randint(0, len(documents))
    files = {draw.pick(("x.yaml", "x.yml")): documents[:cut], "y.yaml": documents[cut:]}
    for file, inside in files.items():
        if inside:
            draw.files[f"{folder}/{file}"] = draw.text(inside)
            listed.append(file)
    _layer(draw, folder, {"resources": listed, **made}, things)
    return things


def _beside(draw: Drawn, below: str, things: list[Thing]) -> str:
    """A further base, in which objects may have the same names, and what includes both."""
    other = f"{draw.folder}/other"
    apart = draw.pick(({"namePrefix": "o-"}, {"namespace": "n6"}, {"nameSuffix": "-o", "namespace": "n6"}))
    more = _base(draw, other, apart)
    things += more
    both = f"{draw.folder}/{draw.fresh('sum')}"
    listed = [_from(both, below), _from(both, other)]
    draw.random.shuffle(listed)
    _layer(draw, both, {"resources": listed}, things)
    return both


def _layer(draw: Drawn, folder: str, made: dict[str, Any], things: list[Thing], *, depth: int = 0) -> None:
    """Write the kustomization of a folder: what it has, components, and changes to all of it."""
    kind = "Component" if depth else "Kustomization"
    version = "v1alpha1" if depth else "v1beta1"
    data: dict[str, Any] = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind, **made}
    components = []
    for _ in range(draw.pick((0, 0, 0, 0, 1, 2)) if depth < 2 else 0):
        component = f"{draw.folder}/{draw.fresh('component')}"
        _layer(draw, component, {}, things, depth=depth + 1)
        components.append(_from(folder, component))
    if components:
        data["components"] = components
    late = []
    for _ in range(draw.pick((0, 1, 1, 2))):
        key, entry = patch(draw, folder, things)
        if key == "patchesJson6902":
            late.append(entry)
        else:
            data.setdefault(key, []).append(entry)
    _renamed(draw, data, things)
    _labelled(draw, data, things)
    if depth and len(data) == 2:
        data["buildMetadata"] = []
    if draw.often(0.15):
        data["configMapGenerator"] = [_generator(draw, folder)]
    if draw.often(0.08):
        data["replacements"] = [replacement(draw, things)]
    if draw.often(0.1):
        data["commonAnnotations"] = {"note": draw.pick(WORDS)}
    if late:
        data["patchesJson6902"] = late
    if draw.often(0.2):
        thing = draw.pick(things)
        if thing.kind in ("Deployment", "StatefulSet"):
            data["replicas"] = [{"name": draw.pick(thing.names)[1], "count": draw.pick((1, 2, 3))}]
    if draw.often(0.25):
        new = draw.pick((("newTag",), ("newName",), ("newName", "newTag"), ("digest",), ("newTag", "digest")))
        texts = {"newTag": "1.1", "newName": draw.pick(IMAGES), "digest": "sha256:" + "0" * 64}
        data["images"] = [{"name": draw.pick(IMAGES), **{key: texts[key] for key in new}}]
    items = list(data.items())
    if draw.often(0.2):
        draw.random.shuffle(items)
    draw.files[f"{folder}/kustomization.yaml"] = draw.text([dict(items)], alone=True)


def _generator(draw: Drawn, folder: str) -> dict[str, Any]:
    """A generator of a ConfigMap, or one that adds to what there is."""
    if draw.generated and draw.often(0.3):
        merged = {"name": draw.pick(draw.generated), "behavior": draw.pick(("merge", "replace"))}
        return {**merged, "literals": [f"A={draw.pick(WORDS)}", "C=c"]}
    made: dict[str, Any] = {"name": draw.fresh("cfg"), "literals": [f"{key}={draw.pick(WORDS)}" for key in "AB"]}
    if draw.often(0.3):
        name = draw.fresh("data")
        draw.files[f"{folder}/{name}.env"] = "X=1\nY=2\n"
        draw.files[f"{folder}/{name}.txt"] = "text\n"
        made |= {"envs": [f"{name}.env"], "files": [draw.pick((f"{name}.txt", f"f={name}.txt"))]}
    if draw.often(0.5):
        made["options"] = {"disableNameSuffixHash": True}
    draw.generated.append(made["name"])
    return made


def _labelled(draw: Drawn, data: dict[str, Any], things: list[Thing]) -> None:
    pairs = {draw.pick(("app", "team", "tier")): draw.pick(WORDS)}
    if draw.often(0.2):
        options = draw.pick(({}, {"includeTemplates": True}, {"includeSelectors": True}))
        data["labels"] = [{"pairs": pairs, **options}]
    elif draw.often(0.05):
        data["commonLabels"] = pairs
    else:
        return
    for thing in things:
        thing.labels |= pairs


def _renamed(draw: Drawn, data: dict[str, Any], things: list[Thing]) -> None:
    chosen = {key: draw.pick(("", "", "", text)) for key, text in (("namePrefix", "p-"), ("nameSuffix", "-s"))}
    namespace = data.get("namespace") or draw.pick(("", "", "", "n3"))
    if namespace and len({(thing.kind, thing.names[-1][1]) for thing in things}) == len(things):
        data["namespace"] = namespace
        for thing in things:
            thing.names.append((namespace, thing.names[-1][1]))
    for key, text in chosen.items():
        text = data.get(key) or text
        if text:
            data[key] = text
            for thing in things:
                space, name = thing.names[-1]
                thing.names.append((space, f"{text}{name}" if key == "namePrefix" else f"{name}{text}"))


def _twice(draw: Drawn, below: str, things: list[Thing]) -> str:
    """Two overlays with names of their own over one base, and what includes both."""
    listed = []
    for letter in "xy":
        folder = f"{draw.folder}/{letter}"
        _layer(draw, folder, {"resources": [_from(folder, below)]}, [one.copy() for one in things])
        outer = f"{draw.folder}/{letter}{letter}"
        draw.files[f"{outer}/kustomization.yaml"] = draw.text(
            [{"resources": [f"../{letter}"], "namePrefix": f"{letter}-"}], alone=True
        )
        listed.append(f"../{letter}{letter}")
    top = f"{draw.folder}/both"
    draw.files[f"{top}/kustomization.yaml"] = draw.text([{"resources": listed}], alone=True)
    return top


def _from(folder: str, target: str) -> str:
    return "/".join([".."] * len(folder.split("/")) + [target])
