"""The promise of a contract: change the value at the place that a field is told to come from, and the field changes.

The stand-in chart is rendered over drawn values in two layers. Every scalar of every object is located; each place is
changed by itself, and what is rendered then is held against the first render.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

import hydrogitops.charts
from hydrogitops.charts.likely import leaves
from hydrogitops.charts.origins import Origins
from hydrogitops.charts.provenance import ChartFolders, ReleaseValues, values_of
from hydrogitops.charts.workloads import ref
from hydrogitops.model import AppliedObject, Environment, Field, Layer, ObjectRef, Place, Release, Route
from hydrogitops.source import reading
from hydrogitops.source.shapes import node

from .render_jobs import Renders

pytest.importorskip("helm_python", reason="PLACES OF VALUES ARE NOT PROVEN: extra `engines` is not installed")

STAND_IN = Path(hydrogitops.charts.__file__).parent / "standin" / "serving"
JVM = ("manager", "gateway", "sonar")
SERVICES = (*JVM, "ui", "stat", "rootcause", "auto-od", "visualization")
STORES = ("docker-registry", "minio", "mongodb", "postgresql", "alertmanager")
TOLERATION = {"key": "node", "operator": "Equal", "value": "highPerformance", "effect": "NoSchedule"}
CASES = range(3)


def knobs(random: Random) -> Iterator[tuple[str, Any]]:
    """Every value that a service has, with something to set it to."""
    for name in (*SERVICES, *STORES):
        amounts = {"cpu": random.choice(("250m", "1", 2)), "memory": random.choice(("512Mi", "2Gi"))}
        yield f"{name}.resources", random.choice(({"limits": amounts}, {"limits": amounts, "requests": dict(amounts)}))
        yield f"{name}.tolerations", [TOLERATION]
        yield f"{name}.nodeSelector", {"node": "a"}
        if name not in ("minio", "mongodb", "postgresql"):
            yield f"{name}.replicaCount", random.choice((1, 2))
        yield f"{name}.image.tag", random.choice(("v2", "1.0.1"))
        yield f"{name}.image.repository", "acme/app"
    for name in SERVICES:
        yield f"{name}.image.full", "registry.example.com:5000/acme/app:1.2"
    for name in ("gateway", "sonar", "ui", "stat"):
        yield f"{name}.env", [{"name": "A", "value": "b"}]
    for name in JVM:
        yield f"{name}.javaOpts", random.choice(("-Xmx1g", "-XX:MaxRAMPercentage=75.0"))
    yield "gateway.JAVA_XMX", "512M"
    yield "global.tolerations", [TOLERATION]
    yield "global.imageRegistry", "mirror.example.com"
    for name in ("postgres", "mongo", "dockerRegistry"):
        yield f"global.{name}.enabled", random.choice((True, False))
    yield "global.postgresql.url", "db.example.com"
    yield "global.postgresql.username", "hydro"
    yield "global.postgresql.database", "serving"
    yield "global.mongodb.url", "mongo.example.com"
    yield "global.mongodb.password", "sealed"
    yield "global.mongodb.username", "hydro"
    yield "global.mongodb.authDatabase", "admin"
    yield "global.registry.url", "docker.io/acme"
    yield "global.registry.insecure", random.choice((True, False))
    yield "global.persistence.url", "https://s3.us-east-1.amazonaws.com"
    yield "global.persistence.mode", random.choice(("s3", "minio"))
    yield "global.persistence.region", "us-east-1"
    yield "global.persistence.accessKey", "key"
    yield "sonar.persistence.bucket", "lake"
    yield "visualization.persistence.bucket", "drawings"
    yield "global.ui.ingress.host", "hydro.example.com"
    yield "global.ui.ingress.enabled", True
    yield "global.alertmanager.url", "http://alerts:9093"


def layers(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two layers: some values stand in one, some in the other, some in both."""
    random = Random(seed)
    below: dict[str, Any] = {}
    above: dict[str, Any] = {}
    for path, value in knobs(random):
        for layer in random.choice(((), (below,), (above,), (below, above))):
            put(layer, tuple(path.split(".")), deepcopy(value))
    return below, above


def put(layer: Any, path: Route, value: Any) -> None:
    here: Any = layer
    for key in path[:-1]:
        here = here.setdefault(key, {}) if isinstance(here, dict) else here[key]
    here[path[-1]] = value


def overlaid(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return deepcopy(above)
    return {key: overlaid(below.get(key), above[key]) if key in above else below[key] for key in {**below, **above}}


def changes(value: Any) -> tuple[Any, ...]:
    """What to write in place of a value: something else, and nothing, for what only asks whether there is something."""
    if isinstance(value, bool):
        return (not value,)
    return (value + 1, 0) if isinstance(value, (int, float)) else (f"{value}x", "")


def origins_of(texts: Mapping[str, str], objects: list[AppliedObject]) -> tuple[Origins, ReleaseValues]:
    read = {name: reading.read(name, text) for name, text in texts.items()}
    written = tuple(Layer(name, name) for name in texts)
    release = Release("hydro", "ml", "serving", "3.0.3", None, "", written, Place("kustomization.yaml", 0))
    values = values_of(release, read, STAND_IN, ChartFolders(), 4)
    environment = Environment("prod", "kustomize", None, None, releases=(release,))
    return Origins(environment, {"hydro": values}, objects, read.get, objects), values


def objects(rendered: list[dict[str, Any]]) -> list[AppliedObject]:
    return [AppliedObject(named, data, None, "hydro") for data in rendered if (named := ref(data)) is not None]


@pytest.fixture(scope="module")
def renders() -> Iterator[Renders]:
    with Renders() as child:
        yield child


def judge(renders: Renders, seed: int) -> tuple[Counter[str], list[str]]:
    parts = dict(zip(("base.yaml", "last.yaml"), layers(seed), strict=True))
    first = renders.objects(STAND_IN, overlaid(*parts.values()))
    if isinstance(first, str):
        return Counter(refused=1), []
    applied = objects(first)
    origins, _ = origins_of({name: yaml.safe_dump(data) for name, data in parts.items()}, applied)
    known: Counter[str] = Counter()
    places: defaultdict[Place, list[tuple[ObjectRef, Route, Any]]] = defaultdict(list)
    for one in applied:
        for path, value in leaves(one.data):
            at = origins.locate(Field(one.ref, path))
            known[at.known] += 1
            if at.known != "candidate" and at.exists:
                places[at.place].append((one.ref, path, value))
    wrong = []
    for place, told in places.items():
        was = node(parts[place.file], place.path)
        if isinstance(was, (dict, list)) or was is None:
            wrong.append(f"{place.file} {place.path} is no scalar, but {told[0]} comes from it")
            continue
        left = told
        for new in changes(was):
            other = deepcopy(parts)
            put(other[place.file], place.path, new)
            second = renders.objects(STAND_IN, overlaid(*other.values()))
            now = {one.ref: one.data for one in objects(second)} if not isinstance(second, str) else {}
            left = [(named, path, value) for named, path, value in left if node(now.get(named), path) == value]
        known["followed"] += len(told) - len(left)
        for named, path, value in left:
            wrong.append(f"{named.kind}/{named.name} {path} {value!r} is not from {place.file} {place.path} {was!r}")
    return known, wrong


@pytest.mark.parametrize("seed", CASES)
def test_the_value_at_the_place_decides_the_field(renders: Renders, seed: int) -> None:
    known, wrong = judge(renders, seed)
    assert wrong == []
    assert known["followed"] > 30 or known["refused"], known
