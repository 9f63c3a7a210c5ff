"""Why a YAML text cannot be read, in our words, and where."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

from .text import BOM

_CONFLICT = r"(?m)^(?:<{7}|\|{7}|>{7})(?=[ \r\n]|\Z)[^\r\n]*"
_TEMPLATE = r"\{\{|\{%"
_TAB_INDENT = r"[ ]*(\t)"
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"

# A piece of the parser's own sentence, and ours; the first that fits is taken.
_SENTENCES = (
    ("mapping values are not allowed",
     "a `:` makes a mapping where none may stand; quote the text or mend the indentation"),
    ("could not find expected ':'", "a key without its `:`, or a text that lost its indentation"),
    ("did not find expected key", "this line does not fit the mapping around it; mend its indentation or a quote"),
    ("did not find expected '-' indicator", "this line does not fit the list around it; mend its indentation"),
    ("expected <block end>", "this line does not fit the block around it; mend its indentation"),
    ("did not find expected ',' or ']'", "a `[` that is not closed, or a missing comma"),
    ("did not find expected ',' or '}'", "a `{` that is not closed, or a missing comma"),
    ("expected ',' or ']'", "a `[` that is not closed, or a missing comma"),
    ("expected ',' or '}'", "a `{` that is not closed, or a missing comma"),
    ("unexpected end of stream", "a quote that is not closed"),
    ("document indicator", "a quote that is not closed before the document ends"),
    ("unknown escape character", "an escape that YAML does not know; use single quotes or `\\\\`"),
    ("hexdecimal", "an escape without its hexadecimal digits"),
    ("hexadecimal", "an escape without its hexadecimal digits"),
    ("character escape code", "an escape for a character that does not exist"),
    ("cannot start any token", "a text may not begin with this character; quote it"),
    ("alphabetic or numeric character", "an anchor or alias without a name; quote a text that begins with `&` or `*`"),
    ("block entries are not allowed", "a list item `-` may not stand here; begin it on its own line"),
    ("block sequence entries are not allowed", "a list item `-` may not stand here; begin it on its own line"),
    ("mapping keys are not allowed", "a `?` makes a key where none may stand; quote the text"),
    ("indentation indicator", "the indentation indicator of a block text is wrong"),
    ("comment or line break", "a block text begins on the line below `|` or `>`"),
    ("leading blank", "a blank line of the block text is indented deeper than its first line"),
    ("undefined tag handle", "a tag whose `!name!` no `%TAG` declares; quote a text that begins with `!`"),
    ("<document start>", "a text after the end of the document; `---` begins another one"),
    ("directive", "a directive (`%`) that YAML does not know"),
    ("tag", "a tag (`!`) that is not well formed; quote a text that begins with `!`"),
    ("node content", "a value is missing here, or a bracket above is not closed"),
    ("incompatible YAML document", "a `%YAML` directive of a version that Kubernetes does not read"),
)  # fmt: skip


class ReadError(Exception):
    """What stops the reader: one sentence, offsets in the text, end exclusive. `fatal`: nothing further can be read."""

    def __init__(self, message: str, start: int, end: int, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.fatal = fatal


def explain(text: str, error: Exception, shift: int) -> ReadError:
    """The break behind a parser's error; its marks count from `shift` in `text`."""
    if match := re.search(_FORBIDDEN, text):
        return ReadError(
            f"the character U+{ord(match[0]):04X} may not stand in YAML", match.start(), match.end(), fatal=True
        )
    if match := re.search(_CONFLICT, text):
        return ReadError("a merge conflict is left in the file", match.start(), match.end(), fatal=True)
    problem = "the text is not YAML"
    mark = context = None
    if isinstance(error, MarkedYAMLError):
        problem = error.problem or problem
        context = error.context_mark
        mark = error.problem_mark or context
    at = min(mark.index + shift, len(text)) if mark else shift
    since = min(context.index + shift, at) if context else at
    start, end = _line(text, at)
    if match := re.compile(_TEMPLATE).search(text, _line(text, since)[0], end):
        return ReadError(f"a template mark `{match[0]}` is left in the file", match.start(), match.end(), fatal=True)
    tab = re.compile(_TAB_INDENT).match(text, start, end)
    if tab or text[at : at + 1] == "\t":
        place = tab.start(1) if tab else at
        return ReadError("a tab indents this line; YAML takes blanks only", place, place + 1, fatal=True)
    message = next((ours for theirs, ours in _SENTENCES if theirs in problem), problem)
    # An unclosed bracket or quote is shown where it opens, not at the end of the file, where it was missed.
    if "not closed" in message and context:
        at = since
    return ReadError(message, at, min(at + 1, len(text)), fatal=True)


def _line(text: str, offset: int) -> tuple[int, int]:
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    ends = [end for end in (text.find("\n", offset), text.find("\r", offset)) if end >= 0]
    return max(start, 1 if text.startswith(BOM) else 0), min(ends, default=len(text))
