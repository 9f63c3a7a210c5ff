"""Credentials in values that are handed to a chart which is not here: no environment has them among its layers.

An engine's own object for a chart from a Helm repository deploys nothing of this repository but these values.
"""

from __future__ import annotations

from collections.abc import Iterator

from hydrogitops.linter.checks.secrets import ROTATE, name_above, verdict
from hydrogitops.linter.inputs import Parameters, RepositoryView, dotted, nodes
from hydrogitops.model import Fault, Place, Suggestion
from hydrogitops.secrets.plaintext import names_key_of_secret
from hydrogitops.source.shapes import node


def plaintext_handed(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """As secrets/plaintext-in-values, in what no environment reads as a layer of values."""
    known = {
        (layer.file, layer.document, layer.path)
        for environment in view.environments
        for release in environment.environment.releases
        for layer in release.layers
    }
    for handed in view.handed():
        here = (handed.at.file, handed.at.document, handed.at.path)
        if here in known:
            continue
        known.add(here)
        for path, value in nodes(handed.data):
            at = Place(handed.at.file, handed.at.document, (*handed.at.path, *path))
            named = names_key_of_secret(str(value), path, node(handed.data, path[:-1]))
            yield from _told(dotted(path), name_above(handed.data, path), value, at, named=named)
        for name, value, at in handed.pairs:
            yield from _told(name, name, value, at, named=names_key_of_secret(str(value), name.split("."), None))


def _told(path: str, key: str, value: object, at: Place, *, named: bool) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or "encryptedData" in at.path:
        return
    why, mild = verdict(value, key, named=named)
    if why:
        yield Fault(
            rule="",
            message=f"{path} {why}; whoever reads the repository has it",
            at=at,
            mild="warning" if mild else None,
            label="in plain text",
            fix=Suggestion(f"{ROTATE} into a SealedSecret that the chart reads"),
        )
