"""What the generators of an ApplicationSet produce: parameters, where they are written, and the files read for them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hydrogitops.model import Document, Place, Route
from hydrogitops.source.shapes import as_map

from .sources import Sources

OWN_PATH = "\0path"
"""Where the `path` that a generator's file states is kept: Argo CD puts the file's own folder over it."""


def generate(
    sources: Sources, document: Document, route: Route, generator: Mapping[str, Any]
) -> list[tuple[dict[str, Any], Place, tuple[str, ...]]] | None:
    """Parameters of each Application, where they are written, and the files read; None: a kind that isn't resolved."""
    produced = _produced(sources, document, route, generator)
    selector = generator.get("selector")
    if produced is None or not isinstance(selector, Mapping):
        return produced
    return [one for one in produced if _selects(selector, dict(_flat(one[0])))]


def folders(sources: Sources) -> set[str]:
    """All folders of a repository that hold something."""
    return {parent for name in sources.listed for parent in _parents(name)}


def _produced(
    sources: Sources, document: Document, route: Route, generator: Mapping[str, Any]
) -> list[tuple[dict[str, Any], Place, tuple[str, ...]]] | None:
    git, elements = generator.get("git"), generator.get("list")
    if isinstance(git, Mapping) and isinstance(git.get("files"), list):
        return _files(sources, git, git["files"])
    if isinstance(git, Mapping) and isinstance(git.get("directories"), list):
        return _directories(sources, document, route, git["directories"])
    if isinstance(elements, Mapping) and isinstance(elements.get("elements"), list):
        return [
            (dict(element), Place(document.file, document.number, (*route, "list", "elements", index)), ())
            for index, element in enumerate(elements["elements"])
            if isinstance(element, Mapping)
        ]
    return None


def _files(
    sources: Sources, git: Mapping[str, Any], items: list[Any]
) -> list[tuple[dict[str, Any], Place, tuple[str, ...]]]:
    """One set of parameters for each file that matches, or for each item of its list (generators/git.go, 3.5).

    The file's folder is the parameter `path`, over a key `path` in the file, unless `pathParamPrefix` moves it.
    """
    wanted = [
        str(item["path"])
        for one in items
        if isinstance((item := as_map(one)).get("path"), str) and not item.get("exclude")
    ]
    excluded = [
        str(item["path"]) for one in items if isinstance((item := as_map(one)).get("path"), str) and item.get("exclude")
    ]
    prefix = git.get("pathParamPrefix")
    produced: list[tuple[dict[str, Any], Place, tuple[str, ...]]] = []
    for name in sources.listed:
        if not any(matches(p, name) for p in wanted) or any(matches(p, name) for p in excluded):
            continue
        document = sources.document(name)
        data = document.data if document is not None else None
        several = [(one, (i,)) for i, one in enumerate(data)] if isinstance(data, list) else [(data, ())]
        for one, route in several:
            if isinstance(one, Mapping):
                folder = _path_parameters(posixpath.dirname(name), posixpath.basename(name))
                own = {str(prefix): {"path": folder}} if prefix else {OWN_PATH: one.get("path"), "path": folder}
                produced.append(({**one, **own}, Place(name, 0, route), (name,)))
    return produced


def _directories(
    sources: Sources, document: Document, route: Route, items: list[Any]
) -> list[tuple[dict[str, Any], Place, tuple[str, ...]]]:
    wanted = [as_map(item) for item in items]
    excluded = [str(item["path"]) for item in wanted if item.get("exclude") and "path" in item]
    produced: list[tuple[dict[str, Any], Place, tuple[str, ...]]] = []
    for index, item in enumerate(wanted):
        if item.get("exclude") or not isinstance(item.get("path"), str):
            continue
        for folder in sorted(folders(sources)):
            if matches(item["path"], folder) and not any(matches(pattern, folder) for pattern in excluded):
                place = Place(document.file, document.number, (*route, "git", "directories", index, "path"))
                produced.append(({"path": _path_parameters(folder, "")}, place, ()))
    return produced


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes a set of parameters (applicationset/generators, Transform, 3.5)."""
    wanted = as_map(selector.get("matchLabels"))
    if any(labels.get(str(key)) != str(value) for key, value in wanted.items()):
        return False
    expressions = selector.get("matchExpressions")
    for one in expressions if isinstance(expressions, list) else []:
        expression = as_map(one)
        value, values = labels.get(str(expression.get("key"))), expression.get("values")
        within = value is not None and value in [str(v) for v in (values if isinstance(values, list) else [])]
        fits = {"In": within, "NotIn": not within, "Exists": value is not None, "DoesNotExist": value is None}
        if not fits.get(str(expression.get("operator")), True):
            return False
    return True


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Parameters as labels: nested keys and positions joined by dots, every value as text."""
    below: Iterator[tuple[object, object]] | None = None
    if isinstance(value, Mapping):
        below = iter(value.items())
    elif isinstance(value, list):
        below = iter(enumerate(value))
    if below is None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
    else:
        for key, one in below:
            yield from _flat(one, f"{name}.{key}" if name else str(key))


def matches(pattern: str, name: str) -> bool:
    """Argo CD's globs: `*` and `?` stay within a folder, `**` crosses folders. Linear, whatever a repository writes."""
    names, steps = name.split("/"), pattern.split("/")
    reachable = {0}
    for position, step in enumerate(steps):
        if not reachable:
            return False
        if step == "**":
            # At the end it stands for at least one name.
            first = min(reachable) + (position == len(steps) - 1)
            reachable = set(range(first, len(names) + 1))
        else:
            expression = _segment(step)
            reachable = {at + 1 for at in reachable if at < len(names) and expression.fullmatch(names[at])}
    return len(names) in reachable


@lru_cache(maxsize=256)
def _segment(step: str) -> re.Pattern[str]:
    """One segment of a glob; what a star has passed is not tried again, as in fnmatch."""
    first, *rest = (".".join(map(re.escape, part.split("?"))) for part in re.split(r"\*+", step))
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _path_parameters(folder: str, filename: str) -> dict[str, Any]:
    """What the git generator says of a path: argo-cd docs, generator git, 3.5."""
    base = posixpath.basename(folder)
    return {
        "path": folder,
        "basename": base,
        "basenameNormalized": re.sub(r"[^a-z0-9.-]", "-", base.lower()),
        "filename": filename,
        "filenameNormalized": re.sub(r"[^a-z0-9.-]", "-", filename.lower()),
        "segments": folder.split("/"),
    }


def _parents(name: str) -> Iterator[str]:
    parent = posixpath.dirname(name)
    while parent:
        yield parent
        parent = posixpath.dirname(parent)
