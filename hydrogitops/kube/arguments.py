"""Refusing Python types that a signature does not allow."""

from __future__ import annotations


def require(value: object, kind: type, name: str) -> None:
    """`TypeError` unless the argument `name` is of that kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {kind.__name__}, not {type(value).__name__}")
