"""Which environments are in one cluster."""

from __future__ import annotations

from hydrogitops.model import Environment

from .stated_values import OPEN


def same_cluster(one: Environment, other: Environment) -> bool | None:
    """Whether two environments are in one cluster; None where nobody says."""
    for a, b in ((one.server, other.server), (one.cluster, other.cluster)):
        if a and b and not a.startswith(OPEN) and not b.startswith(OPEN):
            return a == b
    return None
