"""A small set of choices that holds every pair of them: what goes wrong goes wrong with one factor or with two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

Row = dict[str, str]


def cover(factors: Mapping[str, Sequence[str]]) -> list[Row]:
    """Rows, each with one value of every factor, that hold each pair of values of two factors.

    Greedy, in the order of the factors, without chance: the same rows every time.
    """
    missing = [
        {one: first, other: second}
        for one, other in combinations(factors, 2)
        for first in factors[one]
        for second in factors[other]
    ]
    rows: list[Row] = []
    while missing:
        row = _row(missing, factors)
        rows.append(row)
        missing = [pair for pair in missing if not pair.items() <= row.items()]
    return rows


def _row(missing: Sequence[Row], factors: Mapping[str, Sequence[str]]) -> Row:
    """A row that holds the first missing pair, and of the others as many as taking each factor's best value gives."""
    row = dict(missing[0])
    for factor, values in factors.items():
        if factor not in row:
            candidates = [row | {factor: value} for value in values]
            row = max(candidates, key=lambda one: sum(pair.items() <= one.items() for pair in missing))
    return {factor: row[factor] for factor in factors}
