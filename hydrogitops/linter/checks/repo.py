"""Checks on the files of a repository: whether they parse, and whether what they name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import DanglingReference, DocumentView, Parameters, RepositoryView
from hydrogitops.model import Broken, Fault, Place, Replacement, Suggestion
from hydrogitops.source import reading

_READ = ("values", "kustomization", "configuration", "generator")
"""Roles that a file has because something reads it."""
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_NOTHING_TO_BUILD = "kustomization"
"""The kind of a reference to a folder that is there, and has lost what was built from it."""


def yaml(view: DocumentView, parameters: Parameters) -> Iterator[Fault]:
    """What cannot be read of a file, told once, and what Helm cannot take for values."""
    documents = view.file.documents
    if (not documents or view.document is documents[0]) and not _filled_in(view):
        for broken in view.file.broken:
            # Nobody refers to a template that something else fills in; what is referred to must parse as it stands.
            if not broken.template or view.referenced or view.role in _READ or _never_meant(view.file.text, broken):
                yield _unreadable(view, broken)
    if view.role == "values":
        yield from _values(view)


def dangling_reference(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A path that is written down and leads nowhere."""
    judged = [environment.name for environment in view.environments]
    for one in view.dangling:
        if not one.environments:
            yield _dangling(one, "")
        yield from (_dangling(one, name) for name in one.environments if name in judged)


def _never_meant(text: str, broken: Broken) -> bool:
    """Whether it is a tab or a conflict mark that breaks a file: no template that is filled in has these either."""
    lines = text.split("\n")
    line = lines[broken.span.line - 1] if broken.span.line <= len(lines) else ""
    return line[broken.span.column - 1 :].startswith(("\t", "<<<<<<<", "|||||||", ">>>>>>>"))


def _filled_in(view: DocumentView) -> bool:
    """Whether values can be read once Flux has put its variables in, as it does before anybody takes them for YAML."""
    text = view.file.text
    if not view.file.broken or view.role != "values" or "${" not in text or view.repository is None:
        return False
    readers = [one.environment for one in view.repository.environments if one.name in view.environments]
    filled = readers and all(any(stage.variables is not None for stage in one.stages) for one in readers)
    return bool(filled) and not reading.read(view.file.path, _VARIABLE.sub("x", text)).broken


def _unreadable(view: DocumentView, broken: Broken) -> Fault:
    return Fault(
        rule="",
        message=f"{view.file.path.rpartition('/')[2]} cannot be read: {broken.message}",
        at=broken.span,
        label=broken.message,
        fix=Suggestion("correct it"),
        subjects=(subjects.document(view.file.path, broken.document),),
    )


def _values(view: DocumentView) -> Iterator[Fault]:
    document = view.document
    if document.data is None:
        return
    at = Place(view.file.path, document.number, (), "key")
    if document.number:
        yield Fault(
            rule="",
            message="a second document in a values file: Helm 3 drops it and Helm 4 merges it",
            at=at,
            mild="warning",
            label="the second document begins here",
            fix=Suggestion("write it into the first document, or into a file of its own"),
        )
    elif not isinstance(document.data, Mapping):
        yield Fault(
            rule="",
            message=f"{view.file.path.rpartition('/')[2]} is no map, and Helm takes nothing else for values",
            at=at,
            label="a map is wanted here",
            fix=Suggestion("write keys and values"),
            subjects=(subjects.file(view.file.path),),
        )


def _dangling(one: DanglingReference, environment: str) -> Fault:
    edits = (Replacement(one.place, one.near),) if one.near else ()
    message, label = f"{one.text} is not there: the {one.kind} {one.target}", "leads nowhere"
    if one.kind == _NOTHING_TO_BUILD:
        folder, _, name = one.target.rpartition("/")
        message = f"{folder or '.'} holds no {name}, so what {environment or 'it'} consists of is not built from it"
        label = "nothing to build there"
    return Fault(
        rule="",
        message=message + (f"; did you mean {one.near}?" if one.near else ""),
        at=one.place,
        label=f"did you mean {one.near}?" if one.near else label,
        environment=environment,
        fix=Suggestion(f"write {one.near}" if one.near else "correct the path, or add what it names", edits),
        subjects=(subjects.file(one.target),),
    )
