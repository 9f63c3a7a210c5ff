"""Argo CD's own objects in a repository, and the environments that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.model import Document, Place
from hydrogitops.source.shapes import node

from .inputs import RepositoryView

GROUP = "argoproj.io/"
CAPABILITY = "eks-capability"
"""The flavour, among the answers, of an Argo CD that EKS manages."""


def documents(view: RepositoryView, kind: str) -> Iterator[Document]:
    """The documents of one of Argo CD's kinds, in the order of files."""
    for file in view.files.values():
        for document in file.documents:
            data = document.data
            if not isinstance(data, Mapping) or data.get("kind") != kind:
                continue
            if str(data.get("apiVersion", "")).startswith(GROUP):
                yield document


def made(view: RepositoryView, document: Document) -> list[tuple[str, Mapping[str, Any] | None]]:
    """The environments that an object declares, each with its parameters; one without a name where it makes none."""
    place = Place(document.file, document.number)
    found: list[tuple[str, Mapping[str, Any] | None]] = [
        (one.name, one.environment.application.parameters or None)
        for one in view.environments
        if one.environment.application is not None and one.environment.application.document == place
    ]
    return found or [("", None)]


def missing(document: Document, route: tuple[str, ...]) -> Place:
    """A field of a document, else the place below its deepest ancestor."""
    for depth in range(1, len(route) + 1):
        if node(document.data, route[:depth]) is None:
            return Place(document.file, document.number, route[: depth - 1], "insert")
    return Place(document.file, document.number, route)
