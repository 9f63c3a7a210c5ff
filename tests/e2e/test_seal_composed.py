"""What `seal` composes, against what the real chart's own templates make of the same values."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hydrogitops.charts.engines import Engines
from hydrogitops.charts.programs import embedded_helm
from hydrogitops.sealing.parts import Answers, recipes
from hydrogitops.sealing.targets import open_repository
from hydrogitops.source import emitting, reading
from tests.unit.sealing.plain import sealed_secret, write

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
REAL = Path(os.environ.get("HYDROGITOPS_REAL_CHART", ""))
if not (REAL / "Chart.yaml").is_file():
    pytest.skip(
        "WHAT SEAL COMPOSES IS NOT COMPARED: set HYDROGITOPS_REAL_CHART to serving 3.0.3, unpacked",
        allow_module_level=True,
    )

INGRESS = {"enabled": True, "host": "registry.example.com", "path": "/v2"}
# No quote in it: the chart puts the password into JSON as it is.
LOGIN = {"username": "me", "password": "pw/+="}
KNOBS: Mapping[str, dict[str, Any]] = {
    "in the cluster": {"registry": {**LOGIN}},
    "an ingress": {"registry": {**LOGIN, "ingress": INGRESS}},
    "outside": {"registry": {**LOGIN, "url": "docker.io/acme"}},
    "outside, and an ingress": {"registry": {**LOGIN, "url": "docker.io/acme", "ingress": INGRESS}},
    "another store": {
        "registry": {**LOGIN, "persistence": {"bucket": "models", "region": "eu-west-1"}},
        "persistence": {"url": "https://s3.eu-west-1.amazonaws.com", "mode": "s3", "region": "eu-central-1"},
    },
    "the region of the store": {"registry": {**LOGIN}, "persistence": {"region": "eu-central-1"}},
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    with Engines(tmp_path_factory.mktemp("nothing"), lambda _: None) as started:
        yield started


def chart_secrets(engines: Engines, values: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """(Secret, key) and text of what the chart renders."""
    text = engines.render(REAL, [dict(values)], release="hydro", namespace="ml", kubernetes="1.33.0", helm=4)
    found = {}
    for document in reading.read("", text).documents:
        data = document.data
        if isinstance(data, dict) and data["kind"] == "Secret":
            found |= {(data["metadata"]["name"], key): b64decode(value).decode() for key, value in data["data"].items()}
    return found


@pytest.mark.parametrize("knobs", KNOBS)
def test_the_same_as_the_chart(engines: Engines, tmp_path: Path, knobs: str) -> None:
    given = KNOBS[knobs]
    store = {"accessKey": "AKID", "secretKey": "se/cr+et="}
    values = {"global": {**given, "persistence": {**given.get("persistence", {}), **store}}}
    rendered = chart_secrets(engines, values)
    keys = {"docker-credentials-hydro": ".dockerconfigjson", "hydro-docker-registry-secret": "storageInit"}
    root = write(
        tmp_path,
        {
            "envs/prod/kustomization.yaml": (
                "helmCharts:\n  - name: serving\n    repo: https://hydrospheredata.github.io/hydro-serving/helm/\n"
                '    version: "3.0.3"\n    releaseName: hydro\n    namespace: ml\n    valuesFile: values.yaml\n'
                "resources: [secrets.yaml]\n"
            ),
            "envs/prod/values.yaml": emitting.text({"global": given}),
            "envs/prod/secrets.yaml": "---\n".join(
                sealed_secret(name, namespace="ml", keys=[key]) for name, key in keys.items()
            ),
        },
    )
    here = open_repository(root)
    answers = Answers()
    typed = {"awsAccessKeyID": "AKID", "awsSecretAccessKey": "se/cr+et=", **LOGIN}
    for recipe in recipes(here.view("prod"), here.targets("prod")).values():
        assert not recipe.lacking
        answers.given |= {part.identity: typed[part.identity[-1]].encode() for part in recipe.parts}
        made = answers.make(recipe).decode()
        name, key = recipe.target.written, recipe.target.key
        if (name, key) not in rendered:
            # With a registry outside the chart makes no script.
            assert name == "hydro-docker-registry-secret" and "url" in given["registry"]
        elif key == ".dockerconfigjson":
            assert json.loads(made) == json.loads(rendered[name, key])
        else:
            # The chart has an empty line in it.
            assert made.splitlines() == [line for line in rendered[name, key].splitlines() if line]
