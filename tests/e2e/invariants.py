"""What holds for every rendered environment of a generated repository, engine and chart apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydrogitops.kube.quantity import Quantity
from hydrogitops.kube.tolerations import tolerates

Object = Mapping[str, Any]

# What the chart publishes: passwords of its databases, its storage keys, its mail relay, its replica set key.
DEFAULT_CREDENTIALS = ("hydr0s3rving", "ACCESSKEYEXAMPLE", "SECRETKEYEXAMPLE", "mailbot", "T3R6UkNld204SA")

# The chart refers to it even where it makes none; a pull secret that is absent is an event, no failure.
OPTIONAL_PULL_SECRET = "-docker-secret"


def violations(
    objects: Sequence[Object],
    *,
    namespace: str,
    pools: Sequence[Object],
    cluster_scoped: frozenset[str] = frozenset({"Namespace"}),
) -> Iterator[str]:
    """A sentence for each thing that must not be so. `namespace`: what the engine fills in where an object has none."""
    for item in objects:
        where = f"{item['kind']}/{item['metadata']['name']}"
        if item["kind"] == "Secret":
            yield f"{where}: a plain Secret"
        if "v1beta1" in item["apiVersion"] or item["apiVersion"].startswith("extensions/"):
            yield f"{where}: {item['apiVersion']}"
        for text in _texts(item):
            for credential in DEFAULT_CREDENTIALS:
                if credential in text:
                    yield f"{where}: the default credential {credential}"
        if item["kind"] not in cluster_scoped and item["metadata"].get("namespace", namespace) != namespace:
            yield f"{where}: namespace {item['metadata']['namespace']}"
    yield from _references(objects)
    for item in workloads(objects):
        yield from _pod(item, pools)
    yield from _budgets(objects)


def workloads(objects: Sequence[Object]) -> list[Object]:
    """Objects that make pods."""
    return [item for item in objects if "template" in item.get("spec", {}) and item["kind"] != "SealedSecret"]


def containers(workload: Object) -> list[Object]:
    """All containers of its pods, init containers first."""
    pod = workload["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod.get("containers", ())]


def launches(objects: Sequence[Object]) -> Iterator[tuple[str, str, Object]]:
    """The three JVMs: name, options as the start scripts of the images at 3.0.3 pass them, container."""
    for workload in workloads(objects):
        for container in containers(workload):
            env = _environment(container)
            image = container["image"]
            size = env.get("JAVA_XMX", "256M" if "gateway" in image else "1024M")
            if "serving-manager" in image:
                yield "manager", env.get("JAVA_OPTS", ""), container
            elif "serving-gateway" in image:
                yield "gateway", f"-Xmx{size} -Xms{size}", container
            elif "hydrosphere/sonar" in image:
                yield "sonar", env.get("JAVA_OPTS") or f"-Xmx{size} -Xms{size}", container


def _environment(container: Object) -> dict[str, str]:
    """Variables with a value, `$(NAME)` of earlier ones put in as the kubelet does."""
    known: dict[str, str] = {}
    for variable in container.get("env", ()):
        if "value" in variable:
            text = variable["value"] or ""
            known[variable["name"]] = re.sub(r"\$\(([\w.-]+)\)", lambda found: known.get(found[1], found[0]), text)
    return known


def _references(objects: Sequence[Object]) -> Iterator[str]:
    sealed = {
        item["metadata"]["name"]: set(item["spec"]["encryptedData"])
        for item in objects
        if item["kind"] == "SealedSecret"
    }
    for workload in workloads(objects):
        where = f"{workload['kind']}/{workload['metadata']['name']}"
        pod = workload["spec"]["template"]["spec"]
        for container in containers(workload):
            for variable in container.get("env", ()):
                reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
                if reference and reference["key"] not in sealed.get(reference["name"], ()):
                    named = f"{reference['name']}/{reference['key']}"
                    yield f"{where}: {variable['name']} reads {named}, which nothing seals"
            for source in container.get("envFrom") or ():
                if "secretRef" in source:
                    yield f"{where}: envFrom {source['secretRef']['name']}"
        for volume in pod.get("volumes") or ():
            if "secret" in volume:
                name = volume["secret"]["secretName"]
                for key in [entry["key"] for entry in volume["secret"].get("items", ())] or [None]:
                    if name not in sealed or (key and key not in sealed[name]):
                        yield f"{where}: volume {volume['name']} wants {name}/{key}, which nothing seals"
        for pull in pod.get("imagePullSecrets") or ():
            if pull["name"] not in sealed and not pull["name"].endswith(OPTIONAL_PULL_SECRET):
                yield f"{where}: pull secret {pull['name']}, which nothing seals"


def _pod(workload: Object, pools: Sequence[Object]) -> Iterator[str]:
    where = f"{workload['kind']}/{workload['metadata']['name']}"
    pod = workload["spec"]["template"]["spec"]
    for container in containers(workload):
        here = f"{where}/{container['name']}"
        resources = container.get("resources") or {}
        request, limit = ((resources.get(kind) or {}).get("memory") for kind in ("requests", "limits"))
        if request is None or limit is None:
            yield f"{here}: memory request {request}, limit {limit}"
        elif Quantity.of(request) > Quantity.of(limit):
            yield f"{here}: memory request {request} above limit {limit}"
        if (resources.get("requests") or {}).get("cpu") is None:
            yield f"{here}: no cpu request"
        names = [variable["name"] for variable in container.get("env") or ()]
        if len(set(names)) < len(names):
            yield f"{here}: a variable twice, which server-side apply refuses"
        if re.match(r"(?:docker\.io/)?bitnami/", container["image"]):
            yield f"{here}: image {container['image']}"
    tolerations = pod.get("tolerations") or []
    for pool in pools:
        for taint in pool.get("taints", ()):
            if not any(tolerates(item, taint) for item in tolerations):
                yield f"{where}: does not tolerate {taint['key']}={taint.get('value', '')} of pool {pool['name']}"


def _budgets(objects: Sequence[Object]) -> Iterator[str]:
    for item in objects:
        if item["kind"] == "PodDisruptionBudget" and "minAvailable" in item["spec"]:
            yield f"PodDisruptionBudget/{item['metadata']['name']}: minAvailable of one replica"


def jvm_violations(objects: Sequence[Object]) -> Iterator[str]:
    """JVMs that don't start, don't fit their limit, or commit more at start than they request. JDK 8u272, cgroup v2."""
    from hydrogitops.jvm import assess

    seen = set()
    for name, options, container in launches(objects):
        seen.add(name)
        resources = container["resources"]
        limit, request = (int(Quantity.of(resources[kind]["memory"]).nano // 10**9) for kind in ("limits", "requests"))
        result = assess(options, memory=limit, cpus=None, jdk=8, sees_limits=False)
        if not result.starts or result.bill is None or result.max_heap is None or result.initial_heap is None:
            yield f"{name}: does not start with {options!r}: {result.problems}"
            continue
        if "-Xmx" not in options:
            yield f"{name}: no -Xmx in {options!r}, so the heap is a share of the node"
        if result.bill.expected > limit:
            yield f"{name}: expects {result.bill.expected} bytes in a limit of {limit}"
        if result.initial_heap > request:
            yield f"{name}: commits {result.initial_heap} bytes at start and requests {request}"
        if result.max_heap * 2 < limit:
            yield f"{name}: a heap of {result.max_heap} bytes wastes a limit of {limit}"
    if seen != {"manager", "gateway", "sonar"}:
        yield f"JVMs found: {sorted(seen)}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
