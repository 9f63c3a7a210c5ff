"""Where the chart comes from, and what is refused of it."""

from __future__ import annotations

import hashlib
import http.server
import tarfile
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from hydrogitops.model import UserError
from hydrogitops.scaffold import chart_source
from hydrogitops.scaffold.chart_source import UnreachableError, read

from .charts import VISIBLE, archive, folder, link

PATHS = [f"charts/serving/{name}" for name in VISIBLE]


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, bytes]]]:
    """An address, and what it serves by path."""
    served: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in served:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(served[self.path])

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", served
        running.shutdown()


def test_a_folder(tmp_path: Path) -> None:
    chart = read(str(folder(tmp_path)))
    assert [file.path for file in chart.files] == PATHS
    assert (chart.version, chart.archive_sha256) == ("3.0.3", "")


def test_an_archive_gives_the_same_files(tmp_path: Path) -> None:
    path = tmp_path / "serving.tgz"
    path.write_bytes(archive())
    chart = read(str(path))
    assert chart.files == read(str(folder(tmp_path / "folder"))).files
    assert chart.archive_sha256 == hashlib.sha256(archive()).hexdigest()
    assert chart.files_sha256 == read(str(tmp_path / "folder")).files_sha256


def test_the_digest_of_the_files_sees_every_change(tmp_path: Path) -> None:
    one = read(str(folder(tmp_path / "a"))).files_sha256
    assert one != read(str(folder(tmp_path / "b", **{"values.yaml": "a: 2\n"}))).files_sha256
    assert one != read(str(folder(tmp_path / "c", **{"more.yaml": ""}))).files_sha256


def test_an_address(server: tuple[str, dict[str, bytes]]) -> None:
    address, served = server
    served["/serving.tgz"] = archive()
    digest = hashlib.sha256(archive()).hexdigest()
    assert [file.path for file in read(f"{address}/serving.tgz", sha256=digest).files] == PATHS
    with pytest.raises(UnreachableError, match="404"):
        read(f"{address}/other.tgz")


def test_an_address_where_nobody_answers() -> None:
    with pytest.raises(UnreachableError, match="connection refused"):
        read("http://127.0.0.1:1/serving.tgz")


def test_an_address_that_never_ends(server: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    address, served = server
    served["/big.tgz"] = b"x" * 300_000
    monkeypatch.setattr(chart_source, "_MOST_BYTES", 100_000)
    with pytest.raises(UserError, match="too large"):
        read(f"{address}/big.tgz")


def test_an_address_that_takes_its_time(server: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    address, served = server
    served["/slow.tgz"] = archive()
    ticks = count(0, chart_source.SECONDS + 1)
    monkeypatch.setattr(chart_source, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    with pytest.raises(UnreachableError, match="more than 10 s"):
        read(f"{address}/slow.tgz")


@pytest.mark.parametrize("address", ["ftp://example.com/x.tgz", "file:///etc/passwd", "oci://example.com/x"])
def test_other_schemes_are_refused(address: str) -> None:
    with pytest.raises(UserError, match="http"):
        read(address)


def test_another_archive_than_the_one_meant_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "serving.tgz"
    path.write_bytes(archive())
    with pytest.raises(UserError, match="not the one that was meant"):
        read(str(path), sha256="0" * 64)


@pytest.mark.parametrize(
    "members",
    [
        [link("serving/values.yaml", "/etc/passwd")],
        [link("serving/values.yaml", "serving/Chart.yaml", tarfile.LNKTYPE)],
        [link("serving/fifo", "", tarfile.FIFOTYPE)],
        [("/etc/evil", "x")],
        [("serving/../../evil", "x")],
        [("Chart.yaml", "name: serving\n")],
    ],
    ids=["symbolic link", "hard link", "pipe", "absolute", "upwards", "no folder"],
)
def test_an_archive_with_more_than_files_is_refused(
    members: list[tarfile.TarInfo | tuple[str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "serving.tgz"
    path.write_bytes(archive(*members))
    with pytest.raises(UserError, match="what no chart needs"):
        read(str(path))
    assert [item.name for item in tmp_path.iterdir()] == ["serving.tgz"]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", archive()[:60], b"\x1f\x8b" + b"\x00" * 20],
    ids=["nothing", "zip", "cut off", "damaged"],
)
def test_what_is_no_archive(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "serving.tgz"
    path.write_bytes(data)
    with pytest.raises(UserError):
        read(str(path))


def test_an_archive_that_grows_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_source, "_MOST_BYTES", 1000)
    path = tmp_path / "serving.tgz"
    path.write_bytes(archive(("serving/Chart.yaml", "name: serving\n"), ("serving/zeros", "0" * 2000)))
    with pytest.raises(UserError, match="too large"):
        read(str(path))
    with pytest.raises(UserError, match="too large"):
        read(str(folder(tmp_path / "folder", zeros="0" * 2000)))


def test_links_of_a_folder(tmp_path: Path) -> None:
    chart = folder(tmp_path / "chart")
    (chart / "copy.yaml").symlink_to("values.yaml")
    assert {file.path: file.content for file in read(str(chart)).files}["charts/serving/copy.yaml"] == b"a: 1\n"
    (chart / "secrets.yaml").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match=r"another place: secrets\.yaml"):
        read(str(chart))
    (chart / "secrets.yaml").unlink()
    (chart / "etc").symlink_to("/etc")
    with pytest.raises(UserError, match="another place: etc"):
        read(str(chart))
    (chart / "etc").unlink()
    (chart / "again").symlink_to("templates")
    with pytest.raises(UserError, match="another place: again"):
        read(str(chart))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"Chart.yaml": "name: other\n"}, "the chart 'other'"),
        ({"Chart.yaml": "a: [\n"}, "no readable Chart.yaml"),
        (
            {"Chart.yaml": "name: serving\nversion: 3.0.3\ndependencies: [{name: sonar}]\n"},
            "without its subcharts sonar",
        ),
    ],
)
def test_another_chart(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        read(str(folder(tmp_path, **files)))


def test_subcharts_may_be_archives(tmp_path: Path) -> None:
    chart = folder(tmp_path, **{"charts/sonar-0.1.0.tgz": "x"})
    text = (chart / "Chart.yaml").read_text(encoding="utf-8")
    (chart / "Chart.yaml").write_text(f"{text}  - {{name: sonar, version: 0.1.0}}\n", encoding="utf-8")
    assert read(str(chart)).version == "3.0.3"


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the chart"):
        read(str(tmp_path / "nothing.tgz"))
    with pytest.raises(UserError, match="no Helm chart"):
        read(str(tmp_path))
