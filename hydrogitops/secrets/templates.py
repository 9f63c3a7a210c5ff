"""Templates of `spec.template.data` (Go's text/template): which keys they name, and why they cannot be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Literal

NOT_THERE: Final = frozenset(
    (
        *("env", "expandenv", "getHostByName"),
        # Helm adds these to sprig; the controller has sprig alone.
        *("include", "tpl", "required", "lookup", "toYaml", "toYamlPretty", "fromYaml", "fromYamlArray"),
        *("toToml", "fromToml", "fromJsonArray"),
    )
)
"""Functions that people know from elsewhere and that the controller does not have: a template with one is refused."""

_TOLERANT: Final = frozenset(
    (
        *("default", "coalesce", "empty", "ternary", "hasKey", "get", "dig", "pluck", "keys", "values", "omit", "pick"),
        *("and", "or", "not", "eq", "ne", "all", "any", "fail", "kindIs", "kindOf", "typeIs", "typeOf", "typeIsLike"),
    )
)
"""Functions that are there for a key which may be absent."""

_OPEN, _CLOSE = "{{", "}}"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)|(?P<field>\.[^\W\d]\w*)|(?P<variable>\$\w*)|(?P<number>[+-]?(?:\.?[0-9])[\w.]*)"
    r"|(?P<word>[^\W\d]\w*)|(?P<string>\"(?:[^\"\\\n]|\\[^\n])*\"|`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\[^\n])+')"
    r"|(?P<sign>:=|[=|(),.])"
)
_AFTER_NAME = frozenset(" \t\r\n.,|:()")
"""What may follow a field, a variable or a function right away (parse/lex.go, atTerminator)."""
_TRIM = re.compile(r"-[ \t\r\n]")
_TRIMMED_END = re.compile(r"[ \t\r\n]+-\}\}")
_COMMENT_END = re.compile(r"(?:[ \t\r\n]-)?\}\}")
_VERB = re.compile(r"%[-+# 0-9.*\[\]]*[A-Za-z]")
"""What printf puts something in place of."""
_BETWEEN = frozenset(("(", "|", ",", "=", ":="))
_RUN = re.compile(r"[\w.-]*\w")
_OPENING = frozenset(("if", "with", "range", "define", "block"))
_KEYWORDS = _OPENING | {"else", "end", "template", "break", "continue"}
_CONSTANTS = frozenset(("true", "false", "nil"))
_GAP = "..."
"""Stands for an action in the text around: what contains it is no credential as written."""


@dataclass(frozen=True, slots=True)
class Use:
    """A key that a template names, by its offsets in the text. `keys` has more than one for `.a.b`.

    `tolerated`: it stands in a condition, or a function takes care of its absence.
    """

    keys: tuple[str, ...]
    start: int
    end: int
    tolerated: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the controller cannot parse a template. `text`: the name (`dash`, `function`), else what is wrong."""

    kind: Literal["dash", "function", "syntax"]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Template:
    """What a template says. `uses`: keys that it names for certain, whatever its conditions come to be.

    `literals`: the text outside of actions, each action a few dots in it, and the texts between quotes.
    """

    uses: tuple[Use, ...]
    refusals: tuple[Refusal, ...]
    literals: tuple[str, ...]


@lru_cache(maxsize=256)
def read(text: str) -> Template:
    """Reads a template; any text gets an answer. After the first syntax error nothing more is read, as in Go."""
    if _OPEN not in text:
        return Template((), (), (text,))
    reader = _Reader(text)
    try:
        reader.read()
    except _SyntaxError as error:
        reader.refusals.append(error.refusal)
    return Template(tuple(reader.uses), tuple(reader.refusals), ("".join(reader.around), *reader.strings))


class _SyntaxError(Exception):
    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text)
        self.refusal = Refusal("syntax", text, start, end)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Block:
    """An open `if`, `with`, `range`, `define` or `block`; `asked`: the keys that its condition names.

    `dot`, `root`: whether the dot, and whether `$`, are the keys of the object in it; `outer`: what the dot is outside
    of it, and so behind its `else`.
    """

    word: str
    start: int
    end: int
    dot: bool
    root: bool
    asked: frozenset[str]
    outer: bool


@dataclass(slots=True)
class _Reader:
    text: str
    uses: list[Use] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    around: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    kept: dict[str, list[Use]] = field(default_factory=dict)
    """By variable the keys that were put into it: what comes of one that is absent is only seen where it is used."""

    def read(self) -> None:
        position = 0
        while (start := self.text.find(_OPEN, position)) >= 0:
            self.around += [self.text[position:start], _GAP]
            position = start + len(_OPEN)
            if _TRIM.match(self.text, position):
                position += 2
            if self.text.startswith("/*", position):
                position = self._comment(position + 2, start)
            else:
                tokens, position = self._tokens(position, start)
                self._action(tokens, start, position)
        self.around.append(self.text[position:])
        if self.blocks:
            left = self.blocks[-1]
            raise _SyntaxError(f"a {left.word} without end", left.start, left.end)

    def _comment(self, position: int, start: int) -> int:
        end = self.text.find("*/", position)
        closing = _COMMENT_END.match(self.text, end + 2) if end >= 0 else None
        if closing is None:
            raise _SyntaxError("a comment that does not end right before }}", start, start + 2)
        return closing.end()

    def _tokens(self, position: int, start: int) -> tuple[list[_Token], int]:
        """The tokens of an action, blanks left out, and the offset behind its end."""
        tokens: list[_Token] = []
        while True:
            if self.text.startswith(_CLOSE, position):
                return tokens, position + len(_CLOSE)
            if closing := _TRIMMED_END.match(self.text, position):
                return tokens, closing.end()
            found = _TOKEN.match(self.text, position)
            if found is None:
                if position >= len(self.text):
                    raise _SyntaxError("an action that is not closed", start, start + len(_OPEN))
                quote = self.text[position] in "\"'`"
                what = "a text that is not closed" if quote else "a character that has no place there"
                raise _SyntaxError(what, position, position + 1)
            kind = str(found.lastgroup)
            token = _Token(kind, found.group(), position, found.end())
            position = found.end()
            if kind == "space":
                continue
            tokens.append(token)
            if kind in ("field", "variable", "word"):
                position = self._behind_name(tokens, position)

    def _behind_name(self, tokens: list[_Token], position: int) -> int:
        """A name has to end where Go sees an end. A dash is the frequent reason why it does not: said, and read on."""
        if position >= len(self.text) or self.text[position] in _AFTER_NAME or self.text.startswith(_CLOSE, position):
            return position
        token = tokens[-1]
        if self.text[position] != "-" or token.kind != "field":
            raise _SyntaxError("a character that cannot stand right behind a name", position, position + 1)
        first = len(tokens) - 1
        while first and tokens[first - 1].kind == "field" and tokens[first - 1].end == tokens[first].start:
            first -= 1
        begin = tokens[first].start
        run = _RUN.match(self.text, begin + 1)
        end = run.end() if run else position
        if end <= position:
            raise _SyntaxError("no blank before the dash", position, position + 1)
        self.refusals.append(Refusal("dash", self.text[begin + 1 : end], begin, end))
        # Not a key that is named: it was said what is wrong with it.
        tokens[first:] = [_Token("number", "0", begin, end)]
        return end

    def _action(self, tokens: Sequence[_Token], start: int, end: int) -> None:
        if not tokens:
            raise _SyntaxError("an empty action", start, end)
        for token in tokens:
            if token.kind == "word" and token.text in NOT_THERE:
                self.refusals.append(Refusal("function", token.text, token.start, token.end))
            elif token.kind == "string":
                self.strings.append(_VERB.sub(_GAP, token.text[1:-1]))
        self._balanced(tokens)
        word = tokens[0].text if tokens[0].kind == "word" and tokens[0].text in _KEYWORDS else ""
        rest = tokens[1:] if word else tokens
        if word in ("end", "else"):
            self._turn(word, rest, tokens[0])
        elif word in _OPENING:
            self._open(word, rest, start, end)
        elif word == "template":
            self._uses(rest[1:], tolerated=True)
        elif not word:
            self._uses(tokens, variable=_declared(tokens))

    def _balanced(self, tokens: Sequence[_Token]) -> None:
        depth = 0
        for token in tokens:
            if token.kind == "sign" and token.text in "()":
                depth += 1 if token.text == "(" else -1
            if depth < 0:
                raise _SyntaxError("a bracket that was not opened", token.start, token.end)
        if depth:
            raise _SyntaxError("a bracket that is not closed", tokens[0].start, tokens[-1].end)

    def _open(self, word: str, rest: Sequence[_Token], start: int, end: int) -> None:
        dot, root = self._known()
        if word in ("define", "block"):
            # What they are called with is not known.
            self._uses(rest[1:], tolerated=True)
            self.blocks.append(_Block(word, start, end, dot=False, root=False, asked=frozenset(), outer=dot))
            return
        if not rest:
            raise _SyntaxError(f"{word} without what it asks for", start, end)
        self._uses(rest, tolerated=True)
        asked = frozenset(_names(rest))
        self.blocks.append(_Block(word, start, end, dot=dot and word == "if", root=root, asked=asked, outer=dot))

    def _turn(self, word: str, rest: Sequence[_Token], token: _Token) -> None:
        if not self.blocks:
            raise _SyntaxError(f"{word} without what it belongs to", token.start, token.end)
        block = self.blocks.pop()
        if word == "else":
            self._uses(rest[1:], tolerated=True)
            dot = block.outer and not (rest and rest[0].text == "with")
            self.blocks.append(replace(block, dot=dot, asked=block.asked | frozenset(_names(rest))))

    def _known(self) -> tuple[bool, bool]:
        """Whether the dot, and whether `$`, are the keys of the object here."""
        return (self.blocks[-1].dot, self.blocks[-1].root) if self.blocks else (True, True)

    def _uses(self, tokens: Sequence[_Token], *, tolerated: bool = False, variable: str = "") -> None:
        """Note the keys that are named; `variable`: what they are put into."""
        dot, root = self._known()
        calm = tolerated or any(token.kind == "word" and token.text in _TOLERANT for token in tokens)
        asked = frozenset[str]().union(*(block.asked for block in self.blocks))
        named = [
            Use(keys, start, end, calm)
            for keys, start, end in _named(tokens, dot=dot, root=root)
            if keys[0] not in asked
        ]
        for token in tokens:
            if token.kind == "variable" and token.text not in asked and not calm and token.text != variable:
                named += self.kept.pop(token.text, [])
        if variable:
            # A name below a text fails at once.
            self.kept[variable] = [use for use in named if len(use.keys) == 1]
            named = [use for use in named if len(use.keys) > 1]
        self.uses += named


def _named(tokens: Sequence[_Token], *, dot: bool, root: bool) -> Iterator[tuple[tuple[str, ...], int, int]]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        before = tokens[position - 1] if position else None
        position += 1
        if token.kind == "word" and token.text == "index":
            whole, key = tokens[position : position + 1], tokens[position + 1 : position + 2]
            of_all = bool(whole) and ((whole[0].text == "." and dot) or (whole[0].text == "$" and root))
            if of_all and key and key[0].kind == "string" and "\\" not in key[0].text:
                yield (key[0].text[1:-1],), token.start, key[0].end
        if token.kind != "field":
            continue
        keys, end = [token.text[1:]], token.end
        while position < len(tokens) and tokens[position].kind == "field" and tokens[position].start == end:
            keys.append(tokens[position].text[1:])
            end = tokens[position].end
            position += 1
        adjacent = before is not None and before.end == token.start
        if adjacent and before is not None and before.text == "$":
            known, begin = root, before.start
        else:
            # Right behind a variable or a bracket it is a field of something else.
            known = dot and (not adjacent or (before is not None and before.text in _BETWEEN))
            begin = token.start
        if known:
            yield tuple(keys), begin, end


def _declared(tokens: Sequence[_Token]) -> str:
    """The variable that an action gives a value; empty where it prints something."""
    begins = len(tokens) > 1 and tokens[0].kind == "variable" and tokens[1].text in (":=", "=")
    return tokens[0].text if begins else ""


def _names(tokens: Sequence[_Token]) -> Iterator[str]:
    """Every name that a condition mentions, be it as a field, a variable or between quotes."""
    for token in tokens:
        if token.kind == "field":
            yield token.text[1:]
        elif token.kind == "variable":
            yield token.text
        elif token.kind == "string":
            yield token.text[1:-1]
