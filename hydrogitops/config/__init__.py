"""What people write: answers, configuration, policies. Nothing is imported before it is asked for."""

from __future__ import annotations

__all__ = ["schema"]


def schema(name: str) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of `answers`, `config` or `policies`; ValueError for another name."""
    from . import schemas

    if name not in schemas.MADE:
        raise ValueError(f"no schema {name!r}")
    return schemas.MADE[name]()
