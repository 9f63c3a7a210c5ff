"""Paths as Flux takes them."""

from __future__ import annotations

import posixpath


def normal(path: object) -> str:
    """A path relative to the root of its source, out of which nothing climbs; "" is the root."""
    return posixpath.normpath(f"/{path}").lstrip("/") if isinstance(path, str) else ""
