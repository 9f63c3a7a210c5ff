"""Kustomizations drawn at random: bases, overlays and components that rename, patch, label and replace.

A draw keeps track of what its objects are called, so that most patches are for something that is there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

NAMES = ("api", "web", "db")
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
SIZES = ("64Mi", "128Mi", "1Gi", "2Gi")
WORDS = ("a", "b", "c")
IMAGES = ("nginx", "docker.io/acme/app", "registry.example.com:5000/acme/tool")
POD = {"CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}
PLAIN_POD = ("spec", "template", "spec")


@dataclass
class Thing:
    """An object as the draw knows it: its names in order, its containers by name, its labels."""

    kind: str
    names: list[tuple[str, str]]
    """Namespace and name, the first and the present one and those between."""
    containers: list[str]
    labels: dict[str, str]

    @property
    def pod(self) -> tuple[str, ...]:
        return POD.get(self.kind, PLAIN_POD)


@dataclass
class Drawn:
    """A tree of files below `folder`, in which the folder `top` is built."""

    random: Random
    folder: str
    top: str = ""
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"


def drawn(seed: int, folder: str) -> Drawn:
    """The tree of a seed."""
    draw = Drawn(Random(seed), folder)
    below = f"{folder}/base"
    things = _base(draw, below)
    for _ in range(draw.pick((0, 1, 1, 2))):
        above = f"{folder}/{draw.fresh('overlay')}"
        _layer(draw, above, {"resources": [_from(above, below)]}, things)
        below = above
    if draw.often(0.12):
        below = _twice(draw, below, things)
    draw.top = below
    return draw


# Objects ---------------------------------------------------------------------------------------------------------


def _base(draw: Drawn, folder: str) -> list[Thing]:
    things, documents = [], []
    for name in NAMES[: draw.pick((1, 2, 2, 3))]:
        kind = draw.pick(KINDS)
        namespace = draw.pick(("", "", "n1", "n2"))
        containers = [name, *(["side"] if draw.often(0.4) else [])]
        labels = {"app": name, "tier": draw.pick(WORDS)}
        things.append(Thing(kind, [(namespace, name)], containers, labels))
        documents.append(_object(draw, things[-1]))
    if draw.often(0.1):
        documents = [{"apiVersion": "v1", "kind": "List", "items": documents}]
    cut = draw.random.randint(0, len(documents))
    files = {"x.yaml": documents[:cut], "y.yaml": documents[cut:]}
    listed = []
    for file, inside in files.items():
        if inside:
            draw.files[f"{folder}/{file}"] = _stream(inside)
            listed.append(file)
    _layer(draw, folder, {"resources": listed}, things)
    return things


def _object(draw: Drawn, thing: Thing) -> dict[str, Any]:
    namespace, name = thing.names[0]
    spec: dict[str, Any] = {"containers": [_container(draw, one) for one in thing.containers]}
    if draw.often(0.3):
        spec["initContainers"] = [_container(draw, "init")]
    if draw.often(0.5):
        spec["tolerations"] = _tolerations(draw)
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    body: dict[str, Any] = {"selector": {"matchLabels": {"app": name}}, "template": template}
    if thing.kind == "CronJob":
        body = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
    elif thing.kind != "DaemonSet" and draw.often(0.7):
        body["replicas"] = draw.pick((1, 2, 3))
    metadata: dict[str, Any] = {"name": name, "labels": dict(thing.labels)}
    if namespace:
        metadata["namespace"] = namespace
    version = "batch/v1" if thing.kind == "CronJob" else "apps/v1"
    return {"apiVersion": version, "kind": thing.kind, "metadata": metadata, "spec": body}


def _container(draw: Drawn, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "image": draw.pick(IMAGES) + draw.pick((":1.0", ":1.1", ""))}
    if draw.often(0.8):
        made["resources"] = _resources(draw)
    if draw.often(0.7):
        made["env"] = _env(draw)
    if draw.often(0.3):
        made["args"] = [draw.pick(WORDS) for _ in range(draw.pick((1, 2)))]
    if draw.often(0.2):
        made["ports"] = [{"containerPort": 80, "protocol": "TCP"}]
    return made


def _resources(draw: Drawn) -> dict[str, Any]:
    made = {key: {"memory": draw.pick(SIZES), "cpu": draw.pick(("100m", "1"))} for key in ("limits", "requests")}
    return {key: value for key, value in made.items() if draw.often(0.8)} or made


def _env(draw: Drawn) -> list[dict[str, Any]]:
    names = draw.random.sample(("A", "B", "C", "D"), draw.pick((1, 2, 3)))
    return [{"name": name, "value": draw.pick(WORDS)} for name in names]


def _tolerations(draw: Drawn) -> list[dict[str, Any]]:
    return [
        {"key": draw.pick(WORDS), "operator": "Equal", "value": draw.pick(WORDS), "effect": "NoSchedule"}
        for _ in range(draw.pick((1, 2)))
    ]


# Layers ----------------------------------------------------------------------------------------------------------


def _layer(draw: Drawn, folder: str, made: dict[str, Any], things: list[Thing], *, depth: int = 0) -> None:
    """Write the kustomization of a folder: what it has, components, and changes to all of it."""
    kind = "Component" if depth else "Kustomization"
    version = "v1alpha1" if depth else "v1beta1"
    data: dict[str, Any] = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind, **made}
    components = []
    for _ in range(draw.pick((0, 0, 0, 1, 2)) if depth < 2 else 0):
        component = f"{draw.folder}/{draw.fresh('component')}"
        _layer(draw, component, {}, things, depth=depth + 1)
        components.append(_from(folder, component))
    if components:
        data["components"] = components
    late = []
    for _ in range(draw.pick((0, 1, 1, 2, 3))):
        key, entry = _patch(draw, folder, things)
        if key == "patchesJson6902":
            late.append(entry)
        else:
            data.setdefault(key, []).append(entry)
    _renamed(draw, data, things)
    if draw.often(0.2):
        pairs = {draw.pick(("app", "team", "tier")): draw.pick(WORDS)}
        options = draw.pick(({}, {"includeTemplates": True}, {"includeSelectors": True}))
        data["labels"] = [{"pairs": pairs, **options}]
        for thing in things:
            thing.labels |= pairs
    if depth and len(data) == 2:
        data["buildMetadata"] = []
    if draw.often(0.15):
        said = [f"{letter}={draw.pick(WORDS)}" for letter in "AB"]
        data["configMapGenerator"] = [{"name": draw.fresh("cfg"), "literals": said}]
        if draw.often(0.5):
            data["configMapGenerator"][0]["options"] = {"disableNameSuffixHash": True}
    if draw.often(0.15) and "replacements" not in data:
        data["replacements"] = [_replacement(draw, things)]
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
    draw.files[f"{folder}/kustomization.yaml"] = _text(data)


def _renamed(draw: Drawn, data: dict[str, Any], things: list[Thing]) -> None:
    prefix = draw.pick(("", "", "", "p-"))
    suffix = draw.pick(("", "", "", "-s"))
    namespace = draw.pick(("", "", "", "n3"))
    if namespace and len({(thing.kind, thing.names[-1][1]) for thing in things}) == len(things):
        data["namespace"] = namespace
        for thing in things:
            thing.names.append((namespace, thing.names[-1][1]))
    for key, text in (("namePrefix", prefix), ("nameSuffix", suffix)):
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
        copies = [Thing(one.kind, list(one.names), list(one.containers), dict(one.labels)) for one in things]
        _layer(draw, folder, {"resources": [_from(folder, below)]}, copies)
        outer = f"{draw.folder}/{letter}{letter}"
        draw.files[f"{outer}/kustomization.yaml"] = _text({"resources": [f"../{letter}"], "namePrefix": f"{letter}-"})
        listed.append(f"../{letter}{letter}")
    top = f"{draw.folder}/both"
    draw.files[f"{top}/kustomization.yaml"] = _text({"resources": listed})
    return top


# Patches ---------------------------------------------------------------------------------------------------------


def _patch(draw: Drawn, folder: str, things: list[Thing]) -> tuple[str, Any]:
    """A patch and the key under which the kustomization lists it."""
    thing = draw.pick(things)
    name = f"{draw.fresh('patch')}.yaml"
    if draw.often(0.35):
        text = _operations(draw, thing)
        key = "patchesJson6902" if draw.often(0.2) else "patches"
        space, called = draw.pick((thing.names[0], thing.names[-1]))
        target = {"kind": thing.kind, "name": called}
        if key == "patchesJson6902":
            target |= {"group": "batch" if thing.kind == "CronJob" else "apps", "version": "v1"}
        elif draw.often(0.4):
            target = _target(draw, thing, called, space)
        if draw.often(0.5):
            return key, {"patch": text, "target": target}
        draw.files[f"{folder}/{name}"] = text
        return key, {"path": name, "target": target}
    target = _target(draw, thing, draw.pick((thing.names[0], thing.names[-1]))[1], "") if draw.often(0.4) else {}
    merge = _merge(draw, thing)
    if not target and draw.often(0.15):
        draw.files[f"{folder}/{name}"] = _stream([merge, _merge(draw, draw.pick(things))])
        return "patches", {"path": name}
    if target and draw.often(0.1) and "$patch" not in merge:
        new = draw.fresh("renamed")
        merge["metadata"]["name"] = new
        return "patches", {"patch": _text(merge), "target": target, "options": {"allowNameChange": True}}
    text = _text(merge)
    if not target and draw.often(0.2):
        draw.files[f"{folder}/{name}"] = text
        return "patchesStrategicMerge", name
    entry: dict[str, Any] = {"target": target} if target else {}
    if draw.often(0.5):
        return "patches", {"patch": text, **entry}
    draw.files[f"{folder}/{name}"] = text
    return "patches", {"path": name, **entry}


def _replacement(draw: Drawn, things: list[Thing]) -> dict[str, Any]:
    source, target = draw.pick(things), draw.pick(things)
    paths = ("metadata.labels.tier", ".".join((*target.pod, "containers", "0", "image")))
    wanted = {"kind": target.kind, "name": draw.pick(target.names)[1]}
    options = draw.pick(({}, {"options": {"create": True}}, {"options": {"delimiter": ":", "index": 1}}))
    return {
        "source": {"kind": source.kind, "name": source.names[-1][1], "fieldPath": "metadata.labels.tier"},
        "targets": [{"select": wanted, "fieldPaths": [draw.pick(paths)], **options}],
    }


def _target(draw: Drawn, thing: Thing, name: str, space: str) -> dict[str, str]:
    choices: tuple[dict[str, str], ...] = (
        {"kind": thing.kind},
        {"kind": thing.kind, "name": f"{name[:2]}.*"},
        {"kind": thing.kind, "name": name[:-1]},
        {"kind": "Deploy.*|StatefulSet", "name": ".*"},
        {"name": f"{name}|nothing"},
        {"labelSelector": f"tier={thing.labels['tier']}", "kind": thing.kind},
        {"labelSelector": "team in (a, b)", "kind": thing.kind},
        {"labelSelector": f"app={thing.labels['app']}", "kind": thing.kind},
        {"annotationSelector": "note", "kind": thing.kind},
        {"kind": thing.kind, "namespace": space or "default"},
        {"kind": thing.kind, "namespace": "n.*"},
        {"group": "apps", "version": "v1", "kind": thing.kind},
    )
    return draw.random.choice(choices)


def _merge(draw: Drawn, thing: Thing) -> dict[str, Any]:
    space, name = draw.pick(thing.names)
    metadata: dict[str, Any] = {"name": name}
    if space:
        metadata["namespace"] = space
    if draw.often(0.2):
        metadata["labels"] = {draw.pick(("tier", "team")): draw.pick(WORDS)}
    if draw.often(0.1):
        metadata["annotations"] = {"note": draw.pick(WORDS)}
    if draw.often(0.03):
        return {
            "apiVersion": "batch/v1" if thing.kind == "CronJob" else "apps/v1",
            "kind": thing.kind,
            "metadata": metadata,
            "$patch": "delete",
        }
    data: dict[str, Any] = {
        "apiVersion": "batch/v1" if thing.kind == "CronJob" else "apps/v1",
        "kind": thing.kind,
        "metadata": metadata,
    }
    pod: dict[str, Any] = {}
    if draw.often(0.8):
        pod["containers"] = [_part(draw, one) for one in draw.random.sample(thing.containers, 1)]
        if draw.often(0.15):
            new = draw.fresh("new")
            thing.containers.append(new)
            pod["containers"].append(_container(draw, new))
    if draw.often(0.3):
        pod["tolerations"] = None if draw.often(0.2) else _tolerations(draw)
    if draw.often(0.1):
        pod["initContainers"] = [_part(draw, "init")]
    here = data
    for key in thing.pod[:-1]:
        here = here.setdefault(key, {})
    here[thing.pod[-1]] = pod or {"priorityClassName": draw.pick(WORDS)}
    if draw.often(0.3) and thing.kind in ("Deployment", "StatefulSet"):
        data["spec"]["replicas"] = draw.pick((1, 2, 3, None))
    return data


def _part(draw: Drawn, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name}
    if draw.often(0.5):
        made["resources"] = draw.pick((_resources(draw), {"limits": {"memory": draw.pick(SIZES)}}, {"limits": None}))
    if draw.often(0.4):
        made["env"] = _env(draw)
        if draw.often(0.2):
            made["env"].append({"name": draw.pick("ABCD") + "X", "$patch": "delete"})
        if draw.often(0.1):
            made["env"].append({"$patch": "replace"})
    if draw.often(0.3):
        made["image"] = draw.pick(IMAGES) + ":1.1"
    if draw.often(0.2):
        made["args"] = [draw.pick(WORDS)]
    if draw.often(0.1):
        made["resources"] = {"$patch": "replace", **_resources(draw)}
    return made


def _operations(draw: Drawn, thing: Thing) -> str:
    pod = "/" + "/".join(thing.pod)
    index = draw.random.randrange(len(thing.containers)) if draw.often(0.3) else 0
    one = f"{pod}/containers/{index}"
    safe: list[dict[str, Any]] = [
        {"op": "replace", "path": f"{pod}/containers/0/image", "value": draw.pick(IMAGES) + ":1.0"},
        {"op": "add", "path": f"{pod}/containers/0/resources", "value": _resources(draw)},
        {"op": "add", "path": f"{pod}/containers/0/env", "value": _env(draw)},
        {"op": "add", "path": f"{pod}/tolerations", "value": _tolerations(draw)},
        {"op": "add", "path": "/metadata/labels/team", "value": draw.pick(WORDS)},
        {"op": "add", "path": f"{pod}/terminationGracePeriodSeconds", "value": draw.pick((1, 2, 3))},
        {"op": "copy", "from": f"{pod}/containers/0/image", "path": f"{pod}/schedulerName"},
        {"op": "move", "from": "/metadata/labels/app", "path": "/metadata/labels/team"},
        {"op": "test", "path": "/kind", "value": thing.kind},
        {"op": "add", "path": f"{pod}/containers/0", "value": _container(draw, draw.fresh("new"))},
        {"op": "add", "path": f"{pod}/containers/-", "value": _container(draw, draw.fresh("new"))},
    ]
    risky: list[dict[str, Any]] = [
        {"op": "add", "path": f"{one}/env/-", "value": {"name": draw.fresh("E"), "value": draw.pick(WORDS)}},
        {"op": "add", "path": f"{one}/env/0", "value": {"name": draw.fresh("E"), "value": draw.pick(WORDS)}},
        {"op": "replace", "path": f"{one}/env/0/value", "value": draw.pick(WORDS)},
        {"op": "add", "path": f"{pod}/tolerations/-", "value": _tolerations(draw)[0]},
        {"op": "replace", "path": f"{one}/resources/limits/memory", "value": draw.pick(SIZES)},
        {"op": "remove", "path": f"{one}/resources/limits/cpu"},
        {"op": "replace", "path": "/metadata/name", "value": draw.fresh("renamed")},
    ]
    chosen = draw.random.sample(safe if draw.often(0.75) else risky, draw.pick((1, 1, 2)))
    return "\n".join(f"- {json.dumps(one)}" for one in chosen) + "\n"


# Text ------------------------------------------------------------------------------------------------------------


def _from(folder: str, target: str) -> str:
    return "/".join([".."] * len(folder.split("/")) + [target])


def _stream(documents: Sequence[object]) -> str:
    return "---\n".join(_text(one) for one in documents)


def _text(data: object) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=200)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)
