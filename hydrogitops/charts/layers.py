"""The documents of a values file as Helm takes them: Helm 3 the first one, Helm 4 all, one over the other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from hydrogitops.source.building import EITHER
from hydrogitops.source.reading import read

from .trees import Table, overlay, tree

_SEPARATOR = "---"


class UnreadableError(ValueError):
    """A values file that Helm refuses."""


@lru_cache(maxsize=256)
def table(text: str, source: int | str, helm: Literal[3, 4], *, other: bool = False) -> Table:
    """The values in `text`, with `source` in the place of every node. Shared between calls: not to be changed.

    `other`: of keys that differ in type only (`80:`, `"80":`) another one counts than the last.

    Raises:
        UnreadableError: broken YAML, or a document that is no map.
    """
    merged = Table()
    for document, data in _documents(text, helm, other=other)[0]:
        found = tree(data, (source, document, ()))
        assert isinstance(found, Table)
        merged = overlay(merged, found) if merged else found
    return merged


def written(text: str, document: int, helm: Literal[3, 4]) -> object:
    """The data of a document in `text` as it was read, None where there is none. Shared: not to be changed."""
    return dict(_documents(text, helm, other=False)[0]).get(document)


def is_undecided(text: str, helm: Literal[3, 4]) -> bool:
    """Whether keys collide in `text` in a way that Helm decides anew in every run."""
    return _documents(text, helm, other=False)[1]


@lru_cache(maxsize=256)
def _documents(
    text: str, helm: Literal[3, 4], *, other: bool
) -> tuple[tuple[tuple[int, dict[str, object]], ...], bool]:
    documents: list[tuple[int, dict[str, object]]] = []
    undecided = False
    for number, part in _parts(text) if helm == 4 else [(0, text)]:
        file = read("", part, other_choice=other)
        if file.broken and file.broken[0].document == 0:
            raise UnreadableError(file.broken[0].message)
        if not file.documents:
            continue
        document = file.documents[0]
        if document.data is None:
            continue
        if not isinstance(document.data, dict):
            raise UnreadableError(f"a map is expected, not a {'list' if isinstance(document.data, list) else 'scalar'}")
        undecided = undecided or any(note.meaning == EITHER for note in document.notes)
        documents.append((number, document.data))
    return tuple(documents), undecided


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The parts that Helm 4 reads one by one (apimachinery util/yaml YAMLReader, v0.37.1), cut at lines with `---`.

    Each with the number that its first document has when the file is read as a whole.
    """
    if text and not text.endswith("\n"):
        # Helm 4 ends the last line, which a block text at the end then has too.
        text += "\n"
    if _SEPARATOR not in text:
        yield 0, text
        return
    lines: list[str] = []
    number = 0
    is_first = True
    for line in [*text.split("\n")[:-1], None]:
        if line is not None and line.startswith(_SEPARATOR):
            rest = line[len(_SEPARATOR) :].strip()
            if rest and not rest.startswith("#"):
                raise UnreadableError(f"`{_SEPARATOR}` stands alone in its line, without a value behind it")
        if lines and (line is None or line.startswith(_SEPARATOR)):
            part = "\n".join([*lines, ""])
            begins = lines[0].startswith(_SEPARATOR)
            # The line that ended the part before has begun a document of its own.
            number += begins and not is_first
            yield number, part
            file = read("", part)
            number += max(len(file.documents) + len(file.broken), 0 if is_first and not begins else 1)
            lines, is_first = [], False
        elif line is not None:
            lines.append(line)
