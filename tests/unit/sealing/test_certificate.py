"""`seal --fetch-certificate`: what is taken, where it goes, what is kept, and that a refusal changes nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.linter.seals import Seals, seals
from hydrogitops.model import UserError
from hydrogitops.sealing import certificate as module
from hydrogitops.sealing.certificate import fetch
from hydrogitops.secrets import certificates
from hydrogitops.source import emitting
from tests.golden.trees import write
from tests.sealing_keys import certificate, not_rsa

NOW = datetime(2026, 11, 28, tzinfo=UTC)
OLD, OLD_KEY = certificate(not_before=datetime(2026, 9, 1, tzinfo=UTC))
NEW, NEW_KEY = certificate(not_before=datetime(2026, 10, 1, tzinfo=UTC), which=1)
EXPIRED, _ = certificate(not_after=datetime(2026, 11, 27, tzinfo=UTC))
SHORT, _ = certificate(1024)
CONFIGURATION = "# ours\nversion: 1\nenvironments:\n  prod:  # the real one\n    profile: production\n  dev: {}\n"
FILES = {
    ".hydrogitops.yaml": CONFIGURATION,
    "envs/prod/kustomization.yaml": "resources: []\n",
    "envs/dev/kustomization.yaml": "resources: []\n",
}
PEM = "environments/prod/sealing.pem"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return write(tmp_path / "repository", FILES)


def put(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "given.pem"
    path.write_bytes(data)
    return str(path)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def sealed_with(root: Path, environment: str = "prod") -> Seals:
    sources = open_sources([root])
    return seals(sources, environment, read_configuration(sources))


def pin(root: Path, environment: str = "prod") -> str:
    return read_configuration(open_sources([root])).environments[environment].certificate_sha256


def sha256(pem: bytes) -> str:
    return certificates.read(pem)[0].sha256


def test_the_first_certificate_of_an_environment(root: Path, tmp_path: Path) -> None:
    message = fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert (root / PEM).read_bytes() == NEW
    assert (root / ".hydrogitops.yaml").read_text() == CONFIGURATION.replace(
        "    profile: production\n",
        f"    profile: production\n    certificate: {PEM}\n    certificate_sha256: {emitting.scalar(sha256(NEW))}\n",
    )
    assert set(contents(root)) == {*FILES, PEM}
    assert PEM in message
    assert sha256(NEW)[:8] in message
    found = sealed_with(root)
    assert found.current == certificates.read(NEW)[0]
    assert found.older == ()


def test_the_one_before_is_kept(root: Path, tmp_path: Path) -> None:
    fetch(root, "prod", put(tmp_path, OLD), at=NOW)
    fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    kept = f"environments/prod/sealing-old/2026-09-01-{sha256(OLD)[:8]}.pem"
    assert set(contents(root)) == {*FILES, PEM, kept}
    assert (root / kept).read_bytes() == OLD
    assert (root / PEM).read_bytes() == NEW
    assert pin(root) == sha256(NEW)
    assert [one.sha256 for one in sealed_with(root).known] == [sha256(NEW), sha256(OLD)]


def test_the_same_again_changes_nothing(root: Path, tmp_path: Path) -> None:
    source = put(tmp_path, NEW)
    fetch(root, "prod", source, at=NOW)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert "nothing is changed" in fetch(root, "prod", source, at=NOW)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_a_file_that_lies_there_already_is_pinned(root: Path) -> None:
    write(root, {PEM: "# fetched by hand\n" + NEW.decode()})
    before = (root / PEM).read_bytes()
    fetch(root, "prod", str(root / PEM), at=NOW)
    assert (root / PEM).read_bytes() == before
    assert pin(root) == sha256(NEW)


def test_a_certificate_renewed_for_the_same_key_has_no_older_one(root: Path, tmp_path: Path) -> None:
    fetch(root, "prod", put(tmp_path, OLD), at=NOW)
    renewed, _ = certificate(not_before=datetime(2026, 10, 1, tzinfo=UTC))
    fetch(root, "prod", put(tmp_path, renewed), at=NOW)
    assert set(contents(root)) == {*FILES, PEM}
    assert (root / PEM).read_bytes() == renewed


def test_without_a_configuration_one_is_written(root: Path, tmp_path: Path) -> None:
    (root / ".hydrogitops.yaml").unlink()
    (root / ".git").mkdir()
    message = fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert ".hydrogitops.yaml" in message
    assert (root / ".hydrogitops.yaml").read_text() == (
        f"version: 1\nenvironments:\n  prod:\n    certificate: {PEM}\n    certificate_sha256: {emitting.scalar(sha256(NEW))}\n"
    )


def test_a_file_of_another_name_that_two_environments_share(root: Path, tmp_path: Path) -> None:
    shared = "version: 1\nenvironments:\n  prod: {certificate: certs/one.pem}\n  dev: {certificate: certs/one.pem}\n"
    write(root, {".hydrogitops.yaml": shared})
    for pem in (OLD, NEW):
        fetch(root, "prod", put(tmp_path, pem), at=NOW)
    assert (root / "certs/one.pem").read_bytes() == NEW
    assert pin(root, "prod") == pin(root, "dev") == sha256(NEW)
    assert [sealed_with(root, name).older[0].certificate.sha256 for name in ("prod", "dev")] == [sha256(OLD)] * 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (OLD + NEW, "2 certificates"),
        (OLD_KEY + OLD, "private key"),
        (OLD.replace(b"\n", b"\r\n"), ""),
        (b"Bag Attributes\n  friendlyName: x\n" + OLD, ""),
    ],
)
def test_only_the_first_certificate_is_taken(root: Path, tmp_path: Path, data: bytes, words: str) -> None:
    message = fetch(root, "prod", put(tmp_path, data), at=NOW)
    assert (root / PEM).read_bytes() == OLD
    assert words in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no certificate"),
        (b"hello", "no certificate"),
        (OLD_KEY, "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "nothing to seal with"),
        (not_rsa()[0], "RSA"),
        (not_rsa()[0] + OLD, "RSA"),
        (EXPIRED, "expired on 2026-11-27"),
        (b"x" * (2**20 + 1), "too large"),
    ],
)
def test_what_is_refused(root: Path, tmp_path: Path, data: bytes, words: str) -> None:
    source = put(tmp_path, data)
    before = contents(root)
    with pytest.raises(UserError, match=words) as refused:
        fetch(root, "prod", source, at=NOW)
    assert contents(root) == before
    assert "PRIVATE KEY" not in str(refused.value)


def test_a_key_of_a_size_that_no_controller_has_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 1024 bits"):
        fetch(root, "prod", put(tmp_path, SHORT), at=NOW)
    assert pin(root) != sha256(SHORT)


@pytest.mark.parametrize(
    ("environment", "configuration", "words"),
    [
        ("prdo", CONFIGURATION, "no environment prdo"),
        ("prod", CONFIGURATION.replace("profile", "profil"), "not right"),
        ("prod", "version: 1\nenvironments:\n  dev: &d {}\n  prod: *d\n", "pin of prod"),
        ("prod", "version: 1\nenvironments:\n  prod: {certificate: ../x.pem}\n", "leads out"),
        ("prod", "version: 1\nenvironments:\n  prod: {certificate: /tmp/x.pem}\n", "leads out"),
        ("prod", "version: 1\nenvironments:\n  prod: {certificate: .git/x.pem}\n", "leads out"),
        ("prod", "version: 1\nenvironments:\n  prod: {certificate: a/../../x.pem}\n", "leads out"),
    ],
)
def test_where_nothing_can_be_written(
    root: Path, tmp_path: Path, environment: str, configuration: str, words: str
) -> None:
    write(root, {".hydrogitops.yaml": configuration})
    source = put(tmp_path, NEW)
    before = contents(tmp_path)
    with pytest.raises(UserError, match=words):
        fetch(root, environment, source, at=NOW)
    assert {name: data for name, data in contents(tmp_path).items() if not name.startswith("cache/")} == before


def test_a_link_out_of_the_repository_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "environments").symlink_to(tmp_path / "outside")
    with pytest.raises(UserError, match="leads out"):
        fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("nth", range(3))
def test_a_write_that_fails_takes_the_others_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    fetch(root, "prod", put(tmp_path, OLD), at=NOW)
    before = contents(root)
    done = 0
    real = module.write_atomic

    def fails(path: Path, data: bytes) -> None:
        nonlocal done
        done += 1
        if done == nth + 1:
            raise OSError(28, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(module, "write_atomic", fails)
    with pytest.raises(UserError, match="no space left"):
        fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert contents(root) == before
    assert not (root / "environments/prod/sealing-old").exists()


class Stopped(BaseException):
    """As a kill is: nothing is undone after it."""


@pytest.mark.parametrize("nth", range(3))
def test_stopped_anywhere_nothing_unpinned_is_left(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    fetch(root, "prod", put(tmp_path, OLD), at=NOW)
    done = 0
    real = module.write_atomic

    def stops(path: Path, data: bytes) -> None:
        nonlocal done
        done += 1
        if done > nth:
            raise Stopped
        real(path, data)

    monkeypatch.setattr(module, "write_atomic", stops)
    with pytest.raises(Stopped):
        fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    monkeypatch.setattr(module, "write_atomic", real)
    current = sealed_with(root).current
    assert current is not None
    # Either as before, or pinned to what is not there yet, so that nothing can be sealed until it is fetched again.
    assert (current.sha256, pin(root)) in [(sha256(OLD), sha256(OLD)), (sha256(OLD), sha256(NEW))]
    assert "who put it there" not in fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert [one.sha256 for one in sealed_with(root).known] == [sha256(NEW), sha256(OLD)]


def test_another_environment_with_the_same_certificate_is_told(root: Path, tmp_path: Path) -> None:
    source = put(tmp_path, NEW)
    assert "note: prod" not in fetch(root, "dev", source, at=NOW)
    assert "note: dev has the same certificate" in fetch(root, "prod", source, at=NOW)


def test_one_that_was_put_there_beside_the_pin_is_not_kept(root: Path, tmp_path: Path) -> None:
    fetch(root, "prod", put(tmp_path, OLD), at=NOW)
    write(root, {PEM: SHORT.decode()})
    message = fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert "not the pinned one" in message
    assert [one.sha256 for one in sealed_with(root).known] == [sha256(NEW)]
    assert pin(root) == sha256(NEW)


def test_an_older_one_than_before_is_told(root: Path, tmp_path: Path) -> None:
    fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    assert "is this the cluster you meant?" in fetch(root, "prod", put(tmp_path, OLD), at=NOW)


@pytest.fixture
def address() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/to/"))
                self.end_headers()
                return
            self.send_response(200 if self.path.startswith("/v1/") else 404)
            self.end_headers()
            self.wfile.write(NEW)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.mark.parametrize("path", ["/v1/cert.pem", "/to//v1/cert.pem"])
def test_from_the_controller_through_a_port_forward(
    root: Path, address: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    fetch(root, "prod", address + path, at=NOW)
    assert (root / PEM).read_bytes() == NEW


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nothing", "answered 404"),
        ("/to/http://sealed.example.com/v1/cert.pem", "not from http://sealed.example.com"),
        ("/to/file:///etc/hostname", "answered 302"),
        ("/to/ftp://127.0.0.1/x", "not from ftp:"),
    ],
)
def test_what_an_address_may_not_lead_to(root: Path, address: str, path: str, words: str) -> None:
    before = contents(root)
    with pytest.raises(UserError, match=words):
        fetch(root, "prod", address + path, at=NOW)
    assert contents(root) == before


@pytest.mark.parametrize(
    "source",
    [
        "http://sealed.example.com/v1/cert.pem",
        "http://localhost.example.com/v1/cert.pem",
        "http://127.0.0.1@sealed.example.com/x",
        "http://user:hunter2@sealed.example.com/x?token=hunter2",
        "file:///etc/hostname",
        "ftp://example.com/x",
        "https://",
        "http://[/",
    ],
)
def test_addresses_that_are_not_asked(root: Path, source: str) -> None:
    with pytest.raises(UserError) as refused:
        fetch(root, "prod", source, at=NOW)
    assert "hunter2" not in f"{refused.value} {refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize("name", ["missing.pem", ".", "~nobody-here/x", "\0"])
def test_files_that_cannot_be_read(root: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="cannot read"):
        fetch(root, "prod", name, at=NOW)


def test_a_file_that_git_ignores_is_told(root: Path, tmp_path: Path) -> None:
    git = pytest.importorskip("git")
    git.Repo.init(root)
    write(root, {".gitignore": "*.pem\n"})
    assert f"git ignores {PEM}" in fetch(root, "prod", put(tmp_path, NEW), at=NOW)
    (root / ".gitignore").unlink()
    assert "git ignores" not in fetch(root, "prod", put(tmp_path, OLD), at=NOW)
