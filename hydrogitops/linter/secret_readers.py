"""Who reads which keys of which Secrets: pods, their accounts, Ingresses, and whatever else names one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from hydrogitops.charts.workloads import POD_ROUTES
from hydrogitops.model import EMPTY_MAP, AppliedObject, Route
from hydrogitops.source.shapes import as_list, node

PULL_KEYS: Final = frozenset((".dockerconfigjson", ".dockercfg"))
"""Either of them logs a node in at a registry."""

How = Literal["env", "envFrom", "volume", "pull", "tls", "account"]

_WORD = re.compile(r"[\w.-]+")
_ABOUT_SECRETS = r"(?i)secret|cert|credential|tls|key"
_LONGEST = 20_000
_LEAVES = (int, float, bool, type(None))
_KNOWN = frozenset(("secretKeyRef", "imagePullSecrets", "envFrom", "tls"))
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_BUILT_IN = r"[^./]*(?:/[^/]*)?|[^/]*\.k8s\.io/.*"


class Reading(NamedTuple):
    """A reference to a Secret. `path` leads to its name; `keys` is None where all of them are read.

    `needs`: each key that must be there, and where it is written. `optional`: the pod starts without it all the same.
    """

    object: AppliedObject
    namespace: str
    name: str
    how: How
    path: Route
    keys: frozenset[str] | None
    needs: Mapping[str, Route] = EMPTY_MAP
    optional: bool = False
    container: str = ""
    variable: str = ""
    """The name of the variable that is set from it."""


def readings(applied: AppliedObject, namespace: str) -> Iterator[Reading]:
    """The references of one object, which is in `namespace`."""
    pod = POD_ROUTES.get(applied.ref.kind)
    if pod is not None:
        yield from _pod(applied, namespace, pod)
    elif applied.ref.kind == "ServiceAccount":
        yield from _pulls(applied, namespace, ("imagePullSecrets",))
        for path, name in _names(applied, ("secrets",)):
            yield Reading(applied, namespace, name, "account", path, None, optional=True)
    elif applied.ref.kind == "Ingress":
        for index, item in enumerate(as_list(node(applied.data, ("spec", "tls")))):
            name = node(item, ("secretName",))
            if isinstance(name, str):
                # An Ingress is served without its certificate, by another one.
                path = ("spec", "tls", index, "secretName")
                yield Reading(applied, namespace, name, "tls", path, None, optional=True)


def names_read(objects: Iterable[AppliedObject], names: Collection[str]) -> set[str]:
    """Those of the names that objects speak of otherwise than by the references of `readings`.

    In any way that may lead to a Secret: any text of a resource that is no built-in one, what stands below a key that
    says `secret`, an argument about secrets, a right to read it.
    """
    found: set[str] = set()

    def walk(data: object, keys: tuple[str, ...], anywhere: bool) -> None:
        if isinstance(data, str):
            if anywhere or _may_lead(keys, data):
                found.update(word for word in _WORD.findall(data[:_LONGEST]) if word in names)
        elif isinstance(data, Mapping):
            for key, value in data.items():
                if value.__class__ in _LEAVES or (key in _KNOWN and not anywhere):
                    continue
                walk(value, (*keys, key), anywhere)
        elif isinstance(data, list):
            for value in data:
                walk(value, keys, anywhere)

    for applied in objects:
        kind = applied.ref.kind
        if kind in ("SealedSecret", "Secret"):
            continue
        anywhere = re.fullmatch(_BUILT_IN, applied.ref.api_version) is None or kind in ("Role", "ClusterRole")
        annotations = {"annotations": node(applied.data, ("metadata", "annotations"))}
        walk({**applied.data, "metadata": annotations}, (), anywhere)
    return found


def _may_lead(keys: tuple[str, ...], text: str) -> bool:
    """Whether what stands there may name a Secret, in a way that `readings` does not know."""
    if keys[-1] in ("args", "command"):
        return re.search(_ABOUT_SECRETS, text) is not None
    if keys[-2:] == ("secret", "secretName") or keys[-3:] == ("sources", "secret", "name"):
        return False
    return any("secret" in key or "Secret" in key for key in keys)


def _pod(applied: AppliedObject, namespace: str, pod: Route) -> Iterator[Reading]:
    yield from _pulls(applied, namespace, (*pod, "imagePullSecrets"))
    for kind in _CONTAINERS:
        for index, container in enumerate(as_list(node(applied.data, (*pod, kind)))):
            if isinstance(container, Mapping):
                yield from _container(applied, namespace, container, (*pod, kind, index))
    for index, volume in enumerate(as_list(node(applied.data, (*pod, "volumes")))):
        at = (*pod, "volumes", index)
        yield from _mounted(applied, namespace, node(volume, ("secret",)), (*at, "secret"), "secretName")
        for position, source in enumerate(as_list(node(volume, ("projected", "sources")))):
            below = (*at, "projected", "sources", position, "secret")
            yield from _mounted(applied, namespace, node(source, ("secret",)), below, "name")


def _container(applied: AppliedObject, namespace: str, container: Mapping[str, Any], at: Route) -> Iterator[Reading]:
    own = str(container.get("name") or "")
    for index, variable in enumerate(as_list(container.get("env"))):
        reference = node(variable, ("valueFrom", "secretKeyRef"))
        name, key = node(reference, ("name",)), node(reference, ("key",))
        if isinstance(name, str) and isinstance(key, str):
            path = (*at, "env", index, "valueFrom", "secretKeyRef")
            yield Reading(
                applied,
                namespace,
                name,
                "env",
                (*path, "name"),
                frozenset((key,)),
                {key: (*path, "key")},
                optional=node(reference, ("optional",)) is True,
                container=own,
                variable=str(node(variable, ("name",)) or ""),
            )
    for index, source in enumerate(as_list(container.get("envFrom"))):
        name = node(source, ("secretRef", "name"))
        if isinstance(name, str):
            path = (*at, "envFrom", index, "secretRef", "name")
            optional = node(source, ("secretRef", "optional")) is True
            yield Reading(applied, namespace, name, "envFrom", path, None, optional=optional, container=own)


def _mounted(applied: AppliedObject, namespace: str, source: Any, at: Route, by: str) -> Iterator[Reading]:
    name = node(source, (by,))
    if not isinstance(name, str):
        return
    items = as_list(node(source, ("items",)))
    needs = {
        item["key"]: (*at, "items", index, "key")
        for index, item in enumerate(items)
        if isinstance(item, Mapping) and isinstance(item.get("key"), str)
    }
    keys = frozenset(needs) if items else None
    optional = node(source, ("optional",)) is True
    yield Reading(applied, namespace, name, "volume", (*at, by), keys, needs, optional=optional)


def _pulls(applied: AppliedObject, namespace: str, at: Route) -> Iterator[Reading]:
    for path, name in _names(applied, at):
        yield Reading(applied, namespace, name, "pull", path, PULL_KEYS, {".dockerconfigjson": path})


def _names(applied: AppliedObject, at: Route) -> Iterator[tuple[Route, str]]:
    for index, item in enumerate(as_list(node(applied.data, at))):
        name = node(item, ("name",))
        if isinstance(name, str) and name:
            yield (*at, index, "name"), name
