"""Argo CD: which Applications a repository declares, written out or made by an ApplicationSet, and their sources."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydrogitops.model import Document, Place, Route, Unseen

from .sources import Sources

GROUP = "argoproj.io/"
APPLICATION = "Application"
APPLICATION_SET = "ApplicationSet"
KINDS = (APPLICATION, APPLICATION_SET, "AppProject")

OWN_PATH = "\0path"
"""Where the `path` that a generator's file states is kept: Argo CD puts the file's own folder over it."""

_FIELD = re.compile(r"\{\{-?\s*\.?([A-Za-z_][\w.-]*)\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of an Application. `path` is relative to the repository that the Application stands in."""

    data: Mapping[str, Any]
    path: str
    chart: str
    repository: str
    revision: str
    route: Route
    """Where it stands in the document of `Application.at`."""


@dataclass(frozen=True, slots=True)
class Application:
    """An Application, template fields filled in. `at` declares it; `files` are what a generator read for it."""

    name: str
    at: Place
    sources: tuple[Source, ...]
    namespace: str
    server: str
    cluster: str
    project: str
    files: tuple[str, ...] = ()
    object_name: str = ""
    """Its `metadata.name`, which `name` is not where a generator's parameters have a name of their own."""
    definition: Place | None = None
    """The ApplicationSet's document, where one made it."""
    path_place: Place | None = None
    """Where the path of its source is written."""


@dataclass(frozen=True, slots=True)
class Discovery:
    applications: tuple[Application, ...]
    unseen: tuple[Unseen, ...]


def is_own(document: Document) -> bool:
    """Whether Argo CD itself reads this document: its resources, and the ConfigMaps that configure it."""
    data = document.data
    if not isinstance(data, Mapping):
        return False
    if str(data.get("apiVersion", "")).startswith(GROUP) and data.get("kind") in KINDS:
        return True
    metadata = data.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    part_of = labels.get("app.kubernetes.io/part-of") if isinstance(labels, Mapping) else None
    return data.get("kind") == "ConfigMap" and part_of == "argocd"


def discover(sources: Sources) -> Discovery:
    """All Applications of the repository, in the order of files."""
    applications: list[Application] = []
    unseen: list[Unseen] = []
    for document in sources.documents():
        data = document.data
        if not isinstance(data, Mapping) or not str(data.get("apiVersion", "")).startswith(GROUP):
            continue
        if data.get("kind") == APPLICATION:
            at, name = Place(document.file, document.index), _name(data)
            found = _application(document, (name, name), data.get("spec"), at, ("spec",))
            applications += [found] if found is not None else []
        elif data.get("kind") == APPLICATION_SET:
            made, gaps = _from_set(sources, document, data)
            applications += made
            unseen += gaps
    return Discovery(tuple(applications), tuple(unseen))


def _from_set(sources: Sources, document: Document, data: Mapping[str, Any]) -> tuple[list[Application], list[Unseen]]:
    spec = _map(data.get("spec"))
    template = _map(spec.get("template"))
    applications: list[Application] = []
    unseen: list[Unseen] = []
    generators = spec.get("generators")
    for index, generator in enumerate(generators if isinstance(generators, list) else []):
        produced = _generate(sources, document, ("spec", "generators", index), _map(generator))
        if produced is None:
            kinds = ", ".join(sorted(_map(generator))) or "empty"
            unseen.append(
                Unseen(
                    f"generator {index + 1} of ApplicationSet {_name(data)}",
                    f"a generator of kind {kinds} is not resolved; a git generator over files is",
                    document.file,
                )
            )
            continue
        for parameters, at, files in produced:
            filled, unresolved = _fill(template, parameters)
            metadata = _map(_map(filled).get("metadata"))
            name = parameters.get("name")
            name = name if isinstance(name, str) and name else str(metadata.get("name", ""))
            if unresolved == "path" and isinstance(parameters.get(OWN_PATH), str):
                filled, _ = _fill(template, {**parameters, "path": parameters[OWN_PATH]})
                unseen.append(
                    Unseen(
                        f"what Argo CD makes of Application {name}",
                        "its generator puts the folder of the file over the key path in it; set pathParamPrefix: file",
                        document.file,
                        name,
                    )
                )
            elif unresolved:
                unseen.append(
                    Unseen(
                        f"Application {name} of ApplicationSet {_name(data)}",
                        f"its template holds {{{{{unresolved}}}}}, which the generator's parameters don't give",
                        document.file,
                        name,
                    )
                )
            found = _application(
                document,
                (name, str(_map(_map(filled).get("metadata")).get("name", "")) or name),
                _map(filled).get("spec"),
                at,
                ("spec", "template", "spec"),
                files,
                _path_place(template, at),
            )
            applications += [found] if found is not None else []
    return applications, unseen


def _generate(
    sources: Sources, document: Document, route: Route, generator: Mapping[str, Any]
) -> list[tuple[dict[str, Any], Place, tuple[str, ...]]] | None:
    """Parameters of each Application, where they are written, and the files read; None: a kind that isn't resolved."""
    git, elements = generator.get("git"), generator.get("list")
    if isinstance(git, Mapping) and isinstance(git.get("files"), list):
        return _files(sources, git, git["files"])
    if isinstance(git, Mapping) and isinstance(git.get("directories"), list):
        return _directories(sources, document, route, git["directories"])
    if isinstance(elements, Mapping) and isinstance(elements.get("elements"), list):
        return [
            (dict(element), Place(document.file, document.index, (*route, "list", "elements", index)), ())
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
        if isinstance((item := _map(one)).get("path"), str) and not item.get("exclude")
    ]
    excluded = [
        str(item["path"]) for one in items if isinstance((item := _map(one)).get("path"), str) and item.get("exclude")
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
    folders = {parent for name in sources.listed for parent in _parents(name)}
    wanted = [_map(item) for item in items]
    excluded = [str(item["path"]) for item in wanted if item.get("exclude") and "path" in item]
    produced: list[tuple[dict[str, Any], Place, tuple[str, ...]]] = []
    for index, item in enumerate(wanted):
        if item.get("exclude") or not isinstance(item.get("path"), str):
            continue
        for folder in sorted(folders):
            if matches(item["path"], folder) and not any(matches(pattern, folder) for pattern in excluded):
                place = Place(document.file, document.index, (*route, "git", "directories", index, "path"))
                produced.append(({"path": _path_parameters(folder, "")}, place, ()))
    return produced


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


def _application(
    document: Document,
    names: tuple[str, str],
    spec: object,
    at: Place,
    route: Route,
    files: tuple[str, ...] = (),
    path_place: Place | None = None,
) -> Application | None:
    """The Application of a spec; `names`: what the environment is called, and the object's own name."""
    if not isinstance(spec, Mapping):
        return None
    listed = spec.get("sources")
    raw = (
        [(("sources", i), s) for i, s in enumerate(listed)]
        if isinstance(listed, list)
        else [(("source",), spec.get("source"))]
    )
    sources = tuple(
        Source(
            data=source,
            path=_normal(source.get("path")),
            chart=str(source.get("chart") or ""),
            repository=str(source.get("repoURL") or ""),
            revision=str(source.get("targetRevision") or ""),
            route=(*route, *below),
        )
        for below, source in raw
        if isinstance(source, Mapping)
    )
    destination = _map(spec.get("destination"))
    own = Place(document.file, document.index)
    return Application(
        name=names[0],
        object_name=names[1],
        at=at,
        sources=sources,
        namespace=str(destination.get("namespace") or ""),
        server=str(destination.get("server") or ""),
        cluster=str(destination.get("name") or ""),
        project=str(spec.get("project") or ""),
        files=files,
        definition=None if at == own else own,
        path_place=path_place,
    )


def _path_place(template: Mapping[str, Any], at: Place) -> Place | None:
    """Where a source's path is written, if the template takes it from a parameter of its own, as `{{ .path }}`."""
    path = _map(_map(template.get("spec")).get("source")).get("path")
    found = _FIELD.fullmatch(path.strip()) if isinstance(path, str) else None
    if found is None or found.group(1).startswith("path."):
        return None
    return Place(at.file, at.index, (*at.path, *found.group(1).split(".")))


def _fill(value: object, parameters: Mapping[str, Any]) -> tuple[object, str]:
    """The template with its fields filled in, and the first field or expression that could not be."""
    unresolved = ""

    def text(raw: str) -> str:
        nonlocal unresolved

        def field(found: re.Match[str]) -> str:
            nonlocal unresolved
            value = _look_up(parameters, found.group(1))
            if value is None:
                unresolved = unresolved or found.group(1)
                return found.group(0)
            return str(value)

        filled = _FIELD.sub(field, raw)
        if "{{" in filled and not unresolved:
            unresolved = filled[filled.index("{{") + 2 :].split("}}")[0].strip()
        return filled

    def walk(node: object) -> object:
        if isinstance(node, str):
            return text(node) if "{{" in node else node
        if isinstance(node, Mapping):
            return {str(text(key)): walk(below) for key, below in node.items()}
        if isinstance(node, list):
            return [walk(below) for below in node]
        return node

    return walk(value), unresolved


def _look_up(parameters: Mapping[str, Any], dotted: str) -> object:
    if dotted in parameters and not isinstance(parameters[dotted], Mapping):
        return parameters[dotted]
    value: Any = parameters
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        # Without goTemplate `{{path}}` is the folder itself.
        return value.get("path") if dotted == "path" and OWN_PATH not in parameters else None
    return value


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


def _normal(path: object) -> str:
    normal = posixpath.normpath(path) if isinstance(path, str) and path else ""
    return "" if normal == "." else normal


def _name(data: Mapping[str, Any]) -> str:
    return str(_map(data.get("metadata")).get("name", ""))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
