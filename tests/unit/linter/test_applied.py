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


def test_what_states_no_namespace_gets_that_of_the_destination_if_it_has_to_be_in_one() -> None:
    def one(api_version: str, kind: str, namespace: str = "") -> AppliedObject:
        metadata = {"name": "x"} | ({"namespace": namespace} if namespace else {})
        return AppliedObject(
            ObjectRef(kind, namespace, "x", api_version),
            {"apiVersion": api_version, "kind": kind, "metadata": metadata},
        )

    objects = [
        one("v1", "Service"),
        one("v1", "ConfigMap", "elsewhere"),
        one("v1", "Namespace"),
        one("rbac.authorization.k8s.io/v1", "Role"),
        one("rbac.authorization.k8s.io/v1", "ClusterRole"),
        one("cert-manager.io/v1", "ClusterIssuer"),
    ]
    found = {
        document.data["kind"]: document.data["metadata"].get("namespace")  # type: ignore[index]
        for document in read("", text(objects, "ml")).documents
    }
    assert found == {
        "Service": "ml",
        "ConfigMap": "elsewhere",
        "Namespace": None,
        "Role": "ml",
        "ClusterRole": None,
        "ClusterIssuer": None,
    }
    assert "ml" not in text(objects)
