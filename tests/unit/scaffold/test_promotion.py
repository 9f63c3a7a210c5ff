"""`version/` of one environment in the place of another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hydrogitops.model import Coverage, Finding, Occurrence, Report, UserError
from hydrogitops.scaffold import promotion
from hydrogitops.scaffold.promotion import Promotion
from tests.golden.trees import commit, write
from tests.unit.linter.history import without_settings

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: apps}}\ndata: {{mode: {mode}}}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [{names}]\n"


def environment(name: str, mode: str, *more: str) -> dict[str, str]:
    files = {
        "kustomization.yaml": "resources: [own.yaml]\ncomponents: [version]\n",
        "own.yaml": CONFIG.format(name="own", mode=name),
        "version/kustomization.yaml": COMPONENT.format(names=", ".join(["x.yaml", *more])),
        "version/x.yaml": CONFIG.format(name="x", mode=mode),
    }
    files |= {f"version/{one}": CONFIG.format(name=one.removesuffix(".yaml"), mode=mode) for one in more}
    return {f"envs/{name}/{path}": text for path, text in files.items()}


TREE = {**environment("dev", "two", "new.yaml"), **environment("prod", "one", "old.yaml")}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "tree", TREE)


def nothing_found(_: Path) -> Report:
    return Report((), Coverage())


def prepare(
    root: Path, source: str = "dev", target: str = "prod", lint: promotion.staging.Lint = nothing_found
) -> Promotion:
    return promotion.prepare(root, source, target, lint=lint)


def contents(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def promoted(tree: dict[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in tree.items() if not name.startswith("envs/prod/version/")}
    dev = {name: text for name, text in tree.items() if name.startswith("envs/dev/version/")}
    return kept | {name.replace("/dev/", "/prod/"): text for name, text in dev.items()}


@pytest.mark.parametrize("git", [True, False])
def test_the_folder_is_the_unit(root: Path, git: bool) -> None:
    if git:
        commit(root)
    (root / "envs/dev/version/x.yaml").chmod(0o755)
    found = prepare(root)
    assert found.difference is not None
    assert [(one.how, one.name) for one in found.difference.objects] == [
        ("added", "new"), ("removed", "old"), ("changed", "x")
    ]  # fmt: skip
    assert contents(root) == TREE
    found.carry_out()
    assert contents(root) == promoted(TREE)
    assert (root / "envs/prod/version/x.yaml").stat().st_mode & 0o777 == 0o755
    assert prepare(root).difference is None


def test_what_git_ignores_is_not_promoted(root: Path) -> None:
    write(root, {".gitignore": "*.swp\n", "envs/dev/version/.x.yaml.swp": "x"})
    commit(root)
    prepare(root).carry_out()
    assert not (root / "envs/prod/version/.x.yaml.swp").exists()


def test_what_is_not_committed_is_said(root: Path) -> None:
    commit(root)
    assert prepare(root).remarks == ()
    write(root, {"envs/prod/version/x.yaml": CONFIG.format(name="x", mode="mine")})
    assert prepare(root).remarks == ("envs/prod/version/x.yaml is not committed as it is, and gets replaced",)


def test_of_many_that_are_not_committed_only_the_number_is_said(root: Path) -> None:
    commit(root)
    write(root, {f"envs/prod/version/{number}.yaml": "a: 1\n" for number in range(4)})
    assert prepare(root).remarks == ("4 files of envs/prod/version are not committed as they are, and get replaced",)


@pytest.mark.parametrize(
    ("source", "target", "message", "hint"),
    [
        ("dev", "prd", "no environment prd", "did you mean prod?"),
        ("nowhere", "prod", "no environment nowhere", "there are: dev, prod"),
        ("dev", "dev", "dev cannot be promoted to itself", "name two environments"),
    ],
)
def test_environments_that_are_none(root: Path, source: str, target: str, message: str, hint: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        prepare(root, source, target)
    assert raised.value.hint == hint


def test_environments_without_the_folder(root: Path) -> None:
    write(
        root,
        {"envs/qa/kustomization.yaml": "resources: [a.yaml]\n", "envs/qa/a.yaml": CONFIG.format(name="a", mode="b")},
    )
    for pair in (("dev", "qa"), ("qa", "dev")):
        with pytest.raises(UserError, match=r"qa reads no folder version/"):
            prepare(root, *pair)


def finding(fingerprint: str, *environments: str, severity: str = "error") -> Finding:
    return Finding(
        "a/b", "error", "wrong", "x.yaml", 1, 1, 1, 2, environments,
        tuple(Occurrence(name, severity, "wrong", None) for name in environments),  # type: ignore[arg-type]
        (), "rendered", "proven", None, fingerprint,
    )  # fmt: skip


def judging(*rounds: tuple[Finding, ...]) -> Callable[[Path], Report]:
    left = list(rounds)
    return lambda _: Report(left.pop(0), Coverage())


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ((), (finding("1", "prod"),), True),
        # What the first environment has already is new to the second.
        ((finding("1", "dev"),), (finding("1", "dev", "prod"),), True),
        ((finding("1", "prod"),), (finding("1", "prod"),), False),
        ((), (finding("1", "dev"),), False),
        ((), (finding("1", "prod", severity="warning"),), False),
        ((), (replace(finding("1", "prod"), suppressed={"by": "comment"}),), False),
    ],
)
def test_what_lint_would_refuse_in_the_target(
    root: Path, before: tuple[Finding, ...], after: tuple[Finding, ...], refused: bool
) -> None:
    found = prepare(root, lint=judging(before, after))
    # What it would change is known all the same.
    assert found.difference is not None and found.difference.objects
    if not refused:
        found.carry_out()
        assert contents(root) == promoted(TREE)
        return
    with pytest.raises(UserError, match=r"with version/ of dev prod would not be sound:\n  x.yaml:1: wrong \[a/b\]"):
        found.carry_out()
    assert contents(root) == TREE


def test_what_does_not_render_is_refused(root: Path) -> None:
    write(root, {"envs/dev/version/kustomization.yaml": COMPONENT.format(names="nowhere.yaml")})
    found = prepare(root)
    with pytest.raises(UserError, match="what prod would apply is not known"):
        found.carry_out()
    assert (root / "envs/prod/version/x.yaml").read_text() == TREE["envs/prod/version/x.yaml"]


def test_a_target_that_has_changed_since_it_was_looked_at(root: Path) -> None:
    found = prepare(root)
    write(root, {"envs/prod/version/x.yaml": "mine\n"})
    with pytest.raises(UserError, match="has changed in the meantime"):
        found.carry_out()
    assert (root / "envs/prod/version/x.yaml").read_text() == "mine\n"


def test_a_link_that_leads_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: 1\n")
    (root / "envs/dev/version/out.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(UserError, match="leads out of the repository"):
        prepare(root)
