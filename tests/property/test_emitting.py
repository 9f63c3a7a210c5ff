"""Whatever is written as YAML comes back the same, as Kubernetes reads it."""

from __future__ import annotations

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hydrogitops.scaffold import extension
from hydrogitops.source import emitting, load
from hydrogitops.source.reading import read

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LINES = st.lists(st.text(" \tab:#-|>{", max_size=6), min_size=2, max_size=4).map("\n".join)
TRAPS = st.sampled_from(
    [
        *("y", "N", "yes", "On", "off", "NULL", "~", "true", "1.34", "012", "0x1f", "1e3", "1_000", "12:30", ".inf"),
        *(".nan", "a: b", "a #b", "#a", "[a", "{a", "a]", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "2024-01-01"),
        *("<<", "=", "", " a", "-", "?", "500m", "2Gi", "1.5Gi", "1E", "10k", "0.1", ".5", "5.", "+1", "infinity"),
        *("...", "---", "a:", ":a", "a:b", "https://a:1/b", "a, b", "-Xmx1g -Xms1g", "TODO", "x" * 200),
    ]
)
INTEGERS = st.one_of(st.integers(-(10**9), 10**9), st.integers(-(2**63), 2**64 - 1))
# Whole numbers below 2⁶⁴ are read as `int`, however they are written.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda it: abs(it) >= 2**64 or not it.is_integer())
SCALARS = st.one_of(TEXTS, TRAPS, LINES, st.booleans(), INTEGERS, FLOATS, st.none())
KEYS = st.one_of(TRAPS, TEXTS, LINES)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
MAPS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)


@given(SCALARS)
@example("\x7f\x85\u2028\ufeff\ufffe")
@example('a\\"b\n\t\x00')
def test_scalars(value: object) -> None:
    written = emitting.scalar(value)
    assert load(f"k: {written}\n") == {"k": value}
    assert load(f"k: {emitting.scalar(value, 'TODO: host')}\n") == {"k": value}
    assert "\n" not in written


@settings(deadline=None)
@given(DATA)
def test_flow(data: object) -> None:
    assert load(f"k: {emitting.flow(data)}\n") == {"k": data}
    assert load(f"{{k: {emitting.flow(data)}}}\n") == {"k": data}
    assert "\n" not in emitting.flow(data)


@settings(deadline=None)
@given(MAPS)
@example({"a": "b\n\n", "c": {"d": "e\n# f\n"}, "g": ["h\n---\ni", [["j"], []], {}]})
def test_documents(data: object) -> None:
    assert load(emitting.text(data)) == data
    assert load(emitting.text(data, one_line=lambda _: True)) == data
    assert load(emitting.text(data, remark=lambda *_: "TODO: host")) == data
    assert [one.data for one in read("", emitting.stream([data, data])).documents] == [data, data]
    assert emitting.text(data) == emitting.text(data)


@settings(deadline=None)
@given(MAPS | st.lists(DATA, min_size=1, max_size=4), st.integers(0, 3))
def test_blocks_below_a_key(data: object, depth: int) -> None:
    nested = "".join(f"{'  ' * level}k:\n" for level in range(depth))
    read = load(f"{nested}{extension.block(data, 2 * depth)}\n")
    for _ in range(depth):
        assert isinstance(read, dict)
        read = read["k"]
    assert read == data


@given(TEXTS | TRAPS)
def test_other_readers_agree(text: str) -> None:
    """Argo CD and Renovate do not read with the same library."""
    assert yaml.safe_load(f"k: {emitting.scalar(text)}\n") == {"k": text}
    assert yaml.safe_load(emitting.flow([text])) == [text]
