"""Which SealedSecrets an environment needs: names and keys are those that the workloads of the chart read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PLACEHOLDER = "__UNSEALED__"
"""Stands for a value that is not sealed yet: no base64 from its first byte, so no controller takes it for one."""


@dataclass(frozen=True, slots=True)
class Key:
    """`what`: what the value is and who knows it. `any`: nobody does before it is made, so it can be made by chance.

    Not so where another value is composed of it and of what is not made with it: `seal` could not compose that one.
    """

    name: str
    what: str
    any: bool = False


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


def _secrets(release: str, inside: frozenset[str], *, postgres_user: str, smtp: bool) -> Iterator[Secret]:
    def deployments(*names: str) -> tuple[str, ...]:
        return tuple(f"Deployment/{release}-{name}" for name in names)

    def sets(*names: str) -> tuple[str, ...]:
        return tuple(f"StatefulSet/{release}-{name}" for name in names)

    analysts = ("sonar", "stat", "rootcause", "auto-od", "visualization")
    here = "postgresql" in inside
    known = "any will do" if here else "whoever made that user knows it"
    keys = [Key("postgresql-password", f"password of the platform's user at PostgreSQL; {known}", here)]
    readers = deployments("manager", "sonar")
    if here:
        readers += sets("postgresql")
        if postgres_user != "postgres":
            keys.append(
                Key("postgresql-postgres-password", "password of the superuser postgres; any will do", any=True)
            )
    yield Secret(f"{release}-postgresql", "Login of manager and sonar at PostgreSQL.", tuple(keys), readers)

    here = "mongodb" in inside
    known = "any will do" if here else "whoever made that user knows it"
    keys = [Key("mongodb-password", f"password of the platform's user at MongoDB; {known}", here)]
    readers = deployments(*analysts)
    if here:
        readers += sets("mongodb-primary", "mongodb-secondary", "mongodb-arbiter")
        keys += [
            Key("mongodb-root-password", "password of MongoDB's root; any will do", any=True),
            Key(
                "mongodb-replica-set-key",
                "what the members of the replica set know each other by; any 6 to 1024 letters and digits will do",
                any=True,
            ),
        ]
    yield Secret(f"{release}-mongodb", "Login of sonar and the analysing services at MongoDB.", tuple(keys), readers)

    readers = deployments(*analysts)
    if "docker-registry" in inside:
        readers += deployments("docker-registry")
    here = "minio" in inside
    known = f"any will do, and goes into {release}-minio too" if here else "whoever made the key has it"
    store = f"of {'minio' if here else 'the object store'}; {known}"
    # The script that makes the registry's bucket holds both.
    alone = here and "docker-registry" not in inside
    yield Secret(
        f"{release}-aws-secret",
        "Key to the buckets.",
        (
            Key("awsAccessKeyID", f"access key id {store}", alone),
            Key("awsSecretAccessKey", f"secret access key {store}", alone),
        ),
        readers,
    )
    if here:
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
                "user name and password for the registry, as `docker login` writes them; "
                + ("" if "docker-registry" in inside else "whoever runs the registry knows them, and ")
                + "seal asks for them and composes the file",
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
                Key(
                    "password",
                    f"password for the registry; any of up to 72 characters will do, and goes into"
                    f" docker-credentials-{release} too",
                    any=True,
                ),
                Key("storageInit", "shell script with the key to the object store; seal asks for that and composes it"),
            ),
            deployments("docker-registry", "manager"),
        )
    else:
        yield Secret(
            f"{release}-registry-credentials",
            "Login of manager at the registry.",
            (
                Key("username", "user name at the registry; whoever runs it knows it"),
                Key("password", "password or access token for the registry; whoever runs it hands it out"),
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
                    "the whole file; whoever runs the mail relay knows the password in it, and seal asks for that and"
                    " composes it",
                ),
            ),
            sets("alertmanager"),
        )
