from __future__ import annotations

from hydrogitops.kube.nodes import allocatable, node_type


def test_an_m5_large() -> None:
    figures = allocatable("m5.large")
    assert figures is not None
    optimistic, assured = figures
    assert (str(optimistic.cpu), str(optimistic.memory), optimistic.pods, optimistic.gpus) == ("1930m", "7518Mi", 29, 0)
    assert (str(assured.cpu), str(assured.memory)) == ("1930m", "6903Mi")


def test_arm64_hides_a_little_more() -> None:
    figures = allocatable("t4g.large")
    assert figures is not None
    assert [str(figure.memory) for figure in figures] == ["7452Mi", "6778Mi"]


def test_devices() -> None:
    gpus, neurons = allocatable("g4dn.12xlarge"), allocatable("inf2.xlarge")
    assert gpus is not None
    assert neurons is not None
    assert [figure.gpus for figure in gpus] == [4, 4]
    assert dict(neurons[0].devices) == {"aws.amazon.com/neuron": 1, "aws.amazon.com/neuroncore": 2}


def test_an_unknown_type_is_none() -> None:
    assert allocatable("m5.huge") is None
    assert node_type("") is None
