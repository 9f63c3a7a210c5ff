"""Every rule's own examples: the bad one found at its line with only this rule on, the good one silent under all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrogitops.linter import policies
from tests.golden.conftest import Generated
from tests.golden.trees import chunks, commit, found, judged, marked, write

EXAMPLE_LAYER = "apps/hydrosphere/envs/prod/example.yaml"
MANIFEST = "manifest.yaml"


def texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(policy, text, id=f"{name}-{number}")
        for name, policy in policies.load().items()
        for number, text in enumerate(texts(policy.examples[kind]), 1)
    ]


def tree(policy: Any, text: str, root: Path, generated: Generated) -> list[tuple[str, str, int]]:
    """Write an example, over what is committed as the base revision where it has one; what it expects."""
    if "base" in policy.examples:
        commit(write(root, chunks(policy.examples["base"], MANIFEST)))
    if policy.examples.get("frame") == "serving":
        generated.copy(root)
        files, expected = marked(chunks(text, EXAMPLE_LAYER))
        if EXAMPLE_LAYER in files:
            kustomization = root / "apps/hydrosphere/envs/prod/kustomization.yaml"
            before = kustomization.read_text()
            after = before.replace(
                "      - version/values.yaml\n", "      - version/values.yaml\n      - example.yaml\n"
            )
            assert after != before
            kustomization.write_text(after)
    else:
        files, expected = marked(chunks(text, MANIFEST))
    write(root, files)
    return expected


def since(policy: Any) -> str | None:
    return "HEAD" if "base" in policy.examples else None


@pytest.mark.parametrize(("policy", "text"), cases("bad"))
def test_bad_is_found_where_it_says(policy: Any, text: str, tmp_path: Path, generated: Generated) -> None:
    expected = tree(policy, text, tmp_path, generated)
    assert expected, "a bad example marks a line with `# <- rule`"
    assert found(judged(tmp_path, only=frozenset({policy.id}), since=since(policy))) == expected


@pytest.mark.parametrize(("policy", "text"), cases("good"))
def test_good_is_silent(policy: Any, text: str, tmp_path: Path, generated: Generated) -> None:
    tree(policy, text, tmp_path, generated)
    report = judged(tmp_path, since=since(policy))
    assert not report.incomplete
    # Placeholders of a fresh repository are there by intent: nothing is sealed before there is a cluster.
    assert [one for one in found(report) if one[0] != "secrets/placeholder"] == []
