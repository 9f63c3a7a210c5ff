"""What a project of Argo CD allows: sources, destinations, kinds (pkg/apis/application/v1alpha1, 3.5)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from hydrogitops.model import Place
from hydrogitops.source.globs import matches
from hydrogitops.source.shapes import as_list

from .stated_values import OPEN

DEFAULT = "default"
"""The project of an Application that names none; Argo CD makes it, and it allows everything."""
IN_CLUSTER, IN_CLUSTER_NAME = "https://kubernetes.default.svc", "in-cluster"

_SSH = r"(ssh://)?([^/:]*?)@[^@]+"


class Project(NamedTuple):
    """An AppProject as written; `place` is its document."""

    name: str
    place: Place
    spec: Mapping[str, Any]

    def sources(self) -> list[str]:
        return [str(one) for one in as_list(self.spec.get("sourceRepos"))]

    def destinations(self) -> list[Mapping[str, Any]]:
        return [one for one in as_list(self.spec.get("destinations")) if isinstance(one, Mapping)]

    def allows_source(self, address: str) -> bool:
        """Whether an Application may deploy from a repository. What a project denies, no other entry allows."""
        wanted, allowed = normal(address), False
        for entry in self.sources():
            denies = entry.startswith("!")
            pattern = normal(entry.removeprefix("!"))
            if denies and matches(pattern, wanted, "/"):
                return False
            # To Argo CD an entry that only denies something allows all else.
            allowed = allowed or denies or pattern == "*" or matches(pattern, wanted, "/")
        return allowed

    def allows_destination(self, server: str, name: str, namespace: str) -> bool | None:
        """Whether it may deploy into a namespace of a cluster; None where only the cluster's other name decides.

        Of a cluster that the Application names by its server nobody here knows the name, and the other way round.
        """
        allowed, open_ones = False, False
        for item in self.destinations():
            named, served = _text(item.get("name")), _text(item.get("server"))
            space = _text(item.get("namespace"))
            fits_name, fits_server = _fits(named, name), _fits(served, server)
            within = _matched(space, namespace)
            if (fits_name or fits_server) and within:
                allowed = True
            elif (
                (named.startswith("!") and fits_name is False)
                or (served.startswith("!") and fits_server is False and within)
                or (not within and space.startswith("!") and fits_server)
            ):
                return False
            elif within and ((named and fits_name is None) or (served and fits_server is None)):
                open_ones = True
        return True if allowed else None if open_ones else False

    def allows_kind(self, group: str, kind: str, name: str) -> bool:
        """Whether it may deploy an object that is in no namespace: a project that lists nothing allows none."""
        allow, deny = self.spec.get("clusterResourceWhitelist"), self.spec.get("clusterResourceBlacklist")
        return _listed(allow, group, kind, name) and not _listed(deny, group, kind, name)


def is_open(*texts: str) -> bool:
    """Whether a text is one that nobody has answered yet, or a field that nobody here can fill in."""
    return any(text.startswith(OPEN) or "{{" in text for text in texts)


def normal(address: str) -> str:
    """An address as Argo CD compares it: lower case, without `.git`, ssh in its long form without the protocol."""
    text = address.strip().lower()
    if re.fullmatch(_SSH, text) and not text.startswith("ssh://"):
        text = "ssh://" + text.replace(":", "/", 1)
    text = text.removesuffix(".git")
    try:
        # An address that cannot be read is an empty one; a port that is no number is found out when it is asked for.
        urlsplit(text).port  # noqa: B018
    except ValueError:
        return ""
    return text.removeprefix("ssh://")


def cluster(server: str, name: str) -> tuple[str, str]:
    """Server and name of a destination; Argo CD's own cluster has both."""
    server = server.rstrip("/")
    if server == IN_CLUSTER and not name:
        return server, IN_CLUSTER_NAME
    return (IN_CLUSTER, name) if name == IN_CLUSTER_NAME and not server else (server, name)


def everything(project: Project) -> Iterator[tuple[Place, str, str]]:
    """The entries of a project that allow any source or destination: place, what is written, what it stands for."""
    for index, entry in enumerate(as_list(project.spec.get("sourceRepos"))):
        if entry in ("*", "**"):
            yield _at(project, "sourceRepos", index), str(entry), "any repository"
    for index, item in enumerate(as_list(project.spec.get("destinations"))):
        for key, what in (("server", "any cluster"), ("name", "any cluster"), ("namespace", "any namespace")):
            if isinstance(item, Mapping) and item.get(key) in ("*", "**"):
                yield _at(project, "destinations", index, key), str(item[key]), what


def _at(project: Project, *route: str | int) -> Place:
    return Place(project.place.file, project.place.document, ("spec", *route))


def _fits(pattern: str, text: str) -> bool | None:
    """Whether a pattern fits; None where what it is to fit is not known."""
    if text:
        return _matched(pattern, text)
    return True if pattern in ("*", "**") else None


def _matched(pattern: str, text: str) -> bool:
    if pattern.startswith("!"):
        return not matches(pattern[1:], text)
    return pattern == "*" or matches(pattern, text)


def _listed(items: object, group: str, kind: str, name: str) -> bool:
    for item in as_list(items):
        if isinstance(item, Mapping):
            own = _text(item.get("name"))
            if (
                fnmatch.fnmatchcase(kind, _text(item.get("kind")))
                and fnmatch.fnmatchcase(group, _text(item.get("group")))
                and (not own or fnmatch.fnmatchcase(name, own))
            ):
                return True
    return False


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
