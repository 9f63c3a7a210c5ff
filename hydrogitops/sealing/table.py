"""`secrets`: every key of every SealedSecret, what is known of its value without opening it, and who reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from hydrogitops.linter import policies
from hydrogitops.linter.inputs import EnvironmentView, RepositoryView, SecretView
from hydrogitops.linter.seals import Seals
from hydrogitops.model import Fault, ObjectRef, UserError
from hydrogitops.secrets import records
from hydrogitops.secrets.records import Record

from .consumers import consumers
from .targets import Repository, Target, environment_of, open_repository

State = Literal["placeholder", "sealed", "stale", "wrong label", "wrong certificate", "copied", "broken", "empty"]
"""`sealed`: nothing speaks against its opening. `stale`: sealed for an older certificate. `wrong label`: for another
name, namespace or scope. `wrong certificate`: for none that is known of this cluster. `copied`: under two labels, and
one of them opens at most. `broken`: no sealed value. `empty`: an object without keys, which makes an empty Secret."""

_OF_LABEL: Final = ("secrets/scope-annotation", "secrets/namespace-missing", "secrets/renamed-by-overlay")
_OF_CERTIFICATE: Final = ("secrets/key-size-mismatch", "secrets/wrong-certificate")
_OF_COPIES: Final = "secrets/copied"

_Values = Mapping[tuple[str, ObjectRef], frozenset[str]]
"""Keys of an object in an environment."""


@dataclass(frozen=True, slots=True)
class Row:
    """A key; `object` is the name as written, which `seal` goes by.

    Of the record, where there is one of this very value: `age` in days, `certificate` (8 hex), and whether that is the
    `current` one, an `old` one of this environment, or `unknown` to it.
    """

    environment: str
    object: str
    key: str
    state: State
    age: int | None = None
    certificate: str = ""
    standing: Literal["current", "old", "unknown", ""] = ""
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`troubles`: why some environments are not in it, a sentence each; `remarks`: what else has to be known."""

    rows: tuple[Row, ...]
    troubles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def table(start: Path, environments: Sequence[str] = (), *, today: date | None = None) -> Table:
    """The keys of the environments that are named, of all where none is: by environment, object and key.

    `today` is the day that ages are counted to. UserError for an environment that does not exist, or a configuration
    that is wrong.
    """
    repository = open_repository(start, today)
    wanted = {environment_of(repository, name, "") for name in environments}
    names = [one.name for one in repository.environments if not wanted or one.name in wanted]
    troubles = _look(repository, names)
    views = [repository.view(name) for name in names if name not in troubles]
    copied = _copied(repository, views)
    rows = [row for view in views for row in _rows(view, repository.targets(view.name), copied)]
    return Table(tuple(rows), tuple(troubles.values()), tuple(remark for view in views for remark in _remarks(view)))


def _look(repository: Repository, names: Sequence[str]) -> dict[str, str]:
    """Render the environments; by name why one cannot be."""
    try:
        repository.look(names)
    except UserError:
        troubles = {}
        for name in names:
            try:
                repository.look([name])
            except UserError as error:
                troubles[name] = error.message
        return troubles
    return {}


def _rows(view: EnvironmentView, found: Sequence[Target], copied: _Values) -> list[Row]:
    labels, certificates = _judged(view, _OF_LABEL), _judged(view, _OF_CERTIFICATE)
    read_by = consumers(view)
    rows = []
    for one in found:
        here = (view.name, one.secret.object.ref)
        state: State = one.state
        if one.state in ("sealed", "stale"):
            if here in labels:
                state = "wrong label"
            elif one.key in certificates.get(here, ()):
                state = "wrong certificate"
            elif one.key in copied.get(here, ()):
                state = "copied"
        record = one.record
        rows.append(
            Row(
                environment=view.name,
                object=one.written,
                key=one.key,
                state=state,
                age=max((view.seals.today - date.fromisoformat(record.at)).days, 0) if record is not None else None,
                certificate=record.certificate[:8] if record is not None else "",
                standing=_standing(record, view.seals) if record is not None else "",
                consumers=read_by(one.secret, one.key),
            )
        )
    for secret in view.sealed:
        if not secret.keys and not secret.template.get("data"):
            rows.append(Row(view.name, secret.name, "", "empty"))  # noqa: PERF401 - two kinds of rows in one list
    return sorted(rows, key=lambda row: (row.object, row.key))


def _standing(record: Record, seals: Seals) -> Literal["current", "old", "unknown"]:
    if seals.current is not None and record.certificate == seals.current.sha256:
        return "current"
    return "old" if record.certificate in {one.sha256 for one in seals.known} else "unknown"


def _judged(view: EnvironmentView, rules: Sequence[str]) -> _Values:
    """What rules on a secret find for certain or by proof, as `lint` would: the keys that they name."""
    found: dict[tuple[str, ObjectRef], frozenset[str]] = {}
    for secret in view.sealed:
        for rule in rules:
            for fault in _faults(rule, SecretView(secret, view)):
                # Of labels the milder cases are those that open.
                if rule in _OF_LABEL and fault.mild is not None:
                    continue
                here = (view.name, secret.object.ref)
                found[here] = found.get(here, frozenset()) | {str(fault.path[-1]) if fault.path else ""}
    return found


def _copied(repository: Repository, views: Sequence[EnvironmentView]) -> _Values:
    """The keys of each object that is told as a copy which hold what another one holds too."""
    looked = RepositoryView(tuple(views), repository.configuration, (), {})
    objects = {(fault.environment, fault.object) for fault in _faults(_OF_COPIES, looked)}
    digests = {
        (view.name, secret.object.ref, key): records.digest(value)
        for view in views
        for secret in view.sealed
        for key, value in secret.keys.items()
        if isinstance(value, str)
    }
    held = Counter(digests.values())
    found: dict[tuple[str, ObjectRef], frozenset[str]] = {}
    for (name, ref, key), digest in digests.items():
        if (name, ref) in objects and held[digest] > 1:
            found[name, ref] = found.get((name, ref), frozenset()) | {key}
    return found


def _faults(rule: str, view: SecretView | RepositoryView) -> Iterator[Fault]:
    policy = policies.load()[rule]
    yield from policies.check(rule, policy.check, policy.scope)(view, policy.parameters)


def _remarks(view: EnvironmentView) -> Iterator[str]:
    if view.evidence == "stand-in":
        yield f"{view.name}: the chart is not in the repository; consumers are those that the stand-in chart shows"
    if view.seals.records_problem:
        yield f"{view.seals.records_file} cannot be read: {view.seals.records_problem}"
    if not view.seals.present and view.sealed:
        # Where nothing is sealed nobody waits for it.
        yield f"{view.name} has no certificate to seal with yet: {view.seals.file} is not there"
    elif view.seals.problem:
        yield f"nothing can be sealed with {view.seals.file}: {view.seals.problem}"
