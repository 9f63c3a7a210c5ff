"""Adds and takes away whole entries of a map that is written one key a line, and keeps every other byte."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydrogitops.model import SourceFile

from .edits import EditError
from .nodes import Found, Node, find, roots
from .reading import read

_GONE = object()
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def block(file: SourceFile, path: tuple[str, ...]) -> str:
    """The lines of an entry of a block map, its key first, without their common indentation.

    Raises:
        EditError: there is no such entry, or it does not stand on lines of its own.
    """
    start, end = _lines(file, path)
    lines = file.text[start:end].splitlines(keepends=True)
    indent = len(lines[0]) - len(lines[0].lstrip(" "))
    return "".join(line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in lines)


def without(file: SourceFile, path: tuple[str, ...]) -> str:
    """The text of `file` without the entry at `path` of its first document.

    Raises:
        EditError: as for `block`, or something else would read otherwise without it.
    """
    start, end = _lines(file, path)
    return _proved(file, file.text[:start] + file.text[end:], path, _GONE)


def with_block(file: SourceFile, path: tuple[str, ...], lines: str) -> str:
    """The text of `file` with a new entry, whose `lines` begin with its key, behind the last one of its map.

    Raises:
        EditError: its map is not there or is written on one line, or something else would read otherwise with it.
    """
    found = _found(file, path[:-1])
    node = found.node
    if found.depth < len(path) - 1 or node.kind != "map" or node.style != "block" or not node.pairs:
        raise EditError(f"there is no map {'.'.join(path[:-1])} with a line for each of its entries")
    first = node.pairs[0][0]
    indent = " " * (first.start - file.text.rfind("\n", 0, first.start) - 1)
    newline = "\r\n" if "\r\n" in file.text else "\n"
    at = _end(file.text, node.pairs[-1])
    lead = "" if file.text[:at].endswith(("\n", "\r")) else newline
    added = "".join(f"{indent}{line}{newline}" if line else newline for line in lines.splitlines())
    new = read(file.path, lines)
    entry = new.documents[0].data if new.documents else None
    if not isinstance(entry, Mapping) or list(entry) != [path[-1]]:
        raise EditError("this is not the entry that was meant")
    return _proved(file, file.text[:at] + lead + added + file.text[at:], path, entry[path[-1]])


def _lines(file: SourceFile, path: tuple[str, ...]) -> tuple[int, int]:
    """Where the lines of an entry begin and end."""
    found = _found(file, path)
    if found.depth < len(path) or found.key is None:
        raise EditError(f"there is no {'.'.join(path)}")
    start = file.text.rfind("\n", 0, found.key.start) + 1
    if file.text[start : found.key.start].strip(" "):
        raise EditError(f"{'.'.join(path)} does not stand on lines of its own")
    return start, _end(file.text, (found.key, found.node))


def _found(file: SourceFile, path: tuple[str, ...]) -> Found:
    documents = roots(file.text)
    if file.broken or not documents or not file.documents:
        raise EditError("the file cannot be read")
    return find(documents[0], path)


def _end(text: str, pair: tuple[Node, Node]) -> int:
    """Behind the last line of an entry; comments that stand further in belong to it."""
    key, value = pair
    last = value
    while last.style == "block" and (last.pairs or last.items):
        last = last.pairs[-1][1] if last.pairs else last.items[-1]
    written = text[last.start : last.end]
    at = max(last.start + len(written.rstrip() if last.style in ("|", ">") else written), key.end)
    line = _LINE.match(text, at)
    end = line.end() if line is not None else len(text)
    indent = key.start - text.rfind("\n", 0, key.start) - 1
    while (line := _LINE.match(text, end)) is not None and line.group().lstrip(" ").startswith("#"):
        if len(line.group()) - len(line.group().lstrip(" ")) <= indent:
            break
        end = line.end()
    return end


def _proved(file: SourceFile, text: str, path: tuple[str, ...], value: object) -> str:
    """The text, if it reads as the old one but for the entry."""
    again = read(file.path, text)
    expected = [_changed(file.documents[0].data, path, value), *(one.data for one in file.documents[1:])]
    if again.broken or [one.data for one in again.documents] != expected:
        raise EditError(f"{'.'.join(path)} cannot be changed without changing something else")
    return text


def _changed(data: object, path: tuple[str, ...], value: object) -> object:
    if not isinstance(data, Mapping):
        raise EditError("there is no map on the way")
    if len(path) > 1:
        return {**data, path[0]: _changed(data.get(path[0]), path[1:], value)}
    rest = {key: one for key, one in data.items() if key != path[0]}
    return rest if value is _GONE else {**rest, path[0]: value}
