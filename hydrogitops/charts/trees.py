"""Values as tables and leaves that know where they were written, and the way in which Helm merges two tables.

Helm merges in place and lets tables share their inner tables; what leaks through that is part of its answer, so it is
kept: a draft here is shared where Helm's map is shared. Where Helm copies, a table that is never changed is shared and
copied by whoever comes to change it: most of a chart's defaults, nobody does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hydrogitops.source.scalars import float_text, json_text

At = tuple[int | str, int, tuple[str, ...]]
"""Source (index of a layer, or path of the chart), document in it, path in that."""

Warn = Callable[[str], None]


class Leaf:
    """A scalar or list, with the place that decided it and those that lost against it, the strongest first."""

    __slots__ = ("at", "lost", "value")

    def __init__(self, value: object, at: At | None, lost: tuple[At, ...] = ()) -> None:
        self.value = value
        self.at = at
        self.lost = lost


class Table(dict[str, "Leaf | Table"]):
    """A map; `at` is where it was written, `None` for one that Helm made itself.

    Only a draft is changed. What is no draft has none below it.
    """

    __slots__ = ("at", "is_draft")

    def __init__(self, *items: Any, at: At | None = None, is_draft: bool = False) -> None:
        super().__init__(*items)
        self.at = at
        self.is_draft = is_draft


Tree = Leaf | Table
Map = TypeVar("Map", Table, dict[str, Any])
"""A table, or its plain data."""


def tree(data: object, at: At) -> Tree:
    """YAML data as a tree, every node with its place; numbers pass through float64 as in encoding/json."""
    if isinstance(data, dict):
        source, document, path = at
        table = Table(at=at)
        for key, value in data.items():
            table[key] = tree(value, (source, document, (*path, key)))
        return table
    return Leaf(_json_value(data), at)


def data(node: Tree) -> object:
    """The plain data of a tree, nothing of it shared."""
    if isinstance(node, Table):
        return {key: data(value) for key, value in node.items()}
    value = node.value
    return _copied_list(value) if type(value) is list else value


def draft(table: Table) -> Table:
    """A copy to change; tables in it stay what they are."""
    return Table(table, at=table.at, is_draft=True)


def draft_at(table: Table, key: str) -> Table:
    """The table at `key` of a draft, as one to change."""
    inner = table[key]
    assert type(inner) is Table
    if not inner.is_draft:
        inner = table[key] = draft(inner)
    return inner


def copied(table: Table) -> Table:
    """A draft that shares no table; leaves are never changed and stay shared."""
    copy = draft(table)
    for key, value in table.items():
        if type(value) is Table:
            copy[key] = copied(value)
    return copy


def make_drafts(table: Table) -> None:
    """Makes drafts of all tables in a draft."""
    for key, value in table.items():
        if type(value) is Table:
            make_drafts(draft_at(table, key))


def finished(table: Table) -> Table:
    """The table, which nobody changes from now on, nor what is in it."""
    if table.is_draft:
        table.is_draft = False
        for value in table.values():
            if type(value) is Table:
                finished(value)
    return table


def is_null(node: Tree) -> bool:
    return type(node) is Leaf and node.value is None


def beats(winner: Tree, loser: Tree) -> Tree:
    """`winner` with what it won against; only a leaf remembers that."""
    if type(winner) is not Leaf or winner is loser:
        return winner
    known = (winner.at, *winner.lost)
    further = (loser.at, *loser.lost) if type(loser) is Leaf else (loser.at,)
    new = [at for at in further if at is not None and at not in known]
    return Leaf(winner.value, winner.at, (*winner.lost, *new)) if new else winner


def overlay(below: Table, above: Table) -> Table:
    """Two values files, or two documents of one: tables merge, everything else replaces (loader.MergeMaps, v4.3.1)."""
    merged = Table(below, at=below.at if below.at is not None else above.at)
    for key, value in above.items():
        old = merged.get(key)
        if old is None:
            merged[key] = value
        elif type(old) is Table and type(value) is Table:
            merged[key] = overlay(old, value)
        else:
            merged[key] = beats(value, old)
    return merged


def merge_tables(dest: Table, src: Table, prefix: str, *, keep_nulls: bool, warn: Warn) -> Table:
    """Fills the draft `dest` from `src`; what `dest` has wins (coalesceTablesFullKey of Helm 3.22.0 and 4.3.1).

    Without `keep_nulls` a null in `dest` over something else takes the key away. Where `src` is a draft, it is changed
    too: nulls of `dest` are written into it.
    """
    given = list(src.items())
    if src.is_draft:
        src.update({key: value for key, value in dest.items() if is_null(value)})
    for key, value in given:
        mine = dest.get(key)
        if mine is None:
            dest[key] = value
        elif mine is value:
            # It has come from there before.
            continue
        elif is_null(mine):
            if keep_nulls or is_null(value):
                dest[key] = beats(mine, value)
            else:
                del dest[key]
        elif type(value) is Table:
            if type(mine) is Table:
                merge_tables(draft_at(dest, key), value, joined(prefix, key), keep_nulls=keep_nulls, warn=warn)
            else:
                warn(f"warning: cannot overwrite table with non table for {joined(prefix, key)} ({go_text(value)})")
                dest[key] = beats(mine, value)
        elif type(mine) is Table:
            if not is_null(value):
                place = joined(prefix, key)
                warn(f"warning: destination for {place} is a table. Ignoring non-table value ({go_text(value)})")
        else:
            dest[key] = beats(mine, value)
    return dest


def without_nulls(table: Table) -> Table:
    """The table without nulls at any depth (cleanNilValues of Helm 4.3.1); the same one where there are none."""
    clean = table
    for key, value in table.items():
        new = without_nulls(value) if type(value) is Table else value
        if new is value and not is_null(value):
            continue
        if clean is table:
            clean = Table(table, at=table.at)
        if is_null(value):
            del clean[key]
        else:
            clean[key] = new
    return clean


def joined(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def table_at(table: Map, path: str) -> Map:
    """The table at a path with dots; KeyError with the step that is none."""
    for step in path.split("."):
        inner = table.get(step)
        if not isinstance(inner, dict):
            raise KeyError(step)
        table = inner
    return table


def go_text(node: Tree | object) -> str:
    """A value as Go's `%v` prints it."""
    if isinstance(node, Leaf):
        node = node.value
    if isinstance(node, dict):
        return f"map[{' '.join(f'{key}:{go_text(node[key])}' for key in sorted(node))}]"
    if isinstance(node, list):
        return f"[{' '.join(map(go_text, node))}]"
    if node is None:
        return "<nil>"
    if isinstance(node, bool):
        return "true" if node else "false"
    return float_text(node) if isinstance(node, int | float) else str(node)


def _json_value(value: object) -> object:
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, int | float):
        number = float(value)
        # Whole numbers have the digits that Helm prints: the shortest that read back.
        return int(json_text(number) if abs(number) < 1e21 else number) if number.is_integer() else number
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    return value


def _copied_list(value: object) -> object:
    if isinstance(value, list):
        return [_copied_list(item) for item in value]
    if isinstance(value, dict):
        return {key: _copied_list(item) for key, item in value.items()}
    return value
