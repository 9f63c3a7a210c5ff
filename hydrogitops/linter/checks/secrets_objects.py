"""Checks on a SealedSecret as a whole: what it lacks, what is ignored, what does not belong into a file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final

from hydrogitops.linter.inputs import EnvironmentView, Parameters, SecretView
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.sealed_values import ENCRYPTED, TEMPLATE_DATA, whole, written
from hydrogitops.model import At, Fault, Field, Route, Severity, Span, Suggestion
from hydrogitops.secrets import certificates
from hydrogitops.source.shapes import node

LEGACY: Final[Route] = ("spec", "data")
TYPE: Final[Route] = ("spec", "template", "type")
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type
NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "kubernetes.io/dockerconfigjson": ((".dockerconfigjson",),),
    "kubernetes.io/dockercfg": ((".dockercfg",),),
    "kubernetes.io/tls": (("tls.crt",), ("tls.key",)),
    "kubernetes.io/basic-auth": (("username", "password"),),
    "kubernetes.io/ssh-auth": (("ssh-privatekey",),),
}
"""By type what the API server asks for (kubernetes validation.go, ValidateSecret): of each group one key."""


def empty(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """Nothing to open and nothing in the template: the Secret is made, or emptied, and that counts as success."""
    secret = view.secret
    if secret.keys or _template_data(view) or node(secret.object.data, LEGACY) is not None:
        return
    there = _there(view, ENCRYPTED)
    sealed = node(secret.object.data, ENCRYPTED)
    what = "has no encryptedData" if not there else "has an encryptedData that holds nothing"
    if sealed is not None and not isinstance(sealed, Mapping) and sealed != []:
        what = "has an encryptedData that is no map"
    message = f"{secret.name} {what}: the controller makes an empty Secret of it and reports success"
    yield _fault(view, ENCRYPTED, message, "an empty Secret", missing=not there)


def legacy_data(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """The old form, the whole Secret in one value."""
    if node(view.secret.object.data, LEGACY) is not None:
        message = (
            f"{view.secret.name} has spec.data, which kubeseal refuses and a controller only reads by an old default"
        )
        yield _fault(view, LEGACY, message, "the old form")


def type_keys(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A type whose keys are not there: the API server refuses the Secret, though the controller could open it."""
    stated = node(view.secret.object.data, TYPE)
    if stated == TOKEN:
        message = f"{view.secret.name} is of type {TOKEN}, which the control plane fills in itself"
        yield _fault(
            view, TYPE, message, "never sealed", key=False, way="leave it to the control plane, or take another type"
        )
    elif isinstance(stated, str) and stated in NEEDED:
        keys = {*view.secret.keys, *(key for key, value in _template_data(view).items() if value is not None)}
        # Without any key it is secrets/empty.
        lacking = [" or ".join(group) for group in NEEDED[stated] if keys and not keys.intersection(group)]
        if lacking:
            message = (
                f"{view.secret.name} is of type {stated} and lacks {' and '.join(lacking)}: the API server refuses it"
            )
            way = f"seal {' and '.join(lacking)}, or correct the type"
            yield _fault(view, TYPE, message, f"lacks {' and '.join(lacking)}", key=False, way=way)


def template_name(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """Name and namespace below the template: those of the object are taken whatever is written there."""
    secret = view.secret
    actual = {"name": secret.name, "namespace": namespace_of(secret.namespace, view.environment.environment)}
    for field, name in actual.items():
        route = ("spec", "template", "metadata", field)
        stated = node(secret.object.data, route)
        if isinstance(stated, str) and stated and name and stated != name:
            message = f"{secret.name}: the template's {field} is {stated} and the object's {name}, which is taken"
            yield _fault(view, route, message, "ignored", key=False, way="drop it")


def noise(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """Fields that a cluster or an old kubeseal writes and that mean nothing in a file."""
    found = written(view)
    data = view.secret.object.data if found is None else found.data
    for route in _noise(data):
        # Engines drop some of it; it stands in the file all the same.
        field = Field(view.secret.object.ref, route, key=True)
        yield Fault(
            rule="",
            message=f"{view.secret.name}: {_dotted(route)} comes from a cluster and means nothing in a file",
            at=field if found is None else found.at(route, "key"),
            label="noise",
            object=view.secret.object.ref,
            path=route,
            fix=Suggestion("drop it"),
        )


def certificate_expiry(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """The certificate that an environment seals with: unusable, expired or soon so, or not the only one in its file."""
    seals = view.seals
    if not seals.present:
        return
    place = Span(seals.file, 1, 1, 1, 1)
    fetch = (
        f"fetch the current one: {shlex.join(('hydrogitops', 'seal', '--env', view.name, '--fetch-certificate'))} URL"
    )
    if seals.current is None:
        yield _unusable(f"nothing can be sealed for {view.name}: {seals.problem}", place, "cannot be used", fetch)
        return
    today = datetime.combine(seals.today, time.min, UTC)
    left = timedelta(days=whole("secrets/certificate-expiry", parameters, "days", 30))
    end = seals.current.not_after
    if certificates.expired(seals.current, today):
        yield _unusable(f"the certificate of {view.name} has expired on {end:%Y-%m-%d}", place, "expired", fetch)
    elif end - today <= left:
        message = f"the certificate of {view.name} expires on {end:%Y-%m-%d}: nothing can be sealed from then on"
        yield _unusable(message, place, f"until {end:%Y-%m-%d}", fetch, "warning")
    elif seals.certificates > 1:
        message = f"the certificate of {view.name} is one of {seals.certificates} in its file; the first is taken"
        yield _unusable(message, place, "the first is taken", "leave the current one alone in it", "warning")


def _noise(data: object) -> Iterator[Route]:
    if isinstance(data, Mapping) and "status" in data:
        yield ("status",)
    for above in (("metadata",), ("spec", "template", "metadata")):
        metadata = node(data, above)
        if not isinstance(metadata, Mapping):
            continue
        if "creationTimestamp" in metadata and metadata["creationTimestamp"] is None:
            yield (*above, "creationTimestamp")
        if "managedFields" in metadata:
            yield (*above, "managedFields")
        annotations = metadata.get("annotations")
        if isinstance(annotations, Mapping) and LAST_APPLIED in annotations:
            yield (*above, "annotations", LAST_APPLIED)


def _template_data(view: SecretView) -> Mapping[str, object]:
    data = node(view.secret.object.data, TEMPLATE_DATA)
    return data if isinstance(data, Mapping) else {}


def _there(view: SecretView, route: Route) -> bool:
    above = node(view.secret.object.data, route[:-1])
    return isinstance(above, Mapping) and route[-1] in above


def _dotted(route: Route) -> str:
    return ".".join(map(str, route))


def _fault(
    view: SecretView,
    route: Route,
    message: str,
    label: str,
    *,
    key: bool = True,
    missing: bool = False,
    way: str = "",
) -> Fault:
    reference = view.secret.object.ref
    return Fault(
        rule="",
        message=message,
        at=Field(reference, route, key=key, missing=missing),
        label=label,
        object=reference,
        path=route,
        fix=Suggestion(way) if way else None,
    )


def _unusable(message: str, place: At, label: str, way: str, mild: Severity | None = None) -> Fault:
    return Fault("", message, place, mild=mild, label=label, fix=Suggestion(way))
