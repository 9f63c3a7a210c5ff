"""The text of what an environment applies."""

from __future__ import annotations

from hydrogitops.linter.applied import text
from hydrogitops.model import AppliedObject, ObjectRef
from hydrogitops.source.reading import read

WORD = "Zq8vKp2xLm4w"
SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "data": {"on": "yes", "x": "a\nb\n"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"password": WORD}, "type": "Opaque"}


def applied(data: dict[str, object]) -> AppliedObject:
    return AppliedObject(ObjectRef(str(data["kind"]), "", str(data["metadata"]["name"])), data)  # type: ignore[index]


def test_objects_stand_in_order_and_read_back_the_same() -> None:
    other = {**SETTINGS, "metadata": {"name": "a"}}
    written = text([applied(SETTINGS), applied(other)])
    assert written == text([applied(other), applied(SETTINGS)])
    assert [one.data for one in read("", written).documents] == [other, SETTINGS]
    assert written.startswith(
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  "on": "yes"\n  x: |\n    a\n    b\n---\n'
    )


def test_what_a_secret_holds_is_not_shown() -> None:
    written = text([applied(SECRET)])
    assert WORD not in written
    assert read("", written).documents[0].data == {**SECRET, "data": {"password": "(not shown)"}}
