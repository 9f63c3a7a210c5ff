"""Whatever goes into YAML through the scaffold's writer comes back the same, as Kubernetes reads it."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hydrogitops.scaffold import yaml_text
from hydrogitops.source import load

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TRAPS = st.sampled_from(
    [
        *("y", "N", "yes", "On", "off", "NULL", "~", "true", "1.34", "012", "0x1f", "1e3", "1_000", "12:30", ".inf"),
        *(".nan", "a: b", "a #b", "#a", "[a", "{a", "a]", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "2024-01-01"),
        *("<<", "=", "", " a", "-", "?", "500m", "2Gi", "1.5Gi", "1E", "10k", "0.1", ".5", "5.", "+1", "infinity"),
        *("...", "---", "a:", ":a", "a:b", "https://a:1/b"),
    ]
)
SCALARS = st.one_of(TEXTS, TRAPS, st.booleans(), st.integers(-(10**9), 10**9), st.none())
KEYS = st.one_of(TRAPS, TEXTS).filter(bool)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(st.one_of(TEXTS, TRAPS))
@example("\x7f\x85\u2028\ufeff\ufffe")
@example('a\\"b\n\t\x00')
def test_scalars(text: str) -> None:
    assert load(f"k: {yaml_text.scalar(text)}\n") == {"k": text}
    assert load(f"{{k: {yaml_text.scalar(text, flow=True)}}}\n") == {"k": text}
    assert "\n" not in yaml_text.scalar(text)


@given(DATA)
def test_flow(data: object) -> None:
    assert load(f"k: {yaml_text.flow(data)}\n") == {"k": data}


@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=4) | st.lists(DATA, min_size=1, max_size=4), st.integers(0, 3))
def test_block(data: object, depth: int) -> None:
    nested = "".join(f"{'  ' * level}k:\n" for level in range(depth))
    read = load(f"{nested}{yaml_text.block(data, 2 * depth)}\n")
    for _ in range(depth):
        assert isinstance(read, dict)
        read = read["k"]
    assert read == data


@given(TEXTS)
def test_other_readers_agree(text: str) -> None:
    """Argo CD and Renovate do not read with the same library."""
    assert yaml.safe_load(f"k: {yaml_text.scalar(text)}\n") == {"k": text}
