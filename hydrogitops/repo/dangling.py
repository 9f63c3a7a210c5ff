"""Paths that are written somewhere and lead nowhere, and what was likely meant."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from hydrogitops.model import Place

from .sources import Sources

VALUES = "values file"
"""The kind of a reference to a layer of Helm values."""
NOTHING_TO_BUILD = "kustomization"
"""The kind of a reference to a folder that is there, and in which there is nothing to build."""


class Dangling(NamedTuple):
    """A path that is written somewhere and leads nowhere. `environments` are those that need it."""

    place: Place
    text: str
    target: str
    kind: str
    environments: tuple[str, ...] = ()


def merged(dangling: Iterable[Dangling]) -> list[Dangling]:
    """One entry a place, with all environments that need it."""
    found: dict[Place, Dangling] = {}
    for one in dangling:
        known = found.get(one.place)
        found[one.place] = (
            one
            if known is None
            else known._replace(environments=tuple(dict.fromkeys(known.environments + one.environments)))
        )
    return list(found.values())


def near(sources: Sources, dangling: Dangling) -> str:
    """A path that exists and is like the one that leads nowhere, as it would be written there; empty where none is."""
    if dangling.kind == NOTHING_TO_BUILD:
        return ""
    meant = likely(sources, dangling.target)
    if not meant:
        return ""
    if dangling.kind == "chart":
        return posixpath.basename(meant)
    return _rewritten(dangling.text, dangling.target, meant)


def likely(sources: Sources, target: str) -> str:
    """A path of the repository that differs from `target` in one name, which is like its own; empty where none is."""
    names = target.split("/")
    wrong = first_missing(sources, target)
    if wrong is None:
        return ""
    parent = "/".join(names[:wrong])
    # git lists a file that was deleted and not yet staged as well.
    there = {
        name[len(parent) + 1 if parent else 0 :].split("/")[0]
        for name in sources.listed
        if name.startswith(f"{parent}/" if parent else "") and sources.is_file(name)
    }
    for name in _alike(names[wrong], sorted(there - {""})):
        meant = "/".join((*names[:wrong], name, *names[wrong + 1 :]))
        if wrong == len(names) - 1 or sources.is_folder(meant) or sources.is_file(meant):
            return meant
    return ""


def _alike(name: str, others: Sequence[str]) -> list[str]:
    """Those that a name may be a slip for, by what stands before their dots: endings are alike among all files."""
    stems: dict[str, list[str]] = {}
    for other in others:
        stems.setdefault(_stem(other), []).append(other)
    return [other for stem in get_close_matches(_stem(name), stems, 3, 0.65) for other in stems[stem]]


def _stem(name: str) -> str:
    """A file's name without its endings; a folder's is whole."""
    return re.sub(r"(?<=.)(?:\.[a-z]+)*\.(?:ya?ml|json)$", "", name)


def first_missing(sources: Sources, target: str) -> int | None:
    """Which name of a path is the first that isn't there; None where all of it is, or lies outside."""
    if target.startswith(("..", "/")):
        return None
    names = target.split("/")
    for position in range(len(names)):
        step = "/".join(names[: position + 1])
        if not sources.is_folder(step) and not (position == len(names) - 1 and sources.is_file(step)):
            return position
    return None


def _rewritten(text: str, target: str, meant: str) -> str:
    """What would be written in place of `text`, which leads to `target`, to lead to `meant`; empty where that is open.

    `text` may be relative, hold a field of a template, or be a part of the path only.
    """
    old, new = target.split("/"), meant.split("/")
    position = next((i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), len(old) - 1)
    written = text.split("/")
    index = len(written) - (len(old) - position)
    if index >= 0 and written[index] == old[position]:
        return "/".join((*written[:index], new[position], *written[index + 1 :]))
    before, found, after = old[position].partition(text)
    if found and new[position].startswith(before) and new[position].endswith(after):
        return new[position][len(before) : len(new[position]) - len(after)]
    return ""
