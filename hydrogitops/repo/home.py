"""Whether an Application deploys from the repository that it stands in, by all that is known of that one's address."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Literal

from .addresses import OPEN, named, plain
from .dangling import first_missing, likely
from .kustomizations import kustomization_file
from .sources import CHART_FILE, Sources

Here = Literal["here", "elsewhere", "unknown"]


class Home:
    """What names this repository. `known`: addresses under which something of it was found; `remotes`: as git has them.

    Git is only asked where `known` doesn't decide.
    """

    def __init__(self, sources: Sources, known: frozenset[str], ask: Callable[[], Iterable[str]]) -> None:
        self.sources = sources
        self.known = known
        """As `addresses.plain` gives them."""
        self.ask = ask

    @cached_property
    def remotes(self) -> frozenset[str]:
        return frozenset(map(plain, self.ask()))

    def is_other(self, address: str) -> bool:
        """Whether an address is another repository for certain: a fork has another one, and mostly the same name."""
        if OPEN.fullmatch(address) or "{{" in address or plain(address) in self.known:
            return False
        own = self.known | self.remotes
        names = {one.rpartition("/")[2] for one in own}
        return bool(own) and plain(address) not in own and named(address) not in names

    def has(self, address: str, path: str) -> Here:
        """Whether an address is this repository's, for a path that is not in it."""
        if plain(address) in self.known and not OPEN.fullmatch(address):
            return "here"
        if not OPEN.fullmatch(address):
            if plain(address) in self.remotes:
                return "here"
            # A clone of a fork has another address, and mostly the same name.
            if self.remotes and named(address) not in {remote.rpartition("/")[2] for remote in self.remotes}:
                return "elsewhere"
        return "here" if plain(address) in self.known or self._fits(path) else "unknown"

    def _fits(self, path: str) -> bool:
        """Whether a path that isn't there is one of this repository by what stands where it would."""
        if likely(self.sources, path):
            return True
        position = first_missing(self.sources, path)
        if not position:
            return False
        parent = "/".join(path.split("/")[:position])
        below = {posixpath.dirname(name) for name in self.sources.listed if name.startswith(f"{parent}/")}
        return any(
            kustomization_file(self.sources, folder) or self.sources.is_file(posixpath.join(folder, CHART_FILE))
            for folder in below - {parent}
        )
