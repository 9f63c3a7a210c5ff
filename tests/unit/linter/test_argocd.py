"""Destinations, generators, and what deleting an ApplicationSet takes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.model import UserError
from tests.unit.linter.argocd_trees import APP, REPOSITORY, SERVER, application, application_set, tree
from tests.unit.linter.small import CONFIGURATION, judge, place, told

DESTINATION, EMPTY, CASCADE = "argocd/destination-invalid", "argocd/generator-empty", "argocd/cascade-delete"
ARN = "arn:aws:eks:us-east-1:123456789012:cluster/prod"
CAPABILITY = {CONFIGURATION: "version: 1\nanswers: {flavour: eks-capability}\n"}


# Destinations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "needle"),
    [
        (f"{{server: {SERVER}, namespace: ml}}", ""),
        ("{name: prod, namespace: ml}", ""),
        (f"{{server: {SERVER}, name: prod, namespace: ml}}", "{server"),
        ("{namespace: ml}", "{namespace"),
        ('{server: "", namespace: ml}', '""'),
        (f'{{server: {SERVER}, name: "", namespace: ml}}', ""),
        (f"{{server: {ARN}, namespace: ml}}", ""),
        ("{server: 'arn:aws:eks:us-east-1:123456789012:nodegroup/prod', namespace: ml}", "'arn"),
        ("{server: 'arn:aws:iam::123456789012:role/prod', namespace: ml}", "'arn"),
    ],
)
def test_destinations(tmp_path: Path, stated: str, needle: str) -> None:
    app = application(destination=stated)
    found = judge(tmp_path, tree(app), (DESTINATION,))
    assert told(found) == ([(DESTINATION, "error", APP, *place(app, needle))] if needle else [])


def test_without_a_destination_the_spec_is_the_place(tmp_path: Path) -> None:
    app = application().replace(f"  destination: {{server: {SERVER}, namespace: ml}}\n", "")
    assert told(judge(tmp_path, tree(app), (DESTINATION,))) == [(DESTINATION, "error", APP, *place(app, "spec"))]


@pytest.mark.parametrize("stated", ["null", "text", "[a]", "1", "{server: [a]}", "{server: {a: b}, namespace: [c]}"])
def test_what_is_no_destination_breaks_nothing(tmp_path: Path, stated: str) -> None:
    rules = (DESTINATION, "argocd/project-forbids", "argocd/project-open")
    for number, app in enumerate((application(destination=stated), application_set(server=f"{SERVER}, x: {stated}"))):
        found = judge(tmp_path / str(number), tree(app), rules)
        assert {one.rule for one in found} <= set(rules)


@pytest.mark.parametrize(
    ("stated", "needle"),
    [
        (f"{{server: {ARN}, namespace: ml}}", ""),
        ("{server: arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/prod, namespace: ml}", ""),
        (f"{{server: {SERVER}, namespace: ml}}", SERVER),
        ("{name: in-cluster, namespace: ml}", "in-cluster"),
        ("{server: 'TODO: the ARN', namespace: ml}", ""),
    ],
)
def test_the_capability_takes_an_arn(tmp_path: Path, stated: str, needle: str) -> None:
    app = application(destination=stated)
    found = judge(tmp_path, {**tree(app), **CAPABILITY}, (DESTINATION,))
    assert told(found) == ([(DESTINATION, "error", APP, *place(app, needle))] if needle else [])


def test_one_template_is_one_finding(tmp_path: Path) -> None:
    app = application_set(server=f"{SERVER}, name: prod")
    (found,) = judge(tmp_path, tree(app), (DESTINATION,))
    assert (found.environments, found.line) == (("prod", "dev"), place(app, "destination")[0])


# Generators ------------------------------------------------------------------------------------------------------

FILES = {"environments/prod/config.yaml": "name: prod\n", "environments/dev/config.yaml": "name: dev\n"}


def git(rest: str, repository: str = REPOSITORY) -> str:
    return f"- git:\n    repoURL: {repository}\n    revision: main\n    {rest}"


@pytest.mark.parametrize(
    ("rest", "meant"),
    [
        ("files: [{path: environments/*/config.yaml}]", None),
        ("files: [{path: environments/**}]", None),
        ("files: [{path: environment/*/config.yaml}]", "environments/*/config.yaml"),
        ("files: [{path: environments/*/confg.yaml}]", "environments/*/config.yaml"),
        ("files: [{path: environments/*.yaml}]", ""),
        ("files: [{path: environments/*/config.json}]", ""),
        ("files: [{path: environments/*/config.yaml}, {path: '**', exclude: true}]", ""),
        ("files: [{path: nowhere/at/all.yaml}, {path: environments/*/config.yaml}]", None),
        ("directories: [{path: environments/*}]", None),
        ("directories: [{path: environmets/*}]", "environments/*"),
    ],
)
def test_what_a_git_generator_finds(tmp_path: Path, rest: str, meant: str | None) -> None:
    app = application_set(generators=git(rest))
    # Another Application says that the repository is this one.
    files = {**tree(app), **FILES, "apps/other.yaml": application().replace("name: prod", "name: other")}
    found = judge(tmp_path, files, (EMPTY,))
    assert told(found) == ([(EMPTY, "error", APP, *place(app, "git:"))] if meant is not None else [])
    assert [edit.text for one in found if one.fix for edit in one.fix.edits] == ([meant] if meant else [])


@pytest.mark.parametrize(
    ("generators", "needle"),
    [
        ("- list: {elements: []}", "list"),
        ("- list: {}", "list"),
        ("- list: {elements: [{name: prod}]}", ""),
        ("- list: {elementsYaml: '{{ .names | toJson }}'}", ""),
        ("- list: {elements: [{name: prod}]}\n- list: {elements: []}", "list: {elements: []}"),
        ("- list: {elements: [{name: prod}]}\n  selector: {matchLabels: {name: dev}}", "list"),
        ("- list: {elements: [{name: prod}]}\n  selector: {matchLabels: {name: prod}}", ""),
        ("- list: {elements: [{name: prod}]}\n  selector: {matchExpressions: [{key: name, operator: NotIn, "
         "values: [prod]}]}", "list"),
        ("- matrix: {generators: [{list: {elements: [{name: prod}]}}, {list: {elements: []}}]}", "{list: {elements: []}}"),
        ("- matrix: {generators: [{clusters: {}}, {list: {elements: [{name: prod}]}}]}", ""),
        ("- merge: {mergeKeys: [name], generators: [{list: {elements: [{name: a}]}}, {list: {elements: []}}]}", ""),
        ("- clusters: {}", ""),
    ],
)  # fmt: skip
def test_lists_and_what_is_made_of_several(tmp_path: Path, generators: str, needle: str) -> None:
    app = application_set(generators=generators)
    found = judge(tmp_path, tree(app), (EMPTY,))
    assert told(found) == ([(EMPTY, "error", APP, *place(app, needle))] if needle else [])


def test_another_repository_is_not_judged(tmp_path: Path) -> None:
    app = application_set(generators=git("files: [{path: clusters/*.json}]", "https://git.example.com/ops/fleet.git"))
    files = {**tree(app), "apps/other.yaml": application().replace("name: prod", "name: other")}
    assert judge(tmp_path, files, (EMPTY,)) == ()


def test_environments_that_are_configured_are_missed_because_of_it(tmp_path: Path) -> None:
    files = {
        **tree(application_set(generators=git("files: [{path: environment/*/config.yaml}]"))),
        **FILES,
        CONFIGURATION: "version: 1\nenvironments: {prod: {profile: production}}\n",
    }
    with pytest.raises(UserError) as error:
        judge(tmp_path, files, (EMPTY,))
    assert "finds nothing" in error.value.message
    assert error.value.hint == "write environments/*/config.yaml"
    assert error.value.span is not None
    assert (error.value.span.file, error.value.span.line) == (APP, place(files[APP], "environment/")[0])


# Deleting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "metadata", "needle"),
    [
        ("goTemplate: true", "name: a", "spec"),
        ("syncPolicy: {applicationsSync: create-only}", "name: a", "syncPolicy"),
        ("syncPolicy: {preserveResourcesOnDeletion: false}", "name: a", "false"),
        ("syncPolicy: {preserveResourcesOnDeletion: true}", "name: a", ""),
        # The controller adds its finalizer only where the template has none.
        ("goTemplate: true", "name: a, finalizers: [example.com/wait]", ""),
        (
            "syncPolicy: {preserveResourcesOnDeletion: true}",
            "name: a, finalizers: [resources-finalizer.argocd.argoproj.io/background]",
            "resources-finalizer",
        ),
    ],
)
def test_deleting_an_application_set(tmp_path: Path, head: str, metadata: str, needle: str) -> None:
    app = application_set(head=head, metadata=metadata)
    found = judge(tmp_path, tree(app), (CASCADE,))
    assert told(found) == ([(CASCADE, "info", APP, *place(app, needle))] if needle else [])


def test_in_production_it_is_a_warning(tmp_path: Path) -> None:
    files = {**tree(application_set()), CONFIGURATION: "version: 1\nenvironments: {prod: {profile: production}}\n"}
    (found,) = judge(tmp_path, files, (CASCADE,))
    assert found.severity == "warning"
    assert {one.environment: one.severity for one in found.occurrences} == {"prod": "warning", "dev": "info"}


def test_an_application_of_its_own_is_none_of_it(tmp_path: Path) -> None:
    assert judge(tmp_path, tree(application()), (CASCADE,)) == ()
