"""What an environment seals with: its certificates and its records, read once for all checks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from hydrogitops.config.configuration import Configuration
from hydrogitops.secrets import certificates, records
from hydrogitops.secrets.certificates import Certificate, CertificateError
from hydrogitops.secrets.records import Record, RecordsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hydrogitops.repo.sources import Sources


class OlderCertificate(NamedTuple):
    file: str
    certificate: Certificate


class Seals(NamedTuple):
    """What an environment seals with and what it has recorded.

    `file`: where its certificate has to lie; `present`: it does. `current` is None where it is absent or `problem` says
    why nothing can be sealed with it; `certificates`: how many are in it. `records` is None where there is no
    `sealed.json`, or `records_problem` says why it cannot be read. `today` is the day that ages are counted to.
    """

    file: str
    present: bool
    problem: str
    current: Certificate | None
    certificates: int
    older: tuple[OlderCertificate, ...]
    records: Mapping[str, Record] | None
    records_file: str
    records_problem: str
    today: date
    by_ciphertext: Mapping[str, tuple[Record, ...]]
    """The records that speak of a ciphertext, by its `records.digest`."""

    @property
    def known(self) -> tuple[Certificate, ...]:
        """Every certificate of the cluster that is known, the current one first."""
        current = (self.current,) if self.current is not None else ()
        return (*current, *(one.certificate for one in self.older))


def seals(sources: Sources, environment: str, configuration: Configuration, today: date | None = None) -> Seals:
    """What the repository holds of an environment's certificates and records."""
    file = configuration.certificate_file(environment)
    pem = sources.content(file)
    problem = ""
    found: tuple[Certificate, ...] = ()
    if pem is not None:
        try:
            found = certificates.read(pem)
        except CertificateError as error:
            problem = str(error)
    recorded, records_problem = _records(sources, records.file(environment))
    return Seals(
        file=file,
        present=pem is not None,
        problem=problem,
        current=found[0] if found else None,
        certificates=certificates.count(pem) if pem is not None else 0,
        # Those behind the first are not sealed with, but a value of this cluster may be for one of them.
        older=(*(OlderCertificate(file, one) for one in found[1:]), *_older(sources, environment)),
        records=recorded,
        records_file=records.file(environment),
        records_problem=records_problem,
        today=today or datetime.now(UTC).date(),
        by_ciphertext=_by_ciphertext(recorded or {}),
    )


def _older(sources: Sources, environment: str) -> Iterator[OlderCertificate]:
    folder = f"environments/{environment}/sealing-old/"
    for name in sources.listed:
        if name.startswith(folder) and name.endswith(".pem"):
            try:
                yield from (OlderCertificate(name, one) for one in certificates.read(sources.content(name) or b""))
            except CertificateError:
                continue


def _by_ciphertext(recorded: Mapping[str, Record]) -> Mapping[str, tuple[Record, ...]]:
    found: dict[str, tuple[Record, ...]] = {}
    for record in recorded.values():
        found[record.ciphertext] = (*found.get(record.ciphertext, ()), record)
    return found


def _records(sources: Sources, name: str) -> tuple[Mapping[str, Record] | None, str]:
    text = sources.content(name)
    if text is None:
        return None, ""
    try:
        return records.read(text.decode("utf-8", "replace")), ""
    except RecordsError as error:
        return None, str(error)
