"""Sets a scalar that may not be there yet, with the maps above it, and keeps every other byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from hydrogitops.model import Place, SourceFile

from . import emitting
from .edits import EditError, replace_scalar
from .nodes import Found, Node, find, roots
from .reading import read
from .scalars import Scalar
from .text import BOM

_REST_OF_LINE = re.compile(r"[^\r\n]*")


def put(file: SourceFile, path: tuple[str, ...], value: Scalar, *, behind: str = "") -> str:
    """The text of `file` after which `path` of its first document is `value`, and everything else reads as before.

    A key that is not there comes last in its map, or behind the key `behind` where its map has that.

    Raises:
        EditError: something stands in the way that is no map, or is shared by an alias or `<<`.
    """
    documents = roots(file.text)
    if file.broken or (documents and not file.documents):
        raise EditError("the file cannot be read")
    old = file.documents[0].data if file.documents else None
    found = find(documents[0], path) if documents else None
    if found is not None and found.depth == len(path) and found.node.kind in ("scalar", "alias"):
        return replace_scalar(file.text, Place(file.path, 0, path), value)
    expected = [_with(old, path, value), *(document.data for document in file.documents[1:])]
    for start, end, new in _candidates(file.text, found, path, value, behind):
        text = file.text[:start] + new + file.text[end:]
        again = read(file.path, text)
        if not again.broken and _same([document.data for document in again.documents], expected):
            return text
    raise EditError("this key cannot be added without changing something else")


def _candidates(
    text: str, found: Found | None, path: tuple[str, ...], value: Scalar, behind: str
) -> Iterator[tuple[int, int, str]]:
    """Stretches and what would take their place, the one that reads best first; reading tells which are right."""
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = path[found.depth if found is not None else 0 :]
    data: object = value
    for key in reversed(missing[1:]):
        data = {key: data}
    added = {missing[0]: data} if missing else {}
    lines = emitting.text(added).splitlines()
    if found is None or (found.key is None and found.node.kind == "scalar"):
        lead = newline if text and not text.endswith(("\n", "\r")) else ""
        yield len(text), len(text), lead + newline.join(lines) + newline
        return
    node = found.node
    if node.kind == "map" and node.style == "flow":
        inner = emitting.flow(added)[1:-1]
        at = _end(node.pairs[-1]) if node.pairs else node.start + 1
        yield at, at, f", {inner}" if node.pairs else inner
    elif node.kind == "map" and node.pairs:
        indent = _column(text, node.pairs[0][0].start) * " "
        chosen = next((pair for pair in node.pairs if behind and pair[0].key == behind), node.pairs[-1])
        at = _line_end(text, _end(chosen))
        yield at, at, "".join(newline + indent + line for line in lines)
        at = node.pairs[0][0].start
        yield at, at, "".join(line + newline + indent for line in lines)
    elif node.kind == "scalar" and found.key is not None:
        indent = (_column(text, found.key.start) + 2) * " "
        if node.start == node.end:
            at = _line_end(text, found.key.end)
            yield at, at, "".join(newline + indent + line for line in lines)
        yield node.start, node.end, (" " if node.start == node.end else "") + emitting.flow(added)


def _end(pair: tuple[Node, Node]) -> int:
    """Where what is written of a pair ends; a block's own end lies behind the comments that follow it."""
    node = pair[1]
    while node.style == "block" and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    if node.style in ("|", ">"):
        # Its last line is found by reading again: what follows it may be blank lines that belong to it.
        return node.end - 1 if node.end > node.start else node.end
    return node.end


def _line_end(text: str, offset: int) -> int:
    rest = _REST_OF_LINE.match(text, offset)
    return rest.end() if rest is not None else offset


def _column(text: str, offset: int) -> int:
    head = text[:offset].removeprefix(BOM)
    return len(head) - max(head.rfind("\n"), head.rfind("\r")) - 1


def _with(data: object, path: tuple[str, ...], value: Scalar) -> object:
    if not path:
        return value
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise EditError(f"there is no map that {path[0]} could go into")
    return {**data, path[0]: _with(data.get(path[0]), path[1:], value)}


def _same(one: object, other: object) -> bool:
    """Equality that tells `1` from `true` and from `1.0`."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
