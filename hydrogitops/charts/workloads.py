"""Typed views of applied objects: workloads with their containers, variables expanded as Kubernetes expands them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydrogitops.model import (
    AppliedObject,
    Container,
    Document,
    JvmLaunch,
    ObjectRef,
    Place,
    Role,
    Route,
    SealedSecret,
    SourceFile,
    Workload,
)
from hydrogitops.source.shapes import node

from .variables import Keys, Variables, keys_of, variables

POD_ROUTES: Mapping[str, Route] = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
SCOPE_ANNOTATIONS = {
    "sealedsecrets.bitnami.com/cluster-wide": "cluster-wide",
    "sealedsecrets.bitnami.com/namespace-wide": "namespace-wide",
}

Launcher = Callable[[str, Variables, tuple[str, ...], tuple[str, ...], Route], JvmLaunch | None]
"""image, variables, command, args, path of the container → how its JVM starts; None: it starts none that is known."""


def objects(file: SourceFile, *, written: bool = False) -> Iterator[AppliedObject]:
    """The objects of a stream of documents; a `List` gives its items. `written`: their documents are their source."""
    for document in file.documents:
        for route, data in _items(document.data):
            reference = ref(data)
            if reference is not None and written:
                yield AppliedObject(
                    _as_written(reference, data, document, route), data, Place(file.path, document.number, route)
                )
            elif reference is not None:
                yield AppliedObject(reference, data)


def ref(data: object) -> ObjectRef | None:
    """What names an object; None for data that is no object."""
    if not isinstance(data, Mapping) or not isinstance(data.get("kind"), str) or "apiVersion" not in data:
        return None
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    name = metadata.get("name") or metadata.get("generateName") or ""
    return ObjectRef(data["kind"], str(metadata.get("namespace") or ""), str(name), str(data["apiVersion"]))


def _as_written(reference: ObjectRef, data: Any, document: Document, route: Route) -> ObjectRef:
    """With names such as `n` and `yes` as kustomize takes them: as texts, not as the booleans of the API server."""
    if not any(isinstance(node(data, ("metadata", field)), bool) for field in ("name", "namespace")):
        return reference
    traps = {note.path: note.text for note in document.notes if note.kind == "trap-value"}

    def text(field: str, known: str) -> str:
        return traps.get((*route, "metadata", field), known)

    return reference._replace(name=text("name", reference.name), namespace=text("namespace", reference.namespace))


def workloads(objects: Sequence[AppliedObject], launcher: Launcher, namespace: str = "") -> Iterator[Workload]:
    """Everything that makes pods, with its containers in the order init, main.

    `namespace`: of objects that state none.
    """
    within = keys_of(objects, namespace)
    for applied in objects:
        route = POD_ROUTES.get(applied.ref.kind)
        spec = node(applied.data, route) if route is not None else None
        if route is None or not isinstance(spec, Mapping):
            continue
        metadata = node(applied.data, (*route[:-1], "metadata"))
        labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
        replicas = node(applied.data, ("spec", "replicas"))
        default = 1 if applied.ref.kind in ("Deployment", "StatefulSet", "ReplicaSet") else None
        yield Workload(
            object=applied,
            pod=route,
            spec=spec,
            labels={str(k): str(v) for k, v in labels.items()} if isinstance(labels, Mapping) else {},
            replicas=replicas if isinstance(replicas, int) and not isinstance(replicas, bool) else default,
            containers=tuple(_containers(route, spec, launcher, within(applied.ref.namespace))),
        )


def sealed_secrets(objects: Iterable[AppliedObject]) -> Iterator[SealedSecret]:
    """The SealedSecrets among the objects, their scope as the controller reads it (annotation "true" only)."""
    for applied in objects:
        if applied.ref.kind != "SealedSecret" or not applied.ref.api_version.startswith("bitnami.com/"):
            continue
        keys = node(applied.data, ("spec", "encryptedData"))
        template = node(applied.data, ("spec", "template"))
        annotations = node(applied.data, ("metadata", "annotations"))
        annotations = annotations if isinstance(annotations, Mapping) else {}
        scopes = [scope for key, scope in SCOPE_ANNOTATIONS.items() if annotations.get(key) == "true"]
        yield SealedSecret(
            object=applied,
            name=applied.ref.name,
            namespace=applied.ref.namespace,
            scope=scopes[0] if scopes else "strict",  # type: ignore[arg-type]
            keys=keys if isinstance(keys, Mapping) else {},
            template=template if isinstance(template, Mapping) else {},
        )


def _containers(route: Route, spec: Mapping[str, Any], launcher: Launcher, keys: Keys) -> Iterator[Container]:
    for key in ("initContainers", "containers"):
        items = spec.get(key)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(item, Mapping):
                continue
            path = (*route, key, index)
            role: Role = "main"
            if key == "initContainers":
                role = "sidecar" if item.get("restartPolicy") == "Always" else "init"
            known = variables(item, path, keys)
            image, command, args = str(item.get("image") or ""), _texts(item.get("command")), _texts(item.get("args"))
            resources, env_from = item.get("resources"), item.get("envFrom")
            yield Container(
                name=str(item.get("name") or ""),
                role=role,
                image=image,
                path=path,
                command=command,
                args=args,
                env=known.own,
                env_from=tuple(e for e in env_from if isinstance(e, Mapping)) if isinstance(env_from, list) else (),
                resources=resources if isinstance(resources, Mapping) else {},
                data=item,
                launch=launcher(image, known, command, args, path),
            )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(text) for text in value) if isinstance(value, list) else ()


def _items(data: object) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    if not isinstance(data, Mapping):
        return
    items = data.get("items")
    if str(data.get("kind", "")).endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield ("items", index), item
    else:
        yield (), data
