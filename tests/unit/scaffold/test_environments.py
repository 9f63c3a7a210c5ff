"""An environment more, an environment less."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.config.answers import Answers
from hydrogitops.model import Coverage, Finding, Report, Unseen, UserError
from hydrogitops.scaffold import environments, new, repository, written
from hydrogitops.scaffold.dialogue import Question
from hydrogitops.scaffold.environments import Changed
from hydrogitops.scaffold.parts import File
from hydrogitops.scaffold.plan import plan
from hydrogitops.source import load
from tests.golden.trees import commit
from tests.unit.config.answers_data import example
from tests.unit.linter.history import without_settings

THREE = example("production-external")
ENGINES = ("argocd", "flux")


_planned: dict[str, list[File]] = {}


def planned_once(answers: Answers, chart: None) -> list[File]:
    """The plan, which takes half a second, made once for the same answers."""
    key = answers.model_dump_json()
    if key not in _planned:
        _planned[key] = plan(answers, chart)
    return _planned[key]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)
    monkeypatch.setattr(written, "plan", planned_once)
    monkeypatch.setattr(repository, "plan", planned_once)


def nothing_found(_: Path) -> Report:
    return Report((), Coverage())


def answers(engine: str, *names: str) -> dict[str, Any]:
    """Answers for some of the environments."""
    given = deepcopy(THREE)
    given["engine"] = engine
    given["environments"] = {name: _of(engine, name) for name in names}
    return given


def _of(engine: str, name: str) -> dict[str, Any]:
    one = deepcopy(next(iter(THREE["environments"].values())))
    one |= {"profile": "staging", "cluster": {"name": name}}
    if engine == "argocd":
        one["cluster"]["server"] = f"https://{name}.example.com"
    one.pop("overrides", None)
    return one


def made(target: Path, given: Mapping[str, Any]) -> Path:
    new(
        "prod-cluster", answers=given, no_input=True, offline=True, git=False, target=target, lint=nothing_found
    )  # fmt: skip
    return target


def add(root: Path, name: str, own: Mapping[str, Any], **options: Any) -> Changed:
    usual: dict[str, Any] = {"no_input": True, "lint": nothing_found}
    return environments.add(root, name, answers=own, **(usual | options))


def remove(root: Path, name: str, **options: Any) -> Changed:
    return environments.remove(root, name, **({"lint": nothing_found} | options))


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_exactly_what_new_writes(tmp_path: Path, engine: str) -> None:
    two = made(tmp_path / "two", answers(engine, "dev", "staging"))
    before = contents(two)
    three = made(tmp_path / "three", answers(engine, "dev", "staging", "qa"))
    changed = add(two, "qa", _of(engine, "qa"))
    assert contents(two) == contents(three)
    assert "apps/hydrosphere/envs/qa" in changed.written and ".hydrogitops.yaml" in changed.changed
    gone = remove(two, "qa")
    assert contents(two) == before
    assert "apps/hydrosphere/envs/qa" in gone.removed
    assert not list(two.rglob("qa"))


def test_the_one_in_the_middle_goes(tmp_path: Path, engine: str) -> None:
    three = made(tmp_path / "three", answers(engine, "dev", "staging", "qa"))
    remove(three, "staging")
    assert contents(three) == contents(made(tmp_path / "two", answers(engine, "dev", "qa")))


def test_answers_of_a_whole_repository_and_settings(tmp_path: Path) -> None:
    one = made(tmp_path / "one", answers("argocd", "dev"))
    whole = answers("argocd", "dev", "qa")
    add(one, "qa", whole, settings=["profile=dev", "environments.qa.namespace=elsewhere"])
    whole["environments"]["qa"] |= {"profile": "dev", "namespace": "elsewhere"}
    assert contents(one) == contents(made(tmp_path / "both", whole))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return made(tmp_path / "tree", answers("argocd", "dev", "staging"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_people_have_changed_stays(root: Path) -> None:
    edit(root / "README.md", "# prod-cluster\n", "# Our cluster\n\nAsk Ada.\n")
    (root / "platform/projects.yaml").write_bytes(
        (root / "platform/projects.yaml").read_bytes()
        + b"---\n# mine\napiVersion: argoproj.io/v1alpha1\nkind: AppProject\n"
    )
    edit(
        root / ".hydrogitops.yaml",
        "version: 1\n",
        "version: 1\nrules:\n  resources/cpu-limit: {severity: off}  # mine\n",
    )
    edit(
        root / ".hydrogitops.yaml",
        "sealing.pem\n\nanswers",
        f"sealing.pem\n    certificate_sha256: {'a' * 64}\n\nanswers",
    )
    before = contents(root)
    add(root, "qa", _of("argocd", "qa"))
    readme = (root / "README.md").read_text()
    assert "# Our cluster\n\nAsk Ada.\n" in readme and "| qa |" in readme
    projects = (root / "platform/projects.yaml").read_text()
    assert "# mine" in projects and "name: hydrosphere-qa\n" in projects
    text = (root / ".hydrogitops.yaml").read_text()
    configuration: Any = load(text)
    assert "{severity: off}  # mine" in text and configuration["environments"]["staging"]["certificate_sha256"]
    assert list(configuration["environments"]) == ["dev", "staging", "qa"]
    assert list(configuration["answers"]["environments"]) == ["dev", "staging", "qa"]
    edit(
        root / ".hydrogitops.yaml",
        "environments/qa/sealing.pem\n",
        f"environments/qa/sealing.pem\n    certificate_sha256: {'b' * 64}\n",
    )
    remove(root, "qa")
    assert contents(root) == before


def graph_of(readme: bytes) -> bytes:
    return readme.split(b"<!-- hydrogitops graph -->")[1].split(b"<!-- end of hydrogitops graph -->")[0]


def test_line_ends_of_another_system(root: Path) -> None:
    for name in ("README.md", "platform/projects.yaml", ".hydrogitops.yaml"):
        (root / name).write_bytes((root / name).read_bytes().replace(b"\n", b"\r\n"))
    before = contents(root)
    add(root, "qa", _of("argocd", "qa"))
    for name in ("README.md", "platform/projects.yaml", ".hydrogitops.yaml"):
        written = (root / name).read_bytes()
        assert written.count(b"\n") == written.count(b"\r\n") and b"qa" in written
    assert b"envs/qa" in graph_of((root / "README.md").read_bytes())
    remove(root, "qa")
    assert contents(root) == before


def test_a_readme_behind_a_link_and_one_without_a_diagram(root: Path) -> None:
    (root / "docs").mkdir()
    (root / "README.md").rename(root / "docs/README.md")
    (root / "README.md").symlink_to("docs/README.md")
    add(root, "qa", _of("argocd", "qa"))
    assert (root / "README.md").is_symlink()
    written = (root / "docs/README.md").read_bytes()
    assert b"| qa |" in written and b"envs/qa" in graph_of(written)
    (root / "docs/README.md").write_bytes(
        written.replace(graph_of(written), b"").replace(b"<!-- hydrogitops graph -->", b"")
    )
    remove(root, "qa")
    assert b"| qa |" not in (root / "docs/README.md").read_bytes()


def test_a_file_that_is_not_there_is_left_out(root: Path) -> None:
    (root / "README.md").unlink()
    changed = add(root, "qa", _of("argocd", "qa"))
    assert changed.remarks == ("README.md is not there, so what it would say of qa is left out",)
    assert not (root / "README.md").exists()


def test_lines_that_both_have_changed_are_refused(root: Path) -> None:
    add(root, "qa", _of("argocd", "qa"))
    edit(root / "README.md", "| qa | staging |", "| qa, for Ada | staging |")
    before = contents(root)
    with pytest.raises(UserError, match=r"README.md has been changed where qa stands") as raised:
        remove(root, "qa")
    assert "README.md back" in raised.value.hint
    assert contents(root) == before


def test_a_configuration_on_one_line_is_refused(root: Path) -> None:
    path = root / ".hydrogitops.yaml"
    text = path.read_text()
    start, end = text.index("environments:\n"), text.index("\nanswers:")
    path.write_text(text[:start] + "environments: {dev: {profile: dev}, staging: {profile: staging}}\n" + text[end:])
    before = contents(root)
    with pytest.raises(UserError, match=r".hydrogitops.yaml cannot be changed"):
        add(root, "qa", _of("argocd", "qa"))
    assert contents(root) == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dev", "there is an environment dev already"),
        ("Qa", "NAME: "),
        ("../qa", "NAME: "),
        ("", "NAME: "),
        ("{{ x }}", "NAME: "),
    ],
)
def test_names_that_cannot_be(root: Path, name: str, message: str) -> None:
    before = contents(root)
    with pytest.raises(UserError, match=message):
        add(root, name, _of("argocd", "qa"))
    assert contents(root) == before


def test_missing_and_wrong_answers_are_told_at_once(root: Path) -> None:
    before = contents(root)
    with pytest.raises(UserError) as raised:
        add(root, "qa", {"namespace": "Not Valid"})
    assert raised.value.message.startswith("3 answers are missing or wrong")
    for path in ("environments.qa.profile", "environments.qa.cluster.server", "environments.qa.namespace"):
        assert path in raised.value.message
    with pytest.raises(UserError, match=r"environments\.qa\.wrong"):
        add(root, "qa", _of("argocd", "qa") | {"wrong": 1})
    assert contents(root) == before


def test_two_environments_in_one_namespace_of_one_cluster(root: Path) -> None:
    with pytest.raises(UserError, match="missing or wrong"):
        add(root, "qa", _of("argocd", "dev"))


def test_a_password_is_no_answer(root: Path) -> None:
    word = "hunter2-Zq8vKp2xLm4w"
    with pytest.raises(UserError) as raised:
        add(root, "qa", _of("argocd", "qa"), settings=[f"password={word}"])
    assert word not in raised.value.message + raised.value.hint


def test_the_dialogue_asks_for_what_is_missing_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    asked = []

    def ask(question: Question) -> str:
        asked.append(question.path)
        return {"profile": "staging"}.get(str(question.path[-1]), "https://qa.example.com")

    add(root, "qa", {}, no_input=False, ask=ask)
    assert asked == [("environments", "qa", "profile"), ("environments", "qa", "cluster", "server")]
    configuration: Any = load((root / ".hydrogitops.yaml").read_text())
    found = configuration["answers"]["environments"]
    # Its nodes are like those of the one before.
    assert found["qa"]["pools"] == found["staging"]["pools"]


def test_open_answers_are_named(tmp_path: Path) -> None:
    root = made(tmp_path / "open", {})
    changed = add(root, "qa", {}, settings=["profile=staging"], allow_open=True)
    assert [path for path, _ in changed.open] == ["environments.qa.cluster.server"]
    remove(root, "prod")
    # Nothing is known of any: nothing has to be of one more.
    assert add(root, "prod", {}).open


def finding(fingerprint: str, message: str) -> Finding:
    return Finding(
        "a/b", "error", message, "x.yaml", 1, 1, 1, 2, (), (), (), "source", "proven", None, fingerprint
    )  # fmt: skip


def judging(*rounds: tuple[Finding, ...]) -> Iterator[Any]:
    left = list(rounds)

    def lint(_: Path) -> Report:
        return Report(left.pop(0), Coverage())

    return lint  # type: ignore[return-value]


@pytest.mark.parametrize("how", ["add", "remove"])
def test_what_would_not_be_sound_is_refused(root: Path, how: str) -> None:
    add(root, "qa", _of("argocd", "qa"))
    before = contents(root)
    old, other = finding("1", "old"), finding("2", "that is new")
    with pytest.raises(UserError, match=r"would not be sound:\n  x.yaml:1: that is new \[a/b\]$"):
        if how == "add":
            add(root, "qb", _of("argocd", "qb"), lint=judging((old,), (old, other)))
        else:
            remove(root, "qa", lint=judging((old,), (old, other)))
    assert contents(root) == before
    # What was wrong before is in nobody's way.
    remove(root, "qa", lint=judging((old,), (old,)))


def test_what_could_not_be_judged_of_it_is_said(root: Path) -> None:
    gaps = tuple(Unseen(f"what {name} applies", "no engine is installed", environment=name) for name in ("prod", "qa"))
    changed = add(root, "qa", _of("argocd", "qa"), lint=lambda _: Report((), Coverage(not_seen=gaps)))
    assert changed.remarks == ("not judged: what qa applies: no engine is installed",)


def test_the_copy_that_is_judged_is_the_whole_repository(root: Path) -> None:
    (root / "more.yaml").write_text("a: 1\n")
    (root / "link.yaml").symlink_to("more.yaml")
    seen: list[dict[str, bytes]] = []

    def lint(folder: Path) -> Report:
        seen.append({name: content for name, (content, _) in contents(folder).items()})
        assert (folder / "link.yaml").is_symlink()
        return Report((), Coverage())

    before = {name: content for name, (content, _) in contents(root).items()}
    add(root, "qa", _of("argocd", "qa"), lint=lint)
    after = {name: content for name, (content, _) in contents(root).items()}
    assert seen == [before, after]


def test_something_in_the_way(root: Path) -> None:
    (root / "environments/qa").mkdir()
    (root / "environments/qa/config.yaml").write_text("mine\n")
    with pytest.raises(UserError, match=r"environments/qa/config.yaml is there already"):
        add(root, "qa", _of("argocd", "qa"))
    assert not (root / "apps/hydrosphere/envs/qa").exists()


def test_a_file_that_is_another_by_now(root: Path) -> None:
    def lint(_: Path) -> Report:
        (root / "README.md").write_text("somebody else\n")
        return Report((), Coverage())

    with pytest.raises(UserError, match=r"README.md has changed in the meantime"):
        add(root, "qa", _of("argocd", "qa"), lint=lint)
    assert not (root / "apps/hydrosphere/envs/qa").exists()


def test_the_last_one_and_unknown_ones_stay(root: Path) -> None:
    with pytest.raises(UserError, match="no environment stagin") as raised:
        remove(root, "stagin")
    assert raised.value.hint == "did you mean staging?"
    remove(root, "staging")
    with pytest.raises(UserError, match="dev is the only environment"):
        remove(root, "dev")


def test_nothing_is_lost_unasked(root: Path) -> None:
    add(root, "qa", _of("argocd", "qa"))
    commit(root)
    sealed = root / "apps/hydrosphere/envs/qa/values.yaml"
    edit(sealed, "# ", "# mine: ")
    (root / "environments/qa/notes.md").write_text("by hand\n")
    before = contents(root)
    with pytest.raises(
        UserError, match=r"would be lost.*\n  apps/hydrosphere/envs/qa/values.yaml\n  environments/qa/notes.md$"
    ):
        remove(root, "qa")
    assert contents(root) == before
    commit(root)
    # Now git has it.
    remove(root, "qa")
    assert not list(root.rglob("qa"))
    subprocess.run(["git", "checkout", "--quiet", "--", "."], cwd=root, check=True)
    assert contents(root) == before
    edit(sealed, "# mine: ", "# ours: ")
    remove(root, "qa", force=True)
    assert not list(root.rglob("qa"))


def test_a_repository_that_new_did_not_write(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n")
    for call in (lambda: add(tmp_path, "qa", {}), lambda: remove(tmp_path, "qa")):
        with pytest.raises(UserError, match="holds no answers"):
            call()
