"""Rules on a repository's files: what cannot be read, paths that lead nowhere, patches that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from hydrogitops.model import Report
from tests.golden.trees import judged, write

from .small import FOLDER, LAST, judge, place, release, told

YAML, DANGLING, UNMATCHED, NOT_SEEN = "repo/yaml", "repo/dangling-reference", "repo/patch-unmatched", "lint/not-seen"

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ml}\ndata: {threshold: '0.5', window: '60'}\n"
SCORER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: scorer, namespace: ml, labels: {app: scorer}}
spec:
  replicas: 1
  selector: {matchLabels: {app: scorer}}
  template:
    metadata: {labels: {app: scorer}}
    spec:
      containers:
        - {name: main, image: "registry.example.com/scorer:1.4.2", args: [a, b], env: [{name: A, value: x}]}
"""


# What cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (MAP + "\tx: y\n", 5, 1, "a tab indents"),
        (MAP + "<<<<<<< HEAD\n", 5, 1, "merge conflict"),
        ("a: [1, 2\nb: c\n", 1, 4, "not closed"),
        ('a: "b\n', 1, 4, "not closed"),
        (MAP + "---\na: *nowhere\n", 6, 4, "anchor"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, text: str, line: int, column: int, words: str) -> None:
    (found,) = judge(tmp_path, {"app.yaml": text}, (YAML,))
    assert (found.rule, found.severity, found.file, found.line, found.column) == (
        YAML,
        "error",
        "app.yaml",
        line,
        column,
    )
    assert found.message.startswith("app.yaml cannot be read: ")
    assert words in found.message


def test_each_break_is_told_once_however_many_documents_are_fine(tmp_path: Path) -> None:
    text = f"{MAP}---\na: *nowhere\n---\n{MAP}---\nb: *nowhere\n"
    assert told(judge(tmp_path, {"app.yaml": text}, (YAML,))) == [
        (YAML, "error", "app.yaml", 6, 4),
        (YAML, "error", "app.yaml", 13, 4),
    ]


def test_a_template_that_nothing_refers_to_is_not_judged(tmp_path: Path) -> None:
    template = "a: {{ b }}\n"
    assert told(judge(tmp_path / "a", {"app.yaml": MAP, "app.tmpl.yaml": template}, (YAML,))) == []
    files = {"kustomization.yaml": "resources: [app.yaml]\n", "app.yaml": template}
    assert told(judge(tmp_path / "b", files, (YAML,))) == [(YAML, "error", "app.yaml", 1, 4)]
    assert told(judge(tmp_path / "c", {"app.yaml": MAP, "x.yaml": "a: [1\nb: c\n"}, (YAML,))) == [
        (YAML, "error", "x.yaml", 1, 4)
    ]


def test_what_a_generator_takes_may_be_anything(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "configMapGenerator: [{name: run, namespace: ml, files: [run.sh, app.yaml, a.json=b]}]\n",
        "run.sh": "#!/bin/sh\nset -e: 1: 2\n\texec scorer\n",
        "app.yaml": "name: {{ .Name }}\n",
        "b": "{",
    }
    assert judge(tmp_path, files, (YAML,)) == ()


def test_what_a_generator_takes_is_read_by_others(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "configMapGenerator: [{name: run, namespace: ml, files: [app.yml]}]\nresources: [map.yaml]\n",
        "app.yml": "principal: 200000.0\nanswer: yes\na: 1\na: 2\n",
        "map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: ml}\ndata: {answer: yes}\n",
    }
    found = judge(tmp_path, files, ("values/yaml-trap", "values/duplicate-key"))
    assert [(one.rule, one.file) for one in found] == [("values/yaml-trap", "map.yaml")]


def test_a_tab_or_a_conflict_in_an_application_set_is_no_template(tmp_path: Path) -> None:
    head = 'metadata:\n  name: "{{name}}"\n'
    for number, line in enumerate(("\tlabels: {a: b}\n", "<<<<<<< HEAD\n")):
        found = judge(tmp_path / str(number), {"app.yaml": MAP, "set.yaml": head + line}, (YAML,))
        assert told(found) == [(YAML, "error", "set.yaml", 3, 1)]


def test_a_patch_that_deletes_by_a_label_that_an_overlay_puts_on(tmp_path: Path) -> None:
    deletes = "{$patch: delete, apiVersion: all, kind: all, metadata: {name: all}}"
    files = {
        "base/kustomization.yaml": "resources: [a.yaml]\nlabels: [{pairs: {role: automation}}]\n",
        "base/a.yaml": MAP,
        "other/kustomization.yaml": "resources: [b.yaml]\n",
        "other/b.yaml": MAP.replace("name: settings", "name: kept"),
        "prod/kustomization.yaml": "resources: [../base, ../other]\npatches:\n"
        f"  - patch: '{deletes}'\n    target: {{labelSelector: role=automation}}\n"
        f"  - patch: '{deletes}'\n    target: {{kind: Secret, labelSelector: role=automation}}\n",
    }
    (found,) = judged(write(tmp_path, files), only=frozenset({UNMATCHED})).findings
    assert (found.file, found.line) == ("prod/kustomization.yaml", 6)


def test_a_second_document_of_values_is_never_worse_than_a_warning(tmp_path: Path) -> None:
    values = "manager:\n  replicaCount: 1\n---\nmanager:\n  replicaCount: 2\n"
    assert told(judge(tmp_path, release(values), (YAML,))) == [(YAML, "warning", LAST, 4, 1)]
    assert told(judge(tmp_path / "empty", release("manager: {replicaCount: 1}\n---\n"), (YAML,))) == []


@pytest.mark.parametrize(("values", "column"), [("- a\n- b\n", 3), ("just words\n", 1)])
def test_values_that_are_no_map(tmp_path: Path, values: str, column: int) -> None:
    assert told(judge(tmp_path, release(values), (YAML,))) == [(YAML, "error", LAST, 1, column)]


def test_an_empty_values_file_is_fine(tmp_path: Path) -> None:
    assert told(judge(tmp_path, release("# nothing yet\n"), (YAML,))) == []


# Paths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [("values.yaml", ""), ("setings.yaml", "settings.yaml"), ("settings.yml", "settings.yaml"), ("a.yaml", "")],
)
def test_the_ending_of_a_file_makes_no_two_alike(tmp_path: Path, text: str, meant: str) -> None:
    files = {"kustomization.yaml": f"resources: [{text}]\n", "settings.yaml": MAP, "namespace.yaml": MAP}
    (found,) = judge(tmp_path, files, (DANGLING,))
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ([meant] if meant else [])


def test_a_chart_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "helmGlobals: {chartHome: charts}\nhelmCharts: [{name: serving, releaseName: x}]\n",
        "charts/servings/Chart.yaml": "apiVersion: v2\nname: servings\nversion: 0.1.0\n",
    }
    (found,) = judge(tmp_path, files, (DANGLING, NOT_SEEN), render=True)
    assert (found.rule, found.line, found.column) == (DANGLING, 2, place("helmCharts: [{name: serving", "serving")[1])


def test_a_path_that_leads_nowhere_and_the_one_that_was_meant(tmp_path: Path) -> None:
    kustomization = "resources:\n  - settings.yml\n  - scorer\n"
    files = {"kustomization.yaml": kustomization, "settings.yaml": MAP}
    first, second = judge(tmp_path, files, (DANGLING,))
    assert told((first, second)) == [
        (DANGLING, "error", "kustomization.yaml", 2, 5),
        (DANGLING, "error", "kustomization.yaml", 3, 5),
    ]
    assert "did you mean settings.yaml?" in first.message
    assert first.fix is not None
    assert [edit.text for edit in first.fix.edits] == ["settings.yaml"]
    assert second.fix is not None
    assert second.fix.edits == ()


def test_one_finding_names_all_environments_and_silences_what_follows(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [settings.yaml, gone.yaml]\n",
        "base/settings.yaml": MAP,
        "dev/kustomization.yaml": "resources: [../base]\n",
        "prod/kustomization.yaml": "resources: [../base]\n",
    }
    (found,) = judge(tmp_path, files, (DANGLING, NOT_SEEN, UNMATCHED), render=True)
    assert (found.rule, found.file, found.line, found.column) == (DANGLING, "base/kustomization.yaml", 1, 28)
    assert found.environments == ("dev", "prod")


def test_a_values_file_that_is_gone(tmp_path: Path) -> None:
    files = release("{}\n")
    del files[LAST]
    kustomization = files[f"{FOLDER}/kustomization.yaml"]
    expected = (DANGLING, "error", f"{FOLDER}/kustomization.yaml", *place(kustomization, "last.yaml"))
    assert told(judge(tmp_path, files, (DANGLING,))) == [expected]


# Patches --------------------------------------------------------------------------------------------------------


def report_on(root: Path, files: Mapping[str, str], rules: Iterable[str]) -> Report:
    write(root, files)
    return judged(root, only=frozenset(rules))


def built(root: Path, kustomization: str, **more: str) -> list[tuple[str, int, int, str]]:
    """What is told of patches in a real build: file, line, column, message."""
    files = {"kustomization.yaml": f"resources: [settings.yaml, scorer.yaml]\n{kustomization}"}
    files |= {"settings.yaml": MAP, "scorer.yaml": SCORER}
    files |= {name.replace("_", ".") + ".yaml" if "." not in name else name: text for name, text in more.items()}
    return [(one.file, one.line, one.column, one.message) for one in judge(root, files, (UNMATCHED,), render=True)]


def containers(name: str, more: str = "", key: str = "containers") -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: scorer, namespace: ml}\nspec:\n  template:\n    spec:\n"
        f"      {key}:\n        - name: {name}\n          resources: {{limits: {{memory: 1Gi}}}}\n{more}"
    )


@pytest.mark.parametrize("key", ["containers", "initContainers"])
def test_a_container_that_is_not_there_is_added_without_an_image(tmp_path: Path, key: str) -> None:
    patch = containers("mian", key=key)
    ((file, line, column, message),) = built(tmp_path, "patches: [{path: limits.yaml}]\n", **{"limits.yaml": patch})
    assert (file, line, column) == ("limits.yaml", *place(patch, "mian"))
    assert "has no container mian" in message
    assert ("did you mean main?" in message) is (key == "containers")


def test_a_container_that_is_not_there_in_a_patch_that_is_written_out(tmp_path: Path) -> None:
    text = "".join(f"      {line}" for line in containers("mian").splitlines(keepends=True))
    kustomization = f"patches:\n  - patch: |-\n{text}"
    ((file, line, column, _),) = built(tmp_path, kustomization)
    assert file == "kustomization.yaml"
    assert (line, column) == place(f"resources: [settings.yaml, scorer.yaml]\n{kustomization}", "mian")


@pytest.mark.parametrize(
    "patch",
    [
        containers("main"),
        containers("sidecar", "          image: registry.example.com/sidecar:1.0\n"),
        containers("sidecar", "          $patch: delete\n"),
    ],
)
def test_containers_that_are_there_or_have_an_image(tmp_path: Path, patch: str) -> None:
    assert built(tmp_path, "patches: [{path: limits.yaml}]\n", **{"limits.yaml": patch}) == []


def test_a_container_that_two_patches_add(tmp_path: Path) -> None:
    """One brings the image, the other the limits."""
    files = {
        "limits.yaml": containers("sidecar"),
        "image.yaml": containers("sidecar", "          image: registry.example.com/sidecar:1.0\n"),
    }
    assert built(tmp_path, "patches: [{path: limits.yaml}, {path: image.yaml}]\n", **files) == []


# kustomize refuses a whole flow list: its items may be flow maps.
REPLICAS = "patch: |\n      - {op: replace, path: /spec/replicas, value: 2}"


@pytest.mark.parametrize(
    ("target", "needle", "meant"),
    [
        ("{kind: Deployment, name: scorers}", "scorers", "did you mean scorer?"),
        ("{kind: Deploymnt, name: scorer}", "Deploymnt", "did you mean Deployment?"),
        ("{kind: ConfigMap, name: scorer}", "ConfigMap", "did you mean Deployment?"),
        ("{kind: Deployment, name: other-thing}", "other-thing", "changes nothing"),
        ("{kind: Deployment, labelSelector: app=scorers}", "app=scorers", "changes nothing"),
        ("{group: batch, kind: Deployment, name: scorer}", "batch", "changes nothing"),
        ("{kind: Deployment, name: 'scor'}", "'scor'", "did you mean scorer?"),
    ],
)
def test_a_target_that_matches_nothing(tmp_path: Path, target: str, needle: str, meant: str) -> None:
    kustomization = f"patches:\n  - target: {target}\n    {REPLICAS}\n"
    ((file, line, column, message),) = built(tmp_path, kustomization)
    expected = place(f"resources: [settings.yaml, scorer.yaml]\n{kustomization}", needle)
    assert (file, line, column) == ("kustomization.yaml", *expected)
    assert meant in message


@pytest.mark.parametrize(
    ("kind", "target", "severity"),
    [
        ("Component", "{kind: Job}", "warning"),
        ("Component", "{kind: Job, group: batch}", "warning"),
        ("Component", "{kind: Job, name: train}", "error"),
        ("Kustomization", "{kind: Job}", "error"),
    ],
)
def test_a_component_may_be_for_kinds_that_not_all_have(tmp_path: Path, kind: str, target: str, severity: str) -> None:
    """It is shared: what it does to all Jobs it does where there are some."""
    part = (
        f"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: {kind}\npatches:\n  - target: {target}\n    {REPLICAS}\n"
    )
    if kind == "Kustomization":
        part = part.replace("v1alpha1", "v1beta1").replace("patches", "resources: [settings.yaml]\npatches")
    files = {
        "k/kustomization.yaml": f"resources: [scorer.yaml{', ../part' if kind == 'Kustomization' else ''}]\n"
        + ("components: [../part]\n" if kind == "Component" else ""),
        "k/scorer.yaml": SCORER,
        "part/kustomization.yaml": part,
        "part/settings.yaml": MAP,
    }
    found = judge(tmp_path, files, (UNMATCHED,), render=True)
    assert [(one.file, one.severity) for one in found] == [("part/kustomization.yaml", severity)]


@pytest.mark.parametrize(
    "target",
    ["{kind: Deployment, name: scorer}", "{name: 'sc.*r'}", "{labelSelector: app=scorer}", "{kind: 'Deployment|Job'}"],
)
def test_a_target_that_matches(tmp_path: Path, target: str) -> None:
    assert built(tmp_path, f"patches:\n  - target: {target}\n    {REPLICAS}\n") == []


@pytest.mark.parametrize(
    ("patch", "says_so"),
    [
        ("- {op: replace, path: /spec/replicas, value: 1}", True),
        ("- {op: add, path: /metadata/labels/app, value: scorer}", True),
        ("- {op: add, path: /metadata/labels/tier, value: scorer}", False),
        ("- {op: replace, path: /spec/replicas, value: 1}\n      - {op: add, path: /spec/paused, value: true}", False),
        ("- {op: remove, path: /spec/replicas}", False),
        ("{metadata: {name: x}, kind: Deployment, apiVersion: apps/v1, spec: {replicas: 3}}", False),
    ],
)
def test_operations_that_say_what_is_so(tmp_path: Path, patch: str, says_so: bool) -> None:
    found = built(tmp_path, f"patches:\n  - target: {{kind: Deployment, name: scorer}}\n    patch: |\n      {patch}\n")
    assert [one[1:3] for one in found] == ([(3, 38)] if says_so else [])
    assert all("says so already" in one[3] for one in found)


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        (f"patches:\n  - target: {{kind: Deployment, name: scorer}}\n    {REPLICAS.replace('2', '1')}\n", "warning"),
        ("images: [{name: registry.example.com/scorer, newTag: 1.4.2}]\n", "warning"),
        (f"patches:\n  - target: {{kind: Deployment, name: other}}\n    {REPLICAS}\n", "error"),
    ],
)
def test_what_is_so_already_harms_nobody(tmp_path: Path, more: str, severity: str) -> None:
    """An overlay may well say what its base says too: the cluster has what it asks for."""
    files = {"kustomization.yaml": f"resources: [scorer.yaml]\n{more}", "scorer.yaml": SCORER}
    assert [one.severity for one in judge(tmp_path, files, (UNMATCHED,), render=True)] == [severity]


HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: scorer, namespace: ml}\n"


@pytest.mark.parametrize(
    ("body", "says_so"),
    [
        ("spec: {replicas: 1}\n", True),
        ("spec: {replicas: 2}\n", False),
        ("spec: {template: {spec: {containers: [{name: main, env: [{name: A, value: x}]}]}}}\n", True),
        ("spec: {template: {spec: {containers: [{name: main, env: [{name: B, value: x}]}]}}}\n", False),
        ("spec: {template: {spec: {containers: [{name: main, args: [a, b]}]}}}\n", True),
        ("spec: {template: {spec: {containers: [{name: main, args: [a]}]}}}\n", False),
        ("spec: {paused: null}\n", True),
        ("spec: {replicas: null}\n", False),
        ("$patch: delete\n", False),
    ],
)
def test_merges_that_say_what_is_so(tmp_path: Path, body: str, says_so: bool) -> None:
    found = built(tmp_path, "patches:\n  - path: p.yaml\n", **{"p.yaml": HEAD + body})
    assert [one[:3] for one in found] == ([("p.yaml", 3, 18)] if says_so else [])


def test_a_patch_that_takes_back_an_earlier_one_changes_something(tmp_path: Path) -> None:
    kustomization = "patches:\n  - path: p.yaml\n  - path: q.yaml\n"
    more = {"p.yaml": HEAD + "spec: {replicas: 3}\n", "q.yaml": HEAD + "spec: {replicas: 1}\n"}
    assert built(tmp_path, kustomization, **more) == []


def test_the_stand_in_does_not_say_what_the_chart_has_already(tmp_path: Path) -> None:
    files = release("{}\n")
    files[f"{FOLDER}/kustomization.yaml"] += (
        "patches:\n"
        "  - target: {kind: Deployment, name: hydro-gateway}\n    patch: |\n"
        "      - {op: add, path: /spec/replicas, value: 1}\n"
        "  - target: {kind: Deployment, name: hydro-gatway}\n    patch: |\n"
        "      - {op: add, path: /spec/replicas, value: 2}\n"
    )
    text = files[f"{FOLDER}/kustomization.yaml"]
    expected = (UNMATCHED, "error", f"{FOLDER}/kustomization.yaml", *place(text, "hydro-gatway"))
    assert told(judge(tmp_path, files, (UNMATCHED,), render=True)) == [expected]


def test_a_list_of_a_kind_without_merge_keys_is_replaced_as_a_whole(tmp_path: Path) -> None:
    custom = "apiVersion: example.com/v1\nkind: Scorer\nmetadata: {name: s, namespace: ml}\n"
    more = {
        "s.yaml": custom + "spec: {items: [{name: a, x: 1}, {name: b, x: 2}]}\n",
        "p.yaml": custom + "spec: {items: [{name: a, x: 1}]}\n",
    }
    kustomization = "  # and one more\npatches:\n  - path: p.yaml\n"
    files = {"kustomization.yaml": f"resources: [s.yaml]\n{kustomization}", **more}
    assert judge(tmp_path, files, (UNMATCHED,), render=True) == ()


@pytest.mark.parametrize(
    ("entry", "needle", "words"),
    [
        ("{name: registry.example.com/scorers, newTag: 1.5.0}", "registry.example.com/scorers", "did you mean"),
        ("{name: scorer, newTag: 1.5.0}", "scorer, newTag", "is in no container"),
        ("{name: registry.example.com/scorer, newTag: 1.4.2}", "registry.example.com/scorer,", "has it so already"),
        ("{name: registry.example.com/scorer}", "registry.example.com/scorer}", "has it so already"),
        ("{name: registry.example.com/scorer, newTag: 1.5.0}", "", ""),
        ("{name: registry.example.com/scorer, newName: mirror.example.com/scorer}", "", ""),
        ("{name: registry.example.com/scorer, digest: 'sha256:0000'}", "", ""),
    ],
)
def test_image_entries(tmp_path: Path, entry: str, needle: str, words: str) -> None:
    kustomization = f"images:\n  - {entry}\n"
    found = built(tmp_path, kustomization)
    if not needle:
        assert found == []
        return
    ((file, line, column, message),) = found
    expected = place(f"resources: [settings.yaml, scorer.yaml]\n{kustomization}", needle)
    assert (file, line, column) == ("kustomization.yaml", *expected)
    assert words in message


def test_a_replacement_that_selects_nothing(tmp_path: Path) -> None:
    kustomization = """\
replacements:
  - source: {kind: ConfigMap, name: settings, fieldPath: data.window}
    targets:
      - select: {kind: Deployment, name: scorer}
        fieldPaths: [spec.template.metadata.labels.app]
      - select: {kind: Deployment, name: scorers}
        fieldPaths: [spec.template.metadata.labels.app]
"""
    ((file, line, column, message),) = built(tmp_path, kustomization)
    assert (file, line, column) == ("kustomization.yaml", 7, 42)
    assert "the replacement in Deployment scorers" in message


def test_without_a_build_nothing_is_said(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": f"resources: [settings.yaml]\npatches:\n  - target: {{kind: Job}}\n    {REPLICAS}\n",
        "settings.yaml": MAP,
    }
    assert judge(tmp_path, files, (UNMATCHED,), render=False) == ()


# Patches that kustomize refuses ---------------------------------------------------------------------------------

REFUSED = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: scorer, namespace: ml}\nspec: {replicas: 2}\n"
BESIDE = {"settings.yaml": MAP, "scorer.yaml": SCORER}


@pytest.mark.parametrize(
    ("old", "new", "needle", "meant"),
    [
        ("name: scorer", "name: scorers", "scorers", "scorer"),
        ("name: scorer", "name: other-thing", "other-thing", ""),
        ("Deployment", "Deploymnt", "Deploymnt", "Deployment"),
        ("apps/v1", "apps/v1beta1", "apps/v1beta1", "apps/v1"),
        ("namespace: ml", "namespace: mll", "mll", "ml"),
        (", namespace: ml", "", "scorer", ""),
        ("spec:", "$patch: delete\nwas:", "", ""),
    ],
)
@pytest.mark.parametrize("key", ["patches: [{path: p.yaml}]", "patchesStrategicMerge: [p.yaml]"])
def test_a_patch_without_target_for_what_is_not_there(
    tmp_path: Path, key: str, old: str, new: str, needle: str, meant: str
) -> None:
    patch = REFUSED.replace(old, new)
    files = {"kustomization.yaml": f"resources: [settings.yaml, scorer.yaml]\n{key}\n", "p.yaml": patch, **BESIDE}
    report = report_on(tmp_path, files, (UNMATCHED, NOT_SEEN))
    if not needle:
        assert report.findings == ()
        return
    assert told(report.findings) == [(UNMATCHED, "error", "p.yaml", *place(patch, needle))]
    (found,) = report.findings
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ([meant] if meant else [])
    # Nothing comes of the environment, and that counts.
    assert report.exit_code() == 2


@pytest.mark.parametrize(
    ("kustomization", "patch"),
    [
        ("namePrefix: a-\n", REFUSED),
        ("namespace: other\n", REFUSED),
        ("configMapGenerator: [{name: made, literals: [a=b]}]\n", MAP.replace("settings, namespace: ml", "made")),
        ("", MAP),
    ],
)
def test_a_patch_without_target_for_what_is_there(tmp_path: Path, kustomization: str, patch: str) -> None:
    text = f"resources: [settings.yaml, scorer.yaml]\n{kustomization}patches: [{{path: p.yaml}}]\n"
    patch = patch.replace("threshold: '0.5'", "threshold: '0.6'")
    files = {"kustomization.yaml": text, "p.yaml": patch, **BESIDE}
    assert judge(tmp_path, files, (UNMATCHED, NOT_SEEN), render=True) == ()


CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": "color: red\n",
    "charts/app/templates/scorer.yaml": SCORER.replace("scorer,", "{{ .Release.Name }}-scorer,", 1),
}
INFLATED = "helmGlobals: {chartHome: charts}\nhelmCharts: [{name: app, releaseName: app}]\nresources: [settings.yaml]\n"


def test_a_patch_for_what_a_chart_does_not_make_is_told_where_it_stands_in_a_text(tmp_path: Path) -> None:
    inline = "\n".join(f"      {line}" for line in REFUSED.replace("name: scorer", "name: app-scorers").splitlines())
    text = f"{INFLATED}patches:\n  - patch: |-\n{inline}\n"
    report = report_on(tmp_path, {**CHART, "kustomization.yaml": text, "settings.yaml": MAP}, (UNMATCHED, NOT_SEEN))
    assert told(report.findings) == [(UNMATCHED, "error", "kustomization.yaml", *place(text, "app-scorers"))]
    assert "did you mean app-scorer?" in report.findings[0].message
    assert report.exit_code() == 2


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("op: add, value: 1", "/spec/template/spec/containers/1/args/-"),
        ("op: replace, value: 1", "/spec/strategy/type"),
        ("op: remove", "/metadata/labels/zone"),
        ("op: test, value: 7", "/spec/paused"),
        ("op: remove", "/spec/template/spec/containers/0/args/2"),
    ],
)
@pytest.mark.parametrize("made", ["by a chart", "by a document"])
def test_an_operation_on_what_is_not_there(tmp_path: Path, made: str, operation: str, path: str) -> None:
    patch = f"- {{op: replace, path: /spec/replicas, value: 2}}\n- {{{operation}, path: {path}}}\n"
    charted = made == "by a chart"
    text = INFLATED if charted else "resources: [settings.yaml, scorer.yaml]\n"
    text += (
        f"patches: [{{path: p.yaml, target: {{kind: Deployment, name: {'app-scorer' if charted else 'scorer'}}}}}]\n"
    )
    files = {**BESIDE, "kustomization.yaml": text, "p.yaml": patch}
    if charted:
        files = {**files, **CHART}
        del files["scorer.yaml"]
    report = report_on(tmp_path, files, (UNMATCHED, NOT_SEEN))
    assert told(report.findings) == [(UNMATCHED, "error", "p.yaml", *place(patch, path))]
    assert report.exit_code() == 2


@pytest.mark.parametrize(
    ("name", "meant"), [("scorers", "scorer"), ("settings", ""), ("scorer", None), ("a-scorer", None)]
)
def test_replicas_of_a_workload_that_is_not_there(tmp_path: Path, name: str, meant: str | None) -> None:
    files = {
        "base/kustomization.yaml": "resources: [settings.yaml, scorer.yaml]\nnamePrefix: a-\n",
        "kustomization.yaml": f"resources: [base]\nreplicas: [{{name: {name}, count: 3}}]\n",
        **{f"base/{file}": text for file, text in BESIDE.items()},
    }
    found = judge(tmp_path, files, (UNMATCHED, NOT_SEEN), render=True)
    at = place(files["kustomization.yaml"], name)
    assert told(found) == ([(UNMATCHED, "error", "kustomization.yaml", *at)] if meant is not None else [])
    assert [edit.text for one in found if one.fix for edit in one.fix.edits] == ([meant] if meant else [])


def test_an_overlay_may_patch_by_the_name_before_and_after_a_prefix(tmp_path: Path) -> None:
    for name in ("scorer", "a-scorer"):
        files = {
            "base/kustomization.yaml": "resources: [scorer.yaml]\nnamePrefix: a-\n",
            "base/scorer.yaml": SCORER,
            "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
            "prod/p.yaml": REFUSED.replace("scorer", name),
        }
        assert judge(tmp_path / name, files, (UNMATCHED, NOT_SEEN), render=True) == ()


def test_an_object_that_is_not_read_may_be_the_one_that_a_patch_is_for(tmp_path: Path) -> None:
    text = "resources: [settings.yaml, scorer.yaml]\npatches: [{path: p.yaml}]\n"
    for number, resource in enumerate((f"{SCORER}\tx: y\n", None)):
        files = {"kustomization.yaml": text, "p.yaml": REFUSED, "settings.yaml": MAP}
        files |= {"scorer.yaml": resource} if resource is not None else {}
        found = judge(tmp_path / str(number), files, (YAML, DANGLING, UNMATCHED, NOT_SEEN), render=True)
        assert [one.rule for one in found] == [YAML if resource is not None else DANGLING]


@pytest.mark.parametrize(
    ("listed", "rule"),
    [
        ("resources: [settings.yaml, 'https://git.example.com/ml/base?ref=v1']\n", NOT_SEEN),
        ("resources: [settings.yaml]\nbases: [github.com/example/base?ref=v1]\n", NOT_SEEN),
        ("resources: [settings.yaml, ../absent]\n", DANGLING),
        ("resources: [settings.yaml]\ncomponents: [part]\n", NOT_SEEN),
    ],
)
def test_what_lies_elsewhere_may_have_the_object_that_a_patch_is_for(tmp_path: Path, listed: str, rule: str) -> None:
    part = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [github.com/example/scorer?ref=v1]\n"
    )
    files = {
        "k/kustomization.yaml": f"{listed}patches: [{{path: p.yaml}}]\nreplicas: [{{name: scorer, count: 2}}]\n",
        "k/p.yaml": REFUSED,
        "k/settings.yaml": MAP,
        "k/part/kustomization.yaml": part,
    }
    found = judge(tmp_path, files, (DANGLING, UNMATCHED, NOT_SEEN), render=True)
    assert {one.rule for one in found} == {rule}


# A key that is there twice --------------------------------------------------------------------------------------


def test_kustomize_refuses_a_resource_with_a_key_twice_and_that_is_told_once(tmp_path: Path) -> None:
    scorer = SCORER.replace("replicas: 1", "replicas: 1\n  replicas: 2")
    files = {
        "base/kustomization.yaml": "resources: [scorer.yaml]\n",
        "base/scorer.yaml": scorer,
        "dev/kustomization.yaml": "resources: [../base]\n",
        "prod/kustomization.yaml": "resources: [../base]\n",
    }
    (found,) = judge(tmp_path, files, ("values/duplicate-key", NOT_SEEN), render=True)
    assert (found.rule, found.line, found.environments) == ("values/duplicate-key", 6, ("dev", "prod"))
    assert "kustomize refuses it" in found.message


@pytest.mark.parametrize("twice", ["patch", "kustomization"])
def test_elsewhere_the_last_of_equal_keys_counts(tmp_path: Path, twice: str) -> None:
    patch = REFUSED.replace("replicas: 2", "replicas: 2, replicas: 3") if twice == "patch" else REFUSED
    more = "namePrefix: a-\nnamePrefix: b-\n" if twice == "kustomization" else ""
    text = f"resources: [scorer.yaml]\n{more}patches: [{{path: p.yaml}}]\n"
    files = {"kustomization.yaml": text, "p.yaml": patch, "scorer.yaml": SCORER}
    (found,) = judge(tmp_path, files, ("values/duplicate-key", NOT_SEEN), render=True)
    assert "the last one counts" in found.message


# What was not seen ----------------------------------------------------------------------------------------------


def test_what_was_not_seen_is_told_where_it_is_declared(tmp_path: Path) -> None:
    files = {"prod/kustomization.yaml": "resources: [settings.yaml]\n", "prod/settings.yaml": MAP}
    (found,) = judge(tmp_path, files, (NOT_SEEN,), render=False)
    assert (found.severity, found.file, found.environments) == ("warning", "prod/kustomization.yaml", ("prod",))
    assert judge(tmp_path, files, (NOT_SEEN,), render=True) == ()


def test_a_key_twice_in_what_a_patch_adds_explains_why_nothing_is_built(tmp_path: Path) -> None:
    patch = REFUSED.replace("{replicas: 2}", "\n  strategy:\n    type: Recreate\n    type: RollingUpdate")
    files = {
        "kustomization.yaml": "resources: [scorer.yaml]\npatches: [{path: p.yaml}]\n",
        "p.yaml": patch,
        "scorer.yaml": SCORER,
    }
    report = report_on(tmp_path, files, ("values/duplicate-key", NOT_SEEN))
    assert told(report.findings) == [("values/duplicate-key", "error", "p.yaml", *place(patch, "type: Rolling"))]
    assert report.coverage.not_seen
    assert report.exit_code() == 2
