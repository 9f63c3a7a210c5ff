"""Small repositories of plain manifests to seal in: the one environment `plain`, which no engine has to render."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from hydrogitops.sealing.targets import Repository, open_repository
from hydrogitops.secrets.sealing import unseal
from tests.sealing_keys import certificate

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
CERTIFICATE = "environments/plain/sealing.pem"
RECORDS = "environments/plain/sealed.json"
KEY = "__UNSEALED__"


def sealed_secret(
    name: str = "db", *, namespace: str = "data", keys: Iterable[str] = ("password",), annotation: str = ""
) -> str:
    """The text of a SealedSecret with a placeholder for each key."""
    space = f"  namespace: {namespace}\n" if namespace else ""
    annotations = f"  annotations:\n    {annotation}\n" if annotation else ""
    lines = "".join(f"    {key}: {KEY}  # who knows it\n" for key in keys)
    return (
        "# Login at the database.\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n"
        f"  name: {name}\n{space}{annotations}spec:\n  encryptedData:\n{lines}"
        f"  template:\n    metadata:\n      labels: {{app: {name}}}\n    data:\n      url: 'x://{{{{ .password }}}}'\n"
    )


def write(root: Path, files: dict[str, str | bytes], *, pem: bytes | None = None) -> Path:
    """Files below `root`, with a certificate unless the files have one."""
    for name, content in {CERTIFICATE: certificate()[0] if pem is None else pem, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return root


def repository(root: Path, files: dict[str, str | bytes]) -> Repository:
    return open_repository(write(root, files))


def opened(text: str, *, namespace: str = "data", name: str = "db", scope: str = "strict") -> bytes:
    """The plaintext, by the key of the usual certificate."""
    return unseal([certificate()[1]], text, namespace=namespace, name=name, scope=scope)  # type: ignore[arg-type]


def tree(root: Path) -> dict[str, bytes]:
    """Every file below `root`."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
