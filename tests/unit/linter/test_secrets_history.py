"""Rules on sealed values against the base revision: real git repositories, real engines where an overlay is needed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm

from .history import Past, Told, told, without_settings
from .sealed import recorded, secret, value

needs_engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

DRIFT, IMMUTABLE, COPIED, RENAMED = (
    f"secrets/{name}" for name in ("label-drift", "immutable-change", "copied", "renamed-by-overlay")
)


@pytest.fixture(autouse=True)
def _only_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)


def line(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


# As written -----------------------------------------------------------------------------------------------------------

WIDE = secret(scope="namespace-wide")
RECORDS = "environments/plain/sealed.json"
PLAIN: list[tuple[str, dict[str, str], dict[str, str | None], list[tuple[str, str]]]] = [
    ("another name", {"m.yaml": secret()}, {"m.yaml": secret("x")}, [("m.yaml", "name: x")]),
    ("another namespace", {"m.yaml": secret()}, {"m.yaml": secret(namespace="x")}, [("m.yaml", "namespace: x")]),
    ("both", {"m.yaml": secret()}, {"m.yaml": secret("x", "y")}, [("m.yaml", "name: x")]),
    ("a scope", {"m.yaml": secret()}, {"m.yaml": WIDE}, [("m.yaml", "sealedsecrets.")]),
    ("another scope", {"m.yaml": WIDE}, {"m.yaml": secret(scope="cluster-wide")}, [("m.yaml", "sealedsecrets.")]),
    ("no scope any more", {"m.yaml": WIDE}, {"m.yaml": secret()}, [("m.yaml", "metadata:")]),
    ("another name, namespace-wide", {"m.yaml": WIDE}, {"m.yaml": secret("x", scope="namespace-wide")}, []),
    ("another namespace, namespace-wide", {"m.yaml": WIDE}, {"m.yaml": secret("x", "y", scope="namespace-wide")}, [("m.yaml", "namespace: y")]),
    ("cluster-wide", {"m.yaml": secret(scope="cluster-wide")}, {"m.yaml": secret("x", "y", scope="cluster-wide")}, []),
    ("sealed anew", {"m.yaml": secret()}, {"m.yaml": secret("x", keys={"password": value(1)})}, []),
    ("one of two sealed anew", {"m.yaml": secret(keys={"a": value(), "b": value(1)})}, {"m.yaml": secret("x", keys={"a": value(2), "b": value(1)})}, [("m.yaml", "name: x")]),
    ("another key", {"m.yaml": secret()}, {"m.yaml": secret(keys={"moved": value()})}, []),
    ("another file", {"m.yaml": secret()}, {"m.yaml": None, "n.yaml": secret()}, []),
    ("another file and name", {"m.yaml": secret()}, {"m.yaml": None, "n.yaml": secret("x")}, [("n.yaml", "name: x")]),
    ("another place in the file", {"m.yaml": secret("a", keys={"k": value(1)}) + "---\n" + secret()}, {"m.yaml": secret() + "---\n" + secret("a", keys={"k": value(1)})}, []),
    ("into another object", {"m.yaml": secret() + "---\n" + secret("a", keys={"k": value(1)})}, {"m.yaml": secret(keys={"k": value(2)}) + "---\n" + secret("a", keys={"k": value(1), "m": value()})}, [("m.yaml", "name: a")]),
    ("a copy", {"m.yaml": secret()}, {"n.yaml": secret("x")}, []),
    ("written in lines", {"m.yaml": secret()}, {"m.yaml": secret("x", keys={"k": f"|-\n      {value()[:60]}\n      {value()[60:]}"})}, [("m.yaml", "name: x")]),
    ("a placeholder", {"m.yaml": secret(keys={"k": "__UNSEALED__"})}, {"m.yaml": secret("x", keys={"k": "__UNSEALED__"})}, []),
    ("no sealed value", {"m.yaml": secret(keys={"k": "abcd"})}, {"m.yaml": secret("x", keys={"k": "abcd"})}, []),
    ("a namespace that nobody stated", {"m.yaml": secret(namespace="")}, {"m.yaml": secret()}, []),
    ("put right, by the record", {"m.yaml": secret("x"), RECORDS: recorded(("ml", "db", value()))}, {"m.yaml": secret()}, []),
    ("another type and labels", {"m.yaml": secret()}, {"m.yaml": secret(template="type: kubernetes.io/tls\nmetadata: {name: x}")}, []),
    ("new", {"other.yaml": "a: 1\n"}, {"m.yaml": secret()}, []),
]  # fmt: skip


@pytest.mark.parametrize("render", [True, False], ids=["", "no-render"])
@pytest.mark.parametrize(("before", "after", "places"), [case[1:] for case in PLAIN], ids=[case[0] for case in PLAIN])
def test_the_label_of_a_plain_manifest_changes(
    before: dict[str, str],
    after: dict[str, str | None],
    places: list[tuple[str, str]],
    render: bool,
    tmp_path: Path,
) -> None:
    past = Past.of(tmp_path, before)
    past.change(after)
    found = past.judge(DRIFT, render=render)
    texts = {**before, **after}
    assert told(found) == [("label-drift", file, line(texts[file] or "", needle)) for file, needle in places]
    assert [finding.rule for finding in past.judge(DRIFT, since=None).findings] == []


def test_the_first_of_two_with_a_copy_left_behind_is_a_copy(tmp_path: Path) -> None:
    past = Past.of(tmp_path, {"m.yaml": secret()})
    past.change({"n.yaml": secret("x")})
    assert [one[0] for one in told(past.judge(DRIFT, COPIED))] == ["copied"]


def test_staged_changes_are_held_against_head(tmp_path: Path) -> None:
    past = Past.of(tmp_path, {"m.yaml": secret()})
    past.change({"m.yaml": secret("x")})
    assert told(past.judge(DRIFT, staged=True)) == []
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True, capture_output=True)
    assert [one[0] for one in told(past.judge(DRIFT, staged=True))] == ["label-drift"]


def test_before_the_first_commit_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(secret())
    for arguments in (("init", "--quiet"), ("add", "--all")):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)
    assert told(Past(tmp_path).judge(DRIFT, IMMUTABLE, staged=True)) == []


# Overlays -------------------------------------------------------------------------------------------------------------

K, B = "prod/kustomization.yaml", "base/kustomization.yaml"
BASE = {K: "resources: [../base]\n", B: "resources: [db.yaml]\n", "base/db.yaml": secret()}
OPEN = {**BASE, K: "resources: [../base]\nnamespace: ml\n", "base/db.yaml": secret(namespace="")}
APPLICATION = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: prod}\nspec:\n"
    "  source: {repoURL: https://git.example.com/x.git, path: prod}\n  destination: {namespace: ml, server: TODO}\n"
)
DEPLOYED = {**BASE, "base/db.yaml": secret(namespace=""), "apps/prod.yaml": APPLICATION}
PATCH = "patches:\n  - target: {kind: SealedSecret}\n    patch: |\n"
SCOPED = (
    PATCH
    + '      - op: add\n        path: /metadata/annotations\n        value: {sealedsecrets.bitnami.com/cluster-wide: "true"}\n'
)
OVERLAYS: list[tuple[str, dict[str, str], dict[str, str | None], list[Told]]] = [
    ("a prefix comes", BASE, {K: BASE[K] + "namePrefix: x-\n"}, [("label-drift", K, 2)]),
    ("a prefix changes", {**BASE, K: BASE[K] + "namePrefix: x-\n"}, {K: BASE[K] + "namePrefix: y-\n"}, [("label-drift", K, 2)]),
    ("a prefix goes", {**BASE, K: BASE[K] + "namePrefix: x-\n"}, {K: BASE[K]}, [("label-drift", "base/db.yaml", 4)]),
    ("the inner of two prefixes changes", {**BASE, K: BASE[K] + "namePrefix: x-\n", B: BASE[B] + "namePrefix: a-\n"}, {B: BASE[B] + "namePrefix: b-\n"}, [("label-drift", B, 2)]),
    ("the outer of two prefixes changes", {**BASE, K: BASE[K] + "namePrefix: x-\n", B: BASE[B] + "namePrefix: a-\n"}, {K: BASE[K] + "namePrefix: y-\n"}, [("label-drift", K, 2)]),
    ("a suffix changes beside a prefix", {**BASE, K: BASE[K] + "namePrefix: x-\nnameSuffix: -x\n"}, {K: BASE[K] + "namePrefix: x-\nnameSuffix: -y\n"}, [("label-drift", K, 3)]),
    ("the name changes below a prefix", {**BASE, K: BASE[K] + "namePrefix: x-\n"}, {"base/db.yaml": secret("other")}, [("label-drift", "base/db.yaml", 4)]),
    ("the namespace changes", OPEN, {K: "resources: [../base]\nnamespace: x\n"}, [("label-drift", K, 2)]),
    ("the namespace is written into the document", OPEN, {"base/db.yaml": secret()}, []),
    ("another namespace in the document, which the overlay overrides", OPEN, {"base/db.yaml": secret(namespace="x")}, []),
    ("the name goes from the document into a prefix", BASE, {K: BASE[K] + "namePrefix: d\n", "base/db.yaml": secret("b")}, []),
    ("the document moves into the overlay", BASE, {K: "resources: [db.yaml]\n", "prod/db.yaml": secret(), "base/db.yaml": None, B: None}, []),
    ("a scope by annotation of all", BASE, {K: BASE[K] + 'commonAnnotations:\n  sealedsecrets.bitnami.com/namespace-wide: "true"\n'}, [("label-drift", K, 3)]),
    ("a scope by patch", BASE, {K: BASE[K] + SCOPED}, [("label-drift", K, 7)]),
    ("a patch file for another kind", {**BASE, K: BASE[K] + "patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n", "prod/p.yaml": "- {op: add, path: /data, value: {}}\n"}, {"prod/p.yaml": "- {op: add, path: /data, value: {a: b}}\n"}, []),
    ("images", BASE, {K: BASE[K] + "images: [{name: a, newTag: b}]\n"}, []),
    ("the destination of the Application", DEPLOYED, {"apps/prod.yaml": APPLICATION.replace("namespace: ml", "namespace: x")}, [("label-drift", "apps/prod.yaml", 6)]),
    ("the destination is written into the document", DEPLOYED, {"base/db.yaml": secret()}, []),
    ("the environment is new", {"base/db.yaml": secret()}, {K: "resources: [db.yaml]\nnamePrefix: x-\n", "prod/db.yaml": secret()}, []),
]  # fmt: skip


@needs_engines
@pytest.mark.parametrize(
    ("before", "after", "expected"), [case[1:] for case in OVERLAYS], ids=[case[0] for case in OVERLAYS]
)
def test_the_label_changes_by_an_overlay(
    before: dict[str, str], after: dict[str, str | None], expected: list[Told], tmp_path: Path
) -> None:
    past = Past.of(tmp_path, before)
    past.change(after)
    report = past.judge(DRIFT)
    assert told(report) == expected
    assert report.coverage.not_seen == ()


@needs_engines
def test_a_rename_by_an_overlay_speaks_first(tmp_path: Path) -> None:
    past = Past.of(tmp_path, BASE)
    past.change({K: BASE[K] + "namePrefix: x-\n"})
    assert told(past.judge(DRIFT, RENAMED)) == [("renamed-by-overlay", K, 2)]


@pytest.mark.parametrize("after", [{K: OPEN[K].replace("ml", "x")}, {"base/db.yaml": secret(namespace="x")}])
def test_without_engines_nobody_knows_what_an_overlay_makes(after: dict[str, str | None], tmp_path: Path) -> None:
    past = Past.of(tmp_path, OPEN)
    past.change(after)
    assert told(past.judge(DRIFT, render=False)) == []


# What the API server refuses ------------------------------------------------------------------------------------------

STUCK = "immutable: true"
CHANGES: list[tuple[str, str, str, list[str]]] = [
    ("sealed anew", secret(template=STUCK), secret(keys={"password": value(1)}, template=STUCK), ["password: "]),
    ("a further key", secret(template=STUCK), secret(keys={"password": value(), "b": value(1)}, template=STUCK), ["b: "]),
    ("a key less", secret(keys={"password": value(), "b": value(1)}, template=STUCK), secret(template=STUCK), ["encryptedData:"]),
    ("other template data", secret(template=STUCK + "\ndata: {a: x}"), secret(template=STUCK + "\ndata: {a: y}"), ["data: {a: y}"]),
    ("not immutable any more", secret(template=STUCK), secret(template="immutable: false"), ["immutable: false"]),
    ("labels", secret(template=STUCK), secret(template=STUCK + "\nmetadata: {labels: {a: b}}"), []),
    ("nothing", secret(template=STUCK), secret(template=STUCK) + "# a comment\n", []),
    ("written in lines", secret(template=STUCK), secret(keys={"password": f"|-\n      {value()[:60]}\n      {value()[60:]}"}, template=STUCK), []),
    ("not immutable", secret(), secret(keys={"password": value(1)}), []),
    ("immutable from now on", secret(), secret(keys={"password": value(1)}, template=STUCK), []),
    ("sealed for the first time", secret(keys={"password": "__UNSEALED__"}, template=STUCK), secret(template=STUCK), []),
    ("another object", secret(template=STUCK), secret("x", keys={"password": value(1)}, template=STUCK), []),
    ("another type", secret(), secret(template="type: kubernetes.io/tls"), ["type: "]),
    ("the default type is stated", secret(template="metadata: {}"), secret(template="type: Opaque"), []),
    ("the type is left out", secret(template="type: kubernetes.io/tls"), secret(template="metadata: {}"), ["template:"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "needles"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES]
)
def test_a_change_that_is_refused(before: str, after: str, needles: list[str], tmp_path: Path) -> None:
    past = Past.of(tmp_path, {"m.yaml": before})
    past.change({"m.yaml": after})
    found = past.judge(IMMUTABLE)
    assert told(found) == [("immutable-change", "m.yaml", line(after, needle)) for needle in needles]
    assert value()[:24] not in repr(found)


@needs_engines
@pytest.mark.parametrize("number", [0, 1])
def test_an_immutable_object_of_an_overlay_is_built_once(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a value was sealed anew moves no label: nothing has to be built again to know what it was."""
    past = Past.of(tmp_path, {**BASE, "base/db.yaml": secret(template=STUCK)})
    past.change({"base/db.yaml": secret(keys={"password": value(number)}, template=STUCK) + "# changed\n"})
    monkeypatch.setattr("hydrogitops.linter.base._rebuilt", pytest.fail)
    assert told(past.judge(IMMUTABLE)) == ([("immutable-change", "base/db.yaml", 8)] if number else [])
