"""Differences that miss nothing, merges that lose nothing, entries that leave no trace."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.linter.differences import differences
from hydrogitops.model import AppliedObject, ObjectRef
from hydrogitops.scaffold.merging import ConflictError, merged
from hydrogitops.source.blocks import block, with_block, without
from hydrogitops.source.reading import read

KEYS = st.sampled_from(["name", "value", "a", "b.c", "password", "data", "[x]"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from([1.0, "", "x", "1", "a: 1\nb: 2\n", "a: 1\nb: 3\n", "p\nq"])
)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)  # fmt: skip
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "---\n"]), max_size=8).map("".join)


def applied(data: object) -> AppliedObject:
    return AppliedObject(ObjectRef("X", "", "a", "v1"), {"kind": "X", "spec": data})


@given(DATA, DATA)
def test_there_is_a_difference_exactly_where_two_differ(old: Any, new: Any) -> None:
    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    found = differences([applied(old)], [applied(new)])
    assert bool(found) is not same
    assert all(field.old != field.new and field.path for one in found for field in one.fields)


@given(DATA, DATA)
def test_whichever_way_one_looks(old: Any, new: Any) -> None:
    def paths(*pair: Any) -> int:
        return sum(len(one.fields) for one in differences([applied(pair[0])], [applied(pair[1])]))

    assert bool(paths(old, new)) == bool(paths(new, old))


@given(LINES, LINES)
def test_a_change_alone_is_the_result(common: str, changed: str) -> None:
    assert merged(common, common, changed) == changed
    assert merged(common, changed, common) == changed
    assert merged(common, changed, changed) == changed


@given(LINES, LINES, LINES, LINES)
def test_changes_of_different_parts_are_both_in_it(head: str, other_head: str, tail: str, other_tail: str) -> None:
    between = "".join(f"{number}\n" for number in range(20))
    common = head + between + tail
    assert merged(common, other_head + between + tail, head + between + other_tail) == other_head + between + other_tail


@given(LINES, LINES, LINES)
def test_what_cannot_be_merged_is_refused_by_its_line(common: str, theirs: str, ours: str) -> None:
    try:
        result = merged(common, theirs, ours)
    except ConflictError as error:
        assert f"{error}\n" in common
    else:
        assert set(result.splitlines()) <= set((common + theirs + ours).splitlines())


@given(
    st.dictionaries(st.sampled_from(["dev", "qa", "prod", "x-1"]), DATA, min_size=2, max_size=4),
    st.sampled_from(["", "# behind\n", "\nother: 1\n"]),
    st.integers(1, 4),
)
def test_an_entry_that_comes_and_goes_leaves_no_trace(entries: dict[str, Any], rest: str, indent: int) -> None:
    last = list(entries)[-1]
    lines = [f"{' ' * indent}{name}: {json.dumps(value)}\n" for name, value in entries.items()]
    text = "environments:\n" + "".join(lines[:-1]) + rest
    whole = read("x", "environments:\n" + "".join(lines))
    entry = block(whole, ("environments", last))
    added = with_block(read("x", text), ("environments", last), entry)
    assert read("x", added).documents[0].data["environments"] == whole.documents[0].data["environments"]  # type: ignore[index]
    assert without(read("x", added), ("environments", last)) == text
