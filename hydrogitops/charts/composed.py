"""Texts that are put together from several fields, with the place of each stretch of them."""

from __future__ import annotations

from collections.abc import Iterable

from hydrogitops.model import LaunchText, ObjectRef, Piece, Route

EMPTY = LaunchText("", ())


def written(text: str, path: Route, holder: ObjectRef | None = None) -> LaunchText:
    """A text as a field has it; `holder`: the object of the field, where that is not the container's."""
    return LaunchText(text, (Piece(0, len(text), path, 0, holder),) if text else ())


def hole(reference: str, why: str, at: LaunchText = EMPTY) -> LaunchText:
    """What nobody knows, with the reference to it in its place; `at`: where the reference is written."""
    where = at.pieces[0] if at.pieces else Piece(0, 0, ())
    return LaunchText(reference, (Piece(0, len(reference), where.path, where.offset, where.object, why),))


def part(text: LaunchText, start: int, end: int) -> LaunchText:
    """The stretch from `start` to `end`."""
    pieces = [
        Piece(
            max(piece.start, start) - start,
            min(piece.end, end) - start,
            piece.path,
            piece.offset + max(start - piece.start, 0),
            piece.object,
            piece.unknown,
        )
        for piece in text.pieces
        if piece.start < end and start < piece.end
    ]
    return LaunchText(text.text[start:end], tuple(pieces))


def joined(texts: Iterable[LaunchText], between: str = "") -> LaunchText:
    """Texts one after the other; `between` is written nowhere."""
    words: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for text in texts:
        if words:
            length += len(between)
        pieces += [
            Piece(piece.start + length, piece.end + length, piece.path, piece.offset, piece.object, piece.unknown)
            for piece in text.pieces
        ]
        words.append(text.text)
        length += len(text.text)
    return LaunchText(between.join(words), tuple(pieces))


def unknown(text: LaunchText) -> str:
    """Why something in a text is not known; empty where all of it is."""
    return next((piece.unknown for piece in text.pieces if piece.unknown), "")
