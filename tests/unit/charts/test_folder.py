from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.charts import folder
from hydrogitops.charts.values import Chart, ChartError, Dependency
from tests.unit.charts.trees import write


def metadata(name: str, *dependencies: str, version: str = "1.0.0") -> str:
    lines = "".join(f"- {each}\n" for each in dependencies)
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n" + (f"dependencies:\n{lines}" if lines else "")


def archive(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def test_unpacked_chart(tmp_path: Path) -> None:
    cache = archive(
        {"cache/Chart.yaml": metadata("cache"), "cache/values.yaml": "c: 1\n", "cache/templates/x.yaml": "{{"}
    )
    web = archive({
        "web/Chart.yaml": metadata("web", "{name: cache, version: 1.0.0}"),
        "web/values.yaml": "w: 1\n",
        "web/charts/cache-1.tgz": cache,
        "web/charts/cache-1.tgz.prov": "signed",
    })  # fmt: skip
    declared = (
        "{name: db, version: 1.0.0, alias: pg, condition: pg.on, tags: [a, 1], import-values: [x, {child: a, parent: b}]}",
        "{name: web, version: ^1}",
    )
    write(tmp_path, {
        "Chart.yaml": metadata("app", *declared),
        "values.yaml": "\ufeffa: 1\n",
        "templates/x.yaml": "{{ broken",
        "charts/db/Chart.yaml": metadata("db"),
        "charts/db/values.yaml": "d: 1\n",
        "charts/extra/Chart.yaml": metadata("extra"),
        "charts/_off/Chart.yaml": "[",
        "charts/.off": "[",
    })  # fmt: skip
    (tmp_path / "charts" / "web-1.tgz").write_bytes(web)
    assert Chart.from_folder(tmp_path) == Chart("app", "a: 1\n", (
        Dependency(Chart("extra")),
        Dependency(Chart("db", "d: 1\n"), "pg", "pg.on", ("a", "1"), ("x", {"child": "a", "parent": "b"})),
        Dependency(Chart("web", "w: 1\n", (Dependency(Chart("cache", "c: 1\n")),))),
    ))  # fmt: skip


def test_requirements_of_an_old_chart(tmp_path: Path) -> None:
    write(tmp_path, {
        "Chart.yaml": "apiVersion: v1\nname: app\n",
        "requirements.yaml": "dependencies: [{name: db, alias: pg}]\n",
        "charts/db/Chart.yaml": metadata("db"),
    })  # fmt: skip
    assert Chart.from_folder(tmp_path) == Chart("app", "", (Dependency(Chart("db"), "pg"),))


def test_two_versions_of_one_chart(tmp_path: Path) -> None:
    write(tmp_path, {
        "Chart.yaml": metadata("app", "{name: db, version: 2.0.0, alias: new}", "{name: db, version: 1.0.0, alias: old}"),
        "charts/db-1/Chart.yaml": metadata("db"),
        "charts/db-1/values.yaml": "v: 1\n",
        "charts/db-2/Chart.yaml": metadata("db", version="2.0.0"),
        "charts/db-2/values.yaml": "v: 2\n",
    })  # fmt: skip
    found = {each.alias: each.chart.values for each in Chart.from_folder(tmp_path).dependencies}
    assert found == {"new": "v: 2\n", "old": "v: 1\n"}


GOOD = {"Chart.yaml": metadata("app")}
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no chart": ({}, "no Chart.yaml"),
    "no name": ({"Chart.yaml": "version: 1\n"}, "no name"),
    "broken": ({"Chart.yaml": "a: [\n"}, "Chart.yaml of"),
    "list": ({"Chart.yaml": "- 1\n"}, "no map"),
    "nameless dependency": ({"Chart.yaml": metadata("app", "{alias: x}")}, "has no name"),
    "subchart without metadata": (GOOD | {"charts/db/values.yaml": ""}, "charts/db has no Chart.yaml"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    files, words = REFUSED[name]
    write(tmp_path, files)
    with pytest.raises(ChartError, match=words) as caught:
        Chart.from_folder(tmp_path)
    assert caught.value.stage == "chart-values"


def test_a_dependency_that_is_not_at_hand(tmp_path: Path) -> None:
    write(tmp_path, {"Chart.yaml": metadata("app", "{name: db}")})
    with pytest.raises(ChartError, match="db") as caught:
        Chart.from_folder(tmp_path)
    assert caught.value.stage == "dependencies"


def test_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "values.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(ChartError, match="UTF-8"):
        Chart.from_folder(tmp_path)


@pytest.mark.parametrize("name", ["values.yaml", "charts", "charts/db", "charts/db-1.tgz"])
def test_links_out_of_the_chart(name: str, tmp_path: Path) -> None:
    write(tmp_path / "app", GOOD)
    write(tmp_path / "outside", {"Chart.yaml": metadata("db"), "values.yaml": "secret: 1\n"})
    (tmp_path / "outside.tgz").write_bytes(b"")
    link = tmp_path / "app" / name
    link.parent.mkdir(exist_ok=True)
    target = {"values.yaml": "outside/values.yaml", "charts/db-1.tgz": "outside.tgz"}.get(name, "outside")
    link.symlink_to(tmp_path / target)
    with pytest.raises(ChartError, match="leads out"):
        Chart.from_folder(tmp_path / "app")


def test_links_within_the_chart(tmp_path: Path) -> None:
    write(tmp_path, GOOD | {"lib/db/Chart.yaml": metadata("db"), "other.yaml": "a: 1\n"})
    (tmp_path / "values.yaml").symlink_to("other.yaml")
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "db").symlink_to("../lib/db")
    assert Chart.from_folder(tmp_path) == Chart("app", "a: 1\n", (Dependency(Chart("db")),))


def test_links_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, GOOD | {f"lib/{name}/Chart.yaml": metadata(name) for name in "ab"})
    for link, target in {"charts/a": "lib/a", "lib/a/charts/b": "lib/b", "lib/b/charts/a": "lib/a"}.items():
        (tmp_path / link).parent.mkdir(exist_ok=True)
        (tmp_path / link).symlink_to(tmp_path / target)
    with pytest.raises(ChartError, match="leads back"):
        Chart.from_folder(tmp_path)


ARCHIVES = {
    "no archive": (b"text", "no chart archive"),
    "cut": (archive({"db/Chart.yaml": metadata("db")})[:-20], "no chart archive"),
    "no tar": (gzip.compress(b"x" * 2000), "no chart archive"),
    "outside": (archive({"db/../../Chart.yaml": metadata("db")}), "outside"),
    "absolute": (archive({"/etc/Chart.yaml": metadata("db")}), "outside"),
    "flat": (archive({"Chart.yaml": metadata("db")}), "no Chart.yaml"),
    "bomb": (gzip.compress(b"\0" * 5000), "larger than"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "bomb":
        monkeypatch.setattr(folder, "_LARGEST", 4000)
    write(tmp_path, GOOD)
    (tmp_path / "charts").mkdir()
    content, words = ARCHIVES[name]
    (tmp_path / "charts" / "db-1.tgz").write_bytes(content)
    with pytest.raises(ChartError, match=words):
        Chart.from_folder(tmp_path)
