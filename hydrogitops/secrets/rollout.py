"""The patch that makes a new sealed value a rollout: a digest of all ciphertexts on the pods that read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from hydrogitops.model import Route

PLACE: Final[Route] = ("spec", "template", "metadata", "annotations", "hydrogitops.io/sealed-values")
"""Where the digest stands in the patch."""


def file(environment: str) -> str:
    """Where the patch of an environment lies in the repository."""
    return f"apps/hydrosphere/envs/{environment}/secrets/rollout.yaml"


def digest(values: Iterable[tuple[str, str, str]]) -> str:
    """A short digest of (object, key, text as written) of all sealed values, in any order."""
    text = "\n".join(f"{name}/{key}={value}" for name, key, value in sorted(values))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
