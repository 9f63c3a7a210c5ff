"""What changes an object on its way, without an engine: expressions, field paths, merges and operations on trees."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.charts import patches
from hydrogitops.charts.merges import merged
from hydrogitops.charts.operations import operated
from hydrogitops.charts.written import Node, Written, aligned, below, grown, plain
from hydrogitops.model import Route
from hydrogitops.source import load


def at(file: str) -> Any:
    return lambda route: Written(file, 0, route)


def tree(text: str) -> Node:
    return grown(load(text), at("base"))


def places(root: Node, path: Route) -> list[str]:
    found = aligned(root, plain(root), path)
    assert found is not None
    return [place.file for place in found.places]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("api", "api", True),
        ("ap", "api", False),
        ("ap.*|web", "web", True),
        ("a|b", "ab", False),
        ("[", "[", False),
        (".*", "", True),
    ],
)
def test_expressions_are_anchored(pattern: str, text: str, expected: bool) -> None:
    assert patches.fits(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("web-[a-z0-9]+", True),
        (r"a\.b", True),
        (r"\w+-\d", True),
        ("(?:a|b)", True),
        ("[[:alpha:]]", False),
        ("(?i)api", False),
        (r"\pL", False),
        (r"api\z", False),
        ("(a+)+", False),
        ("a" * 2000, False),
    ],
)
def test_expressions_that_mean_the_same_in_go(pattern: str, expected: bool) -> None:
    assert patches.readable(pattern) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec.replicas", ("spec", "replicas")),
        ("spec.containers.[name=a.b].env.0.value", ("spec", "containers", "[name=a.b]", "env", "0", "value")),
        (r"metadata.annotations.a\.b/c", ("metadata", "annotations", "a.b/c")),
        ("spec.*.image", ("spec", "*", "image")),
    ],
)
def test_field_paths(text: str, expected: tuple[str, ...]) -> None:
    assert patches.field_path(text) == expected


MERGES: dict[str, tuple[str, str, str]] = {
    "patched items come first": (
        "containers: [{name: a}, {name: b, image: x}]",
        "containers: [{name: b, image: y}]",
        "containers: [{name: b, image: y}, {name: a}]",
    ),
    "an item is taken out": (
        "containers: [{name: a}, {name: b}]",
        "containers: [{name: a, $patch: delete}]",
        "containers: [{name: b}]",
    ),
    "a list is put in its place": (
        "containers: [{name: a}]",
        "containers: [{name: b}, {$patch: replace}]",
        "containers: [{name: b}]",
    ),
    "lists without a key are replaced": (
        "tolerations: [{key: a}]",
        "tolerations: [{key: b}]",
        "tolerations: [{key: b}]",
    ),
    "null takes away": ("limits: {cpu: 1, memory: 2}", "limits: {cpu: null}", "limits: {memory: 2}"),
    "null that is new says nothing": ("{}", "limits: {cpu: null, memory: 2}", "limits: {memory: 2}"),
    "a map is put in its place": ("limits: {cpu: 1}", "limits: {$patch: replace, memory: 2}", "limits: {memory: 2}"),
    "a map over a text": ("limits: none", "limits: {memory: 2}", "limits: {memory: 2}"),
}


@pytest.mark.parametrize(("base", "patch", "expected"), MERGES.values(), ids=MERGES.keys())
def test_a_strategic_merge(base: str, patch: str, expected: str) -> None:
    data = load(patch)
    assert isinstance(data, dict)
    assert plain(merged(tree(base), data, at("patch"), "apps/v1", frozenset())) == load(expected)


GONE: dict[str, tuple[str, str, str]] = {
    "an item": ("env: [{name: A, value: x}]", "env: [{name: A, $patch: delete}]", "env A"),
    "an item that there is not": ("env: [{name: B}]", "env: [{name: A, $patch: delete}]", "env A"),
    "an item of a new list": ("{}", "env: [{name: A, $patch: delete}, {name: B}]", "env A"),
    "a map": ("limits: {cpu: 1}", "limits: {$patch: delete}", "limits"),
    "a map in a new one": ("{}", "resources: {limits: {$patch: delete, cpu: 1}}", "resources limits"),
    "a null in a new map": ("{}", "resources: {limits: null}", "resources limits"),
    "a null in a map that is put in its place": (
        "resources: {limits: 1}",
        "resources: {$patch: replace, limits: null}",
        "resources limits",
    ),
    "a list": ("env: [{name: A}]", "env: [{$patch: delete}]", "env"),
}


@pytest.mark.parametrize(("base", "patch", "lost"), GONE.values(), ids=GONE.keys())
def test_what_a_merge_takes_away_is_remembered(base: str, patch: str, lost: str) -> None:
    data = load(patch)
    assert isinstance(data, dict)
    here = merged(tree(base), data, at("patch"), "apps/v1", frozenset())
    *around, name = lost.split()
    found = below(here, around)
    assert found is not None
    assert found.gone[name].file == "patch"


@pytest.mark.parametrize(
    ("base", "patch", "expected"),
    [
        (
            "ports: [{containerPort: 53, protocol: UDP, name: a}, {containerPort: 53, protocol: TCP, name: b}]",
            "ports: [{containerPort: 53, protocol: TCP, name: c}]",
            "ports: [{containerPort: 53, protocol: TCP, name: c}, {containerPort: 53, protocol: UDP, name: a}]",
        ),
        (
            "ports: [{containerPort: 53, name: a}]",
            "ports: [{containerPort: 53, protocol: TCP}]",
            "ports: [{containerPort: 53, protocol: TCP, name: a}]",
        ),
        (
            "containers: [{name: a, image: x}]",
            "containers: [{name: a, $patch: replace, image: y}]",
            "containers: [{name: a, image: y}]",
        ),
    ],
)
def test_which_items_are_merged(base: str, patch: str, expected: str) -> None:
    data = load(patch)
    assert isinstance(data, dict)
    assert plain(merged(tree(base), data, at("patch"), "v1", frozenset())) == load(expected)


def test_lists_of_unknown_kinds_are_replaced() -> None:
    data = {"containers": [{"name": "b"}]}
    root = merged(tree("containers: [{name: a}]"), data, at("patch"), "example.com/v1", frozenset())
    assert plain(root) == data


def test_a_patch_that_deletes_the_object() -> None:
    assert merged(tree("a: 1"), {"$patch": "delete"}, at("patch"), "v1", frozenset()) is None


OPERATIONS: dict[str, tuple[str, str, str]] = {
    "add": ("a: {}", "[{op: add, path: /a/b, value: 1}]", "a: {b: 1}"),
    "insert": ("a: [1, 2]", "[{op: add, path: /a/0, value: 0}]", "a: [0, 1, 2]"),
    "append": ("a: [1]", "[{op: add, path: /a/-, value: 2}]", "a: [1, 2]"),
    "replace": ("a: [1, 2]", "[{op: replace, path: /a/1, value: 3}]", "a: [1, 3]"),
    "remove": ("a: [1, 2]", "[{op: remove, path: /a/0}]", "a: [2]"),
    "copy": ("a: {b: 1}", "[{op: copy, from: /a/b, path: /a/c}]", "a: {b: 1, c: 1}"),
    "move": ("a: {b: 1}", "[{op: move, from: /a/b, path: /a/c}]", "a: {c: 1}"),
    "escapes": ("a: {}", "[{op: add, path: /a/b~1c~0d, value: 1}]", "a: {b/c~d: 1}"),
    "from the end": ("a: [1, 2]", "[{op: remove, path: /a/-1}, {op: add, path: /a/-1, value: 3}]", "a: [1, 3]"),
    "the whole": ("a: 1", "[{op: replace, path: '', value: {b: 2}}]", "b: 2"),
    "nothing there": ("a: 1", "[{op: replace, path: /b/c, value: 1}, {op: remove, path: /x/0}, nonsense]", "a: 1"),
}


@pytest.mark.parametrize(("base", "operations", "expected"), OPERATIONS.values(), ids=OPERATIONS.keys())
def test_operations(base: str, operations: str, expected: str) -> None:
    data = load(operations)
    assert isinstance(data, list)
    root = tree(base)
    operated(root, data, at("patch"))
    assert plain(root) == load(expected)


def test_a_place_is_where_the_last_change_wrote() -> None:
    root = tree("containers: [{name: a, image: x}, {name: b, image: x}]")
    changed = merged(root, {"containers": [{"name": "b", "image": "x"}]}, at("patch"), "v1", frozenset())
    assert changed is not None
    assert places(changed, ("containers", 0, "image")) == ["patch"]
    assert places(changed, ("containers", 1, "image")) == ["base"]
    assert places(changed, ("containers",)) == ["base", "patch"]


def test_items_are_found_by_what_names_them() -> None:
    root = tree("env: [{name: A, value: 1}, {name: B, value: 2}]")
    found = aligned(root, {"env": [{"name": "B", "value": 2}]}, ("env", 0, "value"))
    assert found is not None
    assert found.places[-1].route == ("env", 1, "value")


@pytest.mark.parametrize("data", [{"list": [1]}, {"list": [1, 2, 3]}, {"other": [1, 2]}])
def test_an_item_that_could_be_any_is_none(data: dict[str, Any]) -> None:
    key = next(iter(data))
    assert aligned(tree("list: [1, 2]"), data, (key, 0)) is None
