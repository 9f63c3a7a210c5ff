"""What engines print, as a message: without what it holds of files, and short."""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 800
"""Characters of a message. Engines print chains of causes; the first and the last link say what and why."""

# Engines print what they could not take: objects as Go writes them, patches, literals of a generator, values. Any of it
# may be a password (kustomize 5.8.1: plugins/builtin/patchtransformer, api/kv; go-yaml decode.go; jsonschema).
_PRINTED = (
    (re.compile(r" with config: `.*`(?=:)", re.DOTALL), ""),
    (re.compile(r"(unable to parse SM or JSON patch) from \[.*\]", re.DOTALL), r"\1"),
    (re.compile(r"literal sources \[.*\]: invalid literal source .*, expected key=value", re.DOTALL),
     "a literal of a generator is not KEY=VALUE"),
    (re.compile(r"(cannot unmarshal !!\w+) `[^`]*`"), r"\1"),
    (re.compile(r":? node contents:\s.*", re.DOTALL), ""),
    (re.compile(r"(unknown anchor) '[^']*'( referenced)?"), r"\1"),
    (re.compile(r"(has invalid utf8 bytes) : .*"), r"\1"),
    (re.compile(r"\"(?:[^\"\\]|\\.)*\" (is not a valid key name)"), r"it \1"),
    (re.compile(r"(?:(?<=[\s:])'(?:[^'\\]|\\.)*' )(does not match|is not valid)"), r"it \1"),
    (re.compile(r"(parsing) \"(?:[^\"\\]|\\.)*\"(?=: )"), r"\1 it"),
)  # fmt: skip
_DUMP = re.compile(r"(?:map\[(?:string|interface \{\})\]|\[\])(?:interface \{\}|string)\{")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')
_MAP = re.compile(r"map\[(?=[^\[\]]*:)[^\[\]]*\]")


def clean(text: str, names: Mapping[str, str]) -> str:
    """What an engine printed, as a message: `names` maps folders of this run to what people call them, "" to drop them.

    Longer folders are replaced first, so a folder inside another keeps its own name.
    """
    text = _without_contents(text)
    for folder in sorted(names, key=len, reverse=True):
        name = names[folder]
        text = text.replace(folder + "/", name + "/" if name else "").replace(folder, name or ".")
    # kustomize puts merged values into a folder of its own, of another name each time.
    text = re.sub(r"kustomize-(helm-)?\d{4,}", "kustomize", text)
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    # What it warns of, it does all the same (kustomize 5.8.1: "# Warning: 'bases' is deprecated…").
    lines = [line for line in lines if line and not line.startswith("# Warning:")]
    message = "\n".join(lines).removeprefix("Error: ").removeprefix("error: ")
    half = LONGEST // 2
    return message if len(message) <= LONGEST else f"{message[:half].rstrip()} … {message[-half:].lstrip()}"


def _without_contents(text: str) -> str:
    """The text of an engine without what it printed of files: whoever reads a report need not have access to these."""
    for printed, left in _PRINTED:
        text = printed.sub(left, text)
    while found := _DUMP.search(text):
        text = f"{text[: found.start()]}an object{text[_closed(text, found.end()) :]}"
    while _MAP.search(text):
        text = _MAP.sub("an object", text)
    return text


def _closed(text: str, position: int) -> int:
    """The offset behind the brace that closes the one right before `position`; the end where none does."""
    depth = 1
    for token in _TOKEN.finditer(text, position):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if not depth:
            return token.end()
    return len(text)
