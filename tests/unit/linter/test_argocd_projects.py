"""Projects: what Argo CD lets an Application deploy, where from and where to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.linter.argocd_trees import (
    APP,
    PROJECT,
    REPOSITORY,
    SERVER,
    SETTINGS,
    application,
    application_set,
    project,
    tree,
)
from tests.unit.linter.small import judge, place, told

FORBIDS, OPEN = "argocd/project-forbids", "argocd/project-open"


@pytest.mark.parametrize(
    ("entries", "allowed"),
    [
        (f"[{REPOSITORY}]", True),
        ("[https://git.example.com/ml/scorer]", True),
        ("[HTTPS://Git.Example.com/ml/scorer.git]", True),
        ("[git@git.example.com:ml/scorer.git]", False),
        ("[https://git.example.com/ml/*]", True),
        ("[https://git.example.com/*]", False),
        ("[https://git.example.com/**]", True),
        ("['*']", True),
        ("[https://git.example.com/ml/other.git]", False),
        (f"['!{REPOSITORY}', '*']", False),
        ("['*', '!https://git.example.com/ml/*']", False),
        ("['!https://git.example.com/ops/*', '*']", True),
        # To Argo CD an entry that denies something allows the rest.
        ("['!https://git.example.com/ops/*']", True),
        ("['https://git.example.com/{ml,ops}/scorer']", True),
        # What cannot be read as an address fits nothing, and what it denies is nothing.
        ("['ssh://git@git.example.com:ml/scorer.git']", False),
        ("['!ssh://git@git.example.com:ml/scorer.git', '*']", True),
        ("[]", False),
        ("[TODO]", True),
    ],
)
def test_sources(tmp_path: Path, entries: str, *, allowed: bool) -> None:
    found = judge(tmp_path, tree(application(), project(entries)), (FORBIDS,))
    expected = [] if allowed else [(FORBIDS, "error", APP, *place(application(), REPOSITORY))]
    assert told(found) == expected


def test_ssh_in_its_short_and_its_long_form_is_one_address(tmp_path: Path) -> None:
    app = application(source="{repoURL: 'git@git.example.com:ml/scorer.git', targetRevision: main, path: scorer}")
    assert judge(tmp_path, tree(app, project("['ssh://git@git.example.com/ml/scorer']")), (FORBIDS,)) == ()


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        (f"[{{server: {SERVER}, namespace: ml}}]", ""),
        (f"[{{server: {SERVER}, namespace: 'm*'}}]", ""),
        (f"[{{server: {SERVER}, namespace: other}}]", "ml}"),
        ("[{server: https://other.example.com, namespace: ml}]", SERVER),
        ("[{server: 'https://kubernetes.*', namespace: '*'}]", ""),
        ("[{name: in-cluster, namespace: ml}]", ""),
        (f"[{{server: {SERVER}, namespace: '!kube-system'}}]", ""),
        (f"[{{server: '*', namespace: '!ml'}}, {{server: {SERVER}, namespace: '*'}}]", "ml}"),
        (f"[{{server: '!{SERVER}', namespace: '*'}}, {{server: '*', namespace: ml}}]", SERVER),
        ("[]", SERVER),
        ("[{server: TODO, namespace: ml}]", ""),
    ],
)
def test_destinations(tmp_path: Path, entries: str, wrong: str) -> None:
    app = application()
    found = judge(tmp_path, tree(app, project(destinations=entries)), (FORBIDS,))
    assert told(found) == ([(FORBIDS, "error", APP, *place(app, wrong))] if wrong else [])


@pytest.mark.parametrize("own", ["name: prod", "server: https://prod.example.com"])
def test_a_cluster_that_is_known_by_its_other_name_only_is_not_judged(tmp_path: Path, own: str) -> None:
    other = "server: https://prod.example.com" if own.startswith("name") else "name: prod"
    app = application(destination=f"{{{own}, namespace: ml}}")
    assert judge(tmp_path, tree(app, project(destinations=f"[{{{other}, namespace: ml}}]")), (FORBIDS,)) == ()


def test_what_a_generator_gives_is_told_in_its_file(tmp_path: Path) -> None:
    config = f"name: prod\nproject: scoring\nserver: {SERVER}\nnamespace: other\n"
    app = application_set(
        generators=f"- git: {{repoURL: {REPOSITORY}, revision: main, files: [{{path: 'envs/*.yaml'}}]}}",
        project='"{{ .project }}"',
        server='"{{ .server }}"',
    ).replace("namespace: ml}", 'namespace: "{{ .namespace }}"}')
    found = judge(tmp_path, {**tree(app), "envs/prod.yaml": config}, (FORBIDS,))
    assert told(found) == [(FORBIDS, "error", "envs/prod.yaml", *place(config, "other"))]
    assert [(one.file, one.line) for one in found[0].related] == [(PROJECT, 6)]


def test_a_project_that_is_not_there_is_a_warning_with_what_was_meant(tmp_path: Path) -> None:
    app = application(project="project: scorin")
    (found,) = judge(tmp_path, tree(app), (FORBIDS, OPEN))
    assert told((found,)) == [(FORBIDS, "warning", APP, *place(app, "scorin"))]
    assert "did you mean scoring?" in found.message


@pytest.mark.parametrize(
    ("manifest", "more", "kind"),
    [
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", "", "Namespace"),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", "{group: '', kind: Namespace}", ""),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", "{group: '', kind: Namespace, name: 'team-*'}", "N"),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", "{group: '', kind: Namespace, name: 'm*'}", ""),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", "{group: '*', kind: '*'}", ""),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n",
         "{group: '', kind: ClusterRole}", "ClusterRole"),
        # A kind of one's own that is only called so.
        ("apiVersion: example.com/v1\nkind: ClusterRole\nmetadata: {name: a, namespace: ml}\n", "", ""),
        (SETTINGS, "", ""),
    ],
)  # fmt: skip
def test_kinds_outside_namespaces(tmp_path: Path, manifest: str, more: str, kind: str) -> None:
    projects = project(more=f"clusterResourceWhitelist: [{more}]" if more else "")
    found = judge(tmp_path, tree(application(), projects, thing=manifest), (FORBIDS,))
    assert told(found) == ([(FORBIDS, "error", APP, *place(application(), "scoring"))] if kind else [])


def test_a_kind_that_is_denied_is_not_allowed(tmp_path: Path) -> None:
    lists = "clusterResourceWhitelist: [{group: '*', kind: '*'}]\nclusterResourceBlacklist: [{group: '', kind: N*}]"
    manifest = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n"
    (found,) = judge(tmp_path, tree(application(), project(more=lists), thing=manifest), (FORBIDS,))
    assert "Namespace ml" in found.message


def test_an_object_in_another_namespace_needs_the_project_as_well(tmp_path: Path) -> None:
    other = SETTINGS.replace("namespace: ml", "namespace: kube-system")
    found = judge(tmp_path, tree(application(), settings=other), (FORBIDS,))
    assert told(found) == [(FORBIDS, "error", "scorer/settings.yaml", *place(other, "kube-system"))]
    both = project(destinations=f"[{{server: {SERVER}, namespace: ml}}, {{server: {SERVER}, namespace: kube-system}}]")
    assert judge(tmp_path, tree(application(), both, settings=other), (FORBIDS,)) == ()


def test_without_namespace_an_object_goes_where_the_application_does(tmp_path: Path) -> None:
    bare = SETTINGS.replace(", namespace: ml", "")
    assert judge(tmp_path, tree(application(), settings=bare), (FORBIDS,)) == ()


@pytest.mark.parametrize(
    ("stated", "needle"),
    [("project: default", "default"), ("", "spec"), ('project: ""', '""'), ("project: scoring", None)],
)
def test_the_default_project_is_open(tmp_path: Path, stated: str, needle: str | None) -> None:
    app = application(project=stated)
    found = judge(tmp_path, tree(app), (OPEN, FORBIDS))
    assert told(found) == ([(OPEN, "warning", APP, *place(app, needle))] if needle else [])


def test_a_default_project_that_is_declared_is_judged_as_it_is(tmp_path: Path) -> None:
    own = project().replace("name: scoring", "name: default")
    assert judge(tmp_path, tree(application(project="project: default"), own), (OPEN, FORBIDS)) == ()


@pytest.mark.parametrize(
    ("sources", "destinations", "stars"),
    [
        ("['*']", f"[{{server: {SERVER}, namespace: ml}}]", 1),
        (f"[{REPOSITORY}]", "[{server: '*', namespace: '*'}]", 2),
        (f"[{REPOSITORY}]", "[{name: '*', namespace: ml}]", 1),
        ("['https://git.example.com/**']", f"[{{server: {SERVER}, namespace: 'm*'}}]", 0),
    ],
)
def test_stars(tmp_path: Path, sources: str, destinations: str, stars: int) -> None:
    found = judge(tmp_path, tree(application(), project(sources, destinations)), (OPEN,))
    assert [(one.file, one.severity) for one in found] == [(PROJECT, "warning")] * stars


def test_in_development_it_is_good_to_know(tmp_path: Path) -> None:
    files = {
        **tree(application(project="project: default")),
        ".hydrogitops.yaml": "version: 1\nenvironments: {prod: {profile: dev}}\n",
    }
    assert [one.severity for one in judge(tmp_path, files, (OPEN,))] == ["info"]


@pytest.mark.parametrize("named", ["scoring", "default"])
def test_what_cannot_be_read_may_declare_the_project(tmp_path: Path, named: str) -> None:
    broken = project().replace("sourceRepos:", "\tsourceRepos:")
    found = judge(tmp_path, tree(application(project=f"project: {named}"), broken), (FORBIDS, OPEN, "repo/yaml"))
    assert [one.rule for one in found] == ["repo/yaml"]
