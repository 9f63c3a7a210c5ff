"""The variables of a container, and what becomes of its command, as the kubelet makes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.model import AppliedObject, EnvVar, LaunchText, ObjectRef, Piece, Route
from hydrogitops.source.shapes import as_list, as_map, as_maps

from .composed import EMPTY, hole, joined, part, written

_REFERENCE = r"\$\$|\$\(([^)]*)\)"
_NAME = r"[-._a-zA-Z][-._a-zA-Z0-9]*"
_AMOUNT = r"(limits|requests)\.(cpu|memory)"
_NO_DIVISOR = ("", "0", 0)


class Keyed(NamedTuple):
    """A ConfigMap or Secret with its keys; None for what only the cluster knows."""

    ref: ObjectRef
    values: Mapping[str, str | None]


Keys = Callable[[str, str], Keyed | None]
"""Kind (`ConfigMap`, `Secret`) and name → the object beside the container; None where nothing makes it."""


class Variables(NamedTuple):
    """What a container's processes find in their environment."""

    own: tuple[EnvVar, ...]
    """The entries of `env`, in order."""
    all: Mapping[str, EnvVar]
    """Each variable as it ends, those of `envFrom` too."""
    missing: str = ""
    """Why there may be more of them: a clause on an `envFrom` whose keys are not known."""


def keys_of(objects: Iterable[AppliedObject], default: str) -> Callable[[str], Keys]:
    """Namespace → what is known of the ConfigMaps and Secrets in it; `default` is that of objects that state none."""
    found: dict[tuple[str, str, str], Keyed] = {}
    for applied in objects:
        kind, data = applied.ref.kind, applied.data
        values: dict[str, str | None]
        if kind == "ConfigMap":
            values = {key: str(text) for key, text in as_map(data.get("data")).items()}
        elif kind == "Secret":
            values = dict.fromkeys([*as_map(data.get("data")), *as_map(data.get("stringData"))])
        elif kind == "SealedSecret":
            kind, spec = "Secret", as_map(data.get("spec"))
            template = as_map(as_map(spec.get("template")).get("data"))
            values = dict.fromkeys([*as_map(spec.get("encryptedData")), *template])
        else:
            continue
        key = (kind, applied.ref.namespace or default, applied.ref.name)
        before = found[key].values if key in found else {}
        found[key] = Keyed(applied.ref, {**before, **values})

    def within(namespace: str) -> Keys:
        return lambda kind, name: found.get((kind, namespace or default, name))

    return within


def variables(container: Mapping[str, Any], path: Route, keys: Keys) -> Variables:
    """The variables of the container at `path`: those of `envFrom` first, then `env` in order."""
    reach: dict[str, EnvVar] = {}
    missing = ""
    for index, source in enumerate(as_maps(container.get("envFrom"))):
        missing = _take_all(source, (*path, "envFrom", index), keys, reach) or missing
    own = []
    for index, entry in enumerate(as_list(container.get("env"))):
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
            variable = _variable(entry, (*path, "env", index), container, keys, reach)
            own.append(variable)
            if variable.value is not None or variable.unknown:
                reach[variable.name] = variable
    return Variables(tuple(own), reach, missing)


def expanded(text: LaunchText, known: Mapping[str, EnvVar]) -> LaunchText:
    """`$(NAME)` replaced by that variable, `$$` by `$`; a name that is none of them stays as it is written.

    As kubernetes third_party/forked/golang/expansion does it: a name ends at the first `)`.
    """
    parts: list[LaunchText] = []
    position = 0
    for found in re.finditer(_REFERENCE, text.text):
        parts.append(part(text, position, found.start()))
        position = found.end()
        variable = known.get(found.group(1) or "")
        if found.group() == "$$":
            parts.append(part(text, found.start(), found.start() + 1))
        elif variable is None:
            parts.append(part(text, found.start(), found.end()))
        else:
            parts.append(of(variable, found.group(), part(text, found.start(), found.end())))
    parts.append(part(text, position, len(text.text)))
    return joined(parts)


def of(variable: EnvVar, reference: str = "", at: LaunchText = EMPTY) -> LaunchText:
    """A variable's value; where it is not known, `reference` stands for it, which is written `at`."""
    if variable.value is None:
        return hole(reference or f"$({variable.name})", variable.unknown, at)
    return LaunchText(variable.value, variable.pieces)


def _take_all(source: Mapping[str, Any], path: Route, keys: Keys, reach: dict[str, EnvVar]) -> str:
    """Add the variables of one entry of `envFrom`; a clause where its keys are not known."""
    prefix = str(source.get("prefix") or "")
    for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        reference = source.get(field)
        if not isinstance(reference, Mapping):
            continue
        name = str(reference.get("name") or "")
        found = keys(kind, name)
        if found is None:
            return f"envFrom reads the {kind} {name}, which nothing here makes"
        for key, value in found.values.items():
            if re.fullmatch(_NAME, prefix + key):
                reach[prefix + key] = _by_key(prefix + key, found, key, value, (*path, field))
    return ""


def _variable(
    entry: Mapping[str, Any], path: Route, container: Mapping[str, Any], keys: Keys, reach: Mapping[str, EnvVar]
) -> EnvVar:
    name, value, source = entry["name"], entry.get("value"), entry.get("valueFrom")
    if not isinstance(source, Mapping) or value not in (None, ""):
        at = (*path, "value")
        text = expanded(written("" if value is None else str(value), at), reach)
        return EnvVar(name, text.text, at, text.pieces)
    at = (*path, "valueFrom")
    for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        reference = source.get(field)
        if isinstance(reference, Mapping):
            holder, key = str(reference.get("name") or ""), str(reference.get("key") or "")
            found = keys(kind, holder)
            if found is not None and key in found.values:
                return _by_key(name, found, key, found.values[key], at)
            if found is not None and reference.get("optional") is True:
                # Not set at all: what was there before stays.
                return EnvVar(name, None, at)
            return EnvVar(name, None, at, unknown=f"{name} comes from the {kind} {holder}, whose {key} is not here")
    amount = _amount(source.get("resourceFieldRef"), container)
    if amount is not None:
        return EnvVar(name, amount, at, (Piece(0, len(amount), at),))
    return EnvVar(name, None, at, unknown=f"only the cluster knows {name}")


def _by_key(name: str, holder: Keyed, key: str, value: str | None, at: Route) -> EnvVar:
    if value is None:
        return EnvVar(name, None, at, unknown=f"{name} comes from the Secret {holder.ref.name}")
    return EnvVar(name, value, at, written(value, ("data", key), holder.ref).pieces)


def _amount(reference: object, container: Mapping[str, Any]) -> str | None:
    """What a `resourceFieldRef` to the container's own resources gives; None where the node decides."""
    reference = as_map(reference)
    found = re.fullmatch(_AMOUNT, str(reference.get("resource") or ""))
    if found is None or reference.get("containerName", container.get("name")) != container.get("name"):
        return None
    stated = as_map(as_map(container.get("resources")).get(found.group(1))).get(found.group(2))
    divisor = reference.get("divisor")
    try:
        amount = Quantity.of(stated) if stated is not None else None
        by = Quantity.parse("1") if divisor is None or divisor in _NO_DIVISOR else Quantity.of(divisor)
    except QuantityError:
        return None
    if amount is None or by.nano <= 0 or amount.nano <= 0:
        return None
    return str(-(-amount.nano // by.nano))
