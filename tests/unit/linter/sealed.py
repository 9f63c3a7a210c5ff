"""Sealed objects for tests of rules: values that are sealed for real, records of them, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from hydrogitops.secrets import certificates, records
from hydrogitops.secrets.records import Record, Scope
from hydrogitops.secrets.sealing import seal
from tests.sealing_keys import certificate

OLD, NEW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 2, 1, tzinfo=UTC)
ANNOTATIONS: Mapping[Scope, str] = {
    "strict": "",
    "namespace-wide": 'sealedsecrets.bitnami.com/namespace-wide: "true"',
    "cluster-wide": 'sealedsecrets.bitnami.com/cluster-wide: "true"',
}


def pem(which: int = 0, not_before: datetime = OLD) -> str:
    return certificate(2048, not_before=not_before, which=which)[0].decode()


def fingerprint(which: int = 0) -> str:
    return certificates.read(pem(which).encode())[0].sha256


def value(number: int = 0, which: int = 0) -> str:
    """A sealed value; each number is another one, sealed for the key `which`. What for, nobody can see."""
    return _value(number, which)


@cache
def _value(number: int, which: int) -> str:
    return seal(pem(which).encode(), b"correct horse %d" % number, namespace="ml", name="db", at=AT)


def secret(
    name: str = "db",
    namespace: str = "ml",
    keys: Mapping[str, str] | None = None,
    *,
    scope: Scope = "strict",
    template: str = "",
) -> str:
    """A SealedSecret as a document; `template`: lines below `spec.template`."""
    lines = ["apiVersion: bitnami.com/v1alpha1", "kind: SealedSecret", "metadata:", f"  name: {name}"]
    lines += [f"  namespace: {namespace}"] if namespace else []
    lines += ["  annotations:", f"    {ANNOTATIONS[scope]}"] if ANNOTATIONS[scope] else []
    lines += ["spec:", "  encryptedData:"]
    lines += [f"    {key}: {text}" for key, text in ({"password": value()} if keys is None else keys).items()]
    lines += ["  template:", *(f"    {line}" for line in (template or "type: Opaque").splitlines())]
    return "\n".join(lines) + "\n"


def recorded(*values: tuple[str, str, str], scope: Scope = "strict", which: int = 0, at: str = "2026-02-01") -> str:
    """`sealed.json` of (namespace, name, sealed value), all under the key `password`."""
    return records.write(
        {
            records.key(name, f"password-{index}" if index else "password"): Record(
                fingerprint(which), scope, namespace, name, at, records.digest(text)
            )
            for index, (namespace, name, text) in enumerate(values)
        }
    )
