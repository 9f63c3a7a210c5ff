"""Data as YAML texts in the many ways in which people write them: flow and block, quotes, anchors, merge keys, comments.

Every scalar stays on one line, so that a test can put another one in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import yaml

BOM = "\ufeff"
_SHARED = ("memory", "cpu", "value", "image", "effect", "newTag", "limits", "requests", "resources")
"""Keys whose values may be written once and referred to: none of them names anything."""
_COMMENTS = ("# x: 1", "# a note", "#", "# - name: a")


def styled(random: Random, documents: Sequence[Any], *, inline: bool = False, alone: bool = False) -> str:
    """A stream of documents. `inline`: it is to be a scalar of another one, so it has no marks of its own.

    `alone`: no document without content may stand beside it.
    """
    text = ""
    for number, data in enumerate(documents):
        if number or (not inline and random.random() < 0.15):
            text += "---\n" if random.random() < 0.8 else "--- # next\n"
        if not inline and not alone and random.random() < 0.04:
            text += "---\n# nothing\n---\n"
        text += _Writer(random).document(data)
    if not inline and random.random() < 0.06:
        text = text.replace("\n", "\r\n")
    return BOM + text if not inline and random.random() < 0.05 else text


class _Writer:
    """Writes one document; what it has named it may refer to later on."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0
        self._named: dict[str, str] = {}
        self._maps: dict[str, Mapping[str, Any]] = {}

    def document(self, data: Any) -> str:
        lines = self._block(data, 0)
        return "".join(f"{line}\n" for line in lines)

    def _often(self, chance: float) -> bool:
        return self._random.random() < chance

    def _block(self, data: Any, indent: int) -> list[str]:
        """The lines of a map or list that is no empty one."""
        pad = " " * indent
        lines: list[str] = []
        if isinstance(data, Mapping):
            for key, value in self._pairs(data):
                if self._often(0.04):
                    lines.append(pad + self._random.choice(_COMMENTS))
                if self._often(0.02):
                    lines.append("")
                lines += self._entry(f"{pad}{self._key(key)}:", key, value, indent)
            return lines
        for value in data:
            if isinstance(value, Mapping) and set(value) == {"name", "value"} and self._often(0.2):
                lines.append(f"{pad}- {self._shared(value)}{self._end()}")
            elif isinstance(value, (Mapping, list)) and value and not self._flows(value):
                inner = self._block(value, indent + 2)
                first = next(number for number, line in enumerate(inner) if line and not line.lstrip().startswith("#"))
                lines += inner[:first]
                lines.append(f"{pad}- {inner[first].lstrip()}")
                lines += inner[first + 1 :]
            else:
                lines.append(f"{pad}- {self._flow(value)}{self._end()}")
        return lines

    def _shared(self, value: Any) -> str:
        """A value in flow that has a name, or the name of one that is the same."""
        text = json.dumps(value)
        if text in self._named:
            return f"*{self._named[text]}"
        self._count += 1
        self._named[text] = f"a{self._count}"
        return f"&{self._named[text]} {self._flow(value)}"

    def _pairs(self, data: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The entries of a map; those that a named map has already may be merged in."""
        for name, known in self._maps.items():
            if known and known.items() <= data.items() and self._often(0.5):
                return [("<<", _Alias(name)), *((key, value) for key, value in data.items() if key not in known)]
        return list(data.items())

    def _entry(self, start: str, key: str, value: Any, indent: int) -> list[str]:
        if isinstance(value, str) and "\n" in value and self._often(0.1):
            return [f"{start} {json.dumps(value)}{self._end()}"]
        if isinstance(value, str) and "\n" in value:
            mark = self._random.choice(("|", "|-", "|+", "|"))
            lines = value.rstrip("\n").split("\n")
            deeper = indent + self._random.choice((2, 2, 4))
            return [f"{start} {mark}{self._end()}", *((" " * deeper + line if line else line) for line in lines)]
        if isinstance(value, _Alias):
            return [f"{start} *{value.name}{self._end()}"]
        anchor = ""
        if key in _SHARED and value is not None and "$patch" not in str(value):
            text = json.dumps(value)
            if text in self._named and self._often(0.5):
                return [f"{start} *{self._named[text]}{self._end()}"]
            if text not in self._named and self._often(0.15):
                self._count += 1
                name = f"a{self._count}"
                anchor = f" &{name}"
                lines = self._written(start + anchor, value, indent)
                self._named[text] = name
                if isinstance(value, Mapping):
                    self._maps[name] = value
                return lines
        return self._written(start, value, indent)

    def _written(self, start: str, value: Any, indent: int) -> list[str]:
        if isinstance(value, (Mapping, list)) and value and not self._flows(value):
            deeper = indent if isinstance(value, list) and self._often(0.5) else indent + self._random.choice((2, 2, 4))
            return [f"{start}{self._end()}", *self._block(value, deeper)]
        if value is None and self._often(0.3):
            return [f"{start}{self._end()}"]
        return [f"{start} {self._flow(value)}{self._end()}"]

    def _end(self) -> str:
        return f"  {self._random.choice(_COMMENTS)}" if self._often(0.03) else ""

    def _flows(self, value: Any) -> bool:
        return self._often(0.2) and "\\n" not in json.dumps(value)

    def _flow(self, value: Any) -> str:
        if isinstance(value, Mapping):
            space = self._random.choice(("", "", " "))
            inside = ", ".join(f"{self._key(key)}: {self._flow(one)}" for key, one in value.items())
            return f"{{{space}{inside}{space}}}" if inside else "{}"
        if isinstance(value, list):
            return f"[{', '.join(self._flow(one) for one in value)}]"
        return self._scalar(value)

    def _key(self, key: str) -> str:
        return json.dumps(key) if key != "<<" and self._often(0.05) else key

    def _scalar(self, value: Any) -> str:
        if value is None:
            return self._random.choice(("null", "~", "null"))
        if isinstance(value, bool) or not isinstance(value, str):
            return json.dumps(value)
        if self._often(0.15):
            return json.dumps(value)
        if "'" not in value and self._often(0.15):
            return f"'{value}'"
        return _plain(value)


class _Alias:
    def __init__(self, name: str) -> None:
        self.name = name


def _plain(text: str) -> str:
    """A text without quotes, where it stays that text in block and in flow."""
    try:
        same = yaml.safe_load(f"[{text}, x]") == [text, "x"] and yaml.safe_load(f"{{k: {text}}}") == {"k": text}
    except yaml.YAMLError:
        same = False
    return text if same and text not in ("y", "n", "yes", "no", "on", "off") else json.dumps(text)
