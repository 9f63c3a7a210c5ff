"""The events of a YAML text: libyaml's where PyYAML brings it, else those of PyYAML's own parser."""

from __future__ import annotations

from typing import Any, Protocol

import yaml
from yaml.events import Event, ScalarEvent

from .text import BOM

PARSE_ERRORS = (yaml.YAMLError, ValueError, OverflowError)
"""What a parser raises: PyYAML's own one lets more through for an escape beyond Unicode."""


class EventSource(Protocol):
    def get_event(self) -> Any:
        """The next event. `Any`, since what may follow is the grammar's business, not that of types."""


def offsets(event: Event) -> tuple[int, int]:
    """Where an event stands in the text that its source was given, end exclusive."""
    start, end = event.start_mark, event.end_mark
    assert start is not None
    assert end is not None
    return start.index, end.index


def event_source(text: str) -> EventSource:
    """A parser at the head of `text`, without its byte order mark; it raises `PARSE_ERRORS`, at once or later."""
    if BOM in text:
        return _InnerMarks(text)
    return _native_source(text) if yaml.__with_libyaml__ else pure_event_source(text)


def pure_event_source(text: str) -> EventSource:
    """The same in pure Python, some fifty times slower."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PureParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    source: EventSource = PureParser()
    return source


def _native_source(text: str) -> EventSource:
    from yaml._yaml import CParser

    source: EventSource = CParser(text)
    return source


class _InnerMarks:
    """A text with a byte order mark inside, where files were joined: libyaml drops it, go-yaml takes it as text."""

    def __init__(self, text: str) -> None:
        self._stand_in = next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
        self._source = event_source(text.replace(BOM, self._stand_in))

    def get_event(self) -> Any:
        event = self._source.get_event()
        if isinstance(event, ScalarEvent):
            event.value = event.value.replace(self._stand_in, BOM)
        return event
