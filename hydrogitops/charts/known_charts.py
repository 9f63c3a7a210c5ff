"""The charts and images that are known, by the contracts that ship with the program."""

from __future__ import annotations

from .contract import LONGEST_IMAGE, ChartImage, Contract, is_image
from .contract_reading import contract, contracts


def find(chart: str, version: str) -> Contract | None:
    """The contract of a chart, read once; None for a chart that has none."""
    return contract(chart, version)


def images() -> tuple[ChartImage, ...]:
    """The images whose start scripts are known, of all contracts; the first match wins."""
    return tuple(image for known in contracts() for image in known.images)


def runs_no_jvm(image: str) -> bool:
    """Whether an image, from whatever registry or folder of one, is known to start no JVM."""
    known = (pattern for one in contracts() for pattern in one.without_jvm)
    return len(image) <= LONGEST_IMAGE and any(is_image(pattern, image) for pattern in known)
