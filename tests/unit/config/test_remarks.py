"""What is said of answers that are right."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.config.answers import read_answers
from hydrogitops.config.remarks import remarks

from .answers_data import ABSENT, changed, example

EXTERNAL, INSIDE = example("production-external"), example("in-cluster")
ECR = {"kind": "ecr", "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x", "create_on_push_template": True}
ALONE = {"environments__staging": ABSENT}


def said(given: dict[str, Any], **changes: object) -> list[str]:
    return list(remarks(read_answers(changed(given, **changes), allow_open=True)))


def test_nothing_is_said_of_the_examples_but_where_a_database_is_in_production() -> None:
    assert said(EXTERNAL) == []
    assert said(INSIDE) == []
    assert said({"name": "x"}) == []
    (only,) = said(INSIDE, environments__lab__profile="production")
    assert only == "mongodb and postgresql in the cluster: one copy without backup, in lab too"


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"mongodb": {"kind": "documentdb", "host": "m.example.com", "engine_version": "8.0.2"}}, "TLS"),
        ({"registry": ECR}, "12 hours"),
        ({"registry": {**ECR, "username": "acme"}}, "the user name at ECR is AWS"),
        ({"registry__url": "docker.io"}, "names no account"),
        ({"registry": {"kind": "harbor", "url": "harbor.example.com", "username": "x"}}, "names no project"),
    ],
)
def test_what_an_answer_brings_with_it(changes: dict[str, Any], remark: str) -> None:
    found = said(EXTERNAL, **ALONE, **changes)
    assert any(remark in one for one in found), found
    assert not any(remark in one for one in said(EXTERNAL, **ALONE))


def test_what_two_environments_share_is_told() -> None:
    (one,) = said(EXTERNAL, environments__staging__overrides=ABSENT)
    assert one == (
        "staging, prod share postgresql, mongodb, buckets and ingress.host;"
        " `overrides` of an environment gives it its own"
    )
    overrides = EXTERNAL["environments"]["staging"]["overrides"]
    (one,) = said(EXTERNAL, environments__staging__overrides={**overrides, "mongodb": {"username": "x"}})
    assert one.startswith("staging, prod share mongodb;")
    # Another database of one server is another database.
    assert said(EXTERNAL, environments__staging__overrides={**overrides, "mongodb": {"database": "staging"}}) == []
