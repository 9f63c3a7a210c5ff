"""Builds the data of a document from its events, with notes on duplicate keys and on misleading scalars."""

from __future__ import annotations

import math
from typing import Final

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from hydrogitops.model import Note
from hydrogitops.model.documents import NoteKind

from .breaks import ReadError
from .events import PARSE_ERRORS, EventSource, offsets
from .scalars import HINTS, TAG, Scalar, json_number, key_text, plain, surprise, tagged

MAX_NODES: Final = 2_000_000
MAX_DEPTH: Final = 200

EITHER: Final = "keys of different types: which of them counts changes from run to run"
"""The `meaning` of a duplicate-key note on `80:` beside `"80":`; Go keeps both until they meet in an unordered map."""

# go-yaml's guard (decode.go): of few nodes 99 % may come from aliases, of 4 million 10 %.
_FREE_ALIASES, _FREE_NODES = 100, 1000
_FEW, _MANY = 400_000, 4_000_000

_Identity = tuple[type, Scalar]


class _Remark:
    __slots__ = ("kind", "meaning", "nth", "route", "text")

    def __init__(self, kind: NoteKind, route: list[str | int], text: str, meaning: str, nth: int = 0) -> None:
        self.kind = kind
        self.route = route  # innermost first: each collection that is left adds its own step
        self.text = text
        self.meaning = meaning
        self.nth = nth


class _Anchor:
    __slots__ = ("data", "is_mapping", "open", "raw", "size")

    def __init__(self) -> None:
        self.open = True
        self.data: object = None
        self.raw: Scalar = None  # of a scalar, as a key takes it: before JSON makes `1000` of `1e3`
        self.is_mapping = False
        self.size = 0


class Builder:
    """Builds the documents of a stream of events, one after the other."""

    __slots__ = (
        "_aliased",
        "_anchors",
        "_count",
        "_get",
        "_other_choice",
        "_remarks",
        "_shift",
        "_text",
        "_types",
    )

    def __init__(self, source: EventSource, text: str, shift: int, *, other_choice: bool = False) -> None:
        self._other_choice = other_choice
        self._get = source.get_event
        self._text = text
        self._shift = shift

    def document(self, start: DocumentStartEvent) -> tuple[object, tuple[Note, ...]]:
        """Data and notes of the document that `start` begins, read up to its end.

        Raises:
            ReadError: its nodes don't fit together, or a limit is reached.
            PARSE_ERRORS: the parser's.
        """
        if start.version == (1, 2):
            at = offsets(start)[0] + self._shift
            raise ReadError("`%YAML 1.2`: Kubernetes reads version 1.1 only", at, at + 5, fatal=True)
        self._anchors: dict[str, _Anchor] = {}
        self._remarks: list[_Remark] = []
        # Keys that were no text, by the mapping's identity; the mapping is kept so that its identity stays its own.
        self._types: dict[int, tuple[dict[str, object], dict[str, dict[_Identity, None]]]] = {}
        self._count = 1
        self._aliased = 0
        data = self._value(self._get(), 0)
        self._get()
        notes = tuple(Note(r.kind, tuple(reversed(r.route)), r.text, r.meaning, r.nth) for r in self._remarks)
        return data, notes

    def skip(self) -> bool:
        """Reads up to the end of a document that broke; false where it breaks a second time."""
        try:
            while not isinstance(self._get(), DocumentEndEvent):
                pass
        except PARSE_ERRORS:
            return False
        return True

    def _value(self, event: Event, depth: int) -> object:
        if type(event) is ScalarEvent:
            if _is_text(event) and self._count < MAX_NODES:
                # Most values are no more than their text.
                self._count += 1
                return event.value
            raw = self._scalar(event)
            return self._finite(raw, event) if type(raw) is float else raw
        if type(event) is MappingStartEvent:
            return self._mapping(event, depth + 1)
        if type(event) is SequenceStartEvent:
            return self._sequence(event, depth + 1)
        assert type(event) is AliasEvent
        anchor = self._expanded(event)
        if type(anchor.raw) is float:
            return self._finite(anchor.raw, event)
        return self._copied(anchor.data, depth + 1, event)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        self._count += 1
        text: str = event.value
        raw: Scalar = text
        if event.tag is None:
            if event.implicit[0] and text[:1] in HINTS:
                raw = plain(text)
                if type(raw) is not str and (meaning := surprise(text, raw)):
                    self._remarks.append(_Remark("trap-value", [], text, meaning))
        else:
            try:
                raw = tagged(event.tag, text)
            except ValueError as error:
                raise self._broken(str(error), event) from None
        if event.anchor is not None:
            anchor = self._anchored(event.anchor)
            anchor.data = anchor.raw = raw
            self._close(anchor, self._count - 1)
        if self._count > MAX_NODES:
            raise self._broken(f"the document has more than {MAX_NODES:,} nodes", event, fatal=True)
        return raw

    def _sequence(self, start: SequenceStartEvent, depth: int) -> list[object]:
        before, anchor = self._enter(start, depth)
        get, remarks = self._get, self._remarks
        data: list[object] = []
        while type(event := get()) is not SequenceEndEvent:
            known = len(remarks)
            data.append(self._value(event, depth))
            if len(remarks) > known:
                for remark in remarks[known:]:
                    remark.route.append(len(data) - 1)
        if anchor:
            anchor.data = data
            self._close(anchor, before)
        return data

    def _mapping(self, start: MappingStartEvent, depth: int) -> dict[str, object]:
        before, anchor = self._enter(start, depth)
        get, remarks = self._get, self._remarks
        data: dict[str, object] = {}
        written: dict[str, int] = {}  # how often, of keys that are written here and not only merged
        types: dict[str, dict[_Identity, None]] = {}
        losers: dict[str, object] = {}
        while type(event := get()) is not MappingEndEvent:
            if type(event) is ScalarEvent and event.value == "<<" and _is_merge(event):
                self._merge(event, depth, data, types, losers)
                continue
            either = False
            is_text = type(event) is ScalarEvent and _is_text(event) and self._count < MAX_NODES
            if is_text and event.value not in data and event.value not in types:
                # Most keys are no more than their text, and there once.
                self._count += 1
                key = event.value
            else:
                raw, text = self._key(event)
                key = self._key_text(raw, event)
                if key != text:
                    remarks.append(_Remark("trap-key", [key], text, f"the key `{key}`"))
                either = (type(raw) is not str or key in types) and _collides(types, data, key, (type(raw), raw))
                if key in data and (key in written or either):
                    meaning = EITHER if either else ""
                    remarks.append(_Remark("duplicate-key", [key], text, meaning, written.get(key, 0)))
            written[key] = written.get(key, 0) + 1
            known = len(remarks)
            value = self._value(get(), depth)
            if either:
                losers[key] = data[key]
            data[key] = value
            if len(remarks) > known:
                for remark in remarks[known:]:
                    remark.route.append(key)
        if self._other_choice:
            data.update(losers)
        if types:
            self._types[id(data)] = (data, types)
        if anchor:
            anchor.data = data
            anchor.is_mapping = True
            self._close(anchor, before)
        return data

    def _key(self, event: Event) -> tuple[Scalar, str]:
        """A key as the parser resolves it, and the text that a reader sees; the same where that is no surprise."""
        if type(event) is ScalarEvent:
            known = len(self._remarks)
            raw = self._scalar(event)
            del self._remarks[known:]
            untagged = event.tag is None and event.implicit[0]
            return raw, event.value if untagged or type(raw) is str else key_text(raw)
        if type(event) is AliasEvent:
            anchor = self._expanded(event)
            if not isinstance(anchor.data, dict | list):
                return anchor.raw, "" if anchor.raw is None else key_text(anchor.raw)
        place = offsets(event)[0] + self._shift
        if self._text[place - 1 : place + 1] == "{{":
            raise ReadError("a template mark `{{` is left in the file", place - 1, place + 1)
        raise self._broken("a key may not be a list or a map", event)

    def _key_text(self, raw: Scalar, event: Event) -> str:
        try:
            return key_text(raw)
        except ValueError as error:
            raise self._broken(str(error), event) from None

    def _merge(
        self,
        key: ScalarEvent,
        depth: int,
        data: dict[str, object],
        types: dict[str, dict[_Identity, None]],
        losers: dict[str, object],
    ) -> None:
        if key.anchor is not None:
            anchor = self._anchored(key.anchor)
            anchor.data = anchor.raw = key.value
            self._close(anchor, self._count - 1)
        event = self._get()
        if type(event) is SequenceStartEvent:
            whole = self._anchored(event.anchor) if event.anchor is not None else None
            parts: list[dict[str, object]] = []
            while type(item := self._get()) is not SequenceEndEvent:
                parts.append(self._merged(item, depth))
            if whole:
                whole.data = parts
                self._close(whole, self._count - len(parts) - 1)
        else:
            parts = [self._merged(event, depth)]
        # Of several maps the first one wins, so it is written last.
        for part in reversed(parts):
            _, others = self._types.get(id(part), (part, {}))
            for name in part:
                for identity in others.get(name, ((str, name),) if name in types else ()):
                    if _collides(types, data, name, identity) and name in data:
                        losers[name] = data[name]
                        self._remarks.append(_Remark("duplicate-key", [name], name, EITHER))
            data.update(part)

    def _merged(self, event: Event, depth: int) -> dict[str, object]:
        if type(event) is MappingStartEvent:
            return self._mapping(event, depth + 1)
        if type(event) is AliasEvent:
            anchor = self._expanded(event)
            if isinstance(anchor.data, dict):
                copy = self._copied(anchor.data, depth, event)
                assert isinstance(copy, dict)
                if id(anchor.data) in self._types:
                    self._types[id(copy)] = (copy, self._types[id(anchor.data)][1])
                return copy
        raise self._broken("`<<` takes a map or a list of maps", event)

    def _enter(self, event: MappingStartEvent | SequenceStartEvent, depth: int) -> tuple[int, _Anchor | None]:
        if depth > MAX_DEPTH:
            raise self._broken(f"more than {MAX_DEPTH} levels of nesting", event, fatal=True)
        before = self._count
        self._count += 1
        if self._count > MAX_NODES:
            raise self._broken(f"the document has more than {MAX_NODES:,} nodes", event, fatal=True)
        return before, self._anchored(event.anchor) if event.anchor is not None else None

    def _anchored(self, name: str) -> _Anchor:
        anchor = self._anchors[name] = _Anchor()
        return anchor

    def _close(self, anchor: _Anchor, before: int) -> None:
        anchor.open = False
        anchor.size = self._count - before

    def _expanded(self, event: AliasEvent) -> _Anchor:
        anchor = self._anchors.get(event.anchor or "")
        if anchor is None:
            # Its name is not told: it may be a password that begins with an asterisk.
            raise self._broken("the anchor that this alias names is not above it; quote a text that begins so", event)
        if anchor.open:
            raise self._broken("the anchor that this alias names holds itself", event)
        self._count += 1 + anchor.size
        self._aliased += anchor.size
        if self._aliased > _FREE_ALIASES and self._count > _FREE_NODES:
            large = (min(max(self._count, _FEW), _MANY) - _FEW) / (_MANY - _FEW)
            if self._aliased / self._count > 0.99 - 0.89 * large:
                raise self._broken("aliases make too much of this document", event)
        if self._count > MAX_NODES:
            raise self._broken(f"the document has more than {MAX_NODES:,} nodes", event, fatal=True)
        return anchor

    def _copied(self, data: object, depth: int, event: Event) -> object:
        if not isinstance(data, dict | list):
            return data
        if depth > MAX_DEPTH:
            raise self._broken(f"more than {MAX_DEPTH} levels of nesting", event, fatal=True)
        if isinstance(data, dict):
            return {key: self._copied(value, depth + 1, event) for key, value in data.items()}
        return [self._copied(value, depth + 1, event) for value in data]

    def _finite(self, value: float, event: Event) -> int | float:
        if not math.isfinite(value):
            raise self._broken("infinity and NaN have no place in Kubernetes' JSON", event)
        return json_number(value)

    def _broken(self, message: str, event: Event, *, fatal: bool = False) -> ReadError:
        start, end = offsets(event)
        if type(event) not in (ScalarEvent, AliasEvent):
            end = start + 1
        return ReadError(message, start + self._shift, end + self._shift, fatal=fatal)


def _is_text(event: ScalarEvent) -> bool:
    """Whether a scalar is its text and nothing else: no tag, no anchor, no word that may be more."""
    return event.value[:1] not in HINTS and event.tag is None and event.anchor is None


def _is_merge(event: ScalarEvent) -> bool:
    return bool(event.implicit[0]) or event.tag == f"{TAG}merge"


def _collides(types: dict[str, dict[_Identity, None]], data: dict[str, object], key: str, identity: _Identity) -> bool:
    """Notes what a key was before it became a text; true where it counted as something else just before."""
    known = types.setdefault(key, {(str, key): None} if key in data else {})
    before = next(reversed(known), identity)
    known.pop(identity, None)
    known[identity] = None
    return before != identity
