"""The charts and images that are known, by the contracts that ship with the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import ChartImage, Contract

CONTRACTS = Path(__file__).parent / "contracts"


def find(chart: str, version: str) -> Contract | None:
    """The contract of a chart, read once; None for a chart that has none."""
    file = CONTRACTS / f"{chart}-{version}.json"
    if file.parent != CONTRACTS or not file.is_file():
        return None
    # What a contract is made of is not loaded for other charts.
    from .contract_reading import contract

    return contract(file)


def images() -> tuple[ChartImage, ...]:
    """The images whose start scripts are known, of all contracts; the first match wins."""
    from .contract_reading import contracts

    return tuple(image for known in contracts() for image in known.images)


def runs_no_jvm(image: str) -> bool:
    """Whether an image, from whatever registry or folder of one, is known to start no JVM."""
    from .contract import LONGEST_IMAGE, is_image
    from .contract_reading import contracts

    known = (pattern for one in contracts() for pattern in one.without_jvm)
    return len(image) <= LONGEST_IMAGE and any(is_image(pattern, image) for pattern in known)
