"""`seal --fetch-certificate`: brings the public certificate of a cluster into the repository, and pins it."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from hydrogitops.config import configuration as config
from hydrogitops.config.configuration import FILE, Configuration
from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.linter.seals import Seals, seals
from hydrogitops.model import Environment, Place, SourceFile, UserError
from hydrogitops.repo import git
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from hydrogitops.secrets import certificates
from hydrogitops.secrets.certificates import Certificate, CertificateError
from hydrogitops.source.edits import EditError
from hydrogitops.source.files import write_atomic
from hydrogitops.source.insertions import put
from hydrogitops.source.reading import read

from . import certificate_source
from .certificate_source import AGAIN

_KEYS: Final = (2048, 3072, 4096, 8192)
"""Bits of keys whose sealed values are known for what they are."""
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)
_PRIVATE = b"PRIVATE KEY-----"


def fetch(start: Path, environment: str, source: str, *, at: datetime | None = None) -> str:
    """Put the certificate at `source`, a file or an https address (http: of this machine only), where `environment`
    has its own, pin it in the configuration, and keep the one before it among the older ones; what was done, in lines.

    `start`: any place in the repository. `at`: the moment that an expiry is measured by, now by default. UserError for
    all that is no certificate to seal with, for an unknown environment, and for a configuration that cannot be edited:
    nothing is changed then.
    """
    sources = open_sources([start])
    configuration = read_configuration(sources)
    environments = discover(sources, configuration).environments
    known = _known(environments, environment)
    pem, remarks = _first(certificate_source.content(source), certificate_source.shown(source))
    new = _sound(pem, certificate_source.shown(source), at or datetime.now(UTC))
    before = seals(sources, environment, configuration)
    sharing = [one for one in environments if configuration.certificate_file(one.name) == before.file]
    changes = list(_changes(sources, configuration, [one.name for one in sharing], before, new, pem))
    told = [f"{before.file}: RSA {new.bits}, valid to {new.not_after:%Y-%m-%d}, {new.sha256[:8]}"]
    if not changes:
        return "\n".join([*told, "the same certificate is there and pinned already: nothing is changed", *remarks])
    _write(changes)
    told += [f"{change.what}: {change.file}" for change in changes if change.what]
    apart = [one for one in environments if one not in sharing and _apart(one, known)]
    remarks += [
        f"note: {one.name} has the same certificate: right only if both are one cluster"
        for one in apart
        if new in seals(sources, one.name, configuration).known
    ]
    old = before.current
    kept = {one.certificate.sha256 for one in before.older}
    if old is not None and old.sha256 not in kept and not _is_pinned(configuration, [known.name], old):
        remarks.append("note: the one before it was not the pinned one, so it is not kept; who put it there?")
    return "\n".join([*told, *remarks, *_remarks(sources, known.name, before, new)])


@dataclass(frozen=True, slots=True)
class _Change:
    """A file to write. `what`: what that does, in words; empty where it goes without saying."""

    path: Path
    file: str
    data: bytes
    what: str = ""


def _known(environments: tuple[Environment, ...] | list[Environment], name: str) -> Environment:
    names = [one.name for one in environments]
    if name not in names:
        near = get_close_matches(name, names, 1)
        raise UserError(
            f"there is no environment {name}",
            f"did you mean {near[0]}?" if near else f"there are: {', '.join(names) or 'none'}",
        )
    return next(one for one in environments if one.name == name)


def _changes(
    sources: Sources, configuration: Configuration, sharing: list[str], before: Seals, new: Certificate, pem: bytes
) -> Iterator[_Change]:
    """What has to be written, in an order in which each beginning of it is safe. `sharing`: the environments whose
    certificate it is.

    First the older certificate, which is only more knowledge. Then the pin: while it waits for its file, nothing can
    be sealed with another one. The certificate comes last.
    """
    old = before.current
    if old is not None and old.sha256 != new.sha256 and _is_pinned(configuration, sharing, old):
        kept, _ = _first(sources.content(before.file) or b"", before.file)
        for environment in sharing:
            name = f"environments/{environment}/sealing-old/{old.not_before:%Y-%m-%d}-{old.sha256[:8]}.pem"
            if sources.content(name) != kept:
                yield _Change(_inside(sources, name), name, kept, "the one before it is kept as an older one")
    text, made = _pinned(sources, configuration, sharing, before.file, new.sha256)
    if text is not None:
        what = "written for it, because there was none" if made else "pinned in"
        yield _Change(sources.root / FILE, FILE, text.encode("utf-8"), what)
    if old != new:
        yield _Change(_inside(sources, before.file), before.file, pem)


def _is_pinned(configuration: Configuration, sharing: list[str], old: Certificate) -> bool:
    """Whether a certificate is the pinned one, or none is: another one has come there by some other way."""
    stated = [configuration.environments[name] for name in sharing if name in configuration.environments]
    pins = {one.certificate_sha256 for one in stated if one.certificate_sha256}
    return not pins or old.sha256 in pins


def _pinned(
    sources: Sources, configuration: Configuration, sharing: list[str], file: str, sha256: str
) -> tuple[str | None, bool]:
    """The configuration with the pins, None where it has them; and whether there was none before."""
    written = sources.get(FILE)
    text = written.text if written is not None else "version: 1\n"
    before = text
    for name in sharing:
        path = ("environments", name)
        stated = configuration.environments.get(name)
        wanted = {"certificate": file, "certificate_sha256": sha256}
        if stated is not None and (stated.certificate, stated.certificate_sha256) == tuple(wanted.values()):
            continue
        try:
            for key, value in wanted.items():
                text = put(read(FILE, text), (*path, key), value, behind="certificate")
        except EditError as error:
            span = sources.span(Place(FILE, 0, path, "key")) if written is not None else None
            raise UserError(
                f"{FILE}: the pin of {name} cannot be written: {error}",
                f"write it yourself: certificate: {file} and certificate_sha256: {sha256}, then fetch once more",
                span,
            ) from None
    if text == before:
        return None, False
    _accepted(read(FILE, text))
    return text, written is None


def _accepted(file: SourceFile) -> None:
    """What is written has to be a configuration: nobody wants to learn otherwise at the next commit."""
    from hydrogitops.source import spans

    config.parse(file.text, file.documents[0].data, lambda route: spans.span(file, Place(FILE, 0, route, "key")))


def _inside(sources: Sources, name: str) -> Path:
    """The path of a file to write; UserError where the name, or a link, leads out of the repository or into `.git`."""
    root = os.path.realpath(sources.root)
    real = os.path.realpath(f"{root}/{name}")
    plain = posixpath.normpath(name) == name and not name.startswith("/")
    if not plain or not real.startswith(f"{root}/") or ".git" in real[len(root) :].split("/"):
        raise UserError(f"{name} leads out of the repository", f"name another file as certificate: in {FILE}")
    return sources.root / name


def _write(changes: list[_Change]) -> None:
    """Write all of them; where one fails, those before it are undone."""
    undo: list[tuple[Path, bytes | None]] = []
    folders: list[Path] = []
    try:
        for change in changes:
            folders += _make(change.path.parent)
            undo.append((change.path, change.path.read_bytes() if change.path.is_file() else None))
            write_atomic(change.path, change.data)
    except BaseException as error:
        for path, data in reversed(undo):
            # What could not be written cannot be taken back either, and is as it was.
            with suppress(OSError, UserError):
                if data is None:
                    path.unlink(missing_ok=True)
                elif path.read_bytes() != data:
                    write_atomic(path, data)
        for folder in reversed(folders):
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            where = Path(error.filename).parent if error.filename else "the repository"
            raise UserError(f"{where} cannot be written: {certificate_source.reason(error)}") from None
        raise


def _make(folder: Path) -> Iterator[Path]:
    """Makes a folder and those above it; yields each that was not there."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        yield one


def _apart(one: Environment, other: Environment) -> bool:
    """Whether nothing says that two environments are in one cluster."""
    return not (one.server == other.server and one.server not in ("", "TODO"))


def _remarks(sources: Sources, environment: str, before: Seals, new: Certificate) -> Iterator[str]:
    if before.problem:
        yield f"note: {before.file} was replaced, nothing could be sealed with it: {before.problem}"
    listed = git.files(sources.root)
    if listed is not None and before.file not in listed:
        yield f"note: git ignores {before.file}; it is public and has to be committed: git add --force {before.file}"
    old = before.current
    if old is None or old.sha256 == new.sha256:
        return
    if new.not_before < old.not_before:
        yield f"note: it is older ({new.not_before:%Y-%m-%d}) than the one before it; is this the cluster you meant?"
    anew = shlex.join(["hydrogitops", "seal", "--env", environment, "--reseal"])
    yield f"what was sealed before opens as long as the cluster keeps the key of then; to seal it anew: {anew}"


def _first(data: bytes, source: str) -> tuple[bytes, list[str]]:
    """The first certificate of a PEM text, with line ends of its own, and remarks on what was not taken."""
    blocks = _BLOCK.findall(data)
    if not blocks:
        hint = AGAIN
        if _PRIVATE in data:
            hint = "it holds a private key, which belongs in no repository; the certificate is the other half"
        elif b"BEGIN PUBLIC KEY" in data:
            hint = f"a bare public key is not enough; {AGAIN}"
        raise UserError(f"{source} holds no certificate in PEM", hint)
    remarks = []
    if len(blocks) > 1:
        remarks.append(f"note: {source} holds {len(blocks)} certificates; the first was taken, as kubeseal does")
    if _PRIVATE in data:
        remarks.append(f"note: {source} holds a private key too, which was left; keep it out of the repository")
    lines = [line.strip() for line in blocks[0].splitlines()]
    return b"\n".join(line for line in lines if line) + b"\n", remarks


def _sound(pem: bytes, source: str, at: datetime) -> Certificate:
    """The certificate, if it is one to seal with."""
    try:
        found = certificates.read(pem)[0]
    except CertificateError as error:
        raise UserError(f"{source} is nothing to seal with: {error}", AGAIN) from None
    if certificates.expired(found, at):
        raise UserError(f"the certificate of {source} expired on {found.not_after:%Y-%m-%d}", AGAIN)
    if found.bits not in _KEYS:
        sizes = ", ".join(map(str, _KEYS))
        raise UserError(f"the key of {source} has {found.bits} bits; controllers have {sizes}", AGAIN)
    return found
