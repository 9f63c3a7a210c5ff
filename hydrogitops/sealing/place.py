"""Sealing in place: every refusal comes before the first byte is written, and only the scalars change."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hydrogitops.model import Place, SourceFile, UserError
from hydrogitops.secrets import certificates, records, rollout
from hydrogitops.secrets.records import Record, RecordsError
from hydrogitops.secrets.sealing import SealingError, inspect, seal
from hydrogitops.source import reading
from hydrogitops.source.edits import EditError, apply, replace_scalar, scalar_edits
from hydrogitops.source.files import remove_leftovers, write_atomic

from .targets import Repository, Target, listed, vacant

_SAMPLE = "A" * 712
"""A text like a sealed value, to see whether one can be put somewhere."""


@dataclass(frozen=True, slots=True)
class Value:
    """What to seal for a target."""

    target: Target
    plaintext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written, relative to the repository, in that order; and what is worth saying."""

    files: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def check(repository: Repository, targets: Sequence[Target], at: datetime, *, replace: bool) -> None:
    """UserError, with the way out, where one of the targets cannot be sealed, whatever its value.

    `replace`: also what is not a placeholder may be replaced. Knows nothing of plaintext, so that nobody is asked for
    a value that cannot be used.
    """
    environments = dict.fromkeys(target.environment for target in targets)
    for environment in environments:
        check_certificate(repository, environment, at)
    for target in targets:
        _check_target(repository, target, at, replace=replace)
    places = [target.place for target in targets if target.place is not None]
    for name in dict.fromkeys(place.file for place in places):
        _check_file(repository, name)
        file = repository.sources.get(name)
        assert file is not None
        _text(file, repository.sources.content(name) or b"")
        _edited(file, [(place, _SAMPLE) for place in places if place.file == name])
    environments |= dict.fromkeys(one.environment for target in targets for one in repository.readers(target))
    for environment in environments:
        for kept in (records.file(environment), rollout.file(environment)):
            if os.path.lexists(repository.root / kept):
                _check_file(repository, kept)
            else:
                _check_folder(repository, kept)
        _recorded(repository, environment)


def _check_folder(repository: Repository, name: str) -> None:
    """Whether a file can be made there, and in the repository."""
    folder = next(one for one in (repository.root / name).parents if one.exists())
    root, real = os.path.realpath(repository.root), os.path.realpath(folder)
    if real != root and not real.startswith(f"{root}{os.sep}"):
        raise UserError(f"{name} would lie outside the repository", "a link of it leads out; make it a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{name} cannot be written: its folder is read-only", "nothing was sealed")


def _check_target(repository: Repository, target: Target, at: datetime, *, replace: bool) -> None:
    if target.place is None:
        made = bool(target.secret.object.release)
        raise UserError(
            f"{target.title}: {target.trouble}",
            "have it written as a file, not by a chart" if made else "seal it in the file that decides",
        )
    _check_label(target)
    if not replace and not replaceable(target):
        held = "a sealed value" if target.state != "broken" else "something that is no sealed value"
        raise UserError(f"{target.title} holds {held} in {target.environment}", "--replace puts another in its place")
    _check_readers(repository, target, at)


def replaceable(target: Target) -> bool:
    """Whether nothing of worth stands there: a placeholder, or nothing at all."""
    return target.state == "placeholder" or vacant(target.value)


def put(repository: Repository, values: Sequence[Value], at: datetime) -> Done:
    """Seal values and put them in the place of what their targets hold; then the records, then the rollout patches.

    `check` has passed for each of the targets. UserError where a file has changed meanwhile or cannot be written; then
    files before it in this order are written, and the message names them.
    """
    remarks: list[str] = []
    ciphertexts: dict[Place, str] = {}
    for value in values:
        target = value.target
        assert target.place is not None
        pem = repository.sources.content(repository.view(target.environment).seals.file) or b""
        secret = target.secret
        sealed = seal(pem, value.plaintext, namespace=secret.namespace, name=secret.name, scope=secret.scope, at=at)
        ciphertexts[target.place] = sealed
    readers = [reader for value in values for reader in (value.target, *repository.readers(value.target))]
    environments = list(dict.fromkeys(reader.environment for reader in readers))

    writes: list[tuple[str, bytes]] = []
    for file in dict.fromkeys(place.file for place in ciphertexts):
        source = _current(repository, file)
        changes = [(place, sealed) for place, sealed in ciphertexts.items() if place.file == file]
        writes.append((file, _edited(source, changes).encode("utf-8")))
    now = {**repository.sealed, **ciphertexts}
    for environment in environments:
        mine = [one for one in readers if one.environment == environment and one.place in ciphertexts]
        writes.append((records.file(environment), _records(repository, environment, mine, ciphertexts, at)))
    for environment in environments:
        text, remark = _rollout(repository, environment, now)
        remarks += [remark] if remark else []
        if text is not None:
            writes.append((rollout.file(environment), text))
    _write(repository, writes)
    if not repository.sealed:
        remarks += _to_be_rendered(repository, environments)
    repository.sealed.update(ciphertexts)
    return Done(tuple(name for name, _ in writes), tuple(remarks))


def _to_be_rendered(repository: Repository, environments: Sequence[str]) -> list[str]:
    """What is applied in place of the files that were changed, and has to be made of them again."""
    folders = [repository.view(name).environment.rendered for name in environments]
    return [
        f"{folder} is what is applied, and does not have it yet: hydrogitops render -o {posixpath.dirname(folder)}"
        for folder in folders
        if folder
    ]


def check_certificate(repository: Repository, environment: str, at: datetime) -> None:
    """UserError where an environment has no certificate that may be sealed with."""
    seals = repository.view(environment).seals
    fetch = f"hydrogitops seal --env {environment} --fetch-certificate URL|FILE"
    if not seals.present:
        raise UserError(
            f"{environment} has no certificate to seal with: there is no {seals.file}", f"bring it there: {fetch}"
        )
    if seals.current is None:
        raise UserError(f"{seals.file}: nothing can be sealed with it: {seals.problem}", f"fetch another: {fetch}")
    if certificates.expired(seals.current, at):
        raise UserError(
            f"{seals.file} has expired on {seals.current.not_after:%Y-%m-%d}", f"fetch the current one: {fetch}"
        )
    problem = _of_no_use(repository.sources.content(seals.file) or b"", at)
    if problem:
        raise UserError(
            f"{seals.file}: no controller opens what is sealed with it: {problem}", f"fetch another: {fetch}"
        )
    stated = repository.configuration.environments.get(environment)
    pin = stated.certificate_sha256 if stated is not None else ""
    if pin and pin != seals.current.sha256:
        raise UserError(
            f"{seals.file} is not the certificate that is pinned for {environment}:"
            f" it is {seals.current.sha256[:8]}…, the pin says {pin[:8]}…",
            f"put the pinned one back, or fetch and pin the right one: {fetch}",
        )


def _of_no_use(pem: bytes, at: datetime) -> str:
    """Why a sealed value would not open, told by one that is sealed; empty where it would."""
    try:
        sealed = inspect(seal(pem, b"", scope="cluster-wide", at=at), pem)
    except SealingError as error:
        return str(error)
    return "" if sealed.problem is None else f"its key has {sealed.key_bits or 'an odd number of'} bits"


def _check_label(target: Target) -> None:
    secret = target.secret
    if secret.scope != "cluster-wide" and not secret.namespace:
        raise UserError(
            f"{secret.name} has no namespace in {target.environment}, and its values are sealed for one",
            "write metadata.namespace, or namespace: into the kustomization",
        )
    if secret.scope == "strict" and not secret.name:
        raise UserError(f"a SealedSecret of {target.environment} has no name", "write metadata.name")


def _check_readers(repository: Repository, target: Target, at: datetime) -> None:
    """One text can be opened under one label by one key: every environment that reads it has to agree on both."""
    readers = repository.readers(target)
    here = target.secret
    for reader in readers:
        there = reader.secret
        if _label(reader) != _label(target):
            names = listed([target.environment, *(one.environment for one in readers)])
            raise UserError(
                f"{target.title}: {names} read the same line, {target.environment} as {here.namespace}/{here.name}"
                f" ({here.scope}), {reader.environment} as {there.namespace}/{there.name} ({there.scope}):"
                " no value opens in both",
                "give each environment a SealedSecret of its own",
            )
        check_certificate(repository, reader.environment, at)
        if repository.view(reader.environment).seals.current != repository.view(target.environment).seals.current:
            raise UserError(
                f"{target.title}: {target.environment} and {reader.environment} read the same line and have"
                " different certificates: no value opens in both",
                "give each environment a SealedSecret of its own",
            )


def _label(target: Target) -> tuple[str, ...]:
    secret = target.secret
    parts = {"strict": (secret.namespace, secret.name), "namespace-wide": (secret.namespace,)}
    return (secret.scope, *parts.get(secret.scope, ()))


def _check_file(repository: Repository, name: str) -> None:
    """UserError where a file is not one that can be replaced: links that leave the repository, pipes, read-only."""
    if repository.sources.leads_out(name):
        raise UserError(f"{name} is a link that leads out of the repository", "seal the file that it leads to")
    path = _path(repository, name)
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}", "") from None
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{name} is no regular file", "only files are changed")
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise UserError(f"{name} is read-only", f"chmod u+w {name}, if it is to be changed")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        # A file is replaced whole, so it is its folder that has to let that happen.
        raise UserError(f"{name} cannot be replaced: its folder is read-only", f"chmod u+w the folder of {name}")


def _path(repository: Repository, name: str) -> Path:
    """The file itself: a link to it stays one."""
    return repository.root / repository.sources.real(name)


def _text(file: SourceFile, data: bytes) -> None:
    if file.broken:
        raise UserError(f"{file.path} cannot be read: {file.broken[0].message}", "", file.broken[0].span)
    if file.text.encode("utf-8") != data:
        raise UserError(f"{file.path} is not UTF-8", "only its one value may change, so write it as UTF-8 first")


def _current(repository: Repository, name: str) -> SourceFile:
    """A file as it is now. UserError where somebody else has changed it since its values were looked at."""
    try:
        data = _path(repository, name).read_bytes()
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}", "nothing was written") from None
    before = repository.sources.get(name)
    file = reading.read_bytes(name, data)
    if before is None or [one.data for one in file.documents] != [
        _with(one.data, one.number, name, repository.sealed) for one in before.documents
    ]:
        raise UserError(f"{name} has changed in the meantime", "nothing was written; run it again")
    _text(file, data)
    return file


def _with(data: object, index: int, name: str, sealed: Mapping[Place, str]) -> object:
    """The data of a document with what this run has sealed in it."""
    for place, text in sealed.items():
        if (place.file, place.document) == (name, index):
            data = _changed(data, place, place.path, text)
    return data


def _changed(data: object, place: Place, path: Sequence[str | int], text: str) -> object:
    if not path:
        if place.word is not None and isinstance(data, str):
            return f"{data[: place.word[0]]}{text}{data[place.word[1] :]}"
        return text
    step, rest = path[0], path[1:]
    if isinstance(data, Mapping):
        return {key: _changed(one, place, rest, text) if key == step else one for key, one in data.items()}
    if isinstance(data, list):
        return [_changed(one, place, rest, text) if at == step else one for at, one in enumerate(data)]
    return data


def _edited(file: SourceFile, changes: Sequence[tuple[Place, str]]) -> str:
    try:
        return apply(file.text, scalar_edits(file, changes))
    except (EditError, ValueError) as error:
        keys = listed([str(place.path[-1]) for place, _ in changes])
        raise UserError(
            f"{file.path}: {keys} cannot be replaced alone: {error}",
            "write the value as a plain text of its own, without anchor, then seal it",
        ) from None


def _recorded(repository: Repository, environment: str) -> dict[str, Record]:
    """The records as they are now."""
    name = records.file(environment)
    try:
        text = _path(repository, name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name} cannot be read: {getattr(error, 'strerror', 'it is not UTF-8')}", "mend it") from None
    try:
        return records.read(text)
    except RecordsError as error:
        raise UserError(
            f"{name} cannot be read: {error}", "mend it, or take it away: what it says is then not known any more"
        ) from None


def _records(
    repository: Repository, environment: str, targets: Iterable[Target], sealed: Mapping[Place, str], at: datetime
) -> bytes:
    known = _recorded(repository, environment)
    current = repository.view(environment).seals.current
    assert current is not None
    for target in targets:
        assert target.place is not None
        secret = target.secret
        known[records.key(secret.name, target.key)] = Record(
            certificate=current.sha256,
            scope=secret.scope,
            namespace=secret.namespace,
            name=secret.name,
            at=f"{at.astimezone(UTC):%Y-%m-%d}",
            ciphertext=records.digest(sealed[target.place]),
        )
    return records.write(known).encode("utf-8")


def _rollout(repository: Repository, environment: str, sealed: Mapping[Place, str]) -> tuple[bytes | None, str]:
    """The rollout patch with a new digest, None where there is nothing to keep; and what is to be said about it."""
    name = rollout.file(environment)
    if not repository.sources.is_file(name):
        return None, (
            f"{environment} has no {name}: pods that are running keep an old value until they are started again"
        )
    try:
        text = _path(repository, name).read_bytes().decode("utf-8")
        new = replace_scalar(text, Place(name, 0, rollout.PLACE), rollout.digest(_all(repository, environment, sealed)))
    except (OSError, UnicodeDecodeError, EditError):
        return None, f"{name} has no annotation {rollout.PLACE[-1]} that could be kept: pods are not restarted by it"
    return (new.encode("utf-8"), "") if new != text else (None, "")


def _all(repository: Repository, environment: str, sealed: Mapping[Place, str]) -> Iterator[tuple[str, str, str]]:
    for target in repository.targets(environment):
        text = sealed.get(target.place) if target.place is not None else None
        yield target.secret.name, target.key, text or ("" if target.value is None else str(target.value))


def _write(repository: Repository, writes: Sequence[tuple[str, bytes]]) -> None:
    written: list[str] = []
    for name, data in writes:
        path = _path(repository, name)
        made: list[Path] = []
        try:
            made = _folders(path.parent)
            remove_leftovers(path)
            write_atomic(path, data)
            if path.read_bytes() != data:
                raise UserError(f"{name} does not hold what was written to it", "look for what else writes it")
        except OSError as error:
            for folder in reversed(made):
                with suppress(OSError):
                    folder.rmdir()
            before = f"; written before it: {listed(written)}" if written else ""
            raise UserError(f"{name} cannot be written: {error.strerror}{before}", "") from None
        written.append(name)


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; the ones that were not there."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]
