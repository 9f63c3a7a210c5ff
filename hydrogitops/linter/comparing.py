"""What two trees of a repository differ in as they are applied: only what a change reaches is rendered, twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hydrogitops.charts import stand_in
from hydrogitops.charts.workloads import objects
from hydrogitops.model import AppliedObject, Environment, UserError
from hydrogitops.repo import git, stored
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.reach import reads
from hydrogitops.repo.sources import Sources
from hydrogitops.repo.stored import TreeError
from hydrogitops.source import reading
from hydrogitops.source.temporary import temporary_folder

from .differences import FieldChange, ObjectChange, differences
from .options import check_names, open_sources
from .side_by_side import Applied, Builds, Tree


@dataclass(frozen=True, slots=True)
class EnvironmentDifference:
    """What differs in one environment. `how`: `added` and `removed` where only one of the trees has it.

    `facts`: where it goes. `trouble`: why nothing, or not all, can be said.
    """

    name: str
    how: Literal["added", "removed", "changed", "same"]
    facts: tuple[FieldChange, ...] = ()
    objects: tuple[ObjectChange, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences of all environments that were asked for, in their order. `before`, `after`: what was compared."""

    before: str
    after: str
    environments: tuple[EnvironmentDifference, ...]
    remarks: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return not any(one.trouble for one in self.environments)


def compare(start: Path, revision: str = "HEAD", names: Sequence[str] = ()) -> Comparison:
    """The repository around `start` as it lies there against a revision. `A..B`: B against A; `A...B`: since it left A.

    `names`: environments, none for all. UserError without git, for an unknown revision or environment, and for a tree
    that cannot be read.
    """
    sources = open_sources([start])
    root = sources.root
    old, dots, new = re.fullmatch(r"(.*?)(\.{2,3}|$)(.*)", revision).groups()  # type: ignore[union-attr]
    then = git.commit(root, old or "HEAD")
    now = git.commit(root, new) if new else None
    if dots == "...":
        then = git.fork(root, old or "HEAD", new or "HEAD")
    changed = git.changed(root, then, now)
    titles = f"{old or 'HEAD'} ({then[:12]})", f"{new} ({now[:12]})" if now is not None else "the working tree"
    with ExitStack() as stack:
        after = sources if now is None else stack.enter_context(_exported(root, now))
        tree = _named(after, titles[1] if now is not None else "")

        def before() -> Tree:
            return _named(stack.enter_context(_exported(root, then)), titles[0])

        found, remarks = _compared(tree, before if changed else lambda: tree, changed, names)
    return Comparison(*titles, found, remarks)


def _named(sources: Sources, title: str) -> Tree:
    """A tree; what is wrong with it is said of the revision, whose files are not those that lie there."""
    try:
        return Tree.of(sources)
    except UserError as error:
        if not title:
            raise
        raise UserError(f"at {title}: {error.message}", error.hint) from None


@contextmanager
def _exported(root: Path, commit: str) -> Iterator[Sources]:
    with temporary_folder("hydrogitops-diff-") as folder:
        # A kustomization at the root is an environment by the folder's name.
        there = Path(folder, root.name or "tree")
        there.mkdir(mode=0o700)
        try:
            listed = stored.export(root, commit, there)
        except TreeError as error:
            raise UserError(f"{commit[:12]} cannot be compared with: {error}") from None
        yield Sources(there, listed)


def compare_trees(
    before: Sources, after: Sources, changed: Collection[str], names: Sequence[str] = ()
) -> tuple[tuple[EnvironmentDifference, ...], tuple[str, ...]]:
    """What environments apply in two trees, and remarks. `changed`: the files in which these differ."""
    return _compared(Tree.of(after), lambda: Tree.of(before), changed, names)


def _compared(
    after: Tree, before: Callable[[], Tree], changed: Collection[str], names: Sequence[str]
) -> tuple[tuple[EnvironmentDifference, ...], tuple[str, ...]]:
    """What can be built at once is on its way while the other tree is got."""
    files = set(changed)
    first = [n for n, one in after.environments.items() if (not names or n in names) and reads(one, files)]
    with Builds() as builds:
        builds.begin(after, first)
        trees = before(), after
        wanted = _wanted(trees, names)
        differing = [name for name in wanted if _reached(name, *trees, files)]
        builds.begin(after, [n for n in differing if n in after.environments and n not in first])
        builds.begin(trees[0], [n for n in differing if n in trees[0].environments])
        old, new = (builds.applied(tree) for tree in trees)
    found = tuple(
        _difference(name, trees, old.get(name), new.get(name))
        if name in differing
        else EnvironmentDifference(name, "same")
        for name in wanted
    )
    standing = [n for n in differing if any(n in t.environments and _stands(t, t.environments[n]) for t in trees)]
    remark = f"{', '.join(standing)}: the chart is not in the repository; the stand-in chart takes its place"
    return found, (remark,) if standing else ()


def _wanted(trees: tuple[Tree, Tree], names: Sequence[str]) -> list[str]:
    """The environments to compare. UserError for a name that neither tree has."""
    order = [*trees[1].environments, *(name for name in trees[0].environments if name not in trees[1].environments)]
    check_names(names, order)
    return [name for name in order if not names or name in names]


def _reached(name: str, before: Tree, after: Tree, changed: set[str]) -> bool:
    old, new = before.environments.get(name), after.environments.get(name)
    if old is None or new is None:
        return True
    if (old.kubernetes, old.helm) != (new.kubernetes, new.helm):
        return True
    return reads(old, changed) or reads(new, changed)


def _difference(name: str, trees: tuple[Tree, Tree], old: Applied | None, new: Applied | None) -> EnvironmentDifference:
    was, now = (tree.environments.get(name) for tree in trees)
    sides = old or Applied(), new or Applied()
    # Of a side that does not render everything would seem to have come or gone.
    known = all(side.documents or side.objects or not side.trouble for side in sides)
    spaces = (was.namespace if was is not None else "", now.namespace if now is not None else "")
    found = differences(*_objects(*sides, alike=spaces[0] == spaces[1]), spaces) if known else ()
    facts = tuple(_facts(was, now)) if was is not None and now is not None else ()
    how: Literal["added", "removed", "changed", "same"] = "changed" if found or facts else "same"
    if was is None or now is None:
        how = "added" if was is None else "removed"
    trouble = "; ".join(dict.fromkeys(side.trouble for side in sides if side.trouble))
    return EnvironmentDifference(name, how, facts, found, trouble)


def _facts(was: Environment, now: Environment) -> Iterator[FieldChange]:
    for name in ("cluster", "server", "namespace"):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield FieldChange(name, old or None, new or None)


def _objects(old: Applied, new: Applied, *, alike: bool) -> tuple[list[AppliedObject], list[AppliedObject]]:
    """The objects of both; documents that are the same letter by letter are not even read.

    `alike`: what states no namespace goes into the same one.
    """
    same = set(old.documents) & set(new.documents)
    if not alike or any(len(set(side.documents)) < len(side.documents) for side in (old, new)):
        same = set()
    first, second = ([*side.objects, *_read(side.documents, same)] for side in (old, new))
    return first, second


def _read(documents: Sequence[str], same: set[str]) -> Iterator[AppliedObject]:
    rest = [document for document in documents if document not in same]
    yield from objects(reading.read("", "---\n".join(rest)))


def _stands(tree: Tree, environment: Environment) -> bool:
    return any(chart_folder(tree.sources, release) == stand_in.folder() for release in environment.releases)
