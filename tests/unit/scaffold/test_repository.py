"""`new`, from answers to a repository."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import Coverage, Report, UserError
from hydrogitops.scaffold import Created, chart_source, new
from hydrogitops.scaffold.chart_source import UnreachableError
from hydrogitops.scaffold.dialogue import Question
from hydrogitops.source import load
from tests.unit.config.answers_data import ABSENT, changed, example

from .charts import archive, folder
from .folders import names

EXTERNAL = example("production-external")
ARTIFACT = "oci://registry.example.com/platform/prod-cluster"
Make = Callable[..., Created]


@pytest.fixture(autouse=True)
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test goes to the network."""

    def download(address: str) -> bytes:
        raise UnreachableError("no network in tests")

    monkeypatch.setattr(chart_source, "_download", download)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def call(name: str = "prod-cluster", **options: Any) -> Created:
        defaults: dict[str, Any] = {
            "answers": {},
            "no_input": True,
            "git": False,
            "target": tmp_path / name,
            "lint": lambda _: Report((), Coverage()),
        }
        return new(name, **(defaults | options))

    return call


def test_without_answers(make: Make, tmp_path: Path) -> None:
    created = make()
    assert (tmp_path / "prod-cluster" / ".hydrogitops.yaml").is_file()
    assert ("postgresql.host", "host of the PostgreSQL service") in created.open
    assert created.next_steps == ("cd prod-cluster", "hydrogitops lint", "less README.md")
    (remark,) = created.remarks
    assert "no network in tests" in remark


def test_with_answers(make: Make, tmp_path: Path) -> None:
    created = make(answers=EXTERNAL, git=True)
    assert created.open == ()
    assert created.next_steps[-1] == "git push -u origin main"
    assert names(tmp_path) == ["prod-cluster"]


def test_some_answers_without_a_terminal_report_all_the_others(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing or wrong") as caught:
        make(answers={"aws": {"region": "us-east-1"}})
    assert "postgresql.host: missing" in caught.value.message
    assert "aws.account: missing" in caught.value.message
    assert names(tmp_path) == []


def test_open_answers_when_asked_for(make: Make) -> None:
    assert make(answers={"aws": {"region": "us-east-1"}}, allow_open=True).open


def test_without_a_terminal_nothing_is_asked(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(question: Question) -> str:
        raise AssertionError(question)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    given = changed(EXTERNAL, postgresql={"kind": "rds", "version": "15"})
    with pytest.raises(UserError, match="missing or wrong"):
        make(answers=given, no_input=False, ask=ask)
    # Without a single answer there is nothing to be wrong: the defaults are written, what is open is marked.
    assert make(no_input=False, ask=ask).open


def test_on_a_terminal_what_is_missing_is_asked(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    given = changed(EXTERNAL, postgresql={"kind": "rds", "version": "15"})
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return "db.example.com"

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    make(answers=given, no_input=False, ask=ask)
    assert [question.path for question in asked] == [("postgresql", "host")]


def test_a_dry_run_writes_nothing(make: Make, tmp_path: Path) -> None:
    created = make(answers=EXTERNAL, dry_run=True)
    assert names(tmp_path) == []
    assert {file.path: file.content for file in created.files} == {
        file.path: file.content for file in make(answers=EXTERNAL).files
    }


@pytest.mark.parametrize("name", ["a/b", "..", "", "a b", "-x", ".x", "x" * 64, "{{ x }}", "AKIAIOSFODNN7EXAMPLE"])
def test_names_that_are_none(make: Make, name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="NAME: "):
        make(name, target=tmp_path / "x")
    assert names(tmp_path) == []


def test_the_name_on_the_command_line_counts(make: Make) -> None:
    created = make("other", answers=EXTERNAL, dry_run=True)
    (text,) = [file.content for file in created.files if file.path == ".hydrogitops.yaml"]
    data: Any = load(text.decode())
    assert data["answers"]["name"] == "other"


@pytest.mark.parametrize(
    ("settings", "path", "value"),
    [
        (["postgresql.host=other.example.com"], ("postgresql", "host"), "other.example.com"),
        (["aws.account=012345678901"], ("aws", "account"), "012345678901"),
        (["environments.prod.auto_sync=true"], ("environments", "prod", "auto_sync"), True),
        (["tolerations=[]", "environments.prod.pools=[]", "environments.staging.pools=[]"], ("tolerations",), []),
        (["mongodb.version=5.0", "mongodb.version=6.0"], ("mongodb", "version"), "6.0"),
        (
            ["services.auto-od.resources={limits: {memory: 3Gi}}"],
            ("services", "auto-od", "resources", "limits"),
            {"memory": "3Gi"},
        ),
    ],
)
def test_settings_win_over_the_file(make: Make, settings: list[str], path: tuple[str, ...], value: object) -> None:
    created = make(answers=EXTERNAL, settings=settings, dry_run=True)
    (text,) = [file.content for file in created.files if file.path == ".hydrogitops.yaml"]
    data: Any = load(text.decode())["answers"]  # type: ignore[index]
    for step in path:
        data = data[step]
    assert data == value


@pytest.mark.parametrize("setting", ["a", "=b", "a..b=c", "a b=c", "engine.x=1", "tolerations=[", "password"])
def test_settings_that_are_none(make: Make, setting: str) -> None:
    with pytest.raises(UserError):
        make(answers=EXTERNAL, settings=[setting], dry_run=True)


def test_a_secret_by_setting_is_not_repeated(make: Make) -> None:
    with pytest.raises(UserError) as caught:
        make(answers=EXTERNAL, settings=["registry.password=hunter2"], dry_run=True)
    assert "hunter2" not in caught.value.message
    assert "registry.password: this looks like a secret" in caught.value.message


def test_a_template_by_setting_is_refused_as_one(make: Make) -> None:
    with pytest.raises(UserError, match=r"registry\.username: this looks like a template"):
        make(answers=EXTERNAL, settings=["registry.username={{ evil }}"], dry_run=True)


def test_for_flux(make: Make, tmp_path: Path) -> None:
    created = make(answers={"engine": "flux"})
    assert (tmp_path / "prod-cluster" / "clusters" / "prod" / "flux-system.yaml").is_file()
    assert not [file.path for file in created.files if file.path.startswith(("platform/", "bootstrap/"))]


@pytest.mark.parametrize("flavour", ["rendered", "eks-capability"])
def test_without_the_chart_nothing_is_rendered_and_that_is_said(make: Make, flavour: str) -> None:
    created = make(answers={"flavour": flavour}, allow_open=True)
    assert not [file.path for file in created.files if file.path.startswith("rendered/")]
    assert [remark for remark in created.remarks if "there is no rendered/ yet" in remark]


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
def test_what_cannot_be_rendered_is_no_repository(make: Make, tmp_path: Path) -> None:
    chart = folder(tmp_path / "chart", **{"templates/x.yaml": "{{ fail `no` }}\n"})
    with pytest.raises(UserError, match="cannot be rendered"):
        make(answers=changed(EXTERNAL, flavour="rendered"), chart=str(chart))
    assert names(tmp_path) == ["chart"]


def chart_of(created: Created) -> dict[str, Any]:
    (text,) = [file.content for file in created.files if file.path == ".hydrogitops.yaml"]
    data: Any = load(text.decode())
    return dict(data["answers"]["chart"])


def test_a_chart_at_hand_is_vendored_and_that_is_written_down(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "serving.tgz"
    path.write_bytes(archive())
    created = make(chart=str(path), dry_run=True)
    assert created.remarks == ()
    assert any(file.path == "charts/serving/Chart.yaml" for file in created.files)
    assert not any("/." in file.path for file in created.files if file.path.startswith("charts/"))
    chart = chart_of(created)
    assert chart["vendored"] is True
    assert chart["sha256"] == chart_source.read(str(path)).archive_sha256


def test_a_folder_works_offline(make: Make, tmp_path: Path) -> None:
    created = make(chart=str(folder(tmp_path / "chart")), offline=True, dry_run=True)
    assert chart_of(created)["vendored"] is True


@pytest.mark.parametrize("options", [{"offline": True}, {}])
def test_without_the_chart_the_repository_refers_to_it(make: Make, options: dict[str, Any]) -> None:
    created = make(dry_run=True, **options)
    assert chart_of(created)["vendored"] is False
    assert len([remark for remark in created.remarks if "not at hand" in remark]) == 1
    assert not any(file.path.startswith("charts/") for file in created.files)


@pytest.mark.parametrize("options", [{}, {"offline": True}, {"chart": "folder"}])
def test_an_artifact_holds_no_chart(make: Make, tmp_path: Path, options: dict[str, Any]) -> None:
    if "chart" in options:
        options = {"chart": str(folder(tmp_path / "chart"))}
    created = make(answers=changed(EXTERNAL, engine="flux", repository=ARTIFACT), dry_run=True, **options)
    assert chart_of(created)["vendored"] is False
    (remark,) = created.remarks
    assert "no chart out of a folder of an artifact" in remark
    assert not any(file.path.startswith("charts/") for file in created.files)


def test_an_artifact_is_no_remote_of_git_and_the_readme_says_how_it_is_pushed(make: Make, tmp_path: Path) -> None:
    created = make(answers=changed(EXTERNAL, engine="flux", repository=ARTIFACT, revision="live"), git=True)
    assert created.next_steps[-1] == "less README.md"
    assert f"flux push artifact {ARTIFACT}:" in (tmp_path / "prod-cluster/README.md").read_text(encoding="utf-8")
    assert "url" not in (tmp_path / "prod-cluster/.git/config").read_text(encoding="utf-8")


def test_a_chart_that_must_be_vendored_and_is_not_there(make: Make) -> None:
    with pytest.raises(UserError, match="vendored is true"):
        make(answers=changed(EXTERNAL, chart__vendored=True), offline=True)


def test_a_chart_that_must_not_be_vendored(make: Make, tmp_path: Path) -> None:
    given = changed(EXTERNAL, chart__vendored=False)
    created = make(answers=given, chart=str(folder(tmp_path / "chart")), dry_run=True)
    assert chart_of(created)["vendored"] is False
    assert created.remarks == ()


def test_a_chart_that_was_named_must_be_there(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be reached"):
        make(chart="https://charts.example.com/serving.tgz")
    with pytest.raises(UserError, match="cannot read the chart"):
        make(chart=str(tmp_path / "missing.tgz"))


def test_the_release_archive_must_be_the_pinned_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_source, "_download", lambda _: archive())
    with pytest.raises(UserError, match="not the one that was meant"):
        make(dry_run=True)


def test_another_version_than_the_one_stated(make: Make, tmp_path: Path) -> None:
    chart = folder(tmp_path / "chart", **{"Chart.yaml": "name: serving\nversion: 3.0.2\n"})
    with pytest.raises(UserError, match=r"chart\.version says 3\.0\.3"):
        make(answers=EXTERNAL, chart=str(chart))
    created = make(chart=str(chart), dry_run=True)
    assert chart_of(created)["version"] == "3.0.2"
    assert any("made for chart 3.0.3" in remark for remark in created.remarks)


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"mongodb__kind": "documentdb", "mongodb__engine_version": "8.0.2"}, "TLS"),
        (
            {
                "registry": {
                    "kind": "ecr",
                    "url": "123456789012.dkr.ecr.us-east-1.amazonaws.com",
                    "username": "AWS",
                    "create_on_push_template": True,
                },
                "environments__staging__overrides__registry": {"url": "123456789012.dkr.ecr.us-east-1.amazonaws.com/s"},
            },
            "12 hours",
        ),
        (
            {"postgresql": {"kind": "in-cluster"}, "environments__staging__overrides__postgresql": ABSENT},
            "without backup",
        ),
    ],
)
def test_what_the_user_must_know(make: Make, changes: dict[str, Any], remark: str) -> None:
    created = make(answers=changed(EXTERNAL, chart__vendored=False, **changes), dry_run=True)
    assert any(remark in said for said in created.remarks), created.remarks
