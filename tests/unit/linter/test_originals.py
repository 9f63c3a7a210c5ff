"""Which document an applied object was written as: names and namespaces that overlays change."""

from __future__ import annotations

import pytest

from hydrogitops.linter.originals import originals
from hydrogitops.model import AppliedObject, ObjectRef, Place


def ref(text: str) -> ObjectRef:
    kind, namespace, name = text.split("/")
    return ObjectRef(kind, namespace, name)


@pytest.mark.parametrize(
    ("applied", "written", "expected"),
    [
        (["S/a/db"], ["S/a/db"], [0]),
        (["S/a/db", "S/b/db"], ["S/a/db", "S/b/db"], [0, 1]),
        (["S/x/db"], ["S//db"], [0]),
        (["S/x/db"], ["S/a/db"], [0]),
        (["S/x/db"], ["S/a/db", "S/b/db"], [None]),
        (["S/a/db", "S/x/db"], ["S/a/db", "S/b/db"], [0, 1]),
        (["S//p-db", "S//p-db-admin"], ["S//db", "S//db-admin"], [0, 1]),
        (["S//db-admin", "S//p-db"], ["S//db", "S//db-admin"], [1, 0]),
        (["S//p-db-s"], ["S//db"], [0]),
        (["S//db", "S//p-db"], ["S//db"], [0, 0]),
        (["S//a-b"], ["S//a", "S//b"], [None]),
        (["C//db"], ["S//db"], [None]),
        (["C//p-db"], ["S//db"], [None]),
        (["S//other"], ["S//db"], [None]),
        ([], ["S//db"], []),
        (["S//db"], [], [None]),
    ],
)
def test_an_object_has_the_document_that_can_be_no_other(
    applied: list[str], written: list[str], expected: list[int | None]
) -> None:
    documents = [AppliedObject(ref(text), {}, Place(f"{index}.yaml", 0)) for index, text in enumerate(written)]
    places = [None if index is None else Place(f"{index}.yaml", 0) for index in expected]
    assert originals([ref(text) for text in applied], documents) == places
