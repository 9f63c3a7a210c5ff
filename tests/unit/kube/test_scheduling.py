from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hydrogitops.kube.quantity import QuantityError
from hydrogitops.kube.scheduling import NodePool, Placement, effective_request, pool, schedulable

GPU_TAINT = {"key": "gpu", "value": "true", "effect": "NoSchedule"}


def pod(requests: Mapping[str, object] | None = None, **spec: object) -> dict[str, object]:
    return {"spec": {"containers": [{"name": "c", "resources": {"requests": requests or {}}}], **spec}}


def affinity(*terms: object) -> dict[str, object]:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"nodeAffinity": required}


def stops(placement: Placement) -> list[tuple[str, str, str]]:
    return [(stop.pool, stop.kind, stop.detail) for stop in placement.stops]


def test_taints_keep_off_what_does_not_tolerate_them() -> None:
    pools = [pool("plain", {}, [], ["m5.xlarge"]), pool("gpu", {}, [GPU_TAINT], ["g5.xlarge"])]
    refused = schedulable(pod(), pools)
    assert (refused.fits, refused.assured, stops(refused)) == (("plain",), ("plain",), [("gpu", "taint", "gpu")])
    assert (refused.stops[0].taint, refused.stops[0].path) == (GPU_TAINT, ("tolerations",))
    assert "gpu=true:NoSchedule" in refused.stops[0].message
    tolerant = schedulable(pod(tolerations=[None, "x", {"key": "gpu", "operator": "Exists"}]), pools)
    assert (tolerant.fits, tolerant.stops) == (("plain", "gpu"), ())


def test_a_preference_keeps_nothing_off() -> None:
    tainted = pool("a", {}, [{"key": "a", "effect": "PreferNoSchedule"}], ["m5.large"])
    assert schedulable(pod(), [tainted]).fits == ("a",)


def test_each_taint_needs_its_own_toleration() -> None:
    tainted = pool("a", {}, [GPU_TAINT, {"key": "spot", "effect": "NoExecute"}], ["m5.large"])
    tolerations = [{"key": "gpu", "operator": "Exists"}]
    assert stops(schedulable(pod(tolerations=tolerations), [tainted])) == [("a", "taint", "spot")]


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ({"disk": "ssd"}, True),
        ({"disk": "hdd"}, False),
        ({"rack": "1"}, False),
        ({"disk": True}, False),
        # From the instance type.
        ({"node.kubernetes.io/instance-type": "m5.large"}, True),
        ({"node.kubernetes.io/instance-type": "m5.xlarge"}, False),
        ({"kubernetes.io/arch": "amd64"}, True),
        ({"kubernetes.io/arch": "arm64"}, False),
        ({"kubernetes.io/os": "linux"}, True),
        ({"kubernetes.io/os": "windows"}, False),
        # What no declaration can show.
        ({"topology.kubernetes.io/zone": "eu-west-1a"}, True),
        ({"kubernetes.io/hostname": "ip-10-0-0-1"}, True),
        ({"eks.amazonaws.com/nodegroup": "a"}, True),
        # Unless it does.
        ({"karpenter.sh/capacity-type": "on-demand"}, True),
        ({"karpenter.sh/capacity-type": "spot"}, False),
    ],
)
def test_node_selector(selector: Mapping[str, object], fits: bool) -> None:
    labels = {"disk": "ssd", "karpenter.sh/capacity-type": "on-demand"}
    placement = schedulable(pod(nodeSelector=selector), [pool("a", labels, [], ["m5.large"])])
    key = next(iter(selector))
    assert stops(placement) == ([] if fits else [("a", "selector", key)])
    assert [stop.path for stop in placement.stops] == ([] if fits else [("nodeSelector", key)])


def test_labels_of_a_declared_figure_may_be_any_type() -> None:
    declared = pool("a", {}, [], allocatable={"cpu": 4})
    assert schedulable(pod(nodeSelector={"kubernetes.io/arch": "arm64"}), [declared]).fits == ("a",)


@pytest.mark.parametrize(
    ("expressions", "fits"),
    [
        ([{"key": "disk", "operator": "In", "values": ["hdd", "ssd"]}], True),
        ([{"key": "disk", "operator": "In", "values": ["hdd"]}], False),
        ([{"key": "disk", "operator": "In", "values": []}], False),
        ([{"key": "disk", "operator": "NotIn", "values": ["hdd"]}], True),
        ([{"key": "rack", "operator": "NotIn", "values": ["1"]}], True),
        ([{"key": "disk", "operator": "NotIn", "values": ["ssd"]}], False),
        ([{"key": "disk", "operator": "Exists"}], True),
        ([{"key": "disk", "operator": "Exists", "values": ["ssd"]}], False),
        ([{"key": "rack", "operator": "Exists"}], False),
        ([{"key": "rack", "operator": "DoesNotExist"}], True),
        ([{"key": "disk", "operator": "DoesNotExist"}], False),
        ([{"key": "size", "operator": "Gt", "values": ["009"]}], True),
        # No label value, so no expression.
        ([{"key": "size", "operator": "Gt", "values": ["+9"]}], False),
        ([{"key": "size", "operator": "Gt", "values": ["10"]}], False),
        ([{"key": "size", "operator": "Lt", "values": ["11"]}], True),
        ([{"key": "size", "operator": "Lt", "values": ["eleven"]}], False),
        ([{"key": "disk", "operator": "Lt", "values": ["11"]}], False),
        ([{"key": "disk", "operator": "Equal", "values": ["ssd"]}], False),
        ([{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-west-1a"]}], True),
        ([{"key": "topology.kubernetes.io/zone", "operator": "In", "values": []}], False),
        ([{"key": "disk", "operator": "Exists"}, {"key": "size", "operator": "In", "values": ["9"]}], False),
        ([None], False),
        ([], False),
    ],
)
def test_required_affinity(expressions: list[object], fits: bool) -> None:
    pools = [pool("a", {"disk": "ssd", "size": "10"}, [], ["m5.large"])]
    placement = schedulable(pod(affinity=affinity({"matchExpressions": expressions})), pools)
    assert [stop.kind for stop in placement.stops] == ([] if fits else ["affinity"])
    assert placement.fits == (("a",) if fits else ())


def test_affinity_terms_are_alternatives() -> None:
    pools = [pool("a", {"disk": "ssd"}, [], ["m5.large"])]
    wrong = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["hdd"]}]}
    right = {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}
    fields = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["ip-10-0-0-1"]}]}
    assert schedulable(pod(affinity=affinity(wrong, right)), pools).fits == ("a",)
    assert schedulable(pod(affinity=affinity(fields)), pools).fits == ("a",)
    (stop,) = schedulable(pod(affinity=affinity(wrong)), pools).stops
    base = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    assert (stop.detail, stop.path) == ("disk", (*base, 0, "matchExpressions", 0))
    (stop,) = schedulable(pod(affinity=affinity(wrong, wrong)), pools).stops
    assert (stop.detail, stop.path) == ("", base)
    assert [stop.kind for stop in schedulable(pod(affinity=affinity()), pools).stops] == ["affinity"]


@pytest.mark.parametrize(
    ("memory", "fits", "assured"), [("6903Mi", True, True), ("6904Mi", True, False), ("7519Mi", False, False)]
)
def test_memory_between_the_two_figures_fits_but_is_not_assured(memory: str, fits: bool, assured: bool) -> None:
    placement = schedulable(pod({"memory": memory}), [pool("a", {}, [], ["m5.large"])])
    assert (placement.fits, placement.assured) == (("a",) if fits else (), ("a",) if assured else ())
    if not fits:
        (stop,) = placement.stops
        assert (stop.kind, stop.detail) == ("resource", "memory")
        assert stop.path == ("containers", 0, "resources", "requests", "memory")
        assert "7518Mi" in stop.message


def test_a_pool_fits_by_its_largest_type() -> None:
    mixed = pool("a", {}, [], ["m5.large", "m5.2xlarge"])
    assert schedulable(pod({"cpu": 4}), [mixed]).assured == ("a",)
    (stop,) = schedulable(pod({"cpu": 8}), [mixed]).stops
    assert "7910m (m5.2xlarge)" in stop.message


def test_selector_and_size_must_hold_on_the_same_type() -> None:
    mixed = pool("a", {}, [], ["m6g.xlarge", "m5.large"])
    placement = schedulable(pod({"cpu": 3}, nodeSelector={"kubernetes.io/arch": "amd64"}), [mixed])
    assert stops(placement) == [("a", "resource", "cpu")]
    both = {"kubernetes.io/arch": "amd64", "node.kubernetes.io/instance-type": "m6g.xlarge"}
    placement = schedulable(pod(nodeSelector=both), [mixed])
    assert {stop.kind for stop in placement.stops} == {"selector"}


def test_each_type_may_lack_something_else() -> None:
    mixed = pool("a", {}, [], ["c5.2xlarge", "r5.xlarge"])
    placement = schedulable(pod({"cpu": 6, "memory": "24Gi"}), [mixed])
    assert [stop.detail for stop in placement.stops] == ["cpu", "memory"]


def test_accelerators_are_known_and_other_devices_are_not() -> None:
    pools = [pool("cpu", {}, [], ["m5.large"]), pool("gpu", {}, [], ["g5.xlarge"]), pool("x", {}, [], (), {"cpu": 4})]
    placement = schedulable(pod({"nvidia.com/gpu": 1}), pools)
    assert (placement.fits, stops(placement)) == (
        ("gpu",),
        [("cpu", "resource", "nvidia.com/gpu"), ("x", "resource", "nvidia.com/gpu")],
    )
    assert schedulable(pod({"smarter-devices/fuse": 1, "ephemeral-storage": "1Ti"}), pools).fits == ("cpu", "gpu", "x")
    assert schedulable(pod({"nvidia.com/gpu": 0}), pools).fits == ("cpu", "gpu", "x")


def test_a_declared_figure_is_assured() -> None:
    declared = pool("a", {}, [], allocatable={"cpu": "3920m", "memory": "14Gi", "pods": 58})
    assert schedulable(pod({"cpu": "3920m", "memory": "14Gi"}), [declared]).assured == ("a",)
    assert stops(schedulable(pod({"cpu": 4}), [declared])) == [("a", "resource", "cpu")]
    assert stops(schedulable(pod(), [pool("a", {}, [], allocatable={"pods": 0})])) == [("a", "pods", "pods")]
    with pytest.raises(QuantityError):
        pool("a", {}, [], allocatable={"cpu": "four"})


@pytest.mark.parametrize("unknown", [pool("a", {}, [], ["m5.huge"]), pool("a", {}, [])])
def test_what_is_not_known_is_said_and_not_guessed(unknown: NodePool) -> None:
    placement = schedulable(pod({"cpu": 1}), [unknown])
    assert (placement.fits, placement.stops, placement.unknown) == ((), (), ("a",))
    # It has room for a pod that asks for nothing, and is stopped by what is known.
    assert schedulable(pod(), [unknown]).fits == ("a",)
    assert schedulable(pod({"cpu": 1}, nodeSelector={"disk": "ssd"}), [unknown]).unknown == ()


def test_a_known_type_beside_an_unknown_one() -> None:
    mixed = pool("a", {}, [], ["m5.huge", "m5.large"])
    assert schedulable(pod({"cpu": 1}), [mixed]).fits == ("a",)
    assert schedulable(pod({"cpu": 100}), [mixed]).unknown == ("a",)


def container(**resources: object) -> dict[str, object]:
    return {"resources": resources}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {}),
        ({"containers": [container(requests={"cpu": 1}), container(limits={"cpu": 2})]}, {"cpu": "3"}),
        (
            {
                "containers": [container(requests={"cpu": 1})],
                "initContainers": [container(requests={"cpu": 4}), container(requests={"memory": "1Gi"})],
            },
            {"cpu": "4", "memory": "1Gi"},
        ),
        (
            {
                "containers": [container(requests={"cpu": 1})],
                "initContainers": [
                    {**container(requests={"cpu": 2}), "restartPolicy": "Always"},
                    container(requests={"cpu": 3}),
                    {**container(requests={"cpu": 1}), "restartPolicy": "Always"},
                ],
                "overhead": {"cpu": "250m", "memory": "120Mi"},
            },
            {"cpu": "5250m", "memory": "120Mi"},
        ),
        ({"containers": [container(requests={"cpu": 1})], "resources": {"limits": {"cpu": 2}}}, {"cpu": "1"}),
        ({"containers": [container(requests={"cpu": 1})], "resources": {"requests": {"cpu": 3}}}, {"cpu": "3"}),
        ({"containers": [container(requests={"cpu": "x", "memory": 1})]}, {"memory": "1"}),
    ],
)
def test_effective_request(spec: Mapping[str, object], expected: Mapping[str, str]) -> None:
    assert {name: str(quantity) for name, quantity in effective_request(spec).items()} == expected


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (
            {"containers": [container(requests={"cpu": 1}), container(limits={"cpu": 90})]},
            ("containers", 1, "resources", "limits", "cpu"),
        ),
        (
            {"containers": [container(requests={"cpu": 1})], "initContainers": [container(requests={"cpu": 90})]},
            ("initContainers", 0, "resources", "requests", "cpu"),
        ),
        ({"containers": [], "resources": {"limits": {"cpu": 90}}}, ("resources", "limits", "cpu")),
        ({"containers": [], "overhead": {"cpu": 90}}, ("overhead", "cpu")),
    ],
)
def test_a_resource_stops_at_the_largest_request(spec: Mapping[str, object], path: tuple[object, ...]) -> None:
    (stop,) = schedulable({"spec": spec}, [pool("a", {}, [], ["m5.large"])]).stops
    assert stop.path == path


@pytest.mark.parametrize("spec", [None, "x", [], {"containers": "x", "nodeSelector": [], "affinity": 1}])
def test_what_cannot_be_read_stops_nothing(spec: object) -> None:
    assert schedulable({"spec": spec}, [pool("a", {}, [], ["m5.large"])]).fits == ("a",)


def test_other_types_than_the_signature_has() -> None:
    wrong: Any = None
    with pytest.raises(TypeError):
        schedulable(wrong, [])
