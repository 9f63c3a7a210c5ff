"""Flux: which environments a repository has, what they are built from, and what is told without an engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.post_rendering import kustomized
from hydrogitops.charts.substitution import SubstitutionError, substituted
from hydrogitops.config import configuration
from hydrogitops.model import Environment, Layer, Place
from hydrogitops.repo.environments import Discovered, discover
from hydrogitops.repo.flux import cluster_folder
from hydrogitops.repo.flux_paths import normal
from hydrogitops.repo.flux_releases import LONGEST, Declared, release_name
from hydrogitops.repo.flux_values import Held, layers, said
from hydrogitops.repo.reach import reached
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

SOURCE = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
MAP = "apiVersion: v1\nkind: ConfigMap\n"


def kustomization(name: str, path: str, *more: str, source: str = "flux-system", kind: str = "GitRepository") -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec:\n  path: {path}\n  sourceRef: {{kind: {kind}, name: {source}}}\n"
        + "".join(f"  {line}\n" for line in more)
    )


def found(root: Path, files: Mapping[str, str]) -> Discovered:
    write(root, files)
    return discover(Sources(root), configuration.DEFAULT)


def only(root: Path, files: Mapping[str, str]) -> Environment:
    (environment,) = found(root, files).environments
    return environment


def folders(environment: Environment) -> dict[str, str]:
    return {stage.name: stage.folder for stage in environment.stages}


PLAIN = MAP + "metadata: {name: a, namespace: x}\n"


# Environments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("clusters/prod/apps.yaml", "clusters/prod"),
        ("clusters/prod/flux-system/gotk-sync.yaml", "clusters/prod"),
        ("kubernetes/clusters/eu/prod/apps.yaml", "kubernetes/clusters/eu"),
        ("clusters/prod.yaml", ""),
        ("flux/apps.yaml", ""),
    ],
)
def test_folder_of_a_cluster(file: str, folder: str) -> None:
    assert cluster_folder(file) == folder


def test_a_cluster_gathers_all_that_its_folder_leads_to(tmp_path: Path) -> None:
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": kustomization("flux-system", "./clusters/prod"),
        "clusters/prod/apps.yaml": kustomization("apps", "./apps/prod"),
        "clusters/staging/apps.yaml": kustomization("apps", "apps/staging/"),
        "apps/prod/more.yaml": kustomization("more", "/extra"),
        "apps/staging/a.yaml": PLAIN,
        "extra/b.yaml": PLAIN,
    }
    environments = found(tmp_path, files).environments
    assert [one.name for one in environments] == ["prod", "staging"]
    prod, staging = environments
    assert folders(prod) == {"flux-system": "clusters/prod", "apps": "apps/prod", "more": "extra"}
    # Nothing here builds the folder of staging: that is left to whoever installed Flux there.
    assert folders(staging) == {"staging": "clusters/staging", "apps": "apps/staging"}
    assert (prod.engine, prod.cluster, staging.cluster) == ("flux", "prod", "staging")
    assert ("extra/b.yaml", 0) in prod.resources
    assert ("extra/b.yaml", 0) not in staging.resources


def test_what_takes_its_files_elsewhere_leads_to_nothing_here(tmp_path: Path) -> None:
    """Flux' own manifests are applied from an artifact, of which the path is the root."""
    files = {
        "flux/all.yaml": kustomization("all", "./apps"),
        "flux/self.yaml": kustomization("self", "./", source="flux-manifests", kind="OCIRepository"),
        "flux/source.yaml": (
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n"
            "metadata: {name: flux-manifests, namespace: flux-system}\n"
            "spec: {url: oci://registry.example.com/flux-manifests, ref: {tag: v2.5.1}}\n"
        ),
        "apps/web/ks.yaml": kustomization("web", "./apps/web/app"),
        "apps/web/app/a.yaml": PLAIN,
    }
    assert [one.name for one in found(tmp_path, files).environments] == ["all"]


def test_clusters_of_one_name_are_told_apart_by_where_they_begin(tmp_path: Path) -> None:
    files = {}
    for cluster in ("east", "west"):
        files[f"k/{cluster}/flux/apps.yaml"] = kustomization("apps", f"./k/{cluster}/apps")
        files[f"k/{cluster}/apps/web/a.yaml"] = PLAIN
    assert sorted(one.name for one in found(tmp_path, files).environments) == ["east/flux/apps", "west/flux/apps"]
    again = {}
    for home in ("a", "b"):
        again[f"{home}/clusters/x/flux/apps.yaml"] = kustomization("apps", f"./{home}/apps")
        again[f"{home}/apps/web/a.yaml"] = PLAIN
    names = sorted(one.name for one in found(tmp_path / "again", again).environments)
    assert names == ["a/clusters/x", "b/clusters/x"]


def test_outside_of_clusters_the_outermost_names_the_environment(tmp_path: Path) -> None:
    files = {
        "flux/live.yaml": kustomization("live", "./flux/inner"),
        "flux/inner/apps.yaml": kustomization("apps", "./apps"),
        "apps/a.yaml": PLAIN,
    }
    assert only(tmp_path, files).name == "live"


def test_a_cluster_keeps_its_name_beside_a_folder_of_that_name(tmp_path: Path) -> None:
    """A file that is broken or gone leads to a folder no more, and that then stands alone."""
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
        "clusters/prod/more.yaml": "\t: broken\n",
        "apps/a.yaml": PLAIN,
        "envs/prod/kustomization.yaml": "resources: [b.yaml]\n",
        "envs/prod/b.yaml": PLAIN,
    }
    assert [one.name for one in found(tmp_path, files).environments] == ["prod", "envs/prod"]


def test_kustomizations_that_lead_to_each_other_are_one_environment(tmp_path: Path) -> None:
    files = {"a/k.yaml": kustomization("one", "./b"), "b/k.yaml": kustomization("two", "./a")}
    assert set(folders(only(tmp_path, files))) == {"one", "two"}


def test_what_a_cluster_lists_counts_wherever_it_lies(tmp_path: Path) -> None:
    files = {
        "clusters/prod/kustomization.yaml": "resources: [../../shared/apps.yaml]\n",
        "clusters/prod/left-out.yaml": PLAIN,
        "shared/apps.yaml": kustomization("apps", "./apps"),
        "apps/a.yaml": PLAIN,
    }
    prod = next(one for one in found(tmp_path, files).environments if one.name == "prod")
    assert "apps" in folders(prod)
    assert ("clusters/prod/left-out.yaml", 0) not in prod.resources


def test_one_folder_of_manifests_holds_kustomizations_and_nothing_deeper(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
        "apps/a.yaml": PLAIN,
        "apps/b/kustomization.yaml": "resources: [c.yaml]\n",
        "apps/b/c.yaml": PLAIN,
        "apps/b/not-listed.yaml": PLAIN,
    }
    prod = found(tmp_path, files).environments[0]
    stage = next(stage for stage in prod.stages if stage.name == "apps")
    assert stage.resources == ("a.yaml", "b")
    assert {file for file, _ in prod.resources} == {"clusters/prod/apps.yaml", "apps/a.yaml", "apps/b/c.yaml"}


@pytest.mark.parametrize(
    ("path", "normalised"),
    [("./apps", "apps"), ("/apps/", "apps"), ("apps/../x", "x"), ("../../etc", "etc"), ("./", ""), (None, "")],
)
def test_paths(path: str | None, normalised: str) -> None:
    assert normal(path) == normalised


# What leads nowhere --------------------------------------------------------------------------------------------------


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    files = {
        "clusters/prod/sync.yaml": kustomization("flux-system", "./clusters/prod"),
        "clusters/prod/apps.yaml": kustomization("apps", "./aps/prod"),
        "apps/prod/a.yaml": PLAIN,
    }
    (dangling,) = found(tmp_path, files).dangling
    assert dangling.place == Place("clusters/prod/apps.yaml", 0, ("spec", "path"))
    assert (dangling.text, dangling.target, dangling.environments) == ("./aps/prod", "aps/prod", ("prod",))


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({}, "remark"),
        ({"url": "https://git.example.com/other"}, "remark"),
        # The same address under another name: this repository, but for another branch of it.
        ({"url": "ssh://git@git.example.com/fleet.git"}, "dangling"),
        ({"url": "ssh://git@git.example.com/fleet.git, ref: {branch: main}"}, "dangling"),
        ({"url": "ssh://git@git.example.com/fleet.git, ref: {branch: team}"}, "remark"),
    ],
)
def test_a_source_that_is_another_repository(sources: Mapping[str, str], said: str, tmp_path: Path) -> None:
    own = SOURCE + "metadata: {name: flux-system}\nspec: {url: https://git.example.com/fleet, ref: {branch: main}}\n"
    other = SOURCE + f"metadata: {{name: other}}\nspec: {{url: {sources.get('url', 'https://else.example.com/x')}}}\n"
    files = {
        "clusters/prod/sync.yaml": kustomization("flux-system", "./clusters/prod"),
        "clusters/prod/sources.yaml": f"{own}---\n{other}",
        "clusters/prod/apps.yaml": kustomization("apps", "./deploy", source="other"),
    }
    discovered = found(tmp_path, files)
    assert bool(discovered.dangling) == (said == "dangling")
    assert any("deployed from outside" in remark and "apps" in remark for remark in discovered.remarks) == (
        said == "remark"
    )


def test_the_source_that_comes_with_flux_is_this_repository(tmp_path: Path) -> None:
    """`flux bootstrap` has not written its files yet, and what is taken from elsewhere lies at its root."""
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
        "apps/far.yaml": kustomization("far", "./", source="far", kind="OCIRepository"),
        "apps/a.yaml": PLAIN,
    }
    discovered = found(tmp_path, files)
    assert folders(discovered.environments[0]) == {"prod": "clusters/prod", "apps": "apps"}
    assert [gap.what for gap in discovered.unseen] == ["what far applies"]


def test_a_patch_of_a_kustomization_is_none(tmp_path: Path) -> None:
    patch = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: more}\nspec: {path: ./x}\n"
    )
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
        "apps/kustomization.yaml": "resources: [more.yaml]\npatches: [{path: patch.yaml}]\n",
        "apps/more.yaml": kustomization("more", "./y"),
        "apps/patch.yaml": patch,
        "x/a.yaml": PLAIN,
        "y/a.yaml": PLAIN,
    }
    discovered = found(tmp_path, files)
    assert [one.name for one in discovered.environments] == ["prod", "plain"]
    assert folders(discovered.environments[0]) == {"prod": "clusters/prod", "apps": "apps", "more": "y"}
    assert discovered.unseen == ()


def test_what_an_artifact_holds_is_not_known_unless_it_is_copied_from_here(tmp_path: Path) -> None:
    generator = (
        "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\nmetadata: {name: a}\nspec:\n"
        "  artifacts:\n    - name: apps\n      copy:\n"
        '        - {from: "@mono/apps/base/**", to: "@artifact/base/"}\n'
        '        - {from: "@mono/apps/prod/**", to: "@artifact/prod/"}\n'
    )
    files = {
        "clusters/prod/sync.yaml": kustomization("flux-system", "./clusters/prod"),
        "clusters/prod/generator.yaml": generator,
        "clusters/prod/apps.yaml": kustomization("apps", "./prod", source="apps", kind="ExternalArtifact"),
        "clusters/prod/other.yaml": kustomization("other", "./prod", source="other", kind="ExternalArtifact"),
        "apps/prod/a.yaml": PLAIN,
    }
    discovered = found(tmp_path, files)
    assert folders(discovered.environments[0])["apps"] == "apps/prod"
    assert "other" not in folders(discovered.environments[0])
    assert [gap.what for gap in discovered.unseen] == ["what other applies"]


def test_a_change_reaches_who_takes_the_folder(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps/prod"),
        "clusters/staging/apps.yaml": kustomization("apps", "./apps/staging"),
        "apps/prod/a.yaml": PLAIN,
        "apps/staging/a.yaml": PLAIN,
    }
    environments = found(tmp_path, files).environments
    # A manifest that is no longer there was taken as well.
    assert [one.name for one in reached(environments, ["apps/prod/gone.yaml"], {})] == ["prod"]
    assert [one.name for one in reached(environments, ["clusters/staging/apps.yaml"], {})] == ["staging"]


# What the controller adds --------------------------------------------------------------------------------------------


def test_what_is_written_into_the_kustomization(tmp_path: Path) -> None:
    more = (
        "targetNamespace: x",
        "namePrefix: p-",
        "components: [../c, ../gone]",
        "ignoreMissingComponents: true",
        "images: [{name: a, newTag: '2'}]",
        "patches: [{patch: 'a: 1', target: {kind: ConfigMap}}]",
        "commonMetadata: {labels: {l: '1'}, annotations: {a: '2'}}",
    )
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps", *more),
        "apps/kustomization.yaml": "resources: [a.yaml]\n",
        "apps/a.yaml": PLAIN,
        "c/kustomization.yaml": "kind: Component\n",
    }
    stage = next(one for one in only(tmp_path, files).stages if one.name == "apps")
    assert stage.added == {
        "namespace": "x",
        "namePrefix": "p-",
        "components": ["../c"],
        "images": [{"name": "a", "newTag": "2"}],
        "patches": [{"patch": "a: 1", "target": {"kind": "ConfigMap"}}],
    }
    assert (stage.labels, stage.annotations, stage.variables) == ({"l": "1"}, {"a": "2"}, None)


@pytest.mark.parametrize(
    ("known", "added", "images"),
    [
        ([], [{"name": "a", "newTag": "1"}], [{"name": "a", "newTag": "1"}]),
        ([{"name": "a", "newName": "b"}], [{"name": "a", "newTag": "1"}], [{"name": "a", "newName": "b", "newTag": "1"}]),
        ([{"name": "a", "digest": "d"}], [{"name": "a", "newTag": "1"}], [{"name": "a", "newTag": "1"}]),
        ([{"name": "a", "newTag": "1"}], [{"name": "b", "newTag": "2"}], [{"name": "a", "newTag": "1"}, {"name": "b", "newTag": "2"}]),
    ],
)  # fmt: skip
def test_images_are_joined(known: list[Any], added: list[Any], images: list[Any]) -> None:
    assert kustomized({"images": known}, {"images": added})["images"] == images


def test_variables_come_from_files_at_hand(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": kustomization(
            "apps",
            "./apps",
            "postBuild: {substitute: {A: inline}, substituteFrom: [{kind: ConfigMap, name: settings},"
            " {kind: Secret, name: hidden}]}",
        ),
        "clusters/prod/settings.yaml": MAP
        + "metadata: {name: settings, namespace: flux-system}\ndata: {A: map, B: 'two\n\n  lines'}\n",
        "apps/a.yaml": PLAIN,
    }
    stage = next(one for one in only(tmp_path, files).stages if one.name == "apps")
    assert stage.variables == {"A": "inline", "B": "twolines"}
    assert stage.unknown == ("Secret hidden",)


@pytest.mark.parametrize(
    ("text", "filled", "missing"),
    [
        ("a ${X} b", "a 1 b", set()),
        ("$X $(X) $", "$X $(X) $", set()),
        ("$${X} $$", "${X} $", set()),
        ("$$$${X}", "$${X}", set()),
        ("$$${X}", "$1", set()),
        ("${N}", "", {"N"}),
        ("${N:=d} ${N:-d} ${N=d} ${E:=d} ${X:=d}", "d d d d 1", set()),
        ("${N:=${X}-${M}}", "1-", {"M"}),
        ("${X:=${M}}", "1", set()),
        ("${W^} ${W^^} ${W,,} ${W,}", "AbCab ABCAB abcab abCab", set()),
        ("${#W} ${#E} ${#N}", "5 0 0", {"N"}),
        ("${W:1} ${W:1:2} ${W:9} ${W:-2:1} ${W: -2:1} ${W:x}", "bCab bC  abCab abCab abCab", set()),
        ("${W/a/-} ${W//a/-} ${W/#ab/-} ${W/%ab/-} ${W/b/}", "-bCab -bC-b -Cab abC- aCab", set()),
        ("${N^^}", "", {"N"}),
    ],
)
def test_substitution(text: str, filled: str, missing: set[str]) -> None:
    became, uses = substituted(text, {"X": "1", "E": "", "W": "abCab"})
    assert (became, {one.name for one in uses}) == (filled, missing)
    assert all(one.name in text[one.start : one.end] and text[one.end - 1] == "}" for one in uses)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("${X", "failed"), ("${X:=d", "failed"), ("${}", "failed"), ("${X-d}", "failed"), ("${X##a}", "refused"),
     ("${X%a}", "refused"), ("${X/a/${Y}}", "refused"), ("${X:${N}:2}", "refused"), ("${#}", "failed")],
)  # fmt: skip
def test_substitution_that_cannot_be_done(text: str, kind: str) -> None:
    with pytest.raises(SubstitutionError) as caught:
        substituted(text, {"X": "1"})
    assert caught.value.kind == kind


# Releases ------------------------------------------------------------------------------------------------------------


def declared(name: str, **spec: Any) -> Declared:
    return Declared({"metadata": {"name": name, "namespace": "home"}, "spec": spec}, Place("r.yaml", 0))


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (declared("a"), "a"),
        (declared("a", targetNamespace="x"), "x-a"),
        (declared("a", targetNamespace="x", releaseName="r"), "r"),
        (declared("n" * 53), "n" * 53),
        (declared("n" * 54), "n" * 40 + "-" + hashlib.sha256(b"n" * 54).hexdigest()[:12]),
    ],
)
def test_names_of_releases(one: Declared, name: str) -> None:
    assert release_name(one) == name
    assert len(name) <= LONGEST


OVERLAY = {
    "clusters/prod/apps.yaml": kustomization("apps", "./apps/prod"),
    "apps/prod/kustomization.yaml": "resources: [../base]\npatches: [{path: values.yaml, target: {kind: HelmRelease}}]\n",
    "apps/prod/values.yaml": RELEASE + "metadata: {name: p}\nspec:\n  values: {b: 2, c: {d: 2}}\n",
    "apps/base/kustomization.yaml": "namespace: p\nresources: [release.yaml]\n",
    "apps/base/release.yaml": RELEASE
    + "metadata: {name: p}\nspec:\n  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}\n"
    "  values: {a: 1, b: 1, c: {d: 1, e: 1}}\n",
    "chart/Chart.yaml": "name: app\nversion: 1.2.3\n",
}


def test_values_of_an_overlay_are_layers(tmp_path: Path) -> None:
    environment = only(tmp_path, OVERLAY)
    (release,) = environment.releases
    assert (release.name, release.namespace, release.chart, release.version, release.folder) == (
        ("p", "p", "app", "1.2.3", "chart")
    )
    assert [(layer.file, layer.path, layer.text) for layer in release.layers] == [
        ("apps/base/release.yaml", ("spec", "values"), None),
        ("apps/prod/values.yaml", ("spec", "values"), None),
    ]
    assert (environment.folder, environment.namespace) == ("apps/prod", "p")


def test_a_patch_reaches_only_what_lies_below_its_kustomization(tmp_path: Path) -> None:
    other = OVERLAY["apps/base/release.yaml"].replace("name: p", "name: q")
    files = OVERLAY | {
        "clusters/prod/other.yaml": kustomization("other", "./other"),
        "other/q.yaml": other,
    }
    releases = {one.name: one for one in only(tmp_path, files).releases}
    assert [layer.file for layer in releases["q"].layers] == ["other/q.yaml"]


def test_a_chart_that_is_not_there(tmp_path: Path) -> None:
    files = {name: text for name, text in OVERLAY.items() if not name.startswith("chart/")}
    (dangling,) = found(tmp_path, files).dangling
    assert dangling.place == Place("apps/base/release.yaml", 0, ("spec", "chart", "spec", "chart"))
    assert dangling.target == "chart"


def test_a_release_of_which_nothing_is_from_here_is_a_remark(tmp_path: Path) -> None:
    files = {
        "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
        "apps/r.yaml": RELEASE + "metadata: {name: far}\nspec: {chartRef: {kind: OCIRepository, name: far}}\n",
    }
    discovered = found(tmp_path, files)
    assert discovered.environments[0].releases == ()
    assert any("far" in remark for remark in discovered.remarks)


# Values --------------------------------------------------------------------------------------------------------------


TEXTS = {"one": "a: 1\nm: {x: 1, w: 1}\n", "two": "a: 2\nm: {w: 2}\n", "word": "w", "number": "3", "odd": "a,b"}


@pytest.mark.parametrize(
    ("references", "inline", "values"),
    [
        (["one", "two"], None, {"a": 2, "m": {"x": 1, "w": 2}}),
        (["two", "one"], None, {"a": 1, "m": {"x": 1, "w": 1}}),
        (["one"], {"a": 9, "m": {"z": 9}}, {"a": 9, "m": {"x": 1, "w": 1, "z": 9}}),
        (["one", ("number", "m.x")], None, {"a": 1, "m": {"x": 3, "w": 1}}),
        ([("word", "m.k"), "one"], None, {"a": 1, "m": {"k": "w", "x": 1, "w": 1}}),
        # Over inline values where these lie in a map of their own, under them at the top.
        (["one", ("word", "n.k")], {"n": {"k": "inline"}}, {"a": 1, "m": {"x": 1, "w": 1}, "n": {"k": "w"}}),
        (["one", ("word", "a")], {"a": "inline"}, {"a": "inline", "m": {"x": 1, "w": 1}}),
    ],
)  # fmt: skip
def test_order_of_values(
    references: list[Any], inline: dict[str, Any] | None, values: dict[str, Any], tmp_path: Path
) -> None:
    sources = Sources(write(tmp_path, {"r.yaml": RELEASE, **{f"{name}.yaml": text for name, text in TEXTS.items()}}))

    listed = [one if isinstance(one, tuple) else (one, "") for one in references]
    spec = {
        "values": inline or {},
        "valuesFrom": [
            {"kind": "ConfigMap", "name": name, **({"targetPath": target} if target else {})} for name, target in listed
        ],
    }

    own = (Layer("own", "r.yaml", 0, inline=True, text=json.dumps(inline)),) if inline else ()
    made = layers(
        sources,
        Place("r.yaml", 0),
        spec,
        "x",
        lambda kind, namespace, name: Held({"values.yaml": TEXTS[name]}, lambda key: Layer(name, f"{name}.yaml")),
        own,
    )
    assert (made.problem, said(sources, made.layers)) == ("", values)


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ({"name": "gone"}, "ConfigMap gone"),
        ({"name": "gone", "optional": True}, ""),
        ({"name": "one", "valuesKey": "other"}, "key other of ConfigMap one"),
        ({"name": "odd", "targetPath": "a"}, "literal: true"),
        ({"name": "odd", "targetPath": "a", "literal": True}, ""),
        ({"name": "word", "targetPath": "a[0]"}, "position"),
    ],
)
def test_values_that_nobody_knows(reference: Mapping[str, Any], problem: str, tmp_path: Path) -> None:

    def maps(kind: str, namespace: str, name: str) -> Held | None:
        text = TEXTS.get(name)
        return Held({"values.yaml": text}, lambda key: Layer(name, f"{name}.yaml")) if text is not None else None

    sources = Sources(write(tmp_path, {"r.yaml": RELEASE}))
    spec = {"valuesFrom": [{"kind": "ConfigMap", **reference}]}
    made = layers(sources, Place("r.yaml", 0), spec, "x", maps, ())
    assert (problem in made.problem) if problem else made.problem == ""
