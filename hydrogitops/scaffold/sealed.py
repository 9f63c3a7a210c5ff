"""Which SealedSecrets an environment needs: names and keys are those that the workloads of the chart read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PLACEHOLDER = "__UNSEALED__"
"""Stands for a value that is not sealed yet: no base64 from its first byte, so no controller takes it for one."""


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Secret:
    """`readers`: Deployments and StatefulSets whose pods read it, as `Kind/name`."""

    name: str
    purpose: str
    keys: tuple[Key, ...]
    readers: tuple[str, ...]
    type: str = "Opaque"


def secrets(release: str, inside: frozenset[str], *, postgres_user: str, smtp: bool) -> tuple[Secret, ...]:
    """In order of their names' importance to a reader; `inside`: the parts that the chart runs itself."""
    return tuple(_secrets(release, inside, postgres_user=postgres_user, smtp=smtp))


def digest(values: Iterable[tuple[str, str, str]]) -> str:
    """A short digest of (object, key, text as written) of all sealed values, in any order."""
    text = "\n".join(f"{name}/{key}={value}" for name, key, value in sorted(values))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _secrets(release: str, inside: frozenset[str], *, postgres_user: str, smtp: bool) -> Iterator[Secret]:
    def deployments(*names: str) -> tuple[str, ...]:
        return tuple(f"Deployment/{release}-{name}" for name in names)

    def sets(*names: str) -> tuple[str, ...]:
        return tuple(f"StatefulSet/{release}-{name}" for name in names)

    analysts = ("sonar", "stat", "rootcause", "auto-od", "visualization")
    keys = [Key("postgresql-password", "password of the platform's user at PostgreSQL")]
    readers = deployments("manager", "sonar")
    if "postgresql" in inside:
        readers += sets("postgresql")
        if postgres_user != "postgres":
            keys.append(Key("postgresql-postgres-password", "password of the superuser postgres; any, generate it"))
    yield Secret(f"{release}-postgresql", "Login of manager and sonar at PostgreSQL.", tuple(keys), readers)

    keys = [Key("mongodb-password", "password of the platform's user at MongoDB")]
    readers = deployments(*analysts)
    if "mongodb" in inside:
        readers += sets("mongodb-primary", "mongodb-secondary", "mongodb-arbiter")
        keys += [
            Key("mongodb-root-password", "password of MongoDB's root; any, generate it"),
            Key(
                "mongodb-replica-set-key",
                "what the members of the replica set know each other by; any base64 text, generate it",
            ),
        ]
    yield Secret(f"{release}-mongodb", "Login of sonar and the analysing services at MongoDB.", tuple(keys), readers)

    readers = deployments(*analysts)
    if "docker-registry" in inside:
        readers += deployments("docker-registry")
    store = "of the object store"
    yield Secret(
        f"{release}-aws-secret",
        "Key to the buckets.",
        (Key("awsAccessKeyID", f"access key id {store}"), Key("awsSecretAccessKey", f"secret access key {store}")),
        readers,
    )
    if "minio" in inside:
        yield Secret(
            f"{release}-minio",
            f"What minio in the cluster asks for: the same two values as in {release}-aws-secret.",
            (
                Key("access-key", f"the same as awsAccessKeyID of {release}-aws-secret"),
                Key("secret-key", f"the same as awsSecretAccessKey of {release}-aws-secret"),
            ),
            deployments("minio"),
        )
    yield Secret(
        f"docker-credentials-{release}",
        "What manager pushes images of models with, and what their pods are pulled with.",
        (
            Key(
                ".dockerconfigjson",
                "user name and password for the registry, as `docker login` writes them; seal composes it",
            ),
        ),
        deployments("manager"),
        "kubernetes.io/dockerconfigjson",
    )
    if "docker-registry" in inside:
        yield Secret(
            f"{release}-docker-registry-secret",
            "The password of the registry in the cluster, and the script that makes its bucket.",
            (
                Key("password", "password for the registry; any, generate it"),
                Key("storageInit", "shell script with the key to the object store; seal composes it"),
            ),
            deployments("docker-registry", "manager"),
        )
    else:
        yield Secret(
            f"{release}-registry-credentials",
            "Login of manager at the registry.",
            (
                Key("username", "user name at the registry"),
                Key("password", "password or access token for the registry"),
            ),
            deployments("manager"),
        )
    if smtp:
        yield Secret(
            f"{release}-alertmanager",
            "Configuration of alertmanager, because the password of the mail relay is part of it.",
            (
                Key(
                    "alertmanager.yml",
                    "the whole file; seal composes it from relay, user name, password, sender and receivers",
                ),
            ),
            sets("alertmanager"),
        )
