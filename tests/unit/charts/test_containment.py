"""What reaches outside a repository is found before any engine runs."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from hydrogitops.charts import chart_files, containment
from hydrogitops.charts.containment import Problem, inspect, inspect_chart, survey
from tests.unit.charts.trees import OVERLAY, chart, reader, write

RESOURCE = "kind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with something beside it that must not be read."""
    write(tmp_path, {"secret.yaml": "password: hunter2\n", "outside/kustomization.yaml": "resources: []\n"})
    return write(tmp_path / "repository", {"a.yaml": RESOURCE, "base/kustomization.yaml": "resources: [../a.yaml]\n"})


def found(root: Path, folder: str = "env") -> list[tuple[str, str, tuple[str | int, ...]]]:
    return [(problem.kind, problem.file, problem.path) for problem in inspect(root, folder, reader(root))]


def test_a_repository_that_keeps_to_itself_is_clean(root: Path) -> None:
    write(root, chart())
    write(root, {"envs/prod/kustomization.yaml": OVERLAY + GOOD, "envs/prod/values.yaml": "word: x\n"})
    write(root, {"envs/prod/p.yaml": RESOURCE, "envs/prod/foo@2x.yaml": RESOURCE, "envs/prod/t.yaml": TRANSFORMER})
    write(root, {"shared/kustomization.yaml": "kind: Component\npatches: [{path: ../a.yaml}]\n"})

    seen = survey(root, "envs/prod", reader(root))

    assert seen.problems == ()
    assert seen.charts == ("charts/app",)
    assert sorted(seen.files) == [
        "a.yaml", "base/kustomization.yaml", "envs/prod/foo@2x.yaml", "envs/prod/kustomization.yaml",
        "envs/prod/p.yaml", "envs/prod/t.yaml", "envs/prod/values.yaml", "shared/kustomization.yaml",
    ]  # fmt: skip


GOOD = """\
resources: [../../base, p.yaml, foo@2x.yaml]
components: [../../shared]
patches:
  - path: p.yaml
  - patch: |
      kind: ConfigMap
      path: /etc/passwd
patchesStrategicMerge:
  - |
    kind: ConfigMap
    metadata: {name: a}
configMapGenerator:
  - {name: m, files: [p.yaml, key=p.yaml], envs: [p.yaml], literals: [a=/etc/passwd]}
transformers: [t.yaml]
commonAnnotations: {source: https://example.org/a}
"""
TRANSFORMER = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\npath: p.yaml\n"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.yaml",
        "HTTP://example.org/a.yaml",
        "http:a.yaml",
        "github.com/org/repo/folder?ref=main",
        "github.com:org/repo",
        "git@github.com:org/repo.git",
        "user@host/org/repo",
        "git::https://example.org/org/repo",
        "git::git::ssh://example.org/org/repo",
        "ssh://git@example.org/repo",
        "file:///etc",
        "oci://example.org/chart",
        "a/b?ref=main",
        " https://example.org/a.yaml",
    ],
)
@pytest.mark.parametrize("key", ["resources", "bases", "components", "Resources", "reſources"])
def test_an_address_is_remote(root: Path, key: str, address: str) -> None:
    write(root, {"env/kustomization.yaml": f"{key}: ['{address}']\n"})

    assert found(root) == [("remote", "env/kustomization.yaml", (key, 0))]


ENTRIES = {
    "resources: [{}]": ("resources", 0),
    "bases: [{}]": ("bases", 0),
    "components: [{}]": ("components", 0),
    "crds: [{}]": ("crds", 0),
    "configurations: [{}]": ("configurations", 0),
    "generators: [{}]": ("generators", 0),
    "transformers: [{}]": ("transformers", 0),
    "validators: [{}]": ("validators", 0),
    "patchesStrategicMerge: [{}]": ("patchesStrategicMerge", 0),
    "patches: [{{patch: x}}, {{path: {}}}]": ("patches", 1, "path"),
    "PATCHES: [{{Path: {}}}]": ("PATCHES", 0, "Path"),
    "patchesJson6902: [{{path: {}, target: {{}}}}]": ("patchesJson6902", 0, "path"),
    "replacements: [{{path: {}}}]": ("replacements", 0, "path"),
    "openapi: {{path: {}}}": ("openapi", "path"),
    "configMapGenerator: [{{files: [{}]}}]": ("configMapGenerator", 0, "files", 0),
    "configMapGenerator: [{{files: ['key={}']}}]": ("configMapGenerator", 0, "files", 0),
    "configMapGenerator: [{{envs: [{}]}}]": ("configMapGenerator", 0, "envs", 0),
    "secretGenerator: [{{env: {}}}]": ("secretGenerator", 0, "env"),
    "secretGenerator: [{{files: [{}]}}]": ("secretGenerator", 0, "files", 0),
    "helmCharts: [{{valuesFile: {}}}]": ("helmCharts", 0, "valuesFile"),
    "helmCharts: [{{additionalValuesFiles: [{}]}}]": ("helmCharts", 0, "additionalValuesFiles", 0),
    "helmChartInflationGenerator: [{{values: {}, chartName: ''}}]": ("helmChartInflationGenerator", 0, "valuesfile"),
    "transformers: ['{{path: {}}}']": ("transformers", 0),
    'generators: ["kind: ConfigMapGenerator\\nfiles: [k={}]\\n"]': ("generators", 0),
    'generators: ["kind: x\\n--- {{kind: ConfigMapGenerator, envs: [{}]}}\\n"]': ("generators", 0),
    'transformers: ["kind: List\\nitems: [{{kind: ReplacementTransformer, replacements: [{{path: {}}}]}}]\\n"]': (
        "transformers", 0,
    ),
}  # fmt: skip
OUTSIDE = {
    "../../secret.yaml": "outside",
    "x/../../../secret.yaml": "outside",
    "/etc/passwd": "outside",
    "link.yaml": "link",
    "folder/secret.yaml": "link",
    "https://example.org/x": "remote",
    "gone.yaml": "missing",
    "50m.yaml": "too-large",
    "pipe": "unreadable",
}


@pytest.mark.parametrize("target", OUTSIDE)
@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_that_names_a_file_is_looked_at(root: Path, entry: str, target: str) -> None:
    write(root, {"env/kustomization.yaml": entry.format(target) + "\n"})
    (root / "env/link.yaml").symlink_to("../../secret.yaml")
    (root / "env/folder").symlink_to("../..")
    (root / "env/50m.yaml").touch()
    os.truncate(root / "env/50m.yaml", 50 * 2**20)
    os.mkfifo(root / "env/pipe")

    assert found(root) == [(OUTSIDE[target], "env/kustomization.yaml", ENTRIES[entry])]


@pytest.mark.parametrize(
    ("charts", "kind"),
    [
        ("helmGlobals: {chartHome: ../../outside}\nhelmCharts: [{name: app}]", "outside"),
        ("helmGlobals: {chartHome: /etc}\nhelmCharts: [{name: app}]", "outside"),
        ("helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: ../../outside}]", "outside"),
        ("helmCharts: [{name: app, repo: https://example.org, version: ../../../../../x}]", "outside"),
        ("helmGlobals: {chartHome: link}\nhelmCharts: [{name: app}]", "link"),
        ("helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: gone}]", "lost-chart"),
        (
            "helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: app, repo: https://x.org, version: 1.0.0}]",
            "no-chart",
        ),
        (
            "helmGlobals: {chartHome: ../charts}\nHelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: app}]",
            "unreadable",
        ),
        ("helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: app, Name: ../../x}]", "unreadable"),
        ("generators: ['{kind: HelmChartInflationGenerator, name: app, chartHome: ../../outside}']", "outside"),
        ("helmChartInflationGenerator: [{chartName: app, chartHome: ../../outside}]", "outside"),
        ("helmChartInflationGenerator: [{chartName: app, chartHome: ../charts}]", None),
        ("helmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: app, repo: https://x.org}]", None),
    ],
)
def test_a_chart_is_looked_for_where_kustomize_looks(root: Path, charts: str, kind: str | None) -> None:
    write(root, chart())
    write(root, {"env/kustomization.yaml": charts + "\n"})
    (root / "env/link").symlink_to("../../outside")

    assert [problem[0] for problem in found(root)] == ([] if kind is None else [kind])


@pytest.mark.parametrize(
    ("files", "file", "path"),
    [
        ({"env/kustomization.yaml": "resources: [.]\n"}, "env/kustomization.yaml", ("resources", 0)),
        ({"env/kustomization.yaml": "resources: [..]\n"}, "env/kustomization.yaml", ("resources", 0)),
        (
            {"env/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "components: [../c]\n",
             "c/kustomization.yaml": "bases: [../b]\n"},
            "c/kustomization.yaml", ("bases", 0),
        ),
        (
            {"env/kustomization.yaml": "resources: [../b/kustomization.yaml, ../b]\n",
             "b/kustomization.yaml": "resources: [../env]\n"},
            "b/kustomization.yaml", ("resources", 0),
        ),
    ],
    ids=["itself", "what-holds-it", "three", "named-as-a-file-too"],
)  # fmt: skip
def test_a_circle_ends(root: Path, files: dict[str, str], file: str, path: tuple[str | int, ...]) -> None:
    write(root, files)

    assert found(root) == [("cycle", file, path)]


def test_a_base_that_two_overlays_share_is_no_circle(root: Path) -> None:
    write(root, {"env/kustomization.yaml": "resources: [../b, ../c]\n"})
    write(root, {f"{name}/kustomization.yaml": "resources: [../base]\n" for name in "bc"})

    assert found(root) == []


def test_what_lies_below_is_reported_where_it_is_written(root: Path) -> None:
    write(root, {"env/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [/etc/passwd]\n"})

    assert found(root) == [("outside", "b/kustomization.yaml", ("resources", 0))]


@pytest.mark.parametrize(
    ("files", "kind", "file"),
    [
        ({}, "missing", "env"),
        ({"env/a.yaml": RESOURCE}, "missing", "env"),
        ({"env/kustomization.yaml": "a: [\n"}, "unreadable", "env/kustomization.yaml"),
        ({"env/kustomization.yaml": "- a\n"}, "unreadable", "env/kustomization.yaml"),
        ({"env/kustomization.yaml": "a: 1\n---\nb: 2\n"}, "unreadable", "env/kustomization.yaml"),
        ({"env/kustomization.yml": "resources: [https://a.b]\n"}, "remote", "env/kustomization.yml"),
        ({"env/Kustomization": "resources: [https://a.b]\n"}, "remote", "env/Kustomization"),
        (
            {"env/kustomization.yaml": "transformers: [t.yaml]\n", "env/t.yaml": "a: [\n"},
            "unreadable",
            "env/kustomization.yaml",
        ),
        (
            {"env/kustomization.yaml": "generators: [g]\n", "env/g/kustomization.yaml": ""},
            "unreadable",
            "env/kustomization.yaml",
        ),
    ],
)
def test_what_cannot_be_read_is_said(root: Path, files: dict[str, str], kind: str, file: str) -> None:
    write(root, files)

    assert [problem[:2] for problem in found(root)] == [(kind, file)]


def test_links_inside_the_repository_are_followed_and_remembered(root: Path) -> None:
    write(
        root,
        {"real/kustomization.yaml": "resources: [../a.yaml]\n", "env/kustomization.yaml": "resources: [b, c.yaml]\n"},
    )
    (root / "env/b").symlink_to("../real")
    (root / "env/c.yaml").symlink_to("../a.yaml")

    seen = survey(root, "env", reader(root))

    assert seen.problems == ()
    assert seen.aliases == (("env/b", "real"), ("env/c.yaml", "a.yaml"))


def test_a_folder_that_leads_out_is_not_entered(root: Path) -> None:
    (root / "env").symlink_to("../outside")

    assert inspect(root, "env", reader(root)) == (
        Problem("link", "env", (), "env leads out of the repository by a symbolic link"),
    )
    assert [problem.kind for problem in inspect(root, "../outside", reader(root))] == ["outside"]


def test_problems_without_end_end(root: Path) -> None:
    write(root, {"env/kustomization.yaml": "resources: [" + "/x, " * 5000 + "/x]\n"})

    assert len(inspect(root, "env", reader(root))) == containment.MOST_PROBLEMS


def charted(root: Path, name: str = "charts/app") -> list[tuple[str, str]]:
    return [(problem.kind, problem.message) for problem in inspect_chart(root, Path(name))]


def test_a_chart_that_keeps_to_itself_is_clean(root: Path) -> None:
    write(root, chart())
    (root / "charts/app/files").mkdir()
    (root / "charts/app/files/a.yaml").symlink_to("../../../a.yaml")

    assert charted(root) == []


@pytest.mark.parametrize(
    "target", ["../../../../secret.yaml", "/etc/passwd", "../../../../outside", "/dev/zero", "/gone"]
)
def test_a_link_in_a_chart_that_leads_out_is_found(root: Path, target: str) -> None:
    write(root, chart())
    (root / "charts/app/templates/x.yaml").symlink_to(target)

    assert charted(root) == [("link", "templates/x.yaml in the chart leads out of the repository by a symbolic link")]


def test_a_link_behind_a_link_is_found(root: Path) -> None:
    write(root, chart() | {"elsewhere/deep/x.yaml": ""})
    (root / "elsewhere/deep/out").symlink_to("../../../outside")
    (root / "charts/app/files").symlink_to("../../elsewhere")

    assert charted(root) == [("link", "files/deep/out in the chart leads out of the repository by a symbolic link")]


def test_a_link_that_goes_in_circles_is_found(root: Path) -> None:
    write(root, chart())
    (root / "charts/app/templates/up").symlink_to("..")

    assert charted(root) == [("cycle", "templates/up in the chart is a link to a folder that holds it")]


def test_a_chart_that_is_a_link_out_is_found(root: Path) -> None:
    (root / "charts").symlink_to("../outside")

    assert [kind for kind, _ in charted(root, "charts")] == ["link"]


def test_a_chart_of_too_many_files_or_bytes_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, chart())
    monkeypatch.setattr(chart_files, "MOST_FILES", 2)
    assert [kind for kind, _ in charted(root)] == ["too-large"]

    monkeypatch.undo()
    os.truncate(root / "charts/app/values.yaml", chart_files.LARGEST_CHART)
    assert [kind for kind, _ in charted(root)] == ["too-large"]


def archive(file: Path, *members: tarfile.TarInfo, text: str = "name: app\n") -> None:
    """A chart archive with a Chart.yaml and further members."""
    described = tarfile.TarInfo("app/Chart.yaml")
    described.size = len(text)
    with tarfile.open(file, "w:gz") as packed:
        packed.addfile(described, io.BytesIO(text.encode()))
        for extra in members:
            packed.addfile(extra)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


@pytest.mark.parametrize(
    ("members", "kinds"),
    [
        ([], []),
        ([member("app/a"), member("app", tarfile.DIRTYPE)], []),
        ([member("app/../../x")], ["outside"]),
        ([member("/etc/passwd")], ["outside"]),
        ([member("app/x", tarfile.SYMTYPE, "/etc/passwd")], ["link"]),
        ([member("app/x", tarfile.LNKTYPE, "app/y")], ["link"]),
    ],
)
def test_an_archive_is_looked_through(root: Path, members: list[tarfile.TarInfo], kinds: list[str]) -> None:
    archive(root / "app.tgz", *members)

    assert [kind for kind, _ in charted(root, "app.tgz")] == kinds


def test_an_archive_that_is_none_or_swells_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "app.tgz").write_bytes(b"\x1f\x8b rubbish")
    assert [kind for kind, _ in charted(root, "app.tgz")] == ["unreadable"]

    archive(root / "app.tgz", text="x" * 5000)
    monkeypatch.setattr(chart_files, "LARGEST_CHART", 4096)
    assert [kind for kind, _ in charted(root, "app.tgz")] == ["too-large"]
