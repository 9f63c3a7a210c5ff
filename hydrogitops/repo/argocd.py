"""Argo CD: which Applications a repository declares, written out or made by an ApplicationSet, and their sources."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hydrogitops.model import Application as Declared
from hydrogitops.model import Document, Place, Route, Unseen
from hydrogitops.source.shapes import as_map, node

from .empty_generators import Empty, empty
from .generators import OWN_PATH, generate
from .sources import Sources

GROUP = "argoproj.io/"
APPLICATION = "Application"
APPLICATION_SET = "ApplicationSet"
PROJECT = "AppProject"
DEFAULT_PROJECT = "default"
CONFIGURATION = "argocd-cm"
KINDS = (APPLICATION, APPLICATION_SET, PROJECT)

_FIELD = re.compile(r"\{\{-?\s*(?P<dot>\.?)(?P<name>[A-Za-z_][\w.-]*)\s*-?\}\}")


class Piece(NamedTuple):
    """A stretch of a path, from `start` to `end`, that a generator's parameter gave, and where that is written."""

    start: int
    end: int
    place: Place


class Source(NamedTuple):
    """One source of an Application. `path` is relative to the repository that the Application stands in.

    `written`: the path as the Application or the template writes it, `pieces` of it come from elsewhere; empty where
    there is none, as for a source that others only take values from.
    """

    data: Mapping[str, Any]
    path: str
    written: str
    pieces: tuple[Piece, ...]
    chart: str
    repository: str
    revision: str
    route: Route
    """Where it stands in the document of `Application.at`."""


class Application(NamedTuple):
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
    declared: Declared | None = None
    """All that it says, and where that is written."""
    settings: tuple[str, ...] = ()
    """The files that say what Argo CD lets it do."""

    @property
    def document(self) -> Place:
        """The document that its sources' routes lead into."""
        return self.definition or self.at


class Discovery(NamedTuple):
    """`addresses`: what git generators read this repository by."""

    applications: tuple[Application, ...]
    unseen: tuple[Unseen, ...]
    addresses: tuple[str, ...]
    empty: tuple[Empty, ...] = ()


class _Filled(NamedTuple):
    """A template's spec, the parameters that fill its fields, and the node of a file that they were read from."""

    spec: Mapping[str, Any]
    parameters: Mapping[str, Any]
    written: object


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
    addresses: list[str] = []
    empties: list[Empty] = []
    projects: dict[str, tuple[Place, ...]] = {}
    settings: list[str] = []
    for document in sources.documents():
        data = document.data
        if not isinstance(data, Mapping):
            continue
        if data.get("kind") == "ConfigMap" and _name(data) == CONFIGURATION:
            settings.append(document.file)
        if not str(data.get("apiVersion", "")).startswith(GROUP):
            continue
        if data.get("kind") == APPLICATION:
            at, name = Place(document.file, document.number), _name(data)
            found = _application(document, (name, name), data.get("spec"), at, ("spec",))
            applications += [found] if found is not None else []
        elif data.get("kind") == APPLICATION_SET:
            made, gaps = _from_set(sources, document, data)
            applications += made
            unseen += gaps
            addresses += _addresses(data) if made else []
            empties += _empties(sources, document, data)
        elif data.get("kind") == PROJECT:
            projects[_name(data)] = (*projects.get(_name(data), ()), Place(document.file, document.number))
    unread = any(
        PROJECT in file.text for name in sources.names if (file := sources.get(name)) is not None and file.broken
    )
    applications = [_judged_by(one, projects, unread, settings) for one in applications]
    return Discovery(tuple(applications), tuple(unseen), tuple(addresses), tuple(empties))


def _judged_by(
    application: Application, projects: Mapping[str, tuple[Place, ...]], unread: bool, settings: Iterable[str]
) -> Application:
    """An Application with the projects that there are; what its own one and Argo CD's settings say counts for it."""
    if application.declared is None:
        return application
    own = [place.file for place in projects.get(application.project or DEFAULT_PROJECT, ())]
    return application._replace(
        declared=application.declared._replace(projects=projects, unread=unread),
        settings=tuple(dict.fromkeys((*own, *settings))),
    )


def _empties(sources: Sources, document: Document, data: Mapping[str, Any]) -> Iterator[Empty]:
    generators = as_map(data.get("spec")).get("generators")
    for index, generator in enumerate(generators if isinstance(generators, list) else []):
        found = empty(sources, document, ("spec", "generators", index), as_map(generator))
        if found is not None:
            yield found


def _addresses(data: Mapping[str, Any]) -> list[str]:
    """The repositories that the git generators of an ApplicationSet read."""
    generators = as_map(data.get("spec")).get("generators")
    gits = (as_map(as_map(one).get("git")) for one in (generators if isinstance(generators, list) else ()))
    return [git["repoURL"] for git in gits if isinstance(git.get("repoURL"), str)]


def _from_set(sources: Sources, document: Document, data: Mapping[str, Any]) -> tuple[list[Application], list[Unseen]]:
    spec = as_map(data.get("spec"))
    template = as_map(spec.get("template"))
    applications: list[Application] = []
    unseen: list[Unseen] = []
    generators = spec.get("generators")
    dotted = spec.get("goTemplate") is True
    for index, generator in enumerate(generators if isinstance(generators, list) else []):
        produced = generate(sources, document, ("spec", "generators", index), as_map(generator))
        if produced is None:
            kinds = ", ".join(sorted(as_map(generator))) or "empty"
            unseen.append(
                Unseen(
                    f"generator {index + 1} of ApplicationSet {_name(data)}",
                    f"a generator of kind {kinds} is not resolved; git and list generators are",
                    document.file,
                )
            )
            continue
        for parameters, at, files in produced:
            filled, unresolved = _fill(template, parameters, dotted=dotted)
            metadata = as_map(as_map(filled).get("metadata"))
            name = parameters.get("name")
            name = name if isinstance(name, str) and name else str(metadata.get("name", ""))
            if unresolved == "path" and isinstance(parameters.get(OWN_PATH), str):
                parameters = {**parameters, "path": parameters[OWN_PATH]}
                filled, _ = _fill(template, parameters, dotted=dotted)
                unseen.append(
                    Unseen(
                        f"what Argo CD makes of Application {name}",
                        "its generator puts the folder of the file over the key path in it; set pathParamPrefix: file",
                        document.file,
                        name,
                    )
                )
            elif unresolved:
                go = unresolved.startswith(".") and not dotted
                without = "only goTemplate: true fills in" if go else "the generator's parameters don't give"
                unseen.append(
                    Unseen(
                        f"Application {name} of ApplicationSet {_name(data)}",
                        f"its template holds {{{{{unresolved}}}}}, which {without}",
                        document.file,
                        name,
                    )
                )
            found = _application(
                document,
                (name, str(as_map(as_map(filled).get("metadata")).get("name", "")) or name),
                as_map(filled).get("spec"),
                at,
                ("spec", "template", "spec"),
                files,
                _Filled(as_map(template.get("spec")), parameters, _written(sources, at)),
            )
            applications += [found] if found is not None else []
    return applications, unseen


def _application(
    document: Document,
    names: tuple[str, str],
    spec: object,
    at: Place,
    route: Route,
    files: tuple[str, ...] = (),
    template: _Filled | None = None,
) -> Application | None:
    """The Application of a spec; `names`: what the environment is called, and the object's own name."""
    if not isinstance(spec, Mapping):
        return None
    raw = _sources(spec)
    written = [as_map(data).get("path") for _, data in _sources(template.spec if template is not None else spec)]
    sources = tuple(
        Source(
            data=source,
            path=_normal(source.get("path")),
            written=text if isinstance(text, str) else "",
            pieces=_pieces(text, template, at) if template is not None and isinstance(text, str) else (),
            chart=str(source.get("chart") or ""),
            repository=str(source.get("repoURL") or ""),
            revision=str(source.get("targetRevision") or ""),
            route=(*route, *below),
        )
        for (below, source), text in zip(raw, written, strict=True)
        if isinstance(source, Mapping)
    )
    destination = as_map(spec.get("destination"))
    own = Place(document.file, document.number)
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
        declared=Declared(
            names[1],
            own,
            route,
            spec,
            dict(_given(template.spec, template, at)) if template is not None else {},
            template.parameters if template is not None else {},
        ),
    )


def _given(value: object, template: _Filled, at: Place, route: Route = ()) -> Iterator[tuple[Route, Place]]:
    """The texts of a template that are one field and nothing else, with the place where a parameter says it."""
    if isinstance(value, str) and _FIELD.fullmatch(value.strip()):
        yield from ((route, piece.place) for piece in _pieces(value, template, at))
    elif isinstance(value, Mapping):
        for key, below in value.items():
            yield from _given(below, template, at, (*route, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _given(below, template, at, (*route, index))


def _sources(spec: Mapping[str, Any]) -> list[tuple[Route, object]]:
    listed = spec.get("sources")
    if isinstance(listed, list):
        return [(("sources", index), source) for index, source in enumerate(listed)]
    return [(("source",), spec.get("source"))]


def _pieces(text: str, template: _Filled, at: Place) -> tuple[Piece, ...]:
    """Which stretches of a filled text come from parameters that are written somewhere, unlike `path.basename`."""
    pieces: list[Piece] = []
    longer = 0
    for found in _FIELD.finditer(text):
        value = _look_up(template.parameters, found["name"])
        if value is None:
            continue
        start = found.start() + longer
        end = start + len(str(value))
        longer += len(str(value)) - len(found[0])
        routes: tuple[Route, ...] = ((found["name"],), tuple(found["name"].split(".")))
        route = next((route for route in routes if node(template.written, route) == value), None)
        if route is not None:
            pieces.append(Piece(start, end, Place(at.file, at.document, (*at.path, *route))))
    return tuple(pieces)


def _written(sources: Sources, at: Place) -> object:
    document = sources.document(at.file, at.document)
    return node(document.data, at.path) if document is not None else None


def _fill(value: object, parameters: Mapping[str, Any], *, dotted: bool) -> tuple[object, str]:
    """The template with its fields filled in, and the first field or expression that could not be.

    `dotted`: it is a Go template, in which fields begin with a dot; in any other they must not.
    """
    unresolved = ""

    def text(raw: str) -> str:
        nonlocal unresolved

        def field(found: re.Match[str]) -> str:
            nonlocal unresolved
            understood = bool(found["dot"]) == dotted
            value = _look_up(parameters, found["name"]) if understood else None
            if value is None:
                unresolved = unresolved or (found["name"] if understood else found["dot"] + found["name"])
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


def _normal(path: object) -> str:
    normal = posixpath.normpath(path) if isinstance(path, str) and path else ""
    return "" if normal == "." else normal


def _name(data: Mapping[str, Any]) -> str:
    return str(as_map(data.get("metadata")).get("name", ""))
