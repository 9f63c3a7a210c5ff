"""The line that a finding names, where names, namespaces and fields change on the way through kustomizations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.why import why
from tests.golden.trees import write

from .small import FOLDER, LAST, judge, place, release

built = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

OVER, MISSING = "resources/request-over-limit", "resources/memory-limit-missing"


def deployment(
    name: str = "api", *, namespace: str = "", request: str = "64Mi", limit: str = "128Mi", labels: str = ""
) -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        f"  name: {name}\n"
        + (f"  namespace: {namespace}\n" if namespace else "")
        + (f"  labels: {{{labels}}}\n" if labels else "")
        + "spec:\n  selector: {matchLabels: {app: api}}\n  template:\n    metadata: {labels: {app: api}}\n    spec:\n"
        "      containers:\n        - name: main\n          image: nginx:1.27.1\n          resources:\n"
        f"            requests: {{cpu: 100m, memory: {request}}}\n"
        + (f"            limits: {{memory: {limit}}}\n" if limit else "")
    )


def patch(name: str = "api", *, namespace: str = "", request: str = "1Gi") -> str:
    space = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{space}}}\nspec:\n  template:\n    spec:\n"
        f"      containers:\n        - name: main\n          resources: {{requests: {{memory: {request}}}}}\n"
    )


def component(text: str) -> str:
    return "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" + text


PATCHED = "resources: [../base]\npatches: [{path: p.yaml}]\n"
BASE = {"base/d.yaml": deployment(), "base/kustomization.yaml": "resources: [d.yaml]\n"}
OPERATION = "/spec/template/spec/containers/0/resources/requests/memory"


def over(base: str = "resources: [d.yaml]\n", *, top: str, **files: str) -> dict[str, str]:
    """A base of one Deployment, an overlay in `top`, and what else is named: `p` is top/p.yaml."""
    more = {f"top/{name}.yaml": text for name, text in files.items()}
    return {**BASE, "base/kustomization.yaml": base, "top/kustomization.yaml": top, **more}


PROVEN: dict[str, tuple[dict[str, str], str, str]] = {
    "a patch": (over(top=PATCHED, p=patch()), "top/p.yaml", "1Gi"),
    "a prefix, the patch by the old name": (over(top=f"{PATCHED}namePrefix: prod-\n", p=patch()), "top/p.yaml", "1Gi"),
    "a suffix, a target by the old name": (
        over(
            top="resources: [../base]\nnameSuffix: -v2\npatches: [{path: p.yaml, target: {kind: Deployment, name: api}}]\n",
            p=patch(),
        ),
        "top/p.yaml",
        "1Gi",
    ),
    "a prefix below, a target by the first name": (
        over(
            "namePrefix: b-\nresources: [d.yaml]\n",
            top="resources: [../base]\npatches: [{path: p.yaml, target: {name: api}}]\n",
            p=patch("any"),
        ),
        "top/p.yaml",
        "1Gi",
    ),
    "a prefix below, a patch by the new name": (
        over("namePrefix: b-\nresources: [d.yaml]\n", top=PATCHED, p=patch("b-api")),
        "top/p.yaml",
        "1Gi",
    ),
    "a name between, by which a patch without target goes": (
        over(
            "namePrefix: b-\nresources: [d.yaml]\n",
            top="namePrefix: c-\nresources: [../mid]\npatches: [{path: p.yaml}]\n",
            p=patch("b-api"),
        )
        | {"mid/kustomization.yaml": "nameSuffix: -x\nresources: [../base]\n"},
        "top/p.yaml",
        "1Gi",
    ),
    "a name between, by which a target does not go": (
        over(
            "namePrefix: b-\nresources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            top="namePrefix: c-\nresources: [../mid]\npatches: [{path: p.yaml, target: {name: b-api}}]\n",
            p=patch("any", request="32Mi"),
        )
        | {"mid/kustomization.yaml": "nameSuffix: -x\nresources: [../base]\n", "base/p.yaml": patch()},
        "base/p.yaml",
        "1Gi",
    ),
    "a target is anchored": (
        over(
            "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            top="resources: [../base]\npatches: [{path: p.yaml, target: {name: ap}}]\n",
            p=patch("any", request="32Mi"),
        )
        | {"base/p.yaml": patch()},
        "base/p.yaml",
        "1Gi",
    ),
    "a new namespace, the patch by none": (over(top=f"{PATCHED}namespace: prod\n", p=patch()), "top/p.yaml", "1Gi"),
    "operations after a suffix": (
        over(
            "nameSuffix: -s\nresources: [d.yaml]\n",
            top="resources: [../base]\npatches:\n  - target: {kind: Deploy.*, name: api-s}\n    patch: |\n"
            f"      - {{op: replace, path: {OPERATION}, value: 1Gi}}\n",
        ),
        "top/kustomization.yaml",
        "1Gi",
    ),
    "a label that an overlay put on selects": (
        over(
            "resources: [d.yaml]\nlabels: [{pairs: {tier: web}}]\n",
            top="resources: [../base]\npatches: [{path: p.yaml, target: {labelSelector: tier=web}}]\n",
            p=patch("any"),
        ),
        "top/p.yaml",
        "1Gi",
    ),
    "a label that is put on later does not select": (
        over(
            "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            top="resources: [../base]\nlabels: [{pairs: {tier: web}}]\n"
            "patches: [{path: p.yaml, target: {labelSelector: tier=web}}]\n",
            p=patch("any", request="32Mi"),
        )
        | {"base/p.yaml": patch()},
        "base/p.yaml",
        "1Gi",
    ),
    "a component patches what it did not bring": (
        over(top="namePrefix: t-\nresources: [../base]\ncomponents: [../part]\n")
        | {"part/kustomization.yaml": component("patches: [{path: p.yaml}]\n"), "part/p.yaml": patch()},
        "part/p.yaml",
        "1Gi",
    ),
    "a component comes before the overlay's own": (
        over(top=f"{PATCHED}components: [../part]\n", p=patch())
        | {
            "part/kustomization.yaml": component("patches: [{path: p.yaml}]\n"),
            "part/p.yaml": patch(request="1Gi"),
        },
        "top/p.yaml",
        "1Gi",
    ),
    "the patch of another base with the same names": (
        over(top="resources: [../base, ../other]\n")
        | {
            "base/d.yaml": deployment(request="1Gi"),
            "other/kustomization.yaml": "namespace: other\nresources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            "other/d.yaml": deployment(),
            "other/p.yaml": patch(request="32Mi"),
        },
        "base/d.yaml",
        "1Gi",
    ),
    "operations behind an empty document": (
        over(
            "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            top="resources: [../base]\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n",
            p=f"---\n# nothing\n---\n- {{op: replace, path: {OPERATION}, value: 1Gi}}\n",
        )
        | {"base/p.yaml": patch()},
        "base/p.yaml",
        "1Gi",
    ),
    "one of two namespaces in one kustomization": (
        {
            "kustomization.yaml": "resources: [dev/app.yaml, prod/app.yaml]\n",
            "dev/app.yaml": deployment(namespace="dev", request="1Gi"),
            "prod/app.yaml": deployment(namespace="prod"),
        },
        "dev/app.yaml",
        "1Gi",
    ),
    "the other of two namespaces": (
        {
            "kustomization.yaml": "resources: [dev/app.yaml, prod/app.yaml]\n",
            "dev/app.yaml": deployment(namespace="dev"),
            "prod/app.yaml": deployment(namespace="prod", request="1Gi"),
        },
        "prod/app.yaml",
        "1Gi",
    ),
}


@built
@pytest.mark.parametrize(("files", "file", "needle"), PROVEN.values(), ids=PROVEN.keys())
def test_the_line_that_won(tmp_path: Path, files: Mapping[str, str], file: str, needle: str) -> None:
    # Manifests that nothing refers to would be judged as well.
    found = [one for one in judge(tmp_path, files, [OVER], render=True) if one.evidence == "rendered"]
    assert [(one.file, (one.line, one.column), one.origin) for one in found] == [
        (file, place(files[file], needle), "proven")
    ]


@built
def test_what_nobody_can_know_is_a_candidate(tmp_path: Path) -> None:
    files = over(top="resources: [../base]\ntransformers: [t.yaml]\n") | {
        "base/d.yaml": deployment(request="1Gi"),
        "top/t.yaml": (
            "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\n"
            f"patch: '- {{op: replace, path: {OPERATION}, value: 1Gi}}'\ntarget: {{kind: Deployment}}\n"
        ),
    }
    found = judge(tmp_path, files, [OVER], render=True)
    assert [(one.file, one.origin) for one in found] == [("base/d.yaml", "candidate")]


@built
@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("resources: {requests: {cpu: 1, memory: 1Gi}}", "1Gi"),
        ('"resources":\n            "requests": {"memory": "1Gi"}', '"1Gi"'),
        ("resources:\n            # more\n            requests: &r\n              memory: 1Gi", "1Gi"),
    ],
)
@pytest.mark.parametrize("way", ["file", "block", "kept", "quoted", "crlf", "bom"])
def test_a_patch_in_any_writing(tmp_path: Path, way: str, text: str, needle: str) -> None:
    merge = patch().replace("resources: {requests: {memory: 1Gi}}", text)
    files = over(top=PATCHED, p=merge)
    if way == "crlf":
        files["top/p.yaml"] = merge.replace("\n", "\r\n")
    elif way == "bom":
        files["top/p.yaml"] = f"\ufeff{merge}"
    elif way != "file":
        written = {
            "block": "|\n" + indent(merge, "      "),
            "kept": "|+\n" + indent(merge, "        "),
            "quoted": json.dumps(merge),
        }[way]
        files = over(top=f"resources: [../base]\npatches:\n  - target: {{kind: Deployment}}\n    patch: {written}")
    name = "top/p.yaml" if way in ("file", "crlf", "bom") else "top/kustomization.yaml"
    found = [one for one in judge(tmp_path, files, [OVER], render=True) if one.evidence == "rendered"]
    if way == "quoted":
        needle = needle.replace('"', '\\"')
    assert [(one.file, (one.line, one.column), one.origin) for one in found] == [
        (name, place(files[name], needle), "proven")
    ]


@built
@pytest.mark.parametrize(
    ("removed", "file", "needle"),
    [
        ("resources: {limits: null}", "top/p.yaml", "null"),
        ("resources: {limits: {memory: null}}", "top/p.yaml", "null"),
        ("resources: {$patch: replace, requests: {memory: 1Gi}}", "top/p.yaml", "resources"),
    ],
)
def test_what_a_patch_takes_away_is_told_at_the_patch(tmp_path: Path, removed: str, file: str, needle: str) -> None:
    text = patch().replace("resources: {requests: {memory: 1Gi}}", removed)
    files = over(top=f"{PATCHED}namePrefix: p-\n", p=text)
    found = [one for one in judge(tmp_path, files, [MISSING], render=True) if one.evidence == "rendered"]
    assert [(one.file, (one.line, one.column)) for one in found] == [(file, place(text, needle))]


@built
def test_the_operation_that_takes_away(tmp_path: Path) -> None:
    path = OPERATION.replace("requests/memory", "limits")
    text = "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n"
    text += f"      - op: remove\n        path: {path}\n"
    found = judge(tmp_path, over(top=text), [MISSING], render=True)
    assert [(one.file, (one.line, one.column)) for one in found] == [("top/kustomization.yaml", place(text, "remove"))]


TAINTED = (
    "version: 1\nenvironments:\n  top:\n    pools:\n      - {name: ml, instance_types: [m5.xlarge], "
    "taints: [{key: pool, value: ml, effect: NoSchedule}]}\n"
)
TOLERATIONS = """\
      tolerations:
        - {key: other, operator: Exists}
        - {key: pool, operator: Exists}
"""


@built
@pytest.mark.parametrize(
    ("listed", "text", "needle"),
    [
        (TOLERATIONS, "- {op: remove, path: /spec/template/spec/tolerations/1}\n", "remove"),
        (TOLERATIONS, "- {op: remove, path: /spec/template/spec/tolerations/-1}\n", "remove"),
        (TOLERATIONS, "- {op: remove, path: /spec/template/spec/tolerations}\n", "remove"),
        (TOLERATIONS, "- op: test\n  path: /kind\n  value: Deployment\n- op: remove\n  path: /spec/template/spec/tolerations/1\n", "remove"),
        (TOLERATIONS.replace("        - {key: other, operator: Exists}\n", ""), "- {op: remove, path: /spec/template/spec/tolerations/0}\n", "remove"),
        (TOLERATIONS, "- {op: replace, path: /spec/template/spec/tolerations, value: []}\n", "value"),
        (TOLERATIONS, "- {op: move, from: /spec/template/spec/tolerations, path: /spec/template/spec/lost}\n", "move"),
    ],
)  # fmt: skip
def test_the_operation_that_took_a_toleration_away(tmp_path: Path, listed: str, text: str, needle: str) -> None:
    rule = "scheduling/toleration-missing"
    files = over(top="resources: [../base]\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n", p=text)
    files |= {"base/d.yaml": deployment() + listed, ".hydrogitops.yaml": TAINTED}
    found = [one for one in judge(tmp_path, files, [rule], render=True) if one.environments == ("top",)]
    assert [(one.file, (one.line, one.column), one.origin) for one in found] == [
        ("top/p.yaml", place(text, needle), "proven")
    ]


@built
def test_what_took_away_another_toleration_is_not_to_blame(tmp_path: Path) -> None:
    text = "- {op: remove, path: /spec/template/spec/tolerations/0}\n"
    listed = TOLERATIONS.replace("pool", "third")
    files = over(top="resources: [../base]\npatches: [{path: p.yaml, target: {kind: Deployment}}]\n", p=text)
    files |= {"base/d.yaml": deployment() + listed, ".hydrogitops.yaml": TAINTED}
    found = [
        one
        for one in judge(tmp_path, files, ["scheduling/toleration-missing"], render=True)
        if one.environments == ("top",)
    ]
    assert [(one.file, (one.line, one.column)) for one in found] == [
        ("base/d.yaml", place(files["base/d.yaml"], "tolerations"))
    ]


@pytest.mark.parametrize("faulty", [("dev",), ("prod",), ("dev", "prod")])
def test_manifests_of_the_same_name_are_told_apart(tmp_path: Path, faulty: tuple[str, ...]) -> None:
    files = {f"{one}/app.yaml": deployment(limit="" if one in faulty else "128Mi") for one in ("dev", "prod")}
    found = judge(tmp_path, files, [MISSING])
    assert [(one.file, one.line) for one in found] == [
        (f"{one}/app.yaml", place(files[f"{one}/app.yaml"], "resources")[0]) for one in faulty
    ]
    assert len({one.fingerprint for one in found}) == len(faulty)


def test_a_fault_of_one_silences_nothing_of_another(tmp_path: Path) -> None:
    files = {
        "dev/app.yaml": deployment(limit="lots"),
        "prod/app.yaml": deployment(limit=""),
    }
    found = judge(tmp_path, files, ["resources/quantity-invalid", MISSING])
    assert [(one.file, one.rule) for one in found] == [
        ("dev/app.yaml", "resources/quantity-invalid"),
        ("prod/app.yaml", MISSING),
    ]


@pytest.mark.parametrize(
    ("top", "judged"),
    [
        ("", True),
        ("namePrefix: p-\n", True),
        ("images: [{name: nginx, newTag: 1.27.2}]\n", False),
        ("namePrefix: p-\npatches: [{path: p.yaml}]\n", False),
        ("nameSuffix: -s\npatches: [{path: p.yaml, target: {name: other}}]\n", True),
        ("patches: [{path: p.yaml, target: {name: b-api}}]\n", False),
    ],
)
def test_without_engine_only_what_nothing_changes_is_judged(tmp_path: Path, top: str, judged: bool) -> None:
    files = over(
        "namePrefix: b-\nresources: [d.yaml]\n",
        top=f"resources: [../base]\n{top}",
        p=patch("api" if "target" not in top else "any"),
    ) | {"base/d.yaml": deployment(request="1Gi")}
    # The patch is no object of its own where nothing lists it.
    found = [one for one in judge(tmp_path, files, [OVER]) if one.file == "base/d.yaml"]
    assert bool(found) is judged


@built
@pytest.mark.parametrize("more", ["", "namePrefix: p-\n", "nameSuffix: -s\nnamespace: other\n"])
def test_a_chart_behind_a_prefix_keeps_its_values(tmp_path: Path, more: str) -> None:
    files = release("manager: {resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 64Mi}}}\n")
    files[f"{FOLDER}/kustomization.yaml"] += more
    found = judge(tmp_path, files, [OVER], render=True)
    assert [(one.file, (one.line, one.column), one.origin) for one in found] == [
        (LAST, place(files[LAST], "1Gi"), "contract")
    ]


PATCHED_MANAGER = """\
patches:
  - target: {{kind: Deployment, name: hydro-manager}}
    patch: |
      - op: {op}
        path: /spec/template/spec/containers/2/resources{rest}
"""
MERGED_MANAGER = """\
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {{name: hydro-manager, namespace: hydrosphere}}
      spec:
        template:
          spec:
            containers:
              - name: manager
                resources: {{{what}}}
"""


@built
@pytest.mark.parametrize(
    ("text", "needle"),
    [
        (PATCHED_MANAGER.format(op="remove", rest="/limits/memory"), "remove"),
        (PATCHED_MANAGER.format(op="remove", rest="/limits"), "remove"),
        (PATCHED_MANAGER.format(op="remove", rest=""), "remove"),
        (PATCHED_MANAGER.format(op="replace", rest="\n        value: {requests: {memory: 1Gi}}"), "value: "),
        (PATCHED_MANAGER.format(op="replace", rest="/limits\n        value: {cpu: 1}"), "value: "),
        (MERGED_MANAGER.format(what="limits: null"), "null"),
        (MERGED_MANAGER.format(what="limits: {memory: null}"), "null"),
        (MERGED_MANAGER.format(what="$patch: replace, requests: {memory: 1Gi}"), "resources"),
        (MERGED_MANAGER.format(what="limits: {$patch: replace, cpu: 1}"), "limits"),
    ],
)
def test_what_a_patch_takes_from_a_chart(tmp_path: Path, text: str, needle: str) -> None:
    files = release("manager: {resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}}\n")
    name = f"{FOLDER}/kustomization.yaml"
    files[name] += text
    found = [one for one in judge(tmp_path, files, [MISSING], render=True) if one.message.startswith("manager ")]
    assert [(one.file, (one.line, one.column), one.origin) for one in found] == [
        (name, place(files[name], needle), "proven")
    ]


@built
def test_a_list_in_a_patch_is_no_proof_for_what_it_does_not_name(tmp_path: Path) -> None:
    files = release("manager: {resources: {limits: {memory: 128Mi}}}\n")
    files[f"{FOLDER}/kustomization.yaml"] += MERGED_MANAGER.format(what="limits: {memory: 256Mi}")
    found = judge(tmp_path, files, [MISSING], render=True)
    assert {one.origin for one in found if one.message.startswith("dind ")} == {"candidate"}


def test_why_says_that_there_are_more_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, {f"{one}/app.yaml": deployment() for one in ("dev", "prod")})
    answer = why(tmp_path, "plain", "Deployment/api:spec.template.spec.containers[0].image")
    assert answer.remarks == ("there are 2 of that name (dev/app.yaml, prod/app.yaml); this is the first",)
    assert [cause.span.file for cause in answer.causes if cause.span is not None] == ["dev/app.yaml"]
