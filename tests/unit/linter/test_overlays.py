"""The way of a document through kustomizations: every line that it passes, in order, in any layout."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hydrogitops.linter.inputs import EnvironmentView
from hydrogitops.linter.overlays import MOST, lines, name_after
from hydrogitops.model import SourceFile
from hydrogitops.source import reading

COMPONENT = "kind: Component\n"


def view(files: Mapping[str, str], folder: str = "top") -> EnvironmentView:
    def read(name: str) -> SourceFile | None:
        return reading.read(name, files[name]) if name in files else None

    return cast(EnvironmentView, SimpleNamespace(environment=SimpleNamespace(folder=folder), read=read))


def tree(**folders: str) -> dict[str, str]:
    return {f"{name}/kustomization.yaml": text for name, text in folders.items()}


@pytest.mark.parametrize(
    ("files", "applied", "expected"),
    [
        (tree(top="resources: [db.yaml]\nnamePrefix: a-\n"), "a-db", ["top namePrefix"]),
        (
            tree(top="resources: [../low]\nnamePrefix: a-\nnamespace: x\n", low="resources: [../top/db.yaml]\nnameSuffix: -b\n"),
            "a-db-b",
            ["low nameSuffix", "top namespace", "top namePrefix"],
        ),
        (
            tree(
                top="resources: [db.yaml]\ncomponents: [../c]\nnamePrefix: a-\n",
                c=COMPONENT + "components: [../d]\nnamePrefix: c-\n",
                d=COMPONENT + "namePrefix: d-\n",
            ),
            "a-c-d-db",
            ["d namePrefix", "c namePrefix", "top namePrefix"],
        ),
        (
            tree(top="components: [../c]\nnamePrefix: a-\n", c=COMPONENT + "resources: [../top/db.yaml]\nnamePrefix: c-\n"),
            "a-c-db",
            ["c namePrefix", "top namePrefix"],
        ),
        (
            tree(top="resources: [../one, ../two]\n", one="resources: [../top/db.yaml]\nnamePrefix: one-\n", two="resources: [../top/db.yaml]\nnamePrefix: two-\n"),
            "two-db",
            ["two namePrefix"],
        ),
        (tree(top="resources: [../low]\nnamePrefix: a-\n", low="resources: [../top]\n"), "db", []),
        (tree(top="resources: [other.yaml]\nnamePrefix: a-\n"), "db", []),
        (tree(top="resources: [https://example.com/x]\nnamePrefix: a-\n"), "db", []),
        (tree(top="- a list\n"), "db", []),
        (tree(top="resources: [db.yaml]\nnamePrefix: 7\nnamespace: ''\n"), "db", []),
        ({}, "db", []),
    ],
)  # fmt: skip
def test_the_lines_on_the_way(files: dict[str, str], applied: str, expected: list[str]) -> None:
    found = lines(view(files), "top/db.yaml", "db", applied)
    assert [f"{line.place.file.partition('/')[0]} {line.key}" for line in found] == expected
    assert name_after("db", found) == applied


@pytest.mark.parametrize("kind", ["resources", "components"])
@pytest.mark.parametrize("end", ["resources: [top/db.yaml]\n", "resources: [gone.yaml]\n"])
def test_more_ways_than_there_is_time_for(kind: str, end: str) -> None:
    """Forty storeys with two doors each: 2⁴⁰ ways, to the file or to nowhere."""
    storeys: dict[str, Any] = {"top/kustomization.yaml": "resources: [../s0]\n"}
    head = COMPONENT if kind == "components" else ""
    for number in range(40):
        doors = f"{kind}: [a, b]\nnamePrefix: x\n"
        storeys[f"s{number}/kustomization.yaml"] = head + doors
        for door in "ab":
            storeys[f"s{number}/{door}/kustomization.yaml"] = f"{head}{kind}: [../../s{number + 1}]\n"
    storeys["s40/kustomization.yaml"] = head + end.replace("top/", "../top/")
    found = lines(view(storeys), "top/db.yaml", "db", "nothing like it")
    assert len(found) <= MOST
    assert bool(found) == ("db.yaml" in end)
