"""What makes which Secrets of an environment, and with which keys: Secrets, SealedSecrets, operators that are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from hydrogitops.model import AppliedObject
from hydrogitops.source.shapes import as_map, node

from .inputs import EnvironmentView
from .labels import namespace_of

EXTERNAL: Final = "ExternalSecret"
EXACT: Final[Mapping[str, Literal["data", "sealed"]]] = {"Secret": "data", "SealedSecret": "sealed"}
"""Kinds whose keys can be read off."""

Made = tuple[str, str]
"""Namespace and name of a Secret."""


class Maker(NamedTuple):
    """What makes a Secret. `keys` is None where nobody can know them."""

    object: AppliedObject
    keys: frozenset[str] | None


def makers_of(view: EnvironmentView) -> dict[Made, list[Maker]]:
    """By Secret what makes it, in this environment or beside it in its cluster."""
    found: dict[Made, list[Maker]] = {}
    for applied in (*view.objects, *view.beside):
        secret = made(view, applied)
        if secret is not None:
            found.setdefault(secret, []).append(Maker(applied, _keys(applied)))
    return found


def made(view: EnvironmentView, applied: AppliedObject) -> Made | None:
    """The Secret that an object makes; None where it makes none that is known."""
    kind, data = applied.ref.kind, applied.data
    if kind in EXACT:
        return namespace_of(applied.ref.namespace, view.environment), applied.ref.name
    if kind == EXTERNAL:
        policy = node(data, ("spec", "target", "creationPolicy"))
        name = str(node(data, ("spec", "target", "name")) or applied.ref.name)
        return None if policy == "None" else (namespace_of(applied.ref.namespace, view.environment), name)
    if kind == "Certificate" and applied.ref.api_version.startswith("cert-manager.io/"):
        name = node(data, ("spec", "secretName"))
        return (namespace_of(applied.ref.namespace, view.environment), name) if isinstance(name, str) else None
    return None


def _keys(applied: AppliedObject) -> frozenset[str] | None:
    kind = EXACT.get(applied.ref.kind)
    if kind == "data":
        if applied.data.get("type") == "kubernetes.io/service-account-token":
            return None
        return frozenset(key for part in ("data", "stringData") for key in as_map(applied.data.get(part)))
    if kind == "sealed":
        spec = as_map(applied.data.get("spec"))
        sealed, texts = spec.get("encryptedData"), as_map(node(spec, ("template", "data")))
        if "data" in spec or not isinstance(sealed, Mapping) or not (sealed or texts):
            # One blob, or nothing at all, which is a fault of its own.
            return None
        return frozenset(key for key in (*sealed, *texts) if key not in texts or texts[key] is not None)
    return None
