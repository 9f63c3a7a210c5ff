"""Sealing anew for a new certificate: which values have to be, and which of them nobody has given."""

from __future__ import annotations

from collections.abc import Iterable

from .targets import Repository, Target


def for_older(repository: Repository, environment: str) -> list[Target]:
    """The sealed values that no record shows to be sealed for the current certificate and the label of today."""
    current = repository.view(environment).seals.current
    return [
        one
        for one in repository.targets(environment)
        if one.state in ("sealed", "stale", "wrong label")
        and (one.state != "sealed" or one.record is None or current is None or one.record.certificate != current.sha256)
    ]


def reasons(targets: Iterable[Target]) -> list[str]:
    """A line for each: what its record says of the certificate it was sealed for."""
    return [f"{one.environment}: {one.title}: {_reason(one)}" for one in targets]


def _reason(target: Target) -> str:
    if target.record is None:
        return "nobody has recorded what it was sealed for"
    day = f"sealed on {target.record.at}"
    if target.state == "wrong label":
        return f"{day} for {target.record.namespace}/{target.record.name} ({target.record.scope})"
    return f"{day} for certificate {target.record.certificate[:8]}"
