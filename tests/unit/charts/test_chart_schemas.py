"""Schemas of values that would have Helm read a file outside or ask an address are found before Helm sees them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.charts.chart_files import look_through

OUTSIDE = (
    '{"$ref": "http://127.0.0.1:1/a.json"}',
    '{"$ref": "file:///etc/passwd"}',
    '{"$ref": "other.json"}',
    '{"$ref": "/other.json"}',
    '{"$ref": "urn:a:b"}',
    '{"$schema": "http://127.0.0.1:1/meta"}',
    '{"$schema": "http://json-schema.org.example.org/draft-07/schema#"}',
    '{"$dynamicRef": "https://example.org/x#a"}',
    '{"$recursiveRef": "https://example.org/x"}',
    '{"$id": "http://127.0.0.1:1/", "properties": {"a": {"anyOf": [{"type": "null"}, {"$ref": "a.json"}]}}}',
    '{"\\u0024ref": "http://127.0.0.1:1/a.json"}',
)
INSIDE = (
    "{}",
    "true",
    '{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a"}',
    '{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#", "$dynamicRef": ""}',
    '{"$ref": "http://json-schema.org/draft-07/schema#"}',
    '{"$id": "https://example.org/values.json", "properties": {"$ref": {"type": "string"}}}',
    '{"description": "see http://example.org", "default": {"url": "file:///etc/passwd"}}',
)
UNREADABLE = ("{", "", '{"a": "\xff"}', "[" * 100_000, "9" * 5000)


def kinds(root: Path) -> list[str]:
    return [kind for kind, _ in look_through(root, root / "app")]


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, text in {"app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))


def packed(files: Mapping[str, bytes]) -> bytes:
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return result.getvalue()


@pytest.mark.parametrize("schema", OUTSIDE)
def test_a_reference_that_leads_out(schema: str, tmp_path: Path) -> None:
    write(tmp_path, {"app/values.schema.json": schema})
    assert kinds(tmp_path) == ["remote"]


@pytest.mark.parametrize("schema", INSIDE)
def test_a_schema_that_keeps_to_itself(schema: str, tmp_path: Path) -> None:
    write(tmp_path, {"app/values.schema.json": schema})
    assert kinds(tmp_path) == []


@pytest.mark.parametrize("schema", UNREADABLE, ids=lambda text: text[:8])
def test_a_schema_that_nobody_can_read(schema: str, tmp_path: Path) -> None:
    write(tmp_path, {"app/values.schema.json": schema})
    assert kinds(tmp_path) == ["unreadable"]


def test_schemas_of_subcharts_count_and_other_files_do_not(tmp_path: Path) -> None:
    write(tmp_path, {"app/charts/sub/values.schema.json": OUTSIDE[0], "app/files/other.schema.json": OUTSIDE[0]})
    assert kinds(tmp_path) == ["remote"]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_schemas_in_archives_count(depth: int, tmp_path: Path) -> None:
    data = OUTSIDE[0].encode()
    name = "sub/values.schema.json"
    for _ in range(depth):
        data, name = packed({"sub/Chart.yaml": b"", name: data}), "sub/charts/sub-1.0.0.tgz"
    write(tmp_path, {"app/charts/sub-1.0.0.tgz": data})
    ((kind, message),) = look_through(tmp_path, tmp_path / "app")
    assert kind == "remote"
    assert message.startswith("charts/sub-1.0.0.tgz/")
    # A chart that is an archive itself is looked through in the same way.
    (tmp_path / "whole.tgz").write_bytes(data)
    assert [kind for kind, _ in look_through(tmp_path, tmp_path / "whole.tgz")] == ["remote"]


def test_a_schema_has_bounds(tmp_path: Path) -> None:
    large = b" " * (4 * 2**20) + b"{}"
    write(tmp_path, {"app/values.schema.json": large})
    assert kinds(tmp_path) == ["too-large"]
    write(tmp_path, {"app/values.schema.json": b"{}", "app/charts/a.tgz": packed({"a/values.schema.json": large})})
    assert kinds(tmp_path) == ["too-large"]


def test_an_archive_that_is_no_subchart_is_not_unpacked(tmp_path: Path) -> None:
    write(tmp_path, {"app/files/data.tgz": b"no archive", "app/charts/README.md": "x"})
    assert kinds(tmp_path) == []
    write(tmp_path, {"app/charts/data.tgz": b"no archive"})
    assert kinds(tmp_path) == ["unreadable"]


def test_archives_in_archives_have_an_end(tmp_path: Path) -> None:
    data = packed({"sub/Chart.yaml": b""})
    for _ in range(20):
        data = packed({"sub/charts/sub-1.0.0.tgz": data})
    write(tmp_path, {"app/charts/sub-1.0.0.tgz": data})
    assert kinds(tmp_path) == ["too-large"]


def test_what_a_schema_says_is_quoted_as_it_stands(tmp_path: Path) -> None:
    write(tmp_path, {"app/values.schema.json": json.dumps({"$ref": "https://example.org/s.json#/a"})})
    assert list(look_through(tmp_path, tmp_path / "app")) == [
        ("remote", "values.schema.json in the chart refers to https://example.org/s.json#/a, which Helm would fetch")
    ]
