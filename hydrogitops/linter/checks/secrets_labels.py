"""Checks on what sealed values were sealed for, by overlays, records and other objects: no key is needed for these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from hydrogitops.linter import subjects
from hydrogitops.linter.clusters import same_cluster
from hydrogitops.linter.inputs import EnvironmentView, Parameters, RepositoryView, SecretView
from hydrogitops.linter.labels import (
    Label,
    SealedValue,
    differing,
    field,
    label,
    listed,
    namespace_of,
    overlay_line,
    place,
    recorded,
    records_of,
    reseal,
    sealed_for,
    stated,
    values,
    written,
)
from hydrogitops.linter.seals import Seals
from hydrogitops.model import Environment, Fault, ObjectRef, Place, Related, SealedSecret, Suggestion, UserError
from hydrogitops.secrets import records
from hydrogitops.secrets.certificates import Certificate
from hydrogitops.secrets.records import Record
from hydrogitops.source.shapes import node


def renamed_by_overlay(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """An overlay changes the label of what a document seals, and no record says that it was sealed for that one."""
    secret, environment = view.secret, view.environment
    data = written(environment, secret.object)
    if data is None or not environment.built:
        return
    now = label(environment, secret)
    # A namespace that only the overlay states is no other one than before.
    namespace = str(node(data, ("metadata", "namespace")) or now.namespace)
    before = Label(now.scope, namespace, str(node(data, ("metadata", "name")) or now.name))
    lines = [(part, overlay_line(environment, secret, part)) for part in differing(before, now)]
    found = [(part, line) for part, line in lines if line is not None]
    keys = [value.key for value in values(secret) if not sealed_for(environment, value.digest, now)]
    if not found or not keys:
        return
    part, line = found[0]
    yield Fault(
        rule="",
        message=f"{before.name}: the overlay makes it {now}, and {listed(keys)} not known to be sealed"
        f" for that; what was sealed for {before} does not open",
        at=line,
        label=f"changes the {part} of a sealed object",
        related=tuple(Related(other, "changed here too") for _, other in found[1:]),
        object=secret.object.ref,
        fix=Suggestion(f"seal for the rendered name: {reseal(environment, secret, keys[0])}"),
        subjects=(subjects.label(secret.object.ref),),
    )


def provenance_label(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """Values that the record says were sealed for another label than the object has."""
    secret, environment = view.secret, view.environment
    now = label(environment, secret)
    wrong: dict[str, Record] = {}
    for value in values(secret):
        known = records_of(environment, value.digest)
        if known and all(differing(recorded(record), now) for record in known):
            wrong[value.key] = known[0]
    if not wrong:
        return
    first = next(iter(wrong.values()))
    then = recorded(first)
    part = differing(then, now)[0]
    keys = list(wrong)
    yield Fault(
        rule="",
        message=f"{secret.name}: {listed(keys)} sealed for {then}, and the object is {now}:"
        " the controller cannot open it",
        at=place(environment, secret, part, before=then.name if part == "name" else then.namespace),
        label=f"sealed for {then.part(part)}",
        related=tuple(Related(field(secret, key), f"sealed for {recorded(wrong[key])}") for key in keys),
        object=secret.object.ref,
        fix=Suggestion(f"seal again: {reseal(environment, secret, keys[0])}"),
        subjects=(subjects.label(secret.object.ref),),
    )


def unknown_provenance(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A sealed value that the environment's records do not know."""
    secret, environment = view.secret, view.environment
    seals = environment.seals
    if seals.records is None and not seals.records_problem:
        return
    for value in values(secret):
        if records_of(environment, value.digest):
            continue
        if seals.records is None:
            why = f"{seals.records_file} cannot be read: {seals.records_problem}"
        elif records.key(secret.name, value.key) in seals.records:
            why = f"{seals.records_file} speaks of another value: this one was put in by other means"
        else:
            why = f"{seals.records_file} does not have it"
        yield _of_value(
            view,
            value,
            f"{secret.name}: nobody knows what {value.key} was sealed for; {why}",
            "no record of it",
            Suggestion(f"seal it: {reseal(environment, secret, value.key)}"),
        )


def stale(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A value that was sealed for an older certificate, where a newer one has been there for some time."""
    secret, environment = view.secret, view.environment
    current = environment.seals.current
    if current is None:
        return
    days = (environment.seals.today - current.not_before.date()).days
    if days < _days(parameters):
        return
    for value in values(secret):
        known = records_of(environment, value.digest)
        if not known or any(record.certificate == current.sha256 for record in known):
            continue
        record = known[0]
        if _is_newer(record, current, environment):
            continue
        yield _of_value(
            view,
            value,
            f"{secret.name}: {value.key} was sealed for the certificate {record.certificate[:8]} on {record.at};"
            f" the current one, {current.sha256[:8]}, is {days} days old",
            f"sealed for {record.certificate[:8]}",
            Suggestion(
                f"hydrogitops seal --reseal --env {environment.name}; that seals the same secret anew, it does not"
                " rotate it"
            ),
        )


def copied(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """One ciphertext in objects of which one at most can open it."""
    holders: dict[str, list[_Holder]] = defaultdict(list)
    for environment in view.environments:
        for secret in environment.sealed:
            own = _as_written(environment, secret)
            for value in values(secret):
                holders[value.digest].append(
                    _Holder(environment.environment, environment.seals, secret, value, own, environment)
                )
    for other in view.elsewhere() if holders else ():
        for secret in other.sealed:
            for value in values(secret):
                if value.digest in holders:
                    own = stated(secret, other.environment)
                    holders[value.digest].append(_Holder(other.environment, other.seals, secret, value, own, None))
    found: dict[tuple[str, ObjectRef], list[tuple[_Holder, _Holder]]] = defaultdict(list)
    for among in holders.values():
        for copy, original in _copies(among) if len(among) > 1 else ():
            found[copy.environment.name, copy.secret.object.ref].append((copy, original))
    for pairs in found.values():
        yield from _copy(pairs)


class _Holder(NamedTuple):
    """A sealed value where it stands. `own`: the label by its document alone; `view` is None where it is not judged."""

    environment: Environment
    seals: Seals
    secret: SealedSecret
    value: SealedValue
    own: Label
    view: EnvironmentView | None

    @property
    def label(self) -> Label:
        return stated(self.secret, self.environment) if self.view is None else label(self.view, self.secret)

    @property
    def at(self) -> Place | None:
        source = self.secret.object.source
        path = ("spec", "encryptedData", self.value.key)
        return Place(source.file, source.document, (*source.path, *path)) if source is not None else None

    @property
    def renamed(self) -> bool:
        """An overlay makes another label of it than its document states."""
        return bool(differing(self.own, self.label))

    def right(self) -> bool:
        """A record says that it was sealed for this."""
        known = self.seals.by_ciphertext.get(self.value.digest, ())
        return any(not differing(recorded(record), self.label) for record in known)


def _copies(among: Sequence[_Holder]) -> Iterator[tuple[_Holder, _Holder]]:
    """Those that are the copy of another one, each once; of two the one that no record speaks for, else the later."""
    told: set[int] = set()
    for first, second in combinations(range(len(among)), 2):
        one, other = among[first], among[second]
        if not _exclude(one, other):
            continue
        copy, original = (first, second) if other.right() and not one.right() else (second, first)
        if one.at == other.at and one.renamed and not other.renamed:
            # Of one line it is the overlay that made the second label, and a rule on that speaks first.
            copy, original = first, second
        if among[copy].view is None and not among[original].right():
            # Of what is judged and what is not, the first one is what has just been written.
            copy, original = original, copy
        if copy not in told and among[copy].view is not None:
            told.add(copy)
            yield among[copy], among[original]


def _exclude(one: _Holder, other: _Holder) -> bool:
    """Whether one of the two at most can open their common ciphertext."""
    if one.view is None or other.view is None:
        # What an overlay makes of the one that is not judged is not known, so neither counts.
        if one.at == other.at:
            return False
        apart = differing(one.own, other.own)
    else:
        apart = differing(one.label, other.label)
    if apart:
        return True
    if one.environment.name == other.environment.name:
        return False
    together = same_cluster(one.environment, other.environment)
    mine, yours = ({known.sha256 for known in holder.seals.known} for holder in (one, other))
    if mine and yours:
        # Clusters may have been given one key, and of two environments in one cluster one may lag behind.
        return not mine & yours and together is not True
    certificates = {
        record.certificate for holder in (one, other) for record in holder.seals.by_ciphertext.get(one.value.digest, ())
    }
    return len(certificates) > 1 or together is False


def _as_written(environment: EnvironmentView, secret: SealedSecret) -> Label:
    """The label that an object has by its document alone."""
    metadata = node(written(environment, secret.object), ("metadata",))
    if not isinstance(metadata, Mapping):
        return stated(secret, environment.environment)
    namespace = namespace_of(str(metadata.get("namespace") or ""), environment.environment)
    return Label(secret.scope, namespace, str(metadata.get("name") or ""))


def _copy(pairs: Sequence[tuple[_Holder, _Holder]]) -> Iterator[Fault]:
    copy, original = pairs[0]
    if copy.view is None:
        return
    keys = list(dict.fromkeys(holder.value.key for holder, _ in pairs))
    here, there = _owner(copy), _owner(original)
    apart = str(copy.label) != str(original.label)
    why = f"{copy.label} and {original.label}" if apart else f"{here} and {there}, which have keys of their own"
    at = original.at
    yield Fault(
        rule="",
        message=f"{copy.secret.name}: {listed(keys)} a copy of what {original.secret.name} holds, for {why}:"
        " one of the two opens at most",
        at=field(copy.secret, copy.value.key),
        label=f"the same ciphertext as in {original.secret.name}",
        related=(Related(at, f"the same ciphertext, {there}"),) if at is not None else (),
        environment=copy.environment.name,
        object=copy.secret.object.ref,
        path=("spec", "encryptedData", copy.value.key),
        fix=Suggestion(f"seal it anew: {reseal(copy.view, copy.secret, copy.value.key)}"),
        subjects=(subjects.label(copy.secret.object.ref),),
    )


def _owner(holder: _Holder) -> str:
    return f"{holder.secret.name} in {holder.environment.name}"


def _of_value(view: SecretView, value: SealedValue, message: str, words: str, fix: Suggestion) -> Fault:
    ref = view.secret.object.ref
    return Fault(
        rule="",
        message=message,
        at=field(view.secret, value.key),
        label=words,
        object=ref,
        path=("spec", "encryptedData", value.key),
        fix=fix,
        subjects=(subjects.label(ref),),
    )


def _days(parameters: Parameters) -> int:
    days = parameters["days"]
    if isinstance(days, bool) or not isinstance(days, int):
        raise UserError("the parameter days of secrets/stale is no number", "write days: 30")
    return days


def _is_newer(record: Record, current: Certificate, environment: EnvironmentView) -> bool:
    """Whether the certificate of a record is known to be newer than the current one, which then was put back."""
    older = (one.certificate for one in environment.seals.older)
    return any(one.sha256 == record.certificate and one.not_before >= current.not_before for one in older)
