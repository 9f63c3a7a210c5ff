"""The engines: what they give, what they refuse, and that nothing hostile outlives or outgrows its bounds."""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hydrogitops.charts import engines as module
from hydrogitops.charts.children import Bounds
from hydrogitops.charts.engines import Build, BuildJob, Engines, RenderFailure, StandIn, versions
from hydrogitops.charts.helm import Values
from hydrogitops.charts.programs import Program, embedded_helm
from tests.unit.charts.trees import OVERLAY, chart, reader, write

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

MIB = 2**20
TIGHT = Bounds(seconds=2, memory=400 * MIB, output=4 * MIB)
"""For charts that never end."""

LOOP = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
FLOOD = '{{ $x := repeat 1048576 "x" }}{{ range until 6 }}{{ $x }}{{ end }}'
SWELL = '{{ $x := "x" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}'

SHOP = {
    **chart(),
    **chart("hooked", {"job.yaml": "kind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: test}}\n"}),
    "envs/dev/kustomization.yaml": OVERLAY,
    "envs/dev/values.yaml": "word: dev\n",
    "envs/prod/kustomization.yaml": OVERLAY + "resources: [namespace.yaml]\n"
    "patches:\n  - target: {kind: ConfigMap}\n    patch: |\n      - {op: add, path: /data/patched, value: 'yes'}\n",
    "envs/prod/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    "envs/prod/values.yaml": "word: prod\n",
    "envs/broken/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n",
    "envs/broken/a.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n",
    "envs/broken/p.yaml": "- {op: remove, path: /data/x}\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    root = write(tmp_path_factory.mktemp("shop"), SHOP)
    with Engines(root, reader(root)) as opened:
        yield opened


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of its own; what is left in it afterwards was left behind."""
    folder = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))  # a socket's address is short
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def failure(outcome: object) -> RenderFailure:
    assert isinstance(outcome, RenderFailure), outcome
    return outcome


def config(text: str) -> dict[str, str]:
    (data,) = [document["data"] for document in yaml.safe_load_all(text) if document["kind"] == "ConfigMap"]
    return dict(data)


def test_renders_a_chart(shop: Engines) -> None:
    text = shop.render(Path("charts/app"), release="rel", namespace="shop", kubernetes="1.31.2")

    assert text.startswith("---\n# Source: app/templates/config.yaml\napiVersion: v1\n")
    assert config(text) == {"kubernetes": "v1.31.2", "word": "default"}


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([{"word": "data"}], "data"),
        (["word: text\n"], "text"),
        ([Path("envs/dev/values.yaml")], "dev"),
        ([Path("envs/dev/values.yaml"), "word: text", {"other": 1}], "text"),
        (["word: 1\n---\nword: second document\n"], "second document"),
        ([{"word": "ünïcödé 😀"}], "ünïcödé 😀"),
    ],
)
def test_later_layers_of_values_win(shop: Engines, layers: list[Values], word: str) -> None:
    assert config(shop.render(Path("charts/app"), layers, release="r", namespace="n"))["word"] == word


def test_a_render_leaves_the_next_one_alone(shop: Engines) -> None:
    first = shop.render(Path("charts/app"), [{"word": "a"}], release="r", namespace="n")
    shop.render(Path("charts/app"), [{"word": "b"}], release="r", namespace="n", kubernetes="1.29")

    assert shop.render(Path("charts/app"), [{"word": "a"}], release="r", namespace="n") == first


def test_tests_are_left_out_when_asked(shop: Engines) -> None:
    assert "kind: Job" in shop.render(Path("charts/hooked"), release="r", namespace="n")
    assert shop.render(Path("charts/hooked"), release="r", namespace="n", skip_tests=True) == "\n"


def test_builds_what_kustomize_builds(shop: Engines) -> None:
    built = shop.build("envs/prod", kubernetes="1.31.2")

    assert [document["kind"] for document in yaml.safe_load_all(built.text)] == ["Namespace", "ConfigMap"]
    assert config(built.text) == {"kubernetes": "v1.31.2", "word": "prod", "patched": "yes"}
    (seen,) = built.charts
    assert (seen.release, seen.namespace, seen.chart) == ("rel", "shop", "charts/app")
    assert config(seen.text) == {"kubernetes": "v1.31.2", "word": "prod"}


def test_builds_side_by_side_and_in_order(shop: Engines) -> None:
    outcomes = shop.build_many([BuildJob("envs/prod"), BuildJob("envs/broken"), BuildJob("envs/dev"), BuildJob("gone")])

    assert [type(outcome) for outcome in outcomes] == [Build, RenderFailure, Build, RenderFailure]
    assert [config(outcome.text)["word"] for outcome in outcomes if isinstance(outcome, Build)] == ["prod", "dev"]
    assert shop.build_many([]) == ()


@pytest.mark.parametrize(
    ("folder", "kind", "message"),
    [
        ("envs/broken", "failed", "remove operation does not apply: doc is missing path"),
        ("gone", "failed", "gone: gone has no kustomization.yaml"),
        ("..", "refused", "..: .. is outside the repository"),
    ],
)
def test_says_why_a_build_failed(shop: Engines, folder: str, kind: str, message: str) -> None:
    with pytest.raises(RenderFailure) as raised:
        shop.build(folder)

    assert raised.value.kind == kind
    assert message in raised.value.message
    assert str(shop.root) not in raised.value.message


def test_dependencies_that_the_engine_would_fetch_are_what_we_lack(tmp_path: Path) -> None:
    """Argo CD and Flux fetch what a chart depends on; kustomize's call of Helm does not."""
    metadata = "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n"
    metadata += "  - {name: db, version: 1.0.0, repository: 'https://charts.example.com'}\n"
    root = write(tmp_path, chart(metadata=metadata))
    write(root, {"envs/dev/kustomization.yaml": OVERLAY, "envs/dev/values.yaml": ""})
    with Engines(root, reader(root)) as engines:
        with pytest.raises(RenderFailure) as raised:
            engines.render(root / "charts/app", release="r", namespace="n")
        (built,) = engines.build_many([BuildJob("envs/dev")])

    assert (raised.value.kind, failure(built).kind) == ("missing", "failed")
    assert raised.value.message == "found in Chart.yaml, but missing in charts/ directory: db"
    assert raised.value.hint == "`helm dependency build charts/app` puts them there"


def test_a_full_disk_is_told_without_our_own_paths(shop: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "a", None, "b")

    monkeypatch.setattr(module, "HelmCalls", full)
    (outcome,) = shop.build_many([BuildJob("envs/prod")])
    assert isinstance(outcome, RenderFailure)
    assert outcome.message.endswith("an engine cannot be run: No space left on device")
    assert outcome.hint == "make room in the folder for temporary files, or set TMPDIR to another"


def test_a_file_that_may_not_be_read_is_named(shop: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(source))

    monkeypatch.setattr("shutil.copyfile", refuse)
    stand_in = StandIn("charts/app", shop.root / "charts/app")
    refused = failure(shop.build_many([BuildJob("envs/prod", stand_in=stand_in)])[0])
    assert (refused.message, refused.hint) == ("envs/prod/kustomization.yaml cannot be read: Permission denied", "")


def test_names_files_as_the_repository_does(tmp_path: Path) -> None:
    root = write(tmp_path, chart(templates={"a.yaml": '{{ fail "no host" }}'}))
    write(root, {"envs/dev/kustomization.yaml": OVERLAY, "envs/dev/values.yaml": ""})
    with Engines(root, reader(root)) as engines:
        failed = failure(engines.build_many([BuildJob("envs/dev")])[0])

        write(root, {"envs/dev/kustomization.yaml": "a: [\n"})
        with pytest.raises(RenderFailure, match=r"^failed to parse envs/dev/kustomization\.yaml: "):
            engines.render(Path("charts/app"), [Path("envs/dev/kustomization.yaml")], release="r", namespace="n")

    assert failed.kind == "failed"
    assert failed.message == "execution error at (app/templates/a.yaml:1:3): no host"


def test_reads_nothing_outside(tmp_path: Path) -> None:
    write(tmp_path, {"secret.yaml": "word: canary\n", "elsewhere/kustomization.yaml": "resources: []\n"})
    root = write(tmp_path / "repository", chart(templates={"a.yaml": 'a: {{ .Files.Get "leak" | quote }}'}))
    write(root, {"envs/dev/kustomization.yaml": OVERLAY, "envs/dev/values.yaml": ""})
    (root / "charts/app/leak").symlink_to("/etc/passwd")
    (root / "link.yaml").symlink_to("../secret.yaml")
    write(root, chart("clean"))

    def rendered(chart: str, *values: Values) -> RenderFailure:
        with pytest.raises(RenderFailure) as raised:
            engines.render(Path(chart), values, release="r", namespace="n")
        return raised.value

    with Engines(root, reader(root)) as engines:
        failures = [
            rendered("charts/app"),
            rendered("../elsewhere/../repository/charts/app"),
            rendered("charts/clean", Path("link.yaml")),
            rendered("charts/clean", Path("../secret.yaml")),
            rendered("charts/clean", tmp_path / "secret.yaml"),
            failure(engines.build_many([BuildJob("envs/dev")])[0]),
            failure(engines.build_many([BuildJob("../elsewhere")])[0]),
        ]

    assert [failed.kind for failed in failures] == ["refused"] * len(failures)
    assert "canary" not in str(failures)


def test_a_chart_elsewhere_is_trusted_but_its_links_are_not(shop: Engines, tmp_path: Path) -> None:
    write(tmp_path, chart())
    assert config(shop.render(tmp_path / "charts/app", release="r", namespace="n"))["word"] == "default"

    (tmp_path / "charts/app/leak").symlink_to("/etc/passwd")
    with pytest.raises(RenderFailure, match="leads out of"):
        shop.render(tmp_path / "charts/app", release="r", namespace="n")


HOSTILE = {"loop": ("timeout", LOOP), "flood": ("output", FLOOD), "swell": ("memory", SWELL)}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_chart_is_stopped_and_the_others_are_rendered(name: str, tmp_path: Path, places: Path) -> None:
    kind, template = HOSTILE[name]
    root = write(tmp_path, SHOP | chart("evil", {"a.yaml": template}))
    write(
        root, {"envs/evil/kustomization.yaml": OVERLAY.replace("name: app", "name: evil"), "envs/evil/values.yaml": ""}
    )

    with Engines(root, reader(root), render=TIGHT) as engines:
        outcomes = engines.build_many([BuildJob(f"envs/{folder}") for folder in ("evil", "dev", "prod")])
        with pytest.raises(RenderFailure) as raised:
            engines.render(Path("charts/evil"), release="r", namespace="n")
        assert config(engines.render(Path("charts/app"), release="r", namespace="n"))["word"] == "default"

    assert failure(outcomes[0]).kind == kind
    assert [type(outcome) for outcome in outcomes[1:]] == [Build, Build]
    assert raised.value.kind == kind
    assert list(places.iterdir()) == []


def test_a_chart_that_passes_its_bounds_again_and_again_is_given_up(tmp_path: Path) -> None:
    root = write(tmp_path, chart("evil", {"a.yaml": "{{ if .Values.loop }}" + LOOP + "{{ end }}"}))
    tight = Bounds(seconds=0.3, memory=400 * MIB, output=MIB)

    with Engines(root, reader(root), render=tight) as engines:
        kinds = []
        for values in ({"loop": True}, {"loop": True}, {"loop": False}):
            with pytest.raises(RenderFailure) as raised:
                engines.render(Path("charts/evil"), [values], release="r", namespace="n")
            kinds.append(raised.value.message.partition(";")[2].strip())

    assert kinds == ["the engine was stopped", "the engine was stopped", "it is not tried again"]


@pytest.mark.parametrize(
    ("program", "bounds", "kind"),
    [
        ("while True: pass", Bounds(0.3, 400 * MIB, MIB), "timeout"),
        ("while True: print('x' * 4096)", Bounds(60, 400 * MIB, MIB), "output"),
        ("kept = []\nwhile True: kept.append(bytearray(2**20))", Bounds(60, 100 * MIB, MIB), "memory"),
        ("import sys; sys.exit('error: sad')", Bounds(60, 400 * MIB, MIB), "failed"),
    ],
)
def test_a_hostile_build_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, bounds: Bounds, kind: str
) -> None:
    root = write(tmp_path, {"kustomization.yaml": "resources: []\n"})
    stand_in = Program((sys.executable, "-I", "-S", "-c", program), "v5.8.1", "binary")
    monkeypatch.setattr(module, "kustomize", lambda _: stand_in)

    with Engines(root, reader(root), build=bounds) as engines, pytest.raises(RenderFailure) as raised:
        engines.build("")

    assert raised.value.kind == kind


def test_a_worker_that_dies_is_started_anew(shop: Engines) -> None:
    first = shop.render(Path("charts/app"), release="r", namespace="n")
    worker = shop._helm(4)._process  # type: ignore[attr-defined]
    os.killpg(worker.pid, signal.SIGSEGV)

    with pytest.raises(RenderFailure, match=r"chart app: Helm crashed \(SIGSEGV\)"):
        shop.render(Path("charts/app"), release="r", namespace="n")
    assert shop.render(Path("charts/app"), release="r", namespace="n") == first


VENDORLESS = OVERLAY.replace("name: app", "name: app\n    repo: https://charts.example.org\n    version: 1.0.0")


def test_a_stand_in_takes_the_place_of_a_chart_that_is_not_there(tmp_path: Path, places: Path) -> None:
    stand_in = write(tmp_path / "elsewhere", chart(values="word: stand-in\n")) / "charts/app"
    root = write(tmp_path / "repository", {"envs/dev/kustomization.yaml": VENDORLESS, "shared/v.yaml": "other: 1\n"})
    (root / "envs/dev/values.yaml").symlink_to("../../shared/v.yaml")
    before = sorted(root.rglob("*"))

    with Engines(root, reader(root)) as engines:
        built = engines.build("envs/dev", stand_in=StandIn("charts/app-1.0.0/app", stand_in))
        with pytest.raises(RenderFailure) as raised:
            engines.build("envs/dev")

    assert config(built.text)["word"] == "stand-in"
    assert [seen.chart for seen in built.charts] == ["charts/app-1.0.0/app"]
    assert (raised.value.kind, raised.value.message) == (
        "missing",
        "envs/dev/kustomization.yaml: chart app is not in the repository at charts/app-1.0.0/app",
    )
    assert sorted(root.rglob("*")) == before
    assert list(places.iterdir()) == []


def test_a_stand_in_stands_beside_charts_that_are_there(tmp_path: Path) -> None:
    stand_in = write(tmp_path / "elsewhere", chart("gone", {"a.yaml": "kind: Secret\nmetadata: {name: s}\n"}))
    both = OVERLAY + "  - {name: gone, releaseName: two}\nresources: [../../base]\n"
    root = write(tmp_path / "repository", SHOP | {"envs/dev/kustomization.yaml": both})
    write(root, {"base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": SHOP["envs/prod/namespace.yaml"]})

    with Engines(root, reader(root)) as engines:
        built = engines.build("envs/dev", stand_in=StandIn("charts/gone", stand_in / "charts/gone"))

    kinds = sorted(document["kind"] for document in yaml.safe_load_all(built.text))
    assert kinds == ["ConfigMap", "Namespace", "Secret"]


def test_nothing_starts_before_it_is_asked_for(tmp_path: Path, places: Path) -> None:
    with Engines(tmp_path, reader(tmp_path)):
        assert list(places.iterdir()) == []


INTERRUPTED = """
import sys
from pathlib import Path
from hydrogitops.charts import helm
from hydrogitops.charts.children import Bounds
from hydrogitops.charts.engines import BuildJob, Engines
from tests.unit.charts.trees import reader

answer = helm._answer
def told(process, watch):
    print(process.pid, flush=True)
    return answer(process, watch)
helm._answer = told

root = Path(sys.argv[1])
with Engines(root, reader(root), render=Bounds(600, 2**30, 2**20)) as engines:
    engines.build_many([BuildJob("envs/dev"), BuildJob("envs/prod")])
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux lets us wait for a process of others")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_us(tmp_path: Path, places: Path, end: signal.Signals) -> None:
    root = write(tmp_path, SHOP | chart(templates={"a.yaml": LOOP}))
    environment = os.environ | {"TMPDIR": str(places)}
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(root)],
        cwd=Path(__file__).parents[3],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it waits for Helm to be loaded
        worker = os.pidfd_open(int(process.stdout.readline()))  # it waits for the chart that never ends
        process.send_signal(end)
        ended = select.select([worker], [], [], 60)[0]
        os.close(worker)
        process.communicate()

    assert ended
    if end is signal.SIGINT:
        assert list(places.iterdir()) == []


def test_an_engine_that_is_not_there_is_named_with_what_brings_it(
    shop: Engines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderFailure) as raised:
        shop.render(Path("charts/app"), release="r", namespace="n", helm=3)
    assert (raised.value.kind, raised.value.message) == ("missing", "there is no Helm 3 at hand")

    monkeypatch.setattr("hydrogitops.charts.programs._packages", lambda _: None)
    with Engines(shop.root, reader(shop.root)) as engines:
        failures = engines.build_many([BuildJob("envs/dev")])
    assert (failure(failures[0]).kind, failure(failures[0]).hint) == ("missing", "pip install 'hydrogitops[engines]'")
    assert len(versions().missing) == 2


def fake(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o700)


def test_programs_on_the_path_serve_where_the_wheels_are_missing(
    shop: Engines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With programs that print their arguments: what they are called with, and that their versions count."""
    fake(tmp_path / "bin", "helm", 'if [ "$1" = version ]; then echo v4.1.0+g123; else echo "# $@"; fi')
    fake(tmp_path / "bin", "kustomize", 'if [ "$1" = version ]; then echo v5.8.1; else echo "# $1 $2 $3 $4 $5"; fi')
    fake(tmp_path / "bin", "helm3", 'if [ "$1" = version ]; then echo v3.20.1; else echo three; fi')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("hydrogitops.charts.programs._packages", lambda _: None)

    with Engines(shop.root, reader(shop.root)) as engines:
        text = engines.render(
            Path("charts/app"), [Path("envs/dev/values.yaml"), "a: 1"], release="r", namespace="n", kubernetes="1.31",
            include_crds=True, skip_tests=True,
        )  # fmt: skip
        three = engines.render(Path("charts/app"), release="r", namespace="n", helm=3)
        built = engines.build("envs/dev")

    words = text.replace(f"{shop.root}/", "").split()
    assert words[:9] == ["#", "template", "r", "charts/app", "--namespace", "n", "-f", "envs/dev/values.yaml", "-f"]
    assert words[10:] == ["--kube-version", "1.31", "--include-crds", "--skip-tests"]
    assert three == "three\n"
    assert built.text == "# build --load-restrictor LoadRestrictionsNone --enable-helm --helm-command\n"
    found = versions()
    assert (found.helm, found.helm_how, found.kustomize, found.kustomize_how) == (
        "v4.1.0+g123",
        "binary",
        "v5.8.1",
        "binary",
    )


def test_a_program_that_is_too_old_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake(tmp_path, "helm", "echo v3.20.1")
    fake(tmp_path, "kubectl", "echo Client Version: v1.32.4; echo Kustomize Version: v5.5.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("hydrogitops.charts.programs._packages", lambda _: None)

    found = versions()

    assert (found.helm, found.kustomize) == (None, None)
    assert f"{tmp_path}/helm is v3.20.1" in found.missing[0]
    assert f"{tmp_path}/kubectl has kustomize v5.5.0" in found.missing[1]


def test_the_wheels_are_found_and_named() -> None:
    found = versions()

    assert (found.helm, found.helm_how, found.kustomize_how) == ("v4.2.3", "embedded", "embedded")
    assert found.kustomize is not None
    assert found.kustomize.startswith("v5.")
    assert found.missing == ()


def test_threads_share_one_worker(shop: Engines) -> None:
    texts: list[str] = []

    def render() -> None:
        texts.append(shop.render(Path("charts/app"), release="r", namespace="n"))

    threads = [threading.Thread(target=render) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts) == 4
    assert len(set(texts)) == 1
    assert "kind: ConfigMap" in texts[0]


def test_a_build_without_charts_needs_no_helm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = write(tmp_path, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": SHOP["envs/broken/a.yaml"]})
    monkeypatch.setattr(module, "embedded_helm", lambda: None)
    monkeypatch.setenv("PATH", "")

    with Engines(root, reader(root)) as engines:
        assert "kind: ConfigMap" in engines.build("").text
