"""Which stretch of the text each character of a scalar comes from: through folding, escapes and indentation."""

from __future__ import annotations

import re

from .nodes import Node

Pieces = list[tuple[int, int]]
"""Start and end in the text, for each code point of the value."""

_BREAK = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t\r\n]+")
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


def pieces(text: str, node: Node) -> Pieces | None:
    """The pieces of a scalar node; `None` where its text doesn't spell its value in a way that is known here."""
    if node.style in ("|", ">"):
        for indent in _indents(text, node):
            found, value = _block(text, node, indent)
            if value[: len(node.value)] == node.value:
                return found[: len(node.value)]
        return None
    quoted = node.style in ("'", '"')
    found, value = _flow(text, node.start + quoted, node.end - quoted, node.style)
    if node.style == '"' and len(found) == len(node.value):
        return found
    return found if value == node.value else None


def _flow(text: str, start: int, end: int, quote: str) -> tuple[Pieces, str]:
    found: Pieces = []
    value: list[str] = []

    def take(first: int, last: int, character: str) -> None:
        found.append((first, last))
        value.append(character)

    at = start
    while at < end:
        character = text[at]
        if blanks := _BLANKS.match(text, at, end):
            breaks = list(_BREAK.finditer(text, at, blanks.end()))
            if not breaks:
                for place in range(at, blanks.end()):
                    take(place, place + 1, text[place])
            elif len(breaks) == 1:
                take(at, blanks.end(), " ")
            for line in breaks[1:]:
                take(line.start(), line.end(), "\n")
            at = blanks.end()
        elif quote == '"' and character == "\\":
            if escaped := _BREAK.match(text, at + 1, end):
                at = escaped.end()
                if blanks := _BLANKS.match(text, at, end):
                    for further in _BREAK.finditer(text, at, blanks.end()):
                        take(further.start(), further.end(), "\n")
                    at = blanks.end()
            else:
                size = 2 + _HEX_DIGITS.get(text[at + 1 : at + 2], 0)
                take(at, at + size, "\\")
                at += size
        else:
            size = 2 if quote == "'" == character else 1
            take(at, at + size, character)
            at += size
    return found, "".join(value)


def _indents(text: str, node: Node) -> list[int]:
    header = _BREAK.search(text, node.start, node.end)
    if not header:
        return [1]
    lines = _BREAK.split(text[header.end() : node.end])
    depth = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 1)
    # With an indentation indicator the first line may be indented deeper than the block.
    return list(range(depth, -1, -1)) if re.search(r"[1-9]", text[node.start : header.start()]) else [depth]


def _block(text: str, node: Node, indent: int) -> tuple[Pieces, str]:
    """What libyaml's scan_block_scalar makes of the lines below the header, all line breaks at the end kept."""
    found: Pieces = []
    value: list[str] = []

    def take(first: int, last: int, character: str) -> None:
        found.append((first, last))
        value.append(character)

    at = header.end() if (header := _BREAK.search(text, node.start, node.end)) else node.end
    pending: list[tuple[int, int]] = []  # breaks since the last line with content
    was_blank, begun = False, False
    while at < node.end:
        line = _BREAK.search(text, at, node.end)
        stop, behind = (line.start(), line.end()) if line else (node.end, node.end)
        content = at + indent
        if content >= stop and not text[at:stop].strip(" "):
            pending.append((stop, behind))
        else:
            is_blank = text[content] in " \t"
            folds = node.style == ">" and begun and not was_blank and not is_blank
            if folds and len(pending) == 1:
                take(*pending[0], " ")
                pending = []
            for first, last in pending[1:] if folds else pending:
                take(first, last, "\n")
            for place in range(content, stop):
                take(place, place + 1, text[place])
            pending, was_blank, begun = [(stop, behind)], is_blank, True
        at = behind
    for first, last in pending:
        take(first, last, "\n")
    return found, "".join(value)
