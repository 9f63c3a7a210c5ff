"""Patches drawn at random for the objects of a drawn kustomization, strategic merges and JSON6902 operations."""

from __future__ import annotations

import json
from typing import Any

from .drawn_objects import (
    IMAGES,
    SIZES,
    WORDS,
    Drawn,
    Thing,
    container,
    env,
    ports,
    resources,
    tolerations,
    volumes,
)


def patch(draw: Drawn, folder: str, things: list[Thing]) -> tuple[str, Any]:
    """A patch and the key under which the kustomization lists it."""
    thing = draw.pick(things)
    name = f"{draw.fresh('patch')}.yaml"
    if draw.often(0.4):
        return _json6902(draw, folder, name, thing)
    target = _target(draw, thing, *draw.pick((thing.names[0], thing.names[-1]))) if draw.often(0.4) else {}
    merge = _merge(draw, thing)
    if not target and draw.often(0.15):
        both = [merge, _merge(draw, draw.pick(things))]
        if draw.often(0.3):
            return "patches", {"patch": draw.text(both, inline=True)}
        draw.files[f"{folder}/{name}"] = draw.text(both)
        return ("patches", {"path": name}) if draw.often(0.5) else ("patchesStrategicMerge", name)
    if target and draw.often(0.1) and "$patch" not in merge:
        merge["metadata"]["name"] = draw.fresh("renamed")
        return "patches", {"patch": draw.text([merge], inline=True), "target": target,
                           "options": {"allowNameChange": True}}  # fmt: skip
    if not target and draw.often(0.2):
        if draw.often(0.3):
            return "patchesStrategicMerge", draw.text([merge], inline=True)
        draw.files[f"{folder}/{name}"] = draw.text([merge])
        return "patchesStrategicMerge", name
    entry: dict[str, Any] = {"target": target} if target else {}
    if draw.often(0.5):
        return "patches", {"patch": draw.text([merge], inline=True), **entry}
    draw.files[f"{folder}/{name}"] = draw.text([merge])
    return "patches", {"path": name, **entry}


def _json6902(draw: Drawn, folder: str, name: str, thing: Thing) -> tuple[str, Any]:
    key = "patchesJson6902" if draw.often(0.2) else "patches"
    space, called = draw.pick((thing.names[0], thing.names[-1]))
    target = {"kind": thing.kind, "name": called}
    if key == "patchesJson6902":
        group, _, version = thing.version.rpartition("/")
        target |= {"group": group, "version": version} if group else {"version": version}
    elif draw.often(0.4):
        target = _target(draw, thing, space, called)
    operations = _operations(draw, thing)
    as_json = draw.often(0.3)
    name = name.replace(".yaml", ".json") if as_json else name
    if draw.often(0.5):
        text = json.dumps(operations, indent=1) if as_json else draw.text([operations], inline=True)
        return key, {"patch": text, "target": target}
    draw.files[f"{folder}/{name}"] = json.dumps(operations, indent=1) if as_json else draw.text([operations])
    return key, {"path": name, "target": target}


def _target(draw: Drawn, thing: Thing, space: str, name: str) -> dict[str, str]:
    choices: tuple[dict[str, str], ...] = (
        {"kind": thing.kind},
        {"kind": thing.kind, "name": f"{name[:2]}.*"},
        {"kind": thing.kind, "name": name[:-1]},
        {"kind": thing.kind, "name": name, "namespace": space} if space else {"kind": thing.kind, "name": name},
        {"kind": "Deploy.*|StatefulSet", "name": ".*"},
        {"name": f"{name}|nothing"},
        {"labelSelector": f"tier={thing.labels['tier']}", "kind": thing.kind},
        {"labelSelector": "team in (a, b)", "kind": thing.kind},
        {"labelSelector": f"app={thing.labels['app']}", "kind": thing.kind},
        {"annotationSelector": "note", "kind": thing.kind},
        {"kind": thing.kind, "namespace": space or "default"},
        {"kind": thing.kind, "namespace": "n.*"},
        {"group": thing.version.rpartition("/")[0], "version": thing.version.rpartition("/")[2], "kind": thing.kind},
    )
    return {key: text for key, text in draw.random.choice(choices).items() if text}


def _merge(draw: Drawn, thing: Thing) -> dict[str, Any]:
    space, name = draw.pick((thing.names[0], thing.names[-1], draw.pick(thing.names)))
    metadata: dict[str, Any] = {"name": name}
    if space:
        metadata["namespace"] = space
    if draw.often(0.2):
        metadata["labels"] = {draw.pick(("tier", "team")): draw.pick((*WORDS, None))}
    if draw.often(0.1):
        metadata["annotations"] = {"note": draw.pick(WORDS)}
    data: dict[str, Any] = {"apiVersion": thing.version, "kind": thing.kind, "metadata": metadata}
    if draw.often(0.03):
        return {**data, "$patch": "delete"}
    pod: dict[str, Any] = {}
    if draw.often(0.8):
        some = draw.random.sample(thing.containers, draw.pick((1, 1, len(thing.containers))))
        pod["containers"] = [_part(draw, one) for one in some]
        if draw.often(0.15):
            new = draw.fresh("new")
            thing.containers.append(new)
            pod["containers"].append(container(draw, new))
        elif len(thing.containers) > 1 and draw.often(0.08):
            pod["containers"] = [{"name": thing.containers.pop(), "$patch": "delete"}]
        elif draw.often(0.04):
            pod["containers"] = [*(container(draw, one) for one in thing.containers), {"$patch": "replace"}]
    if draw.often(0.3):
        pod["tolerations"] = None if draw.often(0.3) else tolerations(draw)
    if draw.often(0.1):
        pod["initContainers"] = [_part(draw, "init")]
    if draw.often(0.1):
        pod["volumes"] = [*volumes(draw), {"name": "gone", "$patch": "delete"}]
    if draw.often(0.1):
        pod["nodeSelector"] = draw.pick(({"disk": "ssd"}, {"disk": None}, {"$patch": "replace", "pool": "ml"}))
    here = data
    for key in thing.pod[:-1]:
        here = here.setdefault(key, {})
    here[thing.pod[-1]] = pod or {"priorityClassName": draw.pick((*WORDS, None))}
    if draw.often(0.3) and thing.kind in ("Deployment", "StatefulSet"):
        data["spec"]["replicas"] = draw.pick((1, 2, 3, None))
    return data


def _part(draw: Drawn, name: str) -> dict[str, Any]:
    """A container as a patch names it."""
    made: dict[str, Any] = {"name": name}
    if draw.often(0.5):
        limits: dict[str, Any] = {"limits": {"memory": draw.pick((*SIZES, None)), "cpu": draw.pick(("1", None))}}
        some: tuple[dict[str, Any], ...] = (
            {"limits": {"memory": draw.pick(SIZES)}},
            {"limits": None},
            {"limits": {}},
            limits,
        )
        made["resources"] = draw.pick((resources(draw), *some))
    if draw.often(0.4):
        made["env"] = env(draw)
        if draw.often(0.2):
            made["env"].append({"name": draw.pick("ABCD") + "X", "$patch": "delete"})
        if draw.often(0.2):
            made["env"] = [{"name": draw.pick("ABCD"), "$patch": "delete"}]
        if draw.often(0.1):
            made["env"].append({"$patch": "replace"})
    if draw.often(0.3):
        made["image"] = draw.pick(IMAGES) + ":1.1"
    if draw.often(0.2):
        made["args"] = draw.pick(([draw.pick(WORDS)], None, []))
    if draw.often(0.1):
        made["resources"] = {"$patch": "replace", **resources(draw)}
    if draw.often(0.1):
        made["resources"] = {"limits": {"$patch": draw.pick(("replace", "delete")), "memory": "3Gi"}}
    if draw.often(0.1):
        made["securityContext"] = draw.pick(({"runAsUser": 7}, None, {"runAsUser": None, "privileged": False}))
    if draw.often(0.15):
        made["ports"] = ports(draw)
    if draw.often(0.1):
        made["livenessProbe"] = draw.pick((None, {"periodSeconds": 3}, {"httpGet": {"path": "/b"}}))
    return made


def _operations(draw: Drawn, thing: Thing) -> list[dict[str, Any]]:
    pod = "/" + "/".join(thing.pod)
    index = draw.random.randrange(len(thing.containers)) if draw.often(0.3) else 0
    one = f"{pod}/containers/{index}"
    safe: list[dict[str, Any]] = [
        {"op": "replace", "path": f"{pod}/containers/0/image", "value": draw.pick(IMAGES) + ":1.0"},
        {"op": "add", "path": f"{pod}/containers/0/resources", "value": resources(draw)},
        {"op": "add", "path": f"{pod}/containers/0/env", "value": env(draw)},
        {"op": "add", "path": f"{pod}/tolerations", "value": tolerations(draw)},
        {"op": "add", "path": "/metadata/labels/team", "value": draw.pick(WORDS)},
        {"op": "add", "path": f"{pod}/terminationGracePeriodSeconds", "value": draw.pick((1, 2, 3))},
        {"op": "copy", "from": f"{pod}/containers/0/image", "path": f"{pod}/schedulerName"},
        {"op": "move", "from": "/metadata/labels/app", "path": "/metadata/labels/team"},
        {"op": "test", "path": "/kind", "value": thing.kind},
        {"op": "add", "path": f"{pod}/containers/0", "value": container(draw, draw.fresh("new"))},
        {"op": "add", "path": f"{pod}/containers/-", "value": container(draw, draw.fresh("new"))},
        {"op": "replace", "path": f"{pod}/containers/0", "value": container(draw, thing.containers[0])},
        {"op": "replace", "path": f"{pod}/containers", "value": [container(draw, c) for c in thing.containers]},
    ]
    risky: list[dict[str, Any]] = [
        {"op": "add", "path": f"{one}/env/-", "value": {"name": draw.fresh("E"), "value": draw.pick(WORDS)}},
        {"op": "add", "path": f"{one}/env/0", "value": {"name": draw.fresh("E"), "value": draw.pick(WORDS)}},
        {"op": "replace", "path": f"{one}/env/0/value", "value": draw.pick(WORDS)},
        {"op": "add", "path": f"{pod}/tolerations/-", "value": tolerations(draw)[0]},
        {"op": "add", "path": f"{pod}/tolerations/0", "value": tolerations(draw)[0]},
        {"op": "replace", "path": f"{one}/resources/limits/memory", "value": draw.pick(SIZES)},
        {"op": "replace", "path": f"{one}/resources/limits", "value": {"cpu": "2"}},
        {"op": "add", "path": f"{one}/resources/limits", "value": {"memory": "5Gi"}},
        {"op": "remove", "path": f"{one}/resources/limits/cpu"},
        {"op": "remove", "path": f"{one}/resources/limits/memory"},
        {"op": "remove", "path": f"{one}/resources/limits"},
        {"op": "remove", "path": f"{one}/resources"},
        {"op": "remove", "path": f"{one}/env/0"},
        {"op": "remove", "path": f"{one}/env"},
        {"op": "remove", "path": f"{pod}/tolerations/0"},
        {"op": "remove", "path": f"{pod}/tolerations"},
        {"op": "remove", "path": f"{pod}/containers/1"},
        {"op": "remove", "path": "/spec/replicas"},
        {"op": "move", "from": f"{one}/resources/limits", "path": f"{one}/resources/requests"},
        {"op": "move", "from": f"{one}/env/0", "path": f"{one}/env/-"},
        {"op": "copy", "from": f"{one}/resources/requests", "path": f"{one}/resources/limits"},
        {"op": "copy", "from": f"{one}/env/0", "path": f"{one}/env/-"},
        {"op": "replace", "path": "/metadata/name", "value": draw.fresh("renamed")},
    ]
    return draw.random.sample(safe if draw.often(0.75) else risky, draw.pick((1, 1, 2)))


def replacement(draw: Drawn, things: list[Thing]) -> dict[str, Any]:
    source, target = draw.pick(things), draw.pick(things)
    pod = ".".join(target.pod)
    paths = (
        "metadata.labels.tier",
        f"{pod}.containers.0.image",
        f"{pod}.containers.[name={target.containers[0]}].image",
        f"{pod}.containers.*.resources.limits.memory",
    )
    wanted = {"kind": target.kind, "name": draw.pick(target.names)[1]}
    options = draw.pick(({}, {"options": {"create": True}}, {"options": {"delimiter": ":", "index": 1}}))
    return {
        "source": {"kind": source.kind, "name": source.names[-1][1], "fieldPath": "metadata.labels.tier"},
        "targets": [{"select": wanted, "fieldPaths": [draw.pick(paths)], **options}],
    }
