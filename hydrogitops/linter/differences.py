"""What two renders of an environment differ in: objects, and the fields of those that are in both. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal, TypeGuard

from hydrogitops.charts.lineage import CLUSTER_SCOPED, HASH
from hydrogitops.model import AppliedObject
from hydrogitops.secrets.plaintext import NOT_SHOWN, is_secret_key, known_secret, literal, placeholder, secret_documents
from hydrogitops.source import SourceError, load

How = Literal["added", "removed", "changed"]

SEALED = "(sealed)"
LONGEST = 60
"""Characters of a value that is shown."""
_LEAD = 12
"""Characters before the first difference of two long values that are shown with it."""
_ALIGNED = 10**6
"""Pairs of items up to which lists are aligned; longer ones are compared by position."""
_ABSENT: Any = object()
_PLAIN = re.compile(r"[A-Za-z_/.$*-][\w./@:+=$*()-]*(?: [\w./@:+=$*()-]+)*|[0-9]+(?:\.[0-9]+)?(?:m|[kMGTPE]i?)")
_WORD = re.compile(r"[\w-]+")
_GENERATED = re.compile(rf"-[a-z0-9]{{{HASH - 1}}}$")
_OTHER_TYPES = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))

_Step = str | int
_Path = tuple[_Step, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs. `path` as `why` takes it; `old`, `new`: short texts for people, None where it is absent.

    What a credential is stands in neither.
    """

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """An object that is only there before (`removed`), only behind (`added`), or in both and not the same."""

    how: How
    kind: str
    namespace: str
    name: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    group: str
    namespace: str
    name: str
    nth: int


def differences(
    before: Sequence[AppliedObject], after: Sequence[AppliedObject], namespaces: tuple[str, str] = ("", "")
) -> tuple[ObjectChange, ...]:
    """The differences in order of kind, namespace and name. `namespaces`: where objects go that state none."""
    old, new = _keyed(before, namespaces[0]), _keyed(after, namespaces[1])
    pairs = {key: key for key in old if key in new}
    pairs |= _generated(old.keys() - new.keys(), new.keys() - old.keys())
    found = [ObjectChange("removed", k.kind, k.namespace, k.name) for k in old if k not in pairs]
    taken = set(pairs.values())
    found += [ObjectChange("added", k.kind, k.namespace, k.name) for k in new if k not in taken]
    for was, key in pairs.items():
        fields = tuple(_fields(old[was].data, new[key].data))
        if fields:
            found.append(ObjectChange("changed", key.kind, key.namespace, key.name, fields))
    return tuple(sorted(found, key=lambda one: (one.kind, one.namespace, one.name, one.how)))


def _keyed(objects: Sequence[AppliedObject], namespace: str) -> dict[_Key, AppliedObject]:
    """Objects by what names them in a cluster; the version of their API is a field like others."""
    keyed: dict[_Key, AppliedObject] = {}
    count: Counter[tuple[str, str, str, str]] = Counter()
    for one in objects:
        group = one.ref.api_version.rpartition("/")[0]
        space = "" if one.ref.kind in CLUSTER_SCOPED else one.ref.namespace or namespace
        name = (one.ref.kind, group, space, one.ref.name)
        keyed[_Key(*name, count[name])] = one
        count[name] += 1
    return keyed


def _generated(gone: set[_Key], come: set[_Key]) -> dict[_Key, _Key]:
    """What a generator named after its contents is the same thing with other contents."""

    def stems(keys: set[_Key]) -> dict[tuple[str, str, str, str], list[_Key]]:
        found: dict[tuple[str, str, str, str], list[_Key]] = {}
        for key in keys:
            stem = _GENERATED.sub("", key.name)
            if key.kind in ("ConfigMap", "Secret") and stem != key.name:
                found.setdefault((key.kind, key.group, key.namespace, stem), []).append(key)
        return found

    old, new = stems(gone), stems(come)
    return {keys[0]: new[stem][0] for stem, keys in old.items() if len(keys) == 1 and len(new.get(stem, ())) == 1}


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldChange]:
    reader = _Reader(str(new.get("kind")))
    for path, was, now in _walk(old, new, ()):
        yield reader.change(path, was, now)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns a difference into texts, knowing of which kind the object is."""

    kind: str

    def change(self, path: _Path, old: Any, new: Any) -> FieldChange:
        shown = self._text(path, old), self._text(path, new)
        if shown[0] == shown[1] and shown[0] is not None:
            return FieldChange(_written(path), shown[0], f"{shown[1]}, another value")
        return FieldChange(_written(path), *_short(*shown))

    def _text(self, path: _Path, value: Any) -> str | None:
        if value is _ABSENT:
            return None
        masked = self._masked(path, value)
        return _scalar(masked) if not isinstance(masked, dict | list) else _flow(masked)

    def _masked(self, path: _Path, value: Any) -> Any:
        if isinstance(value, Mapping):
            # An entry of a list says by its name what its value is.
            own = value.get("name")
            named = (*path, own) if isinstance(own, str) and path and isinstance(path[-1], int) else path
            return {key: self._masked((*named, key), one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._masked((*path, at), one) for at, one in enumerate(value)]
        if self.kind == "Secret" and path[:1] in (("data",), ("stringData",)):
            return NOT_SHOWN
        if self.kind == "SealedSecret" and path[:2] == ("spec", "encryptedData"):
            return value if isinstance(value, str) and placeholder(value) else SEALED
        return NOT_SHOWN if _is_credential(path, value) else value


def _is_credential(path: _Path, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if path[-1:] == ("kubectl.kubernetes.io/last-applied-configuration",) or known_secret(value):
        return True
    if _holds_secret(value):
        return True
    names = [step for step in path if isinstance(step, str)]
    key = names[-1] if names else ""
    if key == "value" and len(names) > 1:
        key = names[-2].strip("[]")
    referring = {"secretName", "secretKeyRef", "valueFrom", "secretRef", "imagePullSecrets", "existingSecret"}
    return not referring & set(names) and is_secret_key(key) and literal(value, key)


def _walk(old: Any, new: Any, path: _Path) -> Iterator[tuple[_Path, Any, Any]]:
    """The places where two values differ, as deep as they can be told apart."""
    if _same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _walk(_inner(old, new, key), _inner(new, old, key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif isinstance(old, str) and isinstance(new, str) and ("\n" in old or "\n" in new):
        yield from _texts(old, new, path)
    else:
        yield path, old, new


def _inner(one: Mapping[str, Any], other: Mapping[str, Any], key: str) -> Any:
    """A value; of a map that only the other one has, an empty one, so that its fields are told one by one."""
    if key in one:
        return one[key]
    value = other.get(key)
    return {} if isinstance(value, Mapping) and value else _ABSENT


def _lists(old: list[Any], new: list[Any], path: _Path) -> Iterator[tuple[_Path, Any, Any]]:
    if _named(old) and _named(new):
        before, after = ({item["name"]: item for item in items} for items in (old, new))
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _walk(before.get(name, _ABSENT), after.get(name, _ABSENT), (*path, f"[{name}]"))
        common = [name for name in before if name in after], [name for name in after if name in before]
        if common[0] != common[1]:
            yield (*path, "(order)"), ", ".join(common[0]), ", ".join(common[1])
        return
    for start, end, first, last in _unequal(old, new):
        for at, (was, now) in enumerate(zip_longest(old[start:end], new[first:last], fillvalue=_ABSENT)):
            index = first + at if now is not _ABSENT else start + at
            yield from _walk(was, now, (*path, index))


def _unequal(old: list[Any], new: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches of two lists that are in each other's place."""
    if len(old) * len(new) > _ALIGNED:
        yield 0, len(old), 0, len(new)
        return
    texts = [[json.dumps(item, sort_keys=True) for item in items] for items in (old, new)]
    for how, *stretch in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        if how != "equal":
            start, end, first, last = stretch
            yield start, end, first, last


def _named(items: list[Any]) -> TypeGuard[list[Mapping[str, Any]]]:
    """Whether a list is a map by another spelling: each item has a name of its own."""
    names = [item.get("name") if isinstance(item, Mapping) else None for item in items]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _texts(old: str, new: str, path: _Path) -> Iterator[tuple[_Path, Any, Any]]:
    """Files in a text: by field where they are YAML, else by the first line that is another one."""
    if _holds_secret(old) or _holds_secret(new):
        yield path, old, new
        return
    data = _structured(old), _structured(new)
    if data[0] is not None and data[1] is not None and type(data[0]) is type(data[1]):
        found = list(_walk(*data, ()))
        if found:
            for inner, was, now in found:
                yield (*path, ":", *inner), was, now
            return
    lines = old.splitlines(), new.splitlines()
    at = next((at for at, pair in enumerate(zip_longest(*lines)) if pair[0] != pair[1]), None)
    if at is None:
        yield path, old, new
        return
    was, now = (_line(each, at) for each in lines)
    yield (*path, f"line {at + 1}"), was, now


def _holds_secret(text: str) -> bool:
    """Whether a manifest of a Secret is written in a text."""
    return next(secret_documents(text), None) is not None


def _line(lines: Sequence[str], at: int) -> Any:
    return lines[at] if at < len(lines) else _ABSENT


def _structured(text: str) -> Any:
    try:
        data = load(text)
    except (SourceError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict | list) and data else None


def _same(one: Any, other: Any) -> bool:
    """Equality that tells `1` from `true` and from `1.0`."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _written(path: _Path) -> str:
    """`spec.containers[main].args[0]`, `metadata.annotations["a.b/c"]`, `data["values.yaml"]: manager.image`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step == ":":
            text += ": "
        elif step.startswith("[") and step.endswith("]"):
            text += step
        elif step == "(order)" or step.startswith("line "):
            text += f" {step}"
        elif _WORD.fullmatch(step):
            text += step if not text or text.endswith(": ") else f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text.strip()


def _scalar(value: object) -> str:
    """A text without quotes where nobody can take it for something else."""
    if isinstance(value, str):
        plain = value in (NOT_SHOWN, SEALED) or (_PLAIN.fullmatch(value) and value.lower() not in _OTHER_TYPES)
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _short(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Long texts cut, around what differs where both are there."""
    if old is None or new is None:
        return _cut(old, 0), _cut(new, 0)
    same = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    start = (same if same is not None else min(len(old), len(new))) - _LEAD
    longest = max(len(old), len(new))
    start = 0 if longest <= LONGEST else min(max(start, 0), longest - LONGEST)
    return _cut(old, start), _cut(new, start)


def _cut(text: str | None, start: int) -> str | None:
    if text is None:
        return None
    head = "…" if start > 0 else ""
    rest = text[start:]
    return head + (rest if len(rest) <= LONGEST else f"{rest[:LONGEST]}…")
