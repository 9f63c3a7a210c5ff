"""Rendered differences for people."""

from __future__ import annotations

import pytest

from hydrogitops.linter.comparing import Comparison, EnvironmentDifference
from hydrogitops.linter.differences import FieldChange, ObjectChange
from hydrogitops.report.differences import FOLDED, MOST, lines, markdown

FIELDS = (
    FieldChange("spec.replicas", "1", "2"),
    FieldChange('metadata.annotations["a|b"]', None, "x|`y`"),
    FieldChange("spec.paused", "true", None),
)
OBJECTS = (
    ObjectChange("added", "ConfigMap", "apps", "new"),
    ObjectChange("removed", "ClusterRole", "", "old"),
    ObjectChange("changed", "Deployment", "apps", "a", FIELDS),
)
PROD = EnvironmentDifference("prod", "changed", (FieldChange("cluster", "a", "b"),), OBJECTS)
SAME = EnvironmentDifference("dev", "same")


def comparison(*environments: EnvironmentDifference, remarks: tuple[str, ...] = ()) -> Comparison:
    return Comparison("HEAD (abc)", "the working tree", environments, remarks)


def text(found: Comparison) -> list[str]:
    return ["".join(part for _, part in line) for line in lines(found)]


def test_as_text() -> None:
    assert text(comparison(SAME, PROD, remarks=("prod: a stand-in",))) == [
        "dev: nothing differs",
        "prod: 1 object added, 1 object removed, 1 object changed",
        "    cluster: a → b",
        "  + ConfigMap apps/new",
        "  - ClusterRole old",
        "  ~ Deployment apps/a",
        "      spec.replicas: 1 → 2",
        '      metadata.annotations["a|b"]: x|`y` (new)',
        "      spec.paused: true (gone)",
        "note: prod: a stand-in",
        "3 objects differ in 1 of 2 environments (HEAD (abc) → the working tree)",
    ]


def test_as_text_where_nothing_differs() -> None:
    assert text(comparison(SAME)) == ["dev: nothing differs", "nothing differs (HEAD (abc) → the working tree)"]


def test_as_markdown() -> None:
    assert markdown(comparison(SAME, PROD)) == (
        "### What this change applies\n\n`HEAD (abc)` → `the working tree`\n\n"
        "| environment | added | removed | changed |\n|---|---|---|---|\n| `dev` | 0 | 0 | 0 |\n| `prod` | 1 | 1 | 1 |\n\n"
        "<details><summary><b>prod</b>: 1 object added, 1 object removed, 1 object changed</summary>\n\n"
        "* cluster: `a` → `b`\n\n* added: `ConfigMap apps/new`\n* removed: `ClusterRole old`\n\n"
        "`Deployment apps/a`\n\n| field | before | after |\n|---|---|---|\n"
        "| `spec.replicas` | `1` | `2` |\n"
        '| `metadata.annotations["a\\|b"]` |  | `` x\\|`y` `` |\n'
        "| `spec.paused` | `true` |  |\n\n</details>\n"
    )


def test_as_markdown_where_nothing_differs() -> None:
    assert markdown(comparison(SAME)).endswith("\n\nNothing differs in `dev`.\n")


def test_short_parts_are_not_folded_and_long_ones_are_cut() -> None:
    short = EnvironmentDifference("dev", "changed", (), OBJECTS[:1])
    assert "<details>" not in markdown(comparison(short))
    many = tuple(FieldChange(f"f{n}", "1", "2") for n in range(MOST + 3))
    long = EnvironmentDifference("dev", "changed", (), (ObjectChange("changed", "X", "", "a", many),))
    written = markdown(comparison(long))
    assert MOST > FOLDED and "<details>" in written
    assert written.count("| `f") == MOST and "| and 3 more fields | | |" in written
    # On a terminal all of them are there.
    assert len(text(comparison(long))) == MOST + 3 + 3


def test_what_is_not_known_is_said() -> None:
    broken = EnvironmentDifference("dev", "same", trouble="it cannot be rendered: <b>no</b>")
    assert text(comparison(broken))[:2] == ["dev: not compared whole", "  error: it cannot be rendered: <b>no</b>"]
    written = markdown(comparison(broken))
    assert "| `dev` | ? | ? | ? |" in written and "&lt;b&gt;no&lt;/b&gt;" in written


@pytest.mark.parametrize("how", ["added", "removed"])
def test_environments_that_come_and_go(how: str) -> None:
    one = EnvironmentDifference("qa", how, (), OBJECTS[:1])  # type: ignore[arg-type]
    words = {"added": "a new environment", "removed": "no longer there"}[how]
    assert text(comparison(one))[0] == f"qa: {words}, 1 object added"


def test_control_characters_stay_out() -> None:
    evil = ObjectChange("changed", "X", "", "a\x1b[31m\n| x |", (FieldChange("a\n", "\x1b]0;x\x07", "b\r\nc"),))
    found = comparison(EnvironmentDifference("dev", "changed", (), (evil,)))
    for written in ("\n".join(text(found)), markdown(found)):
        assert not [each for each in written if not each.isprintable() and each != "\n"]
    assert len(text(found)) == 4
