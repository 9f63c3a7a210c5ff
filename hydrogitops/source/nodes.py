"""The nodes of a text with their offsets: what positions and edits are looked up in; made on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from hydrogitops.model import Route

from .building import MAX_DEPTH
from .events import PARSE_ERRORS, EventSource, event_source
from .scalars import HINTS, TAG, key_text, plain, tagged
from .text import BOM

Kind = Literal["scalar", "map", "list", "alias"]

_PROPERTIES = r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#[^\r\n]*\s+)*|$))+"


class Node:
    """A node as written: `start` behind its tag and anchor, `end` exclusive, both offsets in the text.

    `style` is `""` (plain), `'`, `"`, `|`, `>` of a scalar, `flow` or `block` of a collection. `key` is what it becomes
    as a key of a map; `None` where it cannot be one. An alias has its anchor's node as `target`.
    """

    __slots__ = ("end", "items", "key", "kind", "merges", "pairs", "start", "style", "target", "value")

    def __init__(
        self, kind: Kind, start: int, end: int, style: str = "", value: str = "", target: Node | None = None
    ) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.style = style
        self.value = value
        self.key: str | None = None
        self.merges = False
        self.pairs: list[tuple[Node, Node]] = []
        self.items: list[Node] = []
        self.target = target

    @property
    def real(self) -> Node:
        """The node that holds the content: the anchor's where this is an alias."""
        return self.target or self


class Found(NamedTuple):
    """The node that a route leads to, or the deepest one on the way; `depth` counts the steps that were found.

    `key` is the key above it (for an item of a list: none), `node` may be an alias.
    """

    node: Node
    key: Node | None
    depth: int


@lru_cache(maxsize=16)
def roots(text: str) -> tuple[Node, ...]:
    """The root of each document, up to the first syntax error."""
    found: list[Node] = []
    shift = 1 if text.startswith(BOM) else 0
    try:
        composer = _Composer(event_source(text[shift:]), text, shift)
        while root := composer.next_root():
            found.append(root)
    except (*PARSE_ERRORS, _TooDeepError):
        pass
    return tuple(found)


def find(root: Node, route: Route, nth: int | None = None) -> Found:
    """The node at `route`, through aliases and `<<` to where it is written.

    Of keys that are written several times it is the one that counts, or an earlier one where the route only exists
    there. `nth` asks for a certain occurrence of the last key, 0 for the first. A route that does not exist leads to
    its deepest node that does.
    """
    return _deepest(Found(root, None, 0), route, nth)


def _deepest(at: Found, route: Route, nth: int | None) -> Found:
    """What the rest of a route leads to from a node on the way."""
    best = at
    if at.depth < len(route):
        for key, node in _steps(at.node.real, route[at.depth], nth if at.depth == len(route) - 1 else None):
            found = _deepest(Found(node, key, at.depth + 1), route, nth)
            if found.depth == len(route):
                return found
            if found.depth > best.depth:
                best = found
    return best


def _steps(node: Node, step: str | int, nth: int | None) -> Iterable[tuple[Node | None, Node]]:
    """Where one step leads to, each node with the key above it, the one that counts first."""
    if node.kind == "map" and isinstance(step, str):
        if nth is None:
            return _by_weight(node, step, set())
        return [pair for pair in node.pairs if not pair[0].real.merges and pair[0].key == step][nth : nth + 1]
    if node.kind == "list" and isinstance(step, int) and 0 <= step < len(node.items):
        return [(None, node.items[step])]
    return []


def _by_weight(node: Node, step: str, asked: set[int]) -> Iterator[tuple[Node, Node]]:
    """The pairs that give a key, the one that counts first: what is written later, `<<` at its own place."""
    if id(node) in asked:
        return
    asked.add(id(node))
    for key, value in reversed(node.pairs):
        if key.merges:
            merged = value.real
            for part in merged.items if merged.kind == "list" else [merged]:
                if part.real.kind == "map":
                    yield from _by_weight(part.real, step, asked)
        elif key.key == step:
            yield key, value


class _TooDeepError(Exception):
    pass


class _Composer:
    __slots__ = ("_anchors", "_get", "_shift", "_text")

    def __init__(self, source: EventSource, text: str, shift: int) -> None:
        self._get = source.get_event
        self._text = text
        self._shift = shift
        self._anchors: dict[str, Node] = {}
        self._get()

    def next_root(self) -> Node | None:
        if not isinstance(self._get(), DocumentStartEvent):
            return None
        self._anchors = {}
        root = self._node(self._get(), 0)
        self._get()
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if type(event) is ScalarEvent:
            return self._scalar(event)
        if type(event) is AliasEvent:
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise _TooDeepError
        get = self._get
        if type(event) is MappingStartEvent:
            node = self._collection("map", event)
            while type(event := get()) is not MappingEndEvent:
                node.pairs.append((self._node(event, depth + 1), self._node(get(), depth + 1)))
        else:
            node = self._collection("list", event)
            while type(event := get()) is not SequenceEndEvent:
                node.items.append(self._node(event, depth + 1))
        node.end = event.end_mark.index + self._shift
        return node

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark.index + self._shift, event.end_mark.index + self._shift
        if event.tag is not None or event.anchor is not None:
            start = self._behind_properties(start, end)
        node = Node("scalar", start, end, event.style or "", event.value)
        node.key = _key(event)
        if event.value == "<<":
            node.merges = bool(event.implicit[0] or event.tag == f"{TAG}merge")
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        start, end = event.start_mark.index + self._shift, event.end_mark.index + self._shift
        node = Node("alias", start, end)
        node.target = self._anchors.get(event.anchor)
        if node.target is not None:
            node.key = node.target.key
        return node

    def _collection(self, kind: Kind, event: Any) -> Node:
        start = event.start_mark.index + self._shift
        if event.tag is not None or event.anchor is not None:
            start = self._behind_properties(start, len(self._text))
        node = Node(kind, start, start, "flow" if event.flow_style else "block")
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _behind_properties(self, start: int, end: int) -> int:
        match = re.compile(_PROPERTIES).match(self._text, start, end)
        return match.end() if match else start


def _key(event: ScalarEvent) -> str | None:
    text: str = event.value
    if event.tag is None and (text[:1] not in HINTS or not event.implicit[0]):
        # Most keys are no more than their text.
        return text
    try:
        return key_text(plain(text) if event.tag is None else tagged(event.tag, text))
    except ValueError:
        return None
