"""Who reads the keys of an environment's Secrets, in words: pods by variable or volume, whatever else names one."""

from __future__ import annotations

from collections.abc import Callable

from hydrogitops.linter.inputs import EnvironmentView, text_of
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.secret_readers import Reading, names_read, readings
from hydrogitops.model import SealedSecret
from hydrogitops.source.shapes import node

Consumers = Callable[[SealedSecret, str], tuple[str, ...]]
"""A SealedSecret and a key → who reads it, each once, in the order applied."""


def consumers(view: EnvironmentView) -> Consumers:
    """`Deployment/hydro-manager env DATABASE_PASSWORD`; an object alone where only its text names the Secret."""
    read: dict[tuple[str, str], list[Reading]] = {}
    named: dict[str, list[str]] = {}
    names = {secret.name for secret in view.sealed}
    for applied in view.objects:
        for reading in readings(applied, namespace_of(applied.ref.namespace, view.environment)):
            read.setdefault((reading.namespace, reading.name), []).append(reading)
        for name in names_read([] if view.declares(applied) else [applied], names):
            named.setdefault(name, []).append(text_of(applied.ref))

    def of(secret: SealedSecret, key: str) -> tuple[str, ...]:
        here = read.get((namespace_of(secret.namespace, view.environment), secret.name), [])
        found = [_told(reading, key) for reading in here if reading.keys is None or key in reading.keys]
        return tuple(dict.fromkeys([*found, *named.get(secret.name, ())]))

    return of


def _told(reading: Reading, key: str) -> str:
    who, data, path = text_of(reading.object.ref), reading.object.data, reading.path
    if reading.how == "env":
        return f"{who} env {node(data, (*path[:-3], 'name'))}"
    if reading.how == "envFrom":
        return f"{who} env {node(data, (*path[:-2], 'prefix')) or ''}{key}"
    if reading.how == "volume":
        volume = path[: path.index("volumes") + 2]
        return f"{who} volume {node(data, (*volume, 'name'))}"
    return who if reading.how in ("account", "tls") else f"{who} imagePullSecrets"
