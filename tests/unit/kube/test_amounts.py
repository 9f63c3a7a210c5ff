"""Amounts that are legal and hardly meant."""

from __future__ import annotations

import pytest

from hydrogitops.kube.amounts import doubt
from hydrogitops.kube.quantity import Quantity


@pytest.mark.parametrize(
    ("name", "value", "said", "likely"),
    [
        ("memory", "500m", "fraction of a byte", "500Mi"),
        ("memory", "100u", "fraction of a byte", ""),
        ("memory", "0", "is zero", ""),
        ("memory", "512", "512 bytes", "512Mi"),
        ("memory", 512, "512 bytes", "512Mi"),
        ("memory", "4095Ki", "in which nothing runs", ""),
        ("memory", "Mi", "no digit", ""),
        ("memory", "9Ei", "capped", ""),
        ("memory", None, "null", ""),
        ("ephemeral-storage", "1500m", "fraction of a byte", "1500Mi"),
        ("cpu", "4000", "4000 cores", "4000m"),
        ("cpu", "100M", "100000000 cores", "100m"),
        ("cpu", ".", "no digit", ""),
    ],
)
def test_what_is_odd(name: str, value: object, said: str, likely: str) -> None:
    found = doubt(name, value)
    assert found is not None
    assert said in found[0]
    assert found[1] == likely


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory", "4Mi"),
        ("memory", "1Gi"),
        ("memory", "-1"),
        ("memory", "1.5gb"),
        ("cpu", "999"),
        ("cpu", "500m"),
        ("cpu", "0"),
        ("nvidia.com/gpu", "500m"),
    ],
)
def test_what_is_not(name: str, value: object) -> None:
    """What the API server refuses is told by itself, so it is no doubt."""
    assert doubt(name, value) is None


def test_where_the_bounds_are_is_for_the_caller_to_say() -> None:
    assert doubt("memory", "8Mi", least_memory=Quantity.of("16Mi")) is not None
    assert doubt("cpu", "8", most_cores=Quantity.of(4)) is not None
    assert doubt("memory", "1Ki", least_memory=None) is None
    assert doubt("cpu", "5000", most_cores=None) is None
