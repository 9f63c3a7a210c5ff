"""What environments of two trees apply, both rendered at the same time, as texts or objects; nothing is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from hydrogitops.charts.engines import Build, RenderFailure
from hydrogitops.model import AppliedObject, Environment
from hydrogitops.repo.addresses import shown
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from hydrogitops.source.text import DOCUMENT_START

from .built import resources_of
from .look import needs_engine
from .rendering import Rendering
from .run import read_configuration


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a revision or of the work tree, and the environments in them by name."""

    sources: Sources
    environments: Mapping[str, Environment]

    @classmethod
    def of(cls, sources: Sources) -> Tree:
        """UserError where its configuration is wrong."""
        found = discover(sources, read_configuration(sources)).environments
        return cls(sources, {one.name: one for one in found})


@dataclass(frozen=True, slots=True)
class Applied:
    """What an environment applies: documents of a stream, or objects as they are written; and what lacks."""

    documents: tuple[str, ...] = ()
    objects: tuple[AppliedObject, ...] = ()
    trouble: str = ""


@dataclass(slots=True)
class Builds:
    """Builds under way. `begin` comes back at once; left, nothing runs any more."""

    _stack: ExitStack = field(default_factory=ExitStack)
    _begun: list[tuple[Tree, Sequence[str], Rendering, set[str]]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def begin(self, tree: Tree, names: Sequence[str]) -> None:
        """Start to build environments of a tree."""
        waiting = [tree.environments[name] for name in names if needs_engine(tree.sources, tree.environments[name])]
        rendering = Rendering(tree.sources, waiting)
        if waiting:
            self._stack.callback(rendering.close)
            rendering.start()
        self._begun.append((tree, names, rendering, {one.name for one in waiting}))

    def applied(self, tree: Tree) -> dict[str, Applied]:
        """What came of all that was begun of a tree. Waits for it."""
        found: dict[str, Applied] = {}
        for one, names, rendering, built in self._begun:
            if one is tree:
                found |= _as_written(tree, set(names) - built)
                found |= _as_built(tree, rendering, built)
        return found


def _as_written(tree: Tree, names: Iterable[str]) -> dict[str, Applied]:
    return {name: Applied(objects=tuple(resources_of(tree.sources, tree.environments[name]))) for name in names}


def _as_built(tree: Tree, rendering: Rendering, names: Iterable[str]) -> dict[str, Applied]:
    outcomes = rendering.outcomes() if names else {}
    return {name: _built(tree, rendering, name, outcomes[name]) for name in names}


def _built(tree: Tree, rendering: Rendering, name: str, outcome: Build | RenderFailure) -> Applied:
    if isinstance(outcome, RenderFailure):
        reason = outcome.message + (f"; {outcome.hint}" if outcome.hint else "")
        return Applied(trouble=f"it cannot be rendered: {shown(reason)}".replace(f"{tree.sources.root}/", ""))
    staged = rendering.staged.get(name)
    gaps = [f"{gap.what}: {shown(gap.reason)}" for gap in staged.unseen] if staged is not None else []
    parts = [part for part in DOCUMENT_START.split(outcome.text) if part.strip()]
    return Applied(tuple(part if part.endswith("\n") else f"{part}\n" for part in parts), trouble="; ".join(gaps))
