"""A shell's script as the simple commands that it runs one after the other, where it is no more than that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hydrogitops.model import EnvVar, LaunchText

from .composed import hole, joined, part, unknown
from .variables import of

_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=")
_PARAMETER = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|\{([A-Za-z_]\w*)(:?)-([^}\"'`$\\]*)\}|([@*]))")
_ALL_ARGUMENTS = re.compile(r"\"\$@\"(?=[\s;&]|$)")
_DOLLAR = re.compile(r"\$(?=[\s\"%+,./:=^]|$)")
_PLAIN = re.compile(r"[^\s'\"\\$`;&|<>()#]+")
_QUOTED = re.compile(r"[^\"\\$`]+")
_BLANK = re.compile(r"[ \t]+|\\\n")
_FIELDS = re.compile(r"[ \t\n]+|[^ \t\n]+")
_REDIRECTION = re.compile(r"&>>?|>>|>\||[<>]&?")
_EXPORTS = ("export", "declare", "typeset", "local", "readonly")
_MORE = (
    "if then elif else fi while until for select do done case esac function { } ! [[ ]] . source eval read mapfile"
    " alias getopts shift coproc return exit"
)
"""Words that begin more than a simple command, or one that changes what later ones see."""


class Command(NamedTuple):
    """A simple command: its words, and the variables that it is given."""

    words: tuple[LaunchText, ...]
    variables: Mapping[str, EnvVar]


class UnclearError(Exception):
    """The script does more than run one command after the other."""


def commands(script: LaunchText, variables: Mapping[str, EnvVar], arguments: Sequence[LaunchText]) -> list[Command]:
    """The commands of a script, joined by `;`, `&&` or line ends, their words expanded and split as POSIX says.

    `variables`: of the container; any other name may be set by the image. `arguments`: what the shell got behind the
    script. Raises `UnclearError` where that is not all that the script consists of.
    """
    return _Script(script, dict(variables), set(variables), tuple(arguments)).commands()


@dataclass(slots=True)
class _Script:
    text: LaunchText
    variables: dict[str, EnvVar]
    exported: set[str]
    arguments: tuple[LaunchText, ...]
    position: int = 0
    words: list[LaunchText] = field(default_factory=list)
    current: list[LaunchText] | None = None
    """The word that is being made; None between words. What is written as one may become several."""
    starts: int | None = None
    """Where in the script what is being read begins; None between what is written as words."""
    redirecting: bool = False
    """The next word is a file that is read or written."""
    assigned: dict[str, EnvVar] = field(default_factory=dict)
    """For the command that is being read alone."""

    def commands(self) -> list[Command]:
        found: list[Command] = []
        text = self.text.text
        while self.position < len(text):
            rest = text[self.position]
            blank = _BLANK.match(text, self.position)
            if blank is not None:
                if blank.group()[0] != "\\":
                    self._end()
                self.position = blank.end()
            elif rest in ";\n" or text.startswith("&&", self.position):
                self._end()
                self._end_command(found)
                self.position += 2 if rest == "&" else 1
            elif rest == "#" and self.starts is None:
                end = text.find("\n", self.position)
                self.position = len(text) if end < 0 else end
            elif rest in "<>" or text.startswith("&>", self.position):
                self._redirect()
            elif rest in "&|()`":
                raise UnclearError
            else:
                self._word()
        self._end()
        self._end_command(found)
        return found

    def _word(self) -> None:
        """Read on in a word, or begin one."""
        text, start = self.text.text, self.position
        every = _ALL_ARGUMENTS.match(text, start) if self.starts is None else None
        if every is not None:
            self.words += self.arguments
            self.position = every.end()
            return
        if self.starts is None:
            if text[start] == "~":
                raise UnclearError
            self.starts = start
        if self.current is None:
            self.current = []
        if self._unknown():
            return
        if text[start] == "'":
            end = text.find("'", start + 1)
            if end < 0:
                raise UnclearError
            self._add(start + 1, end)
            self.position = end + 1
        elif text[start] == '"':
            self._double_quoted()
        elif text[start] == "\\":
            self._add(start + 1, start + 2)
            self.position += 2
        elif text[start] == "$":
            self._parameter(split=not self._is_assignment())
        else:
            plain = _PLAIN.match(text, start)
            end = start + 1 if plain is None else plain.end()
            if "{" in text[start:end]:
                # Some shells make several words of braces.
                raise UnclearError
            self._add(start, end)
            self.position = end

    def _unknown(self) -> bool:
        """Read what Kubernetes puts into the script and nobody knows; whether there is such a thing here."""
        piece = next((p for p in self.text.pieces if p.unknown and p.start == self.position), None)
        if piece is not None:
            self._add(piece.start, piece.end)
            self.position = piece.end
        return piece is not None

    def _double_quoted(self) -> None:
        text = self.text.text
        self.position += 1
        # Quotes make a word, even of nothing.
        self._add(self.position, self.position)
        while True:
            plain = _QUOTED.match(text, self.position)
            if plain is not None:
                self._add(plain.start(), plain.end())
                self.position = plain.end()
            sign = text[self.position : self.position + 1]
            if sign == "$" and self._unknown():
                continue
            if sign == '"':
                self.position += 1
                return
            if sign == "\\":
                escaped = text[self.position + 1 : self.position + 2]
                if escaped != "\n":
                    self._add(self.position + (escaped in '$`"\\'), self.position + 2)
                self.position += 2
            elif sign == "$":
                self._parameter(split=False)
            else:
                raise UnclearError

    def _parameter(self, *, split: bool) -> None:
        found = _PARAMETER.match(self.text.text, self.position)
        if found is None:
            if not split and _DOLLAR.match(self.text.text, self.position):
                self._add(self.position, self.position + 1)
                self.position += 1
                return
            raise UnclearError
        if found.group(1) and self.text.text.startswith("\\\n", found.end()):
            # The name goes on in the next line.
            raise UnclearError
        here = part(self.text, found.start(), found.end())
        self.position = found.end()
        if found.group(6):
            if not split:
                raise UnclearError
            self._expand(joined(self.arguments, " "), split=True)
            return
        name = found.group(1) or found.group(2) or found.group(3)
        variable = self.variables.get(name)
        if variable is None:
            value = hole(found.group(), f"the image may set {name}", here)
        else:
            value = of(variable, found.group(), here)
        empty = variable is not None and value.text == ""
        if found.group(3) and empty and found.group(4):
            value = part(self.text, *found.span(5))
        self._expand(value, split=split)

    def _expand(self, value: LaunchText, *, split: bool) -> None:
        assert self.current is not None
        if not split or unknown(value):
            if value.text:
                self.current.append(value)
            elif split and not self.current:
                self.current = None
            return
        fields = list(_FIELDS.finditer(value.text))
        if not fields and not self.current:
            self.current = None
        for one in fields:
            if one.group()[0] in " \t\n":
                self._end_word()
            else:
                self.current = self.current or []
                self.current.append(part(value, one.start(), one.end()))

    def _add(self, start: int, end: int) -> None:
        assert self.current is not None
        self.current.append(part(self.text, start, end))

    def _is_assignment(self) -> bool:
        """Whether the word being read is `NAME=…`, whose value is not split."""
        free = not self.words or self.words[0].text in _EXPORTS
        return free and self.starts is not None and _ASSIGNED.match(self.text.text, self.starts) is not None

    def _redirect(self) -> None:
        text = self.text.text
        if self.current is not None and joined(self.current).text.isdecimal():
            self.current = None
        self._end()
        if text.startswith("<<", self.position):
            raise UnclearError
        found = _REDIRECTION.match(text, self.position)
        assert found is not None
        self.position = found.end()
        self.redirecting = True

    def _end(self) -> None:
        """What was written as one word ends here."""
        self._end_word()
        self.starts = None

    def _end_word(self) -> None:
        if self.current is None:
            return
        word = joined(self.current)
        assigned = self._is_assignment()
        self.current = None
        if self.redirecting:
            self.redirecting = False
        elif assigned and not self.words:
            self._assign(word, self.assigned)
        else:
            self.words.append(word)

    def _assign(self, word: LaunchText, into: dict[str, EnvVar]) -> None:
        name, equals, _ = word.text.partition("=")
        if equals:
            value = part(word, len(name) + 1, len(word.text))
            why = unknown(value)
            into[name] = EnvVar(name, value.text, (), value.pieces) if not why else EnvVar(name, None, (), unknown=why)

    def _end_command(self, found: list[Command]) -> None:
        words, own = tuple(self.words), dict(self.assigned)
        self.words.clear()
        self.assigned.clear()
        if not words:
            self.variables.update(own)
            return
        name = words[0].text
        if name in _MORE.split() or (name == "set" and "--" in [word.text for word in words]):
            raise UnclearError
        if name in _EXPORTS:
            for word in words[1:]:
                self._assign(word, self.variables)
                self.exported.add(word.text.partition("=")[0])
        elif name == "unset":
            for word in words[1:]:
                self.variables[word.text] = EnvVar(word.text, "", ())
                self.exported.discard(word.text)
        else:
            given = {key: value for key, value in self.variables.items() if key in self.exported}
            found.append(Command(words, {**given, **own}))
