"""What can be sealed: each key of each SealedSecret as an environment applies it, and the scalar it is written as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from hydrogitops.charts.contract import ChartSecret, SecretKey, named
from hydrogitops.charts.origins import Origins
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.charts.workloads import objects, sealed_secrets
from hydrogitops.config.configuration import Configuration
from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.look import see
from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.model import Environment, Field, Place, SealedSecret, UserError
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import ENDINGS, Sources
from hydrogitops.secrets import records
from hydrogitops.secrets.records import Record
from hydrogitops.secrets.sealing import inspect
from hydrogitops.source.shapes import node

State = Literal["placeholder", "sealed", "broken", "wrong label", "stale"]
"""`wrong label`, `stale`: sealed, and by the record for another label or certificate than the environment's own."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a chart's contract says of a key: the release, its Secret there, and what a value has to look like."""

    values: ReleaseValues
    secret: ChartSecret
    key: SecretKey


@dataclass(frozen=True, slots=True)
class Target:
    """A key of a SealedSecret in one environment. `secret` is the object as applied, `written` its name in the file.

    `place`: the scalar to replace; None where there is none, and `trouble` says why. `record`: what `sealed.json` says
    of the very value that is there.
    """

    environment: str
    secret: SealedSecret
    key: str
    value: object
    written: str
    place: Place | None
    trouble: str
    state: State
    record: Record | None
    known: Known | None

    @property
    def title(self) -> str:
        return f"{self.written}/{self.key}"


@dataclass(slots=True)
class Repository:
    """A repository whose environments are rendered when somebody asks for them, and what was sealed in it since."""

    sources: Sources
    configuration: Configuration
    environments: tuple[Environment, ...]
    today: date | None = None
    sealed: dict[Place, str] = field(default_factory=dict)
    """Values put into files since they were read."""
    _views: dict[str, EnvironmentView] = field(default_factory=dict)
    _origins: dict[str, Origins] = field(default_factory=dict)
    _targets: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    _files: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.sources.root

    def look(self, names: Iterable[str]) -> None:
        """Render environments, those not yet seen in one go. UserError where one cannot be rendered."""
        wanted = [one for one in self.environments if one.name in set(names) - self._views.keys()]
        if not wanted:
            return
        seen = see(self.sources, wanted, self.configuration, render=True, today=self.today)
        built = [view for view in seen.views if view.built]
        # What was built stays, whatever else was not.
        self._views.update((view.name, view) for view in built)
        self._origins.update((view.name, seen.origins[view.name]) for view in built)
        for view in seen.views:
            if not view.built:
                reasons = [gap.reason for gap in seen.unseen if gap.environment == view.name]
                raise UserError(
                    f"{view.name} cannot be rendered, so nobody knows what its values have to be sealed for:"
                    f" {'; '.join(reasons)}",
                    f"hydrogitops render --env {view.name} says more",
                )

    def view(self, environment: str) -> EnvironmentView:
        self.look([environment])
        return self._views[environment]

    def targets(self, environment: str) -> tuple[Target, ...]:
        """Every key of every SealedSecret that an environment applies, in the order in which they are written."""
        if environment not in self._targets:
            view = self.view(environment)
            self._targets[environment] = tuple(_targets(self.sources, view, self._origins[environment]))
        return self._targets[environment]

    def readers(self, target: Target) -> tuple[Target, ...]:
        """The same scalar as the other environments see it that read it."""
        place = target.place
        if place is None:
            return ()
        others = [
            one.name
            for one in self.environments
            if one.name != target.environment and place.file in self._files_of(one)
        ]
        self.look(others)
        return tuple(one for name in others for one in self.targets(name) if one.place == place)

    def _files_of(self, environment: Environment) -> frozenset[str]:
        """The files of an environment behind their links."""
        if environment.name not in self._files:
            self._files[environment.name] = frozenset(map(self.sources.real, environment.files))
        return self._files[environment.name]


def open_repository(start: Path, today: date | None = None) -> Repository:
    """The repository around `start`, nothing rendered yet. UserError for a configuration that is wrong."""
    sources = open_sources([start])
    configuration = read_configuration(sources)
    environments = discover(sources, configuration).environments
    if not environments:
        raise UserError("there is no environment here", "hydrogitops lint says what it finds")
    return Repository(sources, configuration, tuple(environments), today)


def environment_of(repository: Repository, stated: str | None, name: str) -> str:
    """The environment that is meant: the stated one, else the only one that has a SealedSecret written as `name`."""
    names = [one.name for one in repository.environments]
    if stated is not None:
        if stated not in names:
            near = get_close_matches(stated, names, 1)
            raise UserError(
                f"there is no environment {stated}",
                f"did you mean {near[0]}?" if near else f"there are: {listed(names)}",
            )
        return stated
    having = [one.name for one in repository.environments if name in _names(repository.sources, one)]
    if len(having) == 1:
        return having[0]
    if not having:
        known = sorted({known for one in repository.environments for known in _names(repository.sources, one)})
        raise UserError("no environment has a SealedSecret of that name", _instead(name, known, repository.sources))
    raise UserError(f"{listed(having)} have a SealedSecret of that name", f"say which one is meant: --env {having[0]}")


def find(repository: Repository, environment: str, name: str, key: str | None) -> list[Target]:
    """The targets of the SealedSecret written as `name`, all of them or that of one key.

    What was typed is not repeated in any message: it may be a secret in the wrong place.
    """
    every = repository.targets(environment)
    found = [one for one in every if one.written == name]
    if not found:
        bare = [secret for secret in repository.view(environment).sealed if secret.name == name and not secret.keys]
        if bare:
            raise UserError(f"{name} has no key under spec.encryptedData in {environment}", "write its keys first")
        known = list(dict.fromkeys(one.written for one in every))
        raise UserError(f"{environment} has no SealedSecret of that name", _instead(name, known, repository.sources))
    if len({(one.secret.namespace, one.secret.name) for one in found}) > 1:
        spaces = sorted({one.secret.namespace for one in found})
        raise UserError(
            f"{environment} has several SealedSecrets of that name, in {listed(spaces)}",
            "give them names of their own, or seal in the environment that has one of them",
        )
    # A link beside its file is the same object once more.
    found = list({(one.key, one.place or number): one for number, one in enumerate(found)}.values())
    keys = [one.key for one in found]
    if len(set(keys)) < len(keys):
        files = dict.fromkeys(one.place.file for one in found if one.place is not None)
        raise UserError(
            f"{environment} has the SealedSecret {name} more than once: {listed(list(files)) if files else 'no file'}",
            "drop all but one; which of them counts in the cluster nobody can say",
        )
    if key is None:
        return found
    if key not in keys:
        raise UserError(f"{name} has no such key in {environment}", _instead(key, keys))
    return [one for one in found if one.key == key]


def listed(names: Sequence[str]) -> str:
    """`dev, staging and prod`."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]]) or "none"


def _instead(typed: str, known: Sequence[str], sources: Sources | None = None) -> str:
    near = get_close_matches(typed, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {listed(known)}"
    # What is not read cannot be found, and looks as if it were there.
    for names, why in _unread(sources) if sources is not None else ():
        hint += f"\nnot read: {listed(names)} ({why})" if names else ""
    return hint


def _unread(sources: Sources) -> Iterator[tuple[list[str], str]]:
    out = [name for name in sources.listed if name.endswith(ENDINGS) and sources.leads_out(name)]
    yield out, "a link that leads out of the repository"
    files = [file for name in sources.names if (file := sources.get(name)) is not None]
    yield [file.path for file in files if file.broken and "SealedSecret" in file.text], "it does not parse"


def _names(sources: Sources, environment: Environment) -> set[str]:
    return {written.name for written, _ in _written(sources, environment)}


def _written(sources: Sources, environment: Environment) -> Iterator[tuple[SealedSecret, Place]]:
    """The SealedSecrets in the files of an environment, each with the place of its object."""
    wanted = set(environment.resources)
    for name in dict.fromkeys(name for name, _ in environment.resources):
        file = sources.get(name)
        for secret in sealed_secrets(objects(file, written=True)) if file is not None else ():
            place = secret.object.source
            if place is not None and (name, place.document) in wanted:
                yield secret, place


def _targets(sources: Sources, view: EnvironmentView, origins: Origins) -> Iterator[Target]:
    written = {place: secret for secret, place in _written(sources, view.environment)}
    order = list(written)
    patched = {(patch.file, patch.document) for patch in view.environment.patches}
    patched |= {(patch.file, 0) for patch in view.environment.patches if patch.inline is not None}
    by_ciphertext = {record.ciphertext: record for record in (view.seals.records or {}).values()}

    def position(secret: SealedSecret) -> int:
        return order.index(secret.object.source) if secret.object.source in written else len(order)

    for applied in sorted(view.sealed, key=position):
        secret = applied._replace(namespace=namespace_of(applied.namespace, view.environment))
        source = secret.object.source
        document = written.get(source) if source is not None else None
        name = document.name if document is not None else secret.name
        # An engine sorts the keys.
        keys = dict.fromkeys((*(document.keys if document is not None else ()), *secret.keys))
        for key, value in ((key, secret.keys[key]) for key in keys if key in secret.keys):
            path = ("spec", "encryptedData", key)
            located = origins.locate(Field(secret.object.ref, path)).place
            place: Place | None = None
            if (located.file, located.document) in patched and located.part == "value":
                place = located
            elif document is not None and source is not None:
                place = Place(source.file, source.document, (*source.path, *path))
            if place is not None:
                # A file may have several names, by links.
                place = place._replace(file=sources.real(place.file))
            trouble = _trouble(sources, view.name, secret, place, value)
            record = by_ciphertext.get(records.digest(value)) if isinstance(value, str) else None
            yield Target(
                environment=view.name,
                secret=secret,
                key=key,
                value=value,
                written=name,
                place=None if trouble else place,
                trouble=trouble,
                state=_state(view, secret, value, record),
                record=record,
                known=_known(view, secret, name, key),
            )


def _trouble(sources: Sources, environment: str, secret: SealedSecret, place: Place | None, value: object) -> str:
    """Why the scalar at a place is not what the environment applies; empty where it is."""
    if place is None:
        if secret.object.release:
            return (
                f"release {secret.object.release} makes {secret.name}, so no file of this repository holds its values"
            )
        return f"what {environment} applies as {secret.name} cannot be found in a file"
    document = sources.document(place.file, place.document)
    written = node(document.data, place.path) if document is not None else None
    if place.word is not None and isinstance(written, str):
        written = written[slice(*place.word)]
    if written == value and type(written) is type(value):
        return ""
    return f"{place.file} does not hold what {environment} applies: something between the two changes it"


def _state(view: EnvironmentView, secret: SealedSecret, value: object, record: Record | None) -> State:
    if vacant(value):
        return "placeholder"
    if not isinstance(value, str):
        return "broken"
    problem = inspect(value).problem
    if problem is not None:
        return "placeholder" if problem == "placeholder" else "broken"
    if record is None:
        return "sealed"
    if (record.scope, record.namespace, record.name) != (secret.scope, secret.namespace, secret.name):
        return "wrong label"
    current = view.seals.current
    return "stale" if current is not None and record.certificate != current.sha256 else "sealed"


def vacant(value: object) -> bool:
    """Whether nothing stands where a value should."""
    return value is None or value == ""


def _known(view: EnvironmentView, secret: SealedSecret, written: str, key: str) -> Known | None:
    for values, contract in view.contracts():
        for one in contract.secrets:
            if named(one.name, secret.name, values.release.name) or named(one.name, written, values.release.name):
                for known in one.keys:
                    if known.name == key:
                        return Known(values, one, known)
    return None
