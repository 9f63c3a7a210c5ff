from __future__ import annotations

import json
from typing import Any

import pytest

from hydrogitops.secrets import records
from hydrogitops.secrets.records import Record, RecordsError

RECORD = Record("a" * 64, "strict", "hydrosphere", "hydro-postgresql", "2026-11-24", "0" * 64)
FIELDS = RECORD._asdict()


def text(values: object = None, version: object = 1) -> str:
    return json.dumps({"version": version, "values": {"db/password": FIELDS} if values is None else values})


def test_a_record_is_read_by_object_and_key() -> None:
    assert records.read(text()) == {"db/password": RECORD}
    assert records.key("db", "password") == "db/password"
    assert records.file("prod") == "environments/prod/sealed.json"


def test_records_are_written_in_one_way() -> None:
    second = RECORD._replace(scope="cluster-wide", namespace="", name="é")
    written = records.write({"b/x": second, "a/y": RECORD})
    assert written == records.write({"a/y": RECORD, "b/x": second})
    assert list(json.loads(written)["values"]) == ["a/y", "b/x"]
    assert list(json.loads(written)["values"]["a/y"]) == list(FIELDS)
    assert written.endswith("}\n")
    assert records.read(written) == {"a/y": RECORD, "b/x": second}
    assert records.write(records.read(written)) == written
    assert records.read(records.write({})) == {}


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        text(version=2),
        text(version="1"),
        text(values=[]),
        json.dumps({"version": 1}),
        text(values={"db/password": "a"}),
        text(values={"\ud800/password": FIELDS}),
        *(text(values={"db/password": {k: v for k, v in FIELDS.items() if k != field}}) for field in FIELDS),
        *(
            text(values={"db/password": {**FIELDS, **change}})
            for change in (
                {"plaintext": "x"},
                {"certificate": "A" * 64},
                {"certificate": "a" * 16},
                {"certificate": "a" * 64 + "\n"},
                {"ciphertext": None},
                {"ciphertext": "0" * 63},
                {"scope": "Strict"},
                {"namespace": None},
                {"name": 1},
                {"name": "\ud800"},
                {"at": "2026-13-01"},
                {"at": "2026-02-30"},
                {"at": "20261124"},
                {"at": "2026-11-24T00:00:00Z"},
                {"at": 20261124},
            )
        ),
    ],
)
def test_what_is_no_record_is_refused(broken: str) -> None:
    with pytest.raises(RecordsError):
        records.read(broken)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("AgAAAA==", "AgAA\nAA==\n", True),
        ("AgAAAA==", "AgAA\r\nAA==", True),
        ("AgAAAA==", "AgAA AA==", False),
        ("AgAAAA==", "AgAAAB==", False),
        ("AgAAAA==", "\ud800", False),
    ],
)
def test_a_digest_is_of_what_would_be_opened(one: str, other: Any, same: bool) -> None:
    assert (records.digest(one) == records.digest(other)) is same
