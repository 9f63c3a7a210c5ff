"""Tolerations and taints: which tolerates which, and what the API server refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .arguments import require
from .names import validate_name
from .problems import Problem

_DECIMAL_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TEXT_FIELDS = ("key", "operator", "value", "effect")


def tolerates(toleration: Mapping[str, object], taint: Mapping[str, object], *, comparison: bool = False) -> bool:
    """Whether the toleration matches the taint, by value and not by validity.

    Keys as in manifests, absent is empty, `tolerationSeconds` plays no part. `comparison`: the feature gate
    TaintTolerationComparisonOperators, without which `Lt` and `Gt` never match; with it the taint's value must be
    less or greater than the toleration's, both plain decimal integers of 64 bits. What is no text matches nothing.
    Rule: api core/v1/toleration.go, 1.37.2.
    """
    require(toleration, Mapping, "toleration")
    require(taint, Mapping, "taint")
    effect = toleration.get("effect")
    if effect and effect != (taint.get("effect") or ""):
        return False
    key = toleration.get("key")
    if key and key != (taint.get("key") or ""):
        return False
    operator = toleration.get("operator")
    if operator == "Exists":
        return True
    ours, theirs = _text(toleration.get("value")), _text(taint.get("value"))
    if ours is None or theirs is None:
        return False
    if not operator or operator == "Equal":
        return ours == theirs
    if not comparison or operator not in ("Lt", "Gt"):
        return False
    bound, value = _integer(ours), _integer(theirs)
    if bound is None or value is None:
        return False
    return value < bound if operator == "Lt" else value > bound


def validate(tolerations: Sequence[Mapping[str, object]], *, comparison: bool = False) -> list[Problem]:
    """What the API server refuses in a pod's tolerations; empty: it accepts them. Fields begin with `tolerations[i]`.

    A toleration that can't be decoded (`value: true` unquoted) gives `FieldValueTypeInvalid` and is not judged
    further. `comparison`: see `tolerates`. Rules: core/validation/validation.go, ValidateTolerations, 1.37.2.
    """
    require(tolerations, Sequence, "tolerations")
    found: list[Problem] = []
    for index, toleration in enumerate(tolerations):
        path = f"tolerations[{index}]"
        types = _types(toleration, path)
        found += types or _validate(toleration, path, comparison=comparison)
    return found


def _types(toleration: object, path: str) -> list[Problem]:
    if toleration is None:
        return []
    if not isinstance(toleration, Mapping):
        return [Problem(path, "A toleration is a map.", "FieldValueTypeInvalid")]
    found = [
        Problem(f"{path}.{name}", "The value must be text: put it in quotes.", "FieldValueTypeInvalid")
        for name in _TEXT_FIELDS
        if _text(toleration.get(name)) is None
    ]
    seconds = toleration.get("tolerationSeconds")
    if seconds is not None and not _is_int64(seconds):
        found.append(Problem(f"{path}.tolerationSeconds", "Seconds are a whole number.", "FieldValueTypeInvalid"))
    return found


def _validate(toleration: Mapping[str, object] | None, path: str, *, comparison: bool) -> list[Problem]:
    fields = toleration or {}
    key, operator, value, effect = (_text(fields.get(name)) or "" for name in _TEXT_FIELDS)
    found: list[Problem] = []
    if key:
        found += [
            Problem(f"{path}.key", f"The key is no label key: {message}.", "FieldValueInvalid")
            for message in validate_name("label-key", key)
        ]
    elif operator != "Exists":
        found.append(Problem(f"{path}.operator", "Without a key the operator must be Exists.", "FieldValueInvalid"))
    if fields.get("tolerationSeconds") is not None and effect != "NoExecute":
        found.append(Problem(f"{path}.effect", "tolerationSeconds needs the effect NoExecute.", "FieldValueInvalid"))
    if operator in ("", "Equal"):
        # The API server reports a bad value on the field operator, and all broken rules as one error.
        messages = validate_name("label-value", value)
        if messages:
            message = f"The value is no label value: {'; '.join(messages)}."
            found.append(Problem(f"{path}.operator", message, "FieldValueInvalid"))
    elif operator == "Exists":
        if value:
            found.append(Problem(f"{path}.operator", "Exists takes no value.", "FieldValueInvalid"))
    elif operator in ("Lt", "Gt") and comparison:
        found += _validate_bound(value, f"{path}.value")
    else:
        gated = ": it sits behind a feature gate that is off" if operator in ("Lt", "Gt") else ", only Equal and Exists"
        found.append(Problem(f"{path}.operator", f"No operator {operator}{gated}.", "FieldValueNotSupported"))
    if effect and effect not in _EFFECTS:
        message = f"No effect {effect}, only {', '.join(_EFFECTS)}."
        found.append(Problem(f"{path}.effect", message, "FieldValueNotSupported"))
    return found


def _validate_bound(value: str, field: str) -> list[Problem]:
    """What Lt and Gt demand of a value: a canonical decimal integer, and one that Go reads into 64 bits."""
    found = []
    if not _DECIMAL_INTEGER.fullmatch(value):
        message = "Lt and Gt take a plain decimal integer: no plus sign, no leading zero, no fraction."
        found.append(Problem(field, message, "FieldValueInvalid"))
    if not re.fullmatch(r"[+-]?[0-9]+", value) or not _fits_int64(value):
        found.append(Problem(field, "Lt and Gt take an integer of 64 bits.", "FieldValueInvalid"))
    return found


def _text(value: object) -> str | None:
    """A text field as the API server decodes it: null and absent are empty; None: it is no text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else None


def _integer(text: str) -> int | None:
    return int(text) if _DECIMAL_INTEGER.fullmatch(text) and _fits_int64(text) else None


def _fits_int64(digits: str) -> bool:
    magnitude = digits.lstrip("+-0") or "0"
    # The length first: Python reads no number of thousands of digits.
    return len(magnitude) <= 19 and int(magnitude) < 2**63 + digits.startswith("-")


def _is_int64(value: object) -> bool:
    """Whether JSON has the value as an integer of 64 bits: `300.0` has lost its fraction by then."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == value // 1 and -(2**63) <= value < 2**63
