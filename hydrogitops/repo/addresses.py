"""Addresses of git repositories: whether two of them, however they are written, name one repository."""

from __future__ import annotations

import re

OPEN = re.compile(r"TODO\b.*|", re.DOTALL)
"""An address that nobody has written yet."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?P<host>\[[^]]*\]|[^/:]*)(?::\d*)?/*(?P<path>.*)", re.DOTALL)
_SHORT = re.compile(r"(?:[^/@]*@)?(?P<host>[^/:]+):(?P<path>.*)", re.DOTALL)
"""As ssh writes it, `git@host:path`, which has no port."""


def same(one: str, other: str) -> bool:
    """Whether two addresses lead to one repository: over https or ssh, with a user or without, `.git` or not."""
    return plain(one) == plain(other)


def plain(address: str) -> str:
    """Host and path of an address, which is all that it has in common with others of the same repository.

    In lower case, as Argo CD compares them (util/git, NormalizeGitURL, 3.5), but without protocol and port.
    """
    text = address.strip().lower()
    found = _ADDRESS.fullmatch(text) or _SHORT.fullmatch(text)
    host, path = (found["host"], found["path"]) if found is not None else ("", text)
    return f"{host}/{path.strip('/').removesuffix('.git')}"


def named(address: str) -> str:
    """The repository's own name, the last part of its address."""
    return plain(address).rpartition("/")[2]
