"""The private keys that lie in the files of a repository, charts, hidden files and what is no YAML included."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hydrogitops.repo.sources import Sources
from hydrogitops.secrets.private_keys import PrivateKey, find

LARGEST = 4 * 2**20
"""Bytes of a file that is looked through; what is larger is a model or a picture."""


def private_keys(sources: Sources, files: Collection[str] | None) -> Iterator[tuple[str, PrivateKey]]:
    """File and key, of all listed files or those among `files`, in the order of the list."""
    for name in sources.listed:
        if files is None or name in files:
            data = sources.passing(name, LARGEST)
            if data is not None:
                yield from ((name, key) for key in find(data))
