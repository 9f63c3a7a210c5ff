"""What two trees of a repository differ in as they are applied: only what a change reaches is rendered, twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from hydrogitops.charts import stand_in
from hydrogitops.charts.engines import RenderFailure
from hydrogitops.charts.workloads import objects
from hydrogitops.model import AppliedObject, Environment, UserError
from hydrogitops.repo import git
from hydrogitops.repo.environments import discover
from hydrogitops.repo.git import TreeError
from hydrogitops.repo.kustomizations import chart_folder
from hydrogitops.repo.reach import reads
from hydrogitops.repo.sources import Sources
from hydrogitops.source import reading
from hydrogitops.source.temporary import temporary_folder

from .differences import FieldChange, ObjectChange, differences
from .options import open_sources
from .rendering import Rendering
from .run import read_configuration
from .views import needs_engine, resources_of

_SEPARATOR = re.compile(r"^---[^\n]*\n?", re.MULTILINE)


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


@dataclass(frozen=True, slots=True)
class _Tree:
    sources: Sources
    environments: Mapping[str, Environment]

    @classmethod
    def of(cls, sources: Sources) -> _Tree:
        found = discover(sources, read_configuration(sources)).environments
        return cls(sources, {one.name: one for one in found})


@dataclass(frozen=True, slots=True)
class _Applied:
    """What an environment applies: documents of a stream, or objects as they are written; and what lacks."""

    documents: tuple[str, ...] = ()
    objects: tuple[AppliedObject, ...] = ()
    trouble: str = ""


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
        before = stack.enter_context(_exported(root, then)) if changed else after
        trees = _named(before, titles[0] if changed else ""), _named(after, titles[1] if now is not None else "")
        found, remarks = _compared(trees, changed, names)
    return Comparison(*titles, found, remarks)


def _named(sources: Sources, title: str) -> _Tree:
    """A tree; what is wrong with it is said of the revision, whose files are not those that lie there."""
    try:
        return _Tree.of(sources)
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
            listed = git.export(root, commit, there)
        except TreeError as error:
            raise UserError(f"{commit[:12]} cannot be compared with: {error}") from None
        yield Sources(there, listed)


def compare_trees(
    before: Sources, after: Sources, changed: Collection[str], names: Sequence[str] = ()
) -> tuple[tuple[EnvironmentDifference, ...], tuple[str, ...]]:
    """What environments apply in two trees, and remarks. `changed`: the files in which these differ."""
    return _compared((_Tree.of(before), _Tree.of(after)), changed, names)


def _compared(
    trees: tuple[_Tree, _Tree], changed: Collection[str], names: Sequence[str]
) -> tuple[tuple[EnvironmentDifference, ...], tuple[str, ...]]:
    order = [*trees[1].environments, *(name for name in trees[0].environments if name not in trees[1].environments)]
    for name in names:
        if name not in order:
            near = get_close_matches(name, order, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(order) or 'none'}"
            raise UserError(f"there is no environment {name}", hint)
    wanted = [name for name in order if not names or name in names]
    differing = [name for name in wanted if _reached(name, *trees, set(changed))]
    old, new = _applied(*((tree, [n for n in differing if n in tree.environments]) for tree in trees))
    found = tuple(
        _difference(name, trees, old.get(name), new.get(name))
        if name in differing
        else EnvironmentDifference(name, "same")
        for name in wanted
    )
    standing = [n for n in differing if any(n in t.environments and _stands(t, t.environments[n]) for t in trees)]
    remark = f"{', '.join(standing)}: the chart is not in the repository; the stand-in chart takes its place"
    return found, (remark,) if standing else ()


def _reached(name: str, before: _Tree, after: _Tree, changed: set[str]) -> bool:
    old, new = before.environments.get(name), after.environments.get(name)
    if old is None or new is None:
        return True
    if (old.kubernetes, old.helm) != (new.kubernetes, new.helm):
        return True
    return reads(old, changed) or reads(new, changed)


def _difference(
    name: str, trees: tuple[_Tree, _Tree], old: _Applied | None, new: _Applied | None
) -> EnvironmentDifference:
    was, now = (tree.environments.get(name) for tree in trees)
    sides = old or _Applied(), new or _Applied()
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


def _objects(old: _Applied, new: _Applied, *, alike: bool) -> tuple[list[AppliedObject], list[AppliedObject]]:
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


def _applied(*sides: tuple[_Tree, Sequence[str]]) -> list[dict[str, _Applied]]:
    """What the environments apply, both trees side by side."""
    renderings = []
    with ExitStack() as stack:
        for tree, names in sides:
            waiting = [tree.environments[n] for n in names if needs_engine(tree.sources, tree.environments[n])]
            rendering = Rendering(tree.sources, waiting)
            stack.callback(rendering.close)
            if waiting:
                rendering.start()
            renderings.append((rendering, {one.name for one in waiting}))
        found = []
        for (tree, names), (rendering, built) in zip(sides, renderings, strict=True):
            outcomes = rendering.outcomes() if built else {}
            applied = {name: _built(rendering, name, outcomes[name], tree) for name in names if name in built}
            for name in names:
                if name not in built:
                    written = tuple(resources_of(tree.sources, tree.environments[name]))
                    applied[name] = _Applied(objects=written)
            found.append(applied)
    return found


def _built(rendering: Rendering, name: str, outcome: object, tree: _Tree) -> _Applied:
    if isinstance(outcome, RenderFailure):
        reason = outcome.message + (f"; {outcome.hint}" if outcome.hint else "")
        return _Applied(trouble=f"it cannot be rendered: {reason}".replace(f"{tree.sources.root}/", ""))
    text: str = outcome.text  # type: ignore[attr-defined]
    staged = rendering.staged.get(name)
    gaps = [f"{gap.what}: {gap.reason}" for gap in staged.unseen] if staged is not None else []
    documents = tuple(part if part.endswith("\n") else f"{part}\n" for part in _SEPARATOR.split(text) if part.strip())
    return _Applied(documents, trouble="; ".join(gaps))


def _stands(tree: _Tree, environment: Environment) -> bool:
    return any(chart_folder(tree.sources, release) == stand_in.folder() for release in environment.releases)
