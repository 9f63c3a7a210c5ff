"""Objects drawn at random, as the documents of a kustomization: workloads, and what they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

from .drawn_texts import styled

NAMES = ("api", "web", "db")
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Deployment", "Rollout", "Job", "Pod")
VERSIONS = {"CronJob": "batch/v1", "Job": "batch/v1", "Rollout": "argoproj.io/v1alpha1", "Pod": "v1"}
SIZES = ("64Mi", "128Mi", "1Gi", "2Gi")
WORDS = ("a", "b", "c")
IMAGES = ("nginx", "docker.io/acme/app", "registry.example.com:5000/acme/tool")
POD = {"CronJob": ("spec", "jobTemplate", "spec", "template", "spec"), "Pod": ("spec",)}
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

    @property
    def version(self) -> str:
        return VERSIONS.get(self.kind, "apps/v1")

    def copy(self) -> Thing:
        return Thing(self.kind, list(self.names), list(self.containers), dict(self.labels))


@dataclass
class Drawn:
    """A tree of files below `folder`, in which the folder `top` is built."""

    random: Random
    folder: str
    top: str = ""
    files: dict[str, str] = field(default_factory=dict)
    count: int = 0
    generated: list[str] = field(default_factory=list)
    plain: bool = False
    """Texts are as a program writes them."""

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def text(self, documents: Sequence[object], *, inline: bool = False, alone: bool = False) -> str:
        if self.plain:
            return "---\n".join(yaml.dump(one, Dumper=_Dumper, sort_keys=False, width=200) for one in documents)
        return styled(self.random, documents, inline=inline, alone=alone)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def workload(draw: Drawn, thing: Thing) -> dict[str, Any]:
    namespace, name = thing.names[0]
    spec: dict[str, Any] = {"containers": [container(draw, one) for one in thing.containers]}
    if draw.often(0.3):
        spec["initContainers"] = [container(draw, "init")]
    if draw.often(0.5):
        spec["tolerations"] = tolerations(draw)
    if draw.often(0.2):
        spec["nodeSelector"] = {"disk": "hdd", "zone": "a"}
    if draw.often(0.2):
        spec["volumes"] = volumes(draw)
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    body: dict[str, Any] = {"selector": {"matchLabels": {"app": name}}, "template": template}
    if thing.kind == "CronJob":
        body = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
    elif thing.kind == "Pod":
        body = spec
    elif thing.kind not in ("DaemonSet", "Job") and draw.often(0.7):
        body["replicas"] = draw.pick((1, 2, 3))
    metadata: dict[str, Any] = {"name": name, "labels": dict(thing.labels)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": thing.version, "kind": thing.kind, "metadata": metadata, "spec": body}


def settings(name: str, namespace: str) -> dict[str, Any]:
    """A ConfigMap that containers take variables from."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "x", "b": "y"}}


def container(draw: Drawn, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "image": draw.pick(IMAGES) + draw.pick((":1.0", ":1.1", ""))}
    if draw.often(0.8):
        made["resources"] = resources(draw)
    if draw.often(0.7):
        made["env"] = env(draw)
    if draw.often(0.3):
        made["args"] = [draw.pick(WORDS) for _ in range(draw.pick((1, 2)))]
    if draw.often(0.2):
        made["ports"] = ports(draw)
    if draw.often(0.2):
        made["securityContext"] = {"runAsUser": 1, "privileged": True}
    if draw.often(0.2):
        made["livenessProbe"] = {"httpGet": {"path": "/a", "port": 80}, "periodSeconds": 5}
    if draw.often(0.15):
        made["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    return made


def resources(draw: Drawn) -> dict[str, Any]:
    made = {key: {"memory": draw.pick(SIZES), "cpu": draw.pick(("100m", "1"))} for key in ("limits", "requests")}
    return {key: value for key, value in made.items() if draw.often(0.8)} or made


def env(draw: Drawn) -> list[dict[str, Any]]:
    names = draw.random.sample(("A", "B", "C", "D"), draw.pick((1, 2, 3)))
    return [{"name": name, "value": draw.pick(WORDS)} for name in names]


def tolerations(draw: Drawn) -> list[dict[str, Any]]:
    return [
        {"key": draw.pick(WORDS), "operator": "Equal", "value": draw.pick(WORDS), "effect": "NoSchedule"}
        for _ in range(draw.pick((1, 2)))
    ]


def ports(draw: Drawn) -> list[dict[str, Any]]:
    both = [
        {"containerPort": 80, "protocol": "TCP", "hostPort": draw.pick((1, 2))},
        {"containerPort": 80, "protocol": "UDP", "hostPort": draw.pick((3, 4))},
    ]
    return draw.random.sample(both, draw.pick((1, 1, 2)))


def volumes(draw: Drawn) -> list[dict[str, Any]]:
    kinds = ({"emptyDir": {"sizeLimit": "1Gi"}}, {"configMap": {"name": "settings"}}, {"hostPath": {"path": "/x"}})
    return [{"name": name, **draw.pick(kinds)} for name in draw.random.sample(("v", "w"), draw.pick((1, 2)))]
