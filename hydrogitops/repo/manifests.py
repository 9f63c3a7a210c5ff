"""Folders of plain manifests, as Argo CD takes them (reposerver/repository, findManifests, 3.5)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .gathering import is_object
from .sources import Sources

SKIPPED = "+argocd:skip-file-rendering"
"""A file that holds this text is passed over."""
MOST_ALTERNATIVES = 256


@dataclass(frozen=True, slots=True)
class Manifests:
    """What lies in a folder of manifests: files that are taken, their objects, and those that are programs."""

    files: tuple[str, ...]
    objects: tuple[tuple[str, int], ...]
    """File and index of the document."""
    programs: tuple[str, ...]
    """Jsonnet, which is not evaluated here."""


def manifests(sources: Sources, folder: str, directory: Mapping[str, Any]) -> Manifests:
    """The manifests of a folder. `directory`: what an Application says of it, `recurse`, `include` and `exclude`."""
    taken = tuple(name for name in _files(sources, folder, directory) if SKIPPED not in (sources.text(name) or ""))
    read = [name for name in taken if not name.endswith(".jsonnet")]
    objects = [
        (name, document.index)
        for name in read
        if (file := sources.get(name)) is not None
        for document in file.documents
        if is_object(document)
    ]
    return Manifests(tuple(read), tuple(objects), tuple(name for name in taken if name.endswith(".jsonnet")))


def _files(sources: Sources, folder: str, directory: Mapping[str, Any]) -> Iterator[str]:
    recurse = directory.get("recurse") is True
    include, exclude = directory.get("include"), directory.get("exclude")
    judged = set(sources.names)
    for name in sources.listed:
        if not name.endswith((".yaml", ".yml", ".json", ".jsonnet")):
            continue
        inside = posixpath.dirname(name) == folder or (recurse and _below(name, folder))
        # Of YAML only what is judged at all; charts and hidden files are no manifests.
        if not inside or (name.endswith((".yaml", ".yml")) and name not in judged) or not sources.is_file(name):
            continue
        relative = name[len(folder) + 1 :] if folder else name
        if isinstance(exclude, str) and exclude and matches(exclude, relative):
            continue
        if isinstance(include, str) and include and not matches(include, relative):
            continue
        yield name


def _below(name: str, folder: str) -> bool:
    return not folder or name.startswith(f"{folder}/")


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern of `include` or `exclude` fits: `*` crosses folders, `{a,b}` and `[a-z]` (gobwas/glob)."""
    return any(one.fullmatch(name) for one in _compiled(pattern))


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> tuple[re.Pattern[str], ...]:
    """One expression for each choice of alternatives; none for a pattern that Argo CD cannot read: it fits nothing."""
    try:
        return tuple(re.compile(_expression(one), re.DOTALL) for one in _alternatives(pattern))
    except (re.error, ValueError):
        return ()


def _alternatives(pattern: str) -> list[str]:
    done: list[str] = []
    todo = [pattern]
    while todo:
        one = todo.pop(0)
        found = re.search(r"\{([^{}]*)\}", one)
        if found is None:
            done.append(one)
        else:
            todo += [one[: found.start()] + choice + one[found.end() :] for choice in found[1].split(",")]
        if len(done) + len(todo) > MOST_ALTERNATIVES:
            raise ValueError(pattern)
    return done


def _expression(pattern: str) -> str:
    """A glob without alternatives; what a star has passed is not tried again."""
    first, *rest = ("".join(map(_piece, re.findall(r"\[[^]]+\]|\\.|.", part, re.DOTALL))) for part in _stars(pattern))
    if not rest:
        return first
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return f"{first}{middle}.*{rest[-1]}"


def _stars(pattern: str) -> list[str]:
    """The pattern cut at its stars; those in a class or behind a backslash are none."""
    parts = [""]
    for token in re.findall(r"\[[^]]+\]|\\.|\*+|.", pattern, re.DOTALL):
        if token.startswith("*"):
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _piece(text: str) -> str:
    if text == "?":
        return "."
    if text.startswith("[") and text.endswith("]") and len(text) > 2:
        negated = text[1] == "!"
        inside = text[2 if negated else 1 : -1].replace("\\", "\\\\").replace("^", "\\^").replace("[", "\\[")
        return f"[{'^' if negated else ''}{inside}]"
    return re.escape(text[1:] if text.startswith("\\") and len(text) > 1 else text)
