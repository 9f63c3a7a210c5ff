"""What `why` says of values, of maps that several layers make together, and of paths that ask for too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.why import why
from hydrogitops.model import UserError
from tests.golden.trees import write

from .small import BASE, LAST, release

FIRST = "manager:\n  javaOpts: -Xmx1g\n  resources: {limits: {memory: 2Gi}}\n"
SECOND = "manager:\n  javaOpts: -Xmx2g\n"


def causes(root: Path, path: str) -> list[tuple[str, int, bool]]:
    """File and line of what sets a value, an empty file for the chart; and whether it wins."""
    return [
        (one.span.file if one.span is not None else "", one.span.line if one.span is not None else 0, one.wins)
        for one in why(root, "prod", path).causes
    ]


def test_a_value_is_set_by_one_layer(tmp_path: Path) -> None:
    write(tmp_path, release(SECOND, FIRST))
    assert causes(tmp_path, "manager.javaOpts")[:2] == [(LAST, 2, True), (BASE, 2, False)]


def test_a_map_is_set_by_every_layer_that_decides_a_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, release(SECOND, FIRST))
    assert causes(tmp_path, "manager") == [(LAST, 1, True), (BASE, 1, True), ("", 0, True)]
    own = why(tmp_path, "prod", "manager").causes[-1].value
    assert isinstance(own, dict)
    assert own["replicaCount"] == 1
    assert "javaOpts" not in own
    assert "global" not in own


def test_a_layer_whose_part_is_replaced_whole_has_lost(tmp_path: Path) -> None:
    write(tmp_path, release("manager: {javaOpts: a, replicaCount: 3}\n", "manager: {javaOpts: b}\n"))
    assert causes(tmp_path, "manager")[:2] == [(LAST, 1, True), (BASE, 1, False)]


@pytest.mark.parametrize(
    ("path", "said", "hint"),
    [
        ("Deployment/hydro-manager", "is an object, and a field of it is wanted", "Deployment/hydro-manager:spec"),
        ("manager.javaOptz", "nothing sets manager.javaOptz in prod", "did you mean manager.javaOpts?"),
        ("manager[\N{SUPERSCRIPT TWO}]", "nothing sets manager", ""),
        (f"manager[{'9' * 5000}]", "nothing sets manager", ""),
    ],
)
def test_what_cannot_be_answered(tmp_path: Path, path: str, said: str, hint: str) -> None:
    write(tmp_path, release(SECOND, FIRST))
    with pytest.raises(UserError, match=said) as caught:
        why(tmp_path, "prod", path)
    assert hint in caught.value.hint
