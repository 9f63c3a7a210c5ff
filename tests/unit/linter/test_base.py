"""The base revision: built again only where a label may have moved, nothing left behind, and said where it fails."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter import base
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import commit
from tests.unit.charts.trees import chart

from .history import Past, told, without_settings
from .sealed import secret, value

needs_engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

DRIFT = "secrets/label-drift"
K, P = "envs/prod/kustomization.yaml", "envs/prod"
PATCHED = (
    "resources: [db.yaml, map.yaml, settings]\nhelmGlobals: {chartHome: ../../charts}\n"
    "helmCharts: [{name: app, releaseName: app, valuesFile: values.yaml}]\n"
    "patches:\n  - {path: p.yaml, target: {kind: ConfigMap, name: m}}\n  - {path: own.yaml}\n"
)
TREE = {
    **chart(),
    K: PATCHED,
    f"{P}/db.yaml": secret(),
    f"{P}/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: ml}\n",
    f"{P}/settings/kustomization.yaml": "resources: [more.yaml]\nconfigMapGenerator: [{name: g, files: [app.conf]}]\n",
    f"{P}/settings/app.conf": "a=b\n",
    f"{P}/settings/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n, namespace: ml}\n",
    f"{P}/p.yaml": "- {op: add, path: /data, value: {a: b}}\n",
    f"{P}/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: ml}\ndata: {c: d}\n",
    f"{P}/values.yaml": "word: prod\n",
    "README.md": "x\n",
}


@pytest.fixture(autouse=True)
def _only_this_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    without_settings(monkeypatch)


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of its own."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder


def counted(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The environments that were built again, each time."""
    asked: list[set[str]] = []
    rebuilt = base._rebuilt

    def counting(*arguments: object) -> object:
        asked.append(set(arguments[1]))  # type: ignore[call-overload]
        return rebuilt(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(base, "_rebuilt", counting)
    return asked


MOVES: list[tuple[str, dict[str, str | None], bool]] = [
    ("the values", {f"{P}/values.yaml": "word: other\n"}, False),
    ("the chart", {"charts/app/values.yaml": "word: other\n"}, False),
    ("a document of another kind", {f"{P}/map.yaml": str(TREE[f"{P}/map.yaml"]) + "data: {a: b}\n"}, False),
    ("a patch for another kind", {f"{P}/p.yaml": "- {op: add, path: /data, value: {a: c}}\n"}, False),
    ("a patch that names another kind", {f"{P}/own.yaml": str(TREE[f"{P}/own.yaml"]) + "immutable: true\n"}, False),
    ("the README", {"README.md": "y\n"}, False),
    ("the configuration", {".hydrogitops.yaml": "version: 1\n"}, False),
    ("a comment in the kustomization", {K: PATCHED + "# x\n"}, False),
    ("images, labels", {K: PATCHED + "images: [{name: a, newTag: b}]\nlabels: [{pairs: {a: b}}]\n"}, False),
    ("a further patch for another kind", {K: PATCHED + "  - {path: p.yaml, target: {kind: ConfigMap, name: n}}\n"}, False),
    ("a sealed value", {f"{P}/db.yaml": secret(keys={"password": value(1)})}, False),
    ("a label in the document", {f"{P}/db.yaml": secret("x")}, True),
    ("a prefix", {K: PATCHED + "namePrefix: x-\n"}, True),
    ("a prefix further down", {f"{P}/settings/kustomization.yaml": "resources: [more.yaml]\nnamePrefix: x-\n"}, True),
    ("a patch of unknown kind", {K: PATCHED + "  - {path: p.yaml, target: {name: m}}\n"}, True),
    ("a file for a generator", {f"{P}/settings/app.conf": "b=c\n"}, False),
    ("a patch that was for it", {f"{P}/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: ml}\n# SealedSecret\n"}, False),
]  # fmt: skip


@needs_engines
@pytest.mark.parametrize(("change", "again"), [case[1:] for case in MOVES], ids=[case[0] for case in MOVES])
def test_what_is_built_again(
    change: dict[str, str | None], again: bool, tmp_path: Path, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past.of(tmp_path / "repository", TREE)
    past.change(change)
    asked = counted(monkeypatch)
    past.judge(DRIFT)
    assert asked == ([{"prod"}] if again else [])
    assert list(left.iterdir()) == []


@needs_engines
@pytest.mark.parametrize(
    ("rules", "since"), [(("secrets/placeholder",), "HEAD"), ((DRIFT,), None)], ids=["no rule asks", "no revision"]
)
def test_nothing_is_asked_of_git_in_vain(
    rules: tuple[str, ...], since: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past.of(tmp_path, TREE)
    past.change({K: PATCHED + "namePrefix: x-\n"})
    monkeypatch.setattr(base, "with_base", pytest.fail)
    past.judge(*rules, since=since)


@needs_engines
def test_a_rule_that_is_off_asks_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past.of(
        tmp_path, {**TREE, ".hydrogitops.yaml": 'version: 1\nrules: {secrets/label-drift: {severity: "off"}}\n'}
    )
    past.change({K: PATCHED + "namePrefix: x-\n"})
    monkeypatch.setattr(base, "with_base", pytest.fail)
    past.judge(DRIFT)


@needs_engines
def test_a_base_that_does_not_build_is_said_and_fails_nothing(tmp_path: Path, left: Path) -> None:
    past = Past.of(tmp_path / "repository", {**TREE, K: PATCHED.replace("map.yaml", "gone.yaml")})
    past.change({K: PATCHED + "namePrefix: x-\n"})
    report = past.judge(DRIFT)
    (gap,) = report.coverage.not_seen
    assert (gap.environment, report.incomplete, told(report)) == ("prod", (), [])
    assert "label" in gap.what
    assert str(left) not in gap.reason
    assert list(left.iterdir()) == []


@needs_engines
def test_a_base_with_a_wrong_configuration_is_said(tmp_path: Path, left: Path) -> None:
    past = Past.of(tmp_path / "repository", {**TREE, ".hydrogitops.yaml": "version: 2\n"})
    past.change({".hydrogitops.yaml": "version: 1\n", K: PATCHED + "namePrefix: x-\n"})
    assert [gap.environment for gap in past.judge(DRIFT).coverage.not_seen] == ["prod"]
    assert list(left.iterdir()) == []


@needs_engines
def test_nothing_is_left_when_a_run_breaks_off(tmp_path: Path, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past.of(tmp_path / "repository", TREE)
    past.change({K: PATCHED + "namePrefix: x-\n"})

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(base, "see", interrupted)
    with pytest.raises(KeyboardInterrupt):
        past.judge(DRIFT)
    assert list(left.iterdir()) == []


@needs_engines
def test_an_environment_by_the_name_of_the_root(tmp_path: Path) -> None:
    past = Past.of(tmp_path / "scorer", {"kustomization.yaml": "resources: [db.yaml]\n", "db.yaml": secret()})
    past.change({"kustomization.yaml": "resources: [db.yaml]\nnamePrefix: x-\n"})
    assert told(past.judge(DRIFT)) == [("label-drift", "kustomization.yaml", 2)]


@needs_engines
def test_a_repository_below_the_root_of_git(tmp_path: Path) -> None:
    past = Past.of(tmp_path, {"part/.hydrogitops.yaml": "version: 1\n", **{f"part/{k}": v for k, v in TREE.items()}})
    past.change({f"part/{K}": PATCHED + "namePrefix: x-\n"})
    report = Past(tmp_path / "part").judge(DRIFT)
    assert told(report) == [("label-drift", K, PATCHED.count("\n") + 1)]


@needs_engines
def test_a_chart_that_seals(tmp_path: Path) -> None:
    """Then the values may move a label as well."""
    template = secret("{{ .Values.word }}", namespace="ml")
    files = {**chart(), "charts/app/templates/db.yaml": template, K: PATCHED.replace("db.yaml, ", ""), **{
        name: text for name, text in TREE.items() if name.startswith(P) and name not in (K, f"{P}/db.yaml")
    }}  # fmt: skip
    past = Past.of(tmp_path, files)
    past.change({f"{P}/values.yaml": "word: other\n"})
    assert [one[0] for one in told(past.judge(DRIFT))] == ["label-drift"]


def test_a_kept_report_is_of_one_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files, the same names changed, another revision to compare with."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    past = Past.of(tmp_path / "repository", {"m.yaml": secret()})
    now = secret("x")
    past.change({"m.yaml": now})
    options = Options(only=frozenset((DRIFT,)), since="HEAD")

    def found() -> list[str]:
        return [one.rule for one in cached_run([past.root], options).report.findings]

    assert found() == [DRIFT]
    past.change({"m.yaml": now + "# a comment\n"})
    commit(past.root)
    past.change({"m.yaml": now})
    assert found() == []


@needs_engines
@pytest.mark.parametrize("name", ["sealing.pem", "sealing-old/a.pem", "sealed.json"])
def test_what_an_environment_seals_with_reaches_it(name: str, tmp_path: Path) -> None:
    past = Past.of(tmp_path, {**TREE, "envs/dev/kustomization.yaml": "resources: [../prod]\nnamePrefix: dev-\n"})
    past.change({f"environments/dev/{name}": "{}"})
    assert past.judge(DRIFT).coverage.environments == ("dev",)


def test_a_certificate_elsewhere_reaches_its_environment(tmp_path: Path) -> None:
    configuration = "version: 1\nenvironments:\n  plain: {certificate: keys/own.pem}\n"
    past = Past.of(tmp_path, {"m.yaml": secret(), ".hydrogitops.yaml": configuration})
    past.change({"keys/other.pem": "x"})
    assert past.judge(DRIFT).coverage.environments == ()
    past.change({"keys/own.pem": "x"})
    assert past.judge(DRIFT).coverage.environments == ("plain",)
