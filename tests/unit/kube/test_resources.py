from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hydrogitops.kube.quantity import Quantity
from hydrogitops.kube.resources import assess_pod

INVALID = "FieldValueInvalid"


def both(name: str) -> list[tuple[str, str]]:
    """A limit is the request too, so what is wrong with it is found twice."""
    return [(f"limits[{name}]", INVALID), (f"requests[{name}]", INVALID)]


def pod(*containers: object, **spec: object) -> dict[str, object]:
    return {"spec": {"containers": [{"name": "c", "image": "x", "resources": r} for r in containers], **spec}}


def test_what_the_interface_promises() -> None:
    a = assess_pod(
        {"spec": {"containers": [{"name": "c", "image": "x", "resources": {"limits": {"cpu": 2, "memory": 1.5}}}]}}
    )
    assert (a.errors, a.qos, str(a.defaulted[0].requests["memory"])) == ((), "Guaranteed", "1500m")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (None, []),
        ({}, []),
        ({"limits": None, "requests": {}}, []),
        ({"requests": {"cpu": "0.5m"}}, []),
        ({"limits": {"cpu": 1}, "requests": {"cpu": 2}}, [("requests", INVALID)]),
        ({"limits": {"memory": "-1"}}, both("memory")),
        ({"requests": {"gpu": 1}}, [("requests[gpu]", INVALID)] * 2),
        ({"requests": {"pods": 1}}, [("requests[pods]", INVALID)]),
        (
            {"requests": {"requests.x.com/gpu": 1}},
            [("limits", "FieldValueRequired"), ("requests[requests.x.com/gpu]", INVALID)],
        ),
        ({"requests": {"kubernetes.io/foo": 1}}, []),
        ({"limits": {"nvidia.com/gpu": "1000m"}}, []),
        ({"limits": {"nvidia.com/gpu": "1.5"}}, both("nvidia.com/gpu")),
        ({"requests": {"nvidia.com/gpu": 1}}, [("limits", "FieldValueRequired")]),
        ({"limits": {"nvidia.com/gpu": 2}, "requests": {"nvidia.com/gpu": 1}}, [("requests", INVALID)]),
        ({"limits": {"hugepages-2Mi": "4Mi", "cpu": 1}}, []),
        ({"limits": {"hugepages-2Mi": "4Mi"}}, [("", "FieldValueForbidden")]),
        ({"limits": {"hugepages-2Mi": "3Mi", "cpu": 1}}, both("hugepages-2Mi")),
        ({"limits": {"hugepages-": "4Mi", "cpu": 1}}, both("hugepages-") * 2),
    ],
)
def test_refusals(resources: object, expected: list[tuple[str, str]]) -> None:
    base = "spec.containers[0].resources"
    found = sorted((problem.field, problem.reason) for problem in assess_pod(pod(resources)).errors)
    assert found == sorted((f"{base}.{field}" if field else base, reason) for field, reason in expected)


@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        (pod({"limits": {"memory": "1gb"}}), "spec.containers[0].resources.limits[memory]", INVALID),
        (pod({"limits": {"cpu": True}}), "spec.containers[0].resources.limits[cpu]", "FieldValueTypeInvalid"),
        (pod({"limits": {"cpu": [1]}}), "spec.containers[0].resources.limits[cpu]", "FieldValueTypeInvalid"),
        (pod({"limits": "1"}), "spec.containers[0].resources.limits", "FieldValueTypeInvalid"),
        (pod([]), "spec.containers[0].resources", "FieldValueTypeInvalid"),
        (pod(initContainers=["x"]), "spec.initContainers[0]", "FieldValueTypeInvalid"),
        ({"spec": {"containers": {}}}, "spec.containers", "FieldValueTypeInvalid"),
        ({"spec": "x"}, "spec", "FieldValueTypeInvalid"),
    ],
)
def test_what_cannot_be_decoded_is_one_error_on_its_own_field(
    value: Mapping[str, object], field: str, reason: str
) -> None:
    assessed = assess_pod(value)
    assert [(problem.field, problem.reason) for problem in assessed.errors] == [(field, reason)]
    assert (assessed.defaulted, assessed.defaulted_init, assessed.qos) == ((), (), None)


def test_each_value_that_is_no_quantity_is_an_error() -> None:
    assessed = assess_pod(
        pod({"limits": {"cpu": "x", "memory": "y"}, "requests": {"cpu": 2}}, {"limits": {"cpu": "z"}})
    )
    assert len(assessed.errors) == 3


def test_limits_become_requests_and_are_rounded_up_to_milli() -> None:
    assessed = assess_pod(pod({"limits": {"cpu": "0.5m", "memory": "1Gi"}, "requests": {"memory": None}}))
    (resources,) = assessed.defaulted
    assert dict(resources.requests) == {"cpu": Quantity.parse("1m"), "memory": Quantity.parse("0")}
    assert str(resources.limits["cpu"]) == "1m"


def test_the_given_pod_is_not_changed_and_the_answer_cannot_be() -> None:
    given = pod({"limits": {"cpu": 1}})
    resources: Any = assess_pod(given).defaulted[0]
    assert given == pod({"limits": {"cpu": 1}})
    with pytest.raises(TypeError):
        resources.requests["memory"] = Quantity.parse("1")


FULL = {"limits": {"cpu": 1, "memory": "1Gi"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (pod(), "BestEffort"),
        ({}, "BestEffort"),
        (pod({}, None), "BestEffort"),
        (pod({"limits": {"cpu": 0}}), "BestEffort"),
        (pod({"limits": {"nvidia.com/gpu": 1}}), "BestEffort"),
        (pod(FULL), "Guaranteed"),
        (pod(FULL, {}), "Burstable"),
        (pod(FULL, initContainers=[{"resources": {"requests": {"cpu": 1}}}]), "Burstable"),
        (pod({"limits": {"cpu": 1}}), "Burstable"),
        (pod({**FULL, "requests": {"cpu": "500m"}}), "Burstable"),
        # The pod's own resources decide where there are some.
        (pod({}, resources=FULL), "Guaranteed"),
        (pod({}, resources={"limits": {"cpu": 1}}), "Burstable"),
        (pod(FULL, resources={}), "Guaranteed"),
        (pod({"requests": {"cpu": "500m"}}, resources=FULL), "Burstable"),
    ],
)
def test_class(given: Mapping[str, object], expected: str) -> None:
    assert assess_pod(given).qos == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            pod({}, resources={"requests": {"nvidia.com/gpu": 1}}),
            [("limits", "FieldValueRequired"), ("requests[nvidia.com/gpu]", "FieldValueNotSupported")],
        ),
        (pod({"requests": {"cpu": 2}}, resources={"requests": {"cpu": 1}}), [("requests[cpu]", INVALID)]),
        (
            pod({"limits": {"cpu": 2}}, resources={"limits": {"cpu": 1}}),
            [("containers[0][cpu].limits", INVALID), ("requests", INVALID)],
        ),
        (pod({}, resources={"claims": []}), [("claims", "FieldValueForbidden")]),
    ],
)
def test_refusals_of_the_pods_own_resources(given: Mapping[str, object], expected: list[tuple[str, str]]) -> None:
    found = [(problem.field, problem.reason) for problem in assess_pod(given).errors]
    assert sorted(found) == sorted((f"spec.resources.{field}", reason) for field, reason in expected)


def test_other_types_than_the_signature_has() -> None:
    wrong: Any = [pod()]
    with pytest.raises(TypeError):
        assess_pod(wrong)
