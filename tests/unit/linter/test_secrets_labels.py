"""Rules on what sealed values were sealed for: overlays, records, certificates, copies."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Finding
from tests.golden.trees import write

from .sealed import NEW, pem, recorded, secret, value

needs_engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

RENAMED, LABEL, UNKNOWN = "secrets/renamed-by-overlay", "secrets/provenance-label", "secrets/unknown-provenance"
STALE, COPIED = "secrets/stale", "secrets/copied"
Told = tuple[str, str, int]


def judge(
    root: Path, files: dict[str, str], *rules: str, render: bool = True, today: date = date(2026, 6, 1)
) -> tuple[Finding, ...]:
    write(root, files)
    options = Options(only=frozenset(rules), render=render, today=today)
    return cached_run([root], options, use=False).report.findings


def told(findings: tuple[Finding, ...]) -> list[Told]:
    return [(one.rule.removeprefix("secrets/"), one.file, one.line) for one in findings]


def line(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


DOCUMENT = secret()
NAME, NAMESPACE, VALUE = (line(DOCUMENT, needle) for needle in ("name: db", "namespace: ml", "password: "))
ANNOTATION = line(secret(scope="namespace-wide"), "sealedsecrets.")
METADATA = line(DOCUMENT, "metadata:")
LENGTH = DOCUMENT.count("\n")
SECOND = LENGTH + 1 + VALUE
"""The value in the second of two documents in a file."""


# Overlays -------------------------------------------------------------------------------------------------------------

PLAIN = "resources: [db.yaml]\n"
SEALED = "environments/prod/sealed.json"
TRANSFORMER = (
    "transformers:\n  - |-\n    apiVersion: builtin\n    kind: {}Transformer\n    metadata: {{name: t, namespace: x}}\n"
)
PREFIXES = TRANSFORMER.format("Prefix") + "    prefix: x-\n    fieldSpecs: [{path: metadata/name}]\n"
LABELS = TRANSFORMER.format("Label") + "    labels: {a: b}\n    fieldSpecs: [{path: metadata/labels, create: true}]\n"
PLACED = "replacements:\n  - source: {kind: ConfigMap, name: m, fieldPath: data.to}\n    targets: [{select: {kind: SealedSecret}, fieldPaths: [metadata.namespace]}]\n"
OPERATION = "patches:\n  - target: {kind: SealedSecret}\n    patch: |\n      - op: replace\n        path: /metadata/namespace\n        value: x\n"
RENAMES: list[tuple[str, dict[str, str], list[Told]]] = [
    ("a prefix", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n"}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("a suffix", {"prod/kustomization.yaml": PLAIN + "\nnameSuffix: -x\n"}, [("renamed-by-overlay", "prod/kustomization.yaml", 3)]),
    ("a namespace", {"prod/kustomization.yaml": PLAIN + "namespace: x\n"}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("the same namespace", {"prod/kustomization.yaml": PLAIN + "namespace: ml\n"}, []),
    ("a namespace that the document leaves open", {"prod/kustomization.yaml": PLAIN + "namespace: x\n", "prod/db.yaml": secret(namespace="")}, []),
    ("labels and annotations", {"prod/kustomization.yaml": PLAIN + "commonLabels: {a: b}\ncommonAnnotations: {a: b}\n"}, []),
    ("a prefix of a namespace-wide one", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n", "prod/db.yaml": secret(scope="namespace-wide")}, []),
    ("a namespace of a namespace-wide one", {"prod/kustomization.yaml": PLAIN + "namespace: x\n", "prod/db.yaml": secret(scope="namespace-wide")}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("both of a cluster-wide one", {"prod/kustomization.yaml": PLAIN + "namespace: x\nnamePrefix: x-\n", "prod/db.yaml": secret(scope="cluster-wide")}, []),
    ("nothing sealed yet", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n", "prod/db.yaml": secret(keys={"password": "__UNSEALED__"})}, []),
    ("recorded for the applied name", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n", SEALED: recorded(("ml", "x-db", value()))}, []),
    ("recorded for the written name", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n", SEALED: recorded(("ml", "db", value()))}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("a record of another value", {"prod/kustomization.yaml": PLAIN + "namePrefix: x-\n", SEALED: recorded(("ml", "x-db", value(1)))}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("the parent's prefix", {"prod/kustomization.yaml": "resources: [below]\nnamePrefix: x-\n", "prod/below/kustomization.yaml": "resources: [../db.yaml]\n"}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("a prefix below", {"prod/kustomization.yaml": "resources: [below]\n", "prod/below/kustomization.yaml": "resources: [../db.yaml]\nnamePrefix: x-\n"}, [("renamed-by-overlay", "prod/below/kustomization.yaml", 2)]),
    ("a component's prefix", {"prod/kustomization.yaml": PLAIN + "components: [../part]\n", "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: x-\n"}, [("renamed-by-overlay", "part/kustomization.yaml", 3)]),
    ("a prefix beside, that the document does not pass", {"prod/kustomization.yaml": "resources: [db.yaml, below]\n", "prod/below/kustomization.yaml": "resources: [map.yaml]\nnamePrefix: x-\n", "prod/below/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"}, []),
    ("a transformer of names", {"prod/kustomization.yaml": PLAIN + PREFIXES}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("a transformer of namespaces", {"prod/kustomization.yaml": PLAIN + TRANSFORMER.format("Namespace")}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("a transformer of labels", {"prod/kustomization.yaml": PLAIN + LABELS}, []),
    ("a transformer and a record for what it makes", {"prod/kustomization.yaml": PLAIN + PREFIXES, SEALED: recorded(("ml", "x-db", value()))}, []),
    ("a replacement", {"prod/kustomization.yaml": "resources: [db.yaml, map.yaml]\n" + PLACED, "prod/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {to: x}\n"}, [("renamed-by-overlay", "prod/kustomization.yaml", 2)]),
    ("an operation", {"prod/kustomization.yaml": PLAIN + OPERATION}, [("renamed-by-overlay", "prod/kustomization.yaml", 7)]),
    ("both ways, one of them with a prefix", {"prod/kustomization.yaml": "resources: [one, other]\n", "prod/one/kustomization.yaml": "resources: [../../base]\n", "prod/other/kustomization.yaml": "resources: [../../base]\nnamePrefix: x-\n", "base/kustomization.yaml": "resources: [../prod/db.yaml]\n"}, [("renamed-by-overlay", "prod/other/kustomization.yaml", 2)]),
]  # fmt: skip


@needs_engines
@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in RENAMES], ids=[case[0] for case in RENAMES])
def test_an_overlay_renames(files: dict[str, str], expected: list[Told], tmp_path: Path) -> None:
    assert told(judge(tmp_path, {"prod/db.yaml": secret(), **files}, RENAMED)) == expected


@needs_engines
def test_one_line_that_renames_many_is_one_finding(tmp_path: Path) -> None:
    objects = "---\n".join(secret(name, keys={"k": value(number)}) for number, name in enumerate(("a", "b", "c")))
    files = {"prod/kustomization.yaml": PLAIN + "namespace: x\n", "prod/db.yaml": objects}
    (found,) = judge(tmp_path, files, RENAMED)
    assert [dict(one.object or {})["name"] for one in found.occurrences] == ["a", "b", "c"]


def test_without_engines_nobody_knows_what_an_overlay_makes(tmp_path: Path) -> None:
    files = {
        "prod/kustomization.yaml": PLAIN + "namespace: x\n",
        "prod/db.yaml": secret(),
        SEALED: recorded(("x", "db", value())),
    }
    assert judge(tmp_path, files, RENAMED, LABEL, render=False) == ()
    files["prod/kustomization.yaml"] = PLAIN + PREFIXES
    assert judge(tmp_path, files, RENAMED, LABEL, render=False) == ()


# Records --------------------------------------------------------------------------------------------------------------

RECORDS = "environments/plain/sealed.json"
LABELS: list[tuple[str, dict[str, str], list[Told]]] = [
    ("the same", {RECORDS: recorded(("ml", "db", value()))}, []),
    ("another name", {RECORDS: recorded(("ml", "other", value()))}, [("provenance-label", "m.yaml", NAME)]),
    ("another namespace", {RECORDS: recorded(("other", "db", value()))}, [("provenance-label", "m.yaml", NAMESPACE)]),
    ("another name, namespace-wide", {RECORDS: recorded(("ml", "other", value()), scope="namespace-wide"), "m.yaml": secret(scope="namespace-wide")}, []),
    ("strict then, namespace-wide now", {RECORDS: recorded(("ml", "db", value())), "m.yaml": secret(scope="namespace-wide")}, [("provenance-label", "m.yaml", ANNOTATION)]),
    ("namespace-wide then, strict now", {RECORDS: recorded(("ml", "db", value()), scope="namespace-wide")}, [("provenance-label", "m.yaml", METADATA)]),
    ("everything else, cluster-wide", {RECORDS: recorded(("other", "other", value()), scope="cluster-wide"), "m.yaml": secret(scope="cluster-wide")}, []),
    ("two records, one of them right", {RECORDS: recorded(("ml", "other", value()), ("ml", "db", value()))}, []),
    ("no namespace anywhere", {RECORDS: recorded(("ml", "db", value())), "m.yaml": secret(namespace="")}, []),
    ("a record of another value", {RECORDS: recorded(("ml", "other", value(1)))}, [("unknown-provenance", "m.yaml", VALUE)]),
    ("another value under its name", {RECORDS: recorded(("ml", "db", value(1)))}, [("unknown-provenance", "m.yaml", VALUE)]),
    ("no record", {RECORDS: recorded()}, [("unknown-provenance", "m.yaml", VALUE)]),
    ("a file that is none", {RECORDS: "{}"}, [("unknown-provenance", "m.yaml", VALUE)]),
    ("no file", {}, []),
    ("moved to another key", {RECORDS: recorded(("ml", "db", value())), "m.yaml": secret(keys={"moved": value()})}, []),
    ("written in lines", {RECORDS: recorded(("ml", "db", value())), "m.yaml": secret(keys={"k": f"|-\n      {value()[:60]}\n      {value()[60:]}"})}, []),
    ("a placeholder", {RECORDS: recorded(), "m.yaml": secret(keys={"k": "__UNSEALED__"})}, []),
    ("no sealed value at all", {RECORDS: recorded(), "m.yaml": secret(keys={"k": "abcd"})}, []),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in LABELS], ids=[case[0] for case in LABELS])
def test_what_the_record_says(files: dict[str, str], expected: list[Told], tmp_path: Path) -> None:
    assert told(judge(tmp_path, {"m.yaml": secret(), **files}, LABEL, UNKNOWN)) == expected


def test_the_namespace_of_an_application_counts(tmp_path: Path) -> None:
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: prod}\nspec:\n"
        "  source: {repoURL: https://git.example.com/x.git, path: app}\n  destination: {namespace: other, server: TODO}\n"
    )
    files = {"a.yaml": application, "app/db.yaml": secret(namespace=""), SEALED: recorded(("ml", "db", value()))}
    (found,) = judge(tmp_path, files, LABEL)
    assert (found.file, found.line) == ("a.yaml", 6)
    assert judge(tmp_path, {SEALED: recorded(("other", "db", value()))}, LABEL) == ()


# Certificates ---------------------------------------------------------------------------------------------------------

CERTIFICATE, OLDER = "environments/plain/sealing.pem", "environments/plain/sealing-old/a.pem"


@pytest.mark.parametrize(
    ("files", "today", "expected"),
    [
        ({CERTIFICATE: pem(1, NEW), OLDER: pem()}, date(2026, 1, 31), ["stale"]),
        ({CERTIFICATE: pem(1, NEW), OLDER: pem()}, date(2026, 1, 30), []),
        ({CERTIFICATE: pem(1, NEW)}, date(2026, 6, 1), ["stale"]),
        ({CERTIFICATE: pem()}, date(2026, 6, 1), []),
        ({}, date(2026, 6, 1), []),
        # The older certificate was put back: what is recorded is the newer one.
        ({CERTIFICATE: pem(1), OLDER: pem(0, NEW)}, date(2026, 6, 1), []),
        ({CERTIFICATE: pem(1, NEW), RECORDS: recorded()}, date(2026, 6, 1), []),
        ({CERTIFICATE: pem(1, NEW), RECORDS: recorded(("ml", "db", value()), which=1)}, date(2026, 6, 1), []),
        (
            {
                CERTIFICATE: pem(1, NEW),
                ".hydrogitops.yaml": "version: 1\nrules: {secrets/stale: {parameters: {days: 400}}}\n",
            },
            date(2026, 6, 1),
            [],
        ),
    ],
)
def test_a_value_for_an_older_certificate(
    files: dict[str, str], today: date, expected: list[str], tmp_path: Path
) -> None:
    tree = {"m.yaml": secret(), RECORDS: recorded(("ml", "db", value())), **files}
    found = judge(tmp_path, tree, STALE, today=today)
    assert [one[0] for one in told(found)] == expected
    assert all("does not rotate it" in one.fix.description for one in found if one.fix is not None)


def test_one_finding_a_label_before_what_is_only_old(tmp_path: Path) -> None:
    tree = {
        "m.yaml": secret(),
        RECORDS: recorded(("ml", "other", value())),
        CERTIFICATE: pem(1, NEW),
        OLDER: pem(),
        "copy.yaml": secret("a-copy", keys={"password": value()}),
    }
    found = judge(tmp_path, tree, LABEL, STALE, COPIED, UNKNOWN)
    assert told(found) == [("provenance-label", "copy.yaml", NAME), ("provenance-label", "m.yaml", NAME)]


# Copies ---------------------------------------------------------------------------------------------------------------


def two(one: str, other: str, **more: str) -> dict[str, str]:
    """Two environments of kustomize, one and other."""
    return {
        "one/kustomization.yaml": PLAIN,
        "one/db.yaml": one,
        "other/kustomization.yaml": PLAIN,
        "other/db.yaml": other,
        **more,
    }


def application(name: str, server: str) -> str:
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n"
        f"  source: {{repoURL: https://git.example.com/x.git, path: {name}}}\n"
        f"  destination: {{namespace: ml, server: {server}}}\n"
    )


def clusters(one: str, other: str, **more: str) -> dict[str, str]:
    """Two Applications with one sealed value under one label."""
    return {
        "apps/one.yaml": application("one", one),
        "apps/other.yaml": application("other", other),
        "one/db.yaml": secret(),
        "other/db.yaml": secret(),
        **more,
    }


A, B = "https://a.example.com", "https://b.example.com"
ONE, OTHER = "environments/one/sealing.pem", "environments/other/sealing.pem"
COPIES: list[tuple[str, dict[str, str], list[Told]]] = [
    ("another name", {"m.yaml": secret() + "---\n" + secret("other")}, [("copied", "m.yaml", SECOND)]),
    ("another namespace", {"m.yaml": secret() + "---\n" + secret(namespace="other")}, [("copied", "m.yaml", SECOND)]),
    ("another scope", {"m.yaml": secret() + "---\n" + secret("b", scope="cluster-wide")}, [("copied", "m.yaml", SECOND + 2)]),
    ("namespace-wide in one namespace", {"m.yaml": "---\n".join(secret(name, scope="namespace-wide") for name in "ab")}, []),
    ("two keys of one object", {"m.yaml": secret(keys={"a": value(), "b": value()})}, []),
    ("another value", {"m.yaml": secret() + "---\n" + secret("other", keys={"password": value(1)})}, []),
    ("a placeholder twice", {"m.yaml": "---\n".join(secret(name, keys={"k": "__UNSEALED__"}) for name in "ab")}, []),
    ("no sealed value twice", {"m.yaml": "---\n".join(secret(name, keys={"k": "abcd"}) for name in "ab")}, []),
    ("the first one is the copy, by the record", {"m.yaml": secret("first") + "---\n" + secret(), RECORDS: recorded(("ml", "db", value()))}, [("copied", "m.yaml", VALUE)]),
    ("no namespace in one of them", {"m.yaml": secret() + "---\n" + secret(namespace="")}, []),
    ("in other clusters", clusters(A, B), [("copied", "other/db.yaml", VALUE)]),
    ("in one cluster", clusters(A, A), []),
    ("nobody knows the clusters", clusters("TODO", "TODO"), []),
    ("keys of their own", clusters("TODO", "TODO", **{ONE: pem(), OTHER: pem(1)}), [("copied", "other/db.yaml", VALUE)]),
    ("one key for two clusters", clusters(A, B, **{ONE: pem(), OTHER: pem()}), []),
    ("one lags behind", clusters("TODO", "TODO", **{ONE: pem(), OTHER: pem(1), "environments/other/sealing-old/a.pem": pem()}), []),
    ("one cluster, one lags behind", clusters(A, A, **{ONE: pem(), OTHER: pem(1)}), []),
    ("recorded for two certificates", clusters("TODO", "TODO", **{"environments/one/sealed.json": recorded(("ml", "db", value())), "environments/other/sealed.json": recorded(("ml", "db", value()), which=1)}), [("copied", "other/db.yaml", VALUE)]),
    ("recorded for one", clusters("TODO", "TODO", **{f"environments/{name}/sealed.json": recorded(("ml", "db", value())) for name in ("one", "other")}), []),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in COPIES], ids=[case[0] for case in COPIES])
def test_one_value_in_two_objects(files: dict[str, str], expected: list[Told], tmp_path: Path) -> None:
    assert told(judge(tmp_path, files, COPIED)) == expected


@needs_engines
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("namespace: a", "namespace: b", 1), ("namespace: a", "namespace: a", 0), ("namePrefix: a-", "namePrefix: b-", 1)],
)
def test_a_file_that_two_environments_read(one: str, other: str, expected: int, tmp_path: Path) -> None:
    files = {
        "one/kustomization.yaml": f"resources: [../base]\n{one}\n",
        "other/kustomization.yaml": f"resources: [../base]\n{other}\n",
        "base/kustomization.yaml": PLAIN,
        "base/db.yaml": secret(),
    }
    found = judge(tmp_path, files, COPIED)
    assert [one.file for one in found] == ["base/db.yaml"] * expected


@needs_engines
@pytest.mark.parametrize("names", [("dev", "prod"), ("prod", "dev")])
def test_one_line_that_an_overlay_renames_is_one_finding(names: tuple[str, str], tmp_path: Path) -> None:
    plain, renamed = names
    files = {
        f"{plain}/kustomization.yaml": "resources: [../base]\n",
        f"{renamed}/kustomization.yaml": "resources: [../base]\nnamespace: other\n",
        "base/kustomization.yaml": PLAIN,
        "base/db.yaml": secret(),
    }
    assert told(judge(tmp_path, files, RENAMED, COPIED)) == [("renamed-by-overlay", f"{renamed}/kustomization.yaml", 2)]


@needs_engines
def test_a_copy_of_what_is_not_judged(tmp_path: Path) -> None:
    write(tmp_path, two(secret("first"), secret("second")))
    options = Options(only=frozenset((COPIED,)), environments=["one"])
    found = cached_run([tmp_path], options, use=False).report.findings
    assert told(found) == [("copied", "one/db.yaml", VALUE)]
    assert [one.file for one in found[0].related] == ["other/db.yaml"]


def test_no_finding_holds_a_ciphertext(tmp_path: Path) -> None:
    tree = {"m.yaml": secret() + "---\n" + secret("other"), RECORDS: recorded()}
    found = judge(tmp_path, tree, COPIED, UNKNOWN, LABEL)
    assert found
    assert value()[:24] not in repr(found)
