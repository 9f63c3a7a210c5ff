"""What a repository declares to engines: the object behind an environment, generators, revisions it asks for."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .places import EMPTY_MAP, Place, Route


class Application(NamedTuple):
    """What an engine's own object says of an environment, with the fields of a template filled in.

    `document` declares it and `route` leads to its spec there. `given`: the texts of the spec that are a generator's
    parameter and nothing else, by their route in the spec, with the place where that is written.
    """

    name: str
    document: Place
    route: Route
    spec: Mapping[str, Any]
    given: Mapping[Route, Place] = EMPTY_MAP
    parameters: Mapping[str, Any] = EMPTY_MAP
    projects: Mapping[str, tuple[Place, ...]] = EMPTY_MAP
    """The documents of the repository that declare projects, by the project's name."""
    unread: bool = False
    """There may be further projects, in files that cannot be read."""

    def place(self, *route: str | int) -> Place:
        """Where a field of the spec is written, in a generator's file if that says it."""
        return self.given.get(route) or self.document._replace(path=(*self.route, *route))

    def missing(self, *route: str | int) -> Place:
        """The place below the deepest node on the way to `route` that exists."""
        node: Any = self.spec
        for depth, key in enumerate(route):
            below = node.get(key) if isinstance(node, Mapping) else None
            if below is None:
                return self.document._replace(path=(*self.route, *route[:depth]), part="insert")
            node = below
        return self.document._replace(path=(*self.route, *route))


class EmptyGenerator(NamedTuple):
    """A generator that gives nothing. `what`: a few words for what it looks for; `mend`: what was likely meant."""

    place: Place
    what: str
    mend: tuple[Place, str] | None = None


class Revision(NamedTuple):
    """A revision that something from outside the repository is asked for by.

    `text` is empty where none is stated; `place` is then where it belongs. `ranges`: a version that leaves parts out
    stands for all that have these parts. `environments` that use it; empty where that is not known.
    """

    kind: Literal["chart", "oci", "git"]
    source: str
    """The chart or repository that is meant, as people call it."""
    text: str
    place: Place
    environments: tuple[str, ...] = ()
    ranges: bool = False


class HandedValues(NamedTuple):
    """Values that an engine's own object hands to a chart, wherever that is. `at`: where they begin.

    Either a map, `data`, or `pairs`: names with values, one by one, and where each value stands.
    """

    at: Place
    data: object = None
    pairs: tuple[tuple[str, object, Place], ...] = ()
