"""The tree, the answers file, the secrets, one part of the templates."""

from __future__ import annotations

from pathlib import Path

import pytest
from cookiecutter.exceptions import UndefinedVariableInTemplate

from hydrogitops import data
from hydrogitops.model import UserError
from hydrogitops.scaffold import answers_from, sealed, tree
from hydrogitops.scaffold.parts import File, render


def test_a_tree() -> None:
    paths = [
        "a/b/c",
        "a/b/d",
        "a/e",
        "f",
        "charts/serving/Chart.yaml",
        "charts/serving/values.yaml",
        "charts/serving.lock.yaml",
    ]
    assert tree("x", [File(path, b"") for path in paths]).splitlines() == [
        "x/",
        "├── a/",
        "│   ├── b/",
        "│   │   ├── c",
        "│   │   └── d",
        "│   └── e",
        "├── charts/",
        "│   ├── serving/",
        "│   │   └── (2 files)",
        "│   └── serving.lock.yaml",
        "└── f",
    ]


def test_an_answers_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("\ufeffaws: {region: us-east-1}\n", encoding="utf-8")
    assert answers_from(path) == {"aws": {"region": "us-east-1"}}
    path.write_text("", encoding="utf-8")
    assert answers_from(path) == {}


@pytest.mark.parametrize(
    ("content", "said", "line"),
    [
        (b"a: [\n", "not readable as YAML", True),
        (b"a: 1\n\tpassword: hunter2\n", "not readable as YAML", True),
        (b"a: 1\n---\nb: 2\n", "not readable as YAML", True),
        (b"environments:\n  no: {profile: dev}\n", "is read as `false`", True),
        (b"- a\n", "no map", False),
        (b"\xff\xfe", "no UTF-8", False),
        (b"a: " + b"x" * 2_000_000, "too large", False),
    ],
)
def test_files_that_hold_no_answers(content: bytes, said: str, line: bool, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said) as caught:
        answers_from(path)
    assert bool(caught.value.span) is line
    assert "hunter2" not in caught.value.message
    if caught.value.span:
        # The line must not be shown, it might hold a secret.
        assert (caught.value.span.line, caught.value.span.column) == (
            caught.value.span.end_line,
            caught.value.span.end_column,
        )


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        answers_from(tmp_path / "answers.yaml")
    with pytest.raises(UserError, match="is a directory"):
        answers_from(tmp_path)


def test_every_reader_of_a_secret_is_of_the_release() -> None:
    inside = frozenset({"postgresql", "mongodb", "minio", "docker-registry"})
    for wanted in (
        sealed.secrets("r", inside, postgres_user="u", smtp=True),
        sealed.secrets("r", frozenset(), postgres_user="u", smtp=False),
    ):
        for secret in wanted:
            assert "r" in secret.name.split("-")
            assert secret.readers
            assert all(reader.startswith(("Deployment/r-", "StatefulSet/r-")) for reader in secret.readers)
            assert len({key.name for key in secret.keys}) == len(secret.keys)


@pytest.mark.parametrize(
    ("inside", "expected"), [({"minio"}, True), ({"minio", "docker-registry"}, False), ((), False)]
)
def test_a_key_that_a_script_is_composed_of_is_not_made_by_chance(inside: set[str], *, expected: bool) -> None:
    wanted = sealed.secrets("r", frozenset(inside), postgres_user="u", smtp=False)
    keys = next(secret.keys for secret in wanted if secret.name == "r-aws-secret")
    assert [key.any for key in keys] == [expected, expected]


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedVariableInTemplate):
        render("argocd", {"release": "x"})


def test_the_templates_are_found() -> None:
    parts = {path.name for path in data.templates().iterdir() if path.is_dir()}
    engines = {f"{engine}{part}" for engine in ("argocd", "flux") for part in ("", "-component", "-environment")}
    assert parts == {"application", "environment", "repository", "sealed-secret"} | engines
    assert data.policies().name == "policies"


def test_the_copy_in_the_wheel_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_PACKAGE", tmp_path / "hydrogitops")
    assert data.templates() == tmp_path / "template"
    (tmp_path / "hydrogitops" / "_data" / "template").mkdir(parents=True)
    assert data.templates() == tmp_path / "hydrogitops" / "_data" / "template"
