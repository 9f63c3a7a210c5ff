"""What the API server would refuse, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "FieldValueForbidden",
    "FieldValueInvalid",
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTypeInvalid",
]
"""The API server's own names: apimachinery util/validation/field/errors.go, 1.37.2."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that the API server refuses."""

    field: str
    """Path as the API server writes it: `tolerations[0].operator`."""
    message: str
    """One sentence."""
    reason: Reason
