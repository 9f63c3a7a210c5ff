"""The rule on private keys: any listed file, Secrets that are sealing keys, and that no report ever holds one."""

from __future__ import annotations

import base64
import io
import subprocess
from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.linter.private_keys import LARGEST
from hydrogitops.model import Finding
from hydrogitops.report import text
from tests.golden.trees import write
from tests.sealing_keys import certificate

from .history import Past, without_settings

RULE, SECRET = "secrets/private-key", "secrets/plain-secret"
KEY = certificate(2048)[1].decode()
ENCODED = base64.b64encode(KEY.encode()).decode()
LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key: active"
MAP = {"map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"}


@pytest.fixture(autouse=True)
def _only_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)


def judge(root: Path, files: dict[str, str], *rules: str) -> tuple[Finding, ...]:
    write(root, {**MAP, **files})
    return cached_run([root], Options(only=frozenset(rules or (RULE,))), use=False).report.findings


def places(found: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [(one.rule.removeprefix("secrets/"), one.file, one.line) for one in found]


def secret(data: str, *, label: str = "", part: str = "data") -> str:
    labels = f"\n  labels: {{{label}}}" if label else ""
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: kube-system{labels}\n{part}:\n  tls.key: {data}\n"


@pytest.mark.parametrize(
    "name",
    ["id_rsa", "keys/tls.pem", ".hidden/key", ".env", "docs/readme.md", "charts/app/values.yaml", "a.yaml.txt"],
)
def test_a_key_in_any_file(name: str, tmp_path: Path) -> None:
    tree = {name: f"first line\n{KEY}", "charts/app/Chart.yaml": "name: app\n"}
    assert places(judge(tmp_path, tree)) == [("private-key", name, 2)]


def test_only_what_git_tracks_or_would_track(tmp_path: Path) -> None:
    Past.of(tmp_path, {**MAP, ".gitignore": "ignored\n"})
    tree = {"ignored": KEY, "new": KEY}
    assert places(judge(tmp_path, tree)) == [("private-key", "new", 1)]


def test_links_and_large_files_are_passed_over(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text(KEY)
    root = tmp_path / "repository"
    write(root, MAP)
    (root / "link").symlink_to(outside)
    (root / "large").write_text(KEY + "x" * LARGEST)
    assert judge(root, {}) == ()


BACKUP = f"apiVersion: v1\nkind: List\nitems:\n  - {{apiVersion: v1, kind: Secret, metadata: {{name: k, labels: {{{LABEL}}}}}, data: {{tls.key: {ENCODED}}}}}\n"
SECRETS: list[tuple[str, str, list[tuple[str, int]]]] = [
    ("a sealing key", secret(ENCODED, label=LABEL), [("private-key", 8)]),
    ("a sealing key of unknown form", secret("c29tZXRoaW5nIGVsc2U=", label=LABEL), [("private-key", 8)]),
    ("one in a list", BACKUP, [("private-key", 4)]),
    ("a label without a key", secret('""', label=LABEL), []),
    ("a label and a placeholder", secret("__UNSEALED__", label=LABEL), []),
    ("another key", secret(ENCODED), [("private-key", 7)]),
    ("another Secret", secret("c29tZXRoaW5nIGVsc2U="), [("plain-secret", 6)]),
    ("a key in clear", secret("|\n" + "".join(f"    {one}\n" for one in KEY.splitlines()), part="stringData"), [("private-key", 8)]),
    ("a SealedSecret of it", f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: k}}\nspec:\n  encryptedData: {{}}\n  template: {{metadata: {{labels: {{{LABEL}}}}}}}\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("manifest", "expected"), [case[1:] for case in SECRETS], ids=[case[0] for case in SECRETS])
def test_a_secret_that_holds_a_key(manifest: str, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    found = judge(tmp_path, {"s.yaml": manifest}, RULE, SECRET)
    assert places(found) == [(rule, "s.yaml", line) for rule, line in expected]
    assert all(("every sealed value" in one.message) == (LABEL in manifest) for one in found)


@pytest.mark.parametrize("form", [KEY, f"a: {ENCODED}\n", '{"key": "' + KEY.replace("\n", "\\n") + '"}\n'])
def test_no_report_holds_it(form: str, tmp_path: Path) -> None:
    write(tmp_path, {**MAP, "f.yaml": form, "f.txt": form})
    report = cached_run([tmp_path], Options(only=frozenset((RULE,))), use=False).report
    assert len(report.findings) == 2
    written = io.StringIO()
    text.write(report, written, sources=lambda name: (tmp_path / name).read_text())
    for part in (KEY.splitlines()[1], KEY.splitlines()[-2], ENCODED[40:80]):
        assert part not in written.getvalue()
        assert part not in repr(report)


def test_a_key_is_found_where_a_change_reaches_no_environment(tmp_path: Path) -> None:
    past = Past.of(tmp_path, {**MAP, "old.pem": KEY})
    past.change({"id_rsa": KEY})
    assert places(past.judge(RULE).findings) == [("private-key", "id_rsa", 1)]
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True, capture_output=True)
    assert places(past.judge(RULE, staged=True).findings) == [("private-key", "id_rsa", 1)]
