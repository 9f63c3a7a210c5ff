"""What of rendered objects counts for lint and generator, as plain data that two charts can be compared by."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

Object = Mapping[str, Any]
View = dict[str, Any]

PODS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"}


def views(objects: Sequence[Object]) -> dict[tuple[str, str], View]:
    """A view of each object, by kind and name."""
    return {(data["kind"], data["metadata"]["name"]): view(data, objects) for data in objects}


def differences(ours: Sequence[Object], real: Sequence[Object]) -> list[str]:
    """Each leaf of a view that the two renders disagree on: `Deployment/x pod/tolerations: ours … real …`."""
    left, right = views(ours), views(real)
    found = [f"{kind}/{name}: only in the stand-in" for kind, name in sorted(left.keys() - right.keys())]
    found += [f"{kind}/{name}: only in the real chart" for kind, name in sorted(right.keys() - left.keys())]
    for kind, name in sorted(left.keys() & right.keys()):
        mine, theirs = dict(_leaves(left[kind, name])), dict(_leaves(right[kind, name]))
        found += [
            f"{kind}/{name} {'/'.join(path)}: {mine.get(path, 'absent')!r}, really {theirs.get(path, 'absent')!r}"
            for path in sorted(mine.keys() | theirs.keys())
            if mine.get(path, "absent") != theirs.get(path, "absent")
        ]
    return found


def view(data: Object, objects: Sequence[Object]) -> View:
    """One object; `objects` are all of the render, for what selects what."""
    kind = data["kind"]
    spec = data.get("spec") or {}
    found: View = {
        "apiVersion": data["apiVersion"],
        "namespaced": "namespace" in data["metadata"],
        "hook": (data["metadata"].get("annotations") or {}).get("helm.sh/hook"),
    }
    if kind in PODS:
        pod = spec if kind == "Pod" else spec["template"]["spec"]
        found |= {"replicas": spec.get("replicas"), "pod": _pod(pod), "claims": _claims(spec)}
    elif kind == "PodDisruptionBudget":
        found |= {
            "minAvailable": spec.get("minAvailable"),
            "maxUnavailable": spec.get("maxUnavailable"),
            "selects": _selected(spec["selector"]["matchLabels"], objects),
        }
    elif kind == "Service":
        ports = [(p.get("name"), p["port"], p.get("targetPort")) for p in spec["ports"]]
        found |= {
            "type": spec.get("type", "ClusterIP"),
            "headless": spec.get("clusterIP") == "None",
            "ports": ports,
            "selects": _selected(spec["selector"], objects),
        }
    elif kind == "Secret":
        found |= {
            "type": data.get("type"),
            "data": {key: _secret_value(key, text) for key, text in data["data"].items()},
        }
    elif kind == "ConfigMap":
        # Of texts in prose only the key is compared; what holds settings is compared as data.
        found["data"] = {key: _settings(key, text) for key, text in data["data"].items()}
    elif kind == "Ingress":
        found |= {
            "hosts": [
                (rule["host"], [path["path"] for path in rule["http"]["paths"] or ()], _backends(rule))
                for rule in spec["rules"]
            ],
            "tls": [(tls.get("hosts"), tls.get("secretName")) for tls in spec.get("tls") or ()],
        }
    elif kind == "PersistentVolumeClaim":
        found |= _claim(spec)
    elif kind == "RoleBinding":
        found |= {"role": data["roleRef"]["name"], "subjects": [(s["kind"], s["name"]) for s in data["subjects"]]}
    return found


def _pod(spec: Object) -> View:
    containers = [("init", item) for item in spec.get("initContainers") or ()]
    containers += [("main", item) for item in spec["containers"]]
    return {
        "serviceAccountName": spec.get("serviceAccountName"),
        "imagePullSecrets": [item["name"] for item in spec.get("imagePullSecrets") or ()],
        "tolerations": spec.get("tolerations") or [],
        "nodeSelector": spec.get("nodeSelector") or {},
        "affinity": _without_nulls(spec.get("affinity")),
        "priorityClassName": spec.get("priorityClassName"),
        "schedulerName": spec.get("schedulerName"),
        "runs as": (spec.get("securityContext") or {}).get("runAsUser"),
        "volumes": [_volume(item) for item in spec.get("volumes") or ()],
        "order": [(role, item["name"]) for role, item in containers],
        "containers": {item["name"]: _container(item) for _, item in containers},
    }


def _container(item: Object) -> View:
    return {
        "image": item["image"],
        "imagePullPolicy": item.get("imagePullPolicy"),
        "command": item.get("command") or [],
        "args": item.get("args") or [],
        "order of env": [variable["name"] for variable in item.get("env") or ()],
        "env": {variable["name"]: _variable(variable) for variable in item.get("env") or ()},
        "envFrom": item.get("envFrom") or [],
        "resources": {kind: dict(values) for kind, values in (item.get("resources") or {}).items() if values},
        "ports": [(p.get("name"), p["containerPort"], p.get("hostPort")) for p in item.get("ports") or ()],
        "privileged": (item.get("securityContext") or {}).get("privileged"),
        "runs as": (item.get("securityContext") or {}).get("runAsUser"),
        "mounts": [mount["mountPath"] for mount in item.get("volumeMounts") or ()],
    }


def _variable(variable: Object) -> object:
    if "valueFrom" not in variable:
        return variable["value"]
    ((how, reference),) = variable["valueFrom"].items()
    return how, reference.get("name"), reference.get("key") or reference.get("fieldPath"), reference.get("optional")


def _volume(item: Object) -> object:
    ((how, source),) = ((key, value) for key, value in item.items() if key != "name")
    named = source.get("secretName") or source.get("name") or source.get("claimName")
    return item["name"], how, named, [entry["key"] for entry in source.get("items") or ()]


def _claims(spec: Object) -> View:
    return {item["metadata"]["name"]: _claim(item["spec"]) for item in spec.get("volumeClaimTemplates") or ()}


def _claim(spec: Object) -> View:
    return {
        "size": spec["resources"]["requests"]["storage"],
        "class": spec.get("storageClassName"),
        "modes": spec["accessModes"],
    }


def _selected(labels: Object, objects: Sequence[Object]) -> list[str]:
    """The workloads whose pods carry these labels."""
    return sorted(
        f"{data['kind']}/{data['metadata']['name']}"
        for data in objects
        if data["kind"] in PODS - {"Pod"} and labels.items() <= data["spec"]["template"]["metadata"]["labels"].items()
    )


def _backends(rule: Object) -> list[object]:
    return [(path["backend"]["serviceName"], path["backend"]["servicePort"]) for path in rule["http"]["paths"] or ()]


def _secret_value(key: str, text: str | None) -> object:
    plain = base64.b64decode(text or "").decode()
    if key == ".dockerconfigjson":
        return json.loads(plain)
    # A script of ours says the same in its own words: what it is given has to be there.
    return sorted(set(plain.split()) - {"#!/bin/sh", "#!/bin/bash", "set", "-e"}) if key == "storageInit" else plain


def _settings(key: str, text: str) -> object:
    return yaml.load(text, yaml.CSafeLoader) if key in ("alertmanager.yml", "config.json") else "text"


def _without_nulls(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _without_nulls(value) for key, value in node.items() if value is not None}
    return node or {}


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    else:
        yield path, node
