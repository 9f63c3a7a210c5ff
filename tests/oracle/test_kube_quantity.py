"""Every quantity that apimachinery was asked about: verdict, value, canonical form, stored form, order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hydrogitops.kube.quantity import Quantity, QuantityError, QuantityReason

from .rows import rows

QUANTITIES = rows("quantities.jsonl")
COMPARISONS = rows("quantity-compare.jsonl")


def reason(message: str) -> QuantityReason:
    if "suffix" in message:
        return "suffix"
    return "number" if "numeric" in message else "syntax"


def misses(given: object, quantity: Quantity, row: dict[str, Any]) -> list[str]:
    """What of a quantity that upstream accepted is not as upstream has it."""
    checks = {
        "accepted": (True, row["ok"]),
        "value": (Fraction(quantity.nano, 10**9), Fraction(row.get("decimal", 0))),
        "nano": (quantity.nano, int(row.get("nano", 0))),
        "format": (quantity.format, row.get("format") or "DecimalSI"),
        "canonical": (str(quantity), row.get("canonical")),
        "stored": (quantity.stored, Quantity.parse(row.get("stored", "0"))),
        "text": (quantity, Quantity.parse(row.get("text", "0"))),
        "sign": ((quantity.nano > 0) - (quantity.nano < 0), row.get("sign")),
    }
    return [f"{given!r}: {name} {ours} for {theirs}" for name, (ours, theirs) in checks.items() if ours != theirs]


def test_quantities_between_quotes() -> None:
    found: list[str] = []
    for row in QUANTITIES:
        verdict = row["string"]
        try:
            quantity = Quantity.parse(row["in"])
        except QuantityError as error:
            if verdict["ok"] or reason(verdict["error"]) != error.reason:
                found.append(f"{row['in']!r}: refused, {error.reason}, for {verdict}")
        else:
            found += misses(row["in"], quantity, verdict)
    assert not found, "\n".join(found)


def test_quantities_as_bare_yaml_scalars() -> None:
    from hydrogitops.source import SourceError, load

    found: list[str] = []
    for row in QUANTITIES:
        verdict = row["yaml"]
        try:
            data = load(f"q: {row['in']}\n")
        except SourceError:
            # Not YAML, or YAML that JSON can't hold: no quantity is ever read.
            if verdict["ok"] or "json" in verdict:
                found.append(f"{row['in']!r}: no YAML, for {verdict}")
            continue
        assert isinstance(data, dict)
        try:
            quantity = Quantity.of(data["q"])
        except QuantityError as error:
            if verdict["ok"]:
                found.append(f"{row['in']!r}: refused, {error.reason}, for {verdict}")
        else:
            found += misses(row["in"], quantity, verdict)
    assert not found, "\n".join(found)


def test_comparisons() -> None:
    found: list[str] = []
    for row in COMPARISONS:
        one, other = Quantity.parse(row["a"]), Quantity.parse(row["b"])
        order = (one > other) - (one < other)
        equal = (one == other, one <= other and one >= other, hash(one) == hash(other))
        if order != row["cmp"] or any(equal) != (order == 0) or all(equal) != (order == 0):
            found.append(f"{row['a']} and {row['b']}: {order} for {row['cmp']}")
    assert not found, "\n".join(found)
