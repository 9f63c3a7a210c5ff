"""What `seal` puts into files, opened by the real kubeseal, whose recovery is the controller's own code."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.sealing.place import Value, check, put
from hydrogitops.sealing.targets import find, open_repository
from tests.sealing_keys import certificate
from tests.unit.sealing.generated import generate
from tests.unit.sealing.plain import AT, repository, sealed_secret

KUBESEAL = shutil.which("kubeseal") or ""
pytestmark = pytest.mark.skipif(not KUBESEAL, reason="NO REAL kubeseal ON THE PATH to open what seal wrote")

VALUES = {"text": b"hunter2", "bytes": bytes(range(256)), "utf": "pässwörd 数据".encode(), "long": b"\xff" * 100_000}
SCOPES = ["", "sealedsecrets.bitnami.com/namespace-wide: 'true'", "sealedsecrets.bitnami.com/cluster-wide: 'true'"]


def opened(manifest: str, key: Path) -> dict[str, bytes]:
    """The data of the Secret that a controller with this key makes."""
    done = subprocess.run(
        [KUBESEAL, "--recovery-unseal", "--recovery-private-key", str(key), "-o", "json"],
        input=manifest, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: b64decode(text or "") for name, text in json.loads(done.stdout)["data"].items()}


@pytest.mark.parametrize("annotation", SCOPES, ids=["strict", "namespace-wide", "cluster-wide"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_every_scope_and_value(tmp_path: Path, annotation: str, ends: str, quote: str) -> None:
    text = sealed_secret(keys=VALUES, annotation=annotation).replace("__UNSEALED__", f"{quote}__UNSEALED__{quote}")
    # kubeseal renders template.data with what it opened, and this one's placeholder names no key of ours.
    text = text.partition("  template:\n")[0].replace("\n", ends)
    here = repository(tmp_path, {"db.yaml": text})
    targets = find(here, "plain", "db", None)
    check(here, targets, AT, replace=False)
    put(here, [Value(one, VALUES[one.key]) for one in targets], AT)
    (tmp_path / "key.pem").write_bytes(certificate()[1])
    assert opened((tmp_path / "db.yaml").read_bytes().decode(), tmp_path / "key.pem") == VALUES


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
def test_a_generated_repository(tmp_path: Path) -> None:
    root = generate(tmp_path / "x")
    here = open_repository(root)
    targets = here.targets("lab")
    check(here, targets, AT, replace=False)
    put(here, [Value(one, one.title.encode()) for one in targets], AT)
    (tmp_path / "key.pem").write_bytes(certificate()[1])
    found: dict[str, bytes] = {}
    for path in sorted((root / "apps/hydrosphere/envs/lab/secrets").glob("*.sealed.yaml")):
        data = opened(path.read_text(), tmp_path / "key.pem")
        found |= {f"{path.name.removesuffix('.sealed.yaml')}/{key}": value for key, value in data.items()}
    assert found == {one.title: one.title.encode() for one in targets}
