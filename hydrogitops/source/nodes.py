"""The nodes of a text with their offsets: what positions and edits are looked up in; made on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from .events import PARSE_ERRORS, EventSource, event_source, offsets
from .scalars import TAG, key_text, plain, tagged
from .text import BOM

Kind = Literal["scalar", "map", "list", "alias"]

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#[^\r\n]*\s+)*|$))+")


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
    best = Found(root, None, 0)
    for found in _walk(best, route, nth):
        if found.depth == len(route):
            return found
        if found.depth > best.depth:
            best = found
    return best


def _walk(at: Found, route: Route, nth: int | None) -> Iterator[Found]:
    yield at
    if at.depth == len(route):
        return
    step, last = route[at.depth], at.depth == len(route) - 1
    node = at.node.real
    if node.kind == "list" and isinstance(step, int) and 0 <= step < len(node.items):
        yield from _walk(Found(node.items[step], None, at.depth + 1), route, nth)
    elif node.kind == "map" and isinstance(step, str):
        pairs = [pair for pair in node.pairs if not pair[0].real.merges and pair[0].real.key == step]
        chosen = pairs[nth : nth + 1] if last and nth is not None else _by_weight(node, step, set())
        for key, value in chosen:
            yield from _walk(Found(value, key, at.depth + 1), route, nth)


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
        elif key.real.key == step:
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
        if depth > MAX_DEPTH:
            raise _TooDeepError
        start, end = (offset + self._shift for offset in offsets(event))
        if isinstance(event, AliasEvent):
            return Node("alias", start, end, target=self._anchors.get(event.anchor or ""))
        if event.anchor is not None or event.tag is not None:
            start = self._behind_properties(start, end if isinstance(event, ScalarEvent) else len(self._text))
        if isinstance(event, ScalarEvent):
            node = Node("scalar", start, end, self._style(start, end, event), event.value)
            node.key = _key(event)
            node.merges = event.value == "<<" and bool(event.implicit[0] or event.tag == f"{TAG}merge")
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            return node
        style = "flow" if event.flow_style else "block"
        node = Node("map" if isinstance(event, MappingStartEvent) else "list", start, end, style)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        closing = MappingEndEvent if isinstance(event, MappingStartEvent) else SequenceEndEvent
        while not isinstance(event := self._get(), closing):
            child = self._node(event, depth + 1)
            if closing is SequenceEndEvent:
                node.items.append(child)
            else:
                node.pairs.append((child, self._node(self._get(), depth + 1)))
        node.end = offsets(event)[1] + self._shift
        return node

    def _style(self, start: int, end: int, event: ScalarEvent) -> str:
        if event.style in ("|", ">", "'", '"'):
            return str(event.style)
        # PyYAML's own parser says nothing of a plain style, libyaml may say `""`.
        first = self._text[start : start + 1] if end > start else ""
        return first if first in ("'", '"') and first else ""

    def _behind_properties(self, start: int, end: int) -> int:
        match = _PROPERTIES.match(self._text, start, end)
        return match.end() if match else start


def _key(event: ScalarEvent) -> str | None:
    text: str = event.value
    try:
        if event.tag is not None:
            return key_text(tagged(event.tag, text))
        return key_text(plain(text)) if event.implicit[0] else text
    except ValueError:
        return None
