"""What the templates of each chart see: dependencies switched on and off, values imported, defaults filled in.

The rules are those of Helm 3.22.0 (pkg/chartutil/dependencies.go, coalesce.go) and 4.3.1 (pkg/chart/v2/util,
pkg/chart/common/util); where the two differ it says so.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from .trees import (
    Leaf,
    Map,
    Table,
    Tree,
    beats,
    copied,
    draft,
    draft_at,
    finished,
    go_text,
    is_null,
    joined,
    make_drafts,
    merge_tables,
    table_at,
    without_nulls,
)

Helm = Literal[3, 4]
Values = Callable[[str], Table]
"""The default values of a chart, their places named after its path."""

_GLOBAL = "global"


class MismatchError(ValueError):
    """A subchart's block that is no map; Helm stops."""


class Requirement:
    """A dependency as Chart.yaml has it. Helm changes it while it works, and Helm 3 shares it between aliases."""

    __slots__ = ("alias", "condition", "enabled", "import_values", "name", "tags", "version")

    def __init__(
        self,
        name: str,
        version: int,
        alias: str,
        condition: str,
        tags: Sequence[str],
        import_values: Sequence[str | Mapping[str, str]],
    ) -> None:
        self.name = name
        self.version = version
        self.alias = alias
        self.condition = condition
        self.tags = tags
        self.import_values = import_values
        self.enabled = True


class Unit:
    """A chart in the tree, with its path in Helm's writing (`app/charts/db`).

    `version` tells charts of one name apart; the requirement of the same version means this one.
    """

    __slots__ = ("_defaults", "_values", "name", "path", "requirements", "subcharts", "version")

    def __init__(
        self,
        name: str,
        version: int,
        path: str,
        defaults: Values,
        subcharts: list[Unit],
        requirements: list[Requirement],
    ) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.subcharts = subcharts
        self.requirements = requirements
        self._defaults = defaults
        self._values: Table | None = None

    @property
    def values(self) -> Table:
        """The chart's defaults; never changed, only replaced."""
        if self._values is None:
            self._values = self._defaults(self.path)
        return self._values

    @values.setter
    def values(self, values: Table) -> None:
        self._values = values

    def moved(self, name: str, path: str) -> Unit:
        """A shallow copy under another name and path."""
        return Unit(name, self.version, path, self._defaults, self.subcharts, self.requirements)


class Coalescing:
    """One run of Helm over a tree of charts; `warnings` collects what it prints."""

    def __init__(self, helm: Helm) -> None:
        self.helm = helm
        self.warnings: set[str] = set()

    def prepare(self, root: Unit, values: Table) -> None:
        """Conditions, tags and import-values (ProcessDependencies).

        Raises:
            MismatchError: a subchart's block is no map.
        """
        self._switch(root, values, "")
        self._import(root)

    def coalesced(self, unit: Unit, values: Table) -> Table:
        """The values over the chart's defaults, those over its subcharts' (ToRenderValues).

        Raises:
            MismatchError: a subchart's block is no map.
        """
        return finished(self._fill(unit, draft(values), "", keep_nulls=False))

    def _fill(self, unit: Unit, dest: Table, prefix: str, *, keep_nulls: bool) -> Table:
        place = joined(prefix, unit.name)
        self._fill_from_defaults(unit, dest, place, keep_nulls=keep_nulls)
        for subchart in unit.subcharts:
            given = dest.setdefault(subchart.name, Table())
            if type(given) is not Table:
                raise MismatchError(
                    f"type mismatch on {subchart.name}: a map is expected, not {go_text(given) or 'a text'}"
                )
            block = draft_at(dest, subchart.name)
            self._pass_globals(block, dest, place)
            self._fill(subchart, block, place, keep_nulls=keep_nulls)
        return dest

    def _fill_from_defaults(self, unit: Unit, dest: Table, place: str, *, keep_nulls: bool) -> None:
        # Helm 4 shows no null of a chart's own defaults to templates.
        clean = self.helm == 4 and not keep_nulls
        for key, default in unit.values.items():
            mine = dest.get(key)
            if mine is None:
                if clean and is_null(default):
                    continue
                dest[key] = without_nulls(default) if clean and type(default) is Table else default
            elif is_null(mine) and not keep_nulls:
                del dest[key]
            elif mine is default:
                # A subchart's, come with the values of its parent.
                continue
            elif type(mine) is Leaf:
                dest[key] = beats(mine, default)
            elif type(default) is Table:
                # The subchart's turn comes later: until then its nulls are needed.
                keep = keep_nulls or any(key == subchart.name for subchart in unit.subcharts)
                if self.helm == 4 and not keep:
                    default = without_nulls(default)
                own = draft_at(dest, key)
                merge_tables(own, default, joined(place, key), keep_nulls=keep, warn=self.warnings.add)
            elif not is_null(default):
                self.warnings.add(f"warning: skipped value for {place}.{key}: Not a table.")

    def _pass_globals(self, block: Table, parent: Table, prefix: str) -> None:
        """Merges the parent's globals over the subchart's."""
        mine, theirs = block.get(_GLOBAL, Table()), parent.get(_GLOBAL, Table())
        if type(mine) is not Table:
            self.warnings.add("warning: skipping globals because destination global is not a table.")
            return
        if type(theirs) is not Table:
            self.warnings.add("warning: skipping globals because source global is not a table.")
            return
        block.setdefault(_GLOBAL, mine)
        mine = draft_at(block, _GLOBAL)
        if theirs:
            theirs = draft_at(parent, _GLOBAL)
            make_drafts(theirs)
        for key, value in theirs.items():
            old = mine.get(key)
            if type(value) is Table:
                # Shallow, as in Helm: tables further down stay the parent's own.
                new = draft(value)
                if old is None:
                    mine[key] = new
                elif type(old) is Table:
                    merge_tables(new, old, joined(prefix, key), keep_nulls=True, warn=self.warnings.add)
                    mine[key] = new
                else:
                    self.warnings.add(f"Conflict: cannot merge map onto non-map for {_quoted(key)}. Skipping.")
            elif type(old) is Table:
                self.warnings.add(f"key {key} is table. Skipping")
            else:
                mine[key] = value if old is None else beats(value, old)

    def _switch(self, unit: Unit, values: Table, path: str) -> None:
        """Renames aliases and takes away what conditions and tags switch off (processDependencyEnabled)."""
        if not unit.requirements:
            return
        required = {(requirement.name, requirement.version) for requirement in unit.requirements}
        chosen = [
            self._placed(unit, each, each.name) for each in unit.subcharts if (each.name, each.version) not in required
        ]
        for requirement in unit.requirements:
            for found in unit.subcharts:
                if (found.name, found.version) == (requirement.name, requirement.version):
                    chosen.append(self._placed(unit, found, requirement.alias or found.name))
                    break
            if requirement.alias:
                requirement.name = requirement.alias
            requirement.enabled = True
        unit.subcharts = chosen
        merged = self.coalesced(unit, values)
        self._read_tags(unit.requirements, merged)
        self._read_conditions(unit.requirements, merged, path)
        off = {requirement.name for requirement in unit.requirements if not requirement.enabled}
        unit.subcharts = [each for each in chosen if each.name not in off]
        unit.requirements = [each for each in unit.requirements if each.name not in off]
        for subchart in unit.subcharts:
            # Helm hands the parent's values down, not the subchart's block.
            self._switch(subchart, merged, f"{path}{subchart.name}.")

    def _placed(self, parent: Unit, unit: Unit, name: str) -> Unit:
        placed = unit.moved(name, f"{parent.path}/charts/{name}")
        if self.helm == 4:
            placed.requirements = [copy.copy(requirement) for requirement in unit.requirements]
        return placed

    def _read_tags(self, requirements: Sequence[Requirement], values: Table) -> None:
        tags = values.get("tags")
        if type(tags) is not Table:
            return
        for requirement in requirements:
            states: list[bool] = []
            for name in requirement.tags:
                if name not in tags:
                    continue
                state = _boolean(tags[name])
                if state is None:
                    self.warnings.add(f"Warning: Tag '{name}' for chart {requirement.name} returned non-bool value")
                else:
                    states.append(state)
            requirement.enabled = any(states) or not states

    def _read_conditions(self, requirements: Sequence[Requirement], values: Table, prefix: str) -> None:
        for requirement in requirements:
            for condition in requirement.condition.strip().split(","):
                found = _leaf_at(values, prefix + condition) if condition else None
                if found is None:
                    continue
                state = _boolean(found)
                if state is not None:
                    requirement.enabled = state
                    break
                self.warnings.add(
                    f"Warning: Condition path '{condition}' for chart {requirement.name} returned non-bool value"
                )

    def _import(self, unit: Unit) -> None:
        """Values that a chart takes from its subcharts, below its own (processDependencyImportValues)."""
        for subchart in unit.subcharts:
            self._import(subchart)
        if not unit.requirements:
            return
        values = self._fill(unit, Table(is_draft=True), "", keep_nulls=True)
        if any(requirement.import_values for requirement in unit.requirements):
            values = self._with_imports(values, unit.requirements)
        unit.values = finished(values)

    def _with_imports(self, values: Table, requirements: Sequence[Requirement]) -> Table:
        # What Helm finds to import stays a part of the values, and is changed where more is merged into it.
        make_drafts(values)
        imported = Table(is_draft=True)
        for requirement in requirements:
            for wanted in requirement.import_values:
                found = self._imported(requirement.name, wanted, values)
                if found is not None:
                    merge_tables(imported, found, "", keep_nulls=True, warn=self.warnings.add)
            # Helm rewrites the list into a form that it doesn't read a second time.
            requirement.import_values = ()
        return merge_tables(copied(values), imported, "", keep_nulls=True, warn=self.warnings.add)

    def _imported(self, chart: str, wanted: str | Mapping[str, str], values: Table) -> Table | None:
        if isinstance(wanted, str):
            child, parent, of = f"exports.{wanted}", ".", ""
        else:
            child, parent, of = (go_text(wanted.get("child")), go_text(wanted.get("parent")), f" from chart {chart}")
        try:
            found = table_at(values, f"{chart}.{child}")
        except KeyError as error:
            self.warnings.add(f"Warning: ImportValues missing table{of}: {_quoted(error.args[0])} is not a table")
            return None
        # An empty map is not shared, so that what is merged into it stays out of the values.
        found = found or Table(at=found.at, is_draft=True)
        if parent == ".":
            return found
        for step in reversed(parent.split(".")):
            found = Table({step: found}, is_draft=True)
        return found


def seen(unit: Unit, values: Map) -> Iterator[tuple[str, Map]]:
    """The values of a chart and of those below it that are left, by path, each a part of its parent's (recAllTpls).

    `values` are those of the chart itself, as a tree or as plain data.
    """
    yield unit.path, values
    for subchart in unit.subcharts:
        try:
            block = table_at(values, subchart.name)
        except KeyError:
            block = type(values)()
        yield from seen(subchart, block)


def _leaf_at(values: Table, path: str) -> Leaf | None:
    *steps, last = path.split(".")
    try:
        found = (table_at(values, ".".join(steps)) if steps else values).get(last)
    except KeyError:
        return None
    return found if type(found) is Leaf else None


def _boolean(node: Tree) -> bool | None:
    return node.value if isinstance(node, Leaf) and isinstance(node.value, bool) else None


def _quoted(text: str) -> str:
    """Go's `%q`."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return f'"{"".join(escapes.get(character, character) for character in text)}"'
