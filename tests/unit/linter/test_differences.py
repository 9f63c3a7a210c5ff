"""What two renders differ in."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.linter.differences import LONGEST, FieldChange, ObjectChange, differences
from hydrogitops.model import AppliedObject
from hydrogitops.source.reading import read

WORD = "Zq8vKp2xLm4w"
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: ns}
spec:
  template:
    spec:
      containers:
        - name: main
          args: [one, two, three]
          env:
            - {name: DB_PASSWORD, value: before}
            - {name: MODE, value: slow}
          resources: {limits: {memory: 1Gi}}
      tolerations:
        - {key: node, operator: Exists}
"""


def applied(text: str) -> list[AppliedObject]:
    from hydrogitops.charts.workloads import objects

    return list(objects(read("", text)))


def told(before: str, after: str, **options: Any) -> list[tuple[str, str, str | None, str | None]]:
    """The fields of all objects that are in both."""
    changes = differences(applied(before), applied(after), **options)
    return [(one.name, field.path, field.old, field.new) for one in changes for field in one.fields]


def fields(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    return [row[1:] for row in told(before, after)]


def test_what_is_the_same_is_no_difference() -> None:
    assert differences(applied(POD), applied(POD)) == ()


def test_objects_come_and_go() -> None:
    one, other = POD, POD.replace("name: a,", "name: b,")
    assert differences(applied(one), applied(other)) == (
        ObjectChange("removed", "Deployment", "ns", "a"),
        ObjectChange("added", "Deployment", "ns", "b"),
    )


@pytest.mark.parametrize(
    ("old", "new", "path", "was", "now"),
    [
        ("memory: 1Gi", "memory: 2Gi", "containers[main].resources.limits.memory", "1Gi", "2Gi"),
        ("{memory: 1Gi}", "{memory: 1Gi, cpu: 1}", "containers[main].resources.limits.cpu", None, "1"),
        ("{limits: {memory: 1Gi}}", "{}", "containers[main].resources.limits.memory", "1Gi", None),
        ("value: slow", "value: fast", "containers[main].env[MODE].value", "slow", "fast"),
        ("[one, two, three]", "[one, three]", "containers[main].args[1]", "two", None),
        ("[one, two, three]", "[one, 2, three]", "containers[main].args[1]", "two", "2"),
        ("operator: Exists", "operator: Equal", "tolerations[0].operator", "Exists", "Equal"),
        ("value: slow", 'value: "1"', "containers[main].env[MODE].value", "slow", '"1"'),
        ("value: slow", "value: true", "containers[main].env[MODE].value", "slow", "true"),
        ("value: slow", 'value: "true"', "containers[main].env[MODE].value", "slow", '"true"'),
    ],
)
def test_a_field_that_differs(old: str, new: str, path: str, was: str | None, now: str | None) -> None:
    assert old in POD
    assert fields(POD, POD.replace(old, new)) == [(f"spec.template.spec.{path}", was, now)]


def test_numbers_and_booleans_are_not_mixed_up() -> None:
    one = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec: {a: 1, b: 0}\n"
    assert fields(one, one.replace("a: 1", "a: true")) == [("spec.a", "1", "true")]


def test_an_order_that_counts() -> None:
    lines = POD.splitlines(keepends=True)
    lines[10], lines[11] = lines[11], lines[10]
    (row,) = fields(POD, "".join(lines))
    assert row == (
        "spec.template.spec.containers[main].env (order)", '"DB_PASSWORD, MODE"', '"MODE, DB_PASSWORD"'
    )  # fmt: skip


def test_very_long_lists_are_compared_by_position() -> None:
    text = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nspec: {a: [" + "0, " * 1500 + "1]}\n"
    rows = fields(text, text.replace("0, 1]", "0, 2]"))
    assert rows == [("spec.a[1500]", "1", "2")]


def test_keys_with_dots_are_quoted() -> None:
    before = POD.replace("namespace: ns}", 'namespace: ns, annotations: {"a.b/c": x}}')
    assert fields(POD, before) == [('metadata.annotations["a.b/c"]', None, "x")]


def test_a_new_version_of_the_api_is_a_field() -> None:
    assert fields(POD, POD.replace("apps/v1", "apps/v2")) == [("apiVersion", "apps/v1", "apps/v2")]


SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{user: {WORD}}}\ndata: {{}}\n"


def test_what_a_secret_holds_is_never_shown() -> None:
    changed = SECRET.replace(WORD, f"{WORD}2").replace("data: {}", f"data: {{x: {WORD}}}")
    rows = fields(SECRET, changed)
    assert rows == [
        ("stringData.user", "(not shown)", "(not shown), another value"),
        ("data.x", None, "(not shown)"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: before", f"value: {WORD}"),
        ("- {name: MODE, value: slow}", f"- {{name: MODE, value: slow}}\n            - {{name: TOKEN, value: {WORD}}}"),
        ("value: slow", f"value: postgres://user:{WORD}@host"),
        ("[one, two, three]", f"[one, two, --password={WORD}]"),
        ("namespace: ns}", f'namespace: ns, annotations: {{"x/password": {WORD}}}}}'),
    ],
)
def test_a_credential_outside_a_secret_is_not_shown_either(old: str, new: str) -> None:
    assert old in POD
    rows = fields(POD, POD.replace(old, new))
    assert rows and WORD not in repr(rows) and "not shown" in repr(rows)


def test_sealed_values_are_not_spelled_out() -> None:
    text = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {k: X}}\n"
    before, after = text.replace("X", "__UNSEALED__"), text.replace("X", "AgBy8hCi")
    assert fields(before, after) == [("spec.encryptedData.k", "__UNSEALED__", "(sealed)")]
    again = text.replace("X", "AgCz9iDj")
    assert fields(after, again) == [("spec.encryptedData.k", "(sealed)", "(sealed), another value")]


def settings(text: str) -> str:
    inner = "".join(f"    {line}\n" for line in text.splitlines())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  values.yaml: |\n{inner}"


def test_yaml_in_a_text_is_told_by_field() -> None:
    rows = fields(settings("a: 1\nb: {c: v}"), settings("a: 1\nb: {c: w}"))
    assert rows == [('data["values.yaml"]: b.c', "v", "w")]


def test_a_secret_in_a_text_is_not_looked_into() -> None:
    inner = SECRET.replace("user", "x")
    rows = fields(settings(inner), settings(inner.replace(WORD, f"{WORD}2")))
    assert rows == [('data["values.yaml"]', "(not shown)", "(not shown), another value")]


def test_another_text_is_told_by_its_first_line_that_differs() -> None:
    rows = fields(settings("[a]\none = 1\ntwo"), settings("[a]\none = 2\ntwo"))
    assert rows == [('data["values.yaml"] line 2', "one = 1", "one = 2")]


def test_long_texts_are_cut_around_what_differs() -> None:
    long = "-Dx=" + "y" * 200
    ((_, was, now),) = fields(POD.replace("slow", f"{long}a"), POD.replace("slow", f"{long}b"))
    assert was is not None and now is not None
    assert was.endswith("a") and now.endswith("b") and len(was) <= LONGEST + 2


def test_what_a_generator_names_after_its_contents_is_one_object() -> None:
    before = settings("x").replace("name: c", "name: c-6ct58987ht")
    after = settings("y").replace("name: c", "name: c-b2c7mg8h2d")
    assert [row[0] for row in fields(before, after)] == ["metadata.name", 'data["values.yaml"] line 1']


def test_an_object_without_a_namespace_goes_where_the_environment_does() -> None:
    stated, unstated = POD, POD.replace(", namespace: ns", "")
    (change,) = differences(applied(stated), applied(unstated), ("ns", "ns"))
    assert change.fields == (FieldChange("metadata.namespace", "ns", None),)
    assert [one.how for one in differences(applied(unstated), applied(unstated), ("ns", "ms"))] == ["added", "removed"]


def test_objects_of_one_name_are_told_apart() -> None:
    twice = f"{POD}---\n{POD}"
    assert differences(applied(twice), applied(twice)) == ()
    assert [one.how for one in differences(applied(twice), applied(POD))] == ["removed"]
