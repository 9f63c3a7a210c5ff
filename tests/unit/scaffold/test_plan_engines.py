"""The same truth for both engines, and what each of them, in each flavour, is told to do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.config.answers_data import changed

from .planned import ARN, CAPABILITY, ENGINES, EXTERNAL, INSIDE, SETUPS, TWICE, data, documents, files

APP = "apps/hydrosphere"
FLUX = changed(EXTERNAL, engine="flux")


@pytest.fixture(params=ENGINES, scope="module")
def both(request: pytest.FixtureRequest) -> tuple[dict[str, str], dict[str, str]]:
    """The same answers but for the engine: planned for Argo CD, planned for Flux."""
    return files(SETUPS[request.param]), files(SETUPS[f"flux, {request.param}"])


@pytest.fixture(params=[*(f"flux, {name}" for name in ENGINES), "two in a cluster"], scope="module")
def written(request: pytest.FixtureRequest) -> dict[str, str]:
    """Planned for Flux."""
    return files(TWICE if request.param == "two in a cluster" else SETUPS[request.param])


# The same truth ------------------------------------------------------------------------------------------------------


def test_values_patches_and_secrets_are_the_same_bytes(both: tuple[dict[str, str], dict[str, str]]) -> None:
    shared = [
        {
            path: text
            for path, text in written.items()
            if path.startswith(f"{APP}/") and not path.endswith(("/kustomization.yaml", "/helmrelease.yaml"))
        }
        for written in both
    ]
    assert shared[0] == shared[1]
    assert len(shared[0]) > 25


def test_what_does_not_deploy_is_the_same_too(both: tuple[dict[str, str], dict[str, str]]) -> None:
    argocd, flux = both
    assert {path for path in argocd if path.startswith("charts/")} == {p for p in flux if p.startswith("charts/")}
    old, new = argocd[".hydrogitops.yaml"], flux[".hydrogitops.yaml"]
    assert data(old)["environments"] == data(new)["environments"]
    assert set(both[0]) - set(both[1]) == {
        path for path in argocd if path.startswith(("bootstrap/", "platform/", "environments/"))
    }


def test_every_patch_has_the_same_target_in_the_same_order(both: tuple[dict[str, str], dict[str, str]]) -> None:
    argocd, flux = both
    for path in argocd:
        if path.startswith(f"{APP}/") and path.endswith("/kustomization.yaml") and "/secrets/" not in path[-28:]:
            ours, theirs = data(flux[path]), data(argocd[path])
            assert [
                (entry["patch"], entry["target"]) for _, entry in added(ours)
            ] == [
                (marker(path, patch["path"]), patch["target"]) for patch in theirs.get("patches", ())
            ]  # fmt: skip


def marker(kustomization: str, file: str) -> str:
    """What stands for a file of a kustomization until its text is put there: no environment is named in it."""
    folder = kustomization.removeprefix(f"{APP}/").removesuffix("kustomization.yaml")
    return re.sub(r"^envs/[^/]+/", "", folder) + file


def added(kustomization: Any) -> Iterator[tuple[str, Any]]:
    """What a kustomization adds to the post-renderer of the HelmRelease: target of the addition, and the entry."""
    for patch in kustomization.get("patches", ()):
        for operation in data(patch["patch"]):
            assert (operation["op"], operation["path"]) == ("add", "/spec/postRenderers/0/kustomize/patches/-")
            yield patch["target"], operation["value"]


# Flux ----------------------------------------------------------------------------------------------------------------


def test_each_patch_becomes_the_text_of_its_file(written: dict[str, str]) -> None:
    count = 0
    for path, text in written.items():
        kustomization = data(text) if path.endswith("/kustomization.yaml") else {}
        texts = {}
        for generator in kustomization.get("configMapGenerator", ()):
            if generator["options"].get("annotations") == {"config.kubernetes.io/local-config": "true"}:
                for entry in generator["files"]:
                    key, _, file = entry.rpartition("=")
                    texts[generator["name"], key or file.rpartition("/")[2]] = marker(path, file)
        filled = {}
        for replacement in kustomization.get("replacements", ()):
            source = replacement["source"]
            (target,) = replacement["targets"]
            (field,) = target["fieldPaths"]
            key = source["fieldPath"].removeprefix("data.[").removesuffix("]")
            filled[field] = texts.pop((source["name"], key))
        assert texts == {}, path
        entries = [entry["patch"] for _, entry in added(kustomization)] if filled else []
        assert filled == {f"spec.postRenderers.0.kustomize.patches.[patch={one}].patch": one for one in entries}, path
        count += len(filled)
    assert count > 10


def test_values_come_in_order_out_of_watched_maps_and_from_nowhere_else(written: dict[str, str]) -> None:
    release = data(written[f"{APP}/base/helmrelease.yaml"])
    made = {}
    for path, text in written.items():
        for generator in data(text).get("configMapGenerator", ()) if path.endswith("/kustomization.yaml") else ():
            if "labels" in generator["options"]:
                assert generator["options"] == {
                    "disableNameSuffixHash": True,
                    "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
                }
                made[generator["name"]] = generator["files"]
    name = release["metadata"]["name"]
    assert [one["name"] for one in release["spec"]["valuesFrom"]] == [
        f"{name}-values-{layer}" for layer in ("base", "environment", "version")
    ]
    assert made == {
        f"{name}-values-base": ["values.yaml"],
        f"{name}-values-environment": ["values.yaml"],
        f"{name}-values-version": ["values.yaml=version/values.yaml"],
    }
    assert "values" not in release["spec"]


def test_a_failed_release_is_tried_again_and_drift_is_mended(written: dict[str, str]) -> None:
    for path in (f"{APP}/base/helmrelease.yaml", "infrastructure/sealed-secrets/helmrelease.yaml"):
        spec = data(written[path])["spec"]
        assert spec["install"]["strategy"]["name"] == spec["upgrade"]["strategy"]["name"] == "RetryOnFailure"
        assert spec["driftDetection"] == {"mode": "enabled"}


def stages(written: dict[str, str], environment: str) -> dict[str, Any]:
    """The Flux Kustomizations of an environment by name."""
    found = {}
    for path, text in written.items():
        if path.startswith(f"clusters/{environment}/"):
            found.update(
                {one["metadata"]["name"]: one["spec"] for one in documents(text) if one["kind"] == "Kustomization"}
            )
    return found


def environments(written: dict[str, str]) -> list[str]:
    return list(data(written[".hydrogitops.yaml"])["environments"])


def test_the_controller_comes_first_then_secrets_that_can_be_opened_then_the_platform(written: dict[str, str]) -> None:
    folders = {path.rpartition("/")[0] for path in written}
    for name in environments(written):
        found = stages(written, name)
        for spec in found.values():
            folder = spec["path"].removeprefix("./")
            assert any(one == folder or one.startswith(f"{folder}/") for one in folders), folder
            assert spec["prune"] is True
            assert spec["sourceRef"] == {"kind": "GitRepository", "name": "flux-system"}
        (apps,) = [spec for spec in found.values() if spec["path"] == f"./{APP}/envs/{name}"]
        (before,) = apps["dependsOn"]
        secrets = found[before["name"]]
        assert secrets["path"] == f"./{APP}/envs/{name}/secrets"
        assert secrets["dependsOn"] == [{"name": "infrastructure"}]
        assert secrets["wait"] is True
        (health,) = secrets["healthCheckExprs"]
        assert (health["apiVersion"], health["kind"]) == ("bitnami.com/v1alpha1", "SealedSecret")
        assert "c.type == 'Synced' && c.status == 'True'" in health["current"]
        # Nothing can be sealed for a namespace that isn't there.
        assert "../namespace.yaml" in data(written[f"{APP}/envs/{name}/secrets/kustomization.yaml"])["resources"]
        assert "namespace.yaml" not in data(written[f"{APP}/envs/{name}/kustomization.yaml"])["resources"]


def test_what_is_not_synced_automatically_waits_to_be_resumed() -> None:
    written = files(FLUX)
    suspended = {
        name: {k for k, spec in stages(written, name).items() if spec.get("suspend")} for name in ("staging", "prod")
    }
    assert suspended == {"staging": set(), "prod": {"secrets", "apps"}}


def test_a_second_environment_in_a_cluster_shares_its_source_and_its_controller() -> None:
    written = files(TWICE)
    names = [*stages(written, "lab"), *stages(written, "second")]
    assert sorted(names) == sorted(
        ["flux-system", "infrastructure", "secrets", "apps", "flux-system-second", "secrets-second", "apps-second"]
    )
    kinds = [one["kind"] for path, text in written.items() if path.startswith("clusters/") for one in documents(text)]
    assert kinds.count("GitRepository") == 1
    assert stages(written, "second")["secrets-second"]["dependsOn"] == [{"name": "infrastructure"}]


@pytest.mark.parametrize(
    ("repository", "url"),
    [
        ("https://git.example.com/platform/x.git", "https://git.example.com/platform/x.git"),
        ("ssh://git@git.example.com/platform/x.git", "ssh://git@git.example.com/platform/x.git"),
        ("git@git.example.com:platform/x.git", "ssh://git@git.example.com/platform/x.git"),
    ],
)
def test_flux_reads_the_repository_by_an_address_that_it_takes(repository: str, url: str) -> None:
    source, _ = documents(files(changed(FLUX, repository=repository))["clusters/prod/flux-system.yaml"])
    assert source["spec"]["url"] == url
    assert source["spec"]["ref"] == {"branch": "main"}
    # Reading a private repository takes a secret; the README says how it is made.
    assert source["spec"]["secretRef"] == {"name": "flux-system"}


ARTIFACT = changed(FLUX, repository="oci://registry.example.com/platform/prod-cluster", chart__vendored=False)


@pytest.mark.parametrize("given", [ARTIFACT, changed(TWICE, repository=ARTIFACT["repository"])])
def test_what_flux_reads_may_be_an_artifact(given: dict[str, Any]) -> None:
    written = files(given, None)
    found = [one for path, text in written.items() if path.startswith("clusters/") for one in documents(text)]
    sources = [one for one in found if one["kind"] != "Kustomization"]
    assert len(sources) == (1 if "lab" in given["environments"] else 2), "one a cluster"
    for source in sources:
        assert (source["apiVersion"], source["kind"]) == ("source.toolkit.fluxcd.io/v1", "OCIRepository")
        assert source["spec"]["url"] == ARTIFACT["repository"]
        assert source["spec"]["ref"] == {"tag": "main"}
        assert source["spec"]["secretRef"] == {"name": "flux-system"}
    named = [one["spec"]["sourceRef"] for one in found if one["kind"] == "Kustomization"]
    assert len(named) == len(found) - len(sources) >= 7
    assert all(one == {"kind": "OCIRepository", "name": "flux-system"} for one in named)
    # A HelmChart takes none of its kind (source-controller).
    release = data(written[f"{APP}/base/helmrelease.yaml"])
    assert release["spec"]["chart"]["spec"]["sourceRef"]["kind"] == "HelmRepository"
    assert not any("GitRepository" in text for text in written.values())


def test_with_an_artifact_nothing_else_differs() -> None:
    git, artifact = files(changed(FLUX, chart__vendored=False), None), files(ARTIFACT, None)
    assert {path for path in git | artifact if git.get(path) != artifact.get(path)} == {
        ".hydrogitops.yaml",
        "README.md",
        *(path for path in git if path.startswith("clusters/")),
    }


def test_a_registry_of_aws_is_read_with_a_role() -> None:
    """Its passwords last 12 hours, so none can lie in a Secret."""
    address = "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/platform/prod-cluster"
    written = files(changed(ARTIFACT, repository=address), None)
    spec = documents(written["clusters/prod/flux-system.yaml"])[0]["spec"]
    assert (spec["provider"], spec.get("secretRef")) == ("aws", None)
    readme = written["README.md"]
    assert "aws ecr create-repository --repository-name platform/prod-cluster --region eu-west-1" in readme
    assert "--service-account source-controller" in readme
    assert f"flux tag artifact {address}:$(git rev-parse --short HEAD) --provider aws --tag main" in readme
    assert "dockerconfigjson=/dev/stdin" not in readme


def test_the_readme_says_how_an_artifact_is_pushed() -> None:
    readme = files(ARTIFACT, None)["README.md"]
    address = ARTIFACT["repository"]
    assert readme.count(f"flux push artifact {address}:$(git rev-parse --short HEAD)") == 2
    assert readme.count(f"flux tag artifact {address}:$(git rev-parse --short HEAD) --tag main") == 2
    assert readme.count('--revision="main@sha1:$(git rev-parse HEAD)"') == 2
    assert '{"auths": {"registry.example.com": ' in readme
    assert "flux push" not in files(FLUX)["README.md"]
    # Docker's own registry has another name where credentials are kept.
    hub = files(changed(ARTIFACT, repository="oci://docker.io/acme/prod-cluster"), None)["README.md"]
    assert '{"auths": {"https://index.docker.io/v1/": ' in hub


@pytest.mark.parametrize("word", ["no", "null", "1e3", "0x10", "12"])
def test_names_stay_texts_whatever_they_look_like(word: str) -> None:
    lab = TWICE["environments"]["lab"]
    second = TWICE["environments"]["second"]
    written = files(changed(TWICE, environments={"lab": lab, word: second}))
    kinds = [one for path, text in written.items() if path.startswith(f"clusters/{word}/") for one in documents(text)]
    names = {one["metadata"]["name"]: one["spec"]["path"] for one in kinds}
    assert names == {
        f"flux-system-{word}": f"./clusters/{word}",
        f"secrets-{word}": f"./{APP}/envs/{word}/secrets",
        f"apps-{word}": f"./{APP}/envs/{word}",
    }


def test_the_chart_comes_from_where_it_lies() -> None:
    vendored = data(files(FLUX)[f"{APP}/base/helmrelease.yaml"])["spec"]["chart"]["spec"]
    assert vendored["chart"] == "./charts/serving"
    assert vendored["sourceRef"] == {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    assert "charts/serving/Chart.yaml" in files(FLUX)
    # Each commit would be a new version of the chart, and a version is a label on every pod.
    assert vendored["reconcileStrategy"] == "ChartVersion"
    bare = files(changed(FLUX, chart__vendored=False), None)
    remote = data(bare[f"{APP}/base/helmrelease.yaml"])["spec"]["chart"]["spec"]
    repository = data(bare[f"{APP}/base/helmrepository.yaml"])
    assert (remote["chart"], remote["version"]) == ("serving", "3.0.3")
    assert remote["sourceRef"] == {"kind": repository["kind"], "name": repository["metadata"]["name"]}
    assert data(bare[f"{APP}/base/kustomization.yaml"])["resources"] == ["helmrelease.yaml", "helmrepository.yaml"]
    assert f"{APP}/base/helmrepository.yaml" not in files(FLUX)


# Argo CD without build options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("setup", "names"), [("rendered", ["lab"]), ("capability", ["staging", "prod"])])
def test_what_is_rendered_is_what_is_applied(setup: str, names: list[str]) -> None:
    written = files(SETUPS[setup])
    for name in names:
        assert data(written[f"environments/{name}/config.yaml"])["path"] == f"rendered/{name}"
        # The sources are there all the same: rendered/ is made from them.
        assert "helmCharts" in data(written[f"{APP}/envs/{name}/kustomization.yaml"])
    assert "bootstrap/argocd-cm.yaml" not in written
    assert "bootstrap/argocd-cm.yaml" in files(INSIDE)


def test_the_capability_knows_its_clusters_by_their_arn_and_no_other_way() -> None:
    written = files(CAPABILITY)
    assert not [path for path, text in written.items() if "kubernetes.default.svc" in text]
    servers = {
        destination["server"]
        for path in ("bootstrap/root.yaml", "platform/projects.yaml")
        for one in documents(written[path])
        for destination in one["spec"].get("destinations", [one["spec"].get("destination")])
    }
    assert servers == {f"{ARN}/staging", f"{ARN}/prod"}
    root = documents(written["bootstrap/root.yaml"])[1]
    assert root["spec"]["destination"]["server"] == f"{ARN}/prod"


def test_argo_cd_runs_where_production_does_or_else_where_the_first_environment_does() -> None:
    def hub(given: dict[str, Any]) -> str:
        root = documents(files(given)["bootstrap/root.yaml"])
        (destination,) = root[0]["spec"]["destinations"]
        assert destination["server"] == root[1]["spec"]["destination"]["server"]
        return str(destination["server"])

    one = CAPABILITY["environments"]["staging"]
    qa = {**one, "cluster": {"name": "qa", "server": f"{ARN}/qa"}}
    assert hub(CAPABILITY) == f"{ARN}/prod"
    assert hub(changed(CAPABILITY, environments={"qa": qa, "staging": one})) == f"{ARN}/qa"
    # Self-managed, it knows its own cluster.
    assert hub(EXTERNAL) == hub(SETUPS["rendered"]) == "https://kubernetes.default.svc"
