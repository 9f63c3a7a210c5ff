"""Checks on private keys in a repository, those that open sealed values first. No message ever holds one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from hydrogitops.charts.workloads import objects
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, RepositoryView
from hydrogitops.model import Fault, Place, SourceFile, Span, Subject, Suggestion
from hydrogitops.secrets.plaintext import elsewhere
from hydrogitops.source.shapes import node

SEALING_KEY = "sealedsecrets.bitnami.com/sealed-secrets-key"
KEY = "tls.key"
_REPLACE = "count it as leaked: make a new key, and rotate what the old one protects"
_OPENS_ALL = "whoever has it opens every sealed value of the cluster"
_RESEAL = "count it as leaked: make a new sealing key, rotate every value that was sealed, and seal the new ones"


def private_key(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A PEM private key in any file, or a Secret that is a sealing key."""
    told: set[str] = set()
    for name, key in view.private_keys():
        file = view.files.get(name)
        secrets = _secrets(file) if file is not None else {}
        sealing = any(secrets.values())
        told.add(name)
        yield Fault(
            rule="",
            message=f"{name.rpartition('/')[2]} holds {_what(sealing, encoded=key.encoded)}",
            at=Span(name, key.line, key.column, key.line, key.end),
            label="a private key begins here",
            fix=Suggestion(_RESEAL if sealing else _REPLACE),
            # A Secret that holds it is no further finding, and what is listed in it neither.
            subjects=tuple(secrets),
        )
    for name, file in view.files.items():
        if name not in told and SEALING_KEY in file.text:
            yield from _labelled(file)


def _what(sealing: bool, *, encoded: bool) -> str:
    form = ", only encoded" if encoded else ""
    return f"the private key of Sealed Secrets{form}: {_OPENS_ALL}" if sealing else f"a private key{form}"


def _labelled(file: SourceFile) -> Iterator[Fault]:
    """Secrets that their label makes sealing keys, where the key itself has no form that is known."""
    for applied in objects(file, written=True):
        source, place = applied.source, _key_of(applied.data)
        if source is None or applied.ref.kind != "Secret" or not _is_sealing_key(applied.data) or not place:
            continue
        yield Fault(
            rule="",
            message=f"Secret {applied.ref.name} is a private key of Sealed Secrets: {_OPENS_ALL}",
            at=Place(source.file, source.document, (*source.path, place, KEY), "key"),
            label="a private key",
            fix=Suggestion(_RESEAL),
            subjects=(subjects.node(source.file, source.document, (*source.path, place)),),
        )


def _secrets(file: SourceFile) -> dict[Subject, bool]:
    """What the data of each Secret in a file is to other rules, and whether it is a sealing key."""
    found: dict[Subject, bool] = defaultdict(bool)
    for applied in objects(file, written=True):
        if applied.source is not None and applied.ref.kind == "Secret":
            for part in ("data", "stringData"):
                if part in applied.data:
                    where = (*applied.source.path, part)
                    found[subjects.node(file.path, applied.source.document, where)] = _is_sealing_key(applied.data)
    return found


def _is_sealing_key(data: Mapping[str, Any]) -> bool:
    labels = node(data, ("metadata", "labels"))
    return isinstance(labels, Mapping) and SEALING_KEY in labels


def _key_of(data: Mapping[str, Any]) -> str:
    """The map of a Secret that holds its key in plain sight; empty where none does."""
    for part in ("data", "stringData"):
        value = node(data, (part, KEY))
        if isinstance(value, str) and value and not elsewhere(value):
            return part
    return ""
