"""Folders of plain manifests: which files Argo CD takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.repo.manifests import manifests
from hydrogitops.repo.sources import Sources
from hydrogitops.source.globs import matches
from tests.golden.trees import write

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*.yaml", "a.yaml", True),
        ("*.yaml", "below/a.yaml", True),
        ("**/a.yaml", "below/a.yaml", True),
        ("**/a.yaml", "a.yaml", False),
        ("a.yaml", "below/a.yaml", False),
        ("{a,b}.yaml", "b.yaml", True),
        ("{a,b}.yaml", "c.yaml", False),
        ("{x/*,y}.yaml", "x/z.yaml", True),
        ("[ab].yaml", "b.yaml", True),
        ("[!ab].yaml", "c.yaml", True),
        ("[!ab].yaml", "b.yaml", False),
        ("[a-c].yaml", "b.yaml", True),
        ("?.yaml", "ab.yaml", False),
        ("a.yaml", "axyaml", False),
        (r"\*.yaml", "a.yaml", False),
        ("[b-a]*", "b", False),
        ("{a,b}" * 12, "a" * 12, False),
        ("*a" * 25 + "b", "a" * 120, False),
    ],
)
def test_patterns(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ({}, ["apps/a.yaml", "apps/b.json", "apps/c.yml"]),
        ({"recurse": True}, ["apps/a.yaml", "apps/b.json", "apps/below/d.yaml", "apps/c.yml"]),
        ({"include": "*.yml"}, ["apps/c.yml"]),
        ({"recurse": True, "exclude": "below/*"}, ["apps/a.yaml", "apps/b.json", "apps/c.yml"]),
        ({"include": "{a,b}.*", "exclude": "a*"}, ["apps/b.json"]),
    ],
)
def test_files_of_a_folder(tmp_path: Path, directory: Mapping[str, Any], expected: list[str]) -> None:
    files = {
        "apps/a.yaml": OBJECT,
        "apps/b.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}',
        "apps/c.yml": OBJECT,
        "apps/below/d.yaml": OBJECT,
        "apps/values.yaml": "a: 1\n",
        "apps/skipped.yaml": f"# +argocd:skip-file-rendering\n{OBJECT}",
        "apps/notes.md": "no manifest\n",
        "appsx/e.yaml": OBJECT,
    }
    found = manifests(Sources(write(tmp_path, files)), "apps", directory)
    assert sorted(name for name, _ in found.objects) == expected


def test_programs_are_told_apart(tmp_path: Path) -> None:
    found = manifests(Sources(write(tmp_path, {"apps/a.jsonnet": "{}", "apps/b.yaml": OBJECT})), "apps", {})
    assert (found.programs, found.objects) == (("apps/a.jsonnet",), (("apps/b.yaml", 0),))
