"""Addresses of repositories: whether two of them, however they are written, name one, and how they are shown."""

from __future__ import annotations

import re

OPEN = re.compile(r"TODO\b.*|", re.DOTALL)
"""An address that nobody has written yet."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?P<host>\[[^]]*\]|[^/:]*)(?::\d*)?/*(?P<path>.*)", re.DOTALL)
_SHORT = re.compile(r"(?:[^/@]*@)?(?P<host>[^/:]+):(?P<path>.*)", re.DOTALL)
"""As ssh writes it, `git@host:path`, which has no port."""
_LOGIN = r"(?i)\b(?P<scheme>[a-z][a-z0-9+.-]{0,20}://)(?P<login>[^\s/\"'<>]+)@"


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


def shown(text: str) -> str:
    """A text for people, in whose addresses nobody sees who logs in, and by what: a token may be either.

    The user of ssh stays, who has a key.
    """
    if "://" not in text or "@" not in text:
        return text
    return re.sub(_LOGIN, _without_login, text)


def _without_login(found: re.Match[str]) -> str:
    if "ssh" in found["scheme"].lower() and ":" not in found["login"]:
        return found[0]
    return f"{found['scheme']}(not shown)@"
