"""Positions, looked up only for what is printed: a place in a document becomes lines and columns."""

from __future__ import annotations

from functools import lru_cache

from hydrogitops.model import Place, Route, SourceFile, Span

from .nodes import Found, Node, find, roots
from .scalar_text import pieces
from .text import Lines

_HEAD = (0, 0)


def span(file: SourceFile, place: Place) -> Span:
    """Where a place is written.

    The value of a scalar or a flow collection is all of it, quotes included; that of a block collection or of an empty
    value is shown at its key, or at its first key where it is an item of a list. `part="key"` and `part="insert"` are
    the key (of the root: its first key). `word` narrows a scalar to a stretch of its value. Of a key that is written
    several times `nth` 0 is the one that counts.
    What is reached through an alias or `<<` is shown where it is written. A route may go on inside a text that is YAML
    itself. One that does not exist gives the key of its deepest node that does; without one, the head of the file.
    """
    documents = roots(file.text)
    if place.document >= len(documents):
        return _lines(file.text).span(place.file, *_HEAD)
    start, end = _stretch(file.text, documents[place.document], place)
    return _lines(file.text).span(place.file, start, end)


def key_span(file: SourceFile, index: int, route: Route, nth: int) -> Span:
    """The key at `route` in its `nth` occurrence, 0 for the first.

    A `Note` on a duplicate key has the number of the occurrence that it speaks of.
    """
    documents = roots(file.text)
    if index >= len(documents):
        return _lines(file.text).span(file.path, *_HEAD)
    found = find(documents[index], route, nth)
    return _lines(file.text).span(file.path, *_key_range(file.text, found))


def _stretch(text: str, root: Node, place: Place) -> tuple[int, int]:
    found = find(root, place.path, place.nth or None)
    rest = place.path[found.depth :]
    return (_inside(text, found.node.real, rest, place) if rest else None) or _range(
        text, found, place, complete=not rest
    )


def _inside(text: str, node: Node, rest: Route, place: Place) -> tuple[int, int] | None:
    """The stretch of `text` for a route that goes on inside a text in several lines; None where it leads nowhere."""
    inner = roots(node.value) if node.kind == "scalar" and "\n" in node.value else ()
    if not inner or not find(inner[0], rest).depth:
        return None
    parts = pieces(text, node)
    start, end = _stretch(node.value, inner[0], place._replace(path=rest))
    return (parts[start][0], parts[max(end - 1, start)][1]) if parts and start < len(parts) else None


def _range(text: str, found: Found, place: Place, *, complete: bool) -> tuple[int, int]:
    if place.part != "value" or not complete:
        return _key_range(text, found)
    node = found.node.real
    if node.kind != "scalar":
        return (node.start, node.end) if node.style == "flow" else _key_range(text, found)
    if node.end == node.start:
        return _key_range(text, found)
    if place.word is not None and (parts := pieces(text, node)):
        first, last = place.word
        first = min(max(first, 0), len(parts) - 1)
        last = min(max(last, first + 1), len(parts))
        return parts[first][0], parts[last - 1][1]
    return _trimmed(text, node)


def _key_range(text: str, found: Found) -> tuple[int, int]:
    """The key above a node; without one the node itself, as short as it goes."""
    if found.key is not None:
        return found.key.start, found.key.end
    node = found.node
    while node.style == "block":
        # A block collection is never empty.
        node = node.pairs[0][0] if node.kind == "map" else node.items[0]
    # Of an item without a value there is only its dash.
    is_dash = node.start == node.end and text[node.start - 1 : node.start] == "-"
    return node.start - is_dash, node.end


def _trimmed(text: str, node: Node) -> tuple[int, int]:
    if node.style not in ("|", ">"):
        return node.start, node.end
    return node.start, node.start + len(text[node.start : node.end].rstrip())


@lru_cache(maxsize=16)
def _lines(text: str) -> Lines:
    return Lines(text)
