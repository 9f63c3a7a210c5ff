"""What the API server refuses in a pod's resources: names, amounts, and requests against limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .names import validate_name
from .pod_resources import PodResources, Resources, aggregate, at_pod_level, is_huge_pages
from .problems import Problem
from .quantity import Quantity, QuantityError

_NANO = 10**9
_CONTAINER_RESOURCES = frozenset({"cpu", "memory", "ephemeral-storage"})
_COUNTED = frozenset(
    {
        "configmaps",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "services",
        "services.loadbalancers",
        "services.nodeports",
    }
)
"""Resources of quotas that are whole numbers."""
_UNPREFIXED = _CONTAINER_RESOURCES | _COUNTED | frozenset({"storage", "requests.storage"})
_UNPREFIXED |= {f"{side}.{name}" for side in ("limits", "requests") for name in _CONTAINER_RESOURCES}
"""What a resource may be called without a prefix, in any place: core/helper/helpers.go, standardResources."""


def refused(pod: PodResources) -> Iterator[Problem]:
    """What validation finds in a pod whose resources are defaulted. core/validation/validation.go, 1.37.2:
    ValidateContainerResourceRequirements and validatePodResources, for Linux pods and without resource claims."""
    for container in (*pod.containers, *pod.init_containers):
        yield from _requirements(container.resources, container.path, _container_resource_name)
    if pod.pod is not None:
        if pod.pod_claims:
            yield Problem("spec.resources.claims", "Claims belong to containers.", "FieldValueForbidden")
        yield from _requirements(pod.pod, "spec.resources", _pod_resource_name)
        yield from _consistency(pod, pod.pod)


def _requirements(
    resources: Resources, path: str, check_name: Callable[[str, str], Iterator[Problem]]
) -> Iterator[Problem]:
    for side, quantities in (("limits", resources.limits), ("requests", resources.requests)):
        for name, quantity in quantities.items():
            field = f"{path}.{side}[{name}]"
            yield from check_name(name, field)
            yield from _amount(name, quantity, field)
    for name, request in resources.requests.items():
        limit = resources.limits.get(name)
        if limit is None:
            if not _may_overcommit(name):
                yield Problem(f"{path}.limits", f"{name} needs a limit.", "FieldValueRequired")
        elif request > limit:
            message = f"The {name} request {request} is above the limit {limit}."
            yield Problem(f"{path}.requests", message, "FieldValueInvalid")
        elif request != limit and not _may_overcommit(name):
            message = f"The {name} request {request} must equal the limit {limit}."
            yield Problem(f"{path}.requests", message, "FieldValueInvalid")
    named = {*resources.limits, *resources.requests}
    if any(map(is_huge_pages, named)) and not named & {"cpu", "memory"}:
        yield Problem(path, "Huge pages need cpu or memory beside them.", "FieldValueForbidden")


def _amount(name: str, quantity: Quantity, field: str) -> Iterator[Problem]:
    if quantity.nano < 0:
        yield Problem(field, f"{quantity} is negative.", "FieldValueInvalid")
    if (name in _COUNTED or _is_extended(name)) and quantity.nano % _NANO:
        yield Problem(field, f"{quantity} is no whole number, as {name} must be.", "FieldValueInvalid")
    if is_huge_pages(name) and not _fills_pages(name, quantity):
        yield Problem(field, f"{quantity} is no multiple of the page size of {name}.", "FieldValueInvalid")


def _container_resource_name(name: str, field: str) -> Iterator[Problem]:
    yield from _resource_name(name, field)
    if "/" not in name:
        if name not in _CONTAINER_RESOURCES and not is_huge_pages(name):
            yield Problem(field, f"Containers have no resource {name}.", "FieldValueInvalid")
    elif not _is_native(name) and not _is_extended(name):
        yield Problem(field, f"{name} is no name of an extended resource.", "FieldValueInvalid")


def _pod_resource_name(name: str, field: str) -> Iterator[Problem]:
    wrong = list(_resource_name(name, field))
    yield from wrong
    if not wrong and not at_pod_level(name):
        yield Problem(field, f"Pods have no resource {name}, only their containers.", "FieldValueNotSupported")


def _resource_name(name: str, field: str) -> Iterator[Problem]:
    messages = validate_name("label-key", name)
    for message in messages:
        yield Problem(field, f"{name} is no name of a resource: {message}.", "FieldValueInvalid")
    if not messages and "/" not in name and name not in _UNPREFIXED and not _is_quota_huge_pages(name):
        yield Problem(field, f"{name} is no resource that Kubernetes has without a prefix.", "FieldValueInvalid")


def _consistency(pod: PodResources, own: Resources) -> Iterator[Problem]:
    for name, together in aggregate(pod, "requests").items():
        if name in own.requests and together > own.requests[name]:
            message = f"The pod's {name} request {own.requests[name]} is below the {together} of its containers."
            yield Problem(f"spec.resources.requests[{name}]", message, "FieldValueInvalid")
    for name, together in aggregate(pod, "limits").items():
        if is_huge_pages(name) and name in own.limits and together > own.limits[name]:
            message = f"The pod's {name} limit {own.limits[name]} is below the {together} of its containers."
            yield Problem(f"spec.resources.limits[{name}]", message, "FieldValueInvalid")
    for index, container in enumerate(pod.containers):
        for name, limit in container.resources.limits.items():
            if name in own.limits and limit > own.limits[name]:
                # The API server's own path, though no such field exists.
                field = f"spec.resources.containers[{index}][{name}].limits"
                message = f"The container's {name} limit {limit} is above the pod's {own.limits[name]}."
                yield Problem(field, message, "FieldValueInvalid")


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _is_extended(name: str) -> bool:
    if _is_native(name) or name.startswith("requests."):
        return False
    # A quota has to be able to name it.
    return not validate_name("label-key", f"requests.{name}")


def _is_quota_huge_pages(name: str) -> bool:
    return is_huge_pages(name.removeprefix("requests."))


def _may_overcommit(name: str) -> bool:
    return _is_native(name) and not is_huge_pages(name)


def _fills_pages(name: str, quantity: Quantity) -> bool:
    try:
        page = Quantity.parse(name.removeprefix("hugepages-")).nano
    except QuantityError:
        return False
    if page <= 0 or page % _NANO:
        return False
    # Compared in whole bytes, rounded up.
    return -(-abs(quantity.nano) // _NANO) * _NANO % page == 0
