"""Sealing in place: only the scalar changes, records follow, and everything that is refused changes nothing."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hydrogitops.model import UserError
from hydrogitops.sealing import place
from hydrogitops.sealing.place import Value, check, put
from hydrogitops.sealing.targets import find, open_repository
from hydrogitops.secrets import records, rollout
from hydrogitops.source import reading
from tests.sealing_keys import certificate, not_rsa

from .plain import AT, CERTIFICATE, KEY, RECORDS, opened, repository, sealed_secret, tree, write

ONE = sealed_secret()


def seal(
    root: Path, key: str = "password", plaintext: bytes = b"canary", *, name: str = "db", replace: bool = False
) -> str:
    """Seal one value; what was written for it."""
    here = open_repository(root)
    target = find(here, "plain", name, key)[0]
    check(here, [target], AT, replace=replace)
    put(here, [Value(target, plaintext)], AT)
    assert target.place is not None
    data = reading.read_bytes("", (root / target.place.file).read_bytes()).documents[target.place.document].data
    for step in target.place.path:
        data = data[step]  # type: ignore[index]
    assert isinstance(data, str)
    return data


# What stands around the value, or how it is written: all of it stays.
SHAPES: Mapping[str, str | bytes] = {
    "comments": ONE,
    "crlf": ONE.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + ONE,
    "several documents": f"a: 1\n---\n{sealed_secret('other')}---\n{ONE}---\n# the end\n",
    "single quotes": ONE.replace(KEY, f"'{KEY}'"),
    "double quotes": ONE.replace(KEY, f'"{KEY}"'),
    "folded": ONE.replace(f"{KEY}  # who knows it", f">-\n      {KEY}"),
    "literal": ONE.replace(f"{KEY}  # who knows it", f"|-\n      {KEY}"),
    "over two lines": ONE.replace(f"{KEY}  # who knows it", '"__UNSEALED\\\n      __"'),
    "nothing": ONE.replace(f" {KEY}  #", "  #"),
    "empty text": ONE.replace(KEY, '""'),
    "null": ONE.replace(KEY, "null"),
    "anchor that nobody names": ONE.replace(KEY, f"&a {KEY}"),
    "alias": ONE.replace(KEY, "*a").replace("kind:", f"x: &a {KEY}\nkind:"),
    "flow": ONE.replace(f"\n    password: {KEY}  # who knows it", f" {{password: {KEY}, other: {KEY}}}"),
    "json": json.dumps(reading.read("", ONE).documents[0].data),
    "json, indented": json.dumps(reading.read("", ONE).documents[0].data, indent=4),
    "no line end at the end": ONE.rstrip("\n"),
    "a list of objects": "apiVersion: v1\nkind: List\nitems:\n- " + ONE.replace("\n", "\n  ").rstrip(" "),
    "beyond ascii": ONE.replace("Login", "Zugang für 数据"),
    "tabs and blanks at the ends": ONE.replace("  # who knows it", " \t "),
    "trailing block": ONE.replace("  template", "  # template\n  template"),
    "written twice": ONE.replace(f"    password: {KEY}", f"    password: AgBy\n    password: {KEY}"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_only_the_scalar_changes(tmp_path: Path, shape: str) -> None:
    text = SHAPES[shape]
    before = text if isinstance(text, bytes) else text.encode()
    root = write(tmp_path, {"db.yaml": before})
    (root / "db.yaml").chmod(0o640)
    sealed = seal(root)
    assert opened(sealed) == b"canary"
    after = (root / "db.yaml").read_bytes()
    head, _, tail = after.partition(sealed.encode())
    # The rest is the file of before without one stretch, which is what the placeholder took.
    assert before.startswith(head.rstrip(b" ")) and before.endswith(tail)
    gone = before[len(head.rstrip(b" ")) : len(before) - len(tail)].strip()
    allowed = {b"", b'""', b"null", b"*a", KEY.encode(), f"'{KEY}'".encode(), f'"{KEY}"'.encode()}
    assert gone in allowed or shape in ("folded", "literal", "over two lines")
    old, new = reading.read_bytes("", before), reading.read_bytes("", after)
    assert len(old.documents) == len(new.documents) and not new.broken
    assert (root / "db.yaml").stat().st_mode & 0o7777 == 0o640
    assert sorted(tree(root)) == sorted(["db.yaml", CERTIFICATE, RECORDS])


@pytest.mark.parametrize("ends", ["", "\n", "\r\n"])
def test_a_sealed_value_is_replaced_only_when_asked(tmp_path: Path, ends: str) -> None:
    root = write(tmp_path, {"db.yaml": ONE})
    first = seal(root)
    if ends:
        # kubeseal's output, put into a block by somebody; line ends in it count for nothing.
        text = (root / "db.yaml").read_text().replace(f"{first}  # who knows it", f"|\n      {first}\n")
        (root / "db.yaml").write_bytes(text.encode().replace(b"\n", ends.encode()))
    before = tree(root)
    with pytest.raises(UserError, match="holds a sealed value"):
        seal(root, plaintext=b"second")
    assert tree(root) == before
    assert opened(seal(root, plaintext=b"second", replace=True)) == b"second"


def test_many_keys_are_one_write(tmp_path: Path) -> None:
    keys = [f"key{number}" for number in range(30)]
    here = repository(tmp_path, {"db.yaml": sealed_secret(keys=keys)})
    targets = find(here, "plain", "db", None)
    check(here, targets, AT, replace=False)
    done = put(here, [Value(one, one.key.encode()) for one in targets], AT)
    assert done.files == ("db.yaml", RECORDS)
    data = reading.read_bytes("", (tmp_path / "db.yaml").read_bytes()).documents[0].data
    assert isinstance(data, dict)
    assert {key: opened(text) for key, text in data["spec"]["encryptedData"].items()} == {k: k.encode() for k in keys}
    # A second time in the same run: what it has written itself is no change by somebody else.
    put(here, [Value(targets[0], b"again")], AT)
    again = reading.read_bytes("", (tmp_path / "db.yaml").read_bytes()).documents[0].data
    assert isinstance(again, dict)
    assert opened(again["spec"]["encryptedData"]["key0"]) == b"again"


@pytest.mark.parametrize(
    ("annotation", "scope"),
    [
        ("", "strict"),
        ("sealedsecrets.bitnami.com/namespace-wide: 'true'", "namespace-wide"),
        ("sealedsecrets.bitnami.com/cluster-wide: 'true'", "cluster-wide"),
        ("sealedsecrets.bitnami.com/cluster-wide: 'True'", "strict"),
    ],
)
def test_the_record_says_what_was_sealed(tmp_path: Path, annotation: str, scope: str) -> None:
    root = write(tmp_path, {"db.yaml": sealed_secret(annotation=annotation)})
    sealed = seal(root)
    assert opened(sealed, scope=scope) == b"canary"
    known = records.read((root / RECORDS).read_text())
    spki = open_repository(root).view("plain").seals.current
    assert spki is not None
    assert known == {
        "db/password": records.Record(
            spki.sha256,
            scope,
            "data",
            "db",
            "2026-11-24",
            records.digest(sealed),  # type: ignore[arg-type]
        )
    }
    assert [one.state for one in find(open_repository(root), "plain", "db", None)] == ["sealed"]


def test_other_records_stay(tmp_path: Path) -> None:
    old = records.Record("0" * 64, "strict", "data", "old", "2026-01-01", "1" * 64)
    root = write(tmp_path, {"db.yaml": ONE, RECORDS: records.write({"old/key": old})})
    seal(root)
    assert records.read((root / RECORDS).read_text())["old/key"] == old
    assert sorted(records.read((root / RECORDS).read_text())) == ["db/password", "old/key"]


def test_the_rollout_patch_follows(tmp_path: Path) -> None:
    patch = (
        f"# kept\nspec:\n  template:\n    metadata:\n      annotations:\n        {rollout.PLACE[-1]}: '0'  # a digest\n"
    )
    name = rollout.file("plain")
    root = write(tmp_path, {"db.yaml": ONE, "z.yaml": sealed_secret("z", keys=["k"]), name: patch})
    sealed = seal(root)
    digest = rollout.digest([("db", "password", sealed), ("z", "k", KEY)])
    assert (root / name).read_text() == patch.replace("'0'", f"'{digest}'")


@pytest.mark.parametrize("patch", [None, "spec: {}\n", "spec: [\n"])
def test_without_a_rollout_patch_it_is_said(tmp_path: Path, patch: str | None) -> None:
    name = rollout.file("plain")
    here = repository(tmp_path, {"db.yaml": ONE, **({name: patch} if patch is not None else {})})
    target = find(here, "plain", "db", "password")[0]
    done = put(here, [Value(target, b"x")], AT)
    assert name in done.remarks[0] and done.files == ("db.yaml", RECORDS)
    assert patch is None or (tmp_path / name).read_text() == patch


def _pinned(pin: str) -> str:
    return f"version: 1\nenvironments:\n  plain: {{certificate_sha256: '{pin}'}}\n"


def _link_out(root: Path) -> None:
    outside = root.parent / f"{root.name}-outside.yaml"
    (root / "db.yaml").rename(outside)
    (root / "db.yaml").symlink_to(outside)


def _read_only(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).chmod(0o444)


def _folder_out(root: Path) -> None:
    outside = root.parent / f"{root.name}-outside"
    outside.mkdir()
    folder = root / RECORDS.rpartition("/")[0]
    (folder / CERTIFICATE.rpartition("/")[2]).rename(root / "own.pem")
    folder.rmdir()
    folder.symlink_to(outside)


EXPIRED = certificate(not_after=datetime(2025, 1, 1, tzinfo=UTC))[0]
REFUSED: Mapping[str, tuple[dict[str, str | bytes], Callable[[Path], None] | None, str]] = {
    "expired": ({CERTIFICATE: EXPIRED}, None, "has expired on 2025-01-01"),
    "not RSA": ({CERTIFICATE: not_rsa()[0]}, None, "nothing can be sealed with it"),
    "a key that is too short": ({CERTIFICATE: certificate(1024)[0]}, None, "no controller opens"),
    "a key of an odd size": ({CERTIFICATE: certificate(2056)[0]}, None, "no controller opens"),
    "no certificate in it": ({CERTIFICATE: "x"}, None, "nothing can be sealed with it"),
    "a private key alone": ({CERTIFICATE: certificate()[1]}, None, "nothing can be sealed with it"),
    "not the pinned one": ({".hydrogitops.yaml": _pinned("0" * 64)}, None, "not the certificate that is pinned"),
    "no namespace": ({"db.yaml": sealed_secret(namespace="")}, None, "has no namespace"),
    "read-only": ({}, _read_only("db.yaml"), "db.yaml is read-only"),
    "records that are read-only": ({RECORDS: records.write({})}, _read_only(RECORDS), "sealed.json is read-only"),
    "records that are none": ({RECORDS: "{"}, None, "sealed.json cannot be read"),
    "an anchor that others name": (
        {"db.yaml": ONE.replace(KEY, f"&a {KEY}") + "x: *a\n"}, None, "password cannot be replaced alone",
    ),
    "a broken document beside it": ({"db.yaml": ONE + "---\na: [\n"}, None, "db.yaml cannot be read"),
    "what is no sealed value": ({"db.yaml": ONE.replace(KEY, "cGFzc3dvcmQ=")}, None, "no sealed value"),
    "a number": ({"db.yaml": ONE.replace(KEY, "12")}, None, "no sealed value"),
    "records that would lie outside": (
        {".hydrogitops.yaml": "version: 1\nenvironments:\n  plain: {certificate: own.pem}\n"}, _folder_out, "outside the repository",
    ),
    "a folder in the way of the records": ({f"{RECORDS}/x": "x"}, None, "no regular file"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_written(tmp_path: Path, case: str) -> None:
    files, change, message = REFUSED[case]
    root = write(tmp_path, {"db.yaml": ONE, **files})
    if change is not None:
        change(root)
    before = tree(root)
    with pytest.raises(UserError, match=message) as refused:
        seal(root)
    assert tree(root) == before
    assert "canary" not in f"{refused.value.message}{refused.value.hint}"


def test_without_a_certificate_the_way_to_one_is_said(tmp_path: Path) -> None:
    root = write(tmp_path, {"db.yaml": ONE})
    (root / CERTIFICATE).unlink()
    with pytest.raises(UserError) as refused:
        seal(root)
    assert "hydrogitops seal --env plain --fetch-certificate" in refused.value.hint


def test_the_pinned_certificate_will_do(tmp_path: Path) -> None:
    current = repository(tmp_path, {"db.yaml": ONE}).view("plain").seals.current
    assert current is not None
    write(tmp_path, {".hydrogitops.yaml": _pinned(current.sha256)})
    assert opened(seal(tmp_path)) == b"canary"


def test_a_certificate_counts_to_its_last_moment(tmp_path: Path) -> None:
    end = AT + timedelta(days=1)
    here = repository(tmp_path, {"db.yaml": ONE, CERTIFICATE: certificate(not_after=end)[0]})
    targets = find(here, "plain", "db", None)
    check(here, targets, end, replace=False)
    with pytest.raises(UserError, match="expired"):
        check(here, targets, end + timedelta(seconds=1), replace=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes files of others and can keep them theirs")
def test_a_file_of_somebody_else_stays_theirs(tmp_path: Path) -> None:
    root = write(tmp_path, {"db.yaml": ONE})
    os.chown(root / "db.yaml", 65534, 65534)
    (root / "db.yaml").chmod(0o600)
    seal(root)
    status = (root / "db.yaml").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (65534, 65534, 0o600)


def test_a_link_inside_stays_one(tmp_path: Path) -> None:
    root = write(tmp_path, {"real/db.text": ONE})
    (root / "db.yaml").symlink_to("real/db.text")
    assert opened(seal(root)) == b"canary"
    assert (root / "db.yaml").is_symlink()
    assert KEY not in (root / "real/db.text").read_text()


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(root, {"db.yaml": ONE, "other.yaml": sealed_secret("other")})
    _link_out(root)
    with pytest.raises(UserError, match="no SealedSecret of that name") as refused:
        seal(root)
    assert "not read: db.yaml (a link that leads out of the repository)" in refused.value.hint
    assert KEY in (tmp_path / "repository-outside.yaml").read_text()


def test_a_file_that_does_not_parse_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": ONE + "x: [\n", "other.yaml": sealed_secret("other")})
    with pytest.raises(UserError) as refused:
        seal(tmp_path)
    assert "not read: db.yaml (it does not parse)" in refused.value.hint


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    root = write(tmp_path, {"db.yaml": ONE})
    here = open_repository(root)
    target = find(here, "plain", "db", "password")[0]
    (root / "db.yaml").unlink()
    os.mkfifo(root / "db.yaml")
    with pytest.raises(UserError, match="no regular file"):
        check(here, [target], AT, replace=False)
    assert stat.S_ISFIFO((root / "db.yaml").stat().st_mode)


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    root = write(tmp_path, {"db.yaml": ONE})
    here = open_repository(root)
    target = find(here, "plain", "db", "password")[0]
    (root / "db.yaml").write_text(ONE.replace(KEY, "somebody-else"))
    before = tree(root)
    with pytest.raises(UserError, match="has changed in the meantime"):
        put(here, [Value(target, b"canary")], AT)
    assert tree(root) == before


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    kept = {".db.yaml.swp": "x", ".db.yaml.0123456.tmp": "x", ".other.yaml.01234567.tmp": "x"}
    root = write(tmp_path, {"db.yaml": ONE, ".db.yaml.01234567.tmp": "AgB", **kept})
    seal(root)
    assert sorted(tree(root)) == sorted(["db.yaml", CERTIFICATE, RECORDS, *kept])


def test_what_cannot_be_written_is_said_with_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = repository(tmp_path, {"db.yaml": ONE})
    target = find(here, "plain", "db", "password")[0]
    usual = place.write_atomic

    def full(path: Path, data: bytes) -> None:
        if path.name == "sealed.json":
            raise OSError(28, "No space left on device")
        usual(path, data)

    monkeypatch.setattr(place, "write_atomic", full)
    with pytest.raises(UserError, match=r"sealed.json cannot be written: No space.*written before it: db.yaml"):
        put(here, [Value(target, b"x")], AT)


def test_a_value_shows_in_no_representation(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": ONE})
    assert "canary" not in repr(Value(find(here, "plain", "db", "password")[0], b"canary"))
