"""`sealed.json`: for which certificate and label each value was sealed. Nothing in it is derived from plaintext."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal, NamedTuple

Scope = Literal["strict", "namespace-wide", "cluster-wide"]
SCOPES: Final[tuple[Scope, ...]] = ("strict", "namespace-wide", "cluster-wide")

_HEX = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RecordsError(ValueError):
    """A file that is no `sealed.json`, version 1."""


class Record(NamedTuple):
    """One sealed value. `certificate` as `Certificate.sha256`; `at` is a day; `ciphertext` as `digest` gives it."""

    certificate: str
    scope: Scope
    namespace: str
    name: str
    at: str
    ciphertext: str


def file(environment: str) -> str:
    """Where the records of an environment lie in the repository."""
    return f"environments/{environment}/sealed.json"


def key(name: str, secret_key: str) -> str:
    """The key of a record: the object's name as applied, and the key in it."""
    return f"{name}/{secret_key}"


def digest(ciphertext: str) -> str:
    """What a record holds of a sealed value. Line ends count for nothing, as they do for whoever opens it."""
    joined = ciphertext.replace("\r", "").replace("\n", "")
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def read(text: str) -> dict[str, Record]:
    """The records of a file by `key`. RecordsError says what is wrong with it."""
    try:
        data = json.loads(text)
        # What an escape makes half a character of could not be written again.
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RecordsError("it is no JSON") from None
    if not isinstance(data, dict) or data.get("version") != 1 or not isinstance(data.get("values"), dict):
        raise RecordsError("it is not of version 1 with `values`")
    return {str(name): _record(str(name), one) for name, one in data["values"].items()}


def write(records: Mapping[str, Record]) -> str:
    """The text of a file; the same records give the same text."""
    values = {name: records[name]._asdict() for name in sorted(records)}
    return json.dumps({"version": 1, "values": values}, indent=2, ensure_ascii=False) + "\n"


def _record(name: str, data: Any) -> Record:
    if not isinstance(data, Mapping) or set(data) != set(Record._fields):
        raise RecordsError(f"{name} has not exactly the fields {', '.join(Record._fields)}")
    record = Record(**data)
    if not all(isinstance(text, str) for text in record):
        raise RecordsError(f"{name} has a field that is no text")
    if not (_HEX.fullmatch(record.certificate) and _HEX.fullmatch(record.ciphertext)):
        raise RecordsError(f"{name} has a digest that is none")
    if record.scope not in SCOPES or not _is_day(record.at):
        raise RecordsError(f"{name} has a scope or day that is none")
    return record


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False
