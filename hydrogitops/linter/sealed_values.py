"""Sealed values as checks judge them: decoded once for all rules; where a key stands; the command that seals it."""

from __future__ import annotations

import binascii
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from hydrogitops.model import Fault, Field, Part, Place, Related, Route, Severity, SourceFile, Suggestion, UserError
from hydrogitops.secrets import sealing
from hydrogitops.secrets.sealing import Sealed, inspect
from hydrogitops.source.nodes import Node, find, roots
from hydrogitops.source.scalars import plain
from hydrogitops.source.shapes import node

from .inputs import Parameters, SecretView

ENCRYPTED: Final[Route] = ("spec", "encryptedData")
TEMPLATE_DATA: Final[Route] = ("spec", "template", "data")
_HEAD: Final = 2
_FIRST: Final = 40
"""Characters that 30 bytes make."""
_BLANKS = str.maketrans("", "", "\r\n")

inspected = lru_cache(maxsize=8192)(inspect)
"""`inspect` without certificate, kept for the run: a dozen rules ask about each value."""
problems = lru_cache(maxsize=8192)(sealing.problems)
"""Likewise. A rule speaks of its own whatever else is wrong: another one may be off, and precedence is not its part."""


def texts(view: SecretView) -> Iterator[tuple[str, str, Sealed]]:
    """Key, text and verdict of each value that is a text at all."""
    for key, text in view.secret.keys.items():
        if isinstance(text, str):
            yield key, text, inspected(text)


def lengths(view: SecretView) -> Iterator[tuple[str, int]]:
    """Key and length in bytes of each plaintext that its sealed value tells."""
    for key, _, sealed in texts(view):
        if sealed.problem is None and sealed.plaintext_length is not None:
            yield key, sealed.plaintext_length


def reaches(text: str, bits: int, modulus: int) -> bool:
    """Whether the number that a sealed value for a key of `bits` bits begins with is not below `modulus`."""
    head = text[: 2 * _FIRST].translate(_BLANKS)[:_FIRST]
    if len(head) == _FIRST:
        # Almost always the first bytes tell.
        raw = binascii.a2b_base64(head)
        number, most = int.from_bytes(raw[_HEAD:], "big"), modulus >> (bits - 8 * (len(raw) - _HEAD))
        if number != most:
            return number > most
    raw = binascii.a2b_base64(text.translate(_BLANKS))
    return int.from_bytes(raw[_HEAD : _HEAD + bits // 8], "big") >= modulus


class Written(NamedTuple):
    """An object as it stands in its file."""

    file: SourceFile
    place: Place
    data: object

    def at(self, route: Route, part: Part = "value") -> Place:
        return Place(self.place.file, self.place.document, (*self.place.path, *route), part)

    def text(self, route: Route) -> str:
        """A scalar as it is written, without its quotes."""
        found = self._node(route)
        return found.value if found is not None else ""

    def misread_keys(self, route: Route) -> Iterator[tuple[str, str]]:
        """Keys of a map that YAML reads as no text (`y`, `1`): what they become, and as written."""
        found = node(self.data, route)
        if not isinstance(found, Mapping) or all(type(plain(key)) is str for key in found):
            return
        written = self._node(route)
        for key, _ in written.pairs if written is not None else ():
            bare = key.kind == "scalar" and not key.style and not key.merges and not self._is_tagged(key.start)
            if bare and key.key is not None and type(plain(key.value)) is not str:
                yield key.key, key.value

    def _node(self, route: Route) -> Node | None:
        documents = roots(self.file.text)
        if self.place.document >= len(documents):
            return None
        return find(documents[self.place.document], (*self.place.path, *route)).node.real

    def _is_tagged(self, start: int) -> bool:
        line = self.file.text.rfind("\n", 0, start) + 1
        return "!" in self.file.text[line:start]


def written(view: SecretView) -> Written | None:
    """The object of a view in its file; None where a chart made it."""
    place = view.secret.object.source
    file = view.environment.read(place.file) if place is not None else None
    if place is None or file is None:
        return None
    found = file.documents[place.document : place.document + 1]
    if not found or found[0].number != place.document:
        found = tuple(one for one in file.documents if one.number == place.document)
    return Written(file, place, node(found[0].data, place.path)) if found else None


def fault(
    view: SecretView,
    key: str,
    message: str,
    label: str,
    *,
    mild: Severity | None = None,
    related: tuple[Related, ...] = (),
    way: str = "seal it again",
) -> Fault:
    """A fault of one value; `way` out is followed by the command that seals it."""
    way = f"{way}: {command(view, key)}"
    return fault_at(view, (*ENCRYPTED, key), f"{key} {message}", label, mild=mild, related=related, way=way)


def fault_at(
    view: SecretView,
    route: Route,
    message: str,
    label: str,
    *,
    mild: Severity | None = None,
    related: tuple[Related, ...] = (),
    way: str,
) -> Fault:
    """A fault of what stands at `route` in an object, whose name the message begins with."""
    reference = view.secret.object.ref
    return Fault(
        rule="",
        message=f"{view.secret.name}: {message}",
        at=Field(reference, route),
        mild=mild,
        label=label,
        related=related,
        object=reference,
        path=route,
        fix=Suggestion(way),
    )


def whole(rule: str, parameters: Parameters, name: str, default: int) -> int:
    """A parameter that is a whole number. UserError where it is none."""
    value = parameters.get(name, default)
    if type(value) is not int or value < 0:
        raise UserError(f"{rule}: its parameter {name} is no whole number", f"{name}: {default} is what it comes with")
    return value


def command(view: SecretView, key: str, *, replace: bool = True) -> str:
    """What seals a value, anew where `replace`; the object is named as in its file."""
    found = written(view)
    name = node(found.data, ("metadata", "name")) if found is not None else None
    environment, named = view.environment.name, str(name or view.secret.name)
    options = ["--env", environment, *(["--replace"] if replace else [])]
    return shlex.join(["hydrogitops", "seal", *options, named, key])
