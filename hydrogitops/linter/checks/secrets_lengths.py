"""Checks on the length of what is sealed, which everybody can tell: empty, short, another than is stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from hydrogitops.charts.contract import LONGEST_NAME, SecretKey, named
from hydrogitops.linter.inputs import Parameters, SecretView
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.sealed_values import ENCRYPTED, fault, inspected, lengths, whole
from hydrogitops.model import Fault, Field, Related, SealedSecret, Suggestion, UserError

RULE: Final = "secrets/length-contract"
LARGEST: Final = 1024 * 1024
"""Bytes that all values of a Secret may have together (kubernetes core/v1, MaxSecretSize)."""
LINE_ENDS: Final = (1, 2)
NO_BOUND: Final = LARGEST + 1


class _Bounds(NamedTuple):
    """Bytes that a value may have, both ends included, and who says so."""

    least: int
    most: int
    who: str

    def holds(self, length: int) -> bool:
        return self.least <= length <= self.most

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {self.least}"
        if self.most == NO_BOUND:
            return f"at least {self.least}"
        return f"at most {self.most}" if self.least == 0 else f"{self.least} to {self.most}"


def short_plaintext(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """An empty or a very short plaintext: everybody sees its length."""
    least = whole("secrets/short-plaintext", parameters, "bytes", 8)
    for key, length in lengths(view):
        if length == 0:
            yield fault(view, key, "is an empty text, sealed", "nothing in it", way="seal the real one")
        elif length < least:
            size = _bytes(length)
            message = f"is {size} long when opened, and whoever reads the repository sees that"
            yield fault(view, key, message, size, mild="info", way="seal a longer one")


def length_contract(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A length other than the chart's contract or the parameter states; a value that has to repeat a longer one."""
    found = dict(lengths(view))
    if not found:
        return
    stated = _stated(parameters.get("lengths"))
    contracted = {one.name: (one, release) for one, release in _contracted(view)}
    for key, length in found.items():
        known, release = contracted.get(key, (None, ""))
        bounds = [stated.get(f"{view.secret.name}/{key}") or stated.get(key), _by_contract(known)]
        broken = next((one for one in bounds if one is not None and not one.holds(length)), None)
        if broken is not None:
            longer = any(length > broken.most and broken.holds(length - end) for end in LINE_ENDS)
            message = f"is {_bytes(length)} long when opened, and {broken.who} wants {broken}"
            message += ": most likely a newline was sealed with it" if longer else ""
            yield fault(
                view, key, message, _bytes(length), way="seal it without that" if longer else "seal the real one"
            )
        elif known is not None and known.same_as is not None:
            yield from _unlike(view, key, length, known.same_as[0].replace("{release}", release), known.same_as[1])


def size(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """More than the API server takes in one Secret."""
    total = sum(length for _, length in lengths(view))
    most = whole("secrets/size", parameters, "bytes", LARGEST)
    if total > most:
        yield Fault(
            rule="",
            message=f"{view.secret.name}: what is sealed has {total:,} bytes, and a Secret may have {most:,}",
            at=Field(view.secret.object.ref, ENCRYPTED, key=True),
            label=f"{total:,} bytes",
            object=view.secret.object.ref,
            path=ENCRYPTED,
            fix=Suggestion("split it into several SealedSecrets"),
        )


def _unlike(view: SecretView, key: str, length: int, name: str, other_key: str) -> Iterator[Fault]:
    """A value that has to be the same as one of another object, and cannot be: it has another length."""
    for other in view.environment.sealed:
        text = other.keys.get(other_key) if other.name == name and _together(view, other) else None
        sealed = inspected(text) if isinstance(text, str) else None
        if sealed is None or sealed.problem is not None or sealed.plaintext_length in (None, length):
            continue
        message = f"is {_bytes(length)} long when opened and has to repeat {other_key} of {name}, "
        place = Field(other.object.ref, (*ENCRYPTED, other_key))
        yield fault(
            view,
            key,
            f"{message}which has {_bytes(sealed.plaintext_length or 0)}",
            _bytes(length),
            related=(Related(place, f"{_bytes(sealed.plaintext_length or 0)} here"),),
            way="seal the same value for both",
        )


def _contracted(view: SecretView) -> Iterator[tuple[SecretKey, str]]:
    """The keys of the object that the chart of a release knows, each with the release's name."""
    secret, environment = view.secret, view.environment
    namespace = namespace_of(secret.namespace, environment.environment)
    for values, contract in environment.contracts():
        release = values.release
        if namespace and release.namespace and namespace != release.namespace:
            continue
        for one in contract.secrets:
            if not _is_named(secret.name, one.name, release.name):
                continue
            for key in one.keys:
                if not key.when or (
                    not values.problem and all(condition.holds(values.merged) for condition in key.when)
                ):
                    yield key, release.name


def _is_named(name: str, pattern: str, release: str) -> bool:
    full = pattern.replace("{release}", release)
    return full == name or (len(full) > LONGEST_NAME and named(pattern, name, release))


def _together(view: SecretView, other: SealedSecret) -> bool:
    environment = view.environment.environment
    return namespace_of(other.namespace, environment) == namespace_of(view.secret.namespace, environment)


def _by_contract(key: SecretKey | None) -> _Bounds | None:
    if key is None or not (key.minimum or key.maximum):
        return None
    return _Bounds(key.minimum, key.maximum or NO_BOUND, "the chart")


def _stated(lengths: object) -> dict[str, _Bounds]:
    """The parameter `lengths`: by `OBJECT/KEY` or `KEY` a number of bytes, or `[least, most]`, null for no bound."""
    if lengths is None or lengths == "none":
        return {}
    if not isinstance(lengths, Mapping):
        raise _unreadable("lengths")
    return {str(name): _bounds(str(name), wanted) for name, wanted in lengths.items()}


def _bounds(name: str, wanted: Any) -> _Bounds:
    pair = wanted if isinstance(wanted, list) else [wanted, wanted]
    known = [one for one in pair if type(one) is int and one >= 0]
    if len(pair) != 2 or wanted is None or len(known) + pair.count(None) != 2:
        raise _unreadable(f"the length of {name}")
    least, most = pair[0] or 0, NO_BOUND if pair[1] is None else pair[1]
    return _Bounds(least, most, "the rule's parameter `lengths`")


def _unreadable(what: str) -> UserError:
    hint = "lengths: {OBJECT/KEY: 32, KEY: [8, 64]}, in bytes; null for no bound"
    return UserError(f"{RULE}: {what} is no length", hint)


def _bytes(length: int) -> str:
    return f"{length} byte" if length == 1 else f"{length} bytes"
