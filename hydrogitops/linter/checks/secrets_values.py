"""Checks on one value of a SealedSecret: what its text tells without the key. No message ever holds the text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import Parameters, SecretView, dotted
from hydrogitops.linter.sealed_values import ENCRYPTED, TEMPLATE_DATA, Written, fault, problems, reaches, texts, written
from hydrogitops.model import At, Fault, Field, Place, Related, Replacement, Route, Severity, Span, Suggestion
from hydrogitops.secrets.plaintext import placeholder
from hydrogitops.source.shapes import node

SMALL_BITS: Final = 1024
NAMES: Final[tuple[Route, ...]] = (
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("spec", "template", "metadata", "name"),
    ("spec", "template", "metadata", "namespace"),
)


def not_base64(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value that Go's strict decoder refuses."""
    for key, text, _ in texts(view):
        if "not-base64" in problems(text):
            yield fault(view, key, f"is no standard base64: {_why_not(text)}", "not base64")


def plain_base64(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value that is a text in base64, as a Secret would hold it."""
    for key, text, _ in texts(view):
        if "plain-base64" in problems(text):
            message = "is plain text in base64 and not sealed; whoever reads the repository has it"
            yield fault(view, key, message, "in plain text", way="rotate it, then seal the new one")


def bad_prefix(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value that does not begin as sealed ones do."""
    sizes = {one.block * 8 for one in view.environment.seals.known}
    for key, text, sealed in texts(view):
        if "bad-prefix" not in problems(text):
            continue
        if sealed.key_bits == SMALL_BITS and sealed.plaintext_length is not None:
            # It opens where the cluster has such a key.
            mild: Severity | None = "warning" if not sizes or SMALL_BITS in sizes else None
            message = f"is sealed for an RSA key of {SMALL_BITS} bits, which no controller of today makes"
            yield fault(view, key, message, f"for {SMALL_BITS} bits", mild=mild)
        else:
            yield fault(view, key, "is no sealed value: no RSA key has a block of the length it states", "not sealed")


def too_short(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value that ends before its parts do."""
    for key, text, sealed in texts(view):
        if "too-short" in problems(text):
            parts = f"the {sealed.key_bits // 8} bytes of its RSA block and " if sealed.key_bits else ""
            yield fault(view, key, f"is cut off: it is too short for {parts}its tag of 16 bytes", "cut off")


def key_size_mismatch(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value for a key of another size than every certificate of the environment has."""
    seals = view.environment.seals
    if seals.current is None:
        return
    sizes = sorted({one.block * 8 for one in seals.known})
    have = " or ".join(map(str, sizes))
    for key, _, sealed in texts(view):
        if sealed.problem is None and sealed.key_bits is not None and sealed.key_bits not in sizes:
            yield fault(
                view,
                key,
                f"is sealed for an RSA key of {sealed.key_bits} bits, and every known certificate of "
                f"{view.environment.name} has {have}: it was sealed for another cluster",
                f"for {sealed.key_bits} bits",
                related=(Related(_head(seals.file), f"the certificate of {view.environment.name}"),),
                way="seal it for this cluster",
            )


def wrong_certificate(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value whose RSA block is a number that no known certificate can have made."""
    seals = view.environment.seals
    if seals.current is None:
        return
    largest: dict[int, int] = {}
    for one in seals.known:
        largest[one.block * 8] = max(one.modulus, largest.get(one.block * 8, 0))
    complete = parameters.get("complete") is True
    for key, text, sealed in texts(view):
        modulus = largest.get(sealed.key_bits or 0)
        if sealed.problem is None and sealed.key_bits and modulus and reaches(text, sealed.key_bits, modulus):
            doubt = "" if complete else ", unless an older one of this cluster is not among them"
            yield fault(
                view,
                key,
                f"was sealed with none of the known certificates of {view.environment.name}{doubt}",
                "for another key",
                mild=None if complete else "warning",
                related=(Related(_head(seals.file), f"the certificate of {view.environment.name}"),),
                way="seal it for this cluster",
            )


def non_string(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """Names, keys and values that YAML reads as something else than a text."""
    found = written(view)
    data = view.secret.object.data if found is None else found.data
    for route in NAMES:
        name = node(data, route)
        if name is not None and not isinstance(name, str):
            yield _misread_name(view, found, route, _kind(name))
    yield from _no_map(view)
    for route in (ENCRYPTED, TEMPLATE_DATA):
        misread: dict[str, str] = {}
        if found is not None:
            misread = dict(found.misread_keys(route))
            for key, text in misread.items():
                yield _misread_key(view, found.at((*route, key), "key"), route, key, text)
        known = {key for pair in misread.items() for key in pair}
        yield from (_no_text(view, route, *one) for one in _no_texts(view, data, route) if one[0] not in known)


def _no_map(view: SecretView) -> Iterator[Fault]:
    sealed = node(view.secret.object.data, ENCRYPTED)
    spec = view.secret.object.data.get("spec")
    # Without template data the Secret would be empty, and secrets/empty says so.
    if isinstance(sealed, Mapping) or not (
        isinstance(spec, Mapping) and "encryptedData" in spec and view.secret.template.get("data")
    ):
        return
    message = f"{view.secret.name}: encryptedData is {_kind(sealed)}, not a map: nothing in it is read"
    place = Field(view.secret.object.ref, ENCRYPTED, key=True)
    yield Fault("", message, place, label="not a map", object=place.object, path=place.path)


def _no_texts(view: SecretView, data: object, route: Route) -> Iterator[tuple[str, object]]:
    """Keys and values below `route` that are no texts as applied, or as written: some engines make texts of them."""
    applied, file = node(view.secret.object.data, route), node(data, route)
    file = file if isinstance(file, Mapping) else {}
    for key, value in applied.items() if isinstance(applied, Mapping) else ():
        shown = file.get(key, value) if isinstance(value, str) else value
        # A null in template data takes the key away.
        if not isinstance(shown, str) and (shown is not None or route == ENCRYPTED):
            yield key, shown


def _no_text(view: SecretView, route: Route, key: str, value: object) -> Fault:
    kind = _kind(value)
    if route == ENCRYPTED:
        message = f"is {kind}, not a text: to the controller it is empty, and no key opens that"
        return fault(view, key, message, kind, way="seal the value")
    place = Field(view.secret.object.ref, (*route, key))
    message = f"{view.secret.name}: the template of {key} is {kind}, not a text"
    return Fault("", message, place, label=kind, object=place.object, path=place.path)


def _misread_name(view: SecretView, found: Written | None, route: Route, kind: str) -> Fault:
    text = found.text(route) if found is not None else ""
    place: At = found.at(route) if found is not None else Field(view.secret.object.ref, route)
    return Fault(
        rule="",
        message=f"{dotted(route)} is {kind} to YAML, not a text",
        at=place,
        label=kind,
        object=view.secret.object.ref,
        path=route,
        fix=Suggestion("quote it", (Replacement(place, json.dumps(text)),) if text else ()),
    )


def _misread_key(view: SecretView, place: Place, route: Route, key: str, text: str) -> Fault:
    reference = view.secret.object.ref
    becomes = f"as {key}" if key != text else "as a number" if text[-1:].isdigit() else "as no text"
    return Fault(
        rule="",
        message=f"{view.secret.name}: YAML reads the key {text} {becomes}",
        at=place,
        label="no text to YAML",
        object=reference,
        path=(*route, key),
        fix=Suggestion("quote it", (Replacement(place, json.dumps(text)),)),
        # Some engines keep the key as a text: then its value is known by that.
        subjects=tuple(subjects.field(reference, (*route, name)) for name in (key, text)),
    )


def _head(file: str) -> Span:
    return Span(file, 1, 1, 1, 1)


def _why_not(text: str) -> str:
    """What is wrong with it, in a few words that tell nothing of the text."""
    joined = text.replace("\r", "").replace("\n", "")
    if not joined:
        return "it is empty"
    if placeholder(text):
        return "it is a placeholder"
    if any(character.isspace() for character in joined):
        return "there is a blank in it"
    if "-" in joined or "_" in joined:
        return "it holds a dash or an underscore, as the alphabet of URLs does"
    if not joined.isascii() or not all(character.isalnum() or character in "+/=" for character in joined):
        return "it holds other characters"
    return "its end is cut off, or its padding"


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "a map" if isinstance(value, Mapping) else "a text"
