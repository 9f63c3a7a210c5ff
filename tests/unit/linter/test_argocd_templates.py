"""Templates of ApplicationSets: parameters that are missing, patches that empty a spec, automated sync without prune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrogitops.linter.template_patches import patches
from tests.unit.linter.argocd_trees import APP, application, application_set, tree
from tests.unit.linter.small import judge, place, told

UNSAFE, PRUNE = "argocd/template-unsafe", "argocd/prune-off"


@pytest.mark.parametrize(
    ("head", "needle"),
    [
        ("goTemplate: true", "spec"),
        ("goTemplate: true\ngoTemplateOptions: []", "goTemplateOptions"),
        ("goTemplate: true\ngoTemplateOptions: [missingkey=zero]", "goTemplateOptions"),
        ("goTemplate: true\ngoTemplateOptions: [missingkey=error]", ""),
        ("goTemplate: false", ""),
        ("ignoreApplicationDifferences: []", ""),
    ],
)
def test_missing_parameters(tmp_path: Path, head: str, needle: str) -> None:
    app = application_set(head=head)
    found = judge(tmp_path, tree(app), (UNSAFE,))
    assert told(found) == ([(UNSAFE, "warning", APP, *place(app, needle))] if needle else [])


EMPTIED = """\
templatePatch: |
  spec:
    {{- if .auto }}
    syncPolicy:
      automated: {prune: true}
    {{- end }}
"""
WHOLE = """\
templatePatch: |
  {{- if .auto }}
  spec:
    syncPolicy:
      automated: {prune: true}
  {{- end }}
"""


@pytest.mark.parametrize(
    ("patch", "environments"),
    [
        (EMPTIED, ("dev",)),
        (WHOLE, ()),
        (EMPTIED.replace("{{- if .auto }}", "{{- if not .auto }}"), ("prod",)),
        (EMPTIED.replace("{{- if .auto }}", '{{- if eq .name "prod" }}'), ("dev",)),
        (EMPTIED.replace("{{- if .auto }}", '{{- if or .auto (eq .name "dev") }}'), ("prod", "dev")),
        ("templatePatch: |\n  spec:\n    # nothing\n", ("prod", "dev")),
        ("templatePatch: |\n  spec: {}\n", ()),
        ("templatePatch: |\n  metadata: {labels: {a: b}}\n", ()),
        ("templatePatch: |\n  spec:\n    project: other\n", ("prod", "dev")),
        ("templatePatch: |\n  {{- if .auto }}\n  spec: {project: other}\n  {{- end }}\n", ("prod",)),
        ("templatePatch: |\n  spec:\n    {{- range .names }}\n    - {{ . }}\n", ()),
    ],
)
def test_patches(tmp_path: Path, patch: str, environments: tuple[str, ...]) -> None:
    app = application_set(more=patch)
    found = judge(tmp_path, tree(app), (UNSAFE,))
    where = (UNSAFE, APP, *place(app, "templatePatch"), environments)
    # A block is shown at its mark, behind the key.
    assert [(one.rule, one.file, one.line, one.environments) for one in found] == (
        [(where[0], where[1], where[2], where[4])] if environments else []
    )


@pytest.mark.parametrize(
    ("text", "parameters", "expected"),
    [
        ("a: {{ .b }}", {"b": True}, [{"a": True}]),
        ("a: {{ .b }}", {"b": "c"}, [{"a": "c"}]),
        ("a: {{ .b | quote }}", {"b": "c"}, [{"a": "x"}]),
        ("{{ if .b }}a: 1{{ else }}a: 2{{ end }}", {"b": ""}, [{"a": 2}]),
        ("{{ if .b }}a: 1{{ else }}a: 2{{ end }}", None, [{"a": 1}, {"a": 2}]),
        ("{{ if .b }}a: 1{{ else if .c }}a: 2{{ else }}a: 3{{ end }}", {"b": 0, "c": [1]}, [{"a": 2}]),
        ("{{/* why */}}a: 1", {}, [{"a": 1}]),
        ("{{ $x := .b }}a: 1", {}, [{"a": 1}]),
        ("{{ if and .b .c }}a: 1{{ end }}", {"b": True, "c": False}, [{}]),
        ('{{ if ne .b "x" }}a: 1{{ end }}', {"b": "y"}, [{"a": 1}]),
        ("a:\n{{- range .b }}\n- {{ . }}\n{{- end }}", {"b": ["c"]}, [{"a": ["x"]}]),
        ("{{ end }}", {}, []),
        ("{{ if .b }}", {}, []),
        ('{{ template "x" }}', {}, []),
    ],
)
def test_what_a_patch_becomes(text: str, parameters: dict[str, Any] | None, expected: list[Any]) -> None:
    assert patches(text, parameters) == expected


def test_many_conditions_end() -> None:
    assert len(patches("{{ if .a }}x: 1\n{{ end }}" * 200, None)) <= 64


@pytest.mark.parametrize(
    ("policy", "needle"),
    [
        ("syncPolicy: {automated: {prune: true}}", ""),
        ("syncPolicy: {automated: {}}", "automated"),
        ("syncPolicy: {automated: {selfHeal: true}}", "automated"),
        ("syncPolicy: {automated: {prune: false}}", "false}}"),
        ("syncPolicy: {automated: {enabled: false}}", ""),
        ("syncPolicy: {automated: null}", ""),
        ("syncPolicy: {syncOptions: [Prune=false]}", ""),
        ("", ""),
    ],
)
def test_automated_sync_without_prune(tmp_path: Path, policy: str, needle: str) -> None:
    for number, app in enumerate((application(more=policy), application_set(spec=policy))):
        found = judge(tmp_path / str(number), tree(app), (PRUNE,))
        assert told(found) == ([(PRUNE, "info", APP, *place(app, needle))] if needle else [])


@pytest.mark.parametrize(
    ("spec", "patch", "needle", "environments"),
    [
        ("", WHOLE, "", ()),
        ("", WHOLE.replace("{prune: true}", "{selfHeal: true}"), "automated", ("prod",)),
        ("", WHOLE.replace("prune: true", "prune: false"), "false}\n", ("prod",)),
        ("", WHOLE.replace("prune: true", "prune: {{ .auto }}"), "", ()),
        ("", WHOLE.replace("prune: true", "prune: {{ .unknown }}"), "", ()),
        ("syncPolicy: {automated: {}}", WHOLE, "automated", ("dev",)),
        ("syncPolicy: {automated: {prune: true}}", WHOLE.replace("prune: true", "selfHeal: true"), "", ()),
    ],
)
def test_automated_sync_by_a_patch(
    tmp_path: Path, spec: str, patch: str, needle: str, environments: tuple[str, ...]
) -> None:
    app = application_set(spec=spec, more=patch)
    found = judge(tmp_path, tree(app), (PRUNE,))
    assert [(*one, found[0].environments) for one in told(found)] == (
        [(PRUNE, "info", APP, *place(app, needle), environments)] if needle else []
    )


@pytest.mark.parametrize(
    ("head", "field", "filled"),
    [
        ("goTemplate: true", "{{ .where }}", True),
        ("goTemplate: true", "{{ where }}", False),
        ("goTemplate: false", "{{ where }}", True),
        ("goTemplate: false", "{{ .where }}", False),
        ("syncPolicy: {}", "{{ .where }}", False),
    ],
)
def test_fields_begin_with_a_dot_in_a_go_template_only(tmp_path: Path, head: str, field: str, *, filled: bool) -> None:
    app = application_set(
        head=head, generators="- list: {elements: [{name: prod, where: ml}]}", metadata="name: scorer"
    ).replace("namespace: ml}", f"namespace: '{field}'}}")
    found = judge(tmp_path, tree(app), ("lint/not-seen",))
    assert [one.environments for one in found] == ([] if filled else [("prod",)])


@pytest.mark.parametrize(
    "text",
    [
        "{{ if }}a: 1{{ end }}",
        "{{ if .a }}{{ else if }}{{ end }}",
        "{{ if eq .x --5 }}a: 1{{ end }}",
        "{{ if eq .x \N{SUPERSCRIPT TWO} }}a: 1{{ end }}",
        "{{ if eq .x " + "9" * 5000 + " }}a: 1{{ end }}",
        "{{ if .a }}" * 3000 + "{{ end }}" * 3000,
        "{{ if .a }}" * 100 + "{{ end }}" * 100,
        "{{ if .a }}x{{ end }}" * 200,
        "{{" * 100_000,
        "{{ .a }}\n" * 50_000,
    ],
)
def test_no_template_is_too_much(text: str) -> None:
    assert isinstance(patches(text, {"x": 1}), list)


def test_long_templates_are_followed() -> None:
    text = "labels:\n" + "".join(f"  a{number}: {{{{ .x }}}}\n" for number in range(400))
    assert patches(text, {"x": 1}) == [{"labels": {f"a{number}": 1 for number in range(400)}}]
