"""The dialogue asks for what is missing and nothing else, and checks each answer when it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hydrogitops.config.answers import read_answers
from hydrogitops.config.messages import shown
from hydrogitops.model import UserError
from hydrogitops.scaffold.dialogue import Question, complete
from tests.unit.config.answers_data import ABSENT, changed, example

EXTERNAL = example("production-external")

SCRIPT = {
    "engine": "argocd",
    "flavour": "plain",
    "registry.kind": "dockerhub",
    "postgresql.kind": "rds",
    "mongodb.kind": "external",
    "storage.kind": "s3",
    "ingress.kind": "none",
    "environments": "dev, staging, prod",
    "repository": "https://git.example.com/a/b.git",
    "aws.account": "123456789012",
    "aws.region": "us-east-1",
    "registry.url": "docker.io/acme",
    "registry.username": "acme",
    "postgresql.host": "db.example.com",
    "postgresql.version": "15",
    "mongodb.host": "mongo.example.com",
    "mongodb.version": "6.0",
    "storage.buckets.feature_lake": "acme-lake",
    "storage.buckets.visualization": "acme-viz",
    "environments.dev.cluster.server": "https://dev.example.com",
    "environments.staging.cluster.server": "https://staging.example.com",
    "environments.prod.cluster.server": "https://prod.example.com",
}


def scripted(script: dict[str, str], asked: list[Question]) -> Callable[[Question], str]:
    def ask(question: Question) -> str:
        asked.append(question)
        answer = script[shown(question.path)]
        assert question.check(answer) == "", (question, answer)
        assert not question.choices or answer in question.choices
        return answer

    return ask


def test_every_question_once_and_in_order() -> None:
    asked: list[Question] = []
    given = complete({"name": "x"}, scripted(SCRIPT, asked), allow_open=False)
    assert [shown(question.path) for question in asked] == list(SCRIPT)
    answers = read_answers(given)
    assert answers.postgresql.host == "db.example.com"
    assert list(answers.environments) == ["dev", "staging", "prod"]


def test_the_dialogue_equals_a_file_with_the_same_answers() -> None:
    given = complete({"name": "x"}, scripted(SCRIPT, []), allow_open=False)
    file: dict[str, Any] = {"name": "x"}
    for path, value in SCRIPT.items():
        if path != "environments":
            target = file
            *steps, last = path.split(".")
            for step in steps:
                target = target.setdefault(step, {})
            target[last] = value
    for name in ("dev", "staging", "prod"):
        file["environments"][name]["pools"] = read_answers({"name": "x"}, allow_open=True).model_dump(
            exclude_none=True
        )["environments"][name]["pools"]
    assert read_answers(given) == read_answers(file)


def test_flux_has_one_flavour_and_needs_no_address_of_a_cluster() -> None:
    asked: list[Question] = []
    given = complete({"name": "x"}, scripted(SCRIPT | {"engine": "flux"}, asked), allow_open=False)
    assert [shown(question.path) for question in asked] == [
        path for path in SCRIPT if path != "flavour" and "server" not in path
    ]
    assert (given["engine"], read_answers(given).flavour) == ("flux", "plain")


def test_an_engine_that_is_given_is_not_asked_about() -> None:
    asked: list[Question] = []
    complete({"name": "x", "engine": "argocd"}, scripted(SCRIPT, asked), allow_open=False)
    assert [shown(question.path) for question in asked] == [path for path in SCRIPT if path != "engine"]


def test_the_eks_capability_asks_for_arns() -> None:
    script = SCRIPT | {"flavour": "eks-capability"}
    for name in ("dev", "staging", "prod"):
        script[f"environments.{name}.cluster.server"] = f"arn:aws:eks:us-east-1:123456789012:cluster/{name}"
    asked: list[Question] = []
    complete({"name": "x"}, scripted(script, asked), allow_open=False)
    (question,) = [item for item in asked if shown(item.path) == "environments.prod.cluster.server"]
    assert question.text == "ARN of this environment's EKS cluster (prod)"
    assert "by its ARN" in question.check("https://prod.example.com")
    assert "staging is in this namespace" in question.check("arn:aws:eks:us-east-1:123456789012:cluster/staging")


def test_ecr_without_a_template_is_the_end_before_anything_is_typed() -> None:
    script = SCRIPT | {"registry.kind": "ecr", "registry.create_on_push_template": "no"}
    asked: list[Question] = []
    with pytest.raises(UserError, match="no repository on push"):
        complete({"name": "x"}, scripted(script, asked), allow_open=False)
    assert all(question.choices or question.path == ("environments",) for question in asked)


def test_complete_answers_are_not_asked_about() -> None:
    assert complete(EXTERNAL, scripted({}, []), allow_open=False) == EXTERNAL


@pytest.mark.parametrize(
    ("changes", "script"),
    [
        ({"postgresql__host": ABSENT}, {"postgresql.host": "db.example.com"}),
        ({"ingress": ABSENT}, {"ingress.kind": "none"}),
        ({"mongodb": {"kind": "documentdb", "host": "m.example.com"}}, {"mongodb.engine_version": "8.0.2"}),
        ({"storage__kind": "other", "storage__url": ABSENT}, {"storage.url": "https://s3.example.com"}),
        (
            {"registry": {"kind": "ecr", "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com", "username": "AWS"}},
            {"registry.create_on_push_template": "yes"},
        ),
    ],
)
def test_only_what_is_missing(changes: dict[str, Any], script: dict[str, str]) -> None:
    given = changed(EXTERNAL, **changes)
    if "ingress" in changes or "registry" in changes:
        for name in ("ingress", "registry"):
            if name in changes:
                given["environments"]["staging"]["overrides"].pop(name, None)
    asked: list[Question] = []
    answered = complete(given, scripted(script, asked), allow_open=False)
    assert [shown(question.path) for question in asked] == list(script)
    read_answers(answered)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"aws": {"region": "us-esat-1"}}, "aws.region: this is not an AWS region"),
        ({"storage": {"buckets": ["a"]}}, "storage.buckets: a map is wanted here"),
        ({"environments": 3}, "environments: a map is wanted here"),
        ({"registry": "docker.io"}, "registry: a map is wanted here"),
        ({"engine": "flux", "flavour": "rendered"}, "flavour: rendered is a flavour of Argo CD"),
        ({"postgresql": {"kind": "rds", "version": "9.6"}}, "10 or newer"),
    ],
)
def test_what_is_given_and_wrong_is_told_before_anything_is_asked(given: dict[str, Any], said: str) -> None:
    asked: list[Question] = []
    with pytest.raises(UserError, match="1 answer is wrong") as caught:
        complete({"name": "x", **given}, scripted(SCRIPT, asked), allow_open=False)
    assert said in caught.value.message
    assert asked == []


def test_what_has_nothing_behind_its_key_is_asked_about() -> None:
    given: dict[str, Any] = {"name": "x", "aws": None, "registry": None, "engine": None, "environments": {"prod": None}}
    asked: list[Question] = []
    complete(given, scripted(SCRIPT, asked), allow_open=False)
    known = ("environments", "environments.dev.cluster.server", "environments.staging.cluster.server")
    assert [shown(question.path) for question in asked] == [path for path in SCRIPT if path not in known]


@pytest.mark.parametrize(
    ("path", "wrong", "said"),
    [
        ("postgresql.host", "https://db", "scheme"),
        ("postgresql.host", "", "wanted"),
        ("postgresql.version", "9.6", "10 or newer"),
        ("aws.region", "us-east-1a", "zone"),
        ("registry.url", "docker.io/{{ x }}", "template"),
        ("registry.username", "AKIAIOSFODNN7EXAMPLE", "secret"),
        ("repository", "https://me:secret1@git.example.com/a/b.git", "secret"),
        ("environments", "dev, dev", "once"),
        ("environments", "Prod", "lower-case"),
        ("environments.prod.cluster.server", "prod", "scheme"),
    ],
)
def test_each_answer_is_checked_when_it_is_given(path: str, wrong: str, said: str) -> None:
    asked: list[Question] = []
    complete({"name": "x"}, scripted(SCRIPT, asked), allow_open=False)
    (question,) = [item for item in asked if shown(item.path) == path]
    assert said in question.check(wrong)
    assert wrong == "" or wrong not in question.check(wrong) or said not in ("secret", "template")


def test_other_environments_get_the_pool_of_the_guide_and_a_question_for_their_profile() -> None:
    script = SCRIPT | {
        "environments": "test,live",
        "environments.test.profile": "dev",
        "environments.live.profile": "production",
        "environments.test.cluster.server": "https://test.example.com",
        "environments.live.cluster.server": "https://live.example.com",
    }
    answers = read_answers(complete({"name": "x"}, scripted(script, []), allow_open=False))
    assert {name: one.profile for name, one in answers.environments.items()} == {"test": "dev", "live": "production"}
    assert [pool.name for one in answers.environments.values() for pool in one.pools or ()] == ["ml", "ml"]


def test_an_empty_answer_stays_open_where_that_is_allowed() -> None:
    kept = ("engine", "flavour", "environments")
    script = {path: (answer if "kind" in path or path in kept else "") for path, answer in SCRIPT.items()}
    del script["storage.buckets.feature_lake"], script["storage.buckets.visualization"]
    script |= {"storage.buckets.feature_lake": "", "storage.buckets.visualization": ""}
    given = complete({"name": "x"}, scripted(script, []), allow_open=True)
    assert read_answers(given, allow_open=True).postgresql.host == "TODO"


def test_no_question_asks_for_a_secret() -> None:
    asked: list[Question] = []
    complete({"name": "x"}, scripted(SCRIPT, asked), allow_open=False)
    for question in asked:
        assert not any(word in question.text.lower() for word in ("password", "secret", "token", "access key"))
