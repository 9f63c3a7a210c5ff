"""Where something stands: symbolic places, resolved to lines and columns only for what is printed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Route = tuple[str | int, ...]
"""Keys and list positions from the root of a document or object down to a node."""

Part = Literal["value", "key", "insert"]

EMPTY_MAP: Mapping[Any, Any] = MappingProxyType({})
"""A map that is left out; a named tuple shares its defaults."""


class Span(NamedTuple):
    """A stretch of a file: 1-based lines and columns, columns in code points, end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Place(NamedTuple):
    """A node of a document as written in a file; becomes a `Span` only in a finding.

    `document`: which one of the file, from 0.
    `part` is the node's value, its key, or the point below it where something has to be inserted (shown at the key).
    `word` narrows a scalar to a word of its value: start and end offset in code points of the value.
    `nth`: with a key that is written more than once, which of them, from 0.
    """

    file: str
    document: int
    path: Route = ()
    part: Part = "value"
    word: tuple[int, int] | None = None
    nth: int = 0


class ObjectRef(NamedTuple):
    """What names an object in a cluster; `namespace` is empty where the object states none.

    `nth`: which of several documents that name the same object, from 0: manifests may be meant for several clusters.
    """

    kind: str
    namespace: str
    name: str
    api_version: str = ""
    nth: int = 0


class Field(NamedTuple):
    """A field of an applied object, before anybody knows which line of which file made it.

    `path` starts at the root of the object. `missing`: the field is absent; its place is the place of what is missing.
    `key`: the key is meant, not the value. `word` as in `Place`.
    """

    object: ObjectRef
    path: Route
    word: tuple[int, int] | None = None
    missing: bool = False
    key: bool = False


At = Place | Field | Span
"""What a fault may point at. A `Span` only where there is no document to point into (unparsable text)."""
